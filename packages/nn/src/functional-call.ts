import { ArgumentError, Tensor } from '@retrograd/core';
import { type ByName, checkEntries } from './checks.ts';
import { Module } from './module.ts';

/** Where a module, or an array in it, holds a tensor. */
interface Place {
  readonly holder: object;
  readonly field: string;
  readonly tensor: Tensor;
}

/**
 * Calls a module as if its parameters and buffers were others: those that are named stand in their places while its
 * forward runs, hooks and all, and the module's own stand there again afterwards, also if it throws. So a model is a
 * function of its parameters, which `autograd.functional` differentiates.
 *
 * A tensor that the module has under several names is replaced under all of them. What the forward writes to a buffer
 * is written to the one that was given.
 *
 * @param parametersAndBuffers tensors by name, in a plain object or a Map
 * @param args the inputs of forward; a single tensor may stand for itself
 * @example
 * ```ts
 * const loss = (w: Tensor, b: Tensor) => F.mseLoss(nn.functionalCall(layer, { weight: w, bias: b }, x), y);
 * const [dw, db] = autograd.functional.jacobian(loss, [layer.weight, layer.bias]);
 * ```
 * @throws ArgumentError for a name that is none of the module's parameters and buffers, and for a forward that is
 * asynchronous
 */
export function functionalCall<M extends Module>(
  module: M,
  parametersAndBuffers: ByName<Tensor>,
  args: Readonly<Parameters<M['forward']>> | Tensor,
): ReturnType<M['forward']> {
  if (!(module instanceof Module)) throw misfit('what is no module', 'a module');
  const given = checkEntries('functionalCall', parametersAndBuffers, 'tensors by name, as stateDict() gives');
  if (!Array.isArray(args) && !(args instanceof Tensor))
    throw misfit('inputs of another kind', 'an array of inputs, or one tensor');
  const places = placesOf(module);
  const swaps = swapsFor(places, given);
  const undo: (() => void)[] = [];
  try {
    for (const [place, tensor] of swaps) undo.push(put(place, tensor));
    const forward = module.forward as (...inputs: unknown[]) => unknown;
    const result = forward.apply(module, args instanceof Tensor ? [args] : args);
    if (result instanceof Promise)
      throw misfit('a forward that returns a promise', 'one that is done when it returns');
    return result as ReturnType<M['forward']>;
  } finally {
    for (const restore of undo.reverse()) restore();
  }
}

/** The places of all parameters and buffers by their names, shared ones under each. */
function placesOf(module: Module): Map<string, Place> {
  const tensors = new Set<unknown>([...module.parameters(), ...module.buffers()]);
  const places = new Map<string, Place>();
  const visit = (holder: object, path: string, around: readonly object[]): void => {
    for (const [field, value] of Object.entries(holder)) {
      const name = path === '' ? field : `${path}.${field}`;
      if (value instanceof Tensor && tensors.has(value)) places.set(name, { holder, field, tensor: value });
      else if ((value instanceof Module || Array.isArray(value)) && !around.includes(value))
        visit(value, name, [...around, value]);
    }
  };
  visit(module, '', [module]);
  return places;
}

/** What is to stand where. A tensor that is shared goes with the first name it is given under, unless named again. */
function swapsFor(
  places: ReadonlyMap<string, Place>,
  tensors: readonly [string, Tensor][],
): Map<Place, Tensor> {
  const swaps = new Map<Place, Tensor>();
  for (const [name, given] of tensors) {
    const place = places.get(name);
    if (place === undefined)
      throw misfit(`a tensor for '${name}'`, `names out of ${[...places.keys()].join(', ')}`);
    if (!(given instanceof Tensor)) throw misfit(`what is no tensor for '${name}'`, 'a tensor');
    for (const each of places.values())
      if (each.tensor === place.tensor && !swaps.has(each)) swaps.set(each, given);
    swaps.set(place, given);
  }
  return swaps;
}

/** Puts a tensor into a field, whatever stands there, and gives the way back. */
function put({ holder, field }: Place, value: Tensor): () => void {
  const own = Object.getOwnPropertyDescriptor(holder, field);
  Object.defineProperty(holder, field, { value, enumerable: true, configurable: true, writable: true });
  return () => {
    if (own) Object.defineProperty(holder, field, own);
  };
}

function misfit(got: string, want: string): ArgumentError {
  return new ArgumentError({ op: 'functionalCall', got, want });
}

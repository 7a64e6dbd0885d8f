import { ArgumentError, noGrad, ShapeError, sameShape, showShape, type Tensor } from '@retrograd/core';
import { ModuleDict, ModuleList } from './container.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';

/** A module that makes a tensor of one or more parameters that are trained in its place. */
export interface Parametrization extends Module {
  forward(...originals: Tensor[]): Tensor;
  /** What `forward` would make `value` of: a tensor, or several if there are to be several parameters. */
  rightInverse?(value: Tensor): Tensor | readonly Tensor[];
}

/** What stands behind a tensor that is parametrized: its parameters, and what they go through. */
export class ParametrizationList extends ModuleList<Parametrization> {
  /** `original`, or `original0`, `original1` … */
  readonly #names: readonly string[];

  constructor(original: Parameter, parametrization: Parametrization) {
    super([parametrization]);
    const { requiresGrad } = original;
    const inverse = noGrad(() => parametrization.rightInverse?.(original.detach()) ?? original);
    const several = Array.isArray(inverse);
    const tensors = several ? (inverse as readonly Tensor[]) : [inverse as Tensor];
    this.#names = several ? tensors.map((_, i) => `original${i}`) : ['original'];
    for (const [i, value] of tensors.entries()) {
      const kept = several ? new Parameter(value.clone(), { requiresGrad }) : original;
      if (!several && value !== original) noGrad(() => original.copy_(value));
      this.registerParameter(this.#names[i] as string, kept);
    }
  }

  /** The tensor. */
  override forward(): Tensor {
    const originals = this.#names.map((name) => Reflect.get(this, name) as Parameter);
    const [first, ...later] = this;
    const value = (first as Parametrization).forward(...originals);
    return later.reduce((y, parametrization) => parametrization.forward(y), value);
  }

  /** Gives the parameters the values that make the tensor `value`. */
  assign(value: Tensor): void {
    noGrad(() => {
      const values = [...this].reverse().reduce<readonly Tensor[]>(
        ([y], parametrization) => {
          if (!parametrization.rightInverse) {
            throw new ArgumentError({
              op: 'ParametrizationList.assign',
              got: `a ${parametrization.constructor.name} without a rightInverse`,
              want: 'parametrizations that have one',
            });
          }
          return [parametrization.rightInverse(y as Tensor)].flat();
        },
        [value],
      );
      for (const [i, name] of this.#names.entries())
        (Reflect.get(this, name) as Parameter).copy_(values[i] as Tensor);
    });
  }
}

function listsOf(module: Module): ModuleDict<ParametrizationList> | null {
  const lists: unknown = Reflect.get(module, 'parametrizations');
  return lists instanceof ModuleDict ? (lists as ModuleDict<ParametrizationList>) : null;
}

/** Whether a module, or one tensor of it, is parametrized. */
export function isParametrized(module: Module, name?: string): boolean {
  const lists = listsOf(module);
  return lists !== null && (name === undefined ? lists.size > 0 : lists.has(name));
}

/**
 * Puts a parametrization in a parameter's place: the field `name` is from now on what `parametrization` makes of the
 * parameters in `module.parametrizations[name]`, computed whenever it is read. A second one takes what the first gives.
 *
 * @example
 * ```ts
 * class Symmetric extends nn.Module {
 *   forward(x: Tensor) {
 *     return x.triu().add(x.triu(1).t());
 *   }
 * }
 * nn.utils.parametrize.registerParametrization(layer, 'weight', new Symmetric());
 * ```
 * @throws ArgumentError for a field that is no parameter, ShapeError for a parametrization that changes its shape
 */
export function registerParametrization<M extends Module>(
  module: M,
  name: string,
  parametrization: Parametrization,
): M {
  const op = 'registerParametrization';
  if (!(module instanceof Module) || !(parametrization instanceof Module))
    throw new ArgumentError({ op, got: 'what is no module', want: 'a module, and a parametrization' });
  const field: unknown = Reflect.get(module, name);
  const known = listsOf(module);
  if (known?.has(name)) {
    checkShape(op, parametrization, field as Tensor, parametrization.forward(field as Tensor));
    known.get(name).append(parametrization);
    return module;
  }
  if (!(field instanceof Parameter))
    throw new ArgumentError({ op, got: `the field '${name}'`, want: 'a field that holds a parameter' });
  const { shape } = field;
  const list = new ParametrizationList(field, parametrization);
  checkShape(op, parametrization, { shape }, list.forward());
  Reflect.deleteProperty(module, name);
  (known ?? module.registerModule('parametrizations', new ModuleDict<ParametrizationList>())).set(name, list);
  Object.defineProperty(module, name, {
    get: () => list.forward(),
    set: (value: Tensor) => list.assign(value),
    enumerable: false,
    configurable: true,
  });
  return module;
}

function checkShape(op: string, by: Module, before: Pick<Tensor, 'shape'>, after: Tensor): void {
  if (sameShape(before.shape, after.shape)) return;
  throw new ShapeError({
    op,
    got: `a ${by.constructor.name} that makes ${showShape(after.shape)} of ${showShape(before.shape)}`,
    want: 'the same shape',
  });
}

/**
 * Makes the tensor a parameter again, with the value that it has.
 * @throws ArgumentError for one that is not parametrized
 */
export function removeParametrizations<M extends Module>(module: M, name: string): M {
  const lists = listsOf(module);
  if (!lists?.has(name)) {
    const op = 'removeParametrizations';
    throw new ArgumentError({ op, got: `the field '${name}'`, want: 'one that is parametrized' });
  }
  const value = noGrad(() => lists.get(name).forward());
  const requiresGrad = [...lists.get(name).parameters({ recurse: false })].some((each) => each.requiresGrad);
  lists.delete(name);
  Reflect.deleteProperty(module, name);
  if (lists.size === 0) Reflect.deleteProperty(module, 'parametrizations');
  module.registerParameter(name, new Parameter(value.clone(), { requiresGrad }));
  return module;
}

import { ArgumentError, GradError, ShapeError } from '../errors.ts';
import { checkOptions, type Optional, optional } from '../ops/arguments.ts';
import { cast } from '../primitives/copy.ts';
import { checkTensor, constant } from '../primitives/operand.ts';
import { sameShape, showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { retainGrad } from './hooks.ts';
import { type Edge, edgeOf } from './tape.ts';
import { type Root, walk } from './walk.ts';

export interface BackwardOptions {
  /** Keep what the ops saved, for another walk through the same graph. Default: the value of `createGraph`. */
  retainGraph?: boolean;
  /** Record the walk itself, so that the gradients can be differentiated again. Default false. */
  createGraph?: boolean;
}

export interface BackwardInputs extends BackwardOptions {
  /** Sum gradients into the `grad` of these only, as of leaves, or of results, which retain it. Default: all leaves. */
  inputs?: Tensor | readonly Tensor[];
}

export interface GradOptions extends BackwardOptions {
  /** The cotangents of the outputs; needed for all that have more than one element. */
  gradOutputs?: Tensor | readonly (Tensor | null)[];
  /** Give `null` for inputs that the outputs do not depend on, instead of throwing. Default false. */
  allowUnused?: boolean;
}

/** What `backward` may be told of several tensors, by name. */
export interface BackwardArguments extends BackwardInputs {
  /** The cotangents of the tensors; 1 for those that have a single element. */
  gradTensors?: Tensor | readonly (Tensor | null)[] | null;
}

/** What `Tensor.backward` may be told, by name. */
export interface BackwardOfOneArguments extends BackwardInputs {
  /** The cotangent of the tensor; 1 if it has a single element. */
  gradient?: Tensor | null;
}

const backwardOrder = ['retainGraph', 'createGraph', 'inputs'] as const;
const ofSeveral = ['gradTensors', ...backwardOrder] as const;
const ofOne = ['gradient', ...backwardOrder] as const;

/** The optional arguments of `Tensor.backward`. */
export type BackwardOfOne = Optional<BackwardOfOneArguments, typeof ofOne>;

/**
 * Sums the gradients of `roots`, one tensor or several, into the `grad` of every leaf that they depend on:
 * `backward(roots, gradTensors, { inputs })`, `backward(roots, { retainGraph: true })`.
 *
 * @throws GradError if nothing asked for a gradient, or the graph was freed by an earlier backward
 */
export function backward(
  roots: Tensor | readonly Tensor[],
  ...rest: Optional<BackwardArguments, typeof ofSeveral>
): void {
  const { gradTensors, ...options } = optional<BackwardArguments>('backward', rest, ofSeveral);
  accumulate(rootsOf('backward', roots, gradTensors), options);
}

/** `backward` of one tensor, as its method, where the arguments have their types. */
export function backwardOfOne(root: Tensor, ...rest: readonly unknown[]): void {
  const { gradient, ...options } = optional<BackwardOfOneArguments>('backward', rest, ofOne);
  accumulate(rootsOf('backward', root, gradient), options);
}

function accumulate(from: readonly Root[], options: BackwardInputs): void {
  if (options.inputs === undefined) return void walk(from, options, null);
  const inputs = listOf(options.inputs);
  const targets = edgesOf('backward', inputs);
  for (const input of inputs) retainGrad(input);
  walk(from, options, targets, true);
}

/** A gradient for each input. */
type Gradients<I, G> = I extends readonly Tensor[] ? { -readonly [K in keyof I]: G } : [G];

/**
 * The gradients of `outputs` with respect to `inputs`, summed over the outputs, without touching any `grad`.
 *
 * @example
 * ```ts
 * const [dx] = grad(y.sum(), [x], { createGraph: true });
 * const [ddx] = grad(dx.sum(), [x]);
 * ```
 * @throws GradError if an input does not require a gradient, or (unless `allowUnused`) is not used
 */
export function grad<const I extends Tensor | readonly Tensor[]>(
  outputs: Tensor | readonly Tensor[],
  inputs: I,
  options: GradOptions & { allowUnused: true },
): Gradients<I, Tensor | null>;
export function grad<const I extends Tensor | readonly Tensor[]>(
  outputs: Tensor | readonly Tensor[],
  inputs: I,
  options?: GradOptions,
): Gradients<I, Tensor>;
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions = {},
): unknown {
  checkOptions('grad', options, [...walkOptions, 'gradOutputs', 'allowUnused']);
  const targets = edgesOf('grad', listOf(inputs));
  const found = walk(rootsOf('grad', outputs, options.gradOutputs), options, targets);
  return found.map((cotangent, i) => {
    if (cotangent !== null || options.allowUnused) return cotangent;
    throw new GradError({
      op: 'grad',
      got: `an input (number ${i}, shape ${showShape(listOf(inputs)[i]?.shape ?? [])}) that the outputs do not depend on`,
      want: 'inputs that take part',
      fix: 'Give { allowUnused: true } to get null for it.',
    });
  });
}

const walkOptions = ['retainGraph', 'createGraph'];

function listOf<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}

/** @throws GradError for an input that does not require a gradient */
function edgesOf(op: string, inputs: readonly Tensor[]): Edge[] {
  return inputs.map((input, i) => {
    const edge = edgeOf(checkTensor(op, input));
    if (edge !== null) return edge;
    throw new GradError({
      op,
      got: `an input (number ${i}, shape ${showShape(input.shape)}) that does not require a gradient`,
      want: 'inputs with requiresGrad',
      fix: 'Set requiresGrad before the forward.',
    });
  });
}

function rootsOf(
  op: string,
  outputs: Tensor | readonly Tensor[],
  gradients: Tensor | readonly (Tensor | null)[] | null | undefined,
): Root[] {
  const roots = listOf(outputs);
  const given = gradients === undefined || gradients === null ? roots.map(() => null) : listOf(gradients);
  if (given.length === roots.length) return roots.map((root, i) => rootOf(op, root, given[i]));
  throw new ArgumentError({
    op,
    got: `${given.length} gradients for ${roots.length} outputs`,
    want: 'one for each output',
  });
}

function rootOf(op: string, tensor: Tensor, gradient: Tensor | null | undefined): Root {
  const edge = edgeOf(checkTensor(op, tensor));
  if (edge === null) {
    throw new GradError({
      op,
      got: `a tensor of shape ${showShape(tensor.shape)} that no recorded op made`,
      want: 'the result of ops on tensors with requiresGrad',
      fix: 'Was it computed under noGrad(), from detach()ed tensors, or from integers?',
    });
  }
  if (gradient !== undefined && gradient !== null) {
    if (sameShape(checkTensor(op, gradient).shape, tensor.shape))
      return { edge, cotangent: cast(gradient, tensor.dtype) };
    throw new ShapeError({
      op,
      got: `a gradient of shape ${showShape(gradient.shape)} for a tensor of shape ${showShape(tensor.shape)}`,
      want: 'the same shape',
    });
  }
  if (tensor.numel === 1) return { edge, cotangent: constant(tensor.shape, 1, tensor.dtype) };
  throw new GradError({
    op,
    got: `a tensor of shape ${showShape(tensor.shape)} without a gradient`,
    want: 'a scalar, or a gradient of the same shape',
    fix: 'Reduce it to a scalar loss first, or say how much each element counts.',
  });
}

import { grad } from '../autograd/backward.ts';
import { computeInPlace, writeInPlace } from '../autograd/inplace.ts';
import { enableGrad, isGradEnabled } from '../autograd/mode.ts';
import { completed, type KernelRow, type Rule } from '../autograd/primitive.ts';
import { apply } from '../dispatch.ts';
import { toFloat } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';
import { clone } from '../primitives/copy.ts';
import { reshape } from '../primitives/movement.ts';
import { OnePass } from '../primitives/one-pass.ts';
import { constant, describe, promoted, type TensorLike } from '../primitives/operand.ts';
import type { Tensor } from '../tensor.ts';

/** A function of tensors, and of numbers after them, in one pass over memory. */
export interface Fused {
  (...operands: TensorLike[]): Tensor;
  /** The composition itself, op by op. */
  readonly of: (...operands: Tensor[]) => Tensor;
  /** Writes the result over `target`, which may be one of the operands, and gives that. */
  into(target: Tensor, ...operands: TensorLike[]): Tensor;
}

type Numbers = readonly number[];

/**
 * A function that is composed of elementwise ops, in one pass over memory where the ops would take one each; its gradients
 * too, which are found from the composition, to any order. It is called with single numbers once, to see what it does, so
 * it must do the same whatever the values are, and use nothing that changes but its arguments.
 *
 * @param name what errors and graphs call it
 * @param f takes tensors, which broadcast, and gives a tensor
 * @param numbers how many of the arguments, the last ones, are numbers. Default 0
 * @example
 * ```ts
 * const swish = fuse('swish', (x, beta) => x.mul(sigmoid(x.mul(beta))), 1);
 * swish(x, 1.5).sum().backward();
 * ```
 * @throws ArgumentError from the call, if `f` is not made of elementwise ops alone
 */
export function fuse(name: string, f: (...operands: Tensor[]) => Tensor, numbers = 0): Fused {
  const tensors = checkArity(name, f, numbers);
  const forward = new OnePass(name, tensors, numbers, f);
  const row = completed<Numbers, KernelRow<Numbers>>({
    ...forward.kernel,
    vjp: Array.from({ length: tensors }, (_, i) => slope(name, f, i, tensors, numbers)),
  });

  const taken = (operands: readonly TensorLike[]): { inputs: Tensor[]; values: number[] } => {
    const values = operands.slice(tensors);
    const odd = values.find((value) => typeof value !== 'number');
    if (operands.length !== tensors + numbers || odd !== undefined) {
      throw new ArgumentError({
        op: name,
        got: odd === undefined ? `${operands.length} operands` : `${describe(odd)} for a number`,
        want: `${tensors} tensors and ${numbers} numbers`,
      });
    }
    return { inputs: promoted(name, operands.slice(0, tensors), toFloat), values: values as number[] };
  };
  const composed = (inputs: readonly Tensor[], values: Numbers): Tensor =>
    f(...inputs, ...values.map((value) => constant([], value, (inputs[0] as Tensor).dtype)));

  const op = (...operands: TensorLike[]): Tensor => {
    const { inputs, values } = taken(operands);
    return forward.fits(inputs) ? apply(row, inputs, values) : composed(inputs, values);
  };
  const into = (target: Tensor, ...operands: TensorLike[]): Tensor => {
    const { inputs, values } = taken(operands);
    if (forward.fits(inputs) && computeInPlace(`${name}_`, row, target, inputs, values)) return target;
    // What the tape saves must outlive the elements that are overwritten.
    return writeInPlace(`${name}_`, target, op(...operands.map((x) => (x === target ? clone(target) : x))));
  };
  return Object.assign(op, { of: f, into });
}

/** The cotangent of one operand, as the tape finds it on the composition. */
function slope(
  name: string,
  f: (...operands: Tensor[]) => Tensor,
  which: number,
  tensors: number,
  numbers: number,
): Rule<Numbers> {
  const pass = new OnePass(`${name}Backward`, 1 + tensors, numbers, (g, ...operands) => {
    const createGraph = isGradEnabled();
    // Aliases, so that none is made of another.
    const own = operands.map((x) =>
      createGraph && x.requiresGrad ? reshape(x, x.shape) : x.detach().requiresGrad_(),
    );
    const options = { gradOutputs: g as Tensor, createGraph, allowUnused: true } as const;
    return enableGrad(() => grad(f(...own), own.slice(which, which + 1), options))[0] ?? null;
  });
  return {
    get saves() {
      return pass.reads.flatMap((index) => (index === 0 ? [] : [index - 1]));
    },
    pullback: (g, saved, { params }) => pass.call(pass.reads[0] === 0 ? [g, ...saved] : saved, params),
  };
}

/** @throws ArgumentError unless f takes a tensor at least */
function checkArity(name: unknown, f: unknown, numbers: unknown): number {
  const tensors = typeof f === 'function' && Number.isInteger(numbers) ? f.length - Number(numbers) : 0;
  if (typeof name === 'string' && Number(numbers) >= 0 && tensors > 0) return tensors;
  throw new ArgumentError({
    op: 'fuse',
    got: [name, f, numbers].map(describe).join(', '),
    want: 'a name, a function of one tensor at least, and how many of its arguments are numbers',
  });
}

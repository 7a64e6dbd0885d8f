import { computeInPlace, writeInPlace } from '../autograd/inplace.ts';
import { isGradEnabled } from '../autograd/mode.ts';
import { type DType, isFloat } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { clone } from '../primitives/copy.ts';
import type { BinaryOp, UnaryOp } from '../primitives/elementwise.ts';
import { checkTensor, type TensorLike } from '../primitives/operand.ts';
import { Tensor } from '../tensor.ts';

// How the in-place form of an op is made.

function requiresGrad(value: unknown): boolean {
  return value instanceof Tensor && value.requiresGrad;
}

function rank(dtype: DType): number {
  return dtype === 'bool' ? 0 : isFloat(dtype) ? 2 : 1;
}

/** The in-place form of an op on tensors; the result must not be of a higher category than what it is to fit into. */
export function inPlace<A extends readonly unknown[]>(name: string, op: (x: Tensor, ...rest: A) => Tensor) {
  const written = `${name}_`;
  return (x: Tensor, ...rest: A): Tensor => {
    // What the tape saves of the op must outlive the elements that are overwritten.
    const recorded = isGradEnabled() && [checkTensor(written, x), ...rest].some(requiresGrad);
    const value = op(recorded ? clone(x) : x, ...rest);
    if (rank(value.dtype) > rank(x.dtype)) {
      throw new DTypeError({
        op: written,
        got: `a result of ${value.dtype} for a tensor of ${x.dtype}`,
        want: 'a result that the tensor can hold',
        fix: `Use ${name}(), or convert the tensor first.`,
      });
    }
    return writeInPlace(written, x, value);
  };
}

/** The in-place form of an elementwise primitive. */
export function elementwisePlace(name: string, op: UnaryOp | BinaryOp) {
  const binary = op as BinaryOp;
  const throughCopy = inPlace(name, binary);
  return (x: Tensor, other: TensorLike): Tensor => {
    const operands = binary.operands(checkTensor(`${name}_`, x), other);
    return computeInPlace(`${name}_`, op.primitive, x, operands, null) ? x : throughCopy(x, other);
  };
}

/** The in-place form of an op's type: the first operand is a tensor, which is given back. */
export type InPlace<F> = F extends (x: never, ...rest: infer R) => Tensor
  ? (x: Tensor, ...rest: R) => Tensor
  : never;

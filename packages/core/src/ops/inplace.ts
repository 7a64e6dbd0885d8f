import { computeInPlace, writeInPlace } from '../autograd/inplace.ts';
import { isGradEnabled } from '../autograd/mode.ts';
import { type DType, isFloat } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { addScaledRow, scaledCall } from '../primitives/add-scaled.ts';
import { clone } from '../primitives/copy.ts';
import type { BinaryOp, UnaryOp } from '../primitives/elementwise.ts';
import * as elementwise from '../primitives/elementwise.ts';
import { asTensor, checkTensor, constant, type TensorLike } from '../primitives/operand.ts';
import { Tensor } from '../tensor.ts';
import { optional } from './arguments.ts';
import * as arithmetic from './arithmetic.ts';
import { maskedFill, scatterAdd } from './indexing.ts';

/** Copies the elements of `source`, which broadcasts and is cast, into `x`. */
export function copy_(x: Tensor, source: TensorLike): Tensor {
  return writeInPlace('copy_', checkTensor('copy_', x), asTensor('copy_', source));
}

/** Makes every element `value`. */
export function fill_(x: Tensor, value: number | boolean): Tensor {
  return writeInPlace('fill_', checkTensor('fill_', x), constant([], Number(value), x.dtype));
}

/** Makes every element 0. */
export function zero_(x: Tensor): Tensor {
  return writeInPlace('zero_', checkTensor('zero_', x), constant([], 0, x.dtype));
}

function requiresGrad(value: unknown): boolean {
  return value instanceof Tensor && value.requiresGrad;
}

function rank(dtype: DType): number {
  return dtype === 'bool' ? 0 : isFloat(dtype) ? 2 : 1;
}

/** The in-place form of an op on tensors; the result must not be of a higher category than what it is to fit into. */
function inPlace<A extends readonly unknown[]>(name: string, op: (x: Tensor, ...rest: A) => Tensor) {
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
function elementwisePlace(name: string, op: UnaryOp | BinaryOp) {
  const binary = op as BinaryOp;
  const throughCopy = inPlace(name, binary);
  return (x: Tensor, other: TensorLike): Tensor => {
    const operands = binary.operands(checkTensor(`${name}_`, x), other);
    return computeInPlace(`${name}_`, op.primitive, x, operands, null) ? x : throughCopy(x, other);
  };
}

/** The in-place form of an op's type: the first operand is a tensor, which is given back. */
type InPlace<F> = F extends (x: never, ...rest: infer R) => Tensor
  ? (x: Tensor, ...rest: R) => Tensor
  : never;
type Elementwise = Omit<typeof elementwise, 'where' | 'add' | 'sub' | 'div' | 'round'>;

/** `exp_`, `mul_`, `lt_` …: the elementwise primitives in place. */
export type ElementwiseInPlace = { readonly [K in keyof Elementwise as `${K}_`]: InPlace<Elementwise[K]> };

export const elementwiseInPlace = Object.fromEntries(
  Object.entries(elementwise).flatMap(([name, op]) =>
    'operands' in op ? [[`${name}_`, elementwisePlace(name, op)]] : [],
  ),
) as unknown as ElementwiseInPlace;

/** The in-place form of `add` or `sub`, whose second operand is scaled first. */
function scaledInPlace(
  name: 'add' | 'sub',
  primitive: BinaryOp,
  op: typeof arithmetic.add,
): InPlace<typeof arithmetic.add> {
  const place = elementwisePlace(name, primitive);
  const throughCopy = inPlace(name, op);
  return (x, y, ...rest) => {
    const { alpha = 1 } = optional<arithmetic.AlphaOptions>(name, rest, [], ['alpha']);
    if (alpha === 1) return place(x, y);
    const call = scaledCall(name, checkTensor(`${name}_`, x), y, alpha);
    const done = call !== null && computeInPlace(`${name}_`, addScaledRow, x, call.operands, call.alpha);
    return done ? x : throughCopy(x, y, { alpha });
  };
}

/** x += alpha · y */
export const add_ = scaledInPlace('add', elementwise.add, arithmetic.add);
/** x −= alpha · y */
export const sub_ = scaledInPlace('sub', elementwise.sub, arithmetic.sub);
/** x /= y */
export const div_: InPlace<typeof arithmetic.div> = inPlace('div', arithmetic.div);
/** Rounds every element, halves to the even neighbour. */
export const round_: InPlace<typeof arithmetic.round> = inPlace('round', arithmetic.round);
/** Brings every element between `min` and `max`. */
export const clamp_: InPlace<typeof arithmetic.clamp> = inPlace('clamp', arithmetic.clamp);
/** x += weight · (end − x) */
export const lerp_: InPlace<typeof arithmetic.lerp> = inPlace('lerp', arithmetic.lerp);
/** Makes the elements under a mask `value`. */
export const maskedFill_: InPlace<typeof maskedFill> = inPlace('maskedFill', maskedFill);
/** Adds `src[i][j]` at `[index[i][j]][j]` for dim 0, and so on. */
export const scatterAdd_: InPlace<typeof scatterAdd> = inPlace('scatterAdd', scatterAdd);

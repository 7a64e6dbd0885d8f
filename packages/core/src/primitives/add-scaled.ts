import { given, kernelPrimitive } from '../autograd/primitive.ts';
import { apply } from '../dispatch.ts';
import { isFloat } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';
import { broadcastShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { add, mul, sub } from './elementwise.ts';
import { broadcastTo, describe, type TensorLike } from './operand.ts';

/** a + alpha · b of floats of one dtype, which broadcast. The params are alpha. */
export const addScaledRow = kernelPrimitive<number>({
  name: 'addScaled',
  isElementwise: true,
  vjp: [given([], (g) => g), given([], (g, _, { params: alpha }) => mul(g, alpha))],
  samples: [
    { inputs: [{ shape: [2, 3] }, { shape: [2, 3] }], params: -0.3 },
    { inputs: [{ shape: [2, 1] }, { shape: [3] }], params: 2.5 },
    { inputs: [{ shape: [] }, { shape: [2, 2] }], params: 0 },
    { inputs: [{ shape: [0, 3] }, { shape: [1, 3] }], params: 2 },
  ],
  infer: ([a, b]) => ({ shape: broadcastShapes('add', [a.shape, b.shape]), dtype: a.dtype }),
  forward: (backend, [a, b], out, alpha) =>
    backend.addScaled(broadcastTo(a, out), broadcastTo(b, out), alpha, out),
});

export type Alpha = number | boolean;

const signed = { add: { of: add, sign: 1 }, sub: { of: sub, sign: -1 } } as const;

/**
 * a ± alpha · b as a call of the primitive; `null` where the operands are no floats.
 * @throws ArgumentError if `alpha` is not a number, for integers a whole one, or for truth values one of them
 */
export function scaledCall(
  op: 'add' | 'sub',
  a: TensorLike,
  b: TensorLike,
  alpha: Alpha,
): { readonly operands: Tensor[]; readonly alpha: number } | null {
  const { of, sign } = signed[op];
  const operands = of.operands(a, b);
  const { dtype } = operands[0] as Tensor;
  const isNumber = typeof alpha === 'number' && (isFloat(dtype) || Number.isInteger(alpha));
  if (isNumber || (typeof alpha === 'boolean' && dtype === 'bool'))
    return isFloat(dtype) ? { operands, alpha: sign * Number(alpha) } : null;
  throw new ArgumentError({
    op,
    got: `alpha ${describe(alpha)} for ${dtype}`,
    want: 'a number, a whole one for integers',
  });
}

/** a ± alpha · b, in one pass over floats. */
export function addScaled(op: 'add' | 'sub', a: TensorLike, b: TensorLike, alpha: Alpha): Tensor {
  const { of } = signed[op];
  if (alpha === 1) return of(a, b);
  const call = scaledCall(op, a, b, alpha);
  return call === null ? of(a, mul(b, alpha)) : apply(addScaledRow, call.operands, call.alpha);
}

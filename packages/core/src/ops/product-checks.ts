import { DTypeError, ShapeError } from '../errors.ts';
import { checkTensor } from '../primitives/operand.ts';
import { showShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** @throws DTypeError unless two tensors have one dtype of numbers, of whose products there are sums */
export function checkPair(op: string, a: Tensor, b: Tensor): readonly [Tensor, Tensor] {
  const [x, y] = [checkNumbers(op, checkTensor(op, a)), checkTensor(op, b)];
  if (x.dtype === y.dtype) return [x, y];
  throw new DTypeError({
    op,
    got: `${x.dtype} and ${y.dtype}`,
    want: 'one dtype',
    fix: `Convert one of them with to('${x.dtype}').`,
  });
}

/** @throws DTypeError for truth values */
export function checkNumbers(op: string, x: Tensor): Tensor {
  if (x.dtype !== 'bool') return x;
  throw new DTypeError({ op, got: 'bool', want: 'numbers', fix: "Convert with to('int32')." });
}

/** @throws ShapeError unless two tensors have these ranks, and the sizes of a (batched) product that is not broadcast */
export function checkProduct(
  op: string,
  a: Tensor,
  b: Tensor,
  ranks: readonly [number, number],
  wants: string,
): readonly [Tensor, Tensor] {
  const [x, y] = checkPair(op, a, b);
  const inner = x.shape.at(-1) === y.shape[Math.max(0, y.ndim - 2)];
  const batches = ranks[0] < 3 || x.shape[0] === y.shape[0];
  if (x.ndim !== ranks[0] || y.ndim !== ranks[1] || !inner || !batches) throw misfit(op, x, y, wants);
  return [x, y];
}

export function misfit(op: string, x: Tensor, y: Tensor, want: string): ShapeError {
  return new ShapeError({ op, got: `shapes ${showShapes([x.shape, y.shape])}`, want });
}

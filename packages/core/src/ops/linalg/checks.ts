import { ShapeError } from '../../errors.ts';
import { reshape } from '../../primitives/movement.ts';
import { showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { checkFloat } from '../dims.ts';

/** @throws ShapeError, DTypeError unless `x` is matrices of floats, `(…, M, N)` */
export function checkMatrices(op: string, x: Tensor): Tensor {
  if (checkFloat(op, x).ndim >= 2) return x;
  throw new ShapeError({ op, got: `shape ${showShape(x.shape)}`, want: 'at least two dims, (…, M, N)' });
}

/** @throws ShapeError, DTypeError unless `x` is square matrices of floats, `(…, N, N)` */
export function checkSquare(op: string, x: Tensor): Tensor {
  if (checkMatrices(op, x).shape.at(-1) === x.shape.at(-2)) return x;
  throw new ShapeError({ op, got: `shape ${showShape(x.shape)}`, want: 'square matrices, (…, N, N)' });
}

/** Without the last dim but one, which has size 1: what a kernel gave for each matrix, as a vector. */
export function asVector(x: Tensor): Tensor {
  return reshape(x, [...x.shape.slice(0, -2), x.shape.at(-1) ?? 1]);
}

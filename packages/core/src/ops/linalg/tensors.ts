import { ShapeError } from '../../errors.ts';
import { pow } from '../../primitives/elementwise.ts';
import { checkTensor } from '../../primitives/operand.ts';
import { normalizeDims, numelOf, sameShape, showShape, showShapes } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { checkInteger, type Optional, optional } from '../arguments.ts';
import { arange } from '../creation.ts';
import { checkPair } from '../product-checks.ts';
import { movedim } from '../rearranging.ts';
import { reshape, unsqueeze } from '../shape.ts';
import { inv, solve } from './solving.ts';

export interface TensorsolveOptions {
  /** Dims of A that are moved to its end first. */
  dims?: readonly number[] | null;
}

/** X with `tensordot(A, X, X.ndim)` = B, where A has the shape of B and then the one of X, as many elements either. */
export function tensorsolve(a: Tensor, b: Tensor, ...rest: Optional<TensorsolveOptions, ['dims']>): Tensor {
  const op = 'tensorsolve';
  const { dims } = optional<TensorsolveOptions>(op, rest, ['dims']);
  const [x, y] = checkPair(op, checkTensor(op, a), checkTensor(op, b));
  const moved = normalizeDims(op, dims ?? [], x.ndim);
  const from =
    moved.length === 0
      ? x
      : movedim(
          x,
          moved,
          moved.map((_, i) => x.ndim - moved.length + i),
        );
  const shape = from.shape.slice(y.ndim);
  if (!sameShape(from.shape.slice(0, y.ndim), y.shape) || numelOf(shape) !== y.numel)
    throw new ShapeError({
      op,
      got: `shapes ${showShapes([from.shape, y.shape])}`,
      want: 'A of the shape of B, and further dims with as many elements',
    });
  return reshape(solve(reshape(from, [y.numel, y.numel]), reshape(y, [y.numel])), shape);
}

export interface TensorinvOptions {
  /** How many leading dims make up the rows. Default 2. */
  ind?: number;
}

/** The inverse of `tensordot(A, ·, ind)`: of the shape with the first `ind` dims behind the others. */
export function tensorinv(a: Tensor, ...rest: Optional<TensorinvOptions, ['ind']>): Tensor {
  const op = 'tensorinv';
  const { ind = 2 } = optional<TensorinvOptions>(op, rest, ['ind']);
  const { shape } = checkTensor(op, a);
  const split = checkInteger(op, 'ind', ind, 1);
  const [rows, columns] = [shape.slice(0, split), shape.slice(split)];
  if (numelOf(rows) !== numelOf(columns) || split > shape.length)
    throw new ShapeError({
      op,
      got: `shape ${showShape(shape)} and ind ${ind}`,
      want: 'as many elements before that dim as from it on',
    });
  return reshape(inv(reshape(a, [numelOf(rows), numelOf(columns)])), [...columns, ...rows]);
}

export interface VanderOptions {
  /** How many columns. Default: as many as elements. */
  N?: number | null;
}

/** Vandermonde's matrices of vectors: the powers from 0 to N − 1 of each element as its row, `(…, M) → (…, M, N)`. */
export function vander(x: Tensor, ...rest: Optional<VanderOptions, ['N']>): Tensor {
  const { N } = optional<VanderOptions>('vander', rest, ['N']);
  if (checkTensor('vander', x).ndim === 0)
    throw new ShapeError({ op: 'vander', got: 'a tensor without dims', want: 'vectors (…, M)' });
  const count = checkInteger('vander', 'N', N ?? x.size(-1), 0);
  return pow(unsqueeze(x, -1), arange(count));
}

import { ArgumentError, ShapeError } from '../errors.ts';
import { where } from '../primitives/elementwise.ts';
import { reshape } from '../primitives/movement.ts';
import { checkTensor, zerosFor } from '../primitives/operand.ts';
import { showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type Optional, optional } from './arguments.ts';
import { arange } from './creation.ts';
import { diagEmbed } from './diagonals.ts';
import { diagonal } from './slicing.ts';

export interface TriangleOptions {
  /** Which diagonal: positive ones lie above the main one. Default 0. */
  diagonal?: number;
}

type AtDiagonal = Optional<TriangleOptions, ['diagonal']>;

function diagonalOf(op: string, rest: AtDiagonal): number {
  const { diagonal: offset = 0 } = optional<TriangleOptions>(op, rest, ['diagonal']);
  if (Number.isInteger(offset)) return offset;
  throw new ArgumentError({ op, got: `diagonal ${offset}`, want: 'a whole number' });
}

/** The lower triangle of the last two dims, zeros above; `diagonal` moves the border up. */
export function tril(x: Tensor, ...rest: AtDiagonal): Tensor {
  const offset = diagonalOf('tril', rest);
  return triangle('tril', x, (row, column) => column.sub(row).le(offset));
}

/** The upper triangle of the last two dims, zeros below; `diagonal` moves the border up. */
export function triu(x: Tensor, ...rest: AtDiagonal): Tensor {
  const offset = diagonalOf('triu', rest);
  return triangle('triu', x, (row, column) => column.sub(row).ge(offset));
}

function triangle(op: string, x: Tensor, keeps: (row: Tensor, column: Tensor) => Tensor): Tensor {
  if (checkTensor(op, x).ndim < 2)
    throw new ShapeError({ op, got: `shape ${showShape(x.shape)}`, want: 'at least two dims' });
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  return where(
    keeps(reshape(arange(rows), [rows, 1]), arange(columns)),
    x,
    zerosFor({ shape: [], dtype: x.dtype }),
  );
}

/** A vector on the diagonal of a matrix, or the diagonal of a matrix. */
export function diag(x: Tensor, ...rest: AtDiagonal): Tensor {
  const offset = diagonalOf('diag', rest);
  if (checkTensor('diag', x).ndim === 2) return diagonal(x, { offset });
  if (x.ndim === 1) return diagEmbed(x, { offset });
  throw new ShapeError({ op: 'diag', got: `shape ${showShape(x.shape)}`, want: 'a vector or a matrix' });
}

import { type DType, isFloat } from '../dtype.ts';
import { ArgumentError, DTypeError, IndexError, ShapeError } from '../errors.ts';
import { reshape } from '../primitives/movement.ts';
import { checkTensor, describe } from '../primitives/operand.ts';
import { normalizeDim, normalizeDims, showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type Optional, optional } from './arguments.ts';

export interface DimOption {
  /** Default 0. */
  dim?: number;
}

export type AtDim = Optional<DimOption, ['dim']>;

/** The dim of a tensor that must have dims. */
export function dimOf(op: string, x: Tensor, dim: number): number {
  if (checkTensor(op, x).ndim > 0) return normalizeDim(op, dim, x.ndim);
  throw new IndexError({ op, got: 'a tensor without dims', want: 'at least one dim' });
}

/** One dim, several, or (`null`, `undefined`) all. */
export type Dims = number | readonly number[] | null;

export interface KeepdimOptions {
  /** Keep reduced dims with size 1. Default false. */
  keepdim?: boolean;
}

export interface DimOptions extends KeepdimOptions {
  /** Default: all dims. */
  dim?: Dims;
}

export interface OneDimOptions extends KeepdimOptions {
  /** Default: the flattened tensor. */
  dim?: number | null;
}

export interface DTypeOptions {
  /** Convert to this dtype first. */
  dtype?: DType;
}

export interface ReduceOptions extends DimOptions, DTypeOptions {}

export type Along<O extends DimOptions> = Optional<O, ['dim', 'keepdim']>;

/** What reductions take: the dims by position or by name, `keepdim`, and what is `named` only. */
export function reducing<O extends DimOptions>(
  op: string,
  given: readonly unknown[],
  named: readonly (keyof O & string)[] = [],
): O & { keepdim: boolean } {
  const options = optional<O>(op, given, ['dim', 'keepdim'], named);
  return { ...options, keepdim: checkKeepdim(op, options.keepdim) };
}

export function checkKeepdim(op: string, keepdim: unknown = false): boolean {
  if (typeof keepdim === 'boolean') return keepdim;
  throw new ArgumentError({
    op,
    got: `keepdim ${describe(keepdim)}`,
    want: 'true or false',
    fix: 'Several dims go into one array: x.sum([0, 1]).',
  });
}

/** The dims to reduce: as PyTorch has it, an empty list means all. */
export function dimsOf(op: string, x: Tensor, dim: Dims | undefined): number[] {
  const all = Array.isArray(dim) && dim.length === 0;
  return normalizeDims(op, all ? null : dim, checkTensor(op, x).ndim).filter((d) => d < x.ndim);
}

export function dropped(x: Tensor, dims: readonly number[], keepdim: boolean): Tensor {
  return keepdim
    ? x
    : reshape(
        x,
        x.shape.filter((_, d) => !dims.includes(d)),
      );
}

export function countOf(x: Tensor, dims: readonly number[]): number {
  return dims.reduce((count, d) => count * (x.shape[d] as number), 1);
}

export function accumulated(dtype: DType): DType {
  return isFloat(dtype) ? dtype : 'int32';
}

export function checkFloat(op: string, x: Tensor): Tensor {
  if (checkTensor(op, x).isFloatingPoint) return x;
  throw new DTypeError({
    op,
    got: `a tensor of ${x.dtype}`,
    want: 'float32 or float64',
    fix: "Give { dtype: 'float32' }, or convert with to('float32').",
  });
}

export function checkNotEmpty(op: string, x: Tensor, dims: readonly number[]): void {
  if (dims.some((d) => x.shape[d] === 0)) {
    throw new ShapeError({
      op,
      got: `shape ${showShape(x.shape)}`,
      want: 'at least one element to choose from',
    });
  }
}

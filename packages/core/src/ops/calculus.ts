import { toFloat } from '../dtype.ts';
import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { allButFirst, allButLast } from '../primitives/cumulative.ts';
import { add, div, logicalXor, mul, sub } from '../primitives/elementwise.ts';
import { alongDim, concat, reshape, slice } from '../primitives/movement.ts';
import { checkTensor, constant } from '../primitives/operand.ts';
import { normalizeDims, type Shape, showShapes } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { checkInteger, checkNumber, type Optional, optional } from './arguments.ts';
import { cumsum } from './cumulative.ts';
import { type Dims, dimOf } from './dims.ts';
import { cat } from './joining.ts';
import { sum } from './reduction.ts';

export interface DiffOptions {
  /** How often. Default 1. */
  n?: number;
  /** Default −1. */
  dim?: number;
  /** What stands in front of the elements along the dim. */
  prepend?: Tensor | null;
  /** What stands behind them. */
  append?: Tensor | null;
}

type DiffRest = Optional<DiffOptions, ['n', 'dim', 'prepend', 'append']>;

/** The differences between neighbours along a dim, of truth values whether they differ; and of these again, `n` times. */
export function diff(x: Tensor, ...rest: DiffRest): Tensor {
  const options = optional<DiffOptions>('diff', rest, ['n', 'dim', 'prepend', 'append']);
  const times = checkInteger('diff', 'n', options.n ?? 1, 0);
  const dim = dimOf('diff', x, options.dim ?? -1);
  if (times === 0) return x.clone();
  const parts = [options.prepend ?? null, x, options.append ?? null].filter((part) => part !== null);
  const odd = parts.find((part) => checkTensor('diff', part).ndim !== x.ndim);
  if (odd !== undefined)
    throw new ShapeError({
      op: 'diff',
      got: `shapes ${showShapes([x.shape, odd.shape])}`,
      want: 'as many dims',
    });
  let result = cat(parts, dim);
  // After as many times as there are elements, nothing is left.
  for (let i = Math.min(times, result.shape[dim] as number); i > 0; i--) result = step(result, dim);
  return result;
}

function step(x: Tensor, dim: number): Tensor {
  const [left, right] = [allButLast(x, dim), allButFirst(x, dim)];
  return x.dtype === 'bool' ? logicalXor(right, left) : sub(right, left);
}

/** A vector as a tensor that varies along one of `ndim` dims only. */
function along(x: Tensor, dim: number, ndim: number): Tensor {
  return reshape(x, new Array<number>(ndim).fill(1).with(dim, x.numel));
}

export interface GradientOptions {
  /** How far apart the elements are: in all dims, in each, or where they are along each. Default 1. */
  spacing?: number | readonly number[] | readonly Tensor[] | null;
  /** Along which dims. Default: all. */
  dim?: Dims;
  /** Of the parabola, or at the ends (1, the default) the line, through the nearest elements. */
  edgeOrder?: 1 | 2;
}

/**
 * The slopes of a function along each of some dims, from its values at the elements: central differences, of second order
 * also where the spacing is not even.
 *
 * @throws ShapeError for a dim of no more than `edgeOrder` elements
 */
export function gradient(x: Tensor, ...rest: Optional<GradientOptions, []>): Tensor[] {
  const options = optional<GradientOptions>('gradient', rest, [], ['spacing', 'dim', 'edgeOrder']);
  const order = options.edgeOrder ?? 1;
  if (order !== 1 && order !== 2)
    throw new ArgumentError({ op: 'gradient', got: `edgeOrder ${order}`, want: '1 or 2' });
  if (checkTensor('gradient', x).dtype === 'uint8' || x.dtype === 'bool')
    throw new DTypeError({ op: 'gradient', got: x.dtype, want: 'numbers that may be negative' });
  const dims = normalizeDims('gradient', options.dim, x.ndim).filter((dim) => dim < x.ndim);
  const spacing = options.spacing ?? 1;
  if (Array.isArray(spacing) && spacing.length !== dims.length) {
    const got = `${spacing.length} spacings for ${dims.length} dims`;
    throw new ArgumentError({ op: 'gradient', got, want: 'one for each dim' });
  }
  return dims.map((dim, i) => {
    const size = x.shape[dim] as number;
    if (size <= order)
      throw new ShapeError({
        op: 'gradient',
        got: `size ${size} of dim ${dim}`,
        want: `at least ${order + 1} elements`,
      });
    const steps = stepsOf(x, size, (Array.isArray(spacing) ? spacing[i] : spacing) as number | Tensor);
    return slopes(x, dim, along(steps, dim, x.ndim), order);
  });
}

/** The distances between neighbours: one fewer than there are elements. */
function stepsOf({ dtype }: Tensor, size: number, spacing: number | Tensor): Tensor {
  if (!(spacing instanceof Tensor))
    return constant([size - 1], checkNumber('gradient', 'spacing', spacing), toFloat(dtype));
  if (spacing.ndim === 1 && spacing.numel === size) return step(spacing, 0);
  const got = `coordinates of shape ${showShapes([spacing.shape])} for a dim of size ${size}`;
  throw new ShapeError({ op: 'gradient', got, want: 'a coordinate for each element' });
}

/**
 * The parabola through three neighbours with steps h and k, and slopes s and t between them, has the slope (sk + th) / (h + k)
 * in the middle. Slopes along a parabola change evenly, so those at its ends are as far from s and t on the other side.
 */
function slopes(x: Tensor, dim: number, steps: Tensor, order: 1 | 2): Tensor {
  const between = div(step(x, dim), steps);
  const [h, k] = [allButLast(steps, dim), allButFirst(steps, dim)];
  const [s, t] = [allButLast(between, dim), allButFirst(between, dim)];
  const inner = div(add(mul(s, k), mul(t, h)), add(h, k));
  const end = (at: (from: Tensor) => Tensor) =>
    order === 1 ? at(between) : sub(mul(at(between), 2), at(inner));
  const first = (from: Tensor) => slice(from, alongDim(from.shape, dim, 0, 1, 1));
  const last = (from: Tensor) =>
    slice(from, alongDim(from.shape, dim, (from.shape[dim] as number) - 1, 1, 1));
  return concat([end(first), inner, end(last)], dim);
}

export interface TrapezoidOptions {
  /** Where the elements are: a vector, or a tensor that broadcasts. */
  x?: Tensor | null;
  /** How far apart they are. Default 1. */
  dx?: number;
  /** Default −1. */
  dim?: number;
}

type TrapezoidRest = Optional<TrapezoidOptions, ['x']>;

/** Twice the areas of the trapezoids under neighbours along a dim. */
function doubleAreas(op: string, y: Tensor, rest: TrapezoidRest): { areas: Tensor; dim: number } {
  const options = optional<TrapezoidOptions>(op, rest, ['x'], ['dx', 'dim']);
  const dim = dimOf(op, y, options.dim ?? -1);
  if (y.dtype === 'bool') throw new DTypeError({ op, got: 'bool', want: 'numbers' });
  const heights = add(allButLast(y, dim), allButFirst(y, dim));
  const points = options.x ?? null;
  if (points === null) return { areas: mul(heights, checkNumber(op, 'dx', options.dx ?? 1)), dim };
  if (options.dx !== undefined) throw new ArgumentError({ op, got: 'both x and dx', want: 'one of them' });
  return { areas: mul(heights, widths(op, y.shape, checkTensor(op, points), dim)), dim };
}

function widths(op: string, shape: Shape, x: Tensor, dim: number): Tensor {
  if (x.ndim !== 1) {
    const lead = new Array<number>(Math.max(shape.length - x.ndim, 0)).fill(1);
    return step(reshape(x, [...lead, ...x.shape]), dim);
  }
  if (x.numel === shape[dim]) return step(along(x, dim, shape.length), dim);
  const got = `shapes ${showShapes([shape, x.shape])} along dim ${dim}`;
  throw new ShapeError({ op, got, want: 'a place for each element' });
}

/** The integral along a dim of a function that is linear between its values at the elements. */
export function trapezoid(y: Tensor, ...rest: TrapezoidRest): Tensor {
  const { areas, dim } = doubleAreas('trapezoid', y, rest);
  return div(sum(areas, dim), 2);
}

/** The same from the first element to each other one. */
export function cumulativeTrapezoid(y: Tensor, ...rest: TrapezoidRest): Tensor {
  const { areas, dim } = doubleAreas('cumulativeTrapezoid', y, rest);
  return div(cumsum(areas, dim), 2);
}

export { trapezoid as trapz };

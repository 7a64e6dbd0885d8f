import { ArgumentError, ShapeError } from '../errors.ts';
import * as base from '../primitives/movement.ts';
import { checkTensor } from '../primitives/operand.ts';
import { normalizeDim, normalizeDims, showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkInteger, checkIntegers, type Optional, optional, type Sizes, sizesOf } from './arguments.ts';
import { cat } from './joining.ts';
import { flatten } from './shape.ts';
import { narrow } from './slicing.ts';

/** The dims in another order, as a view. */
export function permute(x: Tensor, ...dims: Sizes): Tensor {
  const list = sizesOf('permute', dims);
  const order = normalizeDims('permute', list, checkTensor('permute', x).ndim);
  if (order.length !== x.ndim) {
    throw new ShapeError({
      op: 'permute',
      got: `dims [${list.join(', ')}]`,
      want: `each of the ${x.ndim} dims once`,
    });
  }
  return base.permute(x, order);
}

/** Two dims exchanged, as a view. */
export function transpose(x: Tensor, dim0: number, dim1: number): Tensor {
  const a = normalizeDim('transpose', dim0, checkTensor('transpose', x).ndim);
  const b = normalizeDim('transpose', dim1, x.ndim);
  if (x.ndim === 0) return base.permute(x, []);
  return base.permute(
    x,
    x.shape.map((_, d) => (d === a ? b : d === b ? a : d)),
  );
}

/**
 * The last two dims exchanged: every matrix of a batch transposed. In PyTorch the property `mT`; as there, a tensor
 * without dims is as it is.
 */
export function matrixTranspose(x: Tensor): Tensor {
  return checkTensor('mT', x).ndim === 0 ? t(x) : transpose(checkRank('mT', x, 2), -2, -1);
}

/** The transpose of a matrix; tensors of fewer dims are as they are. */
export function t(x: Tensor): Tensor {
  if (checkTensor('t', x).ndim > 2) {
    throw new ShapeError({
      op: 't',
      got: `shape ${showShape(x.shape)}`,
      want: 'at most 2 dims',
      fix: 'Use transpose(a, b).',
    });
  }
  return x.ndim < 2
    ? base.permute(
        x,
        x.shape.map((_, d) => d),
      )
    : transpose(x, 0, 1);
}

/** One or more dims moved to other places, the rest in their order. */
export function movedim(
  x: Tensor,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  const from = normalizeDims('movedim', source, checkTensor('movedim', x).ndim);
  const to = normalizeDims('movedim', destination, x.ndim);
  if (from.length !== to.length) {
    throw new ShapeError({
      op: 'movedim',
      got: `${from.length} dims for ${to.length} places`,
      want: 'as many',
    });
  }
  const rest = x.shape.map((_, d) => d).filter((d) => !from.includes(d));
  const order = x.shape.map((_, d) =>
    to.includes(d) ? (from[to.indexOf(d)] as number) : (rest.shift() as number),
  );
  return base.permute(x, order);
}

/** The order along some dims reversed, as a view (PyTorch copies). All dims if none are given. */
export function flip(x: Tensor, dims?: number | readonly number[]): Tensor {
  const flipped = normalizeDims('flip', dims, checkTensor('flip', x).ndim).filter((d) => d < x.ndim);
  return base.slice(x, {
    starts: x.shape.map((size, d) => (flipped.includes(d) ? Math.max(size - 1, 0) : 0)),
    sizes: x.shape,
    steps: x.shape.map((_, d) => (flipped.includes(d) ? -1 : 1)),
  });
}

/** The order of the columns reversed: `flip` along dim 1. */
export function fliplr(x: Tensor): Tensor {
  return flip(checkRank('fliplr', x, 2), 1);
}

/** The order of the rows reversed: `flip` along dim 0. */
export function flipud(x: Tensor): Tensor {
  return flip(checkRank('flipud', x, 1), 0);
}

function checkRank(op: string, x: Tensor, least: number): Tensor {
  if (checkTensor(op, x).ndim >= least) return x;
  throw new ShapeError({ op, got: `shape ${showShape(x.shape)}`, want: `at least ${least} dims` });
}

export interface Rot90Options {
  /** How many quarters of a turn. Default 1. */
  k?: number;
  /** The plane: turns go from the first towards the second. Default `[0, 1]`. */
  dims?: readonly number[];
}

/** Turned by multiples of 90° in the plane of two dims, as a view. */
export function rot90(x: Tensor, ...rest: Optional<Rot90Options, ['k', 'dims']>): Tensor {
  const { k = 1, dims = [0, 1] } = optional<Rot90Options>('rot90', rest, ['k', 'dims']);
  const plane = normalizeDims('rot90', checkIntegers('rot90', 'dims', dims), checkTensor('rot90', x).ndim);
  const [a, b] = plane;
  if (a === undefined || b === undefined || plane.length > 2 || x.ndim < 2) {
    throw new ShapeError({
      op: 'rot90',
      got: `shape ${showShape(x.shape)} and dims [${dims.join(', ')}]`,
      want: 'two dims of a tensor of at least two',
    });
  }
  const quarter = ((checkInteger('rot90', 'k', k) % 4) + 4) % 4;
  if (quarter === 0) return flip(x, []);
  if (quarter === 2) return flip(x, [a, b]);
  return quarter === 1 ? flip(transpose(x, a, b), a) : transpose(flip(x, a), a, b);
}

/** Turned by 180° in the last two dims (or in `dims`): the flip that makes a convolution of a cross-correlation. */
export function rot180(x: Tensor, dims: readonly number[] = [-2, -1]): Tensor {
  return flip(x, dims);
}

export interface RollOptions {
  /** One for each shift. Default: the flattened tensor is rolled. */
  dims?: number | readonly number[];
}

/** Moved along dims, what falls off one end coming in at the other. */
export function roll(
  x: Tensor,
  shifts: number | readonly number[],
  ...rest: Optional<RollOptions, ['dims']>
): Tensor {
  const { dims } = optional<RollOptions>('roll', rest, ['dims']);
  if (dims === undefined) return base.reshape(roll(flatten(x), shifts, 0), x.shape);
  const places = normalizeDims('roll', dims, checkTensor('roll', x).ndim);
  const by = checkIntegers('roll', 'shifts', typeof shifts === 'number' ? [shifts] : shifts);
  if (by.length !== places.length)
    throw new ArgumentError({
      op: 'roll',
      got: `${by.length} shifts for ${places.length} dims`,
      want: 'as many',
    });
  return places.reduce((rolled, dim, i) => {
    const size = rolled.shape[dim] ?? 0;
    if (size === 0) return rolled;
    const shift = (((by[i] as number) % size) + size) % size;
    return cat([narrow(rolled, dim, size - shift, shift), narrow(rolled, dim, 0, size - shift)], dim);
  }, x);
}

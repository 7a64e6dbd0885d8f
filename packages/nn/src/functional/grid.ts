import {
  ArgumentError,
  linspace,
  numelOf,
  type Optional,
  ones,
  optional,
  type Shape,
  ShapeError,
  showShape,
  showShapes,
  stack,
  type Tensor,
  where,
  zeros,
} from '@retrograd/core';
import { checkFloat, checkSameDtype } from '../checks.ts';

export interface GridSampleOptions {
  /** `'bilinear'` (default; for volumes it is trilinear), `'nearest'`, or, for images, `'bicubic'`. */
  mode?: 'bilinear' | 'nearest' | 'bicubic';
  /** What lies outside: zeros (default), the border, or the image mirrored at it. */
  paddingMode?: 'zeros' | 'border' | 'reflection';
  /** Whether −1 and 1 are the centres of the first and last elements, or the outer edges of them. Default false. */
  alignCorners?: boolean | null;
}

const order = ['mode', 'paddingMode', 'alignCorners'] as const;

/** A neighbour along one dim, and how much it counts. */
interface Tap {
  /** A whole number, perhaps outside of the dim. */
  readonly place: Tensor;
  readonly weight: Tensor | null;
}

/** The range of a dim that is `size` long, and what becomes of coordinates outside. */
interface Axis {
  readonly size: number;
  readonly alignCorners: boolean;
  readonly bound: (x: Tensor, axis: Axis) => Tensor;
}

const bounds: Readonly<Record<string, Axis['bound']>> = {
  zeros: (x) => x,
  border: (x, { size }) => clipped(x, size),
  reflection: (x, { size, alignCorners }) => {
    const [low, span] = alignCorners ? [0, size - 1] : [-0.5, size];
    if (span === 0) return x.mul(0);
    // The distance from one mirror, folded at the other.
    const distance = where(x.lt(low), x.neg().add(low), x.sub(low));
    const rest = distance.fmod(span);
    const isOdd = distance.detach().div(span).floor().remainder(2).eq(1);
    return clipped(where(isOdd, rest.neg().add(span), rest).add(low), size);
  },
};

/** Kept within a dim. On the border itself there is no gradient, as in PyTorch. */
function clipped(x: Tensor, size: number): Tensor {
  return where(x.gt(0).logicalAnd(x.lt(size - 1)), x, x.detach().clamp(0, size - 1));
}

/** Keys' kernel with a = −¾ at distances d ≤ 1, and between 1 and 2. */
const a = -0.75;
const nearKeys = (d: Tensor) =>
  d
    .mul(a + 2)
    .sub(a + 3)
    .mul(d)
    .mul(d)
    .add(1);
const farKeys = (d: Tensor) => d.sub(5).mul(d).add(8).mul(d).sub(4).mul(a);

/** From a coordinate (0 is the centre of the first element) to the neighbours that count. */
const tapsOf: Readonly<Record<string, (x: Tensor, axis: Axis) => Tap[]>> = {
  nearest: (x, axis) => [{ place: axis.bound(x, axis).detach().round(), weight: null }],
  bilinear: (x, axis) => {
    const at = axis.bound(x, axis);
    const lower = at.detach().floor();
    const t = at.sub(lower);
    return [
      { place: lower, weight: t.neg().add(1) },
      { place: lower.add(1), weight: t },
    ];
  },
  // Here it is the neighbours that are brought inside.
  bicubic: (x, axis) => {
    const lower = x.detach().floor();
    const t = x.sub(lower);
    const back = t.neg().add(1);
    const weights = [farKeys(t.add(1)), nearKeys(t), nearKeys(back), farKeys(back.add(1))];
    return weights.map((weight, k) => ({ place: axis.bound(lower.add(k - 1), axis), weight }));
  },
};

/**
 * The elements of images `x (N, C, H, W)` at the points of `grid (N, H', W', 2)`, pairs (x, y) that run from −1 to 1 over
 * the image: `(N, C, H', W')`; likewise volumes, with triples (x, y, z).
 *
 * @throws ShapeError, DTypeError or ArgumentError if the arguments do not fit
 */
export function gridSample(
  x: Tensor,
  grid: Tensor,
  ...rest: Optional<GridSampleOptions, typeof order>
): Tensor {
  const op = 'gridSample';
  const options = optional<GridSampleOptions>(op, rest, order);
  const { mode = 'bilinear', paddingMode = 'zeros' } = options;
  const alignCorners = options.alignCorners ?? false;
  checkFloat(op, x);
  checkSameDtype(op, x, 'grid', checkFloat(op, grid).dtype);
  checkSampling(op, x, grid, mode, paddingMode);
  const [batch, channels, ...size] = x.shape as readonly [number, number, ...number[]];
  const points = grid.shape.slice(1, -1);
  const count = numelOf(points);
  const taps = size.map((length, d) => {
    // The last dim of the image is the first of a point.
    const unit = grid
      .select(-1, size.length - 1 - d)
      .reshape(batch, 1, count)
      .add(1);
    const coordinate = alignCorners ? unit.mul((length - 1) / 2) : unit.mul(length).sub(1).div(2);
    const axis = { size: length, alignCorners, bound: bounds[paddingMode] as Axis['bound'] };
    return (tapsOf[mode] as (typeof tapsOf)[string])(coordinate, axis);
  });
  const planes = x.flatten(2);
  const parts = combinations(taps).map((corner) => {
    const { index, inside } = positionOf(corner, size);
    const taken = planes.gather(2, index.expand(batch, channels, count));
    const weight = corner.reduce<Tensor | null>(
      (product, tap) => (product && tap.weight ? product.mul(tap.weight) : (tap.weight ?? product)),
      null,
    );
    const value = where(inside, taken, 0);
    return weight ? value.mul(weight) : value;
  });
  return parts.reduce((sum, part) => sum.add(part)).reshape([batch, channels, ...points]);
}

/** One tap of each dim, in all ways. */
function combinations(taps: readonly (readonly Tap[])[]): (readonly Tap[])[] {
  return taps.reduce<(readonly Tap[])[]>(
    (found, ofDim) => found.flatMap((some) => ofDim.map((tap) => [...some, tap])),
    [[]],
  );
}

/** Where a neighbour lies in the flattened plane, and whether it lies there at all. */
function positionOf(corner: readonly Tap[], size: Shape): { index: Tensor; inside: Tensor } {
  const along = corner.map(({ place }, d) => {
    const last = (size[d] as number) - 1;
    return {
      index: place.clamp(0, last).to('int32'),
      inside: place.ge(0).logicalAnd(place.le(last)),
    };
  });
  return along.reduce((so, dim, d) => ({
    index: so.index.mul(size[d] as number).add(dim.index),
    inside: so.inside.logicalAnd(dim.inside),
  }));
}

function checkSampling(op: string, x: Tensor, grid: Tensor, mode: string, paddingMode: string): void {
  const n = x.ndim - 2;
  const fits = (n === 2 || n === 3) && grid.ndim === x.ndim && grid.shape.at(-1) === n;
  if (!fits || grid.shape[0] !== x.shape[0] || x.shape.slice(2).includes(0)) {
    throw new ShapeError({
      op,
      got: `shapes ${showShapes([x.shape, grid.shape])}`,
      want: '(N, C, H, W) and (N, H′, W′, 2), or (N, C, D, H, W) and (N, D′, H′, W′, 3), nothing of size 0',
    });
  }
  if (!Object.hasOwn(tapsOf, mode) || (mode === 'bicubic' && n === 3)) {
    const want = `'bilinear'${n === 2 ? ", 'bicubic'" : ''} or 'nearest'`;
    throw new ArgumentError({ op, got: `mode '${mode}' for ${n} spatial dims`, want });
  }
  if (!Object.hasOwn(bounds, paddingMode))
    throw new ArgumentError({
      op,
      got: `paddingMode '${paddingMode}'`,
      want: "'zeros', 'border' or 'reflection'",
    });
}

export interface AffineGridOptions {
  /** As for `gridSample`. Default false. */
  alignCorners?: boolean | null;
}

/**
 * The grid of `gridSample` for an affine map `theta (N, 2, 3)` and an output of `size [N, C, H, W]`: `(N, H, W, 2)`; or
 * `(N, 3, 4)` and `[N, C, D, H, W]`.
 */
export function affineGrid(
  theta: Tensor,
  size: Shape,
  ...rest: Optional<AffineGridOptions, ['alignCorners']>
): Tensor {
  const op = 'affineGrid';
  const { alignCorners } = optional<AffineGridOptions>(op, rest, ['alignCorners']);
  const { dtype } = checkFloat(op, theta);
  const whole = Array.isArray(size) && size.every((length) => Number.isSafeInteger(length) && length > 0);
  const n = whole ? size.length - 2 : 0;
  if ((n !== 2 && n !== 3) || String(theta.shape) !== String([size[0], n, n + 1])) {
    throw new ShapeError({
      op,
      got: `a map of shape ${showShape(theta.shape)} and size ${String(size)}`,
      want: '(N, 2, 3) and [N, C, H, W], or (N, 3, 4) and [N, C, D, H, W]',
    });
  }
  const points = size.slice(2);
  const axes = points.map((length, d) => {
    const reach = alignCorners ? 1 : (length - 1) / length;
    const line = length === 1 ? zeros([1], { dtype }) : linspace(-reach, reach, length, { dtype });
    return line.reshape(points.map((_, other) => (other === d ? length : 1))).expand(points);
  });
  const base = stack([...axes.reverse(), ones(points, { dtype })], -1).reshape(1, numelOf(points), n + 1);
  return base.matmul(theta.transpose(1, 2)).reshape([size[0] as number, ...points, n]);
}

import { linspace, type Optional, optional, type Tensor, tensor, where } from '@retrograd/core';
import { checkChoice, checkGenerator } from '../options.ts';
import {
  asFloats,
  checkRange,
  type Interpolation,
  isNumbers,
  type PerChannel,
  type RandomTransformOptions,
  refuse,
  roundHalfToEven,
  sizeOf,
  uniform,
} from './parameters.ts';
import { random, type Transform } from './transform.ts';

/** From a place in the result to the place in the image that is seen there: (a b c; d e f), around the centre. */
type Matrix = readonly [number, number, number, number, number, number];

interface Motion {
  /** In degrees. */
  readonly angle: number;
  /** In pixels, to the right and down. */
  readonly translate: readonly [number, number];
  readonly scale: number;
  /** In degrees, along x and y. */
  readonly shear: readonly [number, number];
  /** The point that stays where it is but for `translate`, in pixels from the centre of the image. */
  readonly centre: readonly [number, number];
}

/**
 * The inverse of T C R S Y X C⁻¹: shear along x and y, scaling, rotation about a centre, translation.
 * det(R Y X) = 1, so the inverse of its matrix (a b; c d) is (d −b; −c a).
 */
function inverseOf({ angle, translate, scale, shear, centre }: Motion): Matrix {
  const [rotation, x, y] = [angle, ...shear].map((degrees) => (degrees * Math.PI) / 180) as [
    number,
    number,
    number,
  ];
  const a = Math.cos(rotation - y) / Math.cos(y);
  const b = (-Math.cos(rotation - y) * Math.tan(x)) / Math.cos(y) - Math.sin(rotation);
  const c = Math.sin(rotation - y) / Math.cos(y);
  const d = (-Math.sin(rotation - y) * Math.tan(x)) / Math.cos(y) + Math.cos(rotation);
  const [xx, xy, yx, yy] = [d / scale, -b / scale, -c / scale, a / scale];
  const [cx, cy] = centre;
  const [dx, dy] = [-cx - translate[0], -cy - translate[1]];
  return [xx, xy, xx * dx + xy * dy + cx, yx, yy, yx * dx + yy * dy + cy];
}

interface Resampling {
  readonly interpolation: Interpolation;
  readonly fill: PerChannel;
}

/** Places of pixels, and how much they count; outside of the image they count nothing. */
interface Tap {
  readonly row: Tensor;
  readonly column: Tensor;
  readonly weight: Tensor | null;
}

const tapsOf: Readonly<Record<Interpolation, (y: Tensor, x: Tensor) => Tap[]>> = {
  nearest: (y, x) => [{ row: y.round(), column: x.round(), weight: null }],
  bilinear: (y, x) => {
    const [top, left] = [y.floor(), x.floor()];
    const [down, across] = [y.sub(top), x.sub(left)];
    const [up, back] = [down.neg().add(1), across.neg().add(1)];
    return [
      { row: top, column: left, weight: up.mul(back) },
      { row: top, column: left.add(1), weight: up.mul(across) },
      { row: top.add(1), column: left, weight: down.mul(back) },
      { row: top.add(1), column: left.add(1), weight: down.mul(across) },
    ];
  },
};

/** Images `(…, H, W)` as `matrix` sees them, in a frame of `size`; where it sees nothing, `fill`. */
function resampled(
  op: string,
  images: Tensor,
  matrix: Matrix,
  size: readonly [number, number],
  { interpolation, fill }: Resampling,
): Tensor {
  const [height, width] = sizeOf(op, images);
  return asFloats(images, (floats) => {
    const [y, x] = placesIn(height, width, matrix, size, floats.dtype as 'float32' | 'float64');
    const pixels = floats.reshape(-1, height * width);
    let seen = pixels.newZeros([pixels.size(0), y.numel]);
    let covered = pixels.newZeros([y.numel]);
    for (const { row, column, weight } of tapsOf[interpolation](y, x)) {
      const inside = row
        .ge(0)
        .logicalAnd(row.lt(height))
        .logicalAnd(column.ge(0))
        .logicalAnd(column.lt(width));
      const at = row
        .clamp(0, height - 1)
        .mul(width)
        .add(column.clamp(0, width - 1))
        .to('int32');
      const counts = weight === null ? inside.to(floats.dtype) : where(inside, weight, 0);
      seen = seen.add(pixels.indexSelect(1, at).mul(counts));
      covered = covered.add(counts);
    }
    const empty = fillFor(op, fill, images, floats.dtype as 'float32' | 'float64');
    // torchvision weighs what it sees by how much of a pixel is covered once more; so its values come about.
    const filled =
      interpolation === 'nearest'
        ? where(covered.lt(0.5), empty, seen)
        : seen.mul(covered).add(covered.neg().add(1).mul(empty));
    return filled.reshape(...images.shape.slice(0, -2), ...size);
  });
}

/** Where in the image each pixel of the result is seen: rows and columns, 0 the centre of the first. */
function placesIn(
  height: number,
  width: number,
  matrix: Matrix,
  [rows, columns]: readonly [number, number],
  dtype: 'float32' | 'float64',
): [y: Tensor, x: Tensor] {
  const centred = (n: number) => linspace(0.5 - n / 2, n / 2 - 0.5, n, { dtype });
  const [down, across] = [centred(rows).unsqueeze(1), centred(columns)];
  const [a, b, c, d, e, f] = matrix;
  // In halves of the image from its centre, as torchvision has it: then roundings agree.
  const along = (p: number, q: number, r: number, size: number) => {
    const [u, v, w] = [p, q, r].map((t) => tensor(t, { dtype }).div(size / 2)) as [Tensor, Tensor, Tensor];
    const grid = across.mul(u).add(down.mul(v)).add(w);
    return grid.add(1).mul(size).sub(1).div(2).reshape(-1);
  };
  return [along(d, e, f, height), along(a, b, c, width)];
}

/** A value for each channel of each image, as a column. */
function fillFor(op: string, fill: PerChannel, images: Tensor, dtype: 'float32' | 'float64'): Tensor {
  if (typeof fill === 'number') return tensor([[fill]], { dtype });
  const channels = images.shape.at(-3) ?? 1;
  if (fill.length !== 1 && fill.length !== channels)
    refuse(op, 'fill', fill, `a number, or one for each of ${channels} channels`);
  const repeats = fill.length === 1 ? 1 : images.shape.slice(0, -3).reduce((a, b) => a * b, 1);
  return tensor([...fill], { dtype })
    .repeat(repeats)
    .unsqueeze(1);
}

export interface RotationOptions extends RandomTransformOptions {
  /** Default `'nearest'`. */
  interpolation?: Interpolation | undefined;
  /** The value where nothing of the image is seen, or one for each channel. Default 0. */
  fill?: PerChannel | undefined;
  /** The point about which to turn, in pixels from the left and the top. Default: the middle. */
  center?: readonly number[] | null | undefined;
}

export interface RandomRotationOptions extends RotationOptions {
  /** Make the frame so large that all of the image is seen. Default `false`. */
  expand?: boolean | undefined;
}

/** @throws ArgumentError for options that make no sense */
function checkRotation(op: string, { interpolation = 'nearest', fill = 0, center }: RotationOptions) {
  checkChoice(op, 'interpolation', interpolation, ['nearest', 'bilinear']);
  const values = typeof fill === 'number' ? [fill] : fill;
  if (!Array.isArray(values) || values.length === 0 || !isNumbers(values, values.length))
    refuse(op, 'fill', fill, 'a finite number, or one for each channel');
  if (center !== undefined && center !== null && !isNumbers(center, 2))
    refuse(op, 'center', center, 'two numbers');
  const centreIn = ([height, width]: readonly [number, number]): [number, number] =>
    center ? [(center[0] as number) - width / 2, (center[1] as number) - height / 2] : [0, 0];
  return { centreIn, resampling: { interpolation, fill } };
}

/** One angle for both directions, or bounds of it. */
function checkAngles(
  op: string,
  name: string,
  degrees: number | readonly number[],
): readonly [number, number] {
  if (typeof degrees === 'number') return checkRange(op, name, [-degrees, degrees]);
  return checkRange(op, name, degrees);
}

const rotationOrder = ['interpolation', 'expand', 'center', 'fill'] as const;

/**
 * Images `(…, H, W)` turned by a random angle, anticlockwise: torchvision's, for the same seed.
 *
 * @param degrees The angle is from −degrees to degrees, or between two bounds.
 */
export function randomRotation(
  degrees: number | readonly number[],
  ...rest: Optional<RandomRotationOptions, typeof rotationOrder>
): Transform {
  const op = 'randomRotation';
  const options = optional<RandomRotationOptions>(op, rest, rotationOrder, ['generator']);
  const { centreIn, resampling } = checkRotation(op, options);
  const [low, high] = checkAngles(op, 'degrees', degrees);
  const { expand = false } = options;
  const generator = checkGenerator(op, options.generator);
  return random((images) => {
    const size = sizeOf(op, images);
    const angle = -uniform(low, high, generator);
    const matrix = inverseOf({ angle, translate: [0, 0], scale: 1, shear: [0, 0], centre: centreIn(size) });
    return resampled(op, images, matrix, expand ? frameOf(matrix, size) : size, resampling);
  });
}

/** The frame that holds all corners of an image; in float32 and to 10⁻⁴ pixels, so that 7 + 10⁻¹⁵ pixels are not 8. */
function frameOf([a, b, c, d, e, f]: Matrix, [height, width]: readonly [number, number]): [number, number] {
  const corners = [-0.5, 0.5].flatMap((i) => [-0.5, 0.5].map((j) => [j * width, i * height] as const));
  const unit = Math.fround(1e-4);
  const extent = (at: (x: number, y: number) => number, size: number) => {
    const places = corners.map(([x, y]) => {
      const place = Math.fround(Math.fround(at(x, y)) + size / 2);
      return Math.fround(Math.trunc(Math.fround(place / unit)) * unit);
    });
    return Math.ceil(Math.max(...places)) - Math.floor(Math.min(...places));
  };
  return [extent((x, y) => d * x + e * y + f, height), extent((x, y) => a * x + b * y + c, width)];
}

export interface RandomAffineOptions extends RotationOptions {
  /** The largest shifts, as parts of the width and of the height. Default: none. */
  translate?: readonly number[] | null | undefined;
  /** Bounds of the scale. Default: none. */
  scale?: readonly number[] | null | undefined;
  /** The largest angle of shear along x, bounds of it, or bounds of it along x and y. Default: none. */
  shear?: number | readonly number[] | null | undefined;
}

const affineOrder = ['translate', 'scale', 'shear', 'interpolation', 'fill', 'center'] as const;

/**
 * Images `(…, H, W)` turned, shifted, scaled and sheared at random: torchvision's, for the same seed.
 *
 * @param degrees The angle is from −degrees to degrees, or between two bounds; 0 for none.
 *
 * @example
 * ```ts
 * const augment = randomAffine(10, { translate: [0.1, 0.1], scale: [0.9, 1.1], interpolation: 'bilinear' });
 * ```
 */
export function randomAffine(
  degrees: number | readonly number[],
  ...rest: Optional<RandomAffineOptions, typeof affineOrder>
): Transform {
  const op = 'randomAffine';
  const options = optional<RandomAffineOptions>(op, rest, affineOrder, ['generator']);
  const { centreIn, resampling } = checkRotation(op, options);
  const angles = checkAngles(op, 'degrees', degrees);
  const { translate, scale, shear } = options;
  const isPart = (part: number) => part >= 0 && part <= 1;
  if (translate && !(isNumbers(translate, 2) && translate.every(isPart)))
    refuse(op, 'translate', translate, 'two parts from 0 to 1');
  const scales = scale ? checkRange(op, 'scale', scale) : undefined;
  if (scales && scales[0] <= 0) refuse(op, 'scale', scale, 'two numbers above 0');
  const shears = shear === undefined || shear === null ? undefined : checkShear(op, shear);
  const generator = checkGenerator(op, options.generator);
  const draw = ([low, high]: readonly [number, number]) => uniform(low, high, generator);
  return random((images) => {
    const size = sizeOf(op, images);
    // In torchvision's order: the angle, the shifts to the right and down, the scale, the shears.
    const angle = draw(angles);
    const shift = (part: number, side: number) => roundHalfToEven(draw([-part * side, part * side]));
    const moved = translate
      ? ([shift(translate[0] as number, size[1]), shift(translate[1] as number, size[0])] as const)
      : ([0, 0] as const);
    const scaled = scales === undefined ? 1 : draw(scales);
    const [x = 0, y = 0] = (shears ?? []).map(draw);
    const motion: Motion = { angle, translate: moved, scale: scaled, shear: [x, y], centre: centreIn(size) };
    return resampled(op, images, inverseOf(motion), size, resampling);
  });
}

/** Bounds of the shear along x and, where there are four numbers, along y. */
function checkShear(op: string, shear: number | readonly number[]): (readonly [number, number])[] {
  if (!isNumbers(shear, 4)) return [checkAngles(op, 'shear', shear as number | readonly number[])];
  return [shear.slice(0, 2), shear.slice(2)].map((bounds) => checkRange(op, 'shear', bounds));
}

import type { I32, V128 } from '../assembler/code.ts';
import type { FunctionBuilder, Local } from '../assembler/function.ts';
import { f32x4, i32, i32x4, shuffle32, v128 } from '../assembler/instructions.ts';
import type { Body } from '../assembler/module.ts';
import { body, named } from '../engine.ts';
import { type Lanes, storeLanes } from './lanes.ts';
import { shareOf } from './walk.ts';
import { windowByWindow } from './windows.ts';

// Winograd's F(2×2, 3×3): a correlation with 3 × 3 taps computes tiles of 2 × 2 outputs from 4 × 4 inputs as
//
//   Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A      with   Bᵀ = ⎡1  0 −1  0⎤   G = ⎡1   0   0⎤   Aᵀ = ⎡1  1  1  0⎤
//                                             ⎢0  1  1  0⎥       ⎢½   ½   ½⎥        ⎣0  1 −1 −1⎦
//                                             ⎢0 −1  1  0⎥       ⎢½  −½   ½⎥
//                                             ⎣0  1  0 −1⎦       ⎣0   0   1⎦
//
// The products at each of the 16 points, summed over channels, are 16 products of matrices: 16 multiplications for four
// outputs and a channel instead of 36. Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2016),
// section 4.1.

/** Points of a tile. */
export const points = 16;

/** Tiles of a row that vectors hold: there must be as many. */
export const tilesAtOnce = 4;

type Four<T> = readonly [T, T, T, T];

function four<T>(make: (i: 0 | 1 | 2 | 3) => T): Four<T> {
  return [make(0), make(1), make(2), make(3)];
}

/** Bᵀ d for one column of inputs. */
function inputPoints([d0, d1, d2, d3]: Four<V128>): Four<V128> {
  return [f32x4.sub(d0, d2), f32x4.add(d1, d2), f32x4.sub(d2, d1), f32x4.sub(d1, d3)];
}

/** G g for one column of taps. */
function weightPoints(f: FunctionBuilder, [g0, g1, g2]: readonly [V128, V128, V128]): Four<V128> {
  const half = f32x4.const(0.5);
  const outer = f.let(f32x4.mul(f32x4.add(g0, g2), half));
  const inner = f.let(f32x4.mul(g1, half));
  return [g0, f32x4.add(outer, inner), f32x4.sub(outer, inner), g2];
}

/** Runs the body for four of so many at a time, with the number of the first; the last four may overlap those before. */
function byFours(f: FunctionBuilder, count: I32, inside: (first: Local<'i32'>) => void): void {
  const next = f.let(i32.const(0));
  const last = f.let(i32.sub(count, 4));
  f.countUp(next, count, 4, () => {
    inside(f.let(i32.select(i32.lt(next, last), next, last)));
  });
}

/** The address of plane p, where so many of them make an image. */
function planeAt(start: I32, p: I32, perImage: I32, imageStride: I32, planeStride: I32): I32 {
  const [image, plane] = [i32.divU(p, perImage), i32.remU(p, perImage)];
  return i32.add(start, i32.add(i32.mul(image, imageStride), i32.mul(plane, planeStride)));
}

/** Bytes of a row of tiles at one point, of all rows, of all images, and of all channels. */
function layoutAtPoints(
  f: FunctionBuilder,
  { images, tileRows, tileColumns }: Record<'images' | 'tileRows' | 'tileColumns', I32>,
  channels: I32,
) {
  const tileBytes = f.let(i32.shl(tileColumns, 2));
  const planeBytes = f.let(i32.mul(tileRows, tileBytes));
  const channelBytes = f.let(i32.mul(images, planeBytes));
  return { tileBytes, planeBytes, channelBytes, pointStride: f.let(i32.mul(channels, channelBytes)) };
}

/** Where the images are, with strides in bytes; columns lie side by side. */
const imageFields = [
  'x',
  'xImageStride',
  'xChannelStride',
  'xRowStride',
  'height',
  'width',
  // Zeros before the first row and the first column.
  'top',
  'left',
  'channels',
] as const;

/** Strides are in bytes. */
export const toPointsFields = [
  ...imageFields,
  // (16, channels, images, tileRows, tileColumns), contiguous
  'out',
  'images',
  'planesPerPart',
  'tileRows',
  // At least 4.
  'tileColumns',
] as const;

/** Bᵀ d B for all tiles. */
export function toPoints(): Record<string, Body> {
  const run = body(toPointsFields.length, (f, { fields, part }) => {
    const args = named(toPointsFields, fields);
    const { tileBytes, planeBytes, channelBytes, pointStride } = layoutAtPoints(f, args, args.channels);
    const [row, to, y] = [f.local('i32'), f.local('i32'), f.local('i32')];
    const planes = i32.mul(args.images, args.channels);
    forEachPlane(f, shareOf(f, part, args.planesPerPart, planes), (plane) => {
      const source = f.let(planeAt(args.x, plane, args.channels, args.xImageStride, args.xChannelStride));
      const target = f.let(planeAt(args.out, plane, args.channels, planeBytes, channelBytes));
      byFours(f, args.tileColumns, (first) => {
        const x = f.let(i32.sub(i32.shl(first, 1), args.left));
        // Where the vectors begin that hold a tile's first two inputs, and its last two, of four tiles.
        const offsets = [0, 4, 2, 6] as const;
        const masks = four((i) => f.let(insideRow(i32.add(x, offsets[i]), args.width)));
        const at = f.let(
          i32.add(source, i32.add(i32.shl(x, 2), i32.mul(args.xRowStride, i32.sub(0, args.top)))),
        );
        const place = f.let(i32.add(target, i32.shl(first, 2)));
        f.set(y, i32.sub(0, args.top));
        /** Sets the four tiles' points along the next row of inputs. */
        const readRow = (into: Four<Local<'v128'>>) => {
          f.if(
            i32.ltU(y, args.height),
            () => {
              const [a, b, c, d] = four((i) => f.let(v128.and(v128.load(at, 4 * offsets[i]), masks[i])));
              const even = (p: V128, q: V128) => f.let(shuffle32(p, q, [0, 2, 4, 6]));
              const odd = (p: V128, q: V128) => f.let(shuffle32(p, q, [1, 3, 5, 7]));
              const row = inputPoints([even(a, b), odd(a, b), even(c, d), odd(c, d)]);
              four((j) => f.set(into[j], row[j]));
            },
            () => {
              for (const value of into) f.set(value, v128.zero);
            },
          );
          f.increase(y, 1);
          f.increase(at, args.xRowStride);
        };
        const [upper, lower, third, fourth] = four(() => four(() => f.local('v128')));
        readRow(upper);
        readRow(lower);
        f.set(row, i32.const(0));
        f.countUp(row, args.tileRows, 1, () => {
          readRow(third);
          readRow(fourth);
          const columns = four((j) => inputPoints([upper[j], lower[j], third[j], fourth[j]]));
          f.set(to, place);
          four((i) =>
            four((j) => {
              f.emit(v128.store(to, columns[j][i]));
              f.increase(to, pointStride);
            }),
          );
          // A tile's last two rows are the first two of the tile below.
          four((j) => f.set(upper[j], third[j]));
          four((j) => f.set(lower[j], fourth[j]));
          f.increase(place, tileBytes);
        });
      });
    });
  });
  return { run };
}

/** Runs the body for some planes. */
function forEachPlane(
  f: FunctionBuilder,
  [first, end]: readonly [I32, I32],
  inside: (plane: Local<'i32'>) => void,
): void {
  const plane = f.let(first);
  f.countUp(plane, end, 1, () => inside(plane));
}

/** A mask of those of four columns from x on that are there. */
function insideRow(x: I32, width: I32): V128 {
  const columns = i32x4.add(i32x4.splat(x), i32x4.consts(0, 1, 2, 3));
  return v128.and(i32x4.ge(columns, v128.zero), i32x4.lt(columns, i32x4.splat(width)));
}

/** Strides are in bytes. */
export const weightFields = [
  'w',
  'outStride',
  'channelStride',
  'rowStride',
  'columnStride',
  // (16, outChannels, channels), contiguous
  'out',
  'outChannels',
  // At least 4.
  'channels',
  'outChannelsPerPart',
] as const;

/** G g Gᵀ for all pairs of channels. */
export function weightsToPoints(): Record<string, Body> {
  const run = body(weightFields.length, (f, { fields, part }) => {
    const args = named(weightFields, fields);
    const channelBytes = f.let(i32.shl(args.channels, 2));
    const pointStride = f.let(i32.mul(args.outChannels, channelBytes));
    forEachPlane(f, shareOf(f, part, args.outChannelsPerPart, args.outChannels), (outChannel) => {
      const source = f.let(i32.add(args.w, i32.mul(outChannel, args.outStride)));
      const target = f.let(i32.add(args.out, i32.mul(outChannel, channelBytes)));
      byFours(f, args.channels, (first) => {
        const from = f.let(i32.add(source, i32.mul(first, args.channelStride)));
        /** A tap of four channels. */
        const tap = (row: number, column: number): V128 => {
          const at = f.let(
            i32.add(from, i32.add(i32.mul(args.rowStride, row), i32.mul(args.columnStride, column))),
          );
          const value = f.let(v128.load32(at));
          for (const lane of [1, 2, 3]) {
            f.increase(at, args.channelStride);
            f.set(value, v128.load32Lane(at, value, lane));
          }
          return value;
        };
        const column = (j: number) => {
          const values = weightPoints(f, [tap(0, j), tap(1, j), tap(2, j)]);
          return four((i) => f.let(values[i]));
        };
        const [left, middle, right] = [column(0), column(1), column(2)];
        const to = f.let(i32.add(target, i32.shl(first, 2)));
        four((i) => {
          for (const value of weightPoints(f, [left[i], middle[i], right[i]])) {
            f.emit(v128.store(to, value));
            f.increase(to, pointStride);
          }
        });
      });
    });
  });
  return { run };
}

/** Strides are in bytes. */
export const fromPointsFields = [
  ...imageFields,
  // (16, outChannels, images, tileRows, tileColumns), contiguous
  'products',
  'out',
  'outImageStride',
  'outChannelStride',
  'outRowStride',
  'rows',
  'columns',
  // A number for each output channel.
  'bias',
  'images',
  'planesPerPart',
  'outChannels',
  'tileRows',
  // At least 4.
  'tileColumns',
  'w',
  'wOutStride',
  'wChannelStride',
  'wRowStride',
  'wColumnStride',
] as const;

/**
 * Aᵀ m A for all tiles. The points that make an output depend on its own window only, so that a NaN stays in the windows
 * that meet it; but differences of infinities, or of what is near them, are NaN where the sum would not be. So outputs that
 * are not finite are computed anew, tap by tap, with their neighbours.
 */
export function fromPoints(lanes: Lanes): Record<string, Body> {
  const run = body(fromPointsFields.length, (f, { fields, part }) => {
    const args = named(fromPointsFields, fields);
    const { tileBytes, planeBytes, channelBytes, pointStride } = layoutAtPoints(f, args, args.outChannels);
    const [tileRow, at] = [f.local('i32'), f.local('i32')];
    const planes = i32.mul(args.images, args.outChannels);
    forEachPlane(f, shareOf(f, part, args.planesPerPart, planes), (p) => {
      const [image, outChannel] = [
        f.let(i32.divU(p, args.outChannels)),
        f.let(i32.remU(p, args.outChannels)),
      ];
      const source = f.let(planeAt(args.products, p, args.outChannels, planeBytes, channelBytes));
      const target = f.let(
        planeAt(args.out, p, args.outChannels, args.outImageStride, args.outChannelStride),
      );
      const biasAt = f.let(i32.add(args.bias, i32.shl(outChannel, 2)));
      const bias = f.let(v128.splat32(biasAt));
      f.set(tileRow, i32.const(0));
      f.countUp(tileRow, args.tileRows, 1, () => {
        const row = f.let(i32.shl(tileRow, 1));
        const hasSecond = f.let(i32.lt(i32.add(row, 1), args.rows));
        const line = f.let(i32.add(target, i32.mul(row, args.outRowStride)));
        byFours(f, args.tileColumns, (first) => {
          f.set(at, i32.add(i32.add(source, i32.mul(tileRow, tileBytes)), i32.shl(first, 2)));
          const [upper, lower] = tileSums(f, at, pointStride, bias);
          const column = f.let(i32.shl(first, 1));
          const place = f.let(i32.add(line, i32.shl(column, 2)));
          const width = f.let(i32.sub(args.columns, column));
          const areFinite = i32.eqz(v128.anyTrue(notFinite(f, [...upper, ...lower])));
          f.if(
            areFinite,
            () => {
              storeRow(f, lanes, place, upper, width);
              f.if(hasSecond, () =>
                storeRow(f, lanes, f.let(i32.add(place, args.outRowStride)), lower, width),
              );
            },
            () => {
              const count = f.let(i32.select(i32.lt(width, 8), width, 8));
              windowByWindow(f, args, { image, outChannel, biasAt, row, column, place, count, hasSecond });
            },
          );
        });
      });
    });
  });
  return { run };
}

type Row = readonly [even: Local<'v128'>, odd: Local<'v128'>];

/** The outputs of four tiles, from their points: those in even columns and those in odd ones, of two rows. */
function tileSums(f: FunctionBuilder, at: Local<'i32'>, pointStride: I32, bias: V128): [Row, Row] {
  const next = () => {
    const value = f.let(v128.load(at));
    f.increase(at, pointStride);
    return value;
  };
  /** A row of points times A. */
  const rowSums = (): [V128, V128] => {
    const [m0, m1, m2, m3] = [next(), next(), next(), next()];
    return [f.let(f32x4.add(f32x4.add(m0, m1), m2)), f.let(f32x4.sub(f32x4.sub(m1, m2), m3))];
  };
  const [r0, r1, r2, r3] = [rowSums(), rowSums(), rowSums(), rowSums()];
  const sums = (side: 0 | 1) => {
    const upper = f32x4.add(f32x4.add(r0[side], r1[side]), r2[side]);
    const lower = f32x4.sub(f32x4.sub(r1[side], r2[side]), r3[side]);
    return [f.let(f32x4.add(upper, bias)), f.let(f32x4.add(lower, bias))] as const;
  };
  const [even, odd] = [sums(0), sums(1)];
  return [
    [even[0], odd[0]],
    [even[1], odd[1]],
  ];
}

/** A mask of lanes in which one of the values is NaN or infinite: times 0, these are NaN. */
function notFinite(f: FunctionBuilder, values: readonly V128[]): V128 {
  const zero = f.let(v128.zero);
  const nothing = f.let(values.map((value) => f32x4.mul(value, zero)).reduce((a, b) => f32x4.add(a, b)));
  return f32x4.ne(nothing, nothing);
}

/** Stores eight outputs, or as many as there are left. */
function storeRow(f: FunctionBuilder, lanes: Lanes, at: I32, [even, odd]: Row, width: I32): void {
  f.emit(v128.store(at, shuffle32(even, odd, [0, 4, 1, 5])));
  const later = f.let(shuffle32(even, odd, [2, 6, 3, 7]));
  // Four tiles have at least seven.
  f.if(
    i32.ge(width, 8),
    () => f.emit(v128.store(at, later, 16)),
    () => storeLanes(f, lanes, at, later, 3, 16),
  );
}

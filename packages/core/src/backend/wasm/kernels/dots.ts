import type { I32, V128 } from '../assembler/code.ts';
import type { FunctionBuilder, Local } from '../assembler/function.ts';
import { i32, shuffle32, v128 } from '../assembler/instructions.ts';
import type { Body } from '../assembler/module.ts';
import { body, named } from '../engine.ts';
import type { Lanes } from './lanes.ts';
import { blocksOf, digitsOf } from './parts.ts';

// The kernel for products that run along memory in both operands:
//
//   out[o, p] = Σ_c Σ_t w[o, c, offset(t)] · x[c, offset(p) + offset'(t)]
//
// where neighbouring t are neighbours in w and in x, as in the gradient of a correlation with respect to its kernel
// (t: places of the output, p: taps of the kernel), or in a matrix times a transposed one. Vectors run along t; the
// lanes of each accumulator are summed at the end.

/** Nine sums of six loaded vectors: what V8's 15 registers hold, and enough to hide a product's 4 cycles. */
export const tileSide = 3;

const dotParams = [
  'w',
  'wRowStride',
  'wChannelStride',
  'x',
  'xChannelStride',
  'channels',
  'columns',
  'steps',
  'tails',
  'end',
  'out',
  'outRowStride',
  // Whether the sums are added to what out holds.
  'accumulate',
] as const;

/**
 * Sums of `rows` × `columns`. Steps are pairs of byte offsets, in w and in x: of whole vectors first, then of tails.
 * @param spacing bytes from one column to the next where they are evenly spaced in x, and else `null`
 */
function dots(lanes: Lanes, rows: number, columns: number, tail: number, spacing: number | null): Body {
  return (f) => {
    const params = named(
      dotParams,
      dotParams.map(() => f.param()),
    );
    const inputs = Array.from({ length: spacing === null ? columns : 1 }, (_, j) =>
      f.let(i32.add(params.x, i32.load(params.columns, 8 * j))),
    );
    const weights: Local<'i32'>[] = [f.let(params.w)];
    for (let i = 1; i < rows; i++) weights.push(f.let(i32.add(weights[i - 1] as I32, params.wRowStride)));
    const totals = Array.from({ length: rows * columns }, () => f.let(v128.zero));
    const step = f.local('i32');
    const addProducts = (load: (address: I32, offset: number) => V128) => {
      const [inW, inX] = [f.let(i32.load(step)), f.let(i32.load(step, 4))];
      const at = inputs.map((input) => f.let(i32.add(input, inX)));
      const xs = Array.from({ length: columns }, (_, j) =>
        f.let(spacing === null ? load(at[j] as I32, 0) : load(at[0] as I32, j * spacing)),
      );
      for (const [i, weight] of weights.entries()) {
        const value = f.let(load(i32.add(weight, inW), 0));
        for (const [j, x] of xs.entries()) {
          const total = totals[i * columns + j] as Local<'v128'>;
          f.set(total, lanes.madd(value, x, total));
        }
      }
      f.increase(step, 8);
    };
    f.while(params.channels, () => {
      f.set(step, params.steps);
      f.while(i32.ltU(step, params.tails), () => {
        addProducts(v128.load);
        // The way out in the middle keeps V8 from moving all loads to the front, which takes more registers than it has.
        f.leaveIf(i32.geU(step, params.tails));
        addProducts(v128.load);
      });
      if (tail > 0) {
        f.while(i32.ltU(step, params.end), () =>
          addProducts((address, offset) => loadFirst(f, lanes, address, tail, offset)),
        );
      }
      for (const weight of weights) f.increase(weight, params.wChannelStride);
      for (const input of inputs) f.increase(input, params.xChannelStride);
      f.increase(params.channels, -1);
    });
    for (let j = 0; j < columns; j++) {
      const at = f.let(i32.add(params.out, i32.load(params.columns, 8 * j + 4)));
      for (let i = 0; i < rows; i++) {
        const sum = sumOfLanes(f, lanes, totals[i * columns + j] as Local<'v128'>);
        f.if(params.accumulate, () => f.set(sum, lanes.add(sum, lanes.loadOne(at))));
        f.emit(lanes.storeLane(at, sum, 0));
        f.increase(at, params.outRowStride);
      }
    }
  };
}

/** The first `count` elements, zeros after them. */
function loadFirst(f: FunctionBuilder, lanes: Lanes, address: I32, count: number, offset: number): V128 {
  if (lanes.bytes === 8 || count === 1) return lanes.loadOne(address, offset);
  if (count === 2) return v128.load64(address, offset);
  const at = f.let(address);
  return v128.load32Lane(at, v128.load64(at, offset), 2, offset + 8);
}

/** The sum of all lanes, in lane 0. */
function sumOfLanes(f: FunctionBuilder, lanes: Lanes, value: Local<'v128'>): Local<'v128'> {
  const halves = f.let(lanes.add(value, shuffle32(value, value, [2, 3, 2, 3])));
  return lanes.count === 2 ? halves : f.let(lanes.add(halves, shuffle32(halves, halves, [1, 1, 1, 1])));
}

/** The fields of the kernel, in order. Strides and offsets are in bytes. */
export const dotsFields = [
  'x',
  'xImageStride',
  'xGroupStride',
  'xChannelStride',
  'channels',
  'w',
  'wRowStride',
  'wChannelStride',
  'out',
  'outImageStride',
  'outRowStride',
  'groups',
  'rowsPerGroup',
  // Pairs for each column: where it begins in x, and in out.
  'columns',
  'columnCount',
  // Pairs for each vector of a channel, in w and in x: whole ones, then those at the ends of runs.
  'steps',
  'wholeCount',
  'stepCount',
  // Whether the sums are added to what out holds.
  'accumulate',
] as const;

/** The parts of one group of an image: each block of rows, each block of columns. */
export function dotsBlocksOf(rows: number, columns: number): number {
  return Math.ceil(rows / tileSide) * Math.ceil(columns / tileSide);
}

/**
 * @param tail how many elements the last vector of each row has; 0 if it is whole
 * @param spacing bytes between the columns of a tile, where that is the same everywhere
 */
export function dotsModule(lanes: Lanes, tail: number, spacing: number | null): Record<string, Body> {
  const functions: Record<string, Body> = {};
  const sides = [1, 2, 3] as const;
  for (const rows of sides)
    for (const columns of sides)
      functions[`dots${rows}x${columns}`] = dots(lanes, rows, columns, tail, spacing);
  const names = Object.keys(functions);
  functions.run = body(dotsFields.length, (f, { fields, part }) => {
    const args = named(dotsFields, fields);
    const { digit, rest } = digitsOf(f, part);
    const column = f.let(i32.mul(digit(blocksOf(args.columnCount, tileSide)), tileSide));
    const row = f.let(i32.mul(digit(blocksOf(args.rowsPerGroup, tileSide)), tileSide));
    const group = digit(args.groups);
    const image = rest;
    const rowsLeft = f.let(i32.sub(args.rowsPerGroup, row));
    const columnsLeft = f.let(i32.sub(args.columnCount, column));
    const channel = f.let(i32.add(i32.mul(group, args.rowsPerGroup), row));
    const tileArguments = [
      f.let(i32.add(args.w, i32.mul(channel, args.wRowStride))),
      args.wRowStride,
      args.wChannelStride,
      f.let(i32.add(args.x, i32.add(i32.mul(image, args.xImageStride), i32.mul(group, args.xGroupStride)))),
      args.xChannelStride,
      args.channels,
      f.let(i32.add(args.columns, i32.shl(column, 3))),
      args.steps,
      f.let(i32.add(args.steps, i32.shl(args.wholeCount, 3))),
      f.let(i32.add(args.steps, i32.shl(args.stepCount, 3))),
      f.let(
        i32.add(args.out, i32.add(i32.mul(image, args.outImageStride), i32.mul(channel, args.outRowStride))),
      ),
      args.outRowStride,
      args.accumulate,
    ];
    const fits = (left: I32, side: number) => (side === tileSide ? i32.ge(left, side) : i32.eq(left, side));
    for (const rows of sides)
      for (const columns of sides) {
        f.if(i32.and(fits(rowsLeft, rows), fits(columnsLeft, columns)), () =>
          f.call(names.indexOf(`dots${rows}x${columns}`), ...tileArguments),
        );
      }
  });
  return functions;
}

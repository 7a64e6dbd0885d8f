import type { I32 } from '../assembler/code.ts';
import { i32, v128 } from '../assembler/instructions.ts';
import type { Body } from '../assembler/module.ts';
import { body, type Engine, type Kernel, named } from '../engine.ts';
import { type Lanes, storeLanes } from './lanes.ts';
import { blocksOf, digitsOf } from './parts.ts';
import { type Turn, throughTaps } from './taps.ts';

// The kernel under matrix products and correlations. Both are
//
//   out[o, p] = bias[o] + Σ_t w[o, t] · x[p + offset(t)]
//
// where t runs over "taps": the rows of a packed right-hand matrix, or channel and place in a kernel. Results p that
// lie next to each other are computed as vectors; a tile of `rows` × `vectors` accumulators stays in registers while
// t runs. Source of the scheme: K. Goto, R. van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008).

/** How many output channels (rows of the left matrix) share a loaded vector. */
export const tileRows = 3;

/**
 * Vectors of the widest tile, by rows. Products need 4 cycles and two start in each, so 8 accumulators would hide their
 * latency if each began at once, and 9 do if some begin late; these, the loaded vectors and the repeated weights together
 * must fit the 15 registers that V8 gives out on x64.
 */
const vectorsPerTile = [0, 6, 4, 3] as const;

/** Vectors of the widest of the tall tiles. */
export const tileVectors = vectorsPerTile[tileRows];

/** Widths of tiles with so many rows: the widest, and those for what it leaves. */
const widthsOf = (rows: number) => [...new Set([vectorsPerTile[rows] as number, 2, 1])];

/** Bytes from each vector of a tile to the next, where they are read. */
export type Gaps = readonly number[];

/** What a tile reads of its surroundings, as parameters of its function in this order. */
const tileParams = ['w', 'taps', 'x', 'out', 'vectors', 'outStride', 'bias'] as const;

/** Words that describe a vector: its byte offsets from `x` and `out`, and from which tap to which it reads. */
export const vectorWords = 4;
const vectorBytes = 4 * vectorWords;

/**
 * One tile, of which `width` elements of each vector are stored.
 * @param gaps if they are known: one address serves all vectors then
 */
function tile(lanes: Lanes, rows: number, vectors: number, width: number, turn: Turn, gaps?: Gaps): Body {
  const offsets = Array.from(
    { length: vectors },
    (_, j) => gaps?.slice(0, j).reduce((a, b) => a + b, 0) ?? 0,
  );
  return (f) => {
    const {
      w,
      taps,
      x,
      out,
      vectors: table,
      outStride,
      bias,
    } = named(
      tileParams,
      tileParams.map(() => f.param()),
    );
    const word = (vector: number, which: number) => i32.load(table, vectorBytes * vector + 4 * which);
    const addresses = gaps === undefined ? vectors : 1;
    const inputs = Array.from({ length: addresses }, (_, j) => f.let(i32.add(x, word(j, 0))));
    const totals = Array.from({ length: rows * vectors }, () => f.local('v128'));
    const forEachResult = (visit: (at: I32, index: number) => void) => {
      for (let j = 0; j < vectors; j++) {
        const at = f.let(i32.add(out, word(j, 1)));
        for (let i = 0; i < rows; i++) {
          visit(at, i * vectors + j);
          if (i < rows - 1) f.increase(at, outStride);
        }
      }
    };
    const total = (index: number) => totals[index] as (typeof totals)[number];
    f.if(
      bias,
      () => {
        for (const [index, local] of totals.entries()) {
          f.set(local, lanes.splat(bias, Math.floor(index / vectors) * lanes.bytes));
        }
      },
      () => forEachResult((at, index) => f.set(total(index), v128.load(at))),
    );
    const loaded = Array.from({ length: vectors }, () => f.local('v128'));
    const here = inputs.map((input) => ({ input, at: f.local('i32') }));
    throughTaps(f, turn, {
      taps,
      weights: w,
      weightBytes: rows * lanes.bytes,
      ranges: Array.from({ length: vectors }, (_, j) => ({ first: word(j, 2), end: word(j, 3) })),
      goTo() {
        const offset = f.let(i32.load(taps));
        for (const { input, at } of here) f.set(at, i32.add(input, offset));
      },
      multiply(further) {
        for (const [j, vector] of loaded.entries()) {
          const { at } = (here[j] ?? here[0]) as (typeof here)[number];
          f.set(vector, v128.load(at, (offsets[j] as number) + further));
        }
        for (let i = 0; i < rows; i++) {
          const weight = f.let(lanes.splat(w, i * lanes.bytes));
          for (const [j, vector] of loaded.entries()) {
            const sum = total(i * vectors + j);
            f.set(sum, lanes.madd(weight, vector, sum));
          }
        }
      },
    });
    forEachResult((at, index) => storeLanes(f, lanes, at, total(index), width));
  };
}

/** The fields of the kernel, in order. Strides and offsets are in bytes. */
export const tileFields = [
  'x',
  'xImageStride',
  'xGroupStride',
  'out',
  'outImageStride',
  'outChannelStride',
  // Packed: for each block of rows, for each tap, the rows' weights.
  'w',
  'wImageStride',
  // One value for each output channel; 0 to add to what out holds, where vectors do not overlap.
  'bias',
  'taps',
  'tapCount',
  'vectors',
  'vectorCount',
  'groups',
  'outPerGroup',
  // Output channels (of a group) and vectors that one part computes.
  'rowsPerPart',
  'vectorsPerPart',
] as const;

/** Which tiles there are. */
export interface TileKind {
  /** How many elements of each vector are results; all, but for rows of results shorter than a vector. */
  readonly width: number;
  readonly turn: Turn;
  /** Gaps for which there are faster tiles. */
  readonly spacings: readonly Gaps[];
}

export function tileKernel(engine: Engine, lanes: Lanes, kind: TileKind): Kernel {
  const { width, turn, spacings } = kind;
  const name = `tile ${lanes.dtype} ${width} ${turn.offsets} ${turn.isAll} ${spacings.join(' ')}`;
  return engine.kernel(name, () => tileModule(lanes, kind));
}

/**
 * A module that computes all tiles of a part. Parts count up through vectors first, then output channels, groups and
 * images.
 */
function tileModule(lanes: Lanes, { width, turn, spacings }: TileKind): Record<string, Body> {
  const functions: Record<string, Body> = {};
  for (let rows = 1; rows <= tileRows; rows++) {
    for (const vectors of widthsOf(rows)) {
      functions[nameOf(rows, vectors)] = tile(lanes, rows, vectors, width, turn);
    }
  }
  for (const gaps of spacings) {
    functions[nameOf(tileRows, tileVectors, gaps)] = tile(lanes, tileRows, tileVectors, width, turn, gaps);
  }
  const names = Object.keys(functions);
  const indexOf = (name: string) => names.indexOf(name);

  functions.run = body(tileFields.length, (f, { fields, part }) => {
    const args = named(tileFields, fields);
    const { digit, rest } = digitsOf(f, part);
    const vectorBlock = digit(blocksOf(args.vectorCount, args.vectorsPerPart));
    const rowBlock = digit(blocksOf(args.outPerGroup, args.rowsPerPart));
    const group = digit(args.groups);
    const image = rest;

    const x = f.let(
      i32.add(args.x, i32.add(i32.mul(image, args.xImageStride), i32.mul(group, args.xGroupStride))),
    );
    const firstRow = f.let(i32.mul(rowBlock, args.rowsPerPart));
    const endRow = f.let(i32.add(firstRow, args.rowsPerPart));
    f.if(i32.gt(endRow, args.outPerGroup), () => f.set(endRow, args.outPerGroup));
    const firstVector = f.let(i32.mul(vectorBlock, args.vectorsPerPart));
    const endVector = f.let(i32.add(firstVector, args.vectorsPerPart));
    f.if(i32.gt(endVector, args.vectorCount), () => f.set(endVector, args.vectorCount));

    const channel = i32.mul(group, args.outPerGroup);
    const w = f.let(
      i32.add(
        i32.add(args.w, i32.mul(image, args.wImageStride)),
        i32.mul(channel, i32.mul(args.tapCount, lanes.bytes)),
      ),
    );
    const out = f.let(
      i32.add(
        i32.add(args.out, i32.mul(image, args.outImageStride)),
        i32.mul(channel, args.outChannelStride),
      ),
    );
    const biasStride = i32.select(args.bias, lanes.bytes, 0);
    const bias = f.let(i32.add(args.bias, i32.mul(channel, biasStride)));

    const [row, vector] = [f.local('i32'), f.local('i32')];
    /** Tiles of one kind below each other: rows from … to, which are a multiple of their height. */
    const column = (rows: number, from: I32, to: I32, kind: string) => {
      f.set(row, from);
      f.while(i32.lt(row, to), () => {
        f.call(
          indexOf(kind),
          // The blocks before this one hold `row` rows.
          i32.add(w, i32.mul(i32.mul(row, args.tapCount), lanes.bytes)),
          args.taps,
          x,
          i32.add(out, i32.mul(row, args.outChannelStride)),
          i32.add(args.vectors, i32.mul(vector, vectorBytes)),
          args.outChannelStride,
          i32.add(bias, i32.mul(row, biasStride)),
        );
        f.increase(row, rows);
      });
    };
    /** All tiles of one height and width, as far as there are vectors for them. */
    const across = (rows: number, from: I32, to: I32, vectors: number, spacings: readonly Gaps[]) => {
      f.while(i32.le(i32.add(vector, vectors), endVector), () => {
        const first = f.let(i32.add(args.vectors, i32.mul(vector, vectorBytes)));
        const at = (j: number) => i32.load(first, vectorBytes * j);
        const choose = ([gaps, ...others]: readonly Gaps[]): void => {
          if (gaps === undefined) {
            column(rows, from, to, nameOf(rows, vectors));
            return;
          }
          const asked = gaps.map((gap, j) => i32.eq(i32.sub(at(j + 1), at(j)), gap));
          f.if(
            asked.reduce((all, one) => i32.and(all, one)),
            () => column(rows, from, to, nameOf(rows, vectors, gaps)),
            () => choose(others),
          );
        };
        choose(spacings);
        f.increase(vector, vectors);
      });
    };
    /** All tiles of one height, for every vector of the part. */
    const sweep = (rows: number, from: I32, to: I32) => {
      f.set(vector, firstVector);
      for (const vectors of widthsOf(rows)) {
        across(rows, from, to, vectors, vectors === tileVectors && rows === tileRows ? spacings : []);
      }
    };
    const leftOver = f.let(i32.remU(i32.sub(endRow, firstRow), tileRows));
    const fullEnd = f.let(i32.sub(endRow, leftOver));
    sweep(tileRows, firstRow, fullEnd);
    for (let rows = 1; rows < tileRows; rows++) {
      f.if(i32.eq(leftOver, rows), () => sweep(rows, fullEnd, endRow));
    }
  });
  return functions;
}

function nameOf(rows: number, vectors: number, gaps: Gaps = []): string {
  return `tile${rows}x${vectors} ${gaps}`;
}

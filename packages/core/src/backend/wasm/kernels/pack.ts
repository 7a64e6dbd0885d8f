import type { I32, V128 } from '../assembler/code.ts';
import type { FunctionBuilder, Local } from '../assembler/function.ts';
import { i32, shuffle32, v128 } from '../assembler/instructions.ts';
import type { Body } from '../assembler/module.ts';
import { body, named } from '../engine.ts';
import { type Lanes, storeLanes } from './lanes.ts';
import { blocksOf, digitsOf } from './parts.ts';

// Kernels that lay elements out anew, so that the loops that follow read them in order.

/**
 * How images are laid out with their padding. Rows and columns are pairs of byte offsets, where from and where to;
 * what none of them reaches becomes 0.
 */
export const padFields = [
  'source',
  'sourceImageStride',
  'sourceGroupStride',
  'sourceChannelStride',
  // Bytes of one group of one image are `channels` times the channel stride; they follow each other.
  'target',
  'targetChannelStride',
  'groups',
  'channels',
  'rows',
  'rowCount',
  'columns',
  'columnCount',
] as const;

/**
 * Lays out one group of one image in each part.
 * @param contiguous whether columns lie side by side, here and there, and are enough to fill a vector
 */
export function pad(lanes: Lanes, contiguous: boolean): Record<string, Body> {
  const run = body(padFields.length, (f, { fields, part }) => {
    const args = named(padFields, fields);
    const source = f.let(
      i32.add(
        args.source,
        i32.add(
          i32.mul(i32.divU(part, args.groups), args.sourceImageStride),
          i32.mul(i32.remU(part, args.groups), args.sourceGroupStride),
        ),
      ),
    );
    const bytes = f.let(i32.mul(args.channels, args.targetChannelStride));
    const target = f.let(i32.add(args.target, i32.mul(part, bytes)));
    const at = f.let(target);
    const end = f.let(i32.add(target, bytes));
    f.while(i32.ltU(at, end), () => {
      f.emit(v128.store(at, v128.zero));
      f.increase(at, 16);
    });
    const channel = f.local('i32');
    const rowsEnd = f.let(i32.add(args.rows, i32.shl(args.rowCount, 3)));
    const columnsEnd = f.let(i32.add(args.columns, i32.shl(args.columnCount, 3)));
    const lastVector = f.let(i32.mul(i32.sub(args.columnCount, lanes.count), lanes.bytes));
    const [row, column, offset] = [f.local('i32'), f.local('i32'), f.local('i32')];
    f.countUp(channel, args.channels, 1, () => {
      f.set(row, args.rows);
      f.while(i32.ltU(row, rowsEnd), () => {
        const from = f.let(i32.add(source, i32.load(row)));
        const to = f.let(i32.add(target, i32.load(row, 4)));
        if (contiguous) {
          // The last vector overlaps the one before, so that all of them are whole.
          f.set(offset, i32.const(0));
          f.while(i32.lt(offset, lastVector), () => {
            f.emit(v128.store(i32.add(to, offset), v128.load(i32.add(from, offset))));
            f.increase(offset, 16);
          });
          f.emit(v128.store(i32.add(to, lastVector), v128.load(i32.add(from, lastVector))));
        } else {
          f.set(column, args.columns);
          f.while(i32.ltU(column, columnsEnd), () => {
            const value = lanes.loadOne(i32.add(from, i32.load(column)));
            f.emit(lanes.storeLane(i32.add(to, i32.load(column, 4)), value, 0));
            f.increase(column, 8);
          });
        }
        f.increase(row, 8);
      });
      f.increase(source, args.sourceChannelStride);
      f.increase(target, args.targetChannelStride);
    });
  });
  return { run };
}

/** Vectors of as many neighbours from each of as many places, turned: the i-th of each becomes vector i. */
export function transposed(f: FunctionBuilder, lanes: Lanes, addresses: readonly I32[], offset = 0): V128[] {
  const rows = addresses.map((address) => f.let(v128.load(address, offset)));
  const [a = v128.zero, b = v128.zero, c = v128.zero, d = v128.zero] = rows as readonly V128[];
  if (lanes.count === 2) return [shuffle32(a, b, [0, 1, 4, 5]), shuffle32(a, b, [2, 3, 6, 7])];
  const [ab, cd] = [f.let(shuffle32(a, b, [0, 4, 1, 5])), f.let(shuffle32(c, d, [0, 4, 1, 5]))];
  const [abEnd, cdEnd] = [f.let(shuffle32(a, b, [2, 6, 3, 7])), f.let(shuffle32(c, d, [2, 6, 3, 7]))];
  return [
    shuffle32(ab, cd, [0, 1, 4, 5]),
    shuffle32(ab, cd, [2, 3, 6, 7]),
    shuffle32(abEnd, cdEnd, [0, 1, 4, 5]),
    shuffle32(abEnd, cdEnd, [2, 3, 6, 7]),
  ];
}

/** The fields of `packRows`. Strides are in bytes. */
export const packRowsFields = [
  'w',
  'wImageStride',
  'rowStride',
  'out',
  'outImageStride',
  // Byte offsets of the taps of a row.
  'taps',
  'tapCount',
  'groups',
  'rowsPerGroup',
  // Rows that one part packs: a multiple of the block's.
  'rowsPerPart',
] as const;

/**
 * Packs rows for `tile.ts`: for each block of up to `blockRows` rows of a group, tap by tap, the rows side by side.
 * @param neighbours what lies side by side in memory: taps of a row (in runs), the rows (a transposed matrix), or neither
 */
export function packRows(lanes: Lanes, blockRows: number, neighbours: Neighbours): Record<string, Body> {
  const run = body(packRowsFields.length, (f, { fields, part }) => {
    const args = named(packRowsFields, fields);
    const { digit, rest } = digitsOf(f, part);
    const first = f.let(i32.mul(digit(blocksOf(args.rowsPerGroup, args.rowsPerPart)), args.rowsPerPart));
    const end = f.let(i32.add(first, args.rowsPerPart));
    f.if(i32.gt(end, args.rowsPerGroup), () => f.set(end, args.rowsPerGroup));
    const group = f.let(i32.mul(digit(args.groups), args.rowsPerGroup));
    const image = rest;
    const [tapsEnd, row] = [f.let(i32.add(args.taps, i32.shl(args.tapCount, 2))), f.let(first)];
    const to = f.let(
      i32.add(
        i32.add(args.out, i32.mul(image, args.outImageStride)),
        i32.mul(i32.mul(i32.add(group, row), args.tapCount), lanes.bytes),
      ),
    );
    const [tap, stop] = [f.local('i32'), f.local('i32')];
    f.while(i32.lt(row, end), () => {
      const from = f.let(
        i32.add(
          i32.add(args.w, i32.mul(image, args.wImageStride)),
          i32.mul(i32.add(group, row), args.rowStride),
        ),
      );
      f.set(stop, i32.sub(end, row));
      f.if(i32.gt(stop, blockRows), () => f.set(stop, i32.const(blockRows)));
      f.set(tap, args.taps);
      const block = { from, to, tap, tapsEnd, stride: args.rowStride };
      f.if(i32.eq(stop, blockRows), () => {
        if (neighbours === 'taps') turnRows(f, lanes, blockRows, block);
        if (neighbours === 'rows') copyRows(f, lanes, blockRows, block);
      });
      const [at, i] = [f.local('i32'), f.local('i32')];
      f.while(i32.ltU(tap, tapsEnd), () => {
        f.set(at, i32.add(from, i32.load(tap)));
        f.set(i, stop);
        f.doWhile(() => {
          f.emit(lanes.storeLane(to, lanes.loadOne(at), 0));
          f.increase(to, lanes.bytes);
          f.increase(at, args.rowStride);
          f.increase(i, -1);
        }, i);
        f.increase(tap, 4);
      });
      f.increase(row, blockRows);
    });
  });
  return { run };
}

export type Neighbours = 'taps' | 'rows' | 'none';

/** Variables of `packRows` that stand at the block in hand. */
type Block = Record<'from' | 'to' | 'tap', Local<'i32'>> & Record<'tapsEnd' | 'stride', I32>;

/** Packs a whole block whose rows lie side by side. */
function copyRows(f: FunctionBuilder, lanes: Lanes, blockRows: number, at: Block): void {
  f.while(i32.ltU(at.tap, at.tapsEnd), () => {
    const from = f.let(i32.add(at.from, i32.load(at.tap)));
    for (let offset = 0; offset < blockRows * lanes.bytes; offset += lanes.bytes) {
      f.emit(lanes.storeLane(at.to, lanes.loadOne(from, offset), 0, offset));
    }
    f.increase(at.to, blockRows * lanes.bytes);
    f.increase(at.tap, 4);
  });
}

/**
 * Packs a whole block as long as there are taps to fill a vector: as vectors where these lie side by side, and one by one
 * where a run of them ends. The variables are left at what remains.
 */
function turnRows(f: FunctionBuilder, lanes: Lanes, blockRows: number, at: Block): void {
  const lastWhole = f.let(i32.sub(at.tapsEnd, 4 * lanes.count));
  const rows = Array.from({ length: blockRows }, () => f.local('i32'));
  /** Where the rows have the tap that is `later` than the next. */
  const setRows = (later: number) => {
    for (const [r, row] of rows.entries()) {
      f.set(
        row,
        r === 0 ? i32.add(at.from, i32.load(at.tap, 4 * later)) : i32.add(rows[r - 1] as I32, at.stride),
      );
    }
  };
  f.while(i32.le(at.tap, lastWhole), () => {
    setRows(0);
    const span = i32.sub(i32.load(at.tap, 4 * (lanes.count - 1)), i32.load(at.tap));
    f.if(
      i32.eq(span, (lanes.count - 1) * lanes.bytes),
      () => {
        const groups = Array.from({ length: Math.ceil(blockRows / lanes.count) }, (_, g) =>
          transposed(
            f,
            lanes,
            Array.from(
              { length: lanes.count },
              (_, i) => rows[Math.min(g * lanes.count + i, blockRows - 1)] as I32,
            ),
          ),
        );
        for (let i = 0; i < lanes.count; i++) {
          for (const [g, vectors] of groups.entries()) {
            const r = g * lanes.count;
            // What a whole store writes too much is where the next tap goes; after the last, another block may begin.
            const width = i < lanes.count - 1 ? lanes.count : Math.min(lanes.count, blockRows - r);
            storeLanes(f, lanes, at.to, vectors[i] as V128, width, (i * blockRows + r) * lanes.bytes);
          }
        }
      },
      () => {
        for (let i = 0; i < lanes.count; i++) {
          setRows(i);
          for (const [r, row] of rows.entries()) {
            f.emit(lanes.storeLane(at.to, lanes.loadOne(row), 0, (i * blockRows + r) * lanes.bytes));
          }
        }
      },
    );
    f.increase(at.to, 16 * blockRows);
    f.increase(at.tap, 4 * lanes.count);
  });
}

/** The fields of `packColumns`. Strides are in bytes. */
export const packColumnsFields = [
  'x',
  'xImageStride',
  'rowStride',
  'columnStride',
  'out',
  'outImageStride',
  // Pairs of words for each vector: the byte offset of its first column, and where it begins in the packed image.
  'vectors',
  'vectorCount',
  'rowCount',
  // Bytes from a row to the next in the packed image.
  'outRowStride',
  'vectorsPerPart',
] as const;

/**
 * Packs the right matrix of a product: each vector of columns, row after row.
 * @param layout whether columns lie side by side, rows do (a transposed matrix), or neither
 */
export function packColumns(lanes: Lanes, layout: 'columns' | 'rows' | 'any'): Record<string, Body> {
  const run = body(packColumnsFields.length, (f, { fields, part }) => {
    const args = named(packColumnsFields, fields);
    const { digit, rest: image } = digitsOf(f, part);
    const vector = f.let(
      i32.mul(digit(blocksOf(args.vectorCount, args.vectorsPerPart)), args.vectorsPerPart),
    );
    const end = f.let(i32.add(vector, args.vectorsPerPart));
    f.if(i32.gt(end, args.vectorCount), () => f.set(end, args.vectorCount));
    const x = f.let(i32.add(args.x, i32.mul(image, args.xImageStride)));
    const out = f.let(i32.add(args.out, i32.mul(image, args.outImageStride)));
    const row = f.local('i32');
    f.while(i32.lt(vector, end), () => {
      const entry = f.let(i32.add(args.vectors, i32.shl(vector, 3)));
      const from = f.let(i32.add(x, i32.load(entry)));
      const to = f.let(i32.add(out, i32.load(entry, 4)));
      f.set(row, i32.const(0));
      if (layout === 'rows') {
        const columns = [from];
        for (let i = 1; i < lanes.count; i++)
          columns.push(f.let(i32.add(columns[i - 1] as I32, args.columnStride)));
        f.while(i32.le(row, i32.sub(args.rowCount, lanes.count)), () => {
          for (const vector of transposed(f, lanes, columns)) {
            f.emit(v128.store(to, vector));
            f.increase(to, args.outRowStride);
          }
          for (const column of columns) f.increase(column, 16);
          f.increase(row, lanes.count);
        });
      }
      f.countUp(row, args.rowCount, 1, () => {
        if (layout === 'columns') {
          f.emit(v128.store(to, v128.load(from)));
        } else {
          const at = f.let(from);
          for (let lane = 0; lane < lanes.count; lane++) {
            f.emit(lanes.storeLane(to, lanes.loadOne(at), 0, lane * lanes.bytes));
            if (lane < lanes.count - 1) f.increase(at, args.columnStride);
          }
        }
        f.increase(from, args.rowStride);
        f.increase(to, args.outRowStride);
      });
      f.increase(vector, 1);
    });
  });
  return { run };
}

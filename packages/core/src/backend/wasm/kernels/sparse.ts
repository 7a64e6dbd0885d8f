import type { I32, V128 } from '../assembler/code.ts';
import type { FunctionBuilder, Local } from '../assembler/function.ts';
import { f32x4, i32, i32x4, shuffle32, swizzle, v128 } from '../assembler/instructions.ts';
import type { Body } from '../assembler/module.ts';
import { body, named } from '../engine.ts';
import type { Lanes } from './lanes.ts';
import { transposed } from './pack.ts';
import { shareOf } from './walk.ts';

// Correlations of which one operand is mostly 0, such as the gradient of max-pooling. What differs from 0 is gathered into
// lists, and only that is multiplied, with all taps and all channels of the other side, which lie side by side (channels last):
//
//   spread:  out[p − t, o] += x[c, p] · w[c, t, o]    x is sparse: a list for each place p, of channels c
//   collect: out[o, t, c]  += w[o, p] · x[p + t, c]   w is sparse: a list for each output channel o, of places p
//
// Some sums stay in registers while a list is gone through.

/** Whether the images are sparse, or the kernel. */
export type Motion = 'spread' | 'collect';

/** Elements that are gathered at once: planes of a place, or places of a plane. */
export const mostEntries = 1024;

/** Lists that are gathered together. */
export const listsOf: Readonly<Record<Motion, number>> = { spread: 4, collect: 1 };

/** Where a list begins behind the address of its end. */
const listStart = 16;

/** Bytes of a list of so many: a value and an offset each, and what a vector writes beyond them. */
export function listBytesOf(entries: number): number {
  return listStart + 8 * Math.min(entries, mostEntries) + 32;
}

/** Which bytes of a vector its chosen words are, for each choice among four. */
export const packedWords: readonly number[] = Array.from({ length: 16 }, (_, mask) => {
  const chosen = [0, 1, 2, 3].filter((word) => mask & (1 << word));
  return [0, 1, 2, 3].map((i) => 0x03020100 + 0x04040404 * (chosen[i] ?? 0));
}).flat();

/** The fields of the kernel, in order. Strides and offsets are in bytes. */
export const sparseFields = [
  // (images, planes, places), planes side by side
  'sparse',
  'sparseImageStride',
  'planeStride',
  // The sums of an image where it is sparse, else those of a part.
  'sums',
  'sumsBytes',
  // What is multiplied with: for an image if the kernel is sparse.
  'other',
  'otherImageStride',
  'otherBytes',
  // What has a list: how many, and where in the sums each begins.
  'groups',
  'inSums',
  // What lists consist of: how many at most, and where in the other operand each begins.
  'entries',
  'inOther',
  // Pairs for each row of taps: where it begins in the sums, and in the other operand.
  'rows',
  'rowCount',
  'rowBytes',
  'images',
  'imagesPerPart',
  'lists',
  'listBytes',
  'packedWords',
] as const;

type Fields = Record<(typeof sparseFields)[number], Local<'i32'>>;

/** @param vectors how many of a row's sums are kept in registers: their number divides the row's */
export function sparseModule(lanes: Lanes, motion: Motion, vectors: number): Record<string, Body> {
  const isSpread = motion === 'spread';
  const gather = gathering[motion];
  const run = body(sparseFields.length, (f, { fields, part }) => {
    const args = named(sparseFields, fields);
    const lists = f.let(i32.add(args.lists, i32.mul(part, i32.mul(args.listBytes, listsOf[motion]))));
    const [first, end] = shareOf(f, part, args.imagesPerPart, args.images);
    const sums = f.let(i32.add(args.sums, i32.mul(isSpread ? first : part, args.sumsBytes)));
    const keepsAll = f.local('i32');
    if (isSpread) f.set(keepsAll, isNotFinite(f, args.other, args.otherBytes));
    else clear(f, sums, args.sumsBytes);
    const image = f.let(first);
    f.countUp(image, end, 1, () => {
      const sparse = f.let(i32.add(args.sparse, i32.mul(image, args.sparseImageStride)));
      const other = f.let(i32.add(args.other, i32.mul(image, args.otherImageStride)));
      if (isSpread) clear(f, sums, args.sumsBytes);
      else f.set(keepsAll, isNotFinite(f, other, args.otherBytes));
      const group = f.let(i32.const(0));
      f.countUp(group, args.groups, listsOf[motion], () => {
        const entry = f.let(i32.const(0));
        f.while(i32.lt(entry, args.entries), () => {
          gather(f, lanes, args, { sparse, group, entry, lists, keepsAll });
          const [list, member] = [f.let(lists), f.let(group)];
          const last = least(f, i32.add(group, listsOf[motion]), args.groups);
          f.countUp(member, last, 1, () => {
            const place = f.let(i32.add(sums, i32.load(i32.add(args.inSums, i32.shl(member, 2)))));
            addProducts(f, lanes, args, vectors, { sums: place, other, list });
            f.increase(list, args.listBytes);
          });
        });
      });
      if (isSpread) f.increase(sums, args.sumsBytes);
    });
  });
  return { run };
}

function least(f: FunctionBuilder, a: I32, b: I32): Local<'i32'> {
  const [first, second] = [f.let(a), f.let(b)];
  return f.let(i32.select(i32.lt(first, second), first, second));
}

function clear(f: FunctionBuilder, start: I32, bytes: I32): void {
  const at = f.let(start);
  const end = f.let(i32.add(start, bytes));
  f.while(i32.ltU(at, end), () => {
    f.emit(v128.store(at, v128.zero));
    f.increase(at, 16);
  });
}

/** The bits of infinity, which are above those of all numbers and below those of NaN, but for the sign. */
const infinityBits = 0x7f800000;

/** All ones if there is a NaN or an infinity, which times 0 is not 0; else 0. */
function isNotFinite(f: FunctionBuilder, start: I32, bytes: I32): I32 {
  const at = f.let(start);
  const end = f.let(i32.add(start, bytes));
  const largest = f.let(v128.zero);
  const unsigned = f.let(i32x4.const(0x7fffffff));
  f.while(i32.ltU(at, end), () => {
    f.set(largest, i32x4.max(largest, v128.and(v128.load(at), unsigned)));
    f.increase(at, 16);
  });
  return i32.sub(0, v128.anyTrue(i32x4.ge(largest, i32x4.const(infinityBits))));
}

interface Gathering {
  readonly sparse: Local<'i32'>;
  /** The first to have a list. */
  readonly group: Local<'i32'>;
  /** The next entry, which moves on. */
  readonly entry: Local<'i32'>;
  readonly lists: Local<'i32'>;
  readonly keepsAll: Local<'i32'>;
}

type Gather = (f: FunctionBuilder, lanes: Lanes, args: Fields, what: Gathering) => void;

/** Lists the elements that are not 0, or all of them, with where in the other operand they belong. */
const gathering: Readonly<Record<Motion, Gather>> = {
  collect: (f, _, args, { sparse, group, entry, lists, keepsAll }) => {
    const plane = f.let(i32.add(sparse, i32.mul(group, args.planeStride)));
    const limit = least(f, i32.add(entry, mostEntries), args.entries);
    const at = f.let(i32.add(lists, listStart));
    f.while(i32.lt(entry, limit), () => {
      const bytes = f.let(i32.shl(entry, 2));
      const offsets = f.let(v128.load(i32.add(args.inOther, bytes)));
      // What lies behind the last place belongs to others.
      const inside = i32.sub(i32.shl(1, least(f, i32.sub(limit, entry), i32.const(4))), 1);
      append(f, args, at, f.let(v128.load(i32.add(plane, bytes))), offsets, keepsAll, f.let(inside));
      f.increase(entry, 4);
    });
    f.emit(i32.store(lists, at));
  },
  // Planes are a multiple of four here; what lies behind the last place gets lists that nobody reads.
  spread: (f, lanes, args, { sparse, group, entry, lists, keepsAll }) => {
    const limit = least(f, i32.add(entry, mostEntries), args.entries);
    const ends = Array.from({ length: listsOf.spread }, (_, i) =>
      f.let(i32.add(i32.add(lists, listStart), i32.mul(args.listBytes, i))),
    );
    const planes = [f.let(i32.add(i32.add(sparse, i32.shl(group, 2)), i32.mul(entry, args.planeStride)))];
    for (let i = 1; i < 4; i++) planes.push(f.let(i32.add(planes[i - 1] as I32, args.planeStride)));
    const step = f.let(i32.shl(args.planeStride, 2));
    f.while(i32.lt(entry, limit), () => {
      const offsets = f.let(v128.load(i32.add(args.inOther, i32.shl(entry, 2))));
      const values = transposed(f, lanes, planes);
      for (const [i, end] of ends.entries())
        append(f, args, end, f.let(values[i] as V128), offsets, keepsAll, i32.const(15));
      for (const plane of planes) f.increase(plane, step);
      f.increase(entry, 4);
    });
    for (const [i, end] of ends.entries()) f.emit(i32.store(i32.add(lists, i32.mul(args.listBytes, i)), end));
  },
};

/** Adds those of four values to a list that are inside, and not 0 unless all are to be kept. */
function append(
  f: FunctionBuilder,
  args: Fields,
  at: Local<'i32'>,
  values: V128,
  offsets: V128,
  keepsAll: I32,
  inside: I32,
): void {
  const chosen = f.let(i32.and(i32.or(i32x4.bitmask(f32x4.ne(values, v128.zero)), keepsAll), inside));
  const words = f.let(v128.load(i32.add(args.packedWords, i32.shl(chosen, 4))));
  const [first, second] = [f.let(swizzle(values, words)), f.let(swizzle(offsets, words))];
  f.emit(v128.store(at, shuffle32(first, second, [0, 4, 1, 5])));
  f.emit(v128.store(at, shuffle32(first, second, [2, 6, 3, 7]), 16));
  f.increase(at, i32.shl(i32.popcnt(chosen), 3));
}

interface Products {
  /** The sums of a group. */
  readonly sums: Local<'i32'>;
  readonly other: Local<'i32'>;
  readonly list: Local<'i32'>;
}

/** Goes through a list for some vectors of a row at a time. */
function addProducts(
  f: FunctionBuilder,
  lanes: Lanes,
  args: Fields,
  vectors: number,
  { sums, other, list }: Products,
): void {
  const row = f.let(args.rows);
  const rowsEnd = f.let(i32.add(args.rows, i32.shl(args.rowCount, 3)));
  const listFirst = f.let(i32.add(list, listStart));
  const listEnd = f.let(i32.load(list));
  const kept = Array.from({ length: vectors }, () => f.local('v128'));
  const [at, rowEnd, start, entry] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
  f.if(i32.gt(listEnd, listFirst), () =>
    f.while(i32.ltU(row, rowsEnd), () => {
      f.set(at, i32.add(sums, i32.load(row)));
      f.set(rowEnd, i32.add(at, args.rowBytes));
      f.set(start, i32.add(other, i32.load(row, 4)));
      f.while(i32.ltU(at, rowEnd), () => {
        for (const [j, sum] of kept.entries()) f.set(sum, v128.load(at, 16 * j));
        f.set(entry, listFirst);
        f.doWhile(
          () => {
            const from = f.let(i32.add(start, i32.load(entry, 4)));
            const factor = f.let(lanes.splat(entry));
            for (const [j, sum] of kept.entries())
              f.set(sum, lanes.madd(factor, v128.load(from, 16 * j), sum));
            f.increase(entry, 8);
          },
          i32.ltU(entry, listEnd),
        );
        for (const [j, sum] of kept.entries()) f.emit(v128.store(at, sum, 16 * j));
        f.increase(at, 16 * vectors);
        f.increase(start, 16 * vectors);
      });
      f.increase(row, 8);
    }),
  );
}

import type { V128 } from '../assembler/code.ts';
import type { FunctionBuilder, Local } from '../assembler/function.ts';
import { f32x4, f64x2, i32, i32x4, shuffle32 } from '../assembler/instructions.ts';
import type { Body } from '../assembler/module.ts';
import { body } from '../engine.ts';
import { accessOf } from './bytes.ts';
import { dimsFrom, dimWords, shareOf, walk } from './walk.ts';

// Kernels that fold elements together. Each result is folded by one part, in an order that the shape alone decides.

/** How elements are folded: in which lanes, and how they get there and back. */
export interface Reduction {
  /** Bytes of an element, before and after. */
  readonly from: number;
  readonly to: number;
  /** Elements that are folded at a time. */
  readonly width: 2 | 4;
  readonly start: V128;
  readonly take: (elements: V128) => V128;
  readonly fold: (total: V128, elements: V128) => V128;
  readonly give: (total: V128) => V128;
}

/** Folds that go on at the same time, so that none waits for the one before it. */
const chains = 4;

/**
 * Folds runs of elements into one.
 *
 * The fields: the addresses of input and output, the length of a run and its step, how many runs a result takes, how
 * many results there are and how many a part makes; then the dims of the results, and those of a result's runs.
 * @param contiguous whether the elements of a run lie side by side
 */
export function foldRuns(reduction: Reduction, contiguous: boolean, rank: number): Record<string, Body> {
  const { width, start, take, fold } = reduction;
  const { load, one } = accessOf(reduction.from, width);
  const run = body(7 + dimWords(rank, 2) + dimWords(rank, 1), (f, { fields, part }) => {
    const [x, out, length, step, runs, results, perPart] = fields;
    if (!x || !out || !length || !step || !runs || !results || !perPart) return;
    const dims = dimsFrom(fields.slice(7), rank, 2);
    const runDims = dimsFrom(fields.slice(7 + dimWords(rank, 2)), rank, 1);
    const [vectors, singles] = [0, 1].map(() => Array.from({ length: chains }, () => f.local('v128')));
    const [place, rest] = [f.local('i32'), f.local('i32')];
    if (!vectors || !singles) return;

    /** Folds as many elements as there are totals, and again while there are enough. */
    const foldInto = (totals: readonly Local<'v128'>[], elements: number, next: (i: number) => V128) => {
      f.while(i32.ge(rest, totals.length * elements), () => {
        for (const [i, total] of totals.entries()) f.set(total, fold(total, f.let(take(next(i)))));
        if (elements > 1) f.increase(place, totals.length * elements * reduction.from);
        f.increase(rest, -totals.length * elements);
      });
    };
    const nextSingle = () => {
      const element = f.let(one.load(place));
      f.increase(place, contiguous ? reduction.from : step);
      return element;
    };
    walk(f, dims, [x, out], shareOf(f, part, perPart, results), ([from, to]) => {
      if (!from || !to) return;
      for (const total of [...vectors, ...singles]) f.set(total, start);
      walk(f, runDims, [from], [0, runs], ([first]) => {
        if (!first) return;
        f.set(place, first);
        f.set(rest, length);
        if (contiguous) {
          const nextVector = (i: number) => load(place, i * width * reduction.from);
          for (const totals of [vectors, vectors.slice(0, 1)]) foldInto(totals, width, nextVector);
        }
        for (const totals of [singles, singles.slice(0, 1)]) foldInto(totals, 1, nextSingle);
      });
      const alone = foldAll(f, reduction, singles);
      const total = contiguous ? fold(foldLanes(f, reduction, foldAll(f, reduction, vectors)), alone) : alone;
      f.emit(accessOf(reduction.to, width).one.store(to, reduction.give(total)));
    });
  });
  return { run };
}

/** Pairs, and pairs of pairs. */
function foldAll(f: FunctionBuilder, { fold }: Reduction, totals: readonly V128[]): V128 {
  if (totals.length === 1) return totals[0] as V128;
  const half = totals.length / 2;
  const folded = totals.slice(0, half).map((total, i) => f.let(fold(total, totals[half + i] as V128)));
  return foldAll(f, { fold } as Reduction, folded);
}

/** The fold of all lanes, in every lane. */
function foldLanes(f: FunctionBuilder, { fold, width }: Reduction, lanes: V128): V128 {
  const halves = f.let(lanes);
  const total = f.let(fold(halves, shuffle32(halves, halves, [2, 3, 0, 1])));
  return width === 2 ? total : f.let(fold(total, shuffle32(total, total, [1, 0, 3, 2])));
}

/** Vectors of neighbouring results that a visit of `foldColumns` folds. */
const blockVectors = 8;

export function columnsPerBlock({ width }: Reduction): number {
  return blockVectors * width;
}

/**
 * Folds rows into one, for results that lie side by side.
 *
 * The fields: the addresses of input and output, how many results lie side by side, how many rows fall together, how
 * many blocks of results there are and how many a part makes; then the dims of blocks, the innermost along the results
 * side by side, and those of the rows.
 */
export function foldColumns(reduction: Reduction, rank: number): Record<string, Body> {
  const { from, to, width, start, take, fold, give } = reduction;
  const [input, output] = [accessOf(from, width), accessOf(to, width)];
  const run = body(6 + dimWords(rank, 2) + dimWords(rank, 1), (f, { fields, part }) => {
    const [x, out, columns, rows, blocks, perPart] = fields;
    if (!x || !out || !columns || !rows || !blocks || !perPart) return;
    const dims = dimsFrom(fields.slice(6), rank, 2);
    const rowDims = dimsFrom(fields.slice(6 + dimWords(rank, 2)), rank, 1);
    const [source, target, rest] = [f.local('i32'), f.local('i32'), f.local('i32')];
    const totals = Array.from({ length: blockVectors }, () => f.local('v128'));

    /** Some vectors of results, or a single one. */
    const foldSome = (count: number, elements: number) => {
      const [reader, writer] = elements === 1 ? [input.one, output.one] : [input, output];
      const some = totals.slice(0, count);
      for (const total of some) f.set(total, start);
      walk(f, rowDims, [source], [0, rows], ([row]) => {
        if (!row) return;
        for (const [i, total] of some.entries()) {
          f.set(total, fold(total, f.let(take(reader.load(row, i * elements * from)))));
        }
      });
      for (const [i, total] of some.entries()) f.emit(writer.store(target, give(total), i * elements * to));
      f.increase(source, count * elements * from);
      f.increase(target, count * elements * to);
      f.increase(rest, -count * elements);
    };
    walk(f, dims, [x, out], shareOf(f, part, perPart, blocks), ([first, result], [block]) => {
      if (!first || !result || !block) return;
      f.set(source, first);
      f.set(target, result);
      f.set(rest, i32.sub(columns, i32.mul(block, columnsPerBlock(reduction))));
      f.if(
        i32.ge(rest, columnsPerBlock(reduction)),
        () => foldSome(blockVectors, width),
        () => {
          f.while(i32.ge(rest, width), () => foldSome(1, width));
          f.while(rest, () => foldSome(1, 1));
        },
      );
    });
  });
  return { run };
}

type Lanes = Pick<Reduction, 'width' | 'take' | 'give'> & { readonly from: number; readonly to: number };

const same = (x: V128) => x;
const doubles = { width: 2, take: same, give: same, from: 8, to: 8 } as const;
/** float32 is summed up in float64, and rounded once. */
const promoted = { width: 2, take: f64x2.promoteLowF32, give: same, from: 4, to: 8 } as const;
const demoted = { width: 2, take: same, give: f32x4.demoteF64, from: 8, to: 4 } as const;
const words = { width: 4, take: same, give: same, from: 4, to: 4 } as const;

/** A fold in one step, or in two: of parts, whose results are folded in turn. */
export interface Stages {
  readonly whole: Reduction;
  readonly part: Reduction;
  readonly rest: Reduction;
}

function stages(part: Lanes, rest: Lanes, start: V128, fold: Reduction['fold']): Stages {
  const whole = { ...part, give: rest.give, to: rest.to };
  const [a, b, c] = [whole, part, rest].map((lanes) => ({ ...lanes, start, fold })) as Reduction[];
  return { whole: a as Reduction, part: b as Reduction, rest: c as Reduction };
}

export const reductions: Readonly<Record<string, Stages>> = {
  'sum float32': stages(promoted, demoted, f64x2.const(0), f64x2.add),
  'prod float32': stages(promoted, demoted, f64x2.const(1), f64x2.mul),
  'amax float32': stages(words, words, f32x4.const(Number.NEGATIVE_INFINITY), f32x4.max),
  'amin float32': stages(words, words, f32x4.const(Number.POSITIVE_INFINITY), f32x4.min),
  'sum float64': stages(doubles, doubles, f64x2.const(0), f64x2.add),
  'prod float64': stages(doubles, doubles, f64x2.const(1), f64x2.mul),
  'amax float64': stages(doubles, doubles, f64x2.const(Number.NEGATIVE_INFINITY), f64x2.max),
  'amin float64': stages(doubles, doubles, f64x2.const(Number.POSITIVE_INFINITY), f64x2.min),
  'sum int32': stages(words, words, i32x4.const(0), i32x4.add),
  'prod int32': stages(words, words, i32x4.const(1), i32x4.mul),
  'amax int32': stages(words, words, i32x4.const(-(2 ** 31)), i32x4.max),
  'amin int32': stages(words, words, i32x4.const(2 ** 31 - 1), i32x4.min),
};

import type { V128 } from '../assembler/code.ts';
import type { Local } from '../assembler/function.ts';
import { f32x4, i32, i32x4, shuffle32, v128 } from '../assembler/instructions.ts';
import type { Body } from '../assembler/module.ts';
import { body } from '../engine.ts';
import { accessOf } from './bytes.ts';
import { dimsFrom, dimWords, shareOf, walk } from './walk.ts';

// Kernels that find where the first extreme of several elements is.

/** NaN comes before all numbers. */
const before = {
  float32: (compare: (a: V128, b: V128) => V128) => (candidate: V128, best: V128) =>
    v128.or(compare(candidate, best), v128.and(f32x4.ne(candidate, candidate), f32x4.eq(best, best))),
  int32: (compare: (a: V128, b: V128) => V128) => compare,
};

/** Lanes where a candidate comes before the best so far. */
export type Wins = (candidate: V128, best: V128) => V128;

export const argReductions: Readonly<Record<string, Wins>> = {
  'argmax float32': before.float32(f32x4.gt),
  'argmin float32': before.float32(f32x4.lt),
  'argmax int32': before.int32(i32x4.gt),
  'argmin int32': before.int32(i32x4.lt),
};

/**
 * Finds the place of the first extreme along elements that lie side by side.
 *
 * The fields are those of `findExtremes` for one result at a time; the step is known.
 * @param chains vectors that are searched at the same time, so that none waits for the one before it
 */
export function findInRows(wins: Wins, chains: number, rank: number): Record<string, Body> {
  const { load, one } = accessOf(4, 4);
  const run = body(7 + dimWords(rank, 2), (f, { fields, part }) => {
    const [x, out, size, , , results, perPart] = fields;
    if (!x || !out || !size || !results || !perPart) return;
    const lanes = i32x4.consts(0, 1, 2, 3);
    const [place, n] = [f.local('i32'), f.local('i32')];
    const bests = Array.from({ length: chains }, () => ({ value: f.local('v128'), at: f.local('v128') }));
    const take = (best: Best, value: V128, at: V128, when: V128) => {
      const mask = f.let(when);
      f.set(best.value, v128.select(mask, value, best.value));
      f.set(best.at, v128.select(mask, at, best.at));
    };
    const search = (some: readonly Best[], elements: number, read: typeof load, places: V128) => {
      f.while(i32.le(i32.add(n, some.length * elements), size), () => {
        for (const [i, best] of some.entries()) {
          const value = f.let(read(place, 4 * i * elements));
          const at = f.let(i32x4.add(i32x4.splat(i32.add(n, i * elements)), places));
          take(best, value, at, wins(value, best.value));
        }
        f.increase(place, 4 * some.length * elements);
        f.increase(n, some.length * elements);
      });
    };
    /** Of two that may come in any order the one that wins, or else stands first. */
    const merge = (best: Best, other: Best) => {
      const isFirst = v128.andnot(i32x4.lt(other.at, best.at), wins(best.value, other.value));
      take(best, other.value, other.at, v128.or(wins(other.value, best.value), isFirst));
    };
    const [first, ...others] = bests as [Best, ...Best[]];
    const turned = { value: f.local('v128'), at: f.local('v128') };
    const dims = dimsFrom(fields.slice(7), rank, 2);
    walk(f, dims, [x, out], shareOf(f, part, perPart, results), ([from, to]) => {
      if (!from || !to) return;
      f.set(place, from);
      f.set(n, i32.const(0));
      for (const { value, at } of bests) {
        f.set(value, one.load(from));
        f.set(at, v128.zero);
      }
      search(bests, 4, load, lanes);
      search([first], 4, load, lanes);
      // An element alone is in every lane.
      search([first], 1, one.load, v128.zero);
      for (const other of others) merge(first, other);
      for (const words of [
        [2, 3, 0, 1],
        [1, 0, 3, 2],
      ] as const) {
        f.set(turned.value, shuffle32(first.value, first.value, words));
        f.set(turned.at, shuffle32(first.at, first.at, words));
        merge(first, turned);
      }
      f.emit(one.store(to, first.at));
    });
  });
  return { run };
}

/** The first extremes so far, lane by lane, and where they are. */
interface Best {
  readonly value: Local<'v128'>;
  readonly at: Local<'v128'>;
}

/**
 * Finds the place of the first extreme along a dim.
 *
 * The fields: the addresses of input and output, the size and the step of the dim, the length of a run of results, how
 * many visits there are and how many a part makes; then the dims of the visits.
 * @param vectors whether a visit is of four results side by side, and the first dim runs along these; else it is of one
 */
export function findExtremes(wins: Wins, vectors: boolean, rank: number): Record<string, Body> {
  const { load, store, one } = accessOf(4, 4);
  const run = body(7 + dimWords(rank, 2), (f, { fields, part }) => {
    const [x, out, size, step, columns, visits, perPart] = fields;
    if (!x || !out || !size || !step || !columns || !visits || !perPart) return;
    const [place, n, rest] = [f.local('i32'), f.local('i32'), f.local('i32')];
    const [best, at] = [f.local('v128'), f.local('v128')];
    const find = (from: Local<'i32'>, read: typeof load) => {
      f.set(place, from);
      f.set(best, read(place));
      f.set(at, v128.zero);
      f.set(n, i32.const(1));
      f.countUp(n, size, 1, () => {
        f.increase(place, step);
        const candidate = f.let(read(place));
        const won = f.let(wins(candidate, best));
        f.set(best, v128.select(won, candidate, best));
        f.set(at, v128.select(won, i32x4.splat(n), at));
      });
    };
    const findOne = (from: Local<'i32'>, to: Local<'i32'>) => {
      find(from, one.load);
      f.emit(one.store(to, at));
    };
    const dims = dimsFrom(fields.slice(7), rank, 2);
    walk(f, dims, [x, out], shareOf(f, part, perPart, visits), ([from, to], [block]) => {
      if (!from || !to || !block) return;
      if (!vectors) return findOne(from, to);
      f.set(rest, i32.sub(columns, i32.shl(block, 2)));
      f.if(
        i32.ge(rest, 4),
        () => {
          find(from, load);
          f.emit(store(to, at));
        },
        () => {
          const [source, target] = [f.let(from), f.let(to)];
          f.while(rest, () => {
            findOne(source, target);
            f.increase(source, 4);
            f.increase(target, 4);
            f.increase(rest, -1);
          });
        },
      );
    });
  });
  return { run };
}

import type { I32, Int } from '../assembler/code.ts';
import type { FunctionBuilder, Local } from '../assembler/function.ts';
import { i32 } from '../assembler/instructions.ts';

// Loops over the elements of strided views, inside a kernel.

/** Some dims of several operands, the innermost first: sizes, and strides in bytes. */
export interface Dims {
  readonly sizes: readonly Local<'i32'>[];
  /** By dim, then by operand. */
  readonly strides: readonly (readonly Local<'i32'>[])[];
}

/** How many words describe `rank` dims of so many operands. */
export function dimWords(rank: number, operands: number): number {
  return rank * (1 + operands);
}

/** Dims from words laid out size by size, each followed by its strides. */
export function dimsFrom(words: readonly Local<'i32'>[], rank: number, operands: number): Dims {
  const each = 1 + operands;
  const groups = Array.from({ length: rank }, (_, d) => words.slice(d * each, (d + 1) * each));
  return {
    sizes: groups.map(([size]) => size as Local<'i32'>),
    strides: groups.map((group) => group.slice(1)),
  };
}

/**
 * Visits the places first … end − 1 of dims in row-major order.
 * @param starts where each operand's elements begin
 * @param visit is given where each operand stands, and the index of each dim; it must leave these locals as they are
 */
export function walk(
  f: FunctionBuilder,
  { sizes, strides }: Dims,
  starts: readonly Int[],
  [first, end]: readonly [first: Int, end: Int],
  visit: (at: readonly Local<'i32'>[], index: readonly Local<'i32'>[]) => void,
): void {
  const at = starts.map((start) => f.let(i32.add(start, 0)));
  const position = f.let(i32.add(first, 0));
  const counters = sizes.map(() => f.local('i32'));
  const move = (d: number, count: Int) => {
    for (const [i, place] of at.entries()) f.increase(place, i32.mul(strideOf(strides, d, i), count));
  };
  for (const counter of counters) f.set(counter, i32.const(0));
  if (first !== 0) {
    const rest = f.let(position);
    for (const [d, size] of sizes.entries()) {
      const counter = counters[d] as Local<'i32'>;
      f.set(counter, i32.remU(rest, size));
      f.set(rest, i32.divU(rest, size));
      move(d, counter);
    }
  }
  const step = (d: number): void => {
    const [counter, size] = [counters[d], sizes[d]];
    if (counter === undefined || size === undefined) return;
    f.increase(counter, 1);
    for (const [i, place] of at.entries()) f.increase(place, strideOf(strides, d, i));
    if (d + 1 === sizes.length) return;
    f.if(i32.eq(counter, size), () => {
      f.set(counter, i32.const(0));
      move(d, i32.sub(0, size));
      step(d + 1);
    });
  };
  f.while(i32.lt(position, end), () => {
    visit(at, counters);
    step(0);
    f.increase(position, 1);
  });
}

function strideOf(strides: Dims['strides'], dim: number, operand: number): I32 {
  return strides[dim]?.[operand] as Local<'i32'>;
}

/** The places that one part of the work visits, when each does `perPart` of `count`. */
export function shareOf(f: FunctionBuilder, part: I32, perPart: I32, count: I32): [first: I32, end: I32] {
  const first = f.let(i32.mul(part, perPart));
  const end = f.let(i32.add(first, perPart));
  f.if(i32.gt(end, count), () => f.set(end, count));
  return [first, end];
}

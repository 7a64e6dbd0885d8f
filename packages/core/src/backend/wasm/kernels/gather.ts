import type { Code, Int } from '../assembler/code.ts';
import type { FunctionBuilder, Local } from '../assembler/function.ts';
import { f32, f64, i32, v128 } from '../assembler/instructions.ts';
import type { Body } from '../assembler/module.ts';
import { body } from '../engine.ts';
import { dimsFrom, dimWords, shareOf, walk } from './walk.ts';

// Kernels that an index leads to the elements of one of their operands.

/** What happens between the element that the index leads to and the one beside the index. */
export type Move = (indexed: Int, beside: Int) => Code;

/** By the bytes of an element: `out = x[index]`. */
export const gathers: Readonly<Record<number, Move>> = {
  1: (x, out) => i32.store8(out, i32.load8u(x)),
  4: (x, out) => i32.store(out, i32.load(x)),
  8: (x, out) => f64.store(out, f64.load(x)),
};

/** By dtype: `out[index] += source`. */
export const scatters: Readonly<Record<string, Move>> = {
  float32: (out, source) => f32.store(out, f32.add(f32.load(out), f32.load(source))),
  float64: (out, source) => f64.store(out, f64.add(f64.load(out), f64.load(source))),
  int32: (out, source) => i32.store(out, i32.add(i32.load(out), i32.load(source))),
};

/** The operands: that which is indexed, the index, and that beside it. */
const operands = 3;

/**
 * Moves elements one by one, in row-major order.
 *
 * The fields: the addresses of the operands, size and stride of the dim that is indexed, where to note that an index
 * was outside of it, the length of a run and each operand's step in it, how many runs there are and how many a part
 * does; then the dims of the runs.
 */
export function moveIndexed(move: Move, rank: number): Record<string, Body> {
  const run = body(12 + dimWords(rank, operands), (f, { fields, part }) => {
    const starts = fields.slice(0, operands);
    const [size, stride, note, length] = fields.slice(3) as [
      Local<'i32'>,
      Local<'i32'>,
      Local<'i32'>,
      Local<'i32'>,
    ];
    const steps = fields.slice(7, 10);
    const [runs, perPart] = fields.slice(10) as [Local<'i32'>, Local<'i32'>];
    const places = starts.map(() => f.local('i32'));
    const [at, rest, stray] = [f.local('i32'), f.local('i32'), f.local('i32')];
    walk(f, dimsFrom(fields.slice(12), rank, operands), starts, shareOf(f, part, perPart, runs), (run) => {
      for (const [i, place] of run.entries()) f.set(places[i] as Local<'i32'>, place);
      const [indexed, index, beside] = places as [Local<'i32'>, Local<'i32'>, Local<'i32'>];
      f.set(rest, length);
      f.while(rest, () => {
        f.set(at, i32.load(index));
        f.if(
          i32.ltU(at, size),
          () => f.emit(move(i32.add(indexed, i32.mul(at, stride)), beside)),
          () => f.set(stray, i32.const(1)),
        );
        for (const [i, place] of places.entries()) f.increase(place, steps[i] as Local<'i32'>);
        f.increase(rest, -1);
      });
    });
    noteStray(f, stray, note);
  });
  return { run };
}

function noteStray(f: FunctionBuilder, stray: Local<'i32'>, note: Local<'i32'>): void {
  f.if(stray, () => f.emit(i32.store(note, i32.const(1))));
}

/**
 * Copies runs of neighbours, each to where one index leads: rows of an embedding.
 *
 * The fields are those of `moveIndexed`, the length in bytes and a multiple of 4, the steps unused.
 */
export function copyIndexed(rank: number): Record<string, Body> {
  const run = body(12 + dimWords(rank, operands), (f, { fields, part }) => {
    const starts = fields.slice(0, operands);
    const [size, stride, note, length] = fields.slice(3) as [
      Local<'i32'>,
      Local<'i32'>,
      Local<'i32'>,
      Local<'i32'>,
    ];
    const [runs, perPart] = fields.slice(10) as [Local<'i32'>, Local<'i32'>];
    const [at, from, to, rest, stray] = ['i32', 'i32', 'i32', 'i32', 'i32'].map(() => f.local('i32')) as [
      Local<'i32'>,
      Local<'i32'>,
      Local<'i32'>,
      Local<'i32'>,
      Local<'i32'>,
    ];
    const copyWhile = (bytes: number, copy: () => Code) =>
      f.while(i32.ge(rest, bytes), () => {
        f.emit(copy());
        f.increase(from, bytes);
        f.increase(to, bytes);
        f.increase(rest, -bytes);
      });
    walk(f, dimsFrom(fields.slice(12), rank, operands), starts, shareOf(f, part, perPart, runs), (places) => {
      const [x, index, out] = places as [Local<'i32'>, Local<'i32'>, Local<'i32'>];
      f.set(at, i32.load(index));
      f.set(from, i32.add(x, i32.mul(at, stride)));
      f.set(to, out);
      f.set(rest, length);
      f.if(i32.geU(at, size), () => {
        f.set(stray, i32.const(1));
        f.set(rest, i32.const(0));
      });
      copyWhile(16, () => v128.store(to, v128.load(from)));
      copyWhile(4, () => i32.store(to, i32.load(from)));
    });
    noteStray(f, stray, note);
  });
  return { run };
}

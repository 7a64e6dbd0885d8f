import type { DType } from '../../../dtype.ts';
import type { ScatterKernel } from '../../backend.ts';
import type { Code, Int, V128 } from '../assembler/code.ts';
import type { FunctionBuilder, Local } from '../assembler/function.ts';
import { f32, f32x4, f64, f64x2, i32, i32x4, v128 } from '../assembler/instructions.ts';
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

const turnedAround =
  (move: Move): Move =>
  (indexed, beside) =>
    move(beside, indexed);

/** By the bytes of an element: `out[index] = source`. */
const sets: Readonly<Record<number, Move>> = {
  1: turnedAround(gathers[1] as Move),
  4: turnedAround(gathers[4] as Move),
  8: turnedAround(gathers[8] as Move),
};

/** What the index leads to is combined with the source, by the kernel and the dtype. */
export const scatters: Readonly<Record<ScatterKernel, Readonly<Partial<Record<DType, Move>>>>> = {
  set: { float32: sets[4], float64: sets[8], int32: sets[4], uint8: sets[1], bool: sets[1] },
  sum: {
    float32: (out, source) => f32.store(out, f32.add(f32.load(out), f32.load(source))),
    float64: (out, source) => f64.store(out, f64.add(f64.load(out), f64.load(source))),
    int32: (out, source) => i32.store(out, i32.add(i32.load(out), i32.load(source))),
  },
  prod: {
    float32: (out, source) => f32.store(out, f32.mul(f32.load(out), f32.load(source))),
    float64: (out, source) => f64.store(out, f64.mul(f64.load(out), f64.load(source))),
    int32: (out, source) => i32.store(out, i32.mul(i32.load(out), i32.load(source))),
  },
  amax: {},
  amin: {},
};

/** How neighbours are moved: sixteen bytes at a time, and by `bytes` what is left. */
export interface RowMove {
  readonly wide: Move;
  readonly narrow: Move;
  readonly bytes: number;
}

const copyWide: Move = (x, out) => v128.store(out, v128.load(x));

/** Elements of four bytes and more: `out = x[index]`, in rows. */
export const gatherRows: RowMove = { wide: copyWide, narrow: gathers[4] as Move, bytes: 4 };

const setRows: RowMove = { wide: turnedAround(copyWide), narrow: sets[4] as Move, bytes: 4 };

/** The same for what `scatters` does, where there are vectors for it. */
export const scatterRows: Readonly<
  Partial<Record<ScatterKernel, Readonly<Partial<Record<DType, RowMove>>>>>
> = {
  set: { float32: setRows, float64: setRows, int32: setRows },
  sum: {
    float32: addRows(f32x4.add, 'float32', 4),
    float64: addRows(f64x2.add, 'float64', 8),
    int32: addRows(i32x4.add, 'int32', 4),
  },
};

function addRows(add: (a: V128, b: V128) => V128, dtype: DType, bytes: number): RowMove {
  const wide: Move = (out, source) => v128.store(out, add(v128.load(out), v128.load(source)));
  return { wide, narrow: scatters.sum[dtype] as Move, bytes };
}

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
 * Moves runs of neighbours, each to or from where one index leads: rows of an embedding.
 *
 * The fields are those of `moveIndexed`, the length in bytes, the steps unused.
 */
export function moveRows({ wide, narrow, bytes }: RowMove, rank: number): Record<string, Body> {
  const run = body(12 + dimWords(rank, operands), (f, { fields, part }) => {
    const starts = fields.slice(0, operands);
    const [size, stride, note, length] = fields.slice(3) as [
      Local<'i32'>,
      Local<'i32'>,
      Local<'i32'>,
      Local<'i32'>,
    ];
    const [runs, perPart] = fields.slice(10) as [Local<'i32'>, Local<'i32'>];
    const [at, there, here, rest, stray] = ['i32', 'i32', 'i32', 'i32', 'i32'].map(() => f.local('i32')) as [
      Local<'i32'>,
      Local<'i32'>,
      Local<'i32'>,
      Local<'i32'>,
      Local<'i32'>,
    ];
    const moveWhile = (width: number, move: Move) =>
      f.while(i32.ge(rest, width), () => {
        f.emit(move(there, here));
        f.increase(there, width);
        f.increase(here, width);
        f.increase(rest, -width);
      });
    walk(f, dimsFrom(fields.slice(12), rank, operands), starts, shareOf(f, part, perPart, runs), (places) => {
      const [indexed, index, beside] = places as [Local<'i32'>, Local<'i32'>, Local<'i32'>];
      f.set(at, i32.load(index));
      f.set(there, i32.add(indexed, i32.mul(at, stride)));
      f.set(here, beside);
      f.set(rest, length);
      f.if(i32.geU(at, size), () => {
        f.set(stray, i32.const(1));
        f.set(rest, i32.const(0));
      });
      moveWhile(16, wide);
      moveWhile(bytes, narrow);
    });
    noteStray(f, stray, note);
  });
  return { run };
}

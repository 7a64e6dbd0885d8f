import type { I32, V128 } from '../assembler/code.ts';
import type { FunctionBuilder, Local } from '../assembler/function.ts';
import { i32, v128 } from '../assembler/instructions.ts';
import type { Body } from '../assembler/module.ts';
import { body } from '../engine.ts';
import { type Access, accessOf } from './bytes.ts';
import { dimsFrom, dimWords, shareOf, walk } from './walk.ts';

// Kernels that compute each element of their output from the elements at the same place of their inputs.

/** What an elementwise kernel computes, and on what. */
export interface ElementMap {
  /** Bytes of an element, for each input and the output. */
  readonly inputs: readonly number[];
  readonly out: number;
  /** Elements that are computed at a time. */
  readonly width: number;
  /** The formula. It must treat lanes alike and apart: single elements are computed by it too. */
  readonly formula: (f: FunctionBuilder, ...inputs: Local<'v128'>[]) => V128;
  /** Lanes for which the formula does not hold; if there are any, the kernel says so. */
  readonly beyond?: (...inputs: Local<'v128'>[]) => V128;
  /** Vectors per turn of the loop: 1 where the formula is long. */
  readonly unroll: number;
}

/** For each input whether it steps from element to element or repeats one; or that some operand steps otherwise. */
export type Pattern = readonly boolean[] | 'strided';

/** Elements of a contiguous output that make a part. */
export const flatPart = 32_768;

/** The fields: the addresses of the inputs and the output, where to note lanes beyond, the elements of all and of a part. */
export function flatMap(map: ElementMap, steps: readonly boolean[]): Record<string, Body> {
  const operands = map.inputs.length + 1;
  const run = body(operands + 3, (f, { fields, part }) => {
    const [note, count, perPart] = fields.slice(operands) as Local<'i32'>[];
    if (!note || !count || !perPart) return;
    const [first, end] = shareOf(f, part, perPart, count);
    const at = fields.slice(0, operands);
    const bytes = [...map.inputs, map.out];
    for (const [i, place] of at.entries()) {
      if (steps[i] !== false) f.increase(place, i32.mul(first, bytes[i] as number));
    }
    const noted = noting(f, map);
    contiguousRun(f, noted.map, steps, at, f.let(i32.sub(end, first)));
    noted.finish(note);
  });
  return { run };
}

/** How many fields `stridedMap` takes. */
export function stridedWords(operands: number, rank: number): number {
  return 2 * operands + 4 + dimWords(rank, operands);
}

/**
 * The fields: the addresses, where to note, the length of a run, the step of each operand in it, the number of runs,
 * the runs of a part, and for each outer dim its size and strides.
 */
export function stridedMap(map: ElementMap, pattern: Pattern, rank: number): Record<string, Body> {
  const operands = map.inputs.length + 1;
  const run = body(stridedWords(operands, rank), (f, { fields, part }) => {
    const starts = fields.slice(0, operands);
    const [note, length] = fields.slice(operands) as [Local<'i32'>, Local<'i32'>];
    const steps = fields.slice(operands + 2, 2 * operands + 2);
    const [runs, perPart] = fields.slice(2 * operands + 2) as [Local<'i32'>, Local<'i32'>];
    const dims = dimsFrom(fields.slice(2 * operands + 4), rank, operands);
    const noted = noting(f, map);
    const places = starts.map(() => f.local('i32'));
    const rest = f.local('i32');
    walk(f, dims, starts, shareOf(f, part, perPart, runs), (at) => {
      for (const [i, place] of at.entries()) f.set(places[i] as Local<'i32'>, place);
      f.set(rest, length);
      if (pattern === 'strided') scatteredRun(f, noted.map, steps, places, rest);
      else contiguousRun(f, noted.map, pattern, places, rest);
    });
    noted.finish(note);
  });
  return { run };
}

function accesses({ inputs, out, width }: ElementMap): { readonly inputs: Access[]; readonly out: Access } {
  return { inputs: inputs.map((bytes) => accessOf(bytes, width)), out: accessOf(out, width) };
}

/** The map with a formula that gathers which lanes are beyond, and what stores that there were any. */
function noting(f: FunctionBuilder, map: ElementMap): { map: ElementMap; finish: (note: I32) => void } {
  const { beyond, formula } = map;
  if (beyond === undefined) return { map, finish: () => {} };
  const found = f.local('v128');
  const noted: ElementMap['formula'] = (_, ...inputs) => {
    f.set(found, v128.or(found, beyond(...inputs)));
    return formula(f, ...inputs);
  };
  const finish = (note: I32) => f.if(v128.anyTrue(found), () => f.emit(i32.store(note, i32.const(1))));
  return { map: { ...map, formula: noted }, finish };
}

/** `count` elements, which lie side by side but for inputs that repeat one. Moves the locals that it is given. */
function contiguousRun(
  f: FunctionBuilder,
  map: ElementMap,
  steps: readonly boolean[],
  at: readonly Local<'i32'>[],
  count: Local<'i32'>,
): void {
  const access = accesses(map);
  const repeated = access.inputs.map(({ one }, i) =>
    steps[i] ? undefined : f.let(one.load(at[i] as Local<'i32'>)),
  );
  const outAt = at.at(-1) as Local<'i32'>;
  const advance = (elements: number) => {
    for (const [i, place] of at.entries()) {
      const bytes = access.inputs[i]?.bytes ?? access.out.bytes;
      if (steps[i] !== false) f.increase(place, bytes * elements);
    }
    f.increase(count, -elements);
  };
  for (const vectors of new Set([map.unroll, 1])) {
    f.while(i32.ge(count, vectors * map.width), () => {
      for (let v = 0; v < vectors; v++) {
        const first = v * map.width;
        const inputs = access.inputs.map(
          ({ load, bytes }, i) => repeated[i] ?? f.let(load(at[i] as Local<'i32'>, first * bytes)),
        );
        f.emit(access.out.store(outAt, map.formula(f, ...inputs), first * access.out.bytes));
      }
      advance(vectors * map.width);
    });
  }
  const bytes = [...access.inputs.map((input, i) => (steps[i] ? input.bytes : 0)), access.out.bytes];
  singles(f, access, map, bytes, at, count);
}

/**
 * `count` elements, each operand by its own step. For a long formula vectors are put together from elements, if these
 * have 32 bits; for a short one that would take longer than the formula.
 */
function scatteredRun(
  f: FunctionBuilder,
  map: ElementMap,
  steps: readonly I32[],
  at: readonly Local<'i32'>[],
  count: Local<'i32'>,
): void {
  const { inputs, out, width, formula, unroll } = map;
  if (unroll === 1 && [...inputs, out].every((bytes) => bytes === 4)) {
    const vectors = inputs.map(() => f.local('v128'));
    const forEachLane = (operand: number, visit: (place: Local<'i32'>, lane: number) => void) => {
      const place = at[operand] as Local<'i32'>;
      for (let lane = 0; lane < width; lane++) {
        visit(place, lane);
        f.increase(place, steps[operand] as I32);
      }
    };
    f.while(i32.ge(count, width), () => {
      for (const [i, vector] of vectors.entries())
        forEachLane(i, (place, lane) => f.set(vector, v128.load32Lane(place, vector, lane)));
      const result = f.let(formula(f, ...vectors));
      forEachLane(inputs.length, (place, lane) => f.emit(v128.store32Lane(place, result, lane)));
      f.increase(count, -width);
    });
  }
  singles(f, accesses(map), map, steps, at, count);
}

/** `count` elements one by one, each operand by its own step. */
function singles(
  f: FunctionBuilder,
  access: ReturnType<typeof accesses>,
  map: ElementMap,
  steps: readonly (I32 | number)[],
  at: readonly Local<'i32'>[],
  count: Local<'i32'>,
): void {
  f.while(count, () => {
    const inputs = access.inputs.map(({ one }, i) => f.let(one.load(at[i] as Local<'i32'>)));
    f.emit(access.out.one.store(at.at(-1) as Local<'i32'>, map.formula(f, ...inputs)));
    for (const [i, place] of at.entries()) f.increase(place, steps[i] as I32);
    f.increase(count, -1);
  });
}

import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { TypedArray } from '../../dtype.ts';
import type { Layout } from '../../testing/layouts.ts';
import type { Backend, View } from '../backend.ts';
import { arrangements, contiguous, type Laid, laidOut, laidOutput } from './layouts.ts';
import { type Grid, gridOf, indexOf } from './oracle.ts';
import type { Expected } from './tolerance.ts';

/** One call of a kernel, and what must come of it. */
export interface Trial {
  readonly inputs: readonly Grid[];
  /** What the output holds before the call. */
  readonly out: Grid;
  readonly run: (inputs: readonly View[], out: View) => void;
  /** The oracle. It reads what the laid out operands show, since in some layouts elements repeat. */
  readonly expected: (inputs: readonly Grid[], out: Grid) => Expected;
}

/** The operands of a trial in memory, the output last. */
export function layOut(backend: Backend, { inputs, out }: Trial, layouts: readonly Layout[]): Laid[] {
  return [
    ...inputs.map((grid, i) => laidOut(backend, grid, layouts[i] as Layout)),
    laidOutput(backend, out, layouts[inputs.length] as Layout),
  ];
}

/** Runs a kernel on operands in the given layouts: the right elements, and not a bit changed besides. */
export function attempt(backend: Backend, trial: Trial, layouts?: readonly Layout[], name = ''): void {
  const operands = [...trial.inputs, trial.out];
  const laid = layOut(backend, trial, layouts ?? operands.map(({ shape }) => contiguous(shape.length)));
  const before = laid.map(({ view }) => view.storage.data.slice());
  const grids = laid.map(({ view, places }): Grid => gridOf(view, places));
  const [inputs, out] = [laid.slice(0, -1), laid.at(-1) as Laid];
  const { values, accept } = trial.expected(grids.slice(0, -1), grids.at(-1) as Grid);

  trial.run(
    inputs.map(({ view }) => view),
    out.view,
  );

  const faults: string[] = [];
  gridOf(out.view, out.places).values.forEach((got, i) => {
    const truth = values[i] as number;
    if (!accept(got, truth, i))
      faults.push(`[${indexOf(i, trial.out.shape)}] is ${show(got)}, not ${show(truth)}`);
  });
  for (const [i, { view, places }] of laid.entries()) {
    const isOut = view === out.view;
    for (const place of changed(before[i] as TypedArray, view.storage.data, isOut ? places : undefined)) {
      faults.push(`${isOut ? 'around the output' : `input ${i}`}: place ${place} was written to`);
    }
  }
  if (faults.length > 0) expect.fail(report(name, operands, faults));
}

/** Where memory is not as it was, but for the places that were to be written. */
export function changed(
  before: TypedArray,
  after: TypedArray,
  written: Int32Array = new Int32Array(0),
): number[] {
  for (const place of written) before[place] = after[place] as number;
  const places: number[] = [];
  for (let i = 0; i < before.length; i++) if (!Object.is(before[i], after[i])) places.push(i);
  return places;
}

function report(name: string, operands: readonly Grid[], faults: readonly string[]): string {
  const shapes = operands.map(({ dtype, shape }) => `${dtype} (${shape.join(', ')})`).join(' → ');
  return [`${shapes} ${name}: ${faults.length} wrong`, ...faults.slice(0, 5)].join('\n  ');
}

function show(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

export function ranksOf({ inputs, out }: Trial): number[] {
  return [...inputs, out].map(({ shape }) => shape.length);
}

/** The trial in every arrangement of its operands. */
export function attemptAll(backend: Backend, trial: Trial): void {
  for (const { name, layouts } of arrangements(ranksOf(trial))) attempt(backend, trial, layouts, name);
}

export type Draw = <T>(arbitrary: fc.Arbitrary<T>) => T;

/** A property of whatever `body` draws. */
export function holds(body: (draw: Draw) => void, numRuns = 100): void {
  fc.assert(
    fc.property(fc.gen(), (g) => body((arbitrary) => g(() => arbitrary))),
    // To shrink what a generator draws can take forever, and the report names the shapes and layouts anyway.
    { numRuns, endOnFailure: true },
  );
}

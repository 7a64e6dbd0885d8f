import { RetrogradError, setGradEnabled } from '@retrograd/core';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { argumentLists, methodArguments } from './totality/arguments.ts';
import { elementsOf } from './totality/reference.ts';
import { trials } from './totality/shape-rules.ts';
import { type Callable, callables, staleExclusions } from './totality/surface.ts';
import { flaw } from './totality/well-formed.ts';

afterEach(() => setGradEnabled(true));

/** Makes a call: it gives something well-formed, or one of our errors. */
function survives({ name, call }: Callable, args: readonly unknown[]): void {
  let result: unknown;
  try {
    result = call(args);
  } catch (error) {
    if (!(error instanceof RetrogradError)) throw error;
    return;
  }
  expect(flaw(result)).toBe(null);
  // A function that comes back is held to the same; a watcher or a hook that was set is taken off by it.
  if (typeof result === 'function') survives({ name, call: (given) => result(...given) }, []);
}

describe('whatever it is called with, it gives something well-formed or one of our errors', () => {
  it.each(callables.map((callable) => [callable.name, callable] as const))('%s', (name, callable) => {
    const args = name.startsWith('x.') ? methodArguments : argumentLists;
    fc.assert(
      fc.property(args, (list) => survives(callable, list)),
      { numRuns: 40, includeErrorInReport: true },
    );
  });
});

it('excludes only what exists', () => expect(staleExclusions).toEqual([]));

describe('gives what nested loops give, or refuses what does not fit', () => {
  it.each(Object.entries(trials))('%s', (_, trial) => {
    const seen = { given: 0, refused: 0 };
    fc.assert(
      fc.property(trial, ({ run, want }) => {
        if (want === null) {
          seen.refused++;
          expect(run).toThrow(RetrogradError);
          return;
        }
        seen.given++;
        const got = run();
        expect(got.shape).toEqual(want.shape);
        // −0 and 0 are the same number.
        expect(Array.from(got.data, (value) => value + 0)).toEqual(
          elementsOf(want).map((value) => value + 0),
        );
      }),
      { numRuns: 200, includeErrorInReport: true },
    );
    // Both halves of the claim were put to the test.
    expect(Math.min(seen.given, seen.refused)).toBeGreaterThan(0);
  });
});

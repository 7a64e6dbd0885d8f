import { RetrogradError } from '@retrograd/core';
import { expect, it } from 'vitest';
import { type Decoded, decodeInputs } from './torch-cases/call.ts';
import { type Trial, trialGroups } from './torch-cases/trials.ts';
import type { Value } from './torch-cases/values.ts';

// Wherever a call recorded from PyTorch has a number, or the making of a module, something else in its place is refused:
// by then, or when the module is first called.

/** What is no number, though JavaScript would make one of most. */
const misfits: Readonly<Record<string, unknown>> = {
  '7n': 7n,
  "'2'": '2',
  "'x'": 'x',
  'a function': () => 2,
};

/** Numbers that may be anything, and why. */
const unread: Readonly<Record<string, string>> = {
  'maxUnpool1d output_size[0]':
    'a whole shape will do, of which the batch and the channels are not looked at',
  'maxUnpool2d output_size[0]': 'the same',
  'maxUnpool3d output_size[0]': 'the same',
};

/** A number among the arguments, and these with something else in its place. */
interface Place {
  readonly name: string;
  put(value: unknown): Decoded;
}

/** The numbers of a list or a record, and those that begin a list in it. */
function numbersIn(values: Readonly<Record<string, Value>>): { name: string; put(value: unknown): object }[] {
  return Object.entries(values).flatMap(([name, old]) => {
    if (typeof old === 'number') return [{ name, put: (value: unknown) => ({ [name]: value }) }];
    if (!Array.isArray(old) || typeof old[0] !== 'number') return [];
    return [{ name: `${name}[0]`, put: (value: unknown) => ({ [name]: old.with(0, value as Value) }) }];
  });
}

function placesOf({ inputs }: Trial): Place[] {
  const { args, kwargs } = decodeInputs(inputs);
  const positional = numbersIn(Object.fromEntries(args.entries())).map(({ name, put }) => ({
    name: `#${name}`,
    put(value: unknown) {
      const fresh = decodeInputs(inputs);
      return { ...fresh, args: Object.assign([...fresh.args], put(value)) };
    },
  }));
  const named = numbersIn(kwargs).map(({ name, put }) => ({
    name,
    put(value: unknown) {
      const fresh = decodeInputs(inputs);
      return { ...fresh, kwargs: { ...fresh.kwargs, ...put(value) } };
    },
  }));
  return [...positional, ...named];
}

/** What becomes of a call: an error that is not ours in its own words. */
function outcome({ run }: Trial, inputs: Decoded): 'given' | 'refused' | string {
  try {
    run(inputs);
    return 'given';
  } catch (error) {
    return error instanceof RetrogradError ? 'refused' : String(error);
  }
}

/** Every place in which some call of an op or a module has a number; the first such call. */
function firstOfEach(trials: readonly Trial[]): Map<string, { trial: Trial; place: Place }> {
  const found = new Map<string, { trial: Trial; place: Place }>();
  for (const trial of trials) {
    const places = placesOf(trial).filter(({ name }) => !found.has(`${trial.name} ${name}`));
    if (places.length === 0 || outcome(trial, decodeInputs(trial.inputs)) !== 'given') continue;
    for (const place of places) found.set(`${trial.name} ${place.name}`, { trial, place });
  }
  return found;
}

for (const [group, trials] of trialGroups) {
  const found = firstOfEach(trials);
  if (found.size === 0) continue;
  it(group, () => {
    for (const [name, { trial, place }] of found) {
      const wanted = name in unread ? 'given' : 'refused';
      for (const [text, misfit] of Object.entries(misfits)) {
        const what = `${name} = ${text}`;
        expect.soft(`${what}: ${outcome(trial, place.put(misfit))}`).toBe(`${what}: ${wanted}`);
      }
    }
  });
}

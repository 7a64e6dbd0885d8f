import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type DType, type Tensor, tensor } from '@retrograd/core';
import { expect } from 'vitest';
import type { OptimizerStateDict, SavedState } from '../state-dict.ts';

/** A tensor as tests/fixtures/make-optim-cases.py writes it. */
export interface Elements {
  shape: number[];
  data: number[];
}
export type Parameter = 'W' | 'b';
export type Params<T> = Record<Parameter, T>;
/** Keyword arguments: plain values, or functions as `{ lambda: 'their text' }`. */
export type Kwargs = Record<string, unknown>;

/** PyTorch's state dict with tensors as elements. */
export interface RecordedState {
  state: Record<string, Record<string, Elements | number | null | (Elements | null)[]>>;
  param_groups: OptimizerStateDict['param_groups'];
}

export interface Run {
  optimizer: string;
  given: {
    train: Parameter[];
    groups: ({ params: Parameter[] } & Kwargs)[] | null;
    none_grad: { of: Parameter; steps: number[] } | null;
    scheduler: { step_size: number; gamma: number } | null;
    clip: number | null;
    kwargs: Kwargs;
  };
  steps: { loss: number; norm: number | null; lrs: number[]; params: Params<Elements> }[];
  /** The state dict before the fifth step. */
  halfway: RecordedState;
  state_dict: RecordedState;
  schedule_state_dict: Record<string, unknown> | null;
}

export interface LBFGSRun {
  of: 'rosenbrock' | 'regression';
  kwargs: Kwargs;
  init: [Elements, Elements];
  steps: { loss: number; params: [Elements, Elements] }[];
  /** What the closure gave, call by call. */
  calls: number[];
  state_dict: RecordedState;
}

export interface ScheduleRun {
  schedule: string;
  cycled: 'SGD' | 'Adam' | null;
  kwargs: Kwargs & { parts?: [string, Kwargs][] };
  /** What each step was given: a metric, an epoch, or nothing. */
  arguments: (number | null)[];
  lrs: number[][];
  momenta: number[][] | null;
  state_dict: Record<string, unknown>;
}

export interface Clip {
  by: 'clip_grad_norm_' | 'clip_grad_value_';
  args: string[];
  before: (Elements | null)[];
  total: number | null;
  after: (Elements | null)[];
}

export interface Recorded {
  data: Params<Elements> & { X: Elements; Y: Elements };
  runs: Run[];
  lbfgs: LBFGSRun[];
  schedules: ScheduleRun[];
  clips: Clip[];
}

const file = new URL('../../../../tests/fixtures/optim-cases.json.gz', import.meta.url);

/** What PyTorch did. */
export const recorded: Recorded = JSON.parse(gunzipSync(readFileSync(file)).toString());

export function tensorOf({ shape, data }: Elements, dtype: DType = 'float64'): Tensor {
  return tensor(data, { dtype }).reshape(shape);
}

/** mean((tanh(X @ W + b) − Y)²), of which all recorded gradients are. */
export function lossOf(X: Tensor, Y: Tensor, { W, b }: Params<Tensor>): Tensor {
  return X.matmul(W).add(b).tanh().sub(Y).square().mean();
}

/** Python's keyword arguments under our names, functions made of their texts. */
export function camelKeys(values: Kwargs): Kwargs {
  const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [camel(name), revived(value)]));
}

function revived(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revived);
  if (typeof value !== 'object' || value === null || !('lambda' in value)) return value;
  return new Function(`return ${value.lambda}`)();
}

/** A recorded state dict with tensors in it. */
export function stateDictOf({ state, param_groups }: RecordedState): OptimizerStateDict {
  const value = (each: unknown): never =>
    (Array.isArray(each)
      ? each.map(value)
      : typeof each === 'object' && each !== null
        ? tensorOf(each as Elements)
        : each) as never;
  const states = Object.entries(state).map(([i, values]) => [
    i,
    Object.fromEntries(Object.entries(values).map(([name, each]) => [name, value(each)])) as SavedState,
  ]);
  return { state: Object.fromEntries(states), param_groups };
}

export function expectClose(got: Tensor | null | undefined, wanted: Elements, tolerance = 1e-13): void {
  expect(got?.shape).toEqual(wanted.shape);
  const gaps = [...(got?.data ?? [])].map((value, i) => Math.abs(value - (wanted.data[i] as number)));
  expect(Math.max(...gaps)).toBeLessThan(tolerance);
}

/** Numbers, in arrays and objects too, that differ by rounding at most; everything else is the same. */
export function expectNear(got: unknown, wanted: unknown, path = '', tolerance = 1e-14): void {
  if (typeof wanted === 'number' && typeof got === 'number') {
    const gap = wanted === got ? 0 : Math.abs(got - wanted);
    expect(gap, `${path}: ${got} instead of ${wanted}`).toBeLessThanOrEqual(
      tolerance * Math.max(1, Math.abs(wanted)),
    );
    return;
  }
  if (typeof wanted !== 'object' || wanted === null) {
    expect(got, path).toBe(wanted);
    return;
  }
  expect(Object.keys(got as object).sort(), path).toEqual(Object.keys(wanted).sort());
  for (const [key, each] of Object.entries(wanted)) {
    expectNear((got as Kwargs)[key], each, `${path}.${key}`, tolerance);
  }
}

/** Our state dict against PyTorch's: the same names, tensors close, and numbers where PyTorch has tensors of no dims. */
export function expectState(got: OptimizerStateDict, wanted: RecordedState, tolerance: number): void {
  expect(Object.keys(wanted.state)).toEqual(expect.arrayContaining(Object.keys(got.state)));
  for (const [i, values] of Object.entries(wanted.state)) {
    const own = got.state[Number(i)] ?? {};
    // What PyTorch has as None is not there yet, and LBFGS's scratch pad not at all.
    const names = Object.keys(values).filter((name) => values[name] !== null && name !== 'al');
    expect(Object.keys(own).sort()).toEqual(names.sort());
    for (const name of names) expectValue(own[name], values[name], tolerance);
  }
}

function expectValue(got: unknown, wanted: unknown, tolerance: number): void {
  if (Array.isArray(wanted)) {
    const there = wanted.filter((each) => each !== null);
    expect((got as unknown[]).length).toBe(there.length);
    for (const [i, each] of there.entries()) expectValue((got as unknown[])[i], each, tolerance);
    return;
  }
  const number = typeof wanted === 'number' ? wanted : (wanted as Elements).data[0];
  if (typeof got === 'number') expect(Math.abs(got - (number as number))).toBeLessThan(tolerance);
  else expectClose(got as Tensor, wanted as Elements, tolerance);
}

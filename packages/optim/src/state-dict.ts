import { ArgumentError, type DType, type Shape, ShapeError, showShape, Tensor } from '@retrograd/core';

/** What an optimiser remembers of one parameter, such as its momentum: by name, tensors, numbers, and lists of them. */
export type ParamState = Record<string, StateValue | undefined>;

type StateValue = Tensor | number | readonly (Tensor | number)[];

/**
 * PyTorch's layout, with its names (`weight_decay`, `momentum_buffer`). Parameters are numbered through all groups;
 * `state` is by these numbers.
 */
export interface OptimizerStateDict {
  state: Record<number, SavedState>;
  param_groups: ({ params: readonly number[] } & Readonly<Record<string, unknown>>)[];
}

/** The state of one parameter as it is saved. PyTorch writes None, here `null`, for what has not been needed yet. */
export type SavedState = Record<string, SavedValue>;

type SavedValue = Tensor | number | null | readonly (Tensor | number | null)[];

interface Group {
  readonly params: readonly Tensor[];
}

/** What PyTorch keeps in its groups to choose among its implementations. */
const implementationSwitches = ['foreach', 'fused', 'capturable', 'differentiable'];

/** What PyTorch keeps in a state and writes anew before it reads it: a scratch pad of LBFGS. */
const scratch = ['al'];

/** Under these names PyTorch keeps tensors of no dims where there are numbers here. */
const scalars = new Set(['step', 'muProduct', 'eta', 'mu', 't', 'ro', 'HDiag']);

/** `weightDecay` as PyTorch's files have it, `weight_decay`; `TMax` is `T_max`. */
export function snakeCase(name: string): string {
  return name.replace(/(?!^)[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `weight_decay` as it is called here, `weightDecay`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** An object's entries under other names, and with other values. */
function translated<In, Out>(
  values: Readonly<Record<string, In>>,
  name: (name: string) => string,
  value: (value: In) => Out,
): Record<string, Out> {
  return Object.fromEntries(Object.entries(values).map(([key, each]) => [name(key), value(each)]));
}

/** An object under PyTorch's names. */
export function toSnakeCase<T>(values: Readonly<Record<string, T>>): Record<string, T> {
  return translated(values, snakeCase, (value) => value);
}

/** An object of PyTorch's under ours. */
export function toCamelCase<T>(values: Readonly<Record<string, T>>): Record<string, T> {
  return translated(values, camelCase, (value) => value);
}

/** Groups and state as a state dict; its tensors are copies. */
export function packed(groups: readonly Group[], state: ReadonlyMap<Tensor, ParamState>): OptimizerStateDict {
  const params = groups.flatMap((group) => group.params);
  const numberOf = new Map(params.map((param, number) => [param, number]));
  const result: OptimizerStateDict = { state: {}, param_groups: [] };
  for (const [number, param] of params.entries()) {
    const values = state.get(param) ?? {};
    if (Object.keys(values).length === 0) continue;
    result.state[number] = translated(values, snakeCase, savedValue);
  }
  for (const { params: own, ...hyperparameters } of groups) {
    const numbers = own.map((param) => numberOf.get(param) ?? 0);
    result.param_groups.push({ ...toSnakeCase<unknown>(hyperparameters), params: numbers });
  }
  return result;
}

function savedValue(value: StateValue | undefined): SavedValue {
  const copy = (each: Tensor | number) => (each instanceof Tensor ? each.detach().clone() : each);
  if (value === undefined) return null;
  return typeof value === 'number' || value instanceof Tensor ? copy(value) : value.map(copy);
}

/** The hyperparameters of each group, and the state of each parameter, that a state dict tells of. */
export interface Unpacked {
  readonly hyperparameters: readonly Readonly<Record<string, unknown>>[];
  readonly state: ReadonlyMap<Tensor, SavedState>;
}

/**
 * Reads a state dict for parameters in groups.
 *
 * @param known The names of the hyperparameters that the optimiser has.
 * @throws ArgumentError when it is of another optimiser or of other parameters
 */
export function unpacked(
  op: string,
  stateDict: OptimizerStateDict,
  groups: readonly Group[],
  known: readonly string[],
): Unpacked {
  const { state, param_groups } = checkLayout(op, stateDict);
  const sizes = (list: readonly { readonly params: readonly unknown[] }[]) =>
    `[${list.map(({ params }) => params.length).join(', ')}]`;
  if (sizes(param_groups) !== sizes(groups)) {
    throw new ArgumentError({
      op,
      got: `groups of ${sizes(param_groups)} parameters`,
      want: `groups of ${sizes(groups)} parameters, as this optimiser has`,
    });
  }
  const hyperparameters = param_groups.map(({ params, ...saved }) => hyperparametersOf(op, saved, known));
  const params = groups.flatMap((group) => group.params);
  const numbers = param_groups.flatMap((group) => group.params);
  const paramOf = new Map(params.map((param, i) => [String(numbers[i]), param]));
  const states = Object.entries(state).map(([number, values]) => {
    const param = paramOf.get(number);
    if (param !== undefined) return [param, values] as const;
    throw new ArgumentError({
      op,
      got: `the state of a parameter ${number}`,
      want: 'only parameters of the groups',
    });
  });
  return { hyperparameters, state: new Map(states) };
}

function checkLayout(op: string, stateDict: OptimizerStateDict): OptimizerStateDict {
  const { state, param_groups }: Partial<OptimizerStateDict> = stateDict ?? {};
  const isObject = (value: unknown) => typeof value === 'object' && value !== null;
  if (
    isObject(state) &&
    Array.isArray(param_groups) &&
    param_groups.every((group) => Array.isArray(group?.params))
  )
    return stateDict;
  throw new ArgumentError({
    op,
    got: isObject(stateDict)
      ? `an object with ${Object.keys(stateDict).join(', ') || 'nothing in it'}`
      : String(stateDict),
    want: '{ state: {…}, param_groups: [{ params: […], … }] }',
    fix: 'Give what stateDict() gave.',
  });
}

function hyperparametersOf(
  op: string,
  saved: Readonly<Record<string, unknown>>,
  known: readonly string[],
): Record<string, unknown> {
  const values = toCamelCase(saved);
  for (const name of implementationSwitches) delete values[name];
  const odd = Object.keys(values).find((name) => !known.includes(name));
  if (odd === undefined) return values;
  throw new ArgumentError({
    op,
    got: `the hyperparameter ${snakeCase(odd)}`,
    want: `those of this optimiser: ${known.map(snakeCase).join(', ')}`,
    fix: 'It is the state of another optimiser.',
  });
}

/** What a state is to be like: that of a parameter which has not moved yet, and what its tensors are. */
export interface Pattern {
  readonly initial: ParamState;
  readonly shape: Shape;
  readonly dtype: DType;
}

/**
 * The state of one parameter as it was saved. Its tensors are copied, and cast to the parameter's dtype.
 *
 * @throws ArgumentError or ShapeError when it does not fit
 */
export function stateLike(op: string, saved: SavedState, pattern: Pattern): ParamState {
  const values: ParamState = {};
  for (const [name, value] of Object.entries(toCamelCase(saved))) {
    if (value !== null && !scratch.includes(name)) values[name] = loadedValue(op, name, value, pattern);
  }
  for (const [name, value] of Object.entries(pattern.initial)) {
    if (typeof values[name] === typeof value) continue;
    throw new ArgumentError({
      op,
      got: `a state with ${Object.keys(saved).join(', ') || 'nothing in it'}`,
      want: `${snakeCase(name)} in it, ${typeof value === 'number' ? 'a number' : 'a tensor'}`,
      fix: 'It is the state of another optimiser.',
    });
  }
  return values;
}

function loadedValue(op: string, name: string, value: SavedValue, pattern: Pattern): StateValue {
  const load = (each: unknown) => {
    if (each instanceof Tensor) {
      return each.ndim === 0 && scalars.has(name) ? each.item() : fitting(op, name, each, pattern);
    }
    if (typeof each === 'number') return each;
    throw new ArgumentError({ op, got: `${snakeCase(name)} ${String(each)}`, want: 'a tensor or a number' });
  };
  return Array.isArray(value) ? value.filter((each) => each !== null).map(load) : load(value);
}

/** @throws ShapeError unless a tensor has the shape that it is to have, or no dims */
function fitting(op: string, name: string, value: Tensor, { shape, dtype }: Pattern): Tensor {
  if (value.ndim === 0 || showShape(value.shape) === showShape(shape)) {
    return value.detach().clone().to(dtype);
  }
  throw new ShapeError({
    op,
    got: `${snakeCase(name)} of shape ${showShape(value.shape)} where ${showShape(shape)} is kept`,
    want: 'the same shape',
  });
}

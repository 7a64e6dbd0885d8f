import { ArgumentError, ShapeError, showShape, Tensor } from '@retrograd/core';

/** What an optimiser remembers of one parameter, such as its momentum. */
export type ParamState = Record<string, Tensor | number | undefined>;

/**
 * PyTorch's layout, with its names (`weight_decay`, `momentum_buffer`). Parameters are numbered through all groups;
 * `state` is by these numbers.
 */
export interface OptimizerStateDict {
  state: Record<number, Record<string, Tensor | number | null>>;
  param_groups: ({ params: readonly number[] } & Readonly<Record<string, unknown>>)[];
}

interface Group {
  readonly params: readonly Tensor[];
}

/** What PyTorch keeps in its groups to choose among its implementations. */
const implementationSwitches = ['foreach', 'fused', 'capturable', 'differentiable'];

/** `weightDecay` as PyTorch's files have it, `weight_decay`. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function camelCase(name: string): string {
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
    result.state[number] = translated(values, snakeCase, (value) =>
      value instanceof Tensor ? value.detach().clone() : (value ?? null),
    );
  }
  for (const { params: own, ...hyperparameters } of groups) {
    const numbers = own.map((param) => numberOf.get(param) ?? 0);
    result.param_groups.push({ ...toSnakeCase<unknown>(hyperparameters), params: numbers });
  }
  return result;
}

/** The hyperparameters of each group, and the state of each parameter, that a state dict tells of. */
export interface Unpacked {
  readonly hyperparameters: readonly Readonly<Record<string, unknown>>[];
  readonly state: ReadonlyMap<Tensor, ParamState>;
}

/**
 * Reads a state dict for parameters in groups. Its tensors are copied, and cast to the dtype of their parameters.
 *
 * @param known The names of the hyperparameters that the optimiser has.
 * @throws ArgumentError or ShapeError when it is of another optimiser or of other parameters
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
    if (param !== undefined) return [param, stateOf(op, param, values)] as const;
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

function stateOf(op: string, param: Tensor, saved: OptimizerStateDict['state'][number]): ParamState {
  const values: ParamState = {};
  for (const [name, value] of Object.entries(toCamelCase(saved))) {
    // PyTorch writes None for what has not been needed yet.
    if (value !== null) values[name] = value instanceof Tensor ? fitting(op, name, value, param) : value;
  }
  return values;
}

/** @throws ShapeError unless a tensor is of its parameter's shape, or a single number */
function fitting(op: string, name: string, value: Tensor, param: Tensor): Tensor {
  if (value.ndim === 0 || showShape(value.shape) === showShape(param.shape)) {
    return value.detach().clone().to(param.dtype);
  }
  throw new ShapeError({
    op,
    got: `${snakeCase(name)} of shape ${showShape(value.shape)} for a parameter of shape ${showShape(param.shape)}`,
    want: 'the same shape',
  });
}

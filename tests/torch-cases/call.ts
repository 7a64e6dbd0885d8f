import * as core from '@retrograd/core';
import { F } from '@retrograd/nn';
import type { TorchCase } from './case.ts';
import { type Call, requiredBy, respelled } from './signatures.ts';
import { decode, type Value } from './values.ts';

/** One way of making a recorded call here. */
export interface Spelling {
  /** `add`, `x.add` or `x.add_`. */
  readonly name: string;
  run(args: readonly Value[], options: Readonly<Record<string, Value>>): Value;
}

export interface Decoded {
  readonly args: readonly Value[];
  readonly kwargs: Readonly<Record<string, Value>>;
}

export function decodeInputs({ args, kwargs }: Pick<TorchCase, 'args' | 'kwargs'>): Decoded {
  const named = Object.entries(kwargs).map(([name, value]) => [name, decode(value)] as const);
  return {
    args: args.map(decode),
    kwargs: Object.fromEntries(named.filter(([, value]) => value !== undefined)),
  };
}

/** All spellings of a recorded op that exist here: functions, methods, and in-place methods. */
export function spellingsOf({ op, also = [] }: TorchCase): Spelling[] {
  const found = new Map<string, Spelling>();
  for (const name of [op, ...also]) {
    const spelling = spellingOf(op, name);
    if (spelling !== null) found.set(spelling.name, spelling);
  }
  return [...found.values()];
}

type Callable = (...args: readonly Value[]) => Value;
type Home = Readonly<Record<string, Callable>>;

/** Where a spelling lives: `nn.functional` is F, `linalg` and `special` are objects of the core, a method a Tensor's. */
function homeOf(spelled: string): Home {
  const path = spelled.split('.').slice(0, -1).join('.');
  if (path === 'Tensor') return core.Tensor.prototype as unknown as Home;
  if (path === 'nn.functional') return F as unknown as Home;
  const spaces = core as unknown as Readonly<Record<string, Home>>;
  return (path === '' ? spaces : (spaces[path] ?? {})) as Home;
}

function spellingOf(op: string, spelled: string): Spelling | null {
  const method = spelled.startsWith('Tensor.');
  const called = respelled[op];
  const adapt = called && spelled === op ? called : (call: Call) => call;
  const { name } = adapt({
    name: camelCase(spelled.slice(spelled.lastIndexOf('.') + 1)),
    args: [],
    options: {},
  });
  const home = homeOf(spelled);
  if (method && isAccessor(name)) return { name: `x.${name}`, run: ([self]) => property(self, name) };
  if (typeof home[name] !== 'function') return null;
  return {
    name: method ? `x.${name}` : name,
    run(given, kwargs) {
      const { args, options, name: chosen } = adapt({ name, ...placed(op, given, kwargs) });
      const trailing = Object.keys(options).length === 0 ? [] : [options as unknown as Value];
      const f = home[chosen] as Callable;
      if (!method) return plain(f(...args, ...trailing));
      const [self, ...rest] = args;
      const target = name.endsWith('_') && !op.endsWith('_') ? (self as core.Tensor).clone() : self;
      return plain(f.call(target, ...rest, ...trailing));
    },
  };
}

function isAccessor(name: string): boolean {
  return Object.getOwnPropertyDescriptor(core.Tensor.prototype, name)?.get !== undefined;
}

function property(self: Value, name: string): Value {
  return (self as unknown as Readonly<Record<string, Value>>)[name];
}

/** Required arguments that were named go to their positions; the other names are ours in camelCase. */
function placed(op: string, given: readonly Value[], kwargs: Decoded['kwargs']) {
  const args = [...given];
  const rest = { ...kwargs };
  for (const name of requiredBy(op).slice(args.length)) {
    if (!(name in rest)) continue;
    args.push(rest[name]);
    delete rest[name];
  }
  const options = Object.fromEntries(Object.entries(rest).map(([name, value]) => [camelCase(name), value]));
  return { args, options };
}

/** Named results in PyTorch's order. */
export function plain(result: Value): Value {
  if (result === null || typeof result !== 'object' || result instanceof core.Tensor || Array.isArray(result))
    return result;
  return Object.values(result as Readonly<Record<string, Value>>);
}

/** `conv_transpose2d` → `convTranspose2d`; the underscore of in-place names stays. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

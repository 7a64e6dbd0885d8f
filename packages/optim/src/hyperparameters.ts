import { ArgumentError, describe, type Optional, optional } from '@retrograd/core';

/** What a hyperparameter may be. */
export interface Kind {
  /** In the words of an error. */
  readonly want: string;
  holds(value: unknown): boolean;
}

/** Hyperparameters by name: the default of each, and what it may be. */
export type Table<H> = { readonly [K in keyof H]-?: readonly [preset: H[K], kind: Kind] };

/** What each hyperparameter may be. */
export type Kinds<H> = { readonly [K in keyof H]?: Kind };

/** Hyperparameters as an optimiser is given them: by position in PyTorch's order, or by name in one object. */
export type Given<H, Order extends readonly (keyof H)[]> = Optional<Partial<H>, Order>;

const isNumber = (value: unknown): value is number => typeof value === 'number';
const isPart = (value: unknown) => isNumber(value) && value >= 0 && value < 1;
const arePair = (value: unknown): value is readonly [unknown, unknown] =>
  Array.isArray(value) && value.length === 2;

export const finite: Kind = { want: 'a finite number', holds: Number.isFinite };
export const nonNegative: Kind = {
  want: 'a number ≥ 0',
  holds: (value) => isNumber(value) && value >= 0 && Number.isFinite(value),
};
/** May be infinite, where that means no limit, or the largest element. */
export const extent: Kind = {
  want: 'a number ≥ 0, or Infinity',
  holds: (value) => isNumber(value) && value >= 0,
};
export const fraction: Kind = {
  want: 'a number between 0 and 1',
  holds: (value) => isNumber(value) && value >= 0 && value <= 1,
};
export const count: Kind = {
  want: 'a whole number ≥ 1',
  holds: (value) => Number.isInteger(value) && isNumber(value) && value >= 1,
};
export const countOrNull: Kind = {
  want: 'a whole number ≥ 1 or null',
  holds: (value) => value === null || count.holds(value),
};
export const positive: Kind = {
  want: 'a number above 0',
  holds: (value) => isNumber(value) && value > 0 && Number.isFinite(value),
};
export const flag: Kind = { want: 'true or false', holds: (value) => typeof value === 'boolean' };
/** The parts β₁ and β₂ that two moving averages keep. */
export const betas: Kind = {
  want: 'two numbers from 0 to below 1',
  holds: (value) => arePair(value) && value.every(isPart),
};

/** Two numbers of which more is demanded. */
export function pair(want: string, holds: (a: number, b: number) => boolean): Kind {
  return {
    want,
    holds: (value) => arePair(value) && value.every(isNumber) && holds(...(value as [number, number])),
  };
}

/** One of some values. */
export function oneOf(...values: readonly (string | null)[]): Kind {
  return {
    want: values.map((value) => JSON.stringify(value)).join(' or '),
    holds: (value) => values.includes(value as string),
  };
}

/** The defaults, and in their place what was given; and what each may be. */
export function chosen<H extends object, Order extends readonly (keyof H & string)[]>(
  op: string,
  table: Table<H>,
  order: Order,
  given: readonly unknown[],
): [hyperparameters: H, kinds: Kinds<H>] {
  const names = Object.keys(table) as (keyof H & string)[];
  const named = names.filter((name) => !order.includes(name));
  const column = (i: 0 | 1) => Object.fromEntries(names.map((name) => [name, table[name][i]]));
  return [{ ...column(0), ...optional<Partial<H>>(op, given, order, named) } as H, column(1) as Kinds<H>];
}

/** A hyperparameter, whatever it is, as messages show it. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  return typeof value === 'object' && value !== null ? describe(value) : String(value);
}

/** @throws ArgumentError unless every hyperparameter is what it may be */
export function checkKinds<H extends object>(op: string, hyperparameters: H, kinds: Kinds<H>): void {
  for (const [name, kind] of Object.entries(kinds) as [keyof H & string, Kind][]) {
    const value: unknown = hyperparameters[name];
    if (kind.holds(value)) continue;
    throw new ArgumentError({ op, got: `${name} ${shown(value)}`, want: kind.want });
  }
}

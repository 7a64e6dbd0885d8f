import { readFileSync } from 'node:fs';
import type { Value } from './values.ts';

const index: Readonly<Record<string, { tier: 1 | 2; signatures: readonly string[] }>> = JSON.parse(
  readFileSync(new URL('../fixtures/torch-ops-index.json', import.meta.url), 'utf8'),
);

/** Every op of the recording: 1 is what a framework should have, 2 are extras. */
export const tiers: ReadonlyMap<string, 1 | 2> = new Map(
  Object.entries(index).map(([op, { tier }]) => [op, tier]),
);

/** Where the recorded signatures say nothing, or where an argument without a default is optional here. */
const requiredOtherwise: Readonly<Record<string, string>> = {
  arange: 'start end',
  'nn.functional.log_softmax': 'input dim',
  'nn.functional.max_pool1d': 'input kernel_size',
  'nn.functional.max_pool2d': 'input kernel_size',
  'nn.functional.max_pool3d': 'input kernel_size',
  'nn.functional.softmax': 'input dim',
};

/**
 * The required arguments of an op, which are positional here: those without a default in PyTorch's signature, up to
 * the star. What else a call names goes into the trailing options, and what it gives by position stays a position.
 */
export function requiredBy(op: string): readonly string[] {
  const otherwise = requiredOtherwise[op];
  if (otherwise !== undefined) return otherwise.split(' ');
  const [, list = ''] = /\((.*?)\)( ->|$)/.exec(index[op]?.signatures[0] ?? '') ?? [];
  const names = list.split(/, (?![^[(]*[\])])/);
  const end = names.findIndex((name) => name.startsWith('*') || name.includes('='));
  return (end === -1 ? names : names.slice(0, end)).map(nameOf);
}

/** `Tensor self` (ATen) and `input: torch.Tensor` (Python) → `self`, `input`. */
function nameOf(parameter: string): string {
  const [name = ''] = parameter.includes(':') ? parameter.split(':') : parameter.split(' ').slice(-1);
  return name;
}

/** A call on its way from PyTorch's spelling to ours. */
export interface Call {
  readonly name: string;
  readonly args: readonly Value[];
  readonly options: Readonly<Record<string, Value>>;
}

/** The few ops that are spelled otherwise here; names are in camelCase already. */
export const respelled: Readonly<Record<string, (call: Call) => Call>> = {
  // The indices come from a function of their own, so that the type of a result does not depend on a flag.
  ...Object.fromEntries(
    [1, 2, 3].map((n) => [
      `nn.functional.max_pool${n}d`,
      ({ name, args, options: { returnIndices, ...options } }: Call) => ({
        name: returnIndices ? `${name}WithIndices` : name,
        args,
        options,
      }),
    ]),
  ),
  'nn.functional.pad': ({ args: [x, pad, , value], options }) => ({
    name: 'constantPad',
    args: [x, options.pad ?? pad, value],
    options: {},
  }),
  var: (call) => ({ ...call, name: 'var_' }),
  // Nothing is ever transferred in the background, so there is no nonBlocking.
  'Tensor.to': ({ name, args }) => {
    const [, copy] = args.filter((arg) => typeof arg === 'boolean');
    return { name, args: args.filter((arg) => typeof arg !== 'boolean'), options: copy ? { copy } : {} };
  },
};

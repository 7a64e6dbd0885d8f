import { readFileSync } from 'node:fs';
import { Slice, Tuple, type Value } from './values.ts';

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
  'nn.functional.adaptive_max_pool1d': 'input output_size',
  'nn.functional.adaptive_max_pool2d': 'input output_size',
  'nn.functional.adaptive_max_pool3d': 'input output_size',
  'nn.functional.fractional_max_pool2d': 'input kernel_size',
  'nn.functional.fractional_max_pool3d': 'input kernel_size',
  'nn.functional.log_softmax': 'input dim',
  'nn.functional.max_pool1d': 'input kernel_size',
  'nn.functional.max_pool2d': 'input kernel_size',
  'nn.functional.max_pool3d': 'input kernel_size',
  'nn.functional.softmax': 'input dim',
  'nn.functional.softmin': 'input dim',
  repeat_interleave: 'input repeats',
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
  var: (call) => ({ ...call, name: 'var_' }),
  // A tuple between the brackets is several parts, anything else one.
  'Tensor.__getitem__': ({ args: [x, index] }) => {
    const parts = index instanceof Tuple ? index : [index];
    const spelled = parts.map((part) => (part instanceof Slice ? part.bounds.join(':') : part));
    return { name: 'at', args: [x, ...spelled], options: {} };
  },
  // Nothing is ever transferred in the background, so there is no nonBlocking.
  'Tensor.to': ({ name, args }) => {
    const [, copy] = args.filter((arg) => typeof arg === 'boolean');
    return { name, args: args.filter((arg) => typeof arg !== 'boolean'), options: copy ? { copy } : {} };
  },
};

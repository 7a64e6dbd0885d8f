import type { Value } from './values.ts';

/**
 * The required arguments of ops whose recorded calls give some of them by name; here they are positional, as in every
 * op. What else a call names goes into the trailing options, and what it gives by position stays a position.
 */
export const required: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries({
    arange: 'start end',
    flip: 'input dims',
    'nn.functional.avg_pool1d': 'input kernel_size',
    'nn.functional.avg_pool2d': 'input kernel_size',
    'nn.functional.avg_pool3d': 'input kernel_size',
    'nn.functional.conv2d': 'input weight',
    'nn.functional.fold': 'input output_size kernel_size',
    'nn.functional.log_softmax': 'input dim',
    'nn.functional.max_pool1d': 'input kernel_size',
    'nn.functional.max_pool2d': 'input kernel_size',
    'nn.functional.max_pool3d': 'input kernel_size',
    'nn.functional.softmax': 'input dim',
  }).map(([op, names]) => [op, names.split(' ')]),
);

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

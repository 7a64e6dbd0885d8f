import { type ParseArgsConfig, parseArgs } from 'node:util';
import { RetrogradError } from '@retrograd/core';

/** What the command line decides. */
export interface Options {
  epochs: number;
  lr: number;
  momentum: number;
  batchSize: number;
  seed: number;
  data: string | undefined;
  limit: number;
  depth: number;
  out: string | undefined;
}

const help = `Trains a small convolutional network on MNIST and prints its losses and its test accuracy.

Usage: npx pnpm@10 start [options]

  --epochs N       passes over the training images (5)
  --lr X           learning rate of SGD (0.01)
  --momentum X     momentum of SGD (0.9)
  --batch-size N   images in a batch (64)
  --seed N         seed of the weights and of the order of the images (5)
  --data DIR       where MNIST's four files are, or are to be put; "strokes" trains on drawn digits instead
                   (searched without it: $RETROGRAD_DATA, then a cache folder, then the public mirrors)
  --limit N        train on the first N images only (all)
  --depth 2|3      convolutional layers; 3 adds one of 32 → 64 channels (2)
  --out DIR        write the losses and the accuracy to DIR/mnist-cnn.json
  --help           show this`;

const known = {
  epochs: { type: 'string', default: '5' },
  lr: { type: 'string', default: '0.01' },
  momentum: { type: 'string', default: '0.9' },
  'batch-size': { type: 'string', default: '64' },
  seed: { type: 'string', default: '5' },
  data: { type: 'string' },
  limit: { type: 'string', default: 'Infinity' },
  depth: { type: 'string', default: '2' },
  out: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options'];

/** Something that the user can mend: its message is shown without a stack. */
export class UsageError extends Error {}

/** Reads the command line; `undefined` if it only asks for help. */
export function parseOptions(args: string[]): Options | undefined {
  const values = parsed(args);
  if (values.help) return undefined;
  return {
    epochs: whole('epochs', values.epochs, 1),
    lr: real('lr', values.lr, (x) => x > 0, 'greater than 0'),
    momentum: real('momentum', values.momentum, (x) => x >= 0 && x < 1, 'in [0, 1)'),
    batchSize: whole('batch-size', values['batch-size'], 1),
    seed: whole('seed', values.seed, 0),
    data: named('data', values.data),
    limit: values.limit === 'Infinity' ? Infinity : whole('limit', values.limit, 1),
    depth: oneOf('depth', values.depth, [2, 3]),
    out: named('out', values.out),
  };
}

function parsed(args: string[]) {
  try {
    // pnpm hands on the "--" that separates its options from the script's.
    const own = args.filter((arg, i) => !(arg === '--' && i === 0));
    return parseArgs({ args: own, options: known, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError((error as Error).message.replaceAll('\n', ' '));
  }
}

function real(name: string, text: string, fits: (value: number) => boolean, want: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value) && fits(value)) return value;
  throw new UsageError(`--${name} ${text}: wanted a number ${want}`);
}

function whole(name: string, text: string, least: number): number {
  return real(
    name,
    text,
    (value) => Number.isSafeInteger(value) && value >= least,
    `that is whole and at least ${least}`,
  );
}

function oneOf(name: string, text: string, choices: readonly number[]): number {
  return real(name, text, (value) => choices.includes(value), `among ${choices.join(', ')}`);
}

function named(name: string, text: string | undefined): string | undefined {
  if (text !== '') return text;
  throw new UsageError(`--${name}: wanted a folder, got nothing`);
}

/** Runs a script's main function; what goes wrong in a known way is one line and exit code 1. */
export async function runMain(main: (options: Options) => Promise<void>): Promise<void> {
  try {
    const options = parseOptions(process.argv.slice(2));
    if (options === undefined) console.log(help);
    else await main(options);
  } catch (error) {
    process.exitCode = 1;
    const hint = error instanceof UsageError ? '\nSee --help.' : '';
    const isKnown =
      error instanceof UsageError || error instanceof RetrogradError || error instanceof TrainingError;
    console.error(isKnown ? `Error: ${error.message}${hint}` : error);
  }
}

/** Training that cannot go on. */
export class TrainingError extends Error {}

import { allocate, type DType, defaultDtype } from '../dtype.ts';
import { ArgumentError, DTypeError } from '../errors.ts';
import { checkTensor, describe } from '../primitives/operand.ts';
import {
  fillBernoulli,
  fillExponential,
  fillRandint,
  fillUniform,
  randomPermutation,
} from '../random/distributions.ts';
import type { Generator } from '../random/generator.ts';
import { drawMultinomial } from '../random/multinomial.ts';
import { fillNormal } from '../random/normal.ts';
import { numelOf, type Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, checkOptions, type SizesThenOptions, splitOptions } from './arguments.ts';
import { type CreationOptions, fromTypedArray } from './creation.ts';

export interface GeneratorOptions {
  /** Where the numbers come from. Default: the one that `manualSeed` seeds. */
  generator?: Generator;
}

export interface RandomOptions extends CreationOptions, GeneratorOptions {}

const knownOptions = ['dtype', 'requiresGrad', 'generator'];

type Floats = Float32Array | Float64Array;

/** New memory for random floats, filled in row-major order. */
function drawn(
  op: string,
  shape: Shape,
  options: RandomOptions,
  fallback: DType,
  fill: (out: Floats) => void,
): Tensor {
  checkOptions(op, options, knownOptions);
  const dtype = checkDType(op, options.dtype ?? fallback);
  const out = allocate(dtype, numelOf(shape));
  if (!isFloats(out)) {
    throw new DTypeError({
      op,
      got: dtype,
      want: 'float32 or float64',
      fix: 'Use randint() for whole numbers.',
    });
  }
  fill(out);
  return fromTypedArray(out, shape, dtype, options.requiresGrad);
}

function isFloats(array: ArrayBufferView): array is Floats {
  return array instanceof Float32Array || array instanceof Float64Array;
}

/** Uniform numbers in [0, 1): `rand(2, 3)` or `rand([2, 3], { dtype: 'float64' })`. */
export function rand(...args: SizesThenOptions<RandomOptions>): Tensor {
  const [shape, options = {}] = splitOptions('rand', args);
  return drawn('rand', shape, options, defaultDtype, (out) => fillUniform(out, options));
}

/** Standard normal numbers: `randn(2, 3)` or `randn([2, 3], { dtype: 'float64' })`. */
export function randn(...args: SizesThenOptions<RandomOptions>): Tensor {
  const [shape, options = {}] = splitOptions('randn', args);
  return drawn('randn', shape, options, defaultDtype, (out) => fillNormal(out, options));
}

/** Uniform numbers in [0, 1) of the shape and dtype of `x`. */
export function randLike(x: Tensor, options: RandomOptions = {}): Tensor {
  return drawn('randLike', checkTensor('randLike', x).shape, options, x.dtype, (out) =>
    fillUniform(out, options),
  );
}

/** Standard normal numbers of the shape and dtype of `x`. */
export function randnLike(x: Tensor, options: RandomOptions = {}): Tensor {
  return drawn('randnLike', checkTensor('randnLike', x).shape, options, x.dtype, (out) =>
    fillNormal(out, options),
  );
}

/** Normal numbers of a mean and a standard deviation, `normal(0, 1, [2, 3])`. */
export function normal(mean: number, std: number, size: Shape, options: RandomOptions = {}): Tensor {
  const [shape] = splitOptions('normal', [size]);
  return drawn('normal', shape, options, defaultDtype, (out) => fillNormal(out, { mean, std, ...options }));
}

/** Whole numbers in [low, high), int32: `randint(10, [2])` (from 0) or `randint(5, 10, [2])`. */
export function randint(high: number, size: Shape, options?: RandomOptions): Tensor;
export function randint(low: number, high: number, size: Shape, options?: RandomOptions): Tensor;
export function randint(...args: (number | Shape | RandomOptions | undefined)[]): Tensor {
  const numbers = args.filter((arg) => typeof arg === 'number');
  const [size, options = {}] = args.filter((arg) => typeof arg !== 'number') as [Shape, RandomOptions?];
  const [low, high] = numbers.length === 1 ? [0, ...numbers] : numbers;
  if (low === undefined || high === undefined || !Array.isArray(size)) {
    throw new ArgumentError({
      op: 'randint',
      got: args.map(describe).join(', '),
      want: '(high, size) or (low, high, size)',
    });
  }
  checkOptions('randint', options, knownOptions);
  const [shape] = splitOptions('randint', [size]);
  const dtype = checkDType('randint', options.dtype ?? 'int32');
  const out = fillRandint(allocate(dtype, numelOf(shape)), low, high, options);
  return fromTypedArray(out, shape, dtype, options.requiresGrad);
}

/** The numbers 0 … n − 1 in random order, int32. */
export function randperm(n: number, options: GeneratorOptions = {}): Tensor {
  checkOptions('randperm', options, ['generator']);
  return fromTypedArray(randomPermutation(n, options), [n], 'int32');
}

/** For each element of `p` a 1 with that probability, else a 0. */
export function bernoulli(p: Tensor, options: GeneratorOptions = {}): Tensor {
  const probabilities = checkTensor('bernoulli', p).data;
  if (!isFloats(probabilities))
    throw new DTypeError({ op: 'bernoulli', got: p.dtype, want: 'probabilities in float32 or float64' });
  return drawn('bernoulli', p.shape, options, p.dtype, (out) => fillBernoulli(out, probabilities, options));
}

export interface MultinomialOptions extends GeneratorOptions {
  /** Whether a category may be drawn twice. Default false. */
  replacement?: boolean;
}

/** Positions drawn with the given weights, `(C) → (numSamples)` or `(N, C) → (N, numSamples)`, int32. */
export function multinomial(weights: Tensor, numSamples: number, options: MultinomialOptions = {}): Tensor {
  const rows = checkTensor('multinomial', weights).data;
  if (!isFloats(rows) || weights.ndim < 1 || weights.ndim > 2) {
    throw new ArgumentError({
      op: 'multinomial',
      got: `${weights.dtype} of ${weights.ndim} dims`,
      want: 'float weights of shape (C,) or (N, C)',
    });
  }
  const samples = drawMultinomial(rows, weights.size(-1), numSamples, options);
  return fromTypedArray(samples, [...weights.shape.slice(0, -1), numSamples], 'int32');
}

/** The elements of `x` replaced by what `fill` draws, in place. */
function redraw(op: string, x: Tensor, fill: (out: Floats) => void): Tensor {
  return x.copy_(drawn(op, checkTensor(op, x).shape, {}, x.dtype, fill));
}

/** Fills with uniform numbers in [from, to), in place. */
export function uniform_(x: Tensor, from = 0, to = 1, options: GeneratorOptions = {}): Tensor {
  return redraw('uniform_', x, (out) => fillUniform(out, { from, to, ...options }));
}

/** Fills with normal numbers, in place. */
export function normal_(x: Tensor, mean = 0, std = 1, options: GeneratorOptions = {}): Tensor {
  return redraw('normal_', x, (out) => fillNormal(out, { mean, std, ...options }));
}

/** Fills with ones of probability `p`, and zeros, in place. */
export function bernoulli_(x: Tensor, p = 0.5, options: GeneratorOptions = {}): Tensor {
  return redraw('bernoulli_', x, (out) => fillBernoulli(out, p, options));
}

/** Fills with exponential numbers of rate `lambd`, in place. */
export function exponential_(x: Tensor, lambd = 1, options: GeneratorOptions = {}): Tensor {
  return redraw('exponential_', x, (out) => fillExponential(out, { lambd, ...options }));
}

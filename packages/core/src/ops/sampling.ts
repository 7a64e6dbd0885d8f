import { allocate, type DType, dtypes } from '../dtype.ts';
import { ArgumentError, DTypeError } from '../errors.ts';
import { memoryOrder } from '../memory-order.ts';
import { permute } from '../primitives/movement.ts';
import { checkTensor, describe } from '../primitives/operand.ts';
import {
  fillBernoulli,
  fillExponential,
  fillRandint,
  fillUniform,
  fillWhole,
} from '../random/distributions.ts';
import { drawMultinomial } from '../random/multinomial.ts';
import { fillNormal } from '../random/normal.ts';
import { fillCauchy, fillGeometric, fillLogNormal } from '../random/transformed.ts';
import { checkRoom } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { checkFlag, checkNumber, type Optional, optional } from './arguments.ts';
import { fromTypedArray } from './creation.ts';
import { checkGenerator, type Floats, type GeneratorOptions, isFloats, lastWhole } from './random.ts';
import { floats, laidOut, redraw } from './redraw.ts';
import { expand } from './shape.ts';

export interface BernoulliOptions extends GeneratorOptions {
  /** The probability of a 1. Default: each element's own value. */
  p?: number;
}

const bernoulliOrder = ['p'] as const;

/**
 * For each element of `x` a 1 with that probability, else a 0; or, with `p`, all with that one.
 *
 * @throws DTypeError where the elements are to be probabilities and are no floats
 */
export function bernoulli(x: Tensor, ...rest: Optional<BernoulliOptions, typeof bernoulliOrder>): Tensor {
  const { p, generator } = drawOptions<BernoulliOptions>('bernoulli', rest, bernoulliOrder);
  const { shape, dtype } = checkTensor('bernoulli', x);
  const probabilities = p === undefined ? probabilitiesOf('bernoulli', x) : checkNumber('bernoulli', 'p', p);
  const out = fillBernoulli(allocate(dtype, x.numel), probabilities, { generator });
  return fromTypedArray(out, shape, dtype);
}

function probabilitiesOf(op: string, p: Tensor): Floats {
  const { data } = p;
  if (isFloats(data)) return data;
  throw new DTypeError({ op, got: p.dtype, want: 'probabilities in float32 or float64' });
}

export interface MultinomialOptions extends GeneratorOptions {
  /** Whether a category may be drawn twice. Default false. */
  replacement?: boolean;
}

const multinomialOrder = ['replacement'] as const;

/** Positions drawn with the given weights, `(C) → (numSamples)` or `(N, C) → (N, numSamples)`, int32. */
export function multinomial(
  weights: Tensor,
  numSamples: number,
  ...rest: Optional<MultinomialOptions, typeof multinomialOrder>
): Tensor {
  const options = drawOptions<MultinomialOptions>('multinomial', rest, multinomialOrder);
  checkFlag('multinomial', 'replacement', options.replacement);
  const rows = checkTensor('multinomial', weights).data;
  if (!isFloats(rows) || weights.ndim < 1 || weights.ndim > 2) {
    throw new ArgumentError({
      op: 'multinomial',
      got: `${weights.dtype} of ${weights.ndim} dims`,
      want: 'float weights of shape (C,) or (N, C)',
    });
  }
  if (Number.isInteger(numSamples)) checkRoom('multinomial', [...weights.shape.slice(0, -1), numSamples]);
  const { generator } = options;
  const exponential = (out: Floats) => {
    const drawn = fromTypedArray(fillExponential(out, { generator }), [out.length], weights.dtype);
    return laidOut(drawn, weights).data as Floats;
  };
  const samples = drawMultinomial(rows, weights.size(-1), numSamples, { ...options, exponential });
  return fromTypedArray(samples, [...weights.shape.slice(0, -1), numSamples], 'int32');
}

/** Optional arguments of a draw. @throws ArgumentError for a generator that is none */
function drawOptions<O extends GeneratorOptions>(
  op: string,
  rest: readonly unknown[],
  order: readonly (keyof O & string)[],
): O {
  const options = optional<O>(op, rest, order, ['generator']);
  checkGenerator(op, options.generator);
  return options;
}

export interface UniformOptions extends GeneratorOptions {
  /** The lower bound. Default 0. */
  from?: number;
  /** The upper bound. Default 1. */
  to?: number;
}

const uniformOrder = ['from', 'to'] as const;

/** Fills with uniform numbers in [from, to), in place. */
export function uniform_(x: Tensor, ...rest: Optional<UniformOptions, typeof uniformOrder>): Tensor {
  const { from = 0, to = 1, generator } = drawOptions<UniformOptions>('uniform_', rest, uniformOrder);
  const bounds = { from: checkNumber('uniform_', 'from', from), to: checkNumber('uniform_', 'to', to) };
  return redraw<Floats>('uniform_', x, floats, (out) => fillUniform(out, { ...bounds, generator }));
}

export interface NormalOptions extends GeneratorOptions {
  /** The mean; of `logNormal_`, that of the logarithms. Default 0; for `logNormal_` 1. */
  mean?: number;
  /** The standard deviation; of `logNormal_`, that of the logarithms. Default 1; for `logNormal_` 2. */
  std?: number;
}

const normalOrder = ['mean', 'std'] as const;

/** Fills with normal numbers, in place. */
export function normal_(x: Tensor, ...rest: Optional<NormalOptions, typeof normalOrder>): Tensor {
  const { mean = 0, std = 1, generator } = drawOptions<NormalOptions>('normal_', rest, normalOrder);
  const moments = { mean: checkNumber('normal_', 'mean', mean), std: checkNumber('normal_', 'std', std) };
  return redraw<Floats>('normal_', x, floats, (out) =>
    fillNormal(out, { ...moments, contiguous: x.isContiguous, generator }),
  );
}

/** Fills with numbers whose logarithms are normal, of mean 1 and standard deviation 2 by default, in place. */
export function logNormal_(x: Tensor, ...rest: Optional<NormalOptions, typeof normalOrder>): Tensor {
  const { mean = 1, std = 2, generator } = drawOptions<NormalOptions>('logNormal_', rest, normalOrder);
  const moments = {
    mean: checkNumber('logNormal_', 'mean', mean),
    std: checkNumber('logNormal_', 'std', std),
  };
  return redraw<Floats>('logNormal_', x, floats, (out) => fillLogNormal(out, { ...moments, generator }));
}

export interface BernoulliFillOptions extends GeneratorOptions {
  /** The probability of a 1, or a tensor of them that broadcasts. Default 0.5. */
  p?: number | Tensor;
}

/** Fills with ones of probability `p`, and zeros, in place. */
export function bernoulli_(
  x: Tensor,
  ...rest: Optional<BernoulliFillOptions, typeof bernoulliOrder>
): Tensor {
  const { p = 0.5, generator } = drawOptions<BernoulliFillOptions>('bernoulli_', rest, bernoulliOrder);
  const { shape } = checkTensor('bernoulli_', x);
  const probabilities =
    p instanceof Tensor
      ? probabilitiesOf('bernoulli_', permute(expand(p, shape), memoryOrder(x)))
      : checkNumber('bernoulli_', 'p', p);
  return redraw('bernoulli_', x, dtypes, (out) => fillBernoulli(out, probabilities, { generator }));
}

export interface ExponentialOptions extends GeneratorOptions {
  /** The rate λ. Default 1. */
  lambd?: number;
}

const exponentialOrder = ['lambd'] as const;

/** Fills with exponential numbers of rate `lambd`, in place. */
export function exponential_(
  x: Tensor,
  ...rest: Optional<ExponentialOptions, typeof exponentialOrder>
): Tensor {
  const options = drawOptions<ExponentialOptions>('exponential_', rest, exponentialOrder);
  const lambd = checkNumber('exponential_', 'lambd', options.lambd ?? 1);
  return redraw<Floats>('exponential_', x, floats, (out) => fillExponential(out, { ...options, lambd }));
}

export interface CauchyOptions extends GeneratorOptions {
  /** Default 0. */
  median?: number;
  /** Half the distance between the quartiles. Default 1. */
  sigma?: number;
}

const cauchyOrder = ['median', 'sigma'] as const;

/** Fills with numbers of Cauchy's distribution, in place. */
export function cauchy_(x: Tensor, ...rest: Optional<CauchyOptions, typeof cauchyOrder>): Tensor {
  const { median = 0, sigma = 1, generator } = drawOptions<CauchyOptions>('cauchy_', rest, cauchyOrder);
  const scale = {
    median: checkNumber('cauchy_', 'median', median),
    sigma: checkNumber('cauchy_', 'sigma', sigma),
  };
  return redraw<Floats>('cauchy_', x, floats, (out) => fillCauchy(out, { ...scale, generator }));
}

/** Below this a count may be beyond int32: of the 53 bits of a draw, −ln 2⁻⁵³ is the largest logarithm. */
const rarest = (53 * Math.LN2) / 2 ** 31;

/**
 * Fills with how many trials of probability `p` it takes until one succeeds, from 1 on, in place.
 *
 * @throws ArgumentError unless `p` is between 0 and 1, and for `int32` so large that counts stay within it
 */
export function geometric_(x: Tensor, p: number, options: GeneratorOptions = {}): Tensor {
  const { generator } = drawOptions<GeneratorOptions>('geometric_', [options], []);
  const probability = checkNumber('geometric_', 'p', p);
  if (checkTensor('geometric_', x).dtype === 'int32' && p < rarest)
    throw new ArgumentError({ op: 'geometric_', got: `p ${p} for int32`, want: `at least ${rarest}` });
  const known: readonly DType[] = [...floats, 'int32'];
  return redraw<Floats | Int32Array>('geometric_', x, known, (out) =>
    fillGeometric(out, probability, { generator }),
  );
}

type RandomBounds =
  | [options?: GeneratorOptions]
  | [to: number, options?: GeneratorOptions]
  | [from: number, to: number, options?: GeneratorOptions];

/**
 * Fills with whole numbers, in place: `random_()` from 0 up to the last one that the dtype holds with all before it,
 * `random_(to)` in [0, to), `random_(from, to)` in [from, to).
 *
 * @throws ArgumentError for bounds that are not whole, leave nothing between them, or are beyond the dtype
 */
export function random_(x: Tensor, ...rest: RandomBounds): Tensor {
  const given: readonly unknown[] = rest;
  const numbers = given.filter((argument) => typeof argument === 'number');
  const others = given.filter((argument) => typeof argument !== 'number' && argument !== undefined);
  const { generator } = drawOptions<GeneratorOptions>('random_', others, []);
  const [from, to] = numbers.length === 1 ? [0, ...numbers] : numbers;
  if (numbers.length > 2)
    throw new ArgumentError({
      op: 'random_',
      got: rest.map(describe).join(', '),
      want: '(), (to) or (from, to)',
    });
  const last = lastWhole[checkTensor('random_', x).dtype];
  return redraw('random_', x, dtypes, (out) => {
    if (from === undefined || to === undefined) fillWhole(out, { last, generator });
    else fillRandint(out, from, to, { op: 'random_', last, generator });
  });
}

import { ArgumentError, DTypeError } from '../errors.ts';
import { checkTensor } from '../primitives/operand.ts';
import { fillBernoulli, fillExponential, fillUniform } from '../random/distributions.ts';
import { drawMultinomial } from '../random/multinomial.ts';
import { fillNormal } from '../random/normal.ts';
import { checkRoom } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkNumber, checkOptions } from './arguments.ts';
import { fromTypedArray } from './creation.ts';
import { copy_ } from './inplace.ts';
import { checkGenerator, drawn, type Floats, type GeneratorOptions, isFloats } from './random.ts';

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
  checkOptions('multinomial', options, ['replacement', 'generator']);
  checkGenerator('multinomial', options.generator);
  const rows = checkTensor('multinomial', weights).data;
  if (!isFloats(rows) || weights.ndim < 1 || weights.ndim > 2) {
    throw new ArgumentError({
      op: 'multinomial',
      got: `${weights.dtype} of ${weights.ndim} dims`,
      want: 'float weights of shape (C,) or (N, C)',
    });
  }
  if (Number.isInteger(numSamples)) checkRoom('multinomial', [...weights.shape.slice(0, -1), numSamples]);
  const samples = drawMultinomial(rows, weights.size(-1), numSamples, options);
  return fromTypedArray(samples, [...weights.shape.slice(0, -1), numSamples], 'int32');
}

/** The elements of `x` replaced by what `fill` draws, in place. */
function redraw(op: string, x: Tensor, options: GeneratorOptions, fill: (out: Floats) => void): Tensor {
  checkOptions(op, options, ['generator']);
  return copy_(x, drawn(op, checkTensor(op, x).shape, options, x.dtype, fill));
}

/** Fills with uniform numbers in [from, to), in place. */
export function uniform_(x: Tensor, from = 0, to = 1, options: GeneratorOptions = {}): Tensor {
  const bounds = { from: checkNumber('uniform_', 'from', from), to: checkNumber('uniform_', 'to', to) };
  return redraw('uniform_', x, options, (out) => fillUniform(out, { ...options, ...bounds }));
}

/** Fills with normal numbers, in place. */
export function normal_(x: Tensor, mean = 0, std = 1, options: GeneratorOptions = {}): Tensor {
  const moments = { mean: checkNumber('normal_', 'mean', mean), std: checkNumber('normal_', 'std', std) };
  return redraw('normal_', x, options, (out) => fillNormal(out, { ...options, ...moments }));
}

/** Fills with ones of probability `p`, and zeros, in place. */
export function bernoulli_(x: Tensor, p = 0.5, options: GeneratorOptions = {}): Tensor {
  const probability = checkNumber('bernoulli_', 'p', p);
  return redraw('bernoulli_', x, options, (out) => fillBernoulli(out, probability, options));
}

/** Fills with exponential numbers of rate `lambd`, in place. */
export function exponential_(x: Tensor, lambd = 1, options: GeneratorOptions = {}): Tensor {
  const rate = checkNumber('exponential_', 'lambd', lambd);
  return redraw('exponential_', x, options, (out) => fillExponential(out, { ...options, lambd: rate }));
}

import { ArgumentError } from '../errors.ts';
import { checkTensor } from '../primitives/operand.ts';
import { drawMultinomial } from '../random/multinomial.ts';
import { checkRoom, numelOf, type Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkOptions, splitOptions } from './arguments.ts';
import { div } from './arithmetic.ts';
import { fromTypedArray } from './creation.ts';
import { checkGenerator, type GeneratorOptions, isFloats } from './random.ts';
import { sum } from './reduction.ts';

/**
 * Categories drawn with the given weights, which need not sum to one: of weights `(…, C)`, a position of [0, C) for each
 * distribution `(…)`, int32; or, with `sampleShape`, `(...sampleShape, …)`. The positions are those of PyTorch's
 * `distributions.Categorical(probs).sample(sampleShape)`.
 *
 * @example
 * ```ts
 * const actions = categorical(softmax(logits, 1)); // (N, C) → (N)
 * ```
 * @throws ArgumentError for weights that are negative, of no category, or none of which is positive
 */
export function categorical(
  weights: Tensor,
  sampleShape: Shape = [],
  options: GeneratorOptions = {},
): Tensor {
  const op = 'categorical';
  checkOptions(op, options, ['generator']);
  checkGenerator(op, options.generator);
  const { shape, ndim, dtype, isFloatingPoint } = checkTensor(op, weights);
  if (!isFloatingPoint || ndim === 0)
    throw new ArgumentError({ op, got: `${dtype} of ${ndim} dims`, want: 'float weights (…, C)' });
  const batch = shape.slice(0, -1);
  const [samples] = splitOptions(op, [sampleShape]);
  const out = new Int32Array(numelOf(checkRoom(op, [...samples, ...batch])));
  const { data } = div(weights.detach(), sum(weights.detach(), -1, true));
  if (out.length > 0 && isFloats(data)) {
    const [rows, each] = [numelOf(batch), numelOf(samples)];
    const drawn = drawMultinomial(data, weights.size(-1), each, { ...options, replacement: true });
    for (let i = 0; i < out.length; i++) out[i] = drawn[(i % rows) * each + Math.floor(i / rows)] as number;
  }
  return fromTypedArray(out, [...samples, ...batch], 'int32');
}

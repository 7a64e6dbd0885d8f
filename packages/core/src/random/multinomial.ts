import { ArgumentError } from '../errors.ts';
import { fillExponential, uniform53 } from './distributions.ts';
import { defaultGenerator, type Generator } from './generator.ts';

type Weights = Float32Array | Float64Array;

interface Options {
  readonly replacement: boolean;
  readonly generator: Generator;
  readonly exponential: (out: Weights) => Weights;
}

/**
 * Draws `numSamples` categories for each row of weights, which need not sum to one.
 *
 * The categories are PyTorch's, except where two keys of a draw without replacement are equal (seen from some ten
 * thousand samples on): PyTorch's `topk` then leaves their order open.
 *
 * @param weights `(rows, categories)`, row by row.
 * @param options.exponential gives exponential numbers for the weights, row by row. Default: drawn in that order.
 * @returns `(rows, numSamples)`, row by row.
 * @throws ArgumentError when a weight is negative or not finite, a row has no weight at all or, without replacement,
 * fewer categories of positive weight than samples are wanted.
 */
export function drawMultinomial(
  weights: Weights,
  categories: number,
  numSamples: number,
  {
    replacement = false,
    generator = defaultGenerator,
    exponential = (out) => fillExponential(out, { generator }),
  }: Partial<Options> = {},
): Int32Array {
  checkSizes(weights, categories, numSamples);
  const rows = weights.length / categories;
  for (let row = 0; row < rows; row++)
    checkRow(rowOf(weights, row, categories), replacement ? 1 : numSamples);
  const out = new Int32Array(rows * numSamples);
  const draw = replacement ? drawWithReplacement : drawWithout;
  draw(out, weights, { rows, categories, numSamples, generator, exponential });
  return out;
}

interface Draw extends Omit<Options, 'replacement'> {
  readonly rows: number;
  readonly categories: number;
  readonly numSamples: number;
}

/** Inverts the cumulative distribution, which is kept in the weights' own precision. */
function drawWithReplacement(
  out: Int32Array,
  weights: Weights,
  { rows, categories, numSamples, generator }: Draw,
): void {
  for (let row = 0; row < rows; row++) {
    const cumulative = cumulate(rowOf(weights, row, categories));
    for (let i = 0; i < numSamples; i++) {
      out[row * numSamples + i] = firstNotBelow(cumulative, uniform53(generator));
    }
  }
}

/**
 * The largest of wᵢ/qᵢ with qᵢ ~ Exp(1) is category i with probability wᵢ/Σw, and the next ones are what drawing on
 * without replacement would give.
 */
function drawWithout(
  out: Int32Array,
  weights: Weights,
  { rows, categories, numSamples, exponential }: Draw,
): void {
  const keys = exponential(weights.slice());
  for (let i = 0; i < keys.length; i++) keys[i] = (weights[i] as number) / (keys[i] as number);
  for (let row = 0; row < rows; row++) {
    const rowKeys = rowOf(keys, row, categories);
    out.set(largest(rowKeys, numSamples), row * numSamples);
  }
}

/** The indices of the `count` largest values, the largest first; of equal values the earlier one. */
function largest(values: Weights, count: number): Int32Array {
  if (count === 1) return Int32Array.of(indexOfLargest(values));
  const order = new Int32Array(values.length).map((_, i) => i);
  order.sort((a, b) => (values[b] as number) - (values[a] as number) || a - b);
  return order.subarray(0, count);
}

function indexOfLargest(values: Weights): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i;
  return best;
}

function cumulate(weights: Weights): Weights {
  const cumulative = weights.slice();
  for (let i = 1; i < cumulative.length; i++)
    cumulative[i] = (cumulative[i - 1] as number) + (cumulative[i] as number);
  const sum = cumulative[cumulative.length - 1] as number;
  for (let i = 0; i < cumulative.length; i++) cumulative[i] = (cumulative[i] as number) / sum;
  cumulative[cumulative.length - 1] = 1;
  return cumulative;
}

/** The first index whose value is at least `wanted`, by bisection. */
function firstNotBelow(ascending: Weights, wanted: number): number {
  let [from, to] = [0, ascending.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((ascending[middle] as number) < wanted) from = middle + 1;
    else to = middle;
  }
  return from;
}

function rowOf(matrix: Weights, row: number, columns: number): Weights {
  return matrix.subarray(row * columns, (row + 1) * columns);
}

function checkSizes(weights: Weights, categories: number, numSamples: number): void {
  const whole =
    Number.isInteger(categories) && categories > 0 && Number.isInteger(weights.length / categories);
  if (!whole || !Number.isInteger(numSamples) || numSamples < 1) {
    throw new ArgumentError({
      op: 'multinomial',
      got: `${weights.length} weights in rows of ${categories}, and numSamples ${numSamples}`,
      want: 'whole rows of at least one category, and at least one sample of each',
    });
  }
}

function checkRow(weights: Weights, atLeast: number): void {
  let [positive, sum] = [0, 0];
  for (const weight of weights) {
    if (!(weight >= 0 && weight < Infinity)) {
      throw new ArgumentError({
        op: 'multinomial',
        got: `the weight ${weight}`,
        want: 'finite weights of at least 0',
      });
    }
    if (weight > 0) positive++;
    sum = weights instanceof Float32Array ? Math.fround(sum + weight) : sum + weight;
  }
  if (positive < atLeast || sum === Infinity) {
    throw new ArgumentError({
      op: 'multinomial',
      got: `a row with ${positive} positive weights that sum to ${sum}`,
      want: `at least ${atLeast} positive weights and a finite sum`,
      fix:
        atLeast > 1
          ? 'Ask for fewer samples, or draw with { replacement: true }.'
          : 'Give some category a weight.',
    });
  }
}

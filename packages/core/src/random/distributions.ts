import { ArgumentError } from '../errors.ts';
import { fma32, fma64 } from './fma.ts';
import { defaultGenerator, type Generator } from './generator.ts';
import { fillParts, fraction24, fraction53 } from './words.ts';

/** The typed arrays of tensors, as outputs. */
type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;

/**
 * Fills `out` with uniform numbers of [from, to): 24 random bits for float32, 53 for float64.
 *
 * @throws ArgumentError when a bound is not finite, or `from` is above `to`.
 */
export function fillUniform<T extends Float32Array | Float64Array>(
  out: T,
  {
    from = 0,
    to = 1,
    generator = defaultGenerator,
  }: { from?: number; to?: number; generator?: Generator } = {},
): T {
  const round = out instanceof Float32Array ? Math.fround : (x: number) => x;
  const low = round(from);
  const range = round(round(to) - low);
  if (!(range >= 0 && range < Infinity)) {
    throw new ArgumentError({
      op: 'uniform',
      got: `from ${from} to ${to}`,
      want: 'finite bounds, the lower one first, that are a finite distance apart',
    });
  }
  if (out instanceof Float32Array) {
    fillParts<Float32Array>(out, generator, 1, (part, words) => {
      for (let i = 0; i < part.length; i++) part[i] = fma32(fraction24(words[i] as number), range, low);
    });
  } else {
    fillParts<Float64Array>(out, generator, 2, (part, words) => {
      for (let i = 0; i < part.length; i++)
        part[i] = fma64(fraction53(words[2 * i] as number, words[2 * i + 1] as number), range, low);
    });
  }
  return out;
}

/**
 * Fills `out` with exponential numbers of rate λ, by −ln(1 − u)/λ in double.
 *
 * @throws ArgumentError unless `lambd` is a positive number.
 */
export function fillExponential<T extends Float32Array | Float64Array>(
  out: T,
  { lambd = 1, generator = defaultGenerator }: { lambd?: number; generator?: Generator } = {},
): T {
  if (!(lambd > 0))
    throw new ArgumentError({ op: 'exponential', got: `lambd ${lambd}`, want: 'a positive rate' });
  const scale = -1 / lambd;
  fillParts<Float32Array | Float64Array>(out, generator, 2, (part, words) => {
    for (let i = 0; i < part.length; i++)
      part[i] = scale * Math.log(1 - fraction53(words[2 * i] as number, words[2 * i + 1] as number));
  });
  return out;
}

/**
 * Fills `out` with ones, of probability `p`, and zeros. `p` is one number, or an array with a probability for each
 * element. As in PyTorch, float32 probabilities are met with 24 random bits, numbers and float64 with 53.
 *
 * @throws ArgumentError when a probability is outside [0, 1], or there are not as many as elements.
 */
export function fillBernoulli<T extends Numbers>(
  out: T,
  p: number | Float32Array | Float64Array,
  { generator = defaultGenerator }: { generator?: Generator } = {},
): T {
  if (typeof p === 'number') {
    checkProbability(p);
    fillCoins(out, p, generator);
    return out;
  }
  if (p.length !== out.length) {
    throw new ArgumentError({
      op: 'bernoulli',
      got: `${p.length} probabilities for ${out.length} elements`,
      want: 'as many probabilities as elements',
    });
  }
  for (const probability of p) checkProbability(probability);
  if (p instanceof Float32Array) {
    fillParts<Numbers>(out, generator, 1, (part, words, at) => {
      for (let i = 0; i < part.length; i++)
        part[i] = Number(fraction24(words[i] as number) < (p[at + i] as number));
    });
  } else {
    fillParts<Numbers>(out, generator, 2, (part, words, at) => {
      for (let i = 0; i < part.length; i++)
        part[i] = Number(
          fraction53(words[2 * i] as number, words[2 * i + 1] as number) < (p[at + i] as number),
        );
    });
  }
  return out;
}

/** u < p for 53 bits of u, of which the upper 21 decide almost always, and without a branch that none could foresee. */
function fillCoins(out: Numbers, p: number, generator: Generator): void {
  const upper = Math.floor(p * 2 ** 21);
  const lower = (p * 2 ** 21 - upper) * 2 ** 32;
  fillParts(out, generator, 2, (part, words) => {
    for (let i = 0; i < part.length; i++) {
      const gap = ((words[2 * i] as number) & 0x1fffff) - upper;
      part[i] = gap === 0 ? Number((words[2 * i + 1] as number) < lower) : gap >>> 31;
    }
  });
}

/** The whole numbers that each kind of array holds exactly: the first and the last. */
function wholeNumbers(out: Numbers): readonly [first: number, last: number] {
  if (out instanceof Uint8Array) return [0, 255];
  if (out instanceof Int32Array) return [-(2 ** 31), 2 ** 31 - 1];
  const end = out instanceof Float32Array ? 2 ** 24 : 2 ** 53 - 1;
  return [-end, end];
}

/**
 * Fills `out` with whole numbers of [low, high), each by one random word modulo the range; a range of 2³² and more
 * takes 64 bits.
 *
 * @throws ArgumentError when a bound is no integer, the range is empty, or `out` could not hold its numbers exactly.
 */
export function fillRandint<T extends Numbers>(
  out: T,
  low: number,
  high: number,
  {
    op = 'randint',
    last = wholeNumbers(out)[1],
    generator = defaultGenerator,
  }: { op?: string; last?: number; generator?: Generator } = {},
): T {
  const [first] = wholeNumbers(out);
  const fits = Number.isSafeInteger(low) && Number.isSafeInteger(high) && low >= first && high - 1 <= last;
  if (!fits || low >= high) {
    throw new ArgumentError({
      op,
      got: `low ${low} and high ${high}`,
      want: `integers, low < high, with all of [low, high) in [${first}, ${last}]`,
      fix: fits
        ? 'high itself is never drawn: randint(0, 1) gives zeros.'
        : 'Choose a dtype that holds such numbers.',
    });
  }
  const range = high - low;
  if (range < 2 ** 32 || out instanceof Int32Array) {
    fillParts<Numbers>(out, generator, 1, (part, words) => {
      for (let i = 0; i < part.length; i++) part[i] = ((words[i] as number) % range) + low;
    });
  } else {
    const [wideRange, wideLow] = [BigInt(high) - BigInt(low), BigInt(low)];
    for (let i = 0; i < out.length; i++) out[i] = Number((generator.random64() % wideRange) + wideLow);
  }
  return out;
}

/**
 * Fills `out` with whole numbers from 0 to `last`: by default the last up to which `out` holds all of them exactly.
 */
export function fillWhole<T extends Numbers>(
  out: T,
  {
    last = wholeNumbers(out)[1],
    generator = defaultGenerator,
  }: { last?: number; generator?: Generator } = {},
): T {
  if (out instanceof Float64Array) {
    for (let i = 0; i < out.length; i++) out[i] = Number(generator.random64() % (2n ** 53n + 1n));
  } else {
    fillParts<Numbers>(out, generator, 1, (part, words) => {
      for (let i = 0; i < part.length; i++) part[i] = (words[i] as number) % (last + 1);
    });
  }
  return out;
}

/**
 * The numbers 0 … n − 1 in random order.
 *
 * @throws ArgumentError unless `n` is an integer of [0, 214748364).
 */
export function randomPermutation(
  n: number,
  { generator = defaultGenerator }: { generator?: Generator } = {},
): Int32Array {
  // From 2³²/20 on, a word modulo n would favour some numbers visibly, and PyTorch shuffles in another way.
  const end = Math.floor((2 ** 32 - 1) / 20);
  if (!Number.isInteger(n) || n < 0 || n >= end) {
    throw new ArgumentError({ op: 'randperm', got: `n ${n}`, want: `an integer of [0, ${end})` });
  }
  const order = new Int32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  for (let i = 0; i < n - 1; i++) {
    const j = i + (generator.random() % (n - i));
    const taken = order[j] as number;
    order[j] = order[i] as number;
    order[i] = taken;
  }
  return order;
}

/**
 * A seed for another generator, in [0, 2⁶³): what `torch.empty((), dtype=torch.int64).random_().item()` gives.
 * PyTorch's DataLoader draws one for each pass and its RandomSampler another.
 */
export function drawSeed(generator: Generator = defaultGenerator): bigint {
  return BigInt.asUintN(63, generator.random64());
}

/** 53 random bits as a fraction of [0, 1). */
export function uniform53(generator: Generator): number {
  return generator.random53() * 2 ** -53;
}

function checkProbability(p: number): void {
  if (!(p >= 0 && p <= 1)) {
    throw new ArgumentError({ op: 'bernoulli', got: `p ${p}`, want: 'a probability, of [0, 1]' });
  }
}

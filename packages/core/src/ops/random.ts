import { allocate, type DType, defaultDtype } from '../dtype.ts';
import { ArgumentError, DTypeError } from '../errors.ts';
import { denseStrides } from '../memory-order.ts';
import { add, mul } from '../primitives/elementwise.ts';
import { checkTensor, describe } from '../primitives/operand.ts';
import {
  drawSeed as drawSeedFrom,
  fillRandint,
  fillUniform,
  randomPermutation,
} from '../random/distributions.ts';
import { defaultGenerator, Generator } from '../random/generator.ts';
import { fillNormal } from '../random/normal.ts';
import { fillPoisson } from '../random/transformed.ts';
import { fillTruncatedNormal } from '../random/truncated.ts';
import { broadcastShapes, checkRoom, isContiguous, numelOf, type Shape } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { checkDType, checkNumber, checkOptions, type SizesThenOptions, splitOptions } from './arguments.ts';
import { type CreationOptions, checkCreation, fromTypedArray } from './creation.ts';
import { floats, laidOut, redraw } from './redraw.ts';

export interface GeneratorOptions {
  /** Where the numbers come from. Default: the one that `manualSeed` seeds. */
  generator?: Generator;
}

export interface RandomOptions extends CreationOptions, GeneratorOptions {}

/** @throws ArgumentError unless it is a generator, or nothing, which stands for the default one */
export function checkGenerator(op: string, generator: unknown): void {
  if (generator === undefined || generator instanceof Generator) return;
  throw new ArgumentError({
    op,
    got: `generator ${describe(generator)}`,
    want: 'a Generator',
    fix: 'Make one with new Generator().manualSeed(seed).',
  });
}

export type Floats = Float32Array | Float64Array;

/** New memory for random floats, filled in row-major order. */
export function drawn(
  op: string,
  shape: Shape,
  options: RandomOptions,
  fallback: DType,
  fill: (out: Floats) => void,
): Tensor {
  checkCreation(op, options, ['generator']);
  checkGenerator(op, options.generator);
  const dtype = checkDType(op, options.dtype ?? fallback);
  const out = allocate(dtype, numelOf(checkRoom(op, shape)));
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

export function isFloats(array: unknown): array is Floats {
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
  const { numel, dtype } = checkTensor('randLike', x);
  return laidOut(
    drawn('randLike', [numel], options, dtype, (out) => fillUniform(out, options)),
    x,
  );
}

/** Standard normal numbers of the shape and dtype of `x`. */
export function randnLike(x: Tensor, options: RandomOptions = {}): Tensor {
  const { shape, numel, dtype } = checkTensor('randnLike', x);
  const contiguous = isContiguous(shape, denseStrides(x));
  return laidOut(
    drawn('randnLike', [numel], options, dtype, (out) => fillNormal(out, { ...options, contiguous })),
    x,
  );
}

/**
 * Normal numbers of a mean and a standard deviation, `normal(0, 1, [2, 3])`; or each of its own, where one or both are
 * tensors, which broadcast: `normal(means, stds)`. Default std 1.
 *
 * @throws DTypeError for means or deviations that are no floats, ArgumentError for a negative deviation
 */
export function normal(mean: number, std: number, size: Shape, options?: RandomOptions): Tensor;
export function normal(mean: Tensor, std?: Tensor | number, options?: GeneratorOptions): Tensor;
export function normal(mean: number, std: Tensor, options?: GeneratorOptions): Tensor;
export function normal(
  mean: Tensor | number,
  std: Tensor | number = 1,
  third: Shape | GeneratorOptions = {},
  options: RandomOptions = {},
): Tensor {
  if (mean instanceof Tensor || std instanceof Tensor)
    return normalEach(mean, std, third as GeneratorOptions);
  const [shape] = splitOptions('normal', [third as Shape]);
  return drawn('normal', shape, options, defaultDtype, (out) =>
    fillNormal(out, {
      ...options,
      mean: checkNumber('normal', 'mean', mean),
      std: checkNumber('normal', 'std', std),
    }),
  );
}

function normalEach(mean: Tensor | number, std: Tensor | number, options: GeneratorOptions): Tensor {
  const op = 'normal';
  checkOptions(op, options, ['generator']);
  const tensors = [mean, std].filter((each) => each instanceof Tensor);
  const odd = tensors.find(({ isFloatingPoint }) => !isFloatingPoint);
  if (odd !== undefined) throw new DTypeError({ op, got: odd.dtype, want: 'float32 or float64' });
  if (std instanceof Tensor && std.data.some((each) => !(each >= 0)))
    throw new ArgumentError({ op, got: 'a std below 0, or NaN', want: 'deviations of at least 0' });
  const shape = broadcastShapes(
    op,
    tensors.map((each) => each.shape),
  );
  const scale = std instanceof Tensor ? 1 : checkNumber(op, 'std', std);
  const shift = mean instanceof Tensor ? mean.detach() : checkNumber(op, 'mean', mean);
  const dtype = (tensors[0] as Tensor).dtype;
  const numbers = drawn(op, shape, options, dtype, (out) => fillNormal(out, { ...options, std: scale }));
  return add(std instanceof Tensor ? mul(numbers, std.detach()) : numbers, shift);
}

/** The last whole number to be drawn, where it is not that up to which the array of a dtype holds all. */
export const lastWhole: Partial<Record<DType, number>> = { bool: 1 };

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
  checkCreation('randint', options, ['generator']);
  checkGenerator('randint', options.generator);
  const [shape] = splitOptions('randint', [size]);
  const dtype = checkDType('randint', options.dtype ?? 'int32');
  const out = fillRandint(allocate(dtype, numelOf(shape)), low, high, {
    last: lastWhole[dtype],
    generator: options.generator,
  });
  return fromTypedArray(out, shape, dtype, options.requiresGrad);
}

/** Whole numbers of the shape and dtype of `x`: `randintLike(x, 10)` in [0, 10), or `randintLike(x, 5, 10)`. */
export function randintLike(x: Tensor, high: number, options?: RandomOptions): Tensor;
export function randintLike(x: Tensor, low: number, high: number, options?: RandomOptions): Tensor;
export function randintLike(x: Tensor, ...args: (number | RandomOptions | undefined)[]): Tensor {
  const { numel, dtype } = checkTensor('randintLike', x);
  const numbers = args.filter((arg) => typeof arg === 'number') as [number, number];
  const options = args.find((arg) => typeof arg === 'object' && arg !== null) as RandomOptions | undefined;
  return laidOut(randint(...numbers, [numel], { ...options, dtype: options?.dtype ?? dtype }), x);
}

/**
 * Poisson's distribution: for each element of `rates` a number that has it as its mean.
 *
 * @throws DTypeError for rates that are no floats, ArgumentError for negative ones
 */
export function poisson(rates: Tensor, options: GeneratorOptions = {}): Tensor {
  checkOptions('poisson', options, ['generator']);
  const { shape, dtype, data } = checkTensor('poisson', rates);
  if (!isFloats(data)) throw new DTypeError({ op: 'poisson', got: dtype, want: 'float32 or float64' });
  return drawn('poisson', shape, options, dtype, (out) => fillPoisson(out, data, options));
}

/** The numbers 0 … n − 1 in random order, int32. */
export function randperm(n: number, options: GeneratorOptions = {}): Tensor {
  checkOptions('randperm', options, ['generator']);
  checkGenerator('randperm', options.generator);
  return fromTypedArray(randomPermutation(n, options), [n], 'int32');
}

/** A seed for another generator, in [0, 2⁶³). @see DataLoader, which draws one for each pass */
export function drawSeed(generator: Generator = defaultGenerator): bigint {
  checkGenerator('drawSeed', generator);
  return drawSeedFrom(generator);
}

export interface TruncatedNormalOptions extends GeneratorOptions {
  /** Default 0. */
  mean?: number;
  /** Default 1. */
  std?: number;
  /** The least. Default −2. */
  a?: number;
  /** The largest. Default 2. */
  b?: number;
}

/** Fills with normal numbers that are kept within [a, b], in place. */
export function truncatedNormal_(x: Tensor, options: TruncatedNormalOptions = {}): Tensor {
  const op = 'truncNormal';
  checkOptions(op, options, ['mean', 'std', 'a', 'b', 'generator']);
  checkGenerator(op, options.generator);
  return redraw<Floats>(op, x, floats, (out) => fillTruncatedNormal(out, options));
}

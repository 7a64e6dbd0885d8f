import {
  ArgumentError,
  type Generator,
  rand,
  randint,
  ShapeError,
  showShape,
  type Tensor,
  tensor,
  uniform_,
  zeros,
} from '@retrograd/core';

/** Where a random transform's numbers come from. */
export interface RandomTransformOptions {
  /** Default: the generator that `manualSeed` seeds. */
  generator?: Generator | undefined;
}

/** How pixels between pixels are read. */
export type Interpolation = 'nearest' | 'bilinear';

/** A number, or one for each of several. */
export type PerChannel = number | readonly number[];

/** @throws ArgumentError, which says what was wanted */
export function refuse(op: string, name: string, given: unknown, want: string): never {
  const shown = Array.isArray(given) ? `[${given.join(', ')}]` : String(given);
  throw new ArgumentError({ op, got: `${name} ${shown}`, want });
}

/** @throws ArgumentError unless it is from 0 to 1 */
export function checkProbability(op: string, p: number): number {
  return typeof p === 'number' && p >= 0 && p <= 1 ? p : refuse(op, 'p', p, 'a probability from 0 to 1');
}

export function isNumbers(given: unknown, length: number): given is readonly number[] {
  return Array.isArray(given) && given.length === length && given.every(Number.isFinite);
}

/** A height and a width ≥ `least`; one number stands for both. */
export function checkSize(
  op: string,
  name: string,
  size: number | readonly number[],
  least = 1,
): readonly [number, number] {
  const pair = typeof size === 'number' ? [size, size] : size;
  if (isNumbers(pair, 2) && pair.every((side) => Number.isInteger(side) && side >= least))
    return pair as unknown as readonly [number, number];
  return refuse(op, name, size, `a whole number ≥ ${least}, or a height and a width`);
}

/** Two numbers of which the second is not smaller, both from `least` to `most`. */
export function checkRange(
  op: string,
  name: string,
  range: readonly number[],
  least = -Infinity,
  most = Infinity,
): readonly [number, number] {
  const [low, high] = isNumbers(range, 2) ? (range as [number, number]) : [1, 0];
  if (low <= high && low >= least && high <= most) return [low, high];
  const bounds = least === -Infinity && most === Infinity ? '' : `, from ${least} to ${most}`;
  return refuse(op, name, range, `two numbers, the smaller one first${bounds}`);
}

/** @throws ShapeError for what has no height and width */
export function sizeOf(op: string, images: Tensor): readonly [height: number, width: number] {
  if (images.ndim >= 2 && images.numel > 0) return [images.size(-2), images.size(-1)];
  throw new ShapeError({ op, got: `shape ${showShape(images.shape)}`, want: 'images (…, H, W) with pixels' });
}

/** @throws ShapeError for images of another number of channels than 1 and 3 */
export function channelsOf(op: string, images: Tensor): 1 | 3 {
  const channels = images.shape.at(-3);
  if (images.numel > 0 && (channels === 1 || channels === 3)) return channels;
  throw new ShapeError({ op, got: `shape ${showShape(images.shape)}`, want: '(…, 1, H, W) or (…, 3, H, W)' });
}

/** Work on floats, done to images of any dtype: bytes come back rounded. */
export function asFloats(images: Tensor, work: (images: Tensor) => Tensor): Tensor {
  if (images.isFloatingPoint) return work(images);
  const { dtype } = images;
  const result = work(images.to('float32')).round();
  return (dtype === 'uint8' ? result.clamp(0, 255) : result).to(dtype);
}

/** A number in [low, high): what `torch.empty(1).uniform_(low, high).item()` draws. */
export function uniform(low: number, high: number, generator: Generator | undefined): number {
  return uniform_(zeros(1), low, high, { generator }).item() as number;
}

/** Whether something happens that has probability `p`; `torch.rand(1) < p`. */
export function happens(p: number, generator: Generator | undefined): boolean {
  return (rand([1], { generator }).item() as number) < p;
}

/** Bounds of a ratio. @throws ArgumentError unless they are above 0 */
export function checkRatio(op: string, ratio: readonly number[]): readonly [number, number] {
  const [low, high] = checkRange(op, 'ratio', ratio);
  return low > 0 ? [low, high] : refuse(op, 'ratio', ratio, 'two numbers above 0');
}

/**
 * A part of an area and a ratio of sides, which are drawn until `fit` makes something of them, ten times at most: as
 * torchvision draws them. Of the ratio it is the logarithm that is uniform.
 */
export function drawShape<T>(
  scale: readonly [number, number],
  ratio: readonly [number, number],
  generator: Generator | undefined,
  fit: (area: number, ratio: number) => T | undefined,
): T | undefined {
  const [low, high] = tensor(ratio).log().toArray() as [number, number];
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = uniform(scale[0], scale[1], generator);
    const drawn = uniform_(zeros(1), low, high, { generator }).exp().item() as number;
    const shape = fit(area, drawn);
    if (shape !== undefined) return shape;
  }
  return undefined;
}

/** Where a part goes that leaves so much room below it and beside it. */
export function drawPlace(
  below: number,
  beside: number,
  generator: Generator | undefined,
): [top: number, left: number] {
  const draw = (room: number) => randint(room + 1, [1], { generator }).item() as number;
  const top = draw(below);
  return [top, draw(beside)];
}

/** To the nearest whole number, and to the even one of two: Python's `round`. */
export function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return below + Number(rest > 0.5 || (rest === 0.5 && below % 2 !== 0));
}

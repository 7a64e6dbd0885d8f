import { contiguousStrides } from '../../shape.ts';
import type { Backend, View } from '../backend.ts';
import { perPartOf } from './axes.ts';
import type { Call } from './correlate.ts';
import { addressOf, type Engine } from './engine.ts';
import type { Lanes } from './kernels/lanes.ts';
import { fromPoints, points, tilesAtOnce, toPoints, weightsToPoints } from './kernels/winograd.ts';
import { allocate, narrowed } from './views.ts';

/** Channels in and out, and pairs of them, from which on fewer products are worth the sums before and after them. */
const [fewestChannels, fewestPairs] = [16, 1024];

/** Tiles from which on the products are worth the sums of the weights. */
const fewestTiles = 64;

/** How much less there must be to multiply, with tiles that reach beyond the outputs. */
const leastGain = 1.8;

/** Vectors are read where the padding is, and masked: this far beyond an image there is memory in any case. */
const mostPadding = 16;

/** Whether Winograd's F(2×2, 3×3) had better compute it: 3 × 3 taps side by side, and enough of everything. */
export function isForPoints({ x, w, out, start, geometry }: Call, lanes: Lanes): boolean {
  const { stride, dilation, inputDilation, padding, groups } = geometry;
  if (lanes.bytes !== 4 || start === 'out' || groups !== 1 || x.strides[3] !== 1) return false;
  const [outChannels, channels, ...taps] = w.shape as [number, number, ...number[]];
  if (taps.length !== 2 || !taps.every((n) => n === 3)) return false;
  if (!stride.every(isOne) || !dilation.every(isOne) || !inputDilation.every(isOne)) return false;
  if (padding.some(([before, after]) => before > mostPadding || after > mostPadding)) return false;
  if (Math.min(channels, outChannels) < fewestChannels || channels * outChannels < fewestPairs) return false;
  const [images, , rows, columns] = out.shape as [number, number, number, number];
  const [tileRows, tileColumns] = [Math.ceil(rows / 2), Math.ceil(columns / 2)];
  const tiles = tileRows * tileColumns;
  const gain = (9 * rows * columns) / (points * tiles);
  return tileColumns >= tilesAtOnce && images * tiles >= fewestTiles && gain >= leastGain;
}

function isOne(n: number): boolean {
  return n === 1;
}

/** Bytes at the points that are computed together: they stay in a cache, and suffice for all threads. */
const pointBytesWanted = 2 ** 20;

/** Some images, or some rows of tiles of one. */
interface Block {
  readonly image: number;
  readonly images: number;
  readonly row: number;
  readonly rows: number;
}

function blocksOf(images: number, rows: number, bytesPerRow: number): Block[] {
  const rowsAtOnce = Math.min(rows, Math.ceil(pointBytesWanted / bytesPerRow));
  const imagesAtOnce = Math.min(images, Math.ceil(pointBytesWanted / (bytesPerRow * rowsAtOnce)));
  const blocks: Block[] = [];
  for (let image = 0; image < images; image += imagesAtOnce) {
    for (let row = 0; row < rows; row += rowsAtOnce) {
      blocks.push({
        image,
        images: Math.min(imagesAtOnce, images - image),
        row,
        rows: Math.min(rowsAtOnce, rows - row),
      });
    }
  }
  return blocks;
}

type Pair = readonly [before: number, after: number];

/** A correlation at the points of tiles: for each of these, all tiles together are a product of matrices. */
export function correlateAtPoints(
  { x, w, out, start, geometry }: Call,
  engine: Engine,
  lanes: Lanes,
  rest: Backend,
  correlate: (call: Call) => void,
): void {
  const [images, channels] = x.shape as [number, number];
  const [, outChannels, rows, columns] = out.shape as [number, number, number, number];
  const tileColumns = Math.ceil(columns / 2);
  const bytesPerRow = points * (channels + outChannels) * tileColumns * lanes.bytes;
  const blocks = blocksOf(images, Math.ceil(rows / 2), bytesPerRow);
  const [first] = blocks as [Block];
  const make = (...shape: number[]) => allocate(rest, lanes, shape);
  const [weights, bias] = [make(points * outChannels, channels, 1), make(outChannels)];
  const tiles = first.images * first.rows * tileColumns;
  const [inputs, products] = [make(1, points * channels, tiles), make(1, points * outChannels, tiles)];
  launchWeights(engine, w, weights);
  if (typeof start === 'string') rest.fill(bias, 0);
  else rest.copy(start, bias);
  for (const block of blocks) {
    const count = block.images * block.rows * tileColumns;
    const grid = [block.images, block.rows, tileColumns] as const;
    const atPoints = {
      x: shaped(inputs, [1, points * channels, count]),
      out: shaped(products, [1, points * outChannels, count]),
    };
    const [[top], [left]] = geometry.padding as readonly [Pair, Pair];
    const image = {
      x: narrowed(x, 0, block.image, block.images),
      top: top - 2 * block.row,
      left,
    };
    launchInputs(engine, image, atPoints.x, grid);
    correlate({ ...atPoints, w: weights, start: 'zeros', geometry: pointwise });
    const outRows = Math.min(2 * block.rows, rows - 2 * block.row);
    const results = narrowed(narrowed(out, 0, block.image, block.images), 2, 2 * block.row, outRows);
    launchOutputs(engine, lanes, image, { products: atPoints.out, bias, w, out: results }, grid);
  }
  for (const { storage } of [weights, bias, inputs, products]) storage.free();
}

/** Each point is a group. */
const pointwise = {
  stride: [1],
  dilation: [1],
  inputDilation: [1],
  padding: [[0, 0]],
  groups: points,
} as const;

/** A view of the first elements of a contiguous one. */
function shaped(view: View, shape: readonly number[]): View {
  return { ...view, shape, strides: contiguousStrides(shape) };
}

function bytesOf(strides: readonly number[]): number[] {
  return strides.map((stride) => stride * 4);
}

/** What tiles are cut from, and how many zeros stand before it. */
interface Image {
  readonly x: View;
  readonly top: number;
  readonly left: number;
}

/** Images, and rows and columns of tiles. */
type Grid = readonly [images: number, rows: number, columns: number];

function imageFieldsOf({ x, top, left }: Image): number[] {
  const [, channels, height, width] = x.shape as [number, number, number, number];
  return [addressOf(x), ...bytesOf(x.strides.slice(0, 3)), height, width, top, left, channels];
}

function launchWeights(engine: Engine, w: View, weights: View): void {
  const [outChannels, channels] = w.shape as [number, number];
  const outChannelsPerPart = perPartOf(outChannels, channels * points);
  engine.heap.begin();
  const fields = [
    addressOf(w),
    ...bytesOf(w.strides),
    addressOf(weights),
    outChannels,
    channels,
    outChannelsPerPart,
  ];
  const kernel = engine.kernel('winograd weights', weightsToPoints);
  engine.launch(kernel, fields, Math.ceil(outChannels / outChannelsPerPart));
}

function launchInputs(engine: Engine, image: Image, inputs: View, [images, ...grid]: Grid): void {
  const planes = images * (image.x.shape[1] as number);
  const planesPerPart = perPartOf(planes, 4 * grid[0] * grid[1]);
  engine.heap.begin();
  const fields = [...imageFieldsOf(image), addressOf(inputs), images, planesPerPart, ...grid];
  engine.launch(engine.kernel('winograd inputs', toPoints), fields, Math.ceil(planes / planesPerPart));
}

interface Outputs {
  readonly products: View;
  readonly bias: View;
  readonly w: View;
  readonly out: View;
}

function launchOutputs(
  engine: Engine,
  lanes: Lanes,
  image: Image,
  { products, bias, w, out }: Outputs,
  [images, ...grid]: Grid,
): void {
  const [, outChannels, rows, columns] = out.shape as [number, number, number, number];
  const planes = images * outChannels;
  const planesPerPart = perPartOf(planes, 4 * grid[0] * grid[1]);
  engine.heap.begin();
  const fields = [
    ...imageFieldsOf(image),
    addressOf(products),
    addressOf(out),
    ...bytesOf(out.strides.slice(0, 3)),
    rows,
    columns,
    addressOf(bias),
    images,
    planesPerPart,
    outChannels,
    ...grid,
    addressOf(w),
    ...bytesOf(w.strides),
  ];
  const kernel = engine.kernel('winograd outputs', () => fromPoints(lanes));
  engine.launch(kernel, fields, Math.ceil(planes / planesPerPart));
}

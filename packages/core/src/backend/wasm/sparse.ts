import { contiguousStrides, isContiguous, numelOf, type Shape } from '../../shape.ts';
import type { Backend, CorrelateGeometry, View } from '../backend.ts';
import type { Call } from './correlate.ts';
import { isSparse, percentOf } from './density.ts';
import { addressOf, type Engine, Template } from './engine.ts';
import type { Lanes } from './kernels/lanes.ts';
import {
  listBytesOf,
  listsOf,
  type Motion,
  packedWords,
  sparseFields,
  sparseModule,
} from './kernels/sparse.ts';
import { partsWanted, roundUp, Tables } from './tables.ts';
import {
  allocate,
  channelsFirst,
  channelsLast,
  channelsSecond,
  inRows,
  narrowed,
  reversed,
  spaced,
} from './views.ts';

/** Images from which on there are parts enough. */
const fewestImages = 8;

/** What the elements of an image meet, and where they go, stay in the second-level cache. */
const mostElements = 2 ** 16;

/** Vectors of a row that registers hold at a time. */
const [fewestVectors, mostVectors] = [3, 7];

/** In instructions: a multiply-add of the other kernels; a vector here, an element that is not 0, and any element. */
const denseCost = 0.6;
const [vectorCost, entryCost, placeCost] = [2, 5, 4];

/** How much less there must be to do: what is laid out anew takes time, too. */
const leastGain = 2;

/**
 * How a correlation goes when it starts from the elements of its sparse operand: an element at some place meets a tap at
 * `first + place · placeStep + tap · tapStep` of an image whose channels lie side by side.
 */
interface Route {
  readonly motion: Motion;
  readonly images: number;
  readonly imageStride: number;
  readonly planes: number;
  readonly planeStride: number;
  readonly places: Shape;
  readonly taps: Shape;
  readonly channels: number;
  readonly extent: Shape;
  readonly first: readonly number[];
  readonly placeSteps: readonly number[];
  readonly tapSteps: readonly number[];
}

function spatial({ shape }: View): Shape {
  return shape.slice(2);
}

/** The images are sparse: their elements go where the taps lead them. */
function spreading({ x, w, out, geometry }: Call): Route {
  const { dilation, inputDilation, padding } = geometry;
  const [places, taps, sizes] = [spatial(x), spatial(w), spatial(out)];
  const befores = padding.map(([before]) => before);
  const lows = taps.map((k, d) => Math.min(0, (befores[d] as number) - (k - 1) * (dilation[d] as number)));
  const highs = places.map((size, d) =>
    Math.max((sizes[d] as number) - 1, (size - 1) * (inputDilation[d] as number) + (befores[d] as number)),
  );
  return {
    motion: 'spread',
    images: x.shape[0] as number,
    imageStride: x.strides[0] as number,
    planes: x.shape[1] as number,
    planeStride: x.strides[1] as number,
    places,
    taps,
    channels: w.shape[0] as number,
    extent: highs.map((high, d) => high - (lows[d] as number) + 1),
    first: befores.map((before, d) => before - (lows[d] as number)),
    placeSteps: inputDilation,
    tapSteps: dilation.map((step) => -step),
  };
}

/** The kernel is sparse: its elements fetch what the outputs, which are few, want of them. */
function collecting({ x, w, out, geometry }: Call): Route {
  const { stride, dilation } = geometry;
  const [places, taps] = [spatial(w), spatial(out)];
  return {
    motion: 'collect',
    images: w.shape[1] as number,
    imageStride: w.strides[1] as number,
    planes: w.shape[0] as number,
    planeStride: w.strides[0] as number,
    places,
    taps,
    channels: x.shape[0] as number,
    extent: places.map(
      (size, d) =>
        (size - 1) * (dilation[d] as number) + ((taps[d] as number) - 1) * (stride[d] as number) + 1,
    ),
    first: places.map(() => 0),
    placeSteps: dilation,
    tapSteps: stride,
  };
}

/** Taps whose channels follow each other, where neighbours meet neighbours. */
function runOf({ taps, tapSteps }: Route): number {
  return Math.abs(tapSteps.at(-1) ?? 0) === 1 ? (taps.at(-1) as number) : 1;
}

/** The largest number of vectors that registers hold of which a row consists. */
function vectorsOf(route: Route, lanes: Lanes): number {
  const perRow = (runOf(route) * route.channels) / lanes.count;
  for (let n = mostVectors; n >= fewestVectors; n--) if (perRow % n === 0) return n;
  return 0;
}

/** How a correlation is computed from the few elements of one operand that are not 0; `null` where it had better not be. */
export function routeOf(call: Call, lanes: Lanes): Route | null {
  const { x, w, start, geometry } = call;
  if (lanes.bytes !== 4 || start !== 'zeros' || geometry.groups !== 1) return null;
  for (const sparse of [x, w]) {
    // A stride would lose some of where an element of the images goes.
    const isLost = sparse === x && geometry.stride.some((n) => n !== 1);
    if (isLost || !isSparse(sparse) || !isContiguous(spatial(sparse), sparse.strides.slice(2))) continue;
    const route = sparse === x ? spreading(call) : collecting(call);
    if (isWorthIt(route, percentOf(sparse) / 100, lanes)) return route;
  }
  return null;
}

function isWorthIt(route: Route, density: number, lanes: Lanes): boolean {
  const { motion, images, planes, channels, taps } = route;
  const vectors = vectorsOf(route, lanes);
  if (motion === 'spread' && planes % 4 > 0) return false;
  if (vectors === 0 || images < fewestImages) return false;
  const tapCount = numelOf(taps);
  const largest = Math.max(numelOf(route.extent), planes * tapCount) * channels;
  if (largest > mostElements) return false;
  const rounds = (tapCount * channels) / lanes.count / vectors;
  const perEntry = rounds * (vectorCost * vectors + entryCost);
  return leastGain * (density * perEntry + placeCost) < denseCost * tapCount * channels;
}

/** A correlation of one geometry by its route, with all that depends on shapes and strides alone worked out. */
export function sparsePlan(engine: Engine, rest: Backend, lanes: Lanes, route: Route): (call: Call) => void {
  const { motion, images, planes, taps, channels, extent } = route;
  const launch = launching(engine, lanes, route);
  const make = (...shape: number[]) => allocate(rest, lanes, shape);

  const spread = ({ x, w, out, geometry: { padding } }: Call) => {
    const weights = make(planes, ...taps, channels);
    rest.copy(reversed(channelsLast(w), taps.length), weights);
    const sums = make(images, ...extent, channels);
    launch(x, weights, sums);
    const starts = route.first.map((first, d) => first - (padding[d]?.[0] ?? 0));
    rest.copy(windowOf(channelsSecond(sums), starts, out.shape), out);
    for (const { storage } of [weights, sums]) storage.free();
  };

  const collect = ({ x, w, out, geometry }: Call) => {
    const inputs = make(images, ...extent, channels);
    layOut(rest, channelsLast(x), inputs, geometry);
    const parts = partsOf(route);
    const sums = make(parts, planes, ...taps, channels);
    launch(w, inputs, sums);
    const total = make(planes, ...taps, channels);
    rest.reduce('sum', inRows(sums, parts), inRows(total, 1));
    rest.copy(channelsFirst(total), out);
    for (const { storage } of [inputs, sums, total]) storage.free();
  };

  return motion === 'spread' ? spread : collect;
}

function imagesPerPart({ images }: Route): number {
  return Math.ceil(images / partsWanted);
}

function partsOf(route: Route): number {
  return Math.ceil(route.images / imagesPerPart(route));
}

/** Launches the kernel on the sparse operand, the other one and the sums. */
function launching(engine: Engine, lanes: Lanes, route: Route): (...views: [View, View, View]) => void {
  const { motion, images, planes, channels, extent } = route;
  const { bytes } = lanes;
  const isSpread = motion === 'spread';
  const tables = new Tables();
  const [places, tapRows, vectors] = [placesOf(route, bytes), rowsOf(route, bytes), vectorsOf(route, lanes)];
  const rowBytes = runOf(route) * channels * bytes;
  const tapBytes = tapRows.length * rowBytes;
  const imageBytes = numelOf(extent) * channels * bytes;
  const perPlane = multiples(planes, tapBytes);
  // Taps' rows follow each other in the weights, or in what the sums of weights are.
  const rows = tapRows.flatMap((row, i) => (isSpread ? [row, i * rowBytes] : [i * rowBytes, row]));
  const [groups, entries] = isSpread ? [places, perPlane] : [perPlane, places];
  const place = {
    words: tables.add(packedWords),
    inSums: tables.add(groups),
    inOther: tables.add(inFours(entries)),
    rows: tables.add(rows),
  };
  const [parts, listBytes] = [partsOf(route), listBytesOf(entries.length)];
  const fields = new Template(sparseFields, {
    sparseImageStride: route.imageStride * bytes,
    planeStride: route.planeStride * bytes,
    sumsBytes: isSpread ? imageBytes : planes * tapBytes,
    otherImageStride: isSpread ? 0 : imageBytes,
    otherBytes: isSpread ? planes * tapBytes : imageBytes,
    groups: groups.length,
    entries: entries.length,
    rowCount: tapRows.length,
    rowBytes,
    images,
    imagesPerPart: imagesPerPart(route),
    listBytes,
  });
  const module = engine.kernel(`sparse ${motion} ${vectors}`, () => sparseModule(lanes, motion, vectors));
  return (sparse, other, sums) => {
    engine.heap.begin();
    const base = tables.place(engine);
    const here = fields.with({
      sparse: addressOf(sparse),
      sums: addressOf(sums),
      other: addressOf(other),
      inSums: base + place.inSums,
      inOther: base + place.inOther,
      rows: base + place.rows,
      lists: engine.heap.scratch(parts * listsOf[motion] * listBytes),
      packedWords: base + place.words,
    });
    engine.launch(module, here, parts);
  };
}

/** How far apart places of what moves are, per spatial dim. */
function extentStrides({ extent, channels }: Route): number[] {
  return contiguousStrides([...extent, channels]).slice(0, -1);
}

/** All sums of one number from each list, in row-major order. */
function sumsOf(lists: readonly (readonly number[])[]): number[] {
  return lists.reduce<number[]>((sums, list) => sums.flatMap((sum) => list.map((n) => sum + n)), [0]);
}

function multiples(count: number, step: number): number[] {
  return Array.from({ length: count }, (_, i) => i * step);
}

/** Where the first tap of each place is. */
function placesOf(route: Route, bytes: number): number[] {
  const strides = extentStrides(route);
  const lists = route.places.map((size, d) => {
    const stride = (strides[d] as number) * bytes;
    const first = (route.first[d] as number) * stride;
    return multiples(size, (route.placeSteps[d] as number) * stride).map((offset) => first + offset);
  });
  return sumsOf(lists);
}

/** Filled up so that whole vectors can be read. */
function inFours(words: readonly number[]): number[] {
  return [...words, ...multiples(roundUp(words.length, 4) - words.length, 0)];
}

/** Where each row of taps begins. Along the last dim they go as memory does, where their steps do. */
function rowsOf(route: Route, bytes: number): number[] {
  const strides = extentStrides(route);
  const lists = route.taps.map((count, d) =>
    multiples(count, (route.tapSteps[d] as number) * (strides[d] as number) * bytes),
  );
  const last = lists.pop() ?? [0];
  if (route.motion === 'spread') last.reverse();
  return sumsOf([...lists, runOf(route) > 1 ? last.slice(0, 1) : last]);
}

/** What begins at some places of the spatial dims of (N, C, …S) and has a shape. */
function windowOf(view: View, starts: readonly number[], shape: Shape): View {
  const offset = starts.reduce((sum, start, d) => sum + start * (view.strides[d + 2] as number), view.offset);
  return { ...view, shape, offset };
}

/** Writes x (N, …S, C) where the geometry has it among zeros, as far as `out` reaches. */
function layOut(rest: Backend, x: View, out: View, { inputDilation, padding }: CorrelateGeometry): void {
  let [source, target] = [x, out];
  let isWhole = true;
  for (const [d, [before]] of padding.entries()) {
    const [dim, step] = [d + 1, inputDilation[d] as number];
    const [size, extent] = [x.shape[dim] as number, out.shape[dim] as number];
    const first = before < 0 ? quotient(step - 1 - before, step) : 0;
    const room = extent - 1 - before;
    const end = room < 0 ? 0 : Math.min(size, quotient(room, step) + 1);
    const count = Math.max(0, end - first);
    isWhole &&= count === extent;
    source = narrowed(source, dim, first, count);
    target = spaced(narrowed(target, dim, first * step + before, count), dim, step);
  }
  if (!isWhole) rest.fill(out, 0);
  if (numelOf(source.shape) > 0) rest.copy(source, target);
}

/** In whole numbers, so that what becomes part of a shape is one for V8, too. */
function quotient(a: number, b: number): number {
  return (a / b) | 0;
}

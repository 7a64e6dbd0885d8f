import { tileSide } from './kernels/dots.ts';
import type { Lanes } from './kernels/lanes.ts';
import type { Neighbours } from './kernels/pack.ts';
import type { Turn } from './kernels/taps.ts';
import { type Gaps, type TileKind, tileVectors, vectorWords } from './kernels/tile.ts';
import { type Layout, layoutOf, type Pair, type Problem, type Triple } from './layout.ts';
import { Tables, vectorStarts } from './tables.ts';

/** All of a call that depends on shapes and strides alone. Places are in the tables, strides in bytes. */
export interface Plan {
  readonly tables: Tables;
  readonly channels: number;
  readonly channelStride: number;
  readonly padding: {
    readonly rows: number;
    readonly rowCount: number;
    readonly columns: number;
    readonly columnCount: number;
    readonly contiguous: boolean;
  } | null;
  readonly kernel: TilePlan | DotsPlan;
}

/** Vectors run over outputs. */
export interface TilePlan extends TileKind {
  readonly kind: 'tile';
  readonly taps: number;
  readonly weightTaps: number;
  /** What lies side by side among the weights. */
  readonly neighbours: Neighbours;
  readonly tapCount: number;
  readonly vectors: number;
  readonly vectorCount: number;
}

/** Vectors run over taps. */
export interface DotsPlan {
  readonly kind: 'dots';
  readonly columns: number;
  readonly columnCount: number;
  readonly steps: number;
  /** Steps with whole vectors; those after them have `tail` elements. */
  readonly wholeCount: number;
  readonly stepCount: number;
  readonly tail: number;
  /** Bytes between the columns of a tile; `null` where they are not evenly spaced. */
  readonly spacing: number | null;
  /** Taps of a channel. */
  readonly tapCount: number;
}

/** @param plain whether sums begin with 0; only tiles begin with anything else */
export function planOf(problem: Problem, plain: boolean, lanes: Lanes): Plan {
  const tables = new Tables();
  const along = plain && isAlongTaps(problem, lanes.count) ? 'taps' : 'outputs';
  const layout = layoutOf(problem, along, lanes.count);
  const makePlan = along === 'taps' ? dotsPlan : tilePlan;
  return {
    tables,
    channels: problem.channels,
    channelStride: layout.channelStride * lanes.bytes,
    padding: paddingPlan(layout, tables, lanes),
    kernel: makePlan(problem, layout, tables, lanes),
  };
}

/** Few outputs and long rows of taps: a gradient with respect to a kernel. */
function isAlongTaps({ taps, outputs, wStrides }: Problem, lanes: number): boolean {
  const count = ([a, b, c]: Triple) => a * b * c;
  return taps[2] >= lanes && wStrides[2] === 1 && count(taps) >= 4 * count(outputs);
}

function paddingPlan({ padding }: Layout, tables: Tables, { bytes, count }: Lanes): Plan['padding'] {
  if (padding === null) return null;
  const pairs = (list: readonly Pair[]) =>
    tables.add(list.flatMap(([from, to]) => [from * bytes, to * bytes]));
  const { columns } = padding;
  const [start = [0, 0]] = columns;
  const contiguous =
    columns.length >= count && columns.every(([from, to], i) => from === start[0] + i && to === start[1] + i);
  const rows = contiguous
    ? padding.rows.map(([from, to]): Pair => [from + start[0], to + start[1]])
    : padding.rows;
  return {
    rows: pairs(rows),
    rowCount: rows.length,
    columns: pairs(columns),
    columnCount: columns.length,
    contiguous,
  };
}

function tilePlan(problem: Problem, layout: Layout, tables: Tables, { bytes, count }: Lanes): TilePlan {
  const { channels, taps, outputs, outStrides, wStrides, wChannelStride } = problem;
  const reads: number[] = [];
  const weights: number[] = [];
  const add = (c: number, z: number, y: number, x: number) => {
    reads.push((c * layout.channelStride + layout.tap(z, y, x)) * bytes);
    weights.push((c * wChannelStride + z * wStrides[0] + y * wStrides[1] + x * wStrides[2]) * bytes);
  };
  // Taps of one place in the outer dim stand together, so that those in the padding can be left out.
  const isPadded = layout.padding !== null;
  if (isPadded)
    forEachPlace([taps[0], taps[1], channels], ([z, y, c]) => forEachOf(taps[2], (x) => add(c, z, y, x)));
  else forEachOf(channels, (c) => forEachPlace(taps, ([z, y, x]) => add(c, z, y, x)));
  const outer = taps[0] > 1 || outputs[0] > 1 ? 0 : 1;
  const perPlace = reads.length / taps[outer];
  const vectors: number[] = [];
  const perRow = outputs[2];
  const rows: Triple = layout.isJoined ? [outputs[0], 1, outputs[1] * perRow] : outputs;
  forEachVector(rows, count, ([z, y, x]) => {
    const last = Math.min(x + count, rows[2]) - 1;
    const met = layout.isJoined ? [Math.floor(x / perRow), Math.floor(last / perRow)] : [y, y];
    const [first, end] = isPadded ? tapsInside(problem, outer, outer === 0 ? [z, z] : met) : [0, taps[outer]];
    vectors.push(layout.at(z, y, x) * bytes, (z * outStrides[0] + y * outStrides[1] + x) * bytes);
    vectors.push(first * perPlace, end * perPlace);
  });
  return {
    kind: 'tile',
    taps: tables.add(reads),
    weightTaps: tables.add(weights),
    neighbours: haveRuns(weights, count, bytes) ? 'taps' : 'none',
    tapCount: reads.length,
    vectors: tables.add(vectors),
    vectorCount: vectors.length / vectorWords,
    width: Math.min(rows[2], count),
    turn: turnOf(reads, !isPadded),
    spacings: commonGaps(vectors),
  };
}

/** Whether there are neighbours enough to fill a vector; where the first and the last seem to be, all must. */
function haveRuns(offsets: readonly number[], count: number, bytes: number): boolean {
  const starts = offsets.flatMap((offset, i) =>
    offsets[i + count - 1] === offset + (count - 1) * bytes ? [i] : [],
  );
  const isRun = (start: number) =>
    offsets
      .slice(start, start + count)
      .every((offset, i) => offset === (offsets[start] as number) + i * bytes);
  return starts.length > 0 && starts.every(isRun);
}

/**
 * Vectors in the order in which tall tiles take them. What rows leave over goes together: the last vectors of as many
 * rows as a tile has vectors, one below the other, so that few distances occur within tiles.
 */
function forEachVector([depth, height, width]: Triple, lanes: number, visit: (at: Triple) => void): void {
  const starts = vectorStarts(width, lanes);
  const alone = starts.length - (starts.length % tileVectors);
  const rowsAtOnce = alone === starts.length ? 1 : tileVectors;
  forEachPlace([depth, Math.ceil(height / rowsAtOnce), 1], ([z, block]) => {
    const first = block * rowsAtOnce;
    const rows = Array.from({ length: Math.min(rowsAtOnce, height - first) }, (_, i) => first + i);
    for (const y of rows) for (const x of starts.slice(0, alone)) visit([z, y, x]);
    for (const x of starts.slice(alone)) for (const y of rows) visit([z, y, x]);
  });
}

/** Lengths of turns, the best first: the longer, the less it counts what a turn costs beside its taps; but so does code. */
const turnLengths = [9, 8, 10, 12, 11, 15, 16, 18, 25, 27, 7, 6, 5, 4];

/**
 * How taps follow each other: at best in whole turns, or else with some at the end that are none. Vectors that begin at a
 * later place find the same turns there, as places are evenly spaced.
 * @param readAll whether no vector leaves out taps
 */
function turnOf(reads: readonly number[], readAll: boolean): Turn {
  const offsetsOf = (length: number) => reads.slice(0, length).map((at) => at - (reads[0] as number));
  const isTurn = (length: number) => {
    const offsets = offsetsOf(length);
    const isAlike = (at: number, t: number) =>
      at - (reads[t - (t % length)] as number) === offsets[t % length];
    // Immediate offsets of loads have no sign.
    return length <= reads.length && offsets.every((at) => at >= 0) && reads.every(isAlike);
  };
  const lengths = turnLengths.filter(isTurn);
  const length = lengths.find((each) => reads.length % each === 0) ?? lengths[0] ?? 0;
  return { offsets: offsetsOf(length), isAll: readAll && reads.length === length };
}

/** Tiles for so many distances are worth their code. */
const mostGaps = 3;

function commonGaps(vectors: readonly number[]): Gaps[] {
  const counts = new Map<string, { gaps: Gaps; count: number }>();
  for (let at = 0; at + tileVectors * vectorWords <= vectors.length; at += tileVectors * vectorWords) {
    const places = Array.from({ length: tileVectors }, (_, j) => vectors[at + j * vectorWords] as number);
    const gaps = places.slice(1).map((place, j) => place - (places[j] as number));
    // Distances are immediate offsets of loads, which have no sign.
    if (gaps.some((gap) => gap <= 0)) continue;
    const count = counts.get(`${gaps}`)?.count ?? 0;
    counts.set(`${gaps}`, { gaps, count: count + 1 });
  }
  const byCount = [...counts.values()].sort((a, b) => b.count - a.count);
  return byCount.slice(0, mostGaps).map(({ gaps }) => gaps);
}

/** From which tap in a dim to which some outputs there meet the image, and not only its padding; one at least. */
function tapsInside(
  { sizes, taps, stride, dilation, spread, before }: Problem,
  d: 0 | 1,
  [firstOutput, lastOutput]: readonly number[],
): [first: number, end: number] {
  const placesOf = (output = 0) =>
    Array.from({ length: taps[d] }, (_, tap) => output * stride[d] + tap * dilation[d] - before[d]);
  const last = (sizes[d] - 1) * spread[d];
  const first = Math.min(placesOf(lastOutput).filter((at) => at < 0).length, taps[d] - 1);
  return [first, Math.max(placesOf(firstOutput).filter((at) => at <= last).length, first + 1)];
}

function dotsPlan(problem: Problem, layout: Layout, tables: Tables, { bytes, count }: Lanes): DotsPlan {
  const { taps, outputs, outStrides, wStrides } = problem;
  const columns: number[] = [];
  forEachPlace(outputs, ([z, y, x]) => {
    columns.push(
      layout.at(z, y, x) * bytes,
      (z * outStrides[0] + y * outStrides[1] + x * outStrides[2]) * bytes,
    );
  });
  const tail = taps[2] % count;
  const [whole, tails]: [number[], number[]] = [[], []];
  forEachPlace([taps[0], taps[1], Math.ceil(taps[2] / count)], ([z, y, i]) => {
    const x = i * count;
    const list = x + count > taps[2] ? tails : whole;
    list.push((z * wStrides[0] + y * wStrides[1] + x) * bytes, (layout.tap(z, y, 0) + x) * bytes);
  });
  return {
    kind: 'dots',
    columns: tables.add(columns),
    columnCount: columns.length / 2,
    steps: tables.add([...whole, ...tails]),
    wholeCount: whole.length / 2,
    stepCount: (whole.length + tails.length) / 2,
    tail,
    spacing: spacingOf(columns),
    tapCount: taps[0] * taps[1] * taps[2],
  };
}

/** The distance in x between the columns of each tile, if it is one for all. */
function spacingOf(columns: readonly number[]): number | null {
  const spacing = (columns[2] ?? 0) - (columns[0] as number);
  for (let at = 2; at < columns.length; at += 2) {
    const startsTile = (at / 2) % tileSide === 0;
    if (!startsTile && (columns[at] as number) - (columns[at - 2] as number) !== spacing) return null;
  }
  return spacing > 0 ? spacing : null;
}

function forEachOf(count: number, visit: (i: number) => void): void {
  for (let i = 0; i < count; i++) visit(i);
}

function forEachPlace([depth, height, width]: Triple, visit: (at: Triple) => void): void {
  for (let z = 0; z < depth; z++)
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) visit([z, y, x]);
}

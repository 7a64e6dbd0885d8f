import { numelOf } from '../../shape.ts';
import type { Backend, View } from '../backend.ts';
import { type Axis, axesOf, countOf, perPartOf, pushDims } from './axes.ts';
import { addressOf, type Engine } from './engine.ts';
import {
  columnsPerBlock,
  foldColumns,
  foldRuns,
  type Reduction,
  reductions,
  type Stages,
} from './kernels/reduce.ts';

/** Elements that are folded by a part. */
const partElements = 32_768;

/** Ranks of dims for which there are kernels; smaller ones are filled up. */
const ranks = [1, 6] as const;

/** What is to be folded: `kept` steps through input and output, `folded` through the input. Innermost first. */
interface Fold {
  readonly x: number;
  readonly out: number;
  readonly kept: readonly Axis[];
  readonly folded: readonly Axis[];
}

function rankFor(...axes: readonly (readonly Axis[])[]): number | undefined {
  return ranks.find((rank) => axes.every(({ length }) => length <= rank));
}

function runFold(engine: Engine, name: string, reduction: Reduction, fold: Fold): boolean {
  const [inner] = fold.kept;
  const sideBySide = inner?.steps[0] === reduction.from && inner.steps[1] === reduction.to;
  return inner !== undefined && sideBySide && !isContiguous(reduction, fold)
    ? runColumns(engine, name, reduction, fold, inner)
    : runRuns(engine, name, reduction, fold);
}

/** Whether elements that fall together lie side by side. */
function isContiguous({ from }: Reduction, { folded }: Fold): boolean {
  return folded[0]?.steps[0] === from;
}

function runRuns(engine: Engine, name: string, reduction: Reduction, fold: Fold): boolean {
  const { x, out, kept, folded } = fold;
  const [run = { size: 1, steps: [0] }, ...runs] = folded;
  const rank = rankFor(kept, runs);
  if (rank === undefined) return false;
  const contiguous = isContiguous(reduction, fold);
  const key = `${name} ${contiguous ? 'runs' : 'strided runs'} ${rank}`;
  const kernel = engine.kernel(key, () => foldRuns(reduction, contiguous, rank));
  const results = countOf(kept);
  const perPart = perPartOf(results, countOf(folded));
  const fields = [x, out, run.size, run.steps[0] as number, countOf(runs), results, perPart];
  pushDims(fields, kept, rank, 2);
  pushDims(fields, runs, rank, 1);
  engine.launch(kernel, fields, Math.ceil(results / perPart));
  return true;
}

function runColumns(
  engine: Engine,
  name: string,
  reduction: Reduction,
  { x, out, kept, folded }: Fold,
  inner: Axis,
): boolean {
  const columns = columnsPerBlock(reduction);
  const along = {
    size: Math.ceil(inner.size / columns),
    steps: [columns * reduction.from, columns * reduction.to],
  };
  const dims = [along, ...kept.slice(1)];
  const rank = rankFor(dims, folded);
  if (rank === undefined) return false;
  const kernel = engine.kernel(`${name} columns ${rank}`, () => foldColumns(reduction, rank));
  const [blocks, rows] = [countOf(dims), countOf(folded)];
  const perPart = perPartOf(blocks, rows * Math.min(columns, inner.size));
  const fields = [x, out, inner.size, rows, blocks, perPart];
  pushDims(fields, dims, rank, 2);
  pushDims(fields, folded, rank, 1);
  engine.launch(kernel, fields, Math.ceil(blocks / perPart));
  return true;
}

/**
 * Where few results take many elements each, the outermost folded axis is cut, so that there is work for several
 * threads: first its pieces are folded, and then what comes of them.
 */
function runInPieces(engine: Engine, name: string, fold: Fold): boolean {
  const { whole, part, rest } = reductions[name] as Stages;
  const { kept, folded } = fold;
  const [cut, size] = [folded.at(-1), pieceOf(fold)];
  if (cut === undefined || size >= cut.size) return runFold(engine, name, whole, fold);

  const [pieces, left] = [Math.floor(cut.size / size), cut.size % size];
  const row = pieces + Math.sign(left);
  const scratch = engine.heap.scratch(countOf(kept) * row * part.to);
  const step = cut.steps[0] as number;
  let stride = row * part.to;
  /** For each kept axis its steps through input, scratch and output. */
  const steps = kept.map((axis) => {
    const inScratch = stride;
    stride *= axis.size;
    return [axis.steps[0] as number, inScratch, axis.steps[1] as number] as const;
  });
  const between = (from: 0 | 1, to: 1 | 2): Axis[] =>
    kept.map(({ size }, i) => ({ size, steps: [steps[i]?.[from] as number, steps[i]?.[to] as number] }));
  const runPieces = (first: number, length: number, along: Axis[]) =>
    runRuns(engine, `${name} part`, part, {
      x: fold.x + first * size * step,
      out: scratch + first * part.to,
      kept: [...between(0, 1), ...along],
      folded: [...folded.slice(0, -1), { size: length, steps: [step] }],
    });
  const ran = runPieces(0, size, [{ size: pieces, steps: [size * step, part.to] }]);
  if (!ran || (left > 0 && !runPieces(pieces, left, []))) return false;
  const results = {
    x: scratch,
    out: fold.out,
    kept: between(1, 2),
    folded: [{ size: row, steps: [part.to] }],
  };
  return runRuns(engine, `${name} rest`, rest, results);
}

/** How much of the outermost folded axis makes a piece; all of it, where cutting does not pay. */
function pieceOf({ kept, folded }: Fold): number {
  const [results, elements] = [countOf(kept), countOf(folded)];
  const size = folded.at(-1)?.size ?? 1;
  if (results >= 8 || results * elements < 2 * partElements) return size;
  const pieces = Math.ceil(elements / partElements);
  // Of elements side by side, a multiple of any vector.
  const multiple = folded.length === 1 ? 8 : 1;
  return multiple * Math.ceil(size / pieces / multiple);
}

export function reduce(engine: Engine, fallback: Backend): Backend['reduce'] {
  return (kernel, x, out) => {
    engine.heap.begin();
    const name = `${kernel} ${x.storage.dtype}`;
    const known = reductions[name] !== undefined && x.storage.dtype === out.storage.dtype;
    const fold = known && numelOf(x.shape) > 0 ? foldOf(x, out) : undefined;
    if (fold === undefined || !runInPieces(engine, name, fold)) fallback.reduce(kernel, x, out);
  };
}

/** Sorts the dims into those that `out` keeps and those that it has lost. */
function foldOf(x: View, out: View): Fold {
  const lost = x.shape.map((size, d) => (out.shape[d] === 1 ? size : 1));
  return {
    x: addressOf(x),
    out: addressOf(out),
    kept: axesOf(out.shape, [x, out], 0),
    folded: axesOf(lost, [x], 0),
  };
}

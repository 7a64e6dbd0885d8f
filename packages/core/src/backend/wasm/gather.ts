import { type Geometry, mayOverlap, numelOf, sameShape } from '../../shape.ts';
import type { Storage } from '../../storage.ts';
import type { Backend, ScatterKernel, View } from '../backend.ts';
import { forEachRun } from '../reference/iterate.ts';
import { type Axis, axesOf, countOf, perPartOf, pushDims } from './axes.ts';
import { addressOf, bytesPerElement, type Engine, type Kernel } from './engine.ts';
import {
  gatherRows,
  gathers,
  type Move,
  moveIndexed,
  moveRows,
  scatterRows,
  scatters,
} from './kernels/gather.ts';
import { noteAddress } from './threads/protocol.ts';

/** Elements that are moved by a part. */
const partElements = 16_384;

/** Ranks of the dims around a run for which there are kernels; smaller ones are filled up. */
const ranks = [2, 6] as const;

/** The operands of a call in the order of the kernels, with the steps of all along the index. */
interface Lookup {
  readonly views: readonly [indexed: View, index: View, beside: View];
  /** Size and stride of the indexed dim. */
  readonly size: number;
  readonly stride: number;
  readonly inner: Axis;
  readonly outer: readonly Axis[];
  readonly rank: (typeof ranks)[number];
}

function lookupOf(indexed: View, dim: number, index: View, beside: View): Lookup | undefined {
  // The index brings the steps along its dim.
  const across = {
    storage: indexed.storage,
    strides: indexed.strides.map((stride, d) => (d === dim ? 0 : stride)),
  };
  const [inner = { size: 1, steps: [0, 0, 0] }, ...outer] = axesOf(index.shape, [across, index, beside]);
  const rank = ranks.find((most) => outer.length <= most);
  if (rank === undefined || index.storage.dtype !== 'int32') return undefined;
  const stride = (indexed.strides[dim] ?? 0) * bytesPerElement[indexed.storage.dtype];
  return { views: [indexed, index, beside], size: indexed.shape[dim] ?? 1, stride, inner, outer, rank };
}

/** Of which elements it is known that all are positions in a dim of a size. */
interface Proof extends Geometry {
  readonly version: number;
  readonly size: number;
}

/** By the storage of the index, since that which was gathered by is soon scattered by. */
const proofs = new WeakMap<Storage, Proof>();

/** Positions that are looked at here, so that nobody has to wait for what a kernel finds. */
const fewPositions = 4096;

function isProven(index: View, size: number): boolean {
  const { storage, shape, strides, offset } = index;
  const proof = proofs.get(storage);
  if (
    proof?.version === storage.version &&
    proof.size <= size &&
    proof.offset === offset &&
    sameShape(proof.shape, shape) &&
    sameShape(proof.strides, strides)
  ) {
    return true;
  }
  if (!storage.isInitial || numelOf(shape) > fewPositions || !areWithin(index, size)) return false;
  prove(index, size);
  return true;
}

function areWithin({ storage, shape, ...places }: View, size: number): boolean {
  const { data } = storage;
  let stray = 0;
  forEachRun(shape, [places], (length, [at = 0], [step = 0]) => {
    for (let i = 0; i < length; i++) {
      const position = data[at + i * step] as number;
      if (position < 0 || position >= size) stray++;
    }
  });
  return stray === 0;
}

function prove({ storage, shape, strides, offset }: View, size: number): void {
  proofs.set(storage, { shape, strides, offset, size, version: storage.version });
}

/** How a kernel may be run: cut into parts, and a part once more after it was left in the middle. */
interface Manner {
  readonly cut: boolean;
  readonly again: boolean;
}

/** @returns whether every index was in its dim */
function launch(
  engine: Engine,
  kernel: Kernel,
  lookup: Lookup,
  length: number,
  { cut, again }: Manner = { cut: true, again: true },
): boolean {
  const { views, size, stride, inner, outer, rank } = lookup;
  const addresses = views.map(addressOf);
  const runs = countOf(outer);
  const perPart = cut ? perPartOf(runs, inner.size, partElements) : runs;
  const fields = [...addresses, size, stride, noteAddress, length, ...inner.steps, runs, perPart];
  pushDims(fields, outer, rank, views.length);
  engine.launch(kernel, fields, Math.ceil(runs / perPart), again);
  const [, index] = views;
  if (isProven(index, size)) return true;
  if (engine.wasNoted()) return false;
  prove(index, size);
  return true;
}

function runGather(engine: Engine, x: View, dim: number, index: View, out: View): boolean {
  const lookup = lookupOf(x, dim, index, out);
  const bytes = bytesPerElement[x.storage.dtype];
  if (lookup === undefined) return false;
  const { inner, rank } = lookup;
  if (leadsToRows(inner, bytes) && bytes >= 4) {
    const kernel = engine.kernel(`gather rows ${rank}`, () => moveRows(gatherRows, rank));
    return launch(engine, kernel, lookup, inner.size * bytes);
  }
  const kernel = engine.kernel(`gather ${bytes} ${rank}`, () => moveIndexed(gathers[bytes] as Move, rank));
  return launch(engine, kernel, lookup, inner.size);
}

/** True where one index leads to a whole run of neighbours, which lie beside each other on both sides. */
function leadsToRows({ steps: [indexed, index, beside] }: Axis, bytes: number): boolean {
  return index === 0 && indexed === bytes && beside === bytes;
}

function runScatter(
  engine: Engine,
  name: ScatterKernel,
  out: View,
  dim: number,
  index: View,
  source: View,
): boolean {
  const { dtype } = out.storage;
  const [lookup, move] = [lookupOf(out, dim, index, source), scatters[name][dtype]];
  if (lookup === undefined || move === undefined) return false;
  const { inner, outer, rank } = lookup;
  const bytes = bytesPerElement[dtype];
  // Runs may be combined at the same time only where no two of them meet in one element.
  const apart = outer.every(({ steps }) => steps[0] !== 0) && !mayOverlap(out.shape, out.strides);
  const manner = { cut: apart, again: false };
  const rows = leadsToRows(inner, bytes) ? scatterRows[name]?.[dtype] : undefined;
  if (rows !== undefined) {
    const kernel = engine.kernel(`scatter ${name} rows ${dtype} ${rank}`, () => moveRows(rows, rank));
    return launch(engine, kernel, lookup, inner.size * bytes, manner);
  }
  const kernel = engine.kernel(`scatter ${name} ${dtype} ${rank}`, () => moveIndexed(move, rank));
  return launch(engine, kernel, lookup, inner.size, manner);
}

/** Where an index is outside of its dim, nothing is moved for it, and the fallback says what is wrong. */
export function gathering(engine: Engine, fallback: Backend): Pick<Backend, 'gather' | 'scatter'> {
  return {
    gather: (x, dim, index, out) => {
      engine.heap.begin();
      const done = numelOf(index.shape) === 0 || runGather(engine, x, dim, index, out);
      if (!done) fallback.gather(x, dim, index, out);
    },
    scatter: (kernel, out, dim, index, source) => {
      engine.heap.begin();
      const done = numelOf(index.shape) === 0 || runScatter(engine, kernel, out, dim, index, source);
      if (!done) fallback.scatter(kernel, out, dim, index, source);
    },
  };
}

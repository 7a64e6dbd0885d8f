import type { Backend, View } from '../backend.ts';
import { addressOf, type Engine, Template } from './engine.ts';
import { isFloatDType, type Lanes, lanesOf } from './kernels/lanes.ts';
import { packColumns, packColumnsFields, packRows, packRowsFields } from './kernels/pack.ts';
import { tileFields, tileKernel, tileRows, tileVectors } from './kernels/tile.ts';
import { PlanCache, partsWanted, roundUp, Tables, vectorStarts } from './tables.ts';

/** A batch of products of one size, with strides in bytes. */
interface Product {
  readonly images: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly a: Matrix;
  readonly b: Matrix;
  readonly out: Matrix;
}

interface Matrix {
  readonly image: number;
  readonly row: number;
  readonly column: number;
}

/** A product of one geometry, with all that depends on sizes and strides alone worked out. */
type Multiplication = (a: number, b: number, out: number) => void;

interface Plan {
  readonly tables: Tables;
  /** Byte offsets of the columns of a. */
  readonly aTaps: number;
  /** Byte offsets of the rows of b, as the tiles read it. */
  readonly bTaps: number;
  /** A zero for each row, which the sums begin with. */
  readonly zeros: number;
  /** For each pass over some rows of b, for each vector of columns: where it is in b as the tiles read it, where in out,
   * and the rows. */
  readonly passes: readonly number[];
  /** Pairs for each vector: where it is in b, and in packed b. */
  readonly packing: number;
  readonly vectorCount: number;
  readonly packedBytes: number;
}

/** Vectors of a panel of packed b: those that the tall tiles take at once. */
const panelVectors = tileVectors;

/** Rows of b that a pass goes through: a panel of them and a block of a's columns stay in the first-level cache. */
const mostRowsPerPass = 512;

/** Rows of a, up to which b is read where it lies: packing would take as long as the product. */
const fewRows = 4;

/** Rows of b that the tiles go through at a turn. */
const tapsPerTurn = 8;

/** Matrix products of floats; `fallback` does the rest. */
export function matmul(engine: Engine, fallback: Backend): Backend['matmul'] {
  const known = new PlanCache<Multiplication>();
  return (a, b, out) => {
    const { dtype } = out.storage;
    const operands = inRows(a, b, out);
    const isEmpty = out.shape.includes(0) || a.shape.at(-1) === 0;
    if (!isFloatDType(dtype) || isEmpty || !operands) {
      fallback.matmul(a, b, out);
      return;
    }
    const lanes = lanesOf(dtype, engine.features.relaxed);
    for (const batch of evenBatches(operands)) {
      const product = productOf(batch, lanes.bytes);
      const multiply = known.get(keyOf(product, lanes), () => prepared(engine, product, lanes));
      engine.heap.begin();
      const [left, right, results] = batch.operands;
      multiply(addressOf(left), addressOf(right), addressOf(results));
    }
  };
}

type Operands = readonly [a: View, b: View, out: View];

/** The product with results side by side in rows, as they are stored; `null` where they lie neither so nor in columns. */
function inRows(a: View, b: View, out: View): Operands | null {
  if (out.strides.at(-1) === 1 || out.shape.at(-1) === 1) return [a, b, out];
  // (a b)ᵀ = bᵀ aᵀ
  return out.strides.at(-2) === 1 ? [transposed(b), transposed(a), transposed(out)] : null;
}

function transposed({ storage, shape, strides, offset }: View): View {
  const swapped = (list: readonly number[]) => [...list.slice(0, -2), ...list.slice(-2).reverse()];
  return { storage, shape: swapped(shape), strides: swapped(strides), offset };
}

/** Matrices that lie at even distances from each other. */
interface Batch {
  readonly operands: Operands;
  readonly images: number;
  /** The distances, in elements. */
  readonly strides: readonly number[];
}

/** A batch as it is, or in slices of its shortest dim: heads that were split off the features do not lie evenly. */
function* evenBatches(operands: Operands): Generator<Batch> {
  const batch = batchOf(operands);
  if (batch !== null) {
    yield batch;
    return;
  }
  const leading = operands[2].shape.slice(0, -2);
  const size = Math.min(...leading.filter((n) => n > 1));
  const dim = leading.indexOf(size);
  for (let i = 0; i < size; i++) {
    const [a, b, out] = operands;
    yield* evenBatches([sliceAt(a, dim, i), sliceAt(b, dim, i), sliceAt(out, dim, i)]);
  }
}

function sliceAt({ storage, shape, strides, offset }: View, dim: number, index: number): View {
  const others = (list: readonly number[]) => list.filter((_, d) => d !== dim);
  const start = offset + index * (strides[dim] as number);
  return { storage, shape: others(shape), strides: others(strides), offset: start };
}

function batchOf(operands: Operands): Batch | null {
  const [, , out] = operands;
  let [images, steps]: [number, readonly number[]] = [1, [0, 0, 0]];
  for (let d = out.shape.length - 3; d >= 0; d--) {
    const size = out.shape[d] as number;
    if (size === 1) continue;
    const here = operands.map(({ strides }) => strides[d] as number);
    if (images === 1) steps = here;
    else if (here.some((stride, i) => stride !== (steps[i] as number) * images)) return null;
    images *= size;
  }
  return { operands, images, strides: steps };
}

function productOf({ operands: [a, b, out], images, strides }: Batch, bytes: number): Product {
  const matrix = (view: View, i: number): Matrix => ({
    image: (strides[i] as number) * bytes,
    row: (view.strides.at(-2) as number) * bytes,
    column: (view.strides.at(-1) as number) * bytes,
  });
  return {
    images,
    m: out.shape.at(-2) as number,
    k: a.shape.at(-1) as number,
    n: out.shape.at(-1) as number,
    a: matrix(a, 0),
    b: matrix(b, 1),
    out: matrix(out, 2),
  };
}

function keyOf({ images, m, k, n, a, b, out }: Product, { bytes }: Lanes): number[] {
  const key = [bytes, images, m, k, n];
  for (const { image, row, column } of [a, b, out]) key.push(image, row, column);
  return key;
}

function prepared(engine: Engine, product: Product, lanes: Lanes): Multiplication {
  const { images, m, k, n, out } = product;
  const { bytes, count } = lanes;
  const direct = m <= fewRows && product.b.column === bytes && n >= count;
  const plan = planOf(product, direct, lanes);
  const packedA = packA(engine, product, plan, lanes);
  const packedB = direct ? null : packB(engine, product, plan, lanes);
  const rowsPerPart = Math.min(roundUp(m, tileRows), mostRowsPerPart);
  const cuts = Math.ceil(partsWanted / (images * Math.ceil(m / rowsPerPart)));
  const vectorsPerPart = Math.max(12, roundUp(Math.ceil(plan.vectorCount / cuts), 12));
  const width = Math.min(n, count);
  // Vectors of packed b lie side by side.
  const gaps = new Array<number>(panelVectors - 1).fill(count * bytes);
  const step = direct ? product.b.row : panelVectors * count * bytes;
  const length = step < 0 ? 0 : tapsPerTurn;
  const turn = { offsets: Array.from({ length }, (_, i) => i * step), isAll: false };
  const kernel = tileKernel(engine, lanes, { width, turn, spacings: [gaps] });
  const fields = new Template(tileFields, {
    xImageStride: packedB?.image ?? product.b.image,
    xGroupStride: 0,
    outImageStride: out.image,
    outChannelStride: out.row,
    wImageStride: packedA.image,
    tapCount: k,
    vectorCount: plan.vectorCount,
    groups: 1,
    outPerGroup: m,
    rowsPerPart,
    vectorsPerPart,
  });
  const parts = images * Math.ceil(m / rowsPerPart) * Math.ceil(plan.vectorCount / vectorsPerPart);
  return (a, b, out) => {
    const base = plan.tables.place(engine);
    const w = packedA.pack(a, base);
    const x = packedB?.pack(b, base) ?? b;
    for (const [i, vectors] of plan.passes.entries()) {
      const isFirst = i === 0;
      const here = fields.with({
        x,
        out,
        w,
        bias: isFirst ? base + plan.zeros : 0,
        taps: base + plan.bTaps,
        vectors: base + vectors,
      });
      engine.launch(kernel, here, parts, isFirst);
    }
  };
}

/** Rows of a whose packed form stays in the second-level cache. */
const mostRowsPerPart = 22 * tileRows;

function planOf({ m, k, n, a, b, out }: Product, direct: boolean, { bytes, count }: Lanes): Plan {
  const tables = new Tables();
  const vectorBytes = count * bytes;
  const panelBytes = k * panelVectors * vectorBytes;
  const starts = vectorStarts(n, count);
  const packed = (v: number) => Math.floor(v / panelVectors) * panelBytes + (v % panelVectors) * vectorBytes;
  const each = (length: number, step: number) => Array.from({ length }, (_, i) => i * step);
  // A vector that overlaps the one before must not be added to twice.
  const perPass = n % count === 0 ? Math.ceil(k / Math.ceil(k / mostRowsPerPass)) : k;
  const passes = Array.from(
    { length: Math.ceil(k / perPass) },
    (_, i) => [i * perPass, (i + 1) * perPass] as const,
  );
  return {
    tables,
    zeros: tables.add(new Array((m * bytes) / 4).fill(0)),
    aTaps: tables.add(each(k, a.column)),
    bTaps: tables.add(each(k, direct ? b.row : panelVectors * vectorBytes)),
    passes: passes.map(([first, end]) =>
      tables.add(
        starts.flatMap((at, v) => [
          direct ? at * b.column : packed(v),
          at * out.column,
          first,
          Math.min(end, k),
        ]),
      ),
    ),
    packing: tables.add(starts.flatMap((at, v) => [at * b.column, packed(v)])),
    vectorCount: starts.length,
    packedBytes: roundUp(starts.length, panelVectors) * k * vectorBytes,
  };
}

/** Lays a matrix out anew. */
interface Packing {
  /** Bytes from one packed matrix to the next. */
  readonly image: number;
  /** @returns the address of the packed matrices, given that of the matrix and that of the tables */
  pack(address: number, base: number): number;
}

function packA(engine: Engine, { images, m, k, a }: Product, plan: Plan, lanes: Lanes): Packing {
  const matrixBytes = m * k * lanes.bytes;
  const copies = a.image === 0 ? 1 : images;
  const neighbours = a.column === lanes.bytes ? 'taps' : a.row === lanes.bytes ? 'rows' : 'none';
  const kernel = engine.kernel(`packRows ${lanes.dtype} ${neighbours}`, () =>
    packRows(lanes, tileRows, neighbours),
  );
  const fields = new Template(packRowsFields, {
    wImageStride: a.image,
    rowStride: a.row,
    outImageStride: matrixBytes,
    tapCount: k,
    groups: 1,
    rowsPerGroup: m,
    rowsPerPart: mostRowsPerPart,
  });
  return {
    image: a.image === 0 ? 0 : matrixBytes,
    pack(w, base) {
      const out = engine.heap.scratch(copies * matrixBytes);
      const here = fields.with({ w, out, taps: base + plan.aTaps });
      engine.launch(kernel, here, copies * Math.ceil(m / mostRowsPerPart));
      return out;
    },
  };
}

/** Vectors of packed b that one part lays out. */
const vectorsPackedPerPart = 16;

function packB(engine: Engine, { images, k, b, n }: Product, plan: Plan, lanes: Lanes): Packing {
  const copies = b.image === 0 ? 1 : images;
  const layout =
    b.column === lanes.bytes ? 'columns' : b.row === lanes.bytes && n >= lanes.count ? 'rows' : 'any';
  const kernel = engine.kernel(`packColumns ${lanes.dtype} ${layout}`, () => packColumns(lanes, layout));
  const fields = new Template(packColumnsFields, {
    xImageStride: b.image,
    rowStride: b.row,
    columnStride: b.column,
    outImageStride: plan.packedBytes,
    vectorCount: plan.vectorCount,
    rowCount: k,
    outRowStride: panelVectors * lanes.count * lanes.bytes,
    vectorsPerPart: vectorsPackedPerPart,
  });
  return {
    image: b.image === 0 ? 0 : plan.packedBytes,
    pack(x, base) {
      const out = engine.heap.scratch(copies * plan.packedBytes);
      const here = fields.with({ x, out, vectors: base + plan.packing });
      engine.launch(kernel, here, copies * Math.ceil(plan.vectorCount / vectorsPackedPerPart));
      return out;
    },
  };
}

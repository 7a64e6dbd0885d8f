import {
  type CallInfo,
  given,
  type Primitive,
  primitive,
  type Rule,
  type Sample,
  type ViewRow,
} from '../autograd/primitive.ts';
import type { Backend, View } from '../backend/backend.ts';
import { apply } from '../dispatch.ts';
import type { DType } from '../dtype.ts';
import {
  broadcastStrides,
  contiguousStrides,
  extentOf,
  type Geometry,
  isContiguous,
  numelOf,
  type Shape,
  sameShape,
  viewStrides,
} from '../shape.ts';
import type { Storage } from '../storage.ts';
import type { Tensor } from '../tensor.ts';
import { ne, where } from './elementwise.ts';
import { constant } from './operand.ts';

/** Row-major geometry of a whole storage. */
export function contiguous(shape: Shape): Geometry {
  return { shape, strides: contiguousStrides(shape), offset: 0 };
}

const reshapeRow = primitive<Shape>({
  name: 'reshape',
  vjp: given([], (g, _, { inputs: [x] }) => reshape(g, x.shape)),
  samples: [
    { inputs: [{ shape: [2, 6] }], params: [3, 4] },
    { inputs: [{ shape: [] }], params: [1, 1] },
    { inputs: [{ shape: [0, 3] }], params: [3, 0, 2] },
  ],
  view: ({ shape, strides, offset }, target) => {
    const found = viewStrides(shape, strides, target);
    return found && { shape: target, strides: found, offset };
  },
});

/** The elements in another shape of as many elements: a view where one can be had, a copy elsewhere. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  return apply(reshapeRow, [x], shape);
}

const permuteRow = primitive<readonly number[]>({
  name: 'permute',
  vjp: given([], (g, _, { params }) => permute(g, inverse(params))),
  samples: [
    { inputs: [{ shape: [2, 3, 4] }], params: [2, 0, 1] },
    { inputs: [{ shape: [] }], params: [] },
    { inputs: [{ shape: [0, 2] }], params: [1, 0] },
  ],
  view: ({ shape, strides, offset }, order) => ({
    shape: order.map((d) => shape[d] as number),
    strides: order.map((d) => strides[d] as number),
    offset,
  }),
});

/** The dims in another order. */
export function permute(x: Tensor, order: readonly number[]): Tensor {
  return apply(permuteRow, [x], order);
}

function inverse(order: readonly number[]): number[] {
  const result = new Array<number>(order.length);
  for (const [to, from] of order.entries()) result[from] = to;
  return result;
}

const expandRow = primitive<Shape>({
  name: 'expand',
  // The walk sums what was broadcast.
  vjp: given([], (g) => g),
  samples: [
    { inputs: [{ shape: [3, 1] }], params: [2, 3, 4] },
    { inputs: [{ shape: [] }], params: [2] },
    { inputs: [{ shape: [1] }], params: [0] },
  ],
  view: (x, shape) => ({ shape, strides: broadcastStrides(x, shape), offset: x.offset }),
});

/** A view that repeats dims of size 1, and new ones in front, without a copy. */
export function expand(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : apply(expandRow, [x], shape);
}

/** For each dim: the first index, how many, and how far apart; a negative step runs backwards. */
export interface SliceParams {
  readonly starts: readonly number[];
  readonly sizes: readonly number[];
  readonly steps: readonly number[];
}

const sliceRow = scattered<SliceParams>({
  name: 'slice',
  samples: [
    { inputs: [{ shape: [4, 5] }], params: { starts: [1, 0], sizes: [2, 3], steps: [1, 2] } },
    { inputs: [{ shape: [4] }], params: { starts: [3], sizes: [4], steps: [-1] } },
    { inputs: [{ shape: [3, 2] }], params: { starts: [3, 0], sizes: [0, 2], steps: [1, 1] } },
  ],
  view: sliceGeometry,
});

function sliceGeometry({ strides, offset }: Geometry, { starts, sizes, steps }: SliceParams): Geometry {
  let skipped = 0;
  for (let d = 0; d < starts.length; d++) skipped += (starts[d] as number) * (strides[d] as number);
  return {
    shape: sizes,
    strides: strides.map((stride, d) => stride * (steps[d] as number)),
    // An empty slice may begin one past the end.
    offset: numelOf(sizes) === 0 ? offset : offset + skipped,
  };
}

/** Every `steps`-th element from `starts` on, along each dim. */
export function slice(x: Tensor, params: SliceParams): Tensor {
  return apply(sliceRow, [x], params);
}

/** The dims to walk together, and where on them the walk begins. */
interface DiagonalParams {
  readonly offset: number;
  readonly dim1: number;
  readonly dim2: number;
}

const diagonalRow = scattered<DiagonalParams>({
  name: 'diagonal',
  samples: [
    { inputs: [{ shape: [3, 4] }], params: { offset: 1, dim1: 0, dim2: 1 } },
    { inputs: [{ shape: [2, 3, 3] }], params: { offset: -1, dim1: 2, dim2: 1 } },
    { inputs: [{ shape: [2, 2] }], params: { offset: 5, dim1: 0, dim2: 1 } },
  ],
  view: ({ shape, strides, offset }, { offset: shift, dim1, dim2 }) => {
    const rest = shape.map((_, d) => d).filter((d) => d !== dim1 && d !== dim2);
    const [rows, columns] = [shape[dim1] as number, shape[dim2] as number];
    const [down, across] = [strides[dim1] as number, strides[dim2] as number];
    const length = Math.max(
      0,
      shift >= 0 ? Math.min(rows, columns - shift) : Math.min(rows + shift, columns),
    );
    return {
      shape: [...rest.map((d) => shape[d] as number), length],
      strides: [...rest.map((d) => strides[d] as number), down + across],
      offset: length === 0 ? offset : offset + (shift >= 0 ? shift * across : -shift * down),
    };
  },
});

/** The diagonal of two dims, as the last dim of a view. */
export function diagonal(x: Tensor, params: DiagonalParams): Tensor {
  return apply(diagonalRow, [x], params);
}

/** Windows of `size` elements every `step` along a dim. */
interface WindowParams {
  readonly dim: number;
  readonly size: number;
  readonly step: number;
}

const windowRow = scattered<WindowParams>({
  name: 'unfold',
  samples: [
    { inputs: [{ shape: [7] }], params: { dim: 0, size: 3, step: 2 } },
    { inputs: [{ shape: [2, 5] }], params: { dim: 1, size: 3, step: 1 } },
  ],
  view: ({ shape, strides, offset }, { dim, size, step }) => ({
    shape: [...shape.map((n, d) => (d === dim ? Math.floor((n - size) / step) + 1 : n)), size],
    strides: [...strides.map((stride, d) => (d === dim ? stride * step : stride)), strides[dim] ?? 1],
    offset,
  }),
});

/** A view whose dim `dim` counts the windows and whose new last dim runs within one; windows may overlap. */
export function windows(x: Tensor, params: WindowParams): Tensor {
  return apply(windowRow, [x], params);
}

/** A view that every geometry allows. */
interface GeometryRule<P> {
  view(input: Geometry, params: P): Geometry;
}

/**
 * A view row whose cotangent goes back to the places that the view showed, added up where it showed one twice,
 * and is zero elsewhere.
 */
function scattered<P>(row: Omit<ViewRow<P>, 'vjp' | 'view'> & GeometryRule<P>): Primitive<P> {
  const region = ({ params, inputs: [x] }: CallInfo<P>) => row.view(contiguous(x.shape), params);
  const back: Rule<P> = given([], (g, _, call) => {
    const { shape } = call.inputs[0];
    return restride(g, { from: region(call), to: contiguous(shape), span: numelOf(shape) });
  });
  return primitive<P>({ ...row, vjp: { ...back, region } });
}

interface RestrideParams {
  readonly from: Geometry;
  readonly to: Geometry;
  /** How many elements the two geometries lie on. */
  readonly span: number;
}

const onFour = contiguous([4]);
const everyOther: Geometry = { shape: [2], strides: [2], offset: 1 };
const overlapping: Geometry = { shape: [2, 3], strides: [1, 1], offset: 0 };

const restrideRow = primitive<RestrideParams>({
  name: 'restride',
  vjp: given([], (g, _, { params: { from, to, span } }) => restride(g, { from: to, to: from, span })),
  samples: [
    { inputs: [{ shape: [2] }], params: { from: everyOther, to: onFour, span: 4 } },
    { inputs: [{ shape: [2, 3] }], params: { from: overlapping, to: onFour, span: 4 } },
    { inputs: [{ shape: [4] }], params: { from: onFour, to: overlapping, span: 4 } },
  ],
  infer: ([x], { to }) => ({ shape: to.shape, dtype: x.dtype }),
  forward: (backend, [x], out, { from, to, span }) => {
    // Often one of the geometries is the whole memory, in order: then the output, or x, is that memory.
    if (isWhole(to, span)) {
      backend.fill(out, 0);
      backend.accumulate(x, { storage: out.storage, ...from });
    } else if (isWhole(from, span) && isContiguous(x.shape, x.strides)) {
      backend.copy({ storage: x.storage, ...to, offset: x.offset + to.offset }, out);
    } else {
      const buffer = zeroed(backend, out.storage.dtype, span);
      backend.accumulate(x, { storage: buffer, ...from });
      backend.copy({ storage: buffer, ...to }, out);
      buffer.free();
    }
  },
});

/** Lays `x` onto zeroed memory by one geometry, adding where it overlaps itself, and reads the memory by another.
 * Its own transpose, with the geometries exchanged. */
export function restride(x: Tensor, params: RestrideParams): Tensor {
  return apply(restrideRow, [x], params);
}

/** True for a geometry that shows all of `span` elements in row-major order. */
function isWhole({ shape, strides, offset }: Geometry, span: number): boolean {
  return offset === 0 && numelOf(shape) === span && isContiguous(shape, strides);
}

function zeroed(backend: Backend, dtype: DType, length: number): Storage {
  const storage = backend.allocate(dtype, length);
  backend.fill({ storage, ...contiguous([length]) }, 0);
  return storage;
}

interface OverwriteParams {
  readonly base: Geometry;
  readonly region: Geometry;
}

const overwriteRow = primitive<OverwriteParams>({
  name: 'overwrite',
  vjp: [
    given([], (g, _, { params }) => where(isRegion(params), 0, g)),
    given([], (g, _, { params }) =>
      restride(g, { from: params.base, to: params.region, span: spanOf(params) }),
    ),
  ],
  samples: [
    { inputs: [{ shape: [4] }, { shape: [2] }], params: { base: onFour, region: everyOther } },
    {
      inputs: [{ shape: [2, 3] }, { shape: [2] }],
      params: {
        base: { shape: [2, 3], strides: [1, 2], offset: 0 },
        region: { shape: [2], strides: [1], offset: 2 },
      },
    },
  ],
  infer: ([x]) => x,
  forward: (backend, [x, value], out, params) => {
    const buffer = zeroed(backend, out.storage.dtype, spanOf(params));
    const base: View = { storage: buffer, ...params.base };
    backend.copy(x, base);
    backend.copy(value, { storage: buffer, ...params.region });
    backend.copy(base, out);
    buffer.free();
  },
});

/**
 * `x` with `value` in a region of it; both lie on one storage by the given geometries. What an in-place op on a view
 * does to the view's base.
 */
export function overwrite(x: Tensor, value: Tensor, params: OverwriteParams): Tensor {
  return apply(overwriteRow, [x, value], params);
}

/** The row itself, for the in-place ops: they have written already and only need the record. */
export { overwriteRow };

/** True where the base shows an element of the region. */
function isRegion(params: OverwriteParams): Tensor {
  const ones = constant(params.region.shape, 1, 'float32');
  return ne(restride(ones, { from: params.region, to: params.base, span: spanOf(params) }), 0);
}

function spanOf({ base, region }: OverwriteParams): number {
  return Math.max(extentOf(base)[1], extentOf(region)[1]);
}

const catRow = primitive<number>({
  name: 'cat',
  vjp: given([], (g, _, { params: dim, inputs, index }) => {
    const before = inputs.slice(0, index).reduce((sum, { shape }) => sum + (shape[dim] as number), 0);
    return slice(g, alongDim(g.shape, dim, before, inputs[index]?.shape[dim] ?? 0, 1));
  }),
  samples: [
    { inputs: [{ shape: [2, 3] }, { shape: [1, 3] }, { shape: [0, 3] }], params: 0 },
    { inputs: [{ shape: [2, 1] }, { shape: [2, 2] }], params: 1 },
  ] satisfies Sample<number>[],
  infer: (inputs, dim) => {
    const [{ shape, dtype }] = inputs;
    const total = inputs.reduce((sum, x) => sum + (x.shape[dim] as number), 0);
    return { shape: shape.map((size, d) => (d === dim ? total : size)), dtype };
  },
  forward: (backend, inputs, out, dim) => {
    let at = 0;
    for (const x of inputs) {
      const size = x.shape[dim] as number;
      backend.copy(x, { storage: out.storage, ...sliceGeometry(out, alongDim(out.shape, dim, at, size, 1)) });
      at += size;
    }
  },
});

/** The tensors one after the other along a dim; all other sizes are equal. */
export function concat(inputs: readonly Tensor[], dim: number): Tensor {
  return apply(catRow, inputs, dim);
}

/** A slice of one dim that leaves the others whole. */
export function alongDim(shape: Shape, dim: number, start: number, size: number, step: number): SliceParams {
  return {
    starts: shape.map((_, d) => (d === dim ? start : 0)),
    sizes: shape.map((n, d) => (d === dim ? size : n)),
    steps: shape.map((_, d) => (d === dim ? step : 1)),
  };
}

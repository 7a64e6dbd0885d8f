import { given, kernelPrimitive, primitive, type SampleInput } from '../autograd/primitive.ts';
import { apply } from '../dispatch.ts';
import type { DType } from '../dtype.ts';
import type { Tensor } from '../tensor.ts';

const shapes: readonly SampleInput[] = [
  { shape: [2, 3] },
  { shape: [] },
  { shape: [0, 2] },
  { shape: [1, 4, 1] },
];

const cloneRow = kernelPrimitive<null>({
  name: 'clone',
  isElementwise: true,
  vjp: given([], (g) => g),
  samples: shapes.map((x) => ({ inputs: [x], params: null })),
  infer: ([x]) => x,
  forward: (backend, [x], out) => backend.copy(x, out),
});

const castRow = primitive<DType>({
  name: 'cast',
  isElementwise: true,
  vjp: given([], (g, _, { inputs: [x] }) => cast(g, x.dtype)),
  samples: shapes.map((x) => ({ inputs: [x], params: 'float64' })),
  infer: ([x], dtype) => ({ shape: x.shape, dtype }),
  forward: (backend, [x], out) => backend.copy(x, out),
});

/** A contiguous copy with memory of its own. */
export function clone(x: Tensor): Tensor {
  return apply(cloneRow, [x], null);
}

/** The tensor in another dtype; the tensor itself if it has that dtype already. */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : apply(castRow, [x], dtype);
}

/** The row itself, for the in-place ops, which write and record by themselves. */
export { cloneRow };

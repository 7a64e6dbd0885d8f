import { contiguousStrides, type Geometry, isContiguous } from './shape.ts';

type Layout = Pick<Geometry, 'shape' | 'strides'>;

/**
 * The dims of a tensor from the outermost in memory to the innermost: by falling strides, of which equal ones lie as the
 * sizes do. Dims that repeat have no place in memory, and keep the one they have. PyTorch's TensorIterator has that order.
 */
export function memoryOrder({ shape, strides }: Layout): number[] {
  const size = (d: number) => shape[d] as number;
  const stride = (d: number) => Math.abs(strides[d] as number);
  const dims = shape.map((_, d) => d);
  const placed = dims.filter((d) => stride(d) > 0).sort((a, b) => stride(b) - stride(a) || size(b) - size(a));
  return dims.map((d) => (stride(d) > 0 ? (placed.shift() as number) : d));
}

/** The strides without gaps under which dims lie in memory in the order of a tensor's: PyTorch's `preserve_format`. */
export function denseStrides({ shape, strides }: Layout): number[] {
  if (isContiguous(shape, strides)) return contiguousStrides(shape);
  const order = memoryOrder({ shape, strides });
  const dense = contiguousStrides(order.map((d) => shape[d] as number));
  return shape.map((_, d) => dense[order.indexOf(d)] as number);
}

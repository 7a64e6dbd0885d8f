import {
  checkTensor,
  describe,
  type Optional,
  optional,
  type Shape,
  ShapeError,
  showShape,
  type Tensor,
} from '@retrograd/core';

export interface OutputSizeOptions {
  /** The sizes of the spatial dims of the output, or its whole shape, instead of the output padding. */
  outputSize?: Shape | null;
}

const order = ['outputSize'] as const;
export type OutputSizeRest = Optional<OutputSizeOptions, typeof order>;

/** What decides the sizes of a transposed convolution, per spatial dim. */
interface Transposed {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly outputPadding: readonly number[];
}

/**
 * The output padding with which an output has the sizes that are asked for: a stride allows as many as it is long.
 * @throws ShapeError for others
 */
export function outputPaddingFor(
  op: string,
  x: Tensor,
  rest: OutputSizeRest,
  layer: Transposed,
): readonly number[] {
  const { outputSize } = optional<OutputSizeOptions>(op, rest, order);
  const { shape, ndim } = checkTensor(op, x);
  const dims = layer.kernelSize.length;
  const fits = ndim === dims + 1 || ndim === dims + 2;
  // An input that does not fit is the convolution's to refuse.
  if (outputSize === undefined || outputSize === null || !fits) return layer.outputPadding;
  const least = leastSizes(shape.slice(-dims), layer);
  const most = least.map((size, d) => size + (layer.stride[d] as number) - 1);
  const isList = Array.isArray(outputSize) && (outputSize.length === dims || outputSize.length === ndim);
  const extra = isList ? outputSize.slice(-dims).map((size, d) => size - (least[d] as number)) : [];
  const isThere = (size: number, d: number) =>
    Number.isInteger(size) && size >= 0 && size < (layer.stride[d] as number);
  if (extra.length === dims && extra.every(isThere)) return extra;
  const given = Array.isArray(outputSize) ? showShape(outputSize) : describe(outputSize);
  throw new ShapeError({
    op,
    got: `outputSize ${given} for an input of shape ${showShape(shape)}`,
    want: `sizes from ${showShape(least)} to ${showShape(most)}, or a whole shape that ends in such`,
  });
}

/** (L − 1)·stride − 2·padding + dilation·(kernelSize − 1) + 1 */
function leastSizes(sizes: Shape, { kernelSize, stride, padding, dilation }: Transposed): Shape {
  return sizes.map((size, d) => {
    const reach = (dilation[d] as number) * ((kernelSize[d] as number) - 1) + 1;
    return (size - 1) * (stride[d] as number) - 2 * (padding[d] as number) + reach;
  });
}

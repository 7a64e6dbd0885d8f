import { DTypeError, ShapeError } from '../errors.ts';
import { cast } from '../primitives/copy.ts';
import { floorDivide, mul, sub, where } from '../primitives/elementwise.ts';
import { gatherAlong, scatterAlong } from '../primitives/gather.ts';
import { concat, expand, reshape } from '../primitives/movement.ts';
import { checkTensor, type TensorLike, zerosFor } from '../primitives/operand.ts';
import { broadcastShapes, contiguousStrides, showShape } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { checkFlag, type Optional, optional } from './arguments.ts';
import { checkSameDType, positionsOf } from './positions.ts';

function checkMask(op: string, mask: Tensor): Tensor {
  if (checkTensor(op, mask).dtype === 'bool') return mask;
  throw new DTypeError({
    op,
    got: `a mask of ${mask.dtype}`,
    want: 'bool',
    fix: 'Compare it: m.ne(0).',
  });
}

/** `input` with `value`, a number or a tensor without dims, where a mask, which broadcasts, is true. */
export function maskedFill(input: Tensor, mask: Tensor, value: TensorLike): Tensor {
  if (value instanceof Tensor && value.ndim > 0) {
    throw new ShapeError({
      op: 'maskedFill',
      got: `a value of shape ${showShape(value.shape)}`,
      want: 'a number, or a tensor without dims',
      fix: 'Use where(mask, value, x) for a value for each element.',
    });
  }
  return cast(where(checkMask('maskedFill', mask), value, checkTensor('maskedFill', input)), input.dtype);
}

/** A tensor and a mask that broadcast to one shape, both flat. */
function flattened(op: string, input: Tensor, mask: Tensor) {
  const shape = broadcastShapes(op, [checkTensor(op, input).shape, checkMask(op, mask).shape]);
  const flat = (x: Tensor) => {
    const whole = expand(x, shape);
    return reshape(whole, [whole.numel]);
  };
  return { shape, x: flat(input), places: positionsOf(expand(mask, shape)) };
}

/** The elements where a mask is true, as a vector; the two broadcast. Reads the mask. */
export function maskedSelect(input: Tensor, mask: Tensor): Tensor {
  const { x, places } = flattened('maskedSelect', input, mask);
  return gatherAlong(x, 0, places);
}

/**
 * `input` with the elements of `source`, in their order, where a mask, which broadcasts, is true. Reads the mask.
 * @throws ShapeError if there are too few of them
 */
export function maskedScatter(input: Tensor, mask: Tensor, source: Tensor): Tensor {
  const { shape, x, places } = flattened('maskedScatter', input, mask);
  const values = checkSameDType('maskedScatter', input, source);
  if (values.numel < places.numel) {
    throw new ShapeError({
      op: 'maskedScatter',
      got: `a source of ${values.numel} elements for ${places.numel} places`,
      want: 'at least as many elements as the mask is true for',
    });
  }
  const taken = reshape(values, [values.numel]).narrow(0, 0, places.numel);
  return reshape(scatterAlong('set', x, 0, places, taken), shape);
}

export interface NonzeroOptions {
  /** One vector of positions for each dim, ready to index with, instead of a matrix. Default false. */
  asTuple?: boolean;
}

/** The positions of the elements that differ from 0, in row-major order: int32, `(count, dims)`. Reads the tensor. */
export function nonzero(input: Tensor, options: NonzeroOptions & { asTuple: true }): Tensor[];
export function nonzero(input: Tensor, ...rest: Optional<NonzeroOptions & { asTuple?: false }, []>): Tensor;
export function nonzero(input: Tensor, ...rest: readonly unknown[]): Tensor | Tensor[] {
  const { asTuple = false } = optional<NonzeroOptions>('nonzero', rest, [], ['asTuple']);
  const { shape } = checkTensor('nonzero', input);
  const flat = positionsOf(input);
  if (checkFlag('nonzero', 'asTuple', asTuple)) return coordinates(flat, shape.length === 0 ? [1] : shape);
  const columns = coordinates(flat, shape).map((column) => reshape(column, [flat.numel, 1]));
  return columns.length > 0 ? concat(columns, 1) : zerosFor({ shape: [flat.numel, 0], dtype: 'int32' });
}

/** The positions along each dim of flat positions in a shape. */
function coordinates(flat: Tensor, shape: readonly number[]): Tensor[] {
  // How many whole steps along dim d lie before an element, all told; without those of the outer dims, its position.
  const steps = contiguousStrides(shape).map((stride) => (stride === 1 ? flat : floorDivide(flat, stride)));
  return steps.map((step, d) =>
    d === 0 ? step : sub(step, mul(steps[d - 1] as Tensor, shape[d] as number)),
  );
}

/** The positions of the elements that differ from 0, in row-major order: int32, `(count, dims)`. Reads the tensor. */
export function argwhere(input: Tensor): Tensor {
  return nonzero(input);
}

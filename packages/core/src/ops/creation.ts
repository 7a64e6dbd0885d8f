import { defaultBackend } from '../backend/select.ts';
import { allocate, type DType, defaultDtype, kindOfArray, ofThisRealm, type TypedArray } from '../dtype.ts';
import { ArgumentError, ShapeError } from '../errors.ts';
import { cast, clone } from '../primitives/copy.ts';
import { checkTensor, constant, describe } from '../primitives/operand.ts';
import { checkRoom, checkSizes, contiguousStrides, numelOf, type Shape, showShape } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import {
  checkDType,
  checkIntegers,
  checkOptions,
  checkScalar,
  type SizesThenOptions,
  splitOptions,
} from './arguments.ts';
import { factsOfNested, type TensorData, writeNested } from './nested.ts';

export type { TensorData } from './nested.ts';

export interface CreationOptions {
  /** Default: `float32`, unless said otherwise. */
  dtype?: DType;
  /** Make it a leaf that collects a gradient. Default false. */
  requiresGrad?: boolean;
  /** Where it lives. Default, and the only one: `cpu`. */
  device?: 'cpu';
}

const knownOptions = ['dtype', 'requiresGrad', 'device'];

/** @throws ArgumentError for options that are not among those of creation and the `further` ones */
export function checkCreation(op: string, options: CreationOptions, further: readonly string[] = []): void {
  checkOptions(op, options, [...knownOptions, ...further]);
  const { device = 'cpu' } = options;
  if (device !== 'cpu') throw new ArgumentError({ op, got: `device ${describe(device)}`, want: "'cpu'" });
}

/**
 * A contiguous tensor that takes over a typed array.
 * @throws ArgumentError for an array of another kind than the dtype's, ShapeError unless the shape has as many elements
 */
export function fromTypedArray(data: TypedArray, shape: Shape, dtype: DType, requiresGrad = false): Tensor {
  checkMemory(data, shape, dtype);
  const tensor = new Tensor(defaultBackend.adopt(dtype, ofThisRealm(data, dtype)), {
    shape,
    strides: contiguousStrides(shape),
    offset: 0,
  });
  tensor.storage.isInitial = true;
  return requiresGrad ? tensor.requiresGrad_() : tensor;
}

function checkMemory(data: TypedArray, shape: Shape, dtype: DType): void {
  const op = 'fromTypedArray';
  const wanted = kindOfArray(allocate(checkDType(op, dtype), 0));
  if (kindOfArray(data) !== wanted)
    throw new ArgumentError({ op, got: describe(data), want: `a ${wanted} for ${dtype}` });
  const numel = numelOf(checkSizes(op, checkIntegers(op, 'shape', shape)));
  if (numel === data.length) return;
  throw new ShapeError({
    op,
    got: `${data.length} elements for shape ${showShape(shape)}`,
    want: `${numel} elements`,
  });
}

/**
 * A tensor of nested arrays, a typed array or a bare value, always with memory of its own.
 *
 * The dtype is that of a typed array, `bool` for booleans, and `float32` for numbers, whole or not (unlike in PyTorch,
 * where `1` and `1.` differ: JavaScript cannot tell them apart); of different ones, what they promote to. Give
 * `{ dtype: 'int32' }` for labels and indices.
 *
 * @example
 * ```ts
 * tensor([[1, 2], [3, 4]]);              // float32, (2, 2)
 * tensor([3, 1, 4], { dtype: 'int32' }); // labels
 * ```
 * @throws ShapeError for ragged arrays, DTypeError for whole-numbered dtypes that cannot hold a value
 */
export function tensor(data: TensorData, options: CreationOptions = {}): Tensor {
  checkCreation('tensor', options);
  const wanted = options.dtype === undefined ? undefined : checkDType('tensor', options.dtype);
  if (data instanceof Tensor) {
    const copy = clone(data.detach());
    return cast(copy, wanted ?? copy.dtype).requiresGrad_(options.requiresGrad ?? false);
  }
  const facts = factsOfNested(data);
  const dtype = wanted ?? facts.dtype ?? defaultDtype;
  const elements = allocate(dtype, numelOf(facts.shape));
  writeNested(data, elements, dtype);
  return fromTypedArray(elements, facts.shape, dtype, options.requiresGrad);
}

/** A tensor as it is, if it has the dtype asked for, and `tensor(data)` otherwise. */
export function asTensor(data: TensorData, options: Pick<CreationOptions, 'dtype' | 'device'> = {}): Tensor {
  checkOptions('asTensor', options, ['dtype', 'device']);
  if (!(data instanceof Tensor)) return tensor(data, options);
  checkCreation('asTensor', options);
  return cast(data, checkDType('asTensor', options.dtype ?? data.dtype));
}

/** A new contiguous tensor filled by a function of the flat index. */
export function generated(
  op: string,
  shape: Shape,
  options: CreationOptions,
  fallback: DType,
  value: (i: number) => number,
): Tensor {
  checkCreation(op, options);
  const dtype = checkDType(op, options.dtype ?? fallback);
  const data = allocate(dtype, numelOf(checkRoom(op, shape)));
  for (let i = 0; i < data.length; i++) data[i] = dtype === 'bool' ? Number(value(i) !== 0) : value(i);
  return fromTypedArray(data, shape, dtype, options.requiresGrad);
}

function filled(
  op: string,
  shape: Shape,
  value: number,
  options: CreationOptions = {},
  fallback: DType = defaultDtype,
): Tensor {
  checkCreation(op, options);
  const dtype = checkDType(op, options.dtype ?? fallback);
  return clone(constant(checkRoom(op, shape), value, dtype)).requiresGrad_(options.requiresGrad ?? false);
}

/** Zeros: `zeros(2, 3)` or `zeros([2, 3], { dtype: 'int32' })`. */
export function zeros(...args: SizesThenOptions<CreationOptions>): Tensor {
  const [shape, options] = splitOptions('zeros', args);
  return filled('zeros', shape, 0, options);
}

/** Ones: `ones(2, 3)` or `ones([2, 3], { dtype: 'int32' })`. */
export function ones(...args: SizesThenOptions<CreationOptions>): Tensor {
  const [shape, options] = splitOptions('ones', args);
  return filled('ones', shape, 1, options);
}

/** Memory without meaning yet; here it is zeroed. */
export function empty(...args: SizesThenOptions<CreationOptions>): Tensor {
  const [shape, options] = splitOptions('empty', args);
  return filled('empty', shape, 0, options);
}

/** One value everywhere; `bool` for a boolean, else `float32`. */
export function full(size: Shape | number, value: number | boolean, options: CreationOptions = {}): Tensor {
  const [shape] = splitOptions('full', typeof size === 'number' ? [size] : [size]);
  const element = checkScalar('full', 'value', value);
  return filled('full', shape, element, options, typeof value === 'boolean' ? 'bool' : defaultDtype);
}

/** Zeros of the shape and dtype of `x`. */
export function zerosLike(x: Tensor, options: CreationOptions = {}): Tensor {
  return filled('zerosLike', checkTensor('zerosLike', x).shape, 0, options, x.dtype);
}

/** Ones of the shape and dtype of `x`. */
export function onesLike(x: Tensor, options: CreationOptions = {}): Tensor {
  return filled('onesLike', checkTensor('onesLike', x).shape, 1, options, x.dtype);
}

/** One value everywhere, in the shape and dtype of `x`. */
export function fullLike(x: Tensor, value: number | boolean, options: CreationOptions = {}): Tensor {
  const element = checkScalar('fullLike', 'value', value);
  return filled('fullLike', checkTensor('fullLike', x).shape, element, options, x.dtype);
}

/** Zeroed memory of the shape and dtype of `x`. */
export function emptyLike(x: Tensor, options: CreationOptions = {}): Tensor {
  return filled('emptyLike', checkTensor('emptyLike', x).shape, 0, options, x.dtype);
}

/**
 * Evenly spaced numbers: `arange(end)`, `arange(start, end)`, `arange(start, end, step)`, the end not included.
 * `int32` if all arguments are whole, else `float32`.
 */
export function arange(end: number, options?: CreationOptions): Tensor;
export function arange(start: number, end: number, options?: CreationOptions): Tensor;
export function arange(start: number, end: number, step: number, options?: CreationOptions): Tensor;
export function arange(...args: (number | CreationOptions | undefined)[]): Tensor {
  const given = args.filter((arg) => arg !== undefined);
  const options = typeof given.at(-1) === 'object' ? (given.pop() as CreationOptions) : {};
  // Whole numbers take whole steps from a whole start, as PyTorch's int64 does.
  const bounds = given.map((bound) => checkScalar('arange', 'bound', bound));
  const numbers = options?.dtype === 'int32' ? bounds.map(Math.trunc) : bounds;
  const [start, end, step = 1] = numbers.length === 1 ? [0, ...numbers] : numbers;
  if (
    start === undefined ||
    end === undefined ||
    numbers.length > 3 ||
    !Number.isFinite(start + end + step) ||
    step === 0 ||
    (end - start) * step < 0
  ) {
    throw new ArgumentError({
      op: 'arange',
      got: `(${numbers.join(', ')})`,
      want: 'finite numbers, and a step that leads from start to end',
    });
  }
  const length = Math.ceil((end - start) / step);
  const whole = numbers.every(Number.isInteger);
  return generated('arange', [length], options, whole ? 'int32' : defaultDtype, (i) => start + i * step);
}

/** Ones on the diagonal of an `(n, m)` matrix, zeros elsewhere; square if `m` is not given. */
export function eye(n: number, m: number | CreationOptions = n, options: CreationOptions = {}): Tensor {
  const [columns, given] = typeof m === 'number' ? [m, options] : [n, m];
  const [shape] = splitOptions('eye', [n, columns]);
  return generated('eye', shape, given, defaultDtype, (i) => Number(Math.floor(i / columns) === i % columns));
}

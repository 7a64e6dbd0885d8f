import * as dtypes from '../dtype.ts';
import { ArgumentError, DTypeError } from '../errors.ts';
import { describe } from '../primitives/operand.ts';
import * as shapes from '../shape.ts';
import { checkDType, checkIntegers } from './arguments.ts';

// What the packages above ask about dtypes and shapes: the questions of the engine's own files, for arguments that
// nobody has checked yet.

/** True for `float32` and `float64`. */
export function isFloat(dtype: dtypes.DType): boolean {
  return dtypes.isFloat(checkDType('isFloat', dtype));
}

/**
 * What IEEE 754 says of a float dtype: `finfo('float32').eps`.
 * @throws DTypeError for other dtypes
 */
export function finfo(dtype: dtypes.DType): dtypes.FloatLimits {
  if (dtype === 'float32' || dtype === 'float64') return dtypes.floatLimits[dtype];
  throw new DTypeError({
    op: 'finfo',
    got: checkDType('finfo', dtype),
    want: 'float32 or float64',
  });
}

/** The dtype in which two tensors meet: the higher one of bool → uint8 → int32 → float32 → float64. */
export function promoteTypes(a: dtypes.DType, b: dtypes.DType): dtypes.DType {
  return dtypes.promote(checkDType('promoteTypes', a), checkDType('promoteTypes', b));
}

/** Number of elements of a shape. */
export function numelOf(shape: shapes.Shape): number {
  return shapes.numelOf(checkIntegers('numelOf', 'shape', shape));
}

/** True if two shapes have the same sizes. */
export function sameShape(a: shapes.Shape, b: shapes.Shape): boolean {
  return shapes.sameShape(checkIntegers('sameShape', 'shape', a), checkIntegers('sameShape', 'shape', b));
}

/** `(2, 3)`, the way shapes are written in messages. */
export function showShape(shape: shapes.Shape): string {
  return shapes.showShape(checkIntegers('showShape', 'shape', shape));
}

/** `(2, 3) and (4,)`, for messages. */
export function showShapes(list: readonly shapes.Shape[]): string {
  if (Array.isArray(list)) return list.map(showShape).join(' and ');
  throw new ArgumentError({ op: 'showShapes', got: describe(list), want: 'an array of shapes' });
}

import type { DType } from '../../../dtype.ts';
import type { BinaryKernel, UnaryKernel } from '../../reference/scalars.ts';
import type { V128 } from '../assembler/code.ts';
import type { FunctionBuilder } from '../assembler/function.ts';
import { f32x4, f64x2, i32x4, v128 } from '../assembler/instructions.ts';
import { bytesPerElement } from '../engine.ts';
import * as angles from './angles.ts';
import { type Arithmetic, arithmetic } from './arithmetic.ts';
import { boolToMask, maskToBool, u8x16 } from './bytes.ts';
import * as division from './division.ts';
import * as functions from './functions.ts';
import * as gamma from './gamma.ts';
import * as hyperbolic from './hyperbolic.ts';
import { type FloatDType, lanesOf as floatLanes, isFloatDType } from './lanes.ts';
import type { ElementMap } from './map.ts';
import * as powers from './powers.ts';
import * as special from './special.ts';

// What elementwise kernels compute, as formulas over vectors. Where a table has no formula, there is no kernel.

type Unary = (x: V128) => V128;
type Binary = (a: V128, b: V128) => V128;

/** What the lanes of all dtypes can do. */
interface Lanes {
  readonly const: (value: number) => V128;
  readonly eq: Binary;
  readonly ne: Binary;
  readonly lt: Binary;
  readonly le: Binary;
  readonly gt: Binary;
  readonly ge: Binary;
  readonly add: Binary;
  readonly min: Binary;
  readonly max: Binary;
}

const floats = { float32: f32x4, float64: f64x2 };
/** Arithmetic of bools is that of sets: any sum that is not 0 is true. */
const lanesOf = { ...floats, int32: i32x4, uint8: u8x16, bool: { ...u8x16, add: v128.or } } satisfies Record<
  DType,
  Lanes
>;

type Table<K extends string, F> = Readonly<Partial<Record<K, F>>>;

const same: Unary = (x) => x;

/** Wholes and truth values are already what rounding makes of them. */
const wholes = { floor: same, ceil: same, round: same, trunc: same };

function floatUnaries(lanes: typeof f32x4 | typeof f64x2): Table<UnaryKernel, Unary> {
  const { const: constant, lt, gt, abs, neg, sqrt, floor, ceil, trunc, nearest } = lanes;
  const [zero, one] = [constant(0), constant(1)];
  return {
    neg,
    abs,
    // 0 and NaN add to 0 what they are.
    sign: (x) => v128.select(gt(x, zero), one, v128.select(lt(x, zero), constant(-1), lanes.add(x, zero))),
    floor,
    ceil,
    round: nearest,
    trunc,
    sqrt,
    // The pseudo-maximum `x < 0 ? 0 : x` keeps NaN, and −0 as PyTorch does.
    relu: (x) => lanes.pmax(x, zero),
  };
}

const unaries: Readonly<Record<DType, Table<UnaryKernel, Unary>>> = {
  float32: floatUnaries(f32x4),
  float64: floatUnaries(f64x2),
  int32: {
    ...wholes,
    neg: i32x4.neg,
    abs: i32x4.abs,
    sign: (x) => i32x4.max(i32x4.min(x, i32x4.const(1)), i32x4.const(-1)),
    relu: (x) => i32x4.max(x, i32x4.const(0)),
  },
  uint8: { ...wholes, neg: u8x16.neg, abs: same, sign: (x) => u8x16.min(x, u8x16.const(1)), relu: same },
  bool: { ...wholes, abs: same, sign: same },
};

/** Functions of float32 that take more than a line. */
const longUnaries: Table<UnaryKernel, (m: Arithmetic, x: V128) => V128> = {
  exp: functions.exp,
  expm1: functions.expm1,
  log: functions.log,
  log1p: functions.log1p,
  sigmoid: functions.sigmoid,
  sinh: hyperbolic.sinh,
  cosh: hyperbolic.cosh,
  tanh: hyperbolic.tanh,
  asinh: hyperbolic.asinh,
  acosh: hyperbolic.acosh,
  atanh: hyperbolic.atanh,
  logit: functions.logit,
  erf: functions.erf,
  erfc: special.erfc,
  erfinv: special.erfinv,
  lgamma: gamma.lgamma,
  digamma: gamma.digamma,
  sin: angles.sin,
  cos: angles.cos,
  tan: angles.tan,
  asin: angles.asin,
  acos: angles.acos,
  atan: angles.atan,
};

const longBinaries: Table<BinaryKernel, (m: Arithmetic, a: V128, b: V128) => V128> = {
  pow: powers.pow,
  hypot: powers.hypot,
  logaddexp: functions.logaddexp,
  atan2: angles.atan2,
  fmod: division.fmod,
  remainder: division.remainder,
  floorDivide: division.floorDivide,
};

/** Numbers of functions too far out for them. */
const limits: Table<UnaryKernel, Unary> = {
  sin: angles.beyondReduction,
  cos: angles.beyondReduction,
  tan: angles.beyondReduction,
};

const { add, sub, mul, div } = f32x4;
/** Of integers and truth values, whatever their width. */
const bits = { bitwiseAnd: v128.and, bitwiseOr: v128.or, bitwiseXor: v128.xor };
const operations: Readonly<Record<DType, Table<BinaryKernel, Binary>>> = {
  float32: { add, sub, mul, div },
  float64: { add: f64x2.add, sub: f64x2.sub, mul: f64x2.mul, div: f64x2.div },
  int32: { ...bits, add: i32x4.add, sub: i32x4.sub, mul: i32x4.mul },
  uint8: { ...bits, add: u8x16.add, sub: u8x16.sub },
  bool: { ...bits, add: v128.or, mul: v128.and },
};

function choices({ max, min, le, const: constant }: Lanes): Table<BinaryKernel, Binary> {
  return { maximum: max, minimum: min, gate: (g, y) => v128.andnot(g, le(y, constant(0))) };
}

/** Formulas whose results are masks. */
function unaryPredicates(dtype: DType): Table<UnaryKernel, Unary> {
  const { eq, ne, const: constant } = lanesOf[dtype];
  const logicalNot: Unary = (x) => eq(x, constant(0));
  if (dtype !== 'float32' && dtype !== 'float64') return { logicalNot };
  const { abs } = floats[dtype];
  return {
    logicalNot,
    isnan: (x) => ne(x, x),
    isinf: (x) => eq(abs(x), constant(Number.POSITIVE_INFINITY)),
  };
}

function binaryPredicates({ eq, ne, lt, le, gt, ge, const: constant }: Lanes): Table<BinaryKernel, Binary> {
  const onTruth =
    (connective: Binary): Binary =>
    (a, b) =>
      connective(ne(a, constant(0)), ne(b, constant(0)));
  return {
    eq,
    ne,
    lt,
    le,
    gt,
    ge,
    logicalAnd: onTruth(v128.and),
    logicalOr: onTruth(v128.or),
    logicalXor: onTruth(v128.xor),
  };
}

/** Vectors of light formulas that a turn of the loop computes. */
export const unrolled = 4;

/** A map whose result is of the operands' dtype. */
function elements(dtype: DType, arity: number, formula: (...inputs: V128[]) => V128): ElementMap {
  const bytes = bytesPerElement[dtype];
  return {
    inputs: new Array<number>(arity).fill(bytes),
    out: bytes,
    width: 16 / bytes,
    formula: (_, ...inputs) => formula(...inputs),
    unroll: unrolled,
  };
}

/** A map whose formula gives masks, to be stored as bools. */
function truths(dtype: DType, arity: number, formula: (...inputs: V128[]) => V128): ElementMap {
  const map = elements(dtype, arity, formula);
  return { ...map, out: 1, formula: (_, ...inputs) => maskToBool(formula(...inputs), map.width) };
}

/** What a kernel does to vectors of a dtype: its one formula, under what that gives or takes. */
interface Found {
  readonly elements: ((...inputs: V128[]) => V128) | undefined;
  readonly masks: ((...inputs: V128[]) => V128) | undefined;
  /** Elements, by more than a line. */
  readonly long: ((m: Arithmetic, ...inputs: V128[]) => V128) | undefined;
  readonly beyond?: Unary | undefined;
}

function unaryOf(kernel: UnaryKernel, dtype: DType): Found {
  return {
    elements: unaries[dtype][kernel],
    masks: unaryPredicates(dtype)[kernel],
    long: dtype === 'float32' ? longUnaries[kernel] : undefined,
    beyond: limits[kernel],
  };
}

function binaryOf(kernel: BinaryKernel, dtype: DType): Found {
  const lanes: Lanes = lanesOf[dtype];
  return {
    elements: operations[dtype][kernel] ?? choices(lanes)[kernel],
    masks: binaryPredicates(lanes)[kernel],
    long: dtype === 'float32' ? longBinaries[kernel] : undefined,
  };
}

/** What a kernel computes of a float dtype, and whether that takes more than a line. */
export interface Formula {
  readonly of: (f: FunctionBuilder, ...inputs: V128[]) => V128;
  readonly isLong: boolean;
}

/** The formula of a kernel of floats that holds for all of them; predicates give masks. */
export function unaryFormula(kernel: UnaryKernel, dtype: FloatDType, relaxed: boolean): Formula | undefined {
  return formulaOf(unaryOf(kernel, dtype), relaxed);
}

/** The formula of a kernel of floats; predicates give masks. */
export function binaryFormula(
  kernel: BinaryKernel,
  dtype: FloatDType,
  relaxed: boolean,
): Formula | undefined {
  return formulaOf(binaryOf(kernel, dtype), relaxed);
}

function formulaOf({ elements, masks, long, beyond }: Found, relaxed: boolean): Formula | undefined {
  const short = elements ?? masks;
  if (short) return { of: (_, ...inputs) => short(...inputs), isLong: false };
  if (!long || beyond) return undefined;
  return { of: (f, ...inputs) => long(arithmetic(f, relaxed), ...inputs), isLong: true };
}

export function unaryMap(kernel: UnaryKernel, dtype: DType, relaxed: boolean): ElementMap | undefined {
  return mapOf(unaryOf(kernel, dtype), dtype, 1, relaxed);
}

export function binaryMap(kernel: BinaryKernel, dtype: DType, relaxed: boolean): ElementMap | undefined {
  return mapOf(binaryOf(kernel, dtype), dtype, 2, relaxed);
}

function mapOf(found: Found, dtype: DType, arity: number, relaxed: boolean): ElementMap | undefined {
  const { long, beyond } = found;
  if (found.elements) return elements(dtype, arity, found.elements);
  if (found.masks) return truths(dtype, arity, found.masks);
  return (
    long && {
      ...elements(dtype, arity, same),
      formula: (f, ...inputs) => long(arithmetic(f, relaxed), ...inputs),
      unroll: 1,
      ...(beyond && { beyond }),
    }
  );
}

/** a + alpha · b, where alpha is an operand of one element. */
export function addScaledMap(dtype: DType, relaxed: boolean): ElementMap | undefined {
  if (!isFloatDType(dtype)) return undefined;
  const { madd } = floatLanes(dtype, relaxed);
  return elements(dtype, 3, (a, b, alpha) => madd(b as V128, alpha as V128, a as V128));
}

/** x to a power that is known, in float32. */
export function powerMap(exponent: number): ElementMap | undefined {
  const power = powers.powers.get(exponent);
  return power && elements('float32', 1, power);
}

/** The choice of a bool between two elements. */
export function whereMap(dtype: DType): ElementMap {
  const map = elements(dtype, 2, same);
  return {
    ...map,
    inputs: [1, ...map.inputs],
    formula: (_, condition, yes, no) =>
      v128.select(boolToMask(condition as V128, map.width), yes as V128, no as V128),
  };
}

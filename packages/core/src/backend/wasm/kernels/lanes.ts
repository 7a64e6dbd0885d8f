import type { DType } from '../../../dtype.ts';
import type { Expr, I32, Int, V128 } from '../assembler/code.ts';
import type { FunctionBuilder } from '../assembler/function.ts';
import { f32x4, f64x2, relaxedMadd, v128 } from '../assembler/instructions.ts';

/** The element types that vectors of floats are made of. */
export type FloatDType = 'float32' | 'float64';

export function isFloatDType(dtype: DType): dtype is FloatDType {
  return dtype === 'float32' || dtype === 'float64';
}

/** How kernels that are the same for both floats see a vector. */
export interface Lanes {
  readonly dtype: FloatDType;
  /** Bytes of one element. */
  readonly bytes: 4 | 8;
  /** Elements of one vector. */
  readonly count: 4 | 2;
  /** A vector of one element in memory, repeated. */
  splat(address: Int, offset?: number): V128;
  /** One element in memory, followed by zeros. */
  loadOne(address: Int, offset?: number): V128;
  storeLane(address: Int, value: V128, lane: number, offset?: number): ReturnType<typeof v128.store32Lane>;
  const(value: number): V128;
  add(a: Expr, b: Expr): V128;
  mul(a: Expr, b: Expr): V128;
  /** a · b + c, rounded once where the engine can. */
  madd(a: V128, b: V128, c: V128): V128;
}

export function lanesOf(dtype: FloatDType, relaxed: boolean): Lanes {
  const single = dtype === 'float32';
  const { add, mul, const: constant } = single ? f32x4 : f64x2;
  const fused = single ? relaxedMadd.f32 : relaxedMadd.f64;
  return {
    dtype,
    bytes: single ? 4 : 8,
    count: single ? 4 : 2,
    splat: single ? v128.splat32 : v128.splat64,
    loadOne: single ? v128.load32 : v128.load64,
    storeLane: single ? v128.store32Lane : v128.store64Lane,
    const: constant,
    add,
    mul,
    madd: relaxed ? fused : (a, b, c) => add(mul(a, b), c),
  };
}

/** Stores the first lanes of a vector side by side, and nothing after them. */
export function storeLanes(
  f: FunctionBuilder,
  lanes: Lanes,
  at: I32,
  value: V128,
  width: number,
  offset = 0,
): void {
  if (width === lanes.count) f.emit(v128.store(at, value, offset));
  else
    for (let lane = 0; lane < width; lane++) {
      f.emit(lanes.storeLane(at, value, lane, offset + lane * lanes.bytes));
    }
}

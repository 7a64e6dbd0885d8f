import type { DType } from '../../../dtype.ts';
import type { V128 } from '../assembler/code.ts';
import { f32x4, f64x2, i32x4, v128 } from '../assembler/instructions.ts';
import { bytesPerElement } from '../engine.ts';
import { maskToBool, narrowToBytes, u8x16, widenBytes } from './bytes.ts';
import { unrolled } from './formulas.ts';
import type { ElementMap } from './map.ts';

// How elements of one dtype become elements of another.

type Unary = (x: V128) => V128;
type Casts = Readonly<Partial<Record<DType, Cast>>>;

const same: Unary = (x) => x;

interface Cast {
  readonly width: number;
  readonly formula: Unary;
  readonly beyond?: Unary;
}

/** JavaScript wraps numbers that int32 cannot hold, and these instructions saturate them. */
const beyondInteger =
  ({ ge, abs, const: constant }: typeof f32x4 | typeof f64x2): Unary =>
  (x) =>
    ge(abs(x), constant(2 ** 31));

const fromBytes: Casts = {
  uint8: { width: 16, formula: same },
  bool: { width: 16, formula: (x) => v128.and(u8x16.ne(x, v128.zero), u8x16.const(1)) },
  int32: { width: 4, formula: (x) => widenBytes(x, 4) },
  float32: { width: 4, formula: (x) => f32x4.convertI32(widenBytes(x, 4)) },
  float64: { width: 2, formula: (x) => f64x2.convertLowI32(widenBytes(x, 2)) },
};

const casts: Readonly<Record<DType, Casts>> = {
  bool: { ...fromBytes, bool: { width: 16, formula: same } },
  uint8: fromBytes,
  int32: {
    bool: { width: 4, formula: (x) => maskToBool(i32x4.ne(x, v128.zero), 4) },
    uint8: { width: 4, formula: (x) => narrowToBytes(x, 4) },
    int32: { width: 4, formula: same },
    float32: { width: 4, formula: f32x4.convertI32 },
    float64: { width: 2, formula: f64x2.convertLowI32 },
  },
  float32: {
    bool: { width: 4, formula: (x) => maskToBool(f32x4.ne(x, v128.zero), 4) },
    uint8: { width: 4, formula: (x) => narrowToBytes(i32x4.truncSatF32(x), 4), beyond: beyondInteger(f32x4) },
    int32: { width: 4, formula: i32x4.truncSatF32, beyond: beyondInteger(f32x4) },
    float32: { width: 4, formula: same },
    float64: { width: 2, formula: f64x2.promoteLowF32 },
  },
  float64: {
    bool: { width: 2, formula: (x) => maskToBool(f64x2.ne(x, v128.zero), 2) },
    // After truncation the numbers are side by side in lanes of 32 bits.
    uint8: { width: 2, formula: (x) => narrowToBytes(i32x4.truncSatF64(x), 4), beyond: beyondInteger(f64x2) },
    int32: { width: 2, formula: i32x4.truncSatF64, beyond: beyondInteger(f64x2) },
    float32: { width: 2, formula: f32x4.demoteF64 },
    float64: { width: 2, formula: same },
  },
};

export function castMap(from: DType, to: DType): ElementMap | undefined {
  const cast = casts[from][to];
  if (cast === undefined) return undefined;
  const { width, formula, beyond } = cast;
  return {
    inputs: [bytesPerElement[from]],
    out: bytesPerElement[to],
    width,
    formula: (_, x) => formula(x as V128),
    unroll: unrolled,
    ...(beyond && { beyond }),
  };
}

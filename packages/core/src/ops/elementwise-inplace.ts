import { computeInPlace } from '../autograd/inplace.ts';
import { isFloat } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { addScaledRow, scaledCall } from '../primitives/add-scaled.ts';
import * as elementwise from '../primitives/elementwise.ts';
import { checkTensor } from '../primitives/operand.ts';
import { Tensor } from '../tensor.ts';
import { optional } from './arguments.ts';
import * as arithmetic from './arithmetic.ts';
import * as bounds from './bounds.ts';
import { scaledProduct, scaledQuotient } from './compound.ts';
import * as aliases from './elementwise-aliases.ts';
import * as exponents from './exponents.ts';
import type { Fused } from './fuse.ts';
import { elementwisePlace, type InPlace, inPlace } from './placing.ts';
import * as rounding from './rounding.ts';

/** The ops on single elements; those with options stand before the primitives that they are made of. */
type Ops = Omit<typeof elementwise, 'where' | keyof Composed> & Composed;
type Composed = typeof arithmetic & typeof bounds & typeof exponents & typeof rounding & typeof aliases;

/** `exp_`, `mul_`, `lt_`, `clamp_` …: every elementwise op in place. */
export type ElementwiseInPlace = { readonly [K in keyof Ops as `${K}_`]: InPlace<Ops[K]> };

/** The in-place form of `add` or `sub`, whose second operand is scaled first. */
function scaledInPlace(
  name: 'add' | 'sub',
  primitive: elementwise.BinaryOp,
  op: typeof arithmetic.add,
): InPlace<typeof arithmetic.add> {
  const place = elementwisePlace(name, primitive);
  const throughCopy = inPlace(name, op);
  return (x, y, ...rest) => {
    const { alpha = 1 } = optional<arithmetic.AlphaOptions>(name, rest, [], ['alpha']);
    if (alpha === 1) return place(x, y);
    const call = scaledCall(name, checkTensor(`${name}_`, x), y, alpha);
    const done = call !== null && computeInPlace(`${name}_`, addScaledRow, x, call.operands, call.alpha);
    return done ? x : throughCopy(x, y, { alpha });
  };
}

/** The in-place form of `addcmul` or `addcdiv`: in one pass over floats. */
function productInPlace(
  name: 'addcmul' | 'addcdiv',
  fused: Fused,
  op: typeof arithmetic.addcmul,
): InPlace<typeof arithmetic.addcmul> {
  const throughCopy = inPlace(name, op);
  return (x, a, b, ...rest) => {
    const { value = 1 } = optional<arithmetic.ValueOptions>(name, rest, [], ['value']);
    const floats = [x, a, b].every(
      (each) => each instanceof Tensor && isFloat(each.dtype) && each.dtype === x.dtype,
    );
    return floats ? fused.into(x, x, a, b, value) : throughCopy(x, a, b, { value });
  };
}

/** x = xᵖ, of float64 alone: the result is of that dtype. */
const floatPowerInPlace: InPlace<typeof exponents.floatPower> = (x, p) => {
  if (checkTensor('floatPower_', x).dtype === 'float64') return powerPlace(x, p);
  throw new DTypeError({
    op: 'floatPower_',
    got: x.dtype,
    want: 'float64, which the result has',
    fix: 'Use floatPower(), or pow_().',
  });
};
const powerPlace = inPlace('floatPower', exponents.floatPower);

function placed([name, op]: [name: string, op: unknown]): [name: string, placed: unknown] {
  const isPrimitive = typeof op === 'function' && 'operands' in op;
  return [
    `${name}_`,
    isPrimitive
      ? elementwisePlace(name, op as elementwise.BinaryOp)
      : inPlace(name, op as Parameters<typeof inPlace>[1]),
  ];
}

const { where: _, ...primitives } = elementwise;
const ops: Ops = { ...primitives, ...arithmetic, ...bounds, ...exponents, ...rounding, ...aliases };

export const elementwiseInPlace = {
  ...Object.fromEntries(Object.entries(ops).map(placed)),
  add_: scaledInPlace('add', elementwise.add, arithmetic.add),
  sub_: scaledInPlace('sub', elementwise.sub, arithmetic.sub),
  addcmul_: productInPlace('addcmul', scaledProduct, arithmetic.addcmul),
  addcdiv_: productInPlace('addcdiv', scaledQuotient, arithmetic.addcdiv),
  floatPower_: floatPowerInPlace,
} as unknown as ElementwiseInPlace;

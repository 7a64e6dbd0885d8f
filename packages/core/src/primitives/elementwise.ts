import {
  given,
  type KernelRow,
  kernelPrimitive,
  type NotDifferentiable,
  notDifferentiable,
  type Primitive,
  primitive,
  type Rule,
  type Sample,
  type SampleInput,
} from '../autograd/primitive.ts';
import type { BinaryKernel, UnaryKernel } from '../backend/reference/scalars.ts';
import { apply } from '../dispatch.ts';
import { type DType, toFloat } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { broadcastShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { cast } from './copy.ts';
import { asTensor, broadcastTo, checkTensor, promoted, type TensorLike, zerosFor } from './operand.ts';

/** An elementwise op, with what its in-place form is made of. */
interface Elementwise<Operands extends readonly TensorLike[]> {
  (...values: Operands): Tensor;
  readonly primitive: Primitive<null> & KernelRow<null>;
  /** The operands as tensors of the dtype that the op computes in. */
  operands(...values: Operands): Tensor[];
}

/** An elementwise op of one tensor. */
export type UnaryOp = Elementwise<[x: TensorLike]>;

/** An elementwise op of two operands that broadcast and promote. */
export type BinaryOp = Elementwise<[a: TensorLike, b: TensorLike]>;

/**
 * How the dtype of the result follows from the operands' (promoted) one:
 * `same`, `float` (integers are converted first), `number` (`same`, but refuses bool), or `bool`.
 */
type Result = 'same' | 'number' | 'float' | 'bool';
type Derivative = Rule<null> | NotDifferentiable;

const convert: Record<Result, (op: string) => (dtype: DType) => DType> = {
  same: () => (dtype) => dtype,
  bool: () => (dtype) => dtype,
  float: () => toFloat,
  number: (op) => (dtype) => {
    if (dtype !== 'bool') return dtype;
    throw new DTypeError({
      op,
      got: 'bool',
      want: 'numbers',
      fix: 'Use logicalNot(), logicalXor() or ne() on truth values.',
    });
  },
};

const unaryShapes = [[2, 3], [], [0, 2], [3, 1, 2]];
const binaryShapes = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [
    [2, 1],
    [1, 3],
  ],
  [[], [2, 2]],
  [
    [0, 3],
    [1, 3],
  ],
] as const;

type Domain = Pick<SampleInput, 'from' | 'to'>;
const positive: Domain = { from: 0.2, to: 2.5 };

/** Where a rule has nothing to say: a derivative that is zero wherever it exists. */
const flat = given([], (g) => zerosFor(g));

function unary(kernel: UnaryKernel, result: Result, vjp: Derivative, domain: Domain = {}): UnaryOp {
  const row = kernelPrimitive<null>({
    name: kernel,
    vjp: [vjp],
    samples: unaryShapes.map((shape) => ({ inputs: [{ shape, ...domain }], params: null })),
    infer: ([x]) => ({ shape: x.shape, dtype: result === 'bool' ? 'bool' : x.dtype }),
    forward: (backend, [x], out) => backend.unary(kernel, x, out),
  });
  const toOperand = convert[result](kernel);
  const operands = (value: TensorLike) => {
    const x = asTensor(kernel, value);
    return [cast(x, toOperand(x.dtype))];
  };
  return Object.assign((x: TensorLike) => apply(row, operands(x), null), { primitive: row, operands });
}

function binary(
  kernel: BinaryKernel,
  result: Result,
  vjp: readonly [Derivative, Derivative] | NotDifferentiable,
  domain: Domain = {},
): BinaryOp {
  const row = kernelPrimitive<null>({
    name: kernel,
    vjp,
    samples: binaryShapes.map(
      (pair): Sample<null> => ({
        inputs: pair.map((shape) => ({ shape, ...domain })),
        params: null,
      }),
    ),
    infer: ([a, b]) => ({
      shape: broadcastShapes(kernel, [a.shape, b.shape]),
      dtype: result === 'bool' ? 'bool' : a.dtype,
    }),
    forward: (backend, [a, b], out) => backend.binary(kernel, broadcastTo(a, out), broadcastTo(b, out), out),
  });
  const toOperand = convert[result](kernel);
  const operands = (a: TensorLike, b: TensorLike) => promoted(kernel, [a, b], toOperand);
  return Object.assign((a: TensorLike, b: TensorLike) => apply(row, operands(a, b), null), {
    primitive: row,
    operands,
  });
}

/** −x */
export const neg = unary(
  'neg',
  'number',
  given([], (g) => neg(g)),
);
/** |x|; the slope at 0 is 0. */
export const abs = unary(
  'abs',
  'same',
  given([0], (g, [x]) => mul(g, sign(x))),
  positive,
);
/** −1, 0 or 1. */
export const sign = unary('sign', 'same', flat, positive);
/** The next whole number at or below. */
export const floor = unary('floor', 'same', flat, { from: 0.1, to: 0.9 });
/** The next whole number at or above. */
export const ceil = unary('ceil', 'same', flat, { from: 0.1, to: 0.9 });
/** The nearest whole number; halves go to the even one. */
export const round = unary('round', 'same', flat, { from: 0.6, to: 1.4 });
/** The whole part. */
export const trunc = unary('trunc', 'same', flat, { from: 0.1, to: 0.9 });
/** eˣ */
export const exp = unary(
  'exp',
  'float',
  given(['out'], (g, [y]) => mul(g, y)),
);
/** eˣ − 1, exact near 0. */
export const expm1 = unary(
  'expm1',
  'float',
  given(['out'], (g, [y]) => mul(g, add(y, 1))),
);
/** The natural logarithm. */
export const log = unary(
  'log',
  'float',
  given([0], (g, [x]) => div(g, x)),
  positive,
);
/** log(1 + x), exact near 0. */
export const log1p = unary(
  'log1p',
  'float',
  given([0], (g, [x]) => div(g, add(x, 1))),
  positive,
);
/** √x */
export const sqrt = unary(
  'sqrt',
  'float',
  given(['out'], (g, [y]) => div(g, mul(y, 2))),
  positive,
);
/** Sine of x in radians. */
export const sin = unary(
  'sin',
  'float',
  given([0], (g, [x]) => mul(g, cos(x))),
);
/** Cosine of x in radians. */
export const cos = unary(
  'cos',
  'float',
  given([0], (g, [x]) => neg(mul(g, sin(x)))),
);
/** Tangent of x in radians. */
export const tan = unary(
  'tan',
  'float',
  given(['out'], (g, [y]) => mul(g, add(mul(y, y), 1))),
  { from: -1, to: 1 },
);
/** The angle in [−π/2, π/2] whose sine is x. */
export const asin = unary(
  'asin',
  'float',
  given([0], (g, [x]) => div(g, rootOfOneMinusSquare(x))),
  { from: -0.8, to: 0.8 },
);
/** The angle in [0, π] whose cosine is x. */
export const acos = unary(
  'acos',
  'float',
  given([0], (g, [x]) => neg(div(g, rootOfOneMinusSquare(x)))),
  { from: -0.8, to: 0.8 },
);
/** The angle in (−π/2, π/2) whose tangent is x. */
export const atan = unary(
  'atan',
  'float',
  given([0], (g, [x]) => div(g, add(mul(x, x), 1))),
);
/** Hyperbolic sine. */
export const sinh = unary(
  'sinh',
  'float',
  given([0], (g, [x]) => mul(g, cosh(x))),
);
/** Hyperbolic cosine. */
export const cosh = unary(
  'cosh',
  'float',
  given([0], (g, [x]) => mul(g, sinh(x))),
);
/** Hyperbolic tangent. */
export const tanh = unary(
  'tanh',
  'float',
  given(['out'], (g, [y]) => mul(g, sub(1, mul(y, y)))),
);
/** Inverse hyperbolic sine. */
export const asinh = unary(
  'asinh',
  'float',
  given([0], (g, [x]) => div(g, sqrt(add(mul(x, x), 1)))),
);
/** Inverse hyperbolic cosine, for x ≥ 1. */
export const acosh = unary(
  'acosh',
  'float',
  given([0], (g, [x]) => div(g, sqrt(sub(mul(x, x), 1)))),
  { from: 1.3, to: 3 },
);
/** Inverse hyperbolic tangent, for |x| < 1. */
export const atanh = unary(
  'atanh',
  'float',
  given([0], (g, [x]) => div(g, sub(1, mul(x, x)))),
  { from: -0.8, to: 0.8 },
);
/** 1 / (1 + e⁻ˣ) */
export const sigmoid = unary(
  'sigmoid',
  'float',
  given(['out'], (g, [y]) => mul(mul(g, y), sub(1, y))),
);
/** max(x, 0); the slope at 0 is 0. */
export const relu = unary(
  'relu',
  'number',
  given(['out'], (g, [y]) => gate(g, y)),
  positive,
);
/** The error function 2/√π ∫₀ˣ e^(−t²) dt. */
export const erf = unary(
  'erf',
  'float',
  given([0], (g, [x]) => mul(g, gaussian(x))),
);
/** 1 − erf x, exact in the tail. */
export const erfc = unary(
  'erfc',
  'float',
  given([0], (g, [x]) => neg(mul(g, gaussian(x)))),
);

const steps = notDifferentiable('its result is a truth value');

/** Where an element is NaN. */
export const isnan = unary('isnan', 'bool', steps);
/** Where an element is ∞ or −∞. */
export const isinf = unary('isinf', 'bool', steps);
/** Where an element is 0. */
export const logicalNot = unary('logicalNot', 'bool', steps);

/** a + b */
export const add = binary('add', 'same', [given([], (g) => g), given([], (g) => g)]);
/** a − b */
export const sub = binary('sub', 'number', [given([], (g) => g), given([], (g) => neg(g))]);
/** a · b */
export const mul = binary('mul', 'same', [
  given([1], (g, [b]) => mul(g, b)),
  given([0], (g, [a]) => mul(g, a)),
]);
/** a / b, a float also for integers. */
export const div = binary(
  'div',
  'float',
  [given([1], (g, [b]) => div(g, b)), given([0, 1], (g, [a, b]) => neg(mul(g, div(div(a, b), b))))],
  positive,
);
/** The quotient rounded down to a whole number. */
export const floorDivide = binary('floorDivide', 'number', [flat, flat], { from: 2.1, to: 2.4 });
/** a to the power of b. */
export const pow = binary(
  'pow',
  'number',
  [
    // d xᵖ = p x^(p−1), also at p = 0, where x^(p−1) may be infinite.
    given([0, 1], (g, [x, p]) => where(eq(p, 0), 0, mul(g, mul(p, pow(x, sub(p, 1)))))),
    // 0ᵖ does not move with a p ≥ 0, though log 0 is infinite.
    given([0, 1, 'out'], (g, [x, p, y]) => where(logicalAnd(eq(x, 0), ge(p, 0)), 0, mul(g, mul(y, log(x))))),
  ],
  positive,
);
/** a modulo b, with the sign of b, as Python has it. */
export const remainder = binary(
  'remainder',
  'number',
  [given([], (g) => g), given([0, 1], (g, [a, b]) => neg(mul(g, floor(div(a, b)))))],
  { from: 2.1, to: 2.4 },
);
/** The remainder of a / b rounded towards 0, with the sign of a, as C has it. */
export const fmod = binary(
  'fmod',
  'number',
  [given([], (g) => g), given([0, 1], (g, [a, b]) => neg(mul(g, trunc(div(a, b)))))],
  { from: 2.1, to: 2.4 },
);
/** The angle of the point (b, a), in (−π, π]. */
export const atan2 = binary(
  'atan2',
  'float',
  [
    given([0, 1], (g, [a, b]) => mul(g, div(b, sumOfSquares(a, b)))),
    given([0, 1], (g, [a, b]) => neg(mul(g, div(a, sumOfSquares(a, b))))),
  ],
  positive,
);
/** The larger; equal operands share the gradient; NaN wins. */
export const maximum = binary('maximum', 'same', [
  given([0, 1], (g, [a, b]) => shareOfWinner(g, lt(a, b), eq(a, b))),
  given([0, 1], (g, [a, b]) => shareOfWinner(g, lt(b, a), eq(a, b))),
]);
/** The smaller; equal operands share the gradient; NaN wins. */
export const minimum = binary('minimum', 'same', [
  given([0, 1], (g, [a, b]) => shareOfWinner(g, gt(a, b), eq(a, b))),
  given([0, 1], (g, [a, b]) => shareOfWinner(g, gt(b, a), eq(a, b))),
]);

/** g where y is above 0 or NaN, and 0 elsewhere: the gradient of `relu`, which depends on y, if only with slope 0. */
const gate = binary('gate', 'same', [given([1], (g, [y]) => gate(g, y)), flat], positive);

/** a = b */
export const eq = binary('eq', 'bool', steps);
/** a ≠ b */
export const ne = binary('ne', 'bool', steps);
/** a < b */
export const lt = binary('lt', 'bool', steps);
/** a ≤ b */
export const le = binary('le', 'bool', steps);
/** a > b */
export const gt = binary('gt', 'bool', steps);
/** a ≥ b */
export const ge = binary('ge', 'bool', steps);
/** Both differ from 0. */
export const logicalAnd = binary('logicalAnd', 'bool', steps);
/** One at least differs from 0. */
export const logicalOr = binary('logicalOr', 'bool', steps);
/** Exactly one differs from 0. */
export const logicalXor = binary('logicalXor', 'bool', steps);

const whereRow = primitive<null>({
  name: 'where',
  vjp: [
    notDifferentiable('a condition is a truth value'),
    given([0], (g, [condition]) => where(condition, g, 0)),
    given([0], (g, [condition]) => where(condition, 0, g)),
  ],
  samples: [
    { inputs: [{ shape: [2, 3], dtype: 'bool' }, { shape: [2, 3] }, { shape: [2, 3] }], params: null },
    { inputs: [{ shape: [3], dtype: 'bool' }, { shape: [2, 1] }, { shape: [] }], params: null },
    { inputs: [{ shape: [0], dtype: 'bool' }, { shape: [1] }, { shape: [0] }], params: null },
  ],
  infer: ([condition, a, b]) => ({
    shape: broadcastShapes('where', [condition.shape, a.shape, b.shape]),
    dtype: a.dtype,
  }),
  forward: (backend, [condition, a, b], out) =>
    backend.where(broadcastTo(condition, out), broadcastTo(a, out), broadcastTo(b, out), out),
});

/**
 * Elements of `a` where `condition` holds and of `b` elsewhere; all three broadcast.
 * @throws DTypeError if `condition` is not bool
 */
export function where(condition: Tensor, a: TensorLike, b: TensorLike): Tensor {
  if (checkTensor('where', condition).dtype !== 'bool') {
    throw new DTypeError({
      op: 'where',
      got: `a condition of ${condition.dtype}`,
      want: 'bool',
      fix: 'Compare it: where(c.ne(0), a, b).',
    });
  }
  return apply(whereRow, [condition, ...promoted('where', [a, b])], null);
}

function rootOfOneMinusSquare(x: Tensor): Tensor {
  return sqrt(sub(1, mul(x, x)));
}

function sumOfSquares(a: Tensor, b: Tensor): Tensor {
  return add(mul(a, a), mul(b, b));
}

/** The slope of erf, 2/√π e^(−x²). */
function gaussian(x: Tensor): Tensor {
  return mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI));
}

/** The cotangent for one of two that compete: none if it lost, half if they tied. */
function shareOfWinner(g: Tensor, lost: Tensor, tied: Tensor): Tensor {
  return where(lost, 0, where(tied, div(g, 2), g));
}

import { isGradEnabled } from '../../autograd/mode.ts';
import {
  given,
  type KernelRow,
  kernelPrimitive,
  type NotDifferentiable,
  notDifferentiable,
  type Primitive,
  type Rule,
  type SampleInput,
} from '../../autograd/primitive.ts';
import type { BinaryKernel, UnaryKernel } from '../../backend/reference/scalars.ts';
import { apply } from '../../dispatch.ts';
import { type DType, isFloat, toFloat } from '../../dtype.ts';
import { DTypeError } from '../../errors.ts';
import { broadcastShapes } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { cast } from '../copy.ts';
import { OnePass } from '../one-pass.ts';
import { asTensor, broadcastTo, promoted, type TensorLike } from '../operand.ts';

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
 * How the dtype of the result follows from the operands' (promoted) one: `same`, `float` (integers are converted
 * first), `bool`; or `same`, but only for `numbers` (no truth values), `floats`, `integers`, or `bits` (no floats).
 */
export type Result = 'same' | 'float' | 'bool' | keyof typeof refusals;
type Derivative = Rule<null> | NotDifferentiable;

const refusals = {
  numbers: {
    refuses: (dtype: DType) => dtype === 'bool',
    fix: 'Use logicalNot(), logicalXor() or ne() on truth values.',
  },
  floats: {
    refuses: (dtype: DType) => !isFloat(dtype),
    fix: "Convert with to('float32').",
  },
  integers: {
    refuses: (dtype: DType) => isFloat(dtype) || dtype === 'bool',
    fix: "Convert with to('int32').",
  },
  bits: {
    refuses: isFloat,
    fix: "Convert with to('int32') or to('bool').",
  },
} as const;

/** The dtype that an op computes in, of the one that its operands promote to. */
export function dtypeRule(op: string, result: Result): (dtype: DType) => DType {
  if (result === 'same' || result === 'bool') return (dtype) => dtype;
  if (result === 'float') return toFloat;
  const { refuses, fix } = refusals[result];
  return (dtype) => {
    if (!refuses(dtype)) return dtype;
    throw new DTypeError({
      op,
      got: dtype,
      want: result === 'bits' ? 'integers or truth values' : result,
      fix,
    });
  };
}

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

interface RowOptions extends Pick<SampleInput, 'from' | 'to'> {
  /** Default: the kernel's name. */
  readonly name?: string;
}

/** Where samples of ±2 would meet a kink or a pole. */
export const positive = { from: 0.2, to: 2.5 } as const;

/** A derivative that is zero wherever it exists. */
export const flat = given([], () => null);

/** Of ops that end in truth values. */
export const truth = notDifferentiable('its result is a truth value');

/** Of ops on whole numbers. */
export const whole = notDifferentiable('it works on whole numbers');

/** What the samples of a row look like. */
function sampleOf(result: Result, { from, to }: RowOptions): Omit<SampleInput, 'shape'> {
  const look = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  return result === 'integers' || result === 'bits' ? { ...look, dtype: 'int32' } : look;
}

/** A derivative whose ops, which are elementwise themselves and know their operands only, run as one. */
function inOnePass(name: string, derivative: Derivative): Derivative {
  if ('none' in derivative) return derivative;
  const { saves, pullback } = derivative;
  let pass: OnePass | undefined;
  return {
    saves,
    pullback: (g, saved, call) => {
      if (isGradEnabled()) return pullback(g, saved, call);
      pass ??= new OnePass(`${name}Backward`, 1 + saves.length, 0, (cotangent, ...rest) =>
        pullback(cotangent as Tensor, rest, call),
      );
      if (pass.ops < 2) return pullback(g, saved, call);
      const operands = [g, ...saved];
      return pass.call(
        pass.reads.map((i) => operands[i] as Tensor),
        [],
      );
    },
  };
}

export function unary(
  kernel: UnaryKernel,
  result: Result,
  vjp: Derivative,
  options: RowOptions = {},
): UnaryOp {
  const { name = kernel } = options;
  const look = sampleOf(result, options);
  const row = kernelPrimitive<null>({
    name,
    isElementwise: true,
    vjp: 'none' in vjp ? vjp : [inOnePass(name, vjp)],
    samples: unaryShapes.map((shape) => ({ inputs: [{ shape, ...look }], params: null })),
    infer: ([x]) => ({ shape: x.shape, dtype: result === 'bool' ? 'bool' : x.dtype }),
    forward: (backend, [x], out) => backend.unary(kernel, x, out),
  });
  const toOperand = dtypeRule(name, result);
  const operands = (value: TensorLike) => {
    const x = asTensor(name, value);
    return [cast(x, toOperand(x.dtype))];
  };
  return Object.assign((x: TensorLike) => apply(row, operands(x), null), { primitive: row, operands });
}

export function binary(
  kernel: BinaryKernel,
  result: Result,
  vjp: readonly [Derivative, Derivative] | NotDifferentiable,
  options: RowOptions = {},
): BinaryOp {
  const { name = kernel } = options;
  const look = sampleOf(result, options);
  const row = kernelPrimitive<null>({
    name,
    isElementwise: true,
    vjp: 'none' in vjp ? vjp : vjp.map((each) => inOnePass(name, each)),
    samples: binaryShapes.map((pair) => ({
      inputs: pair.map((shape) => ({ shape, ...look })),
      params: null,
    })),
    infer: ([a, b]) => ({
      shape: broadcastShapes(name, [a.shape, b.shape]),
      dtype: result === 'bool' ? 'bool' : a.dtype,
    }),
    forward: (backend, [a, b], out) => backend.binary(kernel, broadcastTo(a, out), broadcastTo(b, out), out),
  });
  const toOperand = dtypeRule(name, result);
  const operands = (a: TensorLike, b: TensorLike) => promoted(name, [a, b], toOperand);
  return Object.assign((a: TensorLike, b: TensorLike) => apply(row, operands(a, b), null), {
    primitive: row,
    operands,
  });
}

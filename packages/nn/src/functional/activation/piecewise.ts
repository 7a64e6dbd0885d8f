import {
  ArgumentError,
  relu as clipped,
  DTypeError,
  fuse,
  type Generator,
  type Optional,
  onesLike,
  optional,
  piecewise,
  ShapeError,
  showShapes,
  type Tensor,
  type TensorLike,
  where,
  zeros,
} from '@retrograd/core';
import { checkFloat, checkNumeric, checkSameDtype } from '../../checks.ts';
import { type InplaceOptions, inplaceOrder, placed } from './in-place.ts';

/** max(x, 0); the slope at 0 is 0. */
export function relu(x: Tensor, ...rest: Optional<InplaceOptions, typeof inplaceOrder>): Tensor {
  const { inplace = false } = optional<InplaceOptions>('relu', rest, inplaceOrder);
  return inplace ? relu_(x) : clipped(x);
}

/** `relu` in place. */
export function relu_(x: Tensor): Tensor {
  return checkNumeric('relu_', x).relu_();
}

export interface LeakyReluOptions extends InplaceOptions {
  /** Slope below 0. Default 0.01. */
  negativeSlope?: number;
}

export const leakyReluOrder = ['negativeSlope', 'inplace'] as const;

const leak = fuse('leakyRelu', (x, slope) => piecewise(x, x.gt(0), x, x.mul(slope)), 1);

/** x above 0, `negativeSlope` · x below. */
export function leakyRelu(x: Tensor, ...rest: Optional<LeakyReluOptions, typeof leakyReluOrder>): Tensor {
  const { negativeSlope = 0.01, inplace = false } = optional<LeakyReluOptions>(
    'leakyRelu',
    rest,
    leakyReluOrder,
  );
  return placed(checkFloat('leakyRelu', x), inplace, (from) => leak(from, negativeSlope));
}

/** `leakyRelu` in place. */
export function leakyRelu_(x: Tensor, negativeSlope = 0.01): Tensor {
  return leakyRelu(x, { negativeSlope, inplace: true });
}

const leakByWeight = fuse('prelu', (x, weight) => {
  const above = x.gt(0);
  return piecewise(x, above, x, where(above, 0, x).mul(weight));
});

/**
 * x above 0, weight · x below. `weight` is one number in a tensor, or `(C)`: one for each channel of an input
 * `(N, C, …)`.
 * @throws ShapeError if there are not as many weights as channels, DTypeError if dtypes differ
 */
export function prelu(x: Tensor, weight: Tensor): Tensor {
  checkSameDtype('prelu', checkFloat('prelu', x), 'weight', checkFloat('prelu', weight).dtype);
  const channels = x.ndim < 2 ? 1 : (x.shape[1] as number);
  if (weight.ndim > 1 || (weight.numel !== 1 && weight.numel !== channels))
    throw new ShapeError({
      op: 'prelu',
      got: `shapes ${showShapes([x.shape, weight.shape])}`,
      want: `one weight, or a vector of ${channels}: one for each channel (dim 1)`,
    });
  const perChannel = weight.reshape(weight.numel === 1 ? [] : x.shape.map((size, d) => (d === 1 ? size : 1)));
  return leakByWeight(x, perChannel);
}

export interface RReluOptions extends InplaceOptions {
  /** The least slope below 0. Default 1/8. */
  lower?: number;
  /** The largest slope below 0. Default 1/3. */
  upper?: number;
  /** Whether slopes are drawn; without it they are the middle of the two. Default false. */
  training?: boolean;
  /** Where they are drawn from. Default: the generator that `manualSeed` seeds. */
  generator?: Generator;
}

const rreluOrder = ['lower', 'upper', 'training', 'inplace'] as const;

/**
 * A `leakyRelu` whose slope is drawn anew for every element (Xu et al., Empirical Evaluation of Rectified Activations,
 * 2015). Slopes are drawn, as PyTorch draws them, for elements at or below 0 only: how many there are is read.
 * @throws ArgumentError if `lower` is above `upper`
 */
export function rrelu(x: Tensor, ...rest: Optional<RReluOptions, typeof rreluOrder>): Tensor {
  const options = optional<RReluOptions>('rrelu', rest, rreluOrder, ['generator']);
  const { lower = 1 / 8, upper = 1 / 3, training = false, inplace = false, generator } = options;
  if (!(lower <= upper))
    throw new ArgumentError({
      op: 'rrelu',
      got: `lower ${lower} and upper ${upper}`,
      want: 'the lower one first',
    });
  if (!training) return leakyRelu(checkFloat('rrelu', x), { negativeSlope: (lower + upper) / 2, inplace });
  return placed(checkFloat('rrelu', x), inplace, (from) => {
    const below = from.le(0);
    const drawn = zeros([below.sum().item()], { dtype: 'float64' }).uniform_(lower, upper, { generator });
    return from.mul(onesLike(from).maskedScatter(below, drawn.to(from.dtype)));
  });
}

/** `rrelu` in place. */
export function rrelu_(x: Tensor, lower = 1 / 8, upper = 1 / 3, training = false): Tensor {
  return rrelu(x, { lower, upper, training, inplace: true });
}

export interface HardtanhOptions extends InplaceOptions {
  /** Default −1. */
  minVal?: number;
  /** Default 1. Where it is less than `minVal`, it wins. */
  maxVal?: number;
}

export const hardtanhOrder = ['minVal', 'maxVal', 'inplace'] as const;

/** x between `minVal` and `maxVal`, which are the ends; the slope is 0 at and beyond them. */
export function hardtanh(x: Tensor, ...rest: Optional<HardtanhOptions, typeof hardtanhOrder>): Tensor {
  const {
    minVal = -1,
    maxVal = 1,
    inplace = false,
  } = optional<HardtanhOptions>('hardtanh', rest, hardtanhOrder);
  if (checkNumeric('hardtanh', x).dtype === 'uint8' && (minVal < 0 || maxVal < 0))
    throw new DTypeError({
      op: 'hardtanh',
      got: `uint8 and ends ${minVal} and ${maxVal}`,
      want: 'ends of at least 0',
    });
  return placed(x, inplace, (from) => between(from, minVal, maxVal));
}

/** `hardtanh` in place. */
export function hardtanh_(x: Tensor, minVal = -1, maxVal = 1): Tensor {
  return hardtanh(x, { minVal, maxVal, inplace: true });
}

function clip(x: Tensor, min: TensorLike, max: TensorLike): Tensor {
  const raised = piecewise(x, x.le(min), min, x);
  return piecewise(raised, raised.ge(max), max, raised);
}

const clippedFloats = fuse('hardtanh', (x, min, max) => clip(x, min, max), 2);

function between(x: Tensor, min: number, max: number): Tensor {
  return x.isFloatingPoint ? clippedFloats(x, min, max) : clip(x, min, max).to(x.dtype);
}

/** min(max(x, 0), 6) */
export function relu6(x: Tensor, ...rest: Optional<InplaceOptions, typeof inplaceOrder>): Tensor {
  const { inplace = false } = optional<InplaceOptions>('relu6', rest, inplaceOrder);
  return placed(checkNumeric('relu6', x), inplace, (from) => between(from, 0, 6));
}

const sigmoidOfLines = fuse('hardsigmoid', (x) => clip(x.add(3), 0, 6).div(6));

/** min(max(x + 3, 0), 6) / 6, a sigmoid of straight lines. */
export function hardsigmoid(x: Tensor, ...rest: Optional<InplaceOptions, typeof inplaceOrder>): Tensor {
  const { inplace = false } = optional<InplaceOptions>('hardsigmoid', rest, inplaceOrder);
  return placed(checkFloat('hardsigmoid', x), inplace, sigmoidOfLines);
}

const swishOfLines = fuse('hardswish', (x) => x.mul(clip(x.add(3), 0, 6)).div(6));

/** x · min(max(x + 3, 0), 6) / 6 */
export function hardswish(x: Tensor, ...rest: Optional<InplaceOptions, typeof inplaceOrder>): Tensor {
  const { inplace = false } = optional<InplaceOptions>('hardswish', rest, inplaceOrder);
  return placed(checkFloat('hardswish', x), inplace, swishOfLines);
}

export interface ShrinkOptions {
  /** Half the width of what becomes 0. Default 0.5. */
  lambd?: number;
}

export const shrinkOrder = ['lambd'] as const;

const withoutMiddle = fuse('hardshrink', (x, lambd) => piecewise(x, x.abs().le(lambd), 0, x), 1);

/** 0 from −lambd to lambd, x elsewhere. */
export function hardshrink(x: Tensor, ...rest: Optional<ShrinkOptions, typeof shrinkOrder>): Tensor {
  const { lambd = 0.5 } = optional<ShrinkOptions>('hardshrink', rest, shrinkOrder);
  return withoutMiddle(checkFloat('hardshrink', x), lambd);
}

const nearer = fuse(
  'softshrink',
  (x, lambd) => piecewise(x, x.abs().le(lambd), 0, x.sub(x.sign().mul(lambd))),
  1,
);

/**
 * 0 from −lambd to lambd, x brought nearer to 0 by lambd elsewhere.
 * @throws ArgumentError for a lambd below 0
 */
export function softshrink(x: Tensor, ...rest: Optional<ShrinkOptions, typeof shrinkOrder>): Tensor {
  const { lambd = 0.5 } = optional<ShrinkOptions>('softshrink', rest, shrinkOrder);
  if (!(lambd >= 0))
    throw new ArgumentError({ op: 'softshrink', got: `lambd ${lambd}`, want: 'a number ≥ 0' });
  return nearer(checkFloat('softshrink', x), lambd);
}

function above(x: Tensor, threshold: TensorLike, value: TensorLike): Tensor {
  return piecewise(x, x.le(threshold), value, x);
}

const floatsAbove = fuse('threshold', (x, threshold, value) => above(x, threshold, value), 2);

/** x above a threshold, `value` elsewhere. */
export function threshold(
  x: Tensor,
  threshold: number,
  value: number,
  ...rest: Optional<InplaceOptions, typeof inplaceOrder>
): Tensor {
  const { inplace = false } = optional<InplaceOptions>('threshold', rest, inplaceOrder);
  return placed(checkNumeric('threshold', x), inplace, (from) =>
    from.isFloatingPoint ? floatsAbove(from, threshold, value) : above(from, threshold, value).to(from.dtype),
  );
}

/** `threshold` in place. */
export function threshold_(x: Tensor, threshold_: number, value: number): Tensor {
  return threshold(x, threshold_, value, { inplace: true });
}

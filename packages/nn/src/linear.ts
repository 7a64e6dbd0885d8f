import { ArgumentError, type DType, type Optional, optional, type Tensor, zeros } from '@retrograd/core';
import { bilinear, linear } from './functional/linear.ts';
import { fanInAndOut, kaimingUniform_, uniform_ } from './init.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { extra } from './repr.ts';

export interface LinearOptions {
  /** Add a bias. Default true. */
  bias?: boolean;
  /** Default `float32`. */
  dtype?: DType;
}

const order = ['bias'] as const;

/**
 * x · Wᵀ + b: `(…, inFeatures) → (…, outFeatures)`.
 *
 * @example
 * ```ts
 * new nn.Linear(800, 10);
 * new nn.Linear(784, 196, { bias: false });
 * ```
 */
export class Linear extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** `(outFeatures, inFeatures)` */
  weight: Parameter;
  /** `(outFeatures)` */
  bias: Parameter | null;

  constructor(inFeatures: number, outFeatures: number, ...rest: Optional<LinearOptions, typeof order>) {
    super();
    const { bias = true, dtype = 'float32' } = optional<LinearOptions>('Linear', rest, order, ['dtype']);
    this.inFeatures = checkSize('Linear', 'inFeatures', inFeatures);
    this.outFeatures = checkSize('Linear', 'outFeatures', outFeatures);
    this.weight = new Parameter(zeros([outFeatures, inFeatures], { dtype }));
    this.bias = bias ? new Parameter(zeros([outFeatures], { dtype })) : null;
    this.resetParameters();
  }

  /** Draws weight and bias anew, uniform within ±1/√inFeatures. */
  resetParameters(): void {
    drawWeightAndBias(this.weight, this.bias);
  }

  override forward(x: Tensor): Tensor {
    return linear(x, this.weight, { bias: this.bias });
  }

  override extraRepr(): string {
    const { inFeatures, outFeatures } = this;
    return extra([], { inFeatures, outFeatures, bias: this.bias !== null });
  }
}

/** y[o] = x₁ᵀ · weight[o] · x₂ + bias[o]: `(…, in1Features), (…, in2Features) → (…, outFeatures)`. */
export class Bilinear extends Module {
  readonly in1Features: number;
  readonly in2Features: number;
  readonly outFeatures: number;
  /** `(outFeatures, in1Features, in2Features)` */
  weight: Parameter;
  /** `(outFeatures)` */
  bias: Parameter | null;

  constructor(
    in1Features: number,
    in2Features: number,
    outFeatures: number,
    ...rest: Optional<LinearOptions, typeof order>
  ) {
    super();
    const { bias = true, dtype = 'float32' } = optional<LinearOptions>('Bilinear', rest, order, ['dtype']);
    this.in1Features = checkSize('Bilinear', 'in1Features', in1Features);
    this.in2Features = checkSize('Bilinear', 'in2Features', in2Features);
    this.outFeatures = checkSize('Bilinear', 'outFeatures', outFeatures);
    this.weight = new Parameter(zeros([outFeatures, in1Features, in2Features], { dtype }));
    this.bias = bias ? new Parameter(zeros([outFeatures], { dtype })) : null;
    this.resetParameters();
  }

  /** Draws weight and bias anew, uniform within ±1/√in1Features. */
  resetParameters(): void {
    if (this.in1Features === 0) return;
    const bound = 1 / Math.sqrt(this.in1Features);
    uniform_(this.weight, { a: -bound, b: bound });
    if (this.bias) uniform_(this.bias, { a: -bound, b: bound });
  }

  override forward(x1: Tensor, x2: Tensor): Tensor {
    return bilinear(x1, x2, this.weight, { bias: this.bias });
  }

  override extraRepr(): string {
    const { in1Features, in2Features, outFeatures } = this;
    return extra([], { in1Features, in2Features, outFeatures, bias: this.bias !== null });
  }
}

/** PyTorch's default, in its order: both uniform within ±1/√fanIn (for the weight, Kaiming's bound with a = √5). */
export function drawWeightAndBias(weight: Tensor, bias: Tensor | null): void {
  if (weight.numel > 0) kaimingUniform_(weight, { a: Math.sqrt(5) });
  const { fanIn } = fanInAndOut('resetParameters', weight);
  if (bias === null || fanIn === 0) return;
  const bound = 1 / Math.sqrt(fanIn);
  uniform_(bias, { a: -bound, b: bound });
}

/** @throws ArgumentError unless a number of features or channels is whole and not negative */
export function checkSize(op: string, name: string, size: unknown): number {
  if (typeof size === 'number' && Number.isInteger(size) && size >= 0) return size;
  throw new ArgumentError({ op, got: `${name} ${String(size)}`, want: 'a whole number ≥ 0' });
}

import { noGrad } from '../autograd/mode.ts';
import { zeros } from '../ops/creation.ts';
import { type GeneratorOptions, rand } from '../ops/random.ts';
import { special } from '../ops/special.ts';
import { where } from '../primitives/elementwise.ts';
import type { TensorLike } from '../primitives/operand.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { constraints, interval } from './constraints.ts';
import { broadcasted, Distribution, type DistributionOptions } from './distribution.ts';
import { Normal } from './location-scale.ts';

/** The distribution of eˣ, where x is normal of mean `loc` and standard deviation `scale`. */
export class LogNormal extends Distribution {
  readonly base: Normal;

  constructor(loc: TensorLike, scale: TensorLike, options: DistributionOptions = {}) {
    const base = new Normal(loc, scale, options);
    super(base.batchShape, [], options);
    this.base = base;
  }

  get loc(): Tensor {
    return this.base.loc;
  }

  get scale(): Tensor {
    return this.base.scale;
  }

  get support() {
    return constraints.positive;
  }

  get mean(): Tensor {
    return this.loc.add(this.scale.square().div(2)).exp();
  }

  override get mode(): Tensor {
    return this.loc.sub(this.scale.square()).exp();
  }

  get variance(): Tensor {
    const square = this.scale.square();
    return square.expm1().mul(this.loc.mul(2).add(square).exp());
  }

  override get hasRsample(): boolean {
    return true;
  }

  protected draw(sampleShape: Shape, options: GeneratorOptions): Tensor {
    return this.base.rsample(sampleShape, options).exp();
  }

  protected density(value: Tensor): Tensor {
    const logarithm = value.log();
    return this.base.logProb(logarithm).sub(logarithm);
  }

  override entropy(): Tensor {
    return this.base.entropy().add(this.loc);
  }

  protected override cumulative(value: Tensor): Tensor {
    return this.base.cdf(value.log());
  }

  override icdf(probability: TensorLike): Tensor {
    return this.base.icdf(probability).exp();
  }

  protected repeated(batchShape: Shape): Distribution {
    const { loc, scale } = this.base.expand(batchShape);
    return new LogNormal(loc, scale, { validateArgs: this.validates });
  }
}

/** The distribution of |x|, where x is normal of mean 0 and standard deviation `scale`. */
export class HalfNormal extends Distribution {
  readonly base: Normal;

  constructor(scale: TensorLike, options: DistributionOptions = {}) {
    const base = new Normal(0, scale, options);
    super(base.batchShape, [], options);
    this.base = base;
  }

  get scale(): Tensor {
    return this.base.scale;
  }

  get support() {
    return constraints.nonnegative;
  }

  get mean(): Tensor {
    return this.scale.mul(Math.sqrt(2 / Math.PI));
  }

  override get mode(): Tensor {
    return this.scale.mul(0);
  }

  get variance(): Tensor {
    return this.scale.square().mul(1 - 2 / Math.PI);
  }

  override get hasRsample(): boolean {
    return true;
  }

  protected draw(sampleShape: Shape, options: GeneratorOptions): Tensor {
    return this.base.rsample(sampleShape, options).abs();
  }

  protected density(value: Tensor): Tensor {
    return where(value.ge(0), this.base.logProb(value).add(Math.LN2), Number.NEGATIVE_INFINITY);
  }

  override entropy(): Tensor {
    return this.base.entropy().sub(Math.LN2);
  }

  protected override cumulative(value: Tensor): Tensor {
    return value.div(this.scale.mul(Math.SQRT2)).erf();
  }

  override icdf(probability: TensorLike): Tensor {
    const [p] = broadcasted('HalfNormal.icdf', probability, this.scale);
    return special.erfinv(p).mul(this.scale).mul(Math.SQRT2);
  }

  protected repeated(batchShape: Shape): Distribution {
    return new HalfNormal(this.scale.expand(batchShape), { validateArgs: this.validates });
  }
}

/** The same density everywhere between `low` and `high`. */
export class Uniform extends Distribution {
  readonly low: Tensor;
  readonly high: Tensor;

  constructor(low: TensorLike, high: TensorLike, options: DistributionOptions = {}) {
    const [a, b] = broadcasted('Uniform', low, high);
    super(a.shape, [], options);
    this.low = a;
    this.high = b;
    this.checkParameter('distance from low to high', b.sub(a), constraints.positive);
  }

  get support() {
    return interval(this.low, this.high);
  }

  get mean(): Tensor {
    return this.low.add(this.high).div(2);
  }

  get variance(): Tensor {
    return this.high.sub(this.low).square().div(12);
  }

  override get hasRsample(): boolean {
    return true;
  }

  protected draw(sampleShape: Shape, options: GeneratorOptions): Tensor {
    const u = rand(this.extended(sampleShape), { dtype: this.low.dtype, ...options });
    return this.low.add(u.mul(this.high.sub(this.low)));
  }

  protected density(value: Tensor): Tensor {
    const within = value.ge(this.low).logicalAnd(value.lt(this.high));
    return where(within, this.entropy().neg(), Number.NEGATIVE_INFINITY);
  }

  override entropy(): Tensor {
    return this.high.sub(this.low).log();
  }

  protected override cumulative(value: Tensor): Tensor {
    return value.sub(this.low).div(this.high.sub(this.low)).clamp(0, 1);
  }

  override icdf(probability: TensorLike): Tensor {
    const [p] = broadcasted('Uniform.icdf', probability, this.low);
    return this.low.add(p.mul(this.high.sub(this.low)));
  }

  protected repeated(batchShape: Shape): Distribution {
    return new Uniform(this.low.expand(batchShape), this.high.expand(batchShape), {
      validateArgs: this.validates,
    });
  }
}

/** Waiting times of density λ e^(−λx). */
export class Exponential extends Distribution {
  readonly rate: Tensor;

  constructor(rate: TensorLike, options: DistributionOptions = {}) {
    const [lambda] = broadcasted('Exponential', rate);
    super(lambda.shape, [], options);
    this.rate = lambda;
    this.checkParameter('rate', lambda, constraints.positive);
  }

  get support() {
    return constraints.nonnegative;
  }

  get mean(): Tensor {
    return this.rate.reciprocal();
  }

  override get mode(): Tensor {
    return this.rate.mul(0);
  }

  get variance(): Tensor {
    return this.rate.pow(-2);
  }

  override get hasRsample(): boolean {
    return true;
  }

  protected draw(sampleShape: Shape, options: GeneratorOptions): Tensor {
    const { dtype } = this.rate;
    const unit = noGrad(() => zeros(this.extended(sampleShape), { dtype }).exponential_(1, options));
    return unit.div(this.rate);
  }

  protected density(value: Tensor): Tensor {
    return this.rate.log().sub(this.rate.mul(value));
  }

  override entropy(): Tensor {
    return this.rate.log().neg().add(1);
  }

  protected override cumulative(value: Tensor): Tensor {
    return this.rate.mul(value).neg().expm1().neg();
  }

  override icdf(probability: TensorLike): Tensor {
    const [p] = broadcasted('Exponential.icdf', probability, this.rate);
    return p.neg().log1p().neg().div(this.rate);
  }

  protected repeated(batchShape: Shape): Distribution {
    return new Exponential(this.rate.expand(batchShape), { validateArgs: this.validates });
  }
}

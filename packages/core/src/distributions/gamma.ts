import { CustomFunction } from '../autograd/function.ts';
import type { FunctionCtx } from '../autograd/function-context.ts';
import { ShapeError } from '../errors.ts';
import { fromTypedArray } from '../ops/creation.ts';
import { finfo } from '../ops/facts.ts';
import { stack } from '../ops/joining.ts';
import { type GeneratorOptions, isFloats, randn } from '../ops/random.ts';
import { special } from '../ops/special.ts';
import { checkTensor, type TensorLike } from '../primitives/operand.ts';
import { fillStandardGamma, gammaSlope } from '../random/rejected.ts';
import { type Shape, showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { constraints } from './constraints.ts';
import { broadcasted, Distribution, type DistributionOptions } from './distribution.ts';

/** Samples of rate 1, whose gradient is implicit in their distribution. */
class StandardGamma extends CustomFunction {
  // The slope comes out of a series that is not recorded.
  static override readonly onceDifferentiable = true;

  static forward(ctx: FunctionCtx<[Tensor, Tensor]>, shape: Tensor, options: GeneratorOptions): Tensor {
    const { data } = shape;
    const out = data.slice();
    if (isFloats(out) && isFloats(data)) fillStandardGamma(out, data, options);
    const least = finfo(shape.dtype).tiny;
    const sample = fromTypedArray(
      out.map((value) => Math.max(value, least)),
      shape.shape,
      shape.dtype,
    );
    ctx.saveForBackward(shape, sample);
    return sample;
  }

  static backward(ctx: FunctionCtx<[Tensor, Tensor]>, g: Tensor): (Tensor | null)[] {
    const [shape, sample] = ctx.savedTensors;
    const shapes = shape.data;
    const slopes = sample.data.map((z, i) => gammaSlope(shapes[i] as number, z));
    return [g.mul(fromTypedArray(slopes, shape.shape, shape.dtype)), null];
  }
}

function standardGamma(shape: Tensor, options: GeneratorOptions): Tensor {
  return StandardGamma.apply(shape, options);
}

/** Sums of waiting times: density β^α x^(α−1) e^(−βx) / Γ(α) of shape α, `concentration`, and rate β. */
export class Gamma extends Distribution {
  readonly concentration: Tensor;
  readonly rate: Tensor;

  constructor(concentration: TensorLike, rate: TensorLike, options: DistributionOptions = {}) {
    const [a, b] = broadcasted(new.target.name, concentration, rate);
    super(a.shape, [], options);
    this.concentration = a;
    this.rate = b;
    this.checkParameter('concentration', a, constraints.positive);
    this.checkParameter('rate', b, constraints.positive);
  }

  get support() {
    return constraints.nonnegative;
  }

  get mean(): Tensor {
    return this.concentration.div(this.rate);
  }

  override get mode(): Tensor {
    return this.concentration.sub(1).div(this.rate).clamp({ min: 0 });
  }

  get variance(): Tensor {
    return this.concentration.div(this.rate.square());
  }

  override get hasRsample(): boolean {
    return true;
  }

  protected draw(sampleShape: Shape, options: GeneratorOptions): Tensor {
    const sample = standardGamma(this.concentration.expand(this.extended(sampleShape)), options);
    return sample.div(this.rate);
  }

  protected density(value: Tensor): Tensor {
    const { concentration: a, rate: b } = this;
    return a.xlogy(b).add(a.sub(1).xlogy(value)).sub(b.mul(value)).sub(a.lgamma());
  }

  override entropy(): Tensor {
    const { concentration: a, rate: b } = this;
    return a.sub(b.log()).add(a.lgamma()).add(a.neg().add(1).mul(a.digamma()));
  }

  protected repeated(batchShape: Shape): Distribution {
    return new Gamma(this.concentration.expand(batchShape), this.rate.expand(batchShape), {
      validateArgs: this.validates,
    });
  }
}

/** Sums of `df` squares of standard normal variables: a gamma distribution. */
export class Chi2 extends Gamma {
  constructor(df: TensorLike, options: DistributionOptions = {}) {
    const [degrees] = broadcasted('Chi2', df);
    super(degrees.mul(0.5), 0.5, options);
  }

  get df(): Tensor {
    return this.concentration.mul(2);
  }
}

/** Probabilities of several classes: density ∏ xᵢ^(αᵢ−1) / B(α) on the simplex. `concentration` is α, `(…, K)`. */
export class Dirichlet extends Distribution {
  readonly concentration: Tensor;

  constructor(concentration: Tensor, options: DistributionOptions = {}) {
    const [a] = broadcasted('Dirichlet', checkTensor('Dirichlet', concentration));
    if (a.ndim === 0)
      throw new ShapeError({ op: 'Dirichlet', got: showShape(a.shape), want: 'at least one dim, (…, K)' });
    super(a.shape.slice(0, -1), a.shape.slice(-1), options);
    this.concentration = a;
    this.checkParameter('concentration', a, constraints.positive);
  }

  get support() {
    return constraints.simplex;
  }

  get mean(): Tensor {
    return this.concentration.div(this.concentration.sum(-1, true));
  }

  override get mode(): Tensor {
    const less = this.concentration.sub(1).clamp({ min: 0 });
    return less.div(less.sum(-1, true));
  }

  get variance(): Tensor {
    const a = this.concentration;
    const total = a.sum(-1, true);
    return a.mul(total.sub(a)).div(total.square().mul(total.add(1)));
  }

  override get hasRsample(): boolean {
    return true;
  }

  /** Gamma variables in double, divided by their sum. */
  protected draw(sampleShape: Shape, options: GeneratorOptions): Tensor {
    const { dtype } = this.concentration;
    const parts = standardGamma(this.concentration.expand(this.extended(sampleShape)).to('float64'), options);
    const shares = parts.div(parts.sum(-1, true)).to(dtype);
    const { tiny, eps } = finfo(dtype);
    return shares.clamp(tiny, 1 - eps / 2);
  }

  protected density(value: Tensor): Tensor {
    const a = this.concentration;
    return a.sub(1).xlogy(value).sum(-1).add(a.sum(-1).lgamma()).sub(a.lgamma().sum(-1));
  }

  override entropy(): Tensor {
    const a = this.concentration;
    const [total, count] = [a.sum(-1), a.size(-1)];
    const spread = a.sub(1).mul(a.digamma()).sum(-1);
    return a
      .lgamma()
      .sum(-1)
      .sub(total.lgamma())
      .sub(total.neg().add(count).mul(total.digamma()))
      .sub(spread);
  }

  protected repeated(batchShape: Shape): Distribution {
    return new Dirichlet(this.concentration.expand([...batchShape, ...this.eventShape]), {
      validateArgs: this.validates,
    });
  }
}

/** Probabilities: density x^(α−1) (1 − x)^(β−1) / B(α, β), of `concentration1` α and `concentration0` β. */
export class Beta extends Distribution {
  readonly dirichlet: Dirichlet;

  constructor(concentration1: TensorLike, concentration0: TensorLike, options: DistributionOptions = {}) {
    const both = broadcasted('Beta', concentration1, concentration0);
    const dirichlet = new Dirichlet(stack(both, -1), options);
    super(dirichlet.batchShape, [], options);
    this.dirichlet = dirichlet;
  }

  get concentration1(): Tensor {
    return this.dirichlet.concentration.select(-1, 0);
  }

  get concentration0(): Tensor {
    return this.dirichlet.concentration.select(-1, 1);
  }

  get support() {
    return constraints.unitInterval;
  }

  get mean(): Tensor {
    return this.concentration1.div(this.concentration1.add(this.concentration0));
  }

  override get mode(): Tensor {
    return this.dirichlet.mode.select(-1, 0);
  }

  get variance(): Tensor {
    return this.dirichlet.variance.select(-1, 0);
  }

  override get hasRsample(): boolean {
    return true;
  }

  protected draw(sampleShape: Shape, options: GeneratorOptions): Tensor {
    return this.dirichlet.rsample(sampleShape, options).select(-1, 0);
  }

  protected density(value: Tensor): Tensor {
    const [a, b] = [this.concentration1, this.concentration0];
    const logBeta = a.lgamma().add(b.lgamma()).sub(a.add(b).lgamma());
    return a
      .sub(1)
      .xlogy(value)
      .add(special.xlog1py(b.sub(1), value.neg()))
      .sub(logBeta);
  }

  override entropy(): Tensor {
    return this.dirichlet.entropy();
  }

  protected repeated(batchShape: Shape): Distribution {
    return new Beta(this.concentration1.expand(batchShape), this.concentration0.expand(batchShape), {
      validateArgs: this.validates,
    });
  }
}

/** Student's t-distribution of `df` degrees of freedom, moved and scaled. */
export class StudentT extends Distribution {
  readonly df: Tensor;
  readonly loc: Tensor;
  readonly scale: Tensor;

  constructor(df: TensorLike, loc: TensorLike = 0, scale: TensorLike = 1, options: DistributionOptions = {}) {
    const [degrees, a, b] = broadcasted('StudentT', df, loc, scale);
    super(degrees.shape, [], options);
    this.df = degrees;
    this.loc = a;
    this.scale = b;
    this.checkParameter('df', degrees, constraints.positive);
    this.checkParameter('loc', a, constraints.real);
    this.checkParameter('scale', b, constraints.positive);
  }

  get support() {
    return constraints.real;
  }

  /** NaN for up to one degree of freedom. */
  get mean(): Tensor {
    return this.loc.maskedFill(this.df.le(1), Number.NaN);
  }

  override get mode(): Tensor {
    return this.loc;
  }

  /** Infinite for up to two degrees of freedom, NaN for up to one. */
  get variance(): Tensor {
    const { df, scale } = this;
    const finite = scale.square().mul(df).div(df.sub(2));
    return finite.maskedFill(df.le(2), Number.POSITIVE_INFINITY).maskedFill(df.le(1), Number.NaN);
  }

  override get hasRsample(): boolean {
    return true;
  }

  protected draw(sampleShape: Shape, options: GeneratorOptions): Tensor {
    const { df, loc, scale } = this;
    const x = randn(this.extended(sampleShape), { dtype: df.dtype, ...options });
    const squares = new Chi2(df, { validateArgs: false }).rsample(sampleShape, options);
    return loc.add(scale.mul(x.mul(squares.div(df).rsqrt())));
  }

  protected density(value: Tensor): Tensor {
    const { df, scale } = this;
    const z = value.sub(this.loc).div(scale);
    const half = df.add(1).div(2);
    const norm = scale.log().add(df.mul(Math.PI).log().div(2)).add(df.div(2).lgamma()).sub(half.lgamma());
    return half.neg().mul(z.square().div(df).log1p()).sub(norm);
  }

  override entropy(): Tensor {
    const { df, scale } = this;
    const [half, more] = [df.div(2), df.add(1).div(2)];
    const logBeta = half
      .lgamma()
      .add(Math.log(Math.PI) / 2)
      .sub(more.lgamma());
    return scale
      .log()
      .add(more.mul(more.digamma().sub(half.digamma())))
      .add(df.log().div(2))
      .add(logBeta);
  }

  protected repeated(batchShape: Shape): Distribution {
    const [df, loc, scale] = [this.df, this.loc, this.scale].map((x) => x.expand(batchShape)) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    return new StudentT(df, loc, scale, { validateArgs: this.validates });
  }
}

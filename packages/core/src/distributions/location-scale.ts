import { noGrad } from '../autograd/mode.ts';
import type { DType } from '../dtype.ts';
import { zeros } from '../ops/creation.ts';
import { finfo } from '../ops/facts.ts';
import { type GeneratorOptions, randn } from '../ops/random.ts';
import { special } from '../ops/special.ts';
import type { TensorLike } from '../primitives/operand.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { constraints } from './constraints.ts';
import { broadcasted, Distribution, type DistributionOptions } from './distribution.ts';

/** The distribution of location 0 and scale 1. */
interface Standard {
  draw(shape: Shape, dtype: DType, options: GeneratorOptions): Tensor;
  logDensity(z: Tensor): Tensor;
  cumulative(z: Tensor): Tensor;
  quantile(p: Tensor): Tensor;
  readonly entropy: number;
  readonly mean: number;
  readonly mode: number;
  readonly variance: number;
}

/** Of x = loc + scale · z, where z is of one standard distribution. */
abstract class LocationScale extends Distribution {
  readonly loc: Tensor;
  readonly scale: Tensor;
  protected abstract readonly standard: Standard;

  constructor(loc: TensorLike, scale: TensorLike, options: DistributionOptions = {}) {
    const [a, b] = broadcasted(new.target.name, loc, scale);
    super(a.shape, [], options);
    this.loc = a;
    this.scale = b;
    this.checkParameter('loc', a, constraints.real);
    this.checkParameter('scale', b, constraints.positive);
  }

  get support() {
    return constraints.real;
  }

  get mean(): Tensor {
    return this.loc.add(this.standard.mean === 0 ? 0 : this.scale.mul(this.standard.mean));
  }

  override get mode(): Tensor {
    return this.loc.add(this.standard.mode);
  }

  get variance(): Tensor {
    return this.scale.square().mul(this.standard.variance);
  }

  override get hasRsample(): boolean {
    return true;
  }

  protected draw(sampleShape: Shape, options: GeneratorOptions): Tensor {
    const { loc, scale, standard } = this;
    return loc.add(scale.mul(standard.draw(this.extended(sampleShape), loc.dtype, options)));
  }

  protected density(value: Tensor): Tensor {
    return this.standard.logDensity(this.#standardized(value)).sub(this.scale.log());
  }

  override entropy(): Tensor {
    return this.scale.log().add(this.standard.entropy);
  }

  protected override cumulative(value: Tensor): Tensor {
    return this.standard.cumulative(this.#standardized(value));
  }

  override icdf(probability: TensorLike): Tensor {
    const [p] = broadcasted(`${this.constructor.name}.icdf`, probability, this.loc);
    return this.loc.add(this.scale.mul(this.standard.quantile(p)));
  }

  #standardized(value: Tensor): Tensor {
    return value.sub(this.loc).div(this.scale);
  }

  protected repeated(batchShape: Shape): Distribution {
    const Kind = this.constructor as new (...args: [Tensor, Tensor, DistributionOptions]) => LocationScale;
    return new Kind(this.loc.expand(batchShape), this.scale.expand(batchShape), {
      validateArgs: this.validates,
    });
  }
}

/** Uniform numbers of [from, to), without a gradient. */
function uniform(shape: Shape, dtype: DType, from: number, to: number, options: GeneratorOptions): Tensor {
  return noGrad(() => zeros(shape, { dtype }).uniform_(from, to, options));
}

const logRootTwoPi = Math.log(2 * Math.PI) / 2;
const eulersConstant = 0.5772156649015329;

/** The normal distribution of mean `loc` and standard deviation `scale`. */
export class Normal extends LocationScale {
  protected readonly standard: Standard = {
    draw: (shape, dtype, options) => randn(shape, { dtype, ...options }),
    logDensity: (z) => z.square().mul(-0.5).sub(logRootTwoPi),
    cumulative: special.ndtr,
    quantile: special.ndtri,
    entropy: 0.5 + logRootTwoPi,
    mean: 0,
    mode: 0,
    variance: 1,
  };
}

/** Laplace's distribution of density e^(−|z|) / 2. */
export class Laplace extends LocationScale {
  protected readonly standard: Standard = {
    draw: (shape, dtype, options) => {
      const u = uniform(shape, dtype, finfo(dtype).eps - 1, 1, options);
      return u.sign().mul(u.abs().neg().log1p()).neg();
    },
    logDensity: (z) => z.abs().neg().sub(Math.LN2),
    cumulative: (z) => z.sign().mul(z.abs().neg().expm1()).mul(-0.5).add(0.5),
    quantile: (p) => {
      const centred = p.sub(0.5);
      return centred.sign().mul(centred.abs().mul(-2).log1p()).neg();
    },
    entropy: 1 + Math.LN2,
    mean: 0,
    mode: 0,
    variance: 2,
  };
}

/** Cauchy's distribution of density 1 / π(1 + z²), which has neither a mean nor a variance. */
export class Cauchy extends LocationScale {
  protected readonly standard: Standard = {
    draw: (shape, dtype, options) => noGrad(() => zeros(shape, { dtype }).cauchy_(0, 1, options)),
    logDensity: (z) => z.square().log1p().add(Math.log(Math.PI)).neg(),
    cumulative: (z) => z.atan().div(Math.PI).add(0.5),
    quantile: (p) => p.sub(0.5).mul(Math.PI).tan(),
    entropy: Math.log(4 * Math.PI),
    mean: Number.NaN,
    mode: 0,
    variance: Number.POSITIVE_INFINITY,
  };
}

/** Gumbel's distribution of the largest of many, of density e^(−z − e^(−z)). */
export class Gumbel extends LocationScale {
  protected readonly standard: Standard = {
    draw: (shape, dtype, options) => {
      const { tiny, eps } = finfo(dtype);
      return uniform(shape, dtype, tiny, 1 - eps, options)
        .log()
        .neg()
        .log()
        .neg();
    },
    logDensity: (z) => z.add(z.neg().exp()).neg(),
    cumulative: (z) => z.neg().exp().neg().exp(),
    quantile: (p) => p.log().neg().log().neg(),
    entropy: 1 + eulersConstant,
    mean: eulersConstant,
    mode: 0,
    variance: Math.PI ** 2 / 6,
  };
}

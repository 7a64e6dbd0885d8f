import { noGrad } from '../autograd/mode.ts';
import { arange, fromTypedArray, tensor, zeros } from '../ops/creation.ts';
import { finfo } from '../ops/facts.ts';
import { type GeneratorOptions, isFloats, poisson } from '../ops/random.ts';
import { bernoulli } from '../ops/sampling.ts';
import type { TensorLike } from '../primitives/operand.ts';
import { fillBinomial } from '../random/rejected.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type Constraint, constraints, wholeUpTo } from './constraints.ts';
import { broadcasted, Distribution, type DistributionOptions } from './distribution.ts';
import { given, logOdds, type Probabilities, softplus } from './probabilities.ts';

/** Of trials that succeed or do not; what is given of them is kept, and the other computed when it is asked for. */
abstract class Trials extends Distribution {
  readonly #probs: Tensor | null;
  readonly #logits: Tensor | null;

  constructor(op: string, rest: Probabilities) {
    const { probs, logits, ...options } = given<TensorLike>(op, rest);
    const [parameter] = broadcasted(op, probs ?? (logits as TensorLike));
    super(parameter.shape, [], options);
    this.#probs = probs === null ? null : parameter;
    this.#logits = probs === null ? parameter : null;
    this.checkParameter('parameter', parameter, probs === null ? constraints.real : constraints.unitInterval);
  }

  get probs(): Tensor {
    return this.#probs ?? this.logits.sigmoid();
  }

  get logits(): Tensor {
    return this.#logits ?? logOdds(this.probs);
  }

  /** The parameter that was given, for a larger batch. */
  protected parameters(batchShape: Shape) {
    const common = { validateArgs: this.validates };
    return this.#probs
      ? { probs: this.#probs.expand(batchShape), ...common }
      : { logits: this.logits.expand(batchShape), ...common };
  }
}

/** 1 with probability `probs`, else 0. */
export class Bernoulli extends Trials {
  constructor(...rest: Probabilities) {
    super('Bernoulli', rest);
  }

  get support() {
    return constraints.boolean;
  }

  get mean(): Tensor {
    return this.probs;
  }

  override get mode(): Tensor {
    return this.probs.gt(0.5).to(this.probs.dtype).maskedFill(this.probs.eq(0.5), Number.NaN);
  }

  get variance(): Tensor {
    return this.probs.mul(this.probs.neg().add(1));
  }

  protected draw(sampleShape: Shape, options: GeneratorOptions): Tensor {
    return noGrad(() => bernoulli(this.probs.expand(this.extended(sampleShape)), options));
  }

  protected density(value: Tensor): Tensor {
    return value.mul(this.logits).sub(softplus(this.logits));
  }

  override entropy(): Tensor {
    return softplus(this.logits).sub(this.probs.mul(this.logits));
  }

  override enumerateSupport(expand = true): Tensor {
    const values = tensor([0, 1], { dtype: this.probs.dtype }).reshape([2, ...this.batchShape.map(() => 1)]);
    return expand ? values.expand([2, ...this.batchShape]) : values;
  }

  protected repeated(batchShape: Shape): Distribution {
    return new Bernoulli(this.parameters(batchShape));
  }
}

/** How many trials of probability `probs` fail before one succeeds. */
export class Geometric extends Trials {
  constructor(...rest: Probabilities) {
    super('Geometric', rest);
    this.checkParameter('probability', this.probs, constraints.positive);
  }

  get support() {
    return constraints.wholeNonnegative;
  }

  get mean(): Tensor {
    return this.probs.reciprocal().sub(1);
  }

  override get mode(): Tensor {
    return this.probs.mul(0);
  }

  get variance(): Tensor {
    return this.probs.reciprocal().sub(1).div(this.probs);
  }

  protected draw(sampleShape: Shape, options: GeneratorOptions): Tensor {
    return noGrad(() => {
      const { dtype } = this.probs;
      const u = zeros(this.extended(sampleShape), { dtype }).uniform_(finfo(dtype).tiny, 1, options);
      return u.log().div(this.probs.neg().log1p()).floor();
    });
  }

  protected density(value: Tensor): Tensor {
    const p = this.probs;
    // 0 · log 0 is 0 where no trial fails.
    return value.xlogy(p.neg().add(1)).add(p.log());
  }

  override entropy(): Tensor {
    return softplus(this.logits).sub(this.probs.mul(this.logits)).div(this.probs);
  }

  protected repeated(batchShape: Shape): Distribution {
    return new Geometric(this.parameters(batchShape));
  }
}

/** How many of `totalCount` trials of probability `probs` succeed. */
export class Binomial extends Distribution {
  readonly totalCount: Tensor;
  readonly trials: Bernoulli;

  constructor(totalCount: TensorLike, ...rest: Probabilities) {
    const { probs, logits, ...options } = given<TensorLike>('Binomial', rest);
    const [count, parameter] = broadcasted('Binomial', totalCount, probs ?? (logits as TensorLike));
    const trials = new Bernoulli(
      probs === null ? { logits: parameter, ...options } : { probs: parameter, ...options },
    );
    super(count.shape, [], options);
    this.totalCount = count;
    this.trials = trials;
    this.checkParameter('totalCount', count, constraints.wholeNonnegative);
  }

  get probs(): Tensor {
    return this.trials.probs;
  }

  get logits(): Tensor {
    return this.trials.logits;
  }

  get support(): Constraint {
    return wholeUpTo(this.totalCount);
  }

  get mean(): Tensor {
    return this.totalCount.mul(this.probs);
  }

  override get mode(): Tensor {
    return this.totalCount.add(1).mul(this.probs).floor().minimum(this.totalCount);
  }

  get variance(): Tensor {
    return this.totalCount.mul(this.trials.variance);
  }

  protected draw(sampleShape: Shape, options: GeneratorOptions): Tensor {
    const shape = this.extended(sampleShape);
    const [counts, probs] = [this.totalCount.expand(shape).data, this.probs.detach().expand(shape).data];
    const out = counts.slice();
    if (isFloats(out) && isFloats(counts) && isFloats(probs)) fillBinomial(out, counts, probs, options);
    return fromTypedArray(out, shape, this.totalCount.dtype);
  }

  protected density(value: Tensor): Tensor {
    const n = this.totalCount;
    const ways = n.add(1).lgamma().sub(value.add(1).lgamma()).sub(n.sub(value).add(1).lgamma());
    return ways.add(value.mul(this.logits)).sub(n.mul(softplus(this.logits)));
  }

  /** Summed over all counts, which must be the same for the whole batch. */
  override entropy(): Tensor {
    const values = this.enumerateSupport(false);
    const logs = this.density(values);
    return logs.exp().mul(logs).sum(0).neg();
  }

  override enumerateSupport(expand = true): Tensor {
    const counts = this.totalCount.data;
    const count = counts[0] ?? 0;
    if (counts.some((other) => other !== count)) throw this.lacks('one totalCount for all of the batch');
    const values = arange(count + 1, { dtype: this.totalCount.dtype });
    const column = values.reshape([count + 1, ...this.batchShape.map(() => 1)]);
    return expand ? column.expand([count + 1, ...this.batchShape]) : column;
  }

  protected repeated(batchShape: Shape): Distribution {
    const { logits, validates: validateArgs } = this.trials.expand(batchShape) as Bernoulli & {
      validates: boolean;
    };
    return new Binomial(this.totalCount.expand(batchShape), { logits, validateArgs });
  }
}

/** How often something happens that happens `rate` times on average. */
export class Poisson extends Distribution {
  readonly rate: Tensor;

  constructor(rate: TensorLike, options: DistributionOptions = {}) {
    const [lambda] = broadcasted('Poisson', rate);
    super(lambda.shape, [], options);
    this.rate = lambda;
    this.checkParameter('rate', lambda, constraints.nonnegative);
  }

  get support() {
    return constraints.wholeNonnegative;
  }

  get mean(): Tensor {
    return this.rate;
  }

  override get mode(): Tensor {
    return this.rate.floor();
  }

  get variance(): Tensor {
    return this.rate;
  }

  protected draw(sampleShape: Shape, options: GeneratorOptions): Tensor {
    return poisson(this.rate.detach().expand(this.extended(sampleShape)), options);
  }

  protected density(value: Tensor): Tensor {
    return value.xlogy(this.rate).sub(this.rate).sub(value.add(1).lgamma());
  }

  protected repeated(batchShape: Shape): Distribution {
    return new Poisson(this.rate.expand(batchShape), { validateArgs: this.validates });
  }
}

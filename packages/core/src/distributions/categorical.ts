import { ArgumentError, ShapeError } from '../errors.ts';
import { checkInteger } from '../ops/arguments.ts';
import { categorical } from '../ops/categorical.ts';
import { arange, zeros } from '../ops/creation.ts';
import type { GeneratorOptions } from '../ops/random.ts';
import { checkTensor } from '../primitives/operand.ts';
import { type Shape, showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type Constraint, constraints, counts, wholeUpTo } from './constraints.ts';
import { broadcasted, Distribution, type DistributionOptions } from './distribution.ts';
import { clamped, type Given, given, type Probabilities } from './probabilities.ts';

/** A class of K, drawn with probabilities `(…, K)`, which are brought to a sum of 1, or from logits `(…, K)`. */
export class Categorical extends Distribution {
  readonly probs: Tensor;
  /** The logarithms of the probabilities. */
  readonly logits: Tensor;

  constructor(...rest: Probabilities<Tensor>) {
    const { probs, logits, ...options } = given<Tensor>('Categorical', rest);
    const [parameter] = broadcasted('Categorical', checkTensor('Categorical', probs ?? logits));
    if (parameter.ndim === 0)
      throw new ShapeError({ op: 'Categorical', got: showShape([]), want: 'at least one dim, (…, K)' });
    super(parameter.shape.slice(0, -1), [], options);
    const total = parameter.sum(-1, true);
    if (probs !== null) {
      this.checkParameter('probability', parameter, constraints.nonnegative);
      this.checkParameter('sum of probabilities', total, constraints.positive);
    } else this.checkParameter('logit', parameter, constraints.real);
    this.probs = probs === null ? parameter.softmax(-1) : parameter.div(total);
    this.logits = probs === null ? parameter.sub(parameter.logsumexp(-1, true)) : clamped(this.probs).log();
  }

  /** K */
  get numEvents(): number {
    return this.probs.size(-1);
  }

  get support(): Constraint {
    return wholeUpTo(this.numEvents - 1);
  }

  /** NaN: classes have none. */
  get mean(): Tensor {
    return this.probs.select(-1, 0).detach().mul(Number.NaN);
  }

  override get mode(): Tensor {
    return this.probs.argmax(-1);
  }

  /** NaN: classes have none. */
  get variance(): Tensor {
    return this.mean;
  }

  protected draw(sampleShape: Shape, options: GeneratorOptions): Tensor {
    return categorical(this.probs, sampleShape, options);
  }

  protected density(value: Tensor): Tensor {
    const classes = value.to('int32').unsqueeze(-1);
    const [index, logits] = broadcastLast(classes, this.logits);
    return logits.gather(-1, index).squeeze(-1);
  }

  override entropy(): Tensor {
    return this.logits.clamp({ min: -Number.MAX_VALUE }).mul(this.probs).sum(-1).neg();
  }

  override enumerateSupport(expand = true): Tensor {
    const values = arange(this.numEvents).reshape([this.numEvents, ...this.batchShape.map(() => 1)]);
    return expand ? values.expand([this.numEvents, ...this.batchShape]) : values;
  }

  protected repeated(batchShape: Shape): Distribution {
    return new Categorical({
      logits: this.logits.expand([...batchShape, this.numEvents]),
      validateArgs: this.validates,
    });
  }
}

/** Both with the leading dims that they share, the last dim left as it is. */
function broadcastLast(index: Tensor, x: Tensor): readonly [Tensor, Tensor] {
  const [lead] = broadcasted(
    'Categorical.logProb',
    index.detach().select(-1, 0).to(x.dtype),
    x.detach().select(-1, 0),
  );
  return [index.expand([...lead.shape, 1]), x.expand([...lead.shape, x.size(-1)])];
}

/** The same as a vector of zeros with a one at the class. */
export class OneHotCategorical extends Distribution {
  readonly categorical: Categorical;

  constructor(...rest: Probabilities<Tensor>) {
    const categorical = new Categorical(...rest);
    super(
      categorical.batchShape,
      [categorical.numEvents],
      optionsOf(given<Tensor>('OneHotCategorical', rest)),
    );
    this.categorical = categorical;
  }

  get probs(): Tensor {
    return this.categorical.probs;
  }

  get logits(): Tensor {
    return this.categorical.logits;
  }

  get support() {
    return constraints.oneHot;
  }

  get mean(): Tensor {
    return this.probs;
  }

  override get mode(): Tensor {
    return this.#vectors(this.categorical.mode);
  }

  get variance(): Tensor {
    return this.probs.mul(this.probs.neg().add(1));
  }

  protected draw(sampleShape: Shape, options: GeneratorOptions): Tensor {
    return this.#vectors(this.categorical.sample(sampleShape, options));
  }

  protected density(value: Tensor): Tensor {
    return this.categorical.logProb(value.argmax(-1));
  }

  override entropy(): Tensor {
    return this.categorical.entropy();
  }

  override enumerateSupport(expand = true): Tensor {
    return this.#vectors(this.categorical.enumerateSupport(expand));
  }

  #vectors(classes: Tensor): Tensor {
    return classes.unsqueeze(-1).eq(arange(this.categorical.numEvents)).to(this.probs.dtype);
  }

  protected repeated(batchShape: Shape): Distribution {
    return new OneHotCategorical({
      logits: this.logits.expand([...batchShape, ...this.eventShape]),
      validateArgs: this.validates,
    });
  }
}

function optionsOf({ validateArgs }: Given<Tensor>): DistributionOptions {
  return validateArgs === undefined ? {} : { validateArgs };
}

/** How often each of K classes comes in `totalCount` draws. */
export class Multinomial extends Distribution {
  readonly totalCount: number;
  readonly categorical: Categorical;

  constructor(totalCount: number, ...rest: Probabilities<Tensor>) {
    const categorical = new Categorical(...rest);
    super(categorical.batchShape, [categorical.numEvents], optionsOf(given<Tensor>('Multinomial', rest)));
    this.totalCount = checkInteger('Multinomial', 'totalCount', totalCount, 0);
    if (totalCount > 2 ** 24)
      throw new ArgumentError({ op: 'Multinomial', got: `totalCount ${totalCount}`, want: 'at most 2²⁴' });
    this.categorical = categorical;
  }

  get probs(): Tensor {
    return this.categorical.probs;
  }

  get logits(): Tensor {
    return this.categorical.logits;
  }

  get support(): Constraint {
    return counts(this.totalCount);
  }

  get mean(): Tensor {
    return this.probs.mul(this.totalCount);
  }

  get variance(): Tensor {
    return this.probs.mul(this.probs.neg().add(1)).mul(this.totalCount);
  }

  protected draw(sampleShape: Shape, options: GeneratorOptions): Tensor {
    const classes = this.categorical.sample([this.totalCount, ...sampleShape], options).movedim(0, -1);
    const { dtype } = this.probs;
    const ones = zeros(classes.shape, { dtype }).add(1);
    return zeros(this.extended(sampleShape), { dtype }).scatterAdd(-1, classes, ones);
  }

  protected density(value: Tensor): Tensor {
    const ways = value.sum(-1).add(1).lgamma().sub(value.add(1).lgamma().sum(-1));
    // What never comes has no weight, be it impossible or not.
    return ways.add(this.logits.mul(value).maskedFill(value.eq(0), 0).sum(-1));
  }

  /** n H − log n! + Σ over classes of E log xᵢ!, where xᵢ is binomial. */
  override entropy(): Tensor {
    const n = this.totalCount;
    const k = arange(n + 1, { dtype: this.probs.dtype }).reshape([n + 1, ...this.probs.shape.map(() => 1)]);
    const logFactorials = k.add(1).lgamma();
    const logWays = logFactorials
      .select(0, n)
      .sub(logFactorials)
      .sub(
        k
          .neg()
          .add(n + 1)
          .lgamma(),
      );
    const logChance = logWays.add(k.xlogy(this.probs)).add(k.neg().add(n).xlogy(this.probs.neg().add(1)));
    const expected = logChance.exp().mul(logFactorials).sum(0).sum(-1);
    return this.categorical.entropy().mul(n).sub(logFactorials.select(0, n).sum()).add(expected);
  }

  protected repeated(batchShape: Shape): Distribution {
    return new Multinomial(this.totalCount, {
      logits: this.logits.expand([...batchShape, ...this.eventShape]),
      validateArgs: this.validates,
    });
  }
}

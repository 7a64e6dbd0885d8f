import { ArgumentError } from '../errors.ts';
import type { GeneratorOptions } from '../ops/random.ts';
import { describe } from '../primitives/operand.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import type { Constraint } from './constraints.ts';
import { Distribution, type DistributionOptions, sumLast } from './distribution.ts';

/**
 * Another distribution whose last batch dims count as dims of the event: `logProb` is then summed over them.
 *
 * @example
 * ```ts
 * new Independent(new Normal(zeros(3), 1), 1).logProb(zeros(3)).shape; // []
 * ```
 */
export class Independent<D extends Distribution = Distribution> extends Distribution {
  readonly base: D;
  readonly reinterpretedBatchNdims: number;

  constructor(base: D, reinterpretedBatchNdims: number, options: DistributionOptions = {}) {
    const op = 'Independent';
    if (!(base instanceof Distribution))
      throw new ArgumentError({ op, got: describe(base), want: 'a distribution' });
    const { batchShape, eventShape } = base;
    const count = reinterpretedBatchNdims;
    if (!Number.isInteger(count) || count < 0 || count > batchShape.length)
      throw new ArgumentError({
        op,
        got: `reinterpretedBatchNdims ${describe(count)}`,
        want: `a whole number from 0 to ${batchShape.length}`,
      });
    const split = batchShape.length - count;
    super(batchShape.slice(0, split), [...batchShape.slice(split), ...eventShape], options);
    this.base = base;
    this.reinterpretedBatchNdims = count;
  }

  get support(): Constraint {
    return this.base.support;
  }

  get mean(): Tensor {
    return this.base.mean;
  }

  override get mode(): Tensor {
    return this.base.mode;
  }

  get variance(): Tensor {
    return this.base.variance;
  }

  override get hasRsample(): boolean {
    return this.base.hasRsample;
  }

  protected draw(sampleShape: Shape, options: GeneratorOptions): Tensor {
    return this.hasRsample ? this.base.rsample(sampleShape, options) : this.base.sample(sampleShape, options);
  }

  protected density(value: Tensor): Tensor {
    return sumLast(this.base.logProb(value), this.reinterpretedBatchNdims);
  }

  override entropy(): Tensor {
    return sumLast(this.base.entropy(), this.reinterpretedBatchNdims);
  }

  protected repeated(batchShape: Shape): Distribution {
    const moved = this.eventShape.slice(0, this.reinterpretedBatchNdims);
    const base = this.base.expand([...batchShape, ...moved]);
    return new Independent(base, this.reinterpretedBatchNdims, { validateArgs: this.validates });
  }
}

import '../methods.ts';
import { noGrad } from '../autograd/mode.ts';
import { toFloat } from '../dtype.ts';
import { ArgumentError, ShapeError } from '../errors.ts';
import { checkOptions, splitOptions } from '../ops/arguments.ts';
import { checkGenerator, type GeneratorOptions } from '../ops/random.ts';
import { expand } from '../ops/shape.ts';
import { checkTensor, promoted, type TensorLike } from '../primitives/operand.ts';
import { broadcastShapes, type Shape, showShape } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { type Constraint, holds } from './constraints.ts';

export interface DistributionOptions {
  /** Look at parameters and values whether they make sense, which reads them. Default true. */
  validateArgs?: boolean;
}

/**
 * The base of all distributions. `batchShape` is the shape of the distributions that one object holds, which are
 * independent of each other; `eventShape` is the shape of what each of them draws.
 *
 * @example
 * ```ts
 * const policy = new distributions.Normal(mean, 0.1);
 * const action = policy.rsample(); // differentiable with respect to mean
 * const loss = policy.logProb(action).sum();
 * ```
 */
export abstract class Distribution {
  readonly batchShape: Shape;
  readonly eventShape: Shape;
  protected readonly validates: boolean;

  constructor(batchShape: Shape, eventShape: Shape, options: DistributionOptions = {}) {
    checkOptions(this.constructor.name, options, ['validateArgs']);
    this.batchShape = batchShape;
    this.eventShape = eventShape;
    this.validates = options.validateArgs ?? true;
  }

  /** What it may draw. */
  abstract get support(): Constraint;
  abstract get mean(): Tensor;
  abstract get variance(): Tensor;

  get stddev(): Tensor {
    return this.variance.sqrt();
  }

  /** The most probable value. */
  get mode(): Tensor {
    throw this.lacks('mode');
  }

  /** True if `rsample` is there: if samples can be written as a smooth function of the parameters. */
  get hasRsample(): boolean {
    return false;
  }

  /** Numbers drawn, of shape `(...sampleShape, ...batchShape, ...eventShape)`, without a gradient. */
  sample(sampleShape: Shape = [], options: GeneratorOptions = {}): Tensor {
    return noGrad(() => this.draw(this.#drawShape('sample', sampleShape, options), options));
  }

  /**
   * The same with gradients with respect to the parameters.
   * @throws ArgumentError for a distribution that has no such samples: `sample` it, and weight `logProb`
   */
  rsample(sampleShape: Shape = [], options: GeneratorOptions = {}): Tensor {
    if (!this.hasRsample) throw this.lacks('rsample');
    return this.draw(this.#drawShape('rsample', sampleShape, options), options);
  }

  /** Draws `(...sampleShape)` from each distribution; recorded, where `hasRsample`. */
  protected abstract draw(sampleShape: Shape, options: GeneratorOptions): Tensor;

  /** The logarithm of the density, or of the probability, at a value: of the shape without the event dims. */
  logProb(value: TensorLike): Tensor {
    return this.density(this.checkValue('logProb', value));
  }

  protected abstract density(value: Tensor): Tensor;

  /** The entropy in nats, of shape `batchShape`. */
  entropy(): Tensor {
    throw this.lacks('entropy');
  }

  /** e to the power of the entropy. */
  perplexity(): Tensor {
    return this.entropy().exp();
  }

  /** The probability of at most this value. */
  cdf(value: TensorLike): Tensor {
    return this.cumulative(this.checkValue('cdf', value));
  }

  protected cumulative(_value: Tensor): Tensor {
    throw this.lacks('cdf');
  }

  /** The value at which `cdf` has reached a probability. */
  icdf(_probability: TensorLike): Tensor {
    throw this.lacks('icdf');
  }

  /** All values that it may draw, along a first dim; `expand` repeats them for the batch. */
  enumerateSupport(_expand = true): Tensor {
    throw this.lacks('enumerateSupport');
  }

  /** The same distributions, repeated to a larger batch. */
  expand(batchShape: Shape): this {
    const [shape] = splitOptions(`${this.constructor.name}.expand`, [batchShape]);
    return this.repeated(shape) as this;
  }

  protected abstract repeated(batchShape: Shape): Distribution;

  toString(): string {
    return `${this.constructor.name}(batchShape: ${showShape(this.batchShape)}, eventShape: ${showShape(this.eventShape)})`;
  }

  /** The shape of so many samples. */
  protected extended(sampleShape: Shape): Shape {
    return [...sampleShape, ...this.batchShape, ...this.eventShape];
  }

  /** @throws ArgumentError for a parameter that makes no sense */
  protected checkParameter(name: string, value: Tensor, constraint: Constraint): void {
    if (!this.validates || holds(constraint, value)) return;
    throw new ArgumentError({
      op: this.constructor.name,
      got: `a ${name} that is none`,
      want: constraint.name,
      fix: 'Has a network come to NaN?',
    });
  }

  /** @throws ShapeError, ArgumentError for a value that the distribution cannot draw */
  protected checkValue(op: string, value: TensorLike): Tensor {
    const name = `${this.constructor.name}.${op}`;
    const [x] = promoted(name, [value], toFloat) as [Tensor];
    const dims = this.eventShape.length;
    const event = x.shape.slice(x.ndim - dims);
    if (x.ndim < dims || event.some((size, d) => size !== this.eventShape[d]))
      throw new ShapeError({
        op: name,
        got: `a value of shape ${showShape(x.shape)}`,
        want: `the event shape ${showShape(this.eventShape)} at its end`,
      });
    broadcastShapes(name, [x.shape.slice(0, x.ndim - dims), this.batchShape]);
    if (this.validates && !holds(this.support, x))
      throw new ArgumentError({
        op: name,
        got: 'a value outside of the support',
        want: this.support.name,
        fix: 'Give { validateArgs: false } to the distribution for −∞ or NaN there.',
      });
    return x;
  }

  protected lacks(what: string): ArgumentError {
    return new ArgumentError({
      op: `${this.constructor.name}.${what}`,
      got: 'a call',
      want: `a distribution that has it, which ${this.constructor.name} does not`,
    });
  }

  #drawShape(op: string, sampleShape: Shape, options: GeneratorOptions): Shape {
    const name = `${this.constructor.name}.${op}`;
    const [shape] = splitOptions(name, [sampleShape]);
    checkOptions(name, options, ['generator']);
    checkGenerator(name, options.generator);
    return shape;
  }
}

/** Parameters in one float dtype and one shape. */
export function broadcasted<const T extends readonly TensorLike[]>(
  op: string,
  ...values: T
): { [K in keyof T]: Tensor } {
  for (const value of values)
    if (typeof value !== 'number' && !(value instanceof Tensor)) checkTensor(op, value);
  const tensors = promoted(op, values, toFloat);
  const shape = broadcastShapes(
    op,
    tensors.map((x) => x.shape),
  );
  return tensors.map((x) => expand(x, shape)) as { [K in keyof T]: Tensor };
}

/** Sums the last dims. */
export function sumLast(x: Tensor, dims: number): Tensor {
  return dims === 0 ? x : x.sum(Array.from({ length: dims }, (_, i) => -1 - i));
}

import {
  ArgumentError,
  cat,
  checkTensor,
  type DType,
  DTypeError,
  gather,
  IndexError,
  indexCopy,
  indexSelect,
  logSoftmax,
  nonzero,
  type Optional,
  optional,
  ShapeError,
  showShape,
  showShapes,
  type Tensor,
} from '@retrograd/core';
import { ModuleList, Sequential } from './container.ts';
import { checkSize, Linear } from './linear.ts';
import { Module } from './module.ts';

export interface AdaptiveLogSoftmaxOptions {
  /** By how much the inner size falls from one cluster of rarer classes to the next. Default 4. */
  divValue?: number;
  /** Whether the head has a bias. Default false. */
  headBias?: boolean;
  /** Default `float32`. */
  dtype?: DType;
}

/** What `forward` gives. */
export interface AdaptiveLogSoftmaxOutput {
  /** The logarithm of the target's probability, for each input. */
  readonly output: Tensor;
  /** The mean negative log-likelihood. */
  readonly loss: Tensor;
}

const order = ['divValue', 'headBias'] as const;

/**
 * Softmax over many classes, sorted by falling frequency, at the cost of few: the head decides among the first
 * `cutoffs[0]` classes and the clusters of rarer ones, and only for targets in a cluster its own, smaller part is computed.
 * Source: Grave et al., Efficient softmax approximation for GPUs (2017).
 *
 * @example
 * ```ts
 * const softmax = new nn.AdaptiveLogSoftmaxWithLoss(64, 10_000, [100, 1000]);
 * const { loss } = softmax.forward(features, words); // (N, 64), (N)
 * ```
 */
export class AdaptiveLogSoftmaxWithLoss extends Module {
  readonly inFeatures: number;
  readonly nClasses: number;
  /** The ends of the head's classes and of each cluster, the last of which is `nClasses`. */
  readonly cutoffs: readonly number[];
  readonly divValue: number;
  readonly headBias: boolean;
  readonly head: Linear;
  readonly tail: ModuleList<Sequential>;

  constructor(
    inFeatures: number,
    nClasses: number,
    cutoffs: readonly number[],
    ...rest: Optional<AdaptiveLogSoftmaxOptions, typeof order>
  ) {
    super();
    const op = new.target.name;
    const options = optional<AdaptiveLogSoftmaxOptions>(op, rest, order, ['dtype']);
    const { divValue = 4, headBias = false, dtype = 'float32' } = options;
    this.inFeatures = checkSize(op, 'inFeatures', inFeatures);
    this.nClasses = checkSize(op, 'nClasses', nClasses);
    this.cutoffs = [...checkCutoffs(op, cutoffs, nClasses), nClasses];
    if (!(divValue > 0))
      throw new ArgumentError({ op, got: `divValue ${divValue}`, want: 'a positive number' });
    this.divValue = divValue;
    this.headBias = headBias;
    this.head = new Linear(inFeatures, this.shortlist + this.clusters, { bias: headBias, dtype });
    this.tail = new ModuleList(
      this.cutoffs.slice(1).map((end, i) => {
        const inner = Math.floor(inFeatures / divValue ** (i + 1));
        const classes = end - (this.cutoffs[i] as number);
        const plain = { bias: false, dtype };
        return new Sequential(new Linear(inFeatures, inner, plain), new Linear(inner, classes, plain));
      }),
    );
  }

  /** How many classes the head knows itself. */
  get shortlist(): number {
    return this.cutoffs[0] as number;
  }

  /** How many clusters there are beside them. */
  get clusters(): number {
    return this.cutoffs.length - 1;
  }

  /** Draws all weights anew. */
  resetParameters(): void {
    for (const module of [this.head, ...this.tail].flatMap((each) => [...each.modules()]))
      if (module instanceof Linear) module.resetParameters();
  }

  /**
   * `(N, inFeatures)` and classes `(N)`, or `(inFeatures)` and one class. Which cluster a target is in is read.
   * @throws IndexError for a target that is no class
   */
  override forward(input: Tensor, target: Tensor): AdaptiveLogSoftmaxOutput {
    const [x, classes] = this.#checkCall(input, target);
    const scores = logSoftmax(this.head.forward(x), 1);
    const { shortlist } = this;
    let output = gather(scores, 1, classes.clamp(0, shortlist - 1).unsqueeze(1)).squeeze(1);
    for (const [i, part] of [...this.tail].entries()) {
      const [start, end] = [this.cutoffs[i] as number, this.cutoffs[i + 1] as number];
      const rows = nonzero(classes.ge(start).logicalAnd(classes.lt(end))).squeeze(1);
      if (rows.numel === 0) continue;
      const within = logSoftmax(part.forward(indexSelect(x, 0, rows)) as Tensor, 1);
      const relative = indexSelect(classes, 0, rows).sub(start).unsqueeze(1);
      const ofCluster = indexSelect(scores.select(1, shortlist + i), 0, rows);
      output = indexCopy(output, 0, rows, ofCluster.add(gather(within, 1, relative).squeeze(1)));
    }
    return { output: target.ndim === 0 ? output.squeeze(0) : output, loss: output.mean().neg() };
  }

  /** The logarithms of the probabilities of all classes: `(N, inFeatures) → (N, nClasses)`. */
  logProb(input: Tensor): Tensor {
    return this.#whole(this.#checkInput(input));
  }

  #whole(x: Tensor): Tensor {
    const scores = logSoftmax(this.head.forward(x), 1);
    const parts = [...this.tail].map((part, i) =>
      logSoftmax(part.forward(x) as Tensor, 1).add(scores.narrow(1, this.shortlist + i, 1)),
    );
    return cat([scores.narrow(1, 0, this.shortlist), ...parts], 1);
  }

  /** The most probable classes: `(N, inFeatures) → (N)`. Only the rows whose cluster wins are looked into. */
  predict(input: Tensor): Tensor {
    const x = this.#checkInput(input);
    const best = this.head.forward(x).argmax(1);
    const rows = nonzero(best.ge(this.shortlist)).squeeze(1);
    if (rows.numel === 0) return best;
    return indexCopy(best, 0, rows, this.#whole(indexSelect(x, 0, rows)).argmax(1));
  }

  #checkInput(input: Tensor): Tensor {
    const op = this.constructor.name;
    if (checkTensor(op, input).ndim === 2 && input.shape[1] === this.inFeatures) return input;
    throw new ShapeError({
      op,
      got: `an input of shape ${showShape(input.shape)}`,
      want: `(N, ${this.inFeatures})`,
    });
  }

  #checkCall(input: Tensor, target: Tensor): readonly [Tensor, Tensor] {
    const op = this.constructor.name;
    const [x, classes] = [checkTensor(op, input), checkTensor(op, target)];
    if (classes.isFloatingPoint || classes.dtype === 'bool')
      throw new DTypeError({ op, got: `targets of ${classes.dtype}`, want: 'int32 or uint8' });
    const fits =
      classes.ndim === x.ndim - 1 && classes.ndim <= 1 && (x.ndim === 1 || x.shape[0] === classes.shape[0]);
    if (!fits || x.shape.at(-1) !== this.inFeatures)
      throw new ShapeError({
        op,
        got: `shapes ${showShapes([x.shape, classes.shape])}`,
        want: `(N, ${this.inFeatures}) and (N), or (${this.inFeatures}) and ()`,
      });
    const odd = classes.data.find((value) => value < 0 || value >= this.nClasses);
    if (odd !== undefined)
      throw new IndexError({ op, got: `the class ${odd}`, want: `classes from 0 to ${this.nClasses - 1}` });
    return classes.ndim === 1 ? [x, classes] : [x.unsqueeze(0), classes.unsqueeze(0)];
  }
}

function checkCutoffs(op: string, cutoffs: readonly number[], nClasses: number): readonly number[] {
  const rises = (value: number, i: number) =>
    Number.isInteger(value) && value > (i === 0 ? 0 : (cutoffs[i - 1] as number)) && value < nClasses;
  if (Array.isArray(cutoffs) && cutoffs.length > 0 && cutoffs.every(rises)) return cutoffs;
  throw new ArgumentError({
    op,
    got: `cutoffs ${Array.isArray(cutoffs) ? `[${cutoffs.join(', ')}]` : String(cutoffs)}`,
    want: `rising whole numbers above 0 and below ${nClasses}`,
  });
}

import {
  type DType,
  noGrad,
  type Optional,
  optional,
  ShapeError,
  showShape,
  Tensor,
  zeros,
} from '@retrograd/core';
import { type BagMode, checkDense, embedding, embeddingBag, rowOf } from './functional/embedding.ts';
import { normal_, zeros_ } from './init.ts';
import { checkSize } from './linear.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { extra } from './repr.ts';

interface TableOptions {
  /** Rows that are longer are shortened to this length when they are looked up, in place. Default `null`: none are. */
  maxNorm?: number | null;
  /** Which norm that is. Default 2. */
  normType?: number;
  /** Divide the gradient of each row by how often its index occurs. Default false. */
  scaleGradByFreq?: boolean;
  /** Only false: there are no sparse tensors here, so gradients are dense. */
  sparse?: false;
  /** Default `float32`. */
  dtype?: DType;
}

export interface EmbeddingOptions extends TableOptions {
  /** A row that starts as zeros and collects no gradient; negative numbers count from the end. */
  paddingIdx?: number | null;
}

export interface EmbeddingBagOptions extends TableOptions {
  /** What becomes of the rows of a bag. Default `'mean'`. */
  mode?: BagMode;
  /** The last offset is the end of the last bag. Default false. */
  includeLastOffset?: boolean;
  /** Indices that do not count; negative numbers count from the end. */
  paddingIdx?: number | null;
}

/** Settings of a table that is given, and whether it stays as it is: `freeze`, by default true. */
export type Pretrained<O> = Omit<O, 'dtype'> & { freeze?: boolean };

/** A table of vectors, `(numEmbeddings, embeddingDim)`. */
abstract class Table extends Module {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly paddingIdx: number | null;
  readonly maxNorm: number | null;
  readonly normType: number;
  readonly scaleGradByFreq: boolean;
  /** `(numEmbeddings, embeddingDim)` */
  weight: Parameter;

  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingOptions) {
    super();
    const op = new.target.name;
    const { paddingIdx = null, maxNorm = null, normType = 2, scaleGradByFreq = false } = options;
    const shape = [
      checkSize(op, 'numEmbeddings', numEmbeddings),
      checkSize(op, 'embeddingDim', embeddingDim),
    ];
    checkDense(op, options.sparse);
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx = rowOf(op, numEmbeddings, paddingIdx);
    this.maxNorm = maxNorm;
    this.normType = normType;
    this.scaleGradByFreq = scaleGradByFreq;
    this.weight = new Parameter(zeros(shape, { dtype: options.dtype ?? 'float32' }));
    this.resetParameters();
  }

  /** Draws the vectors anew from the standard normal distribution; the padding row is zeros. */
  resetParameters(): void {
    normal_(this.weight);
    if (this.paddingIdx !== null) zeros_(noGrad(() => this.weight.select(0, this.paddingIdx as number)));
  }

  protected get settings() {
    const { maxNorm, normType, scaleGradByFreq } = this;
    return {
      ...(maxNorm !== null && { maxNorm }),
      ...(normType !== 2 && { normType }),
      ...(scaleGradByFreq && { scaleGradByFreq }),
    };
  }

  protected get padding() {
    return { ...(this.paddingIdx !== null && { paddingIdx: this.paddingIdx }) };
  }
}

/** Gives a table the vectors that are there already. */
function filled<T extends Table>(
  op: string,
  vectors: Tensor,
  freeze: boolean,
  make: (sizes: [number, number]) => T,
): T {
  if (!(vectors instanceof Tensor) || vectors.ndim !== 2) {
    const got = vectors instanceof Tensor ? `shape ${showShape(vectors.shape)}` : typeof vectors;
    throw new ShapeError({ op, got, want: '(numEmbeddings, embeddingDim)' });
  }
  const table = make(vectors.shape as unknown as [number, number]);
  table.weight = new Parameter(vectors, { requiresGrad: !freeze });
  return table;
}

const order = ['paddingIdx', 'maxNorm', 'normType', 'scaleGradByFreq', 'sparse'] as const;
const fromOrder = ['freeze', ...order] as const;

/**
 * Indices to vectors: `(…) → (…, embeddingDim)`.
 *
 * @example
 * ```ts
 * const words = new nn.Embedding(10_000, 64, { paddingIdx: 0 });
 * words.forward(tensor([[5, 2, 0]], { dtype: 'int32' })); // (1, 3, 64)
 * ```
 */
export class Embedding extends Table {
  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    ...rest: Optional<EmbeddingOptions, typeof order>
  ) {
    super(numEmbeddings, embeddingDim, optional<EmbeddingOptions>(new.target.name, rest, order, ['dtype']));
  }

  /** A table of given vectors `(numEmbeddings, embeddingDim)`, whose memory it shares; by default they are not trained. */
  static fromPretrained(
    vectors: Tensor,
    ...rest: Optional<Pretrained<EmbeddingOptions>, typeof fromOrder>
  ): Embedding {
    const op = 'Embedding.fromPretrained';
    const { freeze = true, ...options } = optional<Pretrained<EmbeddingOptions>>(op, rest, fromOrder);
    return filled(op, vectors, freeze, (sizes) => new Embedding(...sizes, options));
  }

  override forward(input: Tensor): Tensor {
    const { paddingIdx, maxNorm, normType, scaleGradByFreq } = this;
    return embedding(input, this.weight, { paddingIdx, maxNorm, normType, scaleGradByFreq });
  }

  override extraRepr(): string {
    return extra([this.numEmbeddings, this.embeddingDim], { ...this.padding, ...this.settings });
  }
}

const bagOrder = [
  'maxNorm',
  'normType',
  'scaleGradByFreq',
  'mode',
  'sparse',
  'includeLastOffset',
  'paddingIdx',
] as const;
const bagFromOrder = ['freeze', ...bagOrder] as const;

/**
 * Bags of indices to the sum, mean or maximum of their vectors: `(B, L) → (B, embeddingDim)`, or a vector of indices and
 * the offsets at which bags begin. @see Embedding
 */
export class EmbeddingBag extends Table {
  readonly mode: BagMode;
  readonly includeLastOffset: boolean;

  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    ...rest: Optional<EmbeddingBagOptions, typeof bagOrder>
  ) {
    const op = new.target.name;
    const {
      mode = 'mean',
      includeLastOffset = false,
      ...options
    } = optional<EmbeddingBagOptions>(op, rest, bagOrder, ['dtype']);
    super(numEmbeddings, embeddingDim, options);
    this.mode = mode;
    this.includeLastOffset = includeLastOffset;
  }

  /** A table of given vectors. @see Embedding.fromPretrained */
  static fromPretrained(
    vectors: Tensor,
    ...rest: Optional<Pretrained<EmbeddingBagOptions>, typeof bagFromOrder>
  ): EmbeddingBag {
    const op = 'EmbeddingBag.fromPretrained';
    const { freeze = true, ...options } = optional<Pretrained<EmbeddingBagOptions>>(op, rest, bagFromOrder);
    return filled(op, vectors, freeze, (sizes) => new EmbeddingBag(...sizes, options));
  }

  override forward(
    input: Tensor,
    offsets: Tensor | null = null,
    perSampleWeights: Tensor | null = null,
  ): Tensor {
    const { paddingIdx, maxNorm, normType, scaleGradByFreq, mode, includeLastOffset } = this;
    return embeddingBag(input, this.weight, {
      offsets,
      perSampleWeights,
      paddingIdx,
      maxNorm,
      normType,
      scaleGradByFreq,
      mode,
      includeLastOffset,
    });
  }

  override extraRepr(): string {
    const { numEmbeddings, embeddingDim, settings, mode, padding } = this;
    return extra([numEmbeddings, embeddingDim], { ...settings, mode, ...padding });
  }
}

import { ArgumentError, type DType, type Optional, optional, type Tensor } from '@retrograd/core';
import { Dropout } from '../dropout.ts';
import { relu } from '../functional/activation/piecewise.ts';
import { gelu } from '../functional/activation/smooth.ts';
import { LayerNorm } from '../layer-norm.ts';
import { Linear } from '../linear.ts';
import { type Layer, Module } from '../module.ts';

import { MultiheadAttention } from './attention.ts';

/** What stands between the two products of a layer's feed-forward part. */
export type Activation = 'relu' | 'gelu' | ((x: Tensor) => Tensor) | Layer;

/** The sizes that a layer must be given. */
export interface TransformerLayerSizes {
  /** Features of the inputs and outputs. */
  dModel: number;
  /** How many heads share them. */
  nhead: number;
}

export interface TransformerLayerOptions {
  /** Features between the two products of the feed-forward part. Default 2048. */
  dimFeedforward?: number;
  /** The probability with which, in training, attention weights and the outputs of each part are dropped. Default 0.1. */
  dropout?: number;
  /** Default `'relu'`. */
  activation?: Activation;
  /** Added to the variances in the layer norms. Default 1e-5. */
  layerNormEps?: number;
  /** Whether batches are `(N, T, E)` instead of `(T, N, E)`. Default false. */
  batchFirst?: boolean;
  /** Normalise in front of each part, not behind it. Default false. */
  normFirst?: boolean;
  /** Add biases to the products and norms. Default true. */
  bias?: boolean;
  /** Default `float32`. */
  dtype?: DType;
}

/** What a call of an encoder layer may say; masks are as in `MultiheadAttention`. */
export interface EncoderLayerCall {
  /** `(T, T)` or `(N · heads, T, T)` */
  srcMask?: Tensor | null;
  /** `(N, T)` */
  srcKeyPaddingMask?: Tensor | null;
  /** Let position i look at the positions 0 to i only. Default false. */
  isCausal?: boolean;
}

/** What a call of a decoder layer may say; masks are as in `MultiheadAttention`. */
export interface DecoderLayerCall {
  /** `(T, T)` or `(N · heads, T, T)` */
  tgtMask?: Tensor | null;
  /** `(T, S)` or `(N · heads, T, S)` */
  memoryMask?: Tensor | null;
  /** `(N, T)` */
  tgtKeyPaddingMask?: Tensor | null;
  /** `(N, S)` */
  memoryKeyPaddingMask?: Tensor | null;
  /** Let position i look at the positions 0 to i of the target only. Default false. */
  tgtIsCausal?: boolean;
  /** Let position i look at the positions 0 to i of the memory only. Default false. */
  memoryIsCausal?: boolean;
}

const order = [
  'dimFeedforward',
  'dropout',
  'activation',
  'layerNormEps',
  'batchFirst',
  'normFirst',
  'bias',
] as const;

/** The sizes by position, and behind them the optional arguments; or everything by name. */
type Arguments =
  | [dModel: number, nhead: number, ...Optional<TransformerLayerOptions, typeof order>]
  | [TransformerLayerSizes & TransformerLayerOptions];

type Options = TransformerLayerSizes & TransformerLayerOptions;

function layerOptions(op: string, given: Arguments) {
  const {
    dropout = 0.1,
    layerNormEps: eps = 1e-5,
    ...options
  } = optional<Options>(op, given, ['dModel', 'nhead', ...order], ['dtype']);
  const { dModel, nhead, dimFeedforward = 2048, activation = 'relu' } = options;
  const { batchFirst = false, normFirst = false, bias = true, dtype = 'float32' } = options;
  const made = { bias, dtype };
  return {
    normFirst,
    activation: activationOf(op, activation),
    attention: () => new MultiheadAttention(dModel, nhead, { dropout, batchFirst, ...made }),
    wider: () => new Linear(dModel, dimFeedforward, made),
    narrower: () => new Linear(dimFeedforward, dModel, made),
    norm: () => new LayerNorm(dModel, { eps, ...made }),
    dropout: () => new Dropout(dropout),
  };
}

const activations = { relu, gelu };

function activationOf(op: string, activation: Activation): ((x: Tensor) => Tensor) | Layer {
  if (activation instanceof Module || typeof activation === 'function') return activation;
  if (Object.hasOwn(activations, activation)) return activations[activation];
  const got = `activation ${String(activation)}`;
  throw new ArgumentError({ op, got, want: "'relu', 'gelu', a function or a module" });
}

/** What the layers of encoder and decoder share: their feed-forward part, and how a part stands in a layer. */
abstract class TransformerLayer extends Module {
  abstract readonly normFirst: boolean;
  abstract readonly activation: ((x: Tensor) => Tensor) | Layer;
  abstract linear1: Linear;
  abstract dropout: Dropout;
  abstract linear2: Linear;

  protected feedForward(x: Tensor): Tensor {
    const { activation } = this;
    const wide = this.linear1.forward(x);
    const active = activation instanceof Module ? activation.forward(wide) : activation(wide);
    return this.linear2.forward(this.dropout.forward(active));
  }

  /** A part, around which its input is led and added: x + part(norm(x)), or norm(x + part(x)). */
  protected around(x: Tensor, norm: LayerNorm, dropout: Dropout, part: (x: Tensor) => Tensor): Tensor {
    if (this.normFirst) return x.add(dropout.forward(part(norm.forward(x))));
    return norm.forward(x.add(dropout.forward(part(x))));
  }
}

const encoderOrder = ['srcMask', 'srcKeyPaddingMask', 'isCausal'] as const;

/**
 * A layer of an encoder (Vaswani et al., 2017): self-attention, then two products with an activation between them, each
 * with its input added and normalised. `(T, N, dModel)` to the same shape, or `(T, dModel)` for one sequence.
 *
 * @example
 * ```ts
 * const layer = new nn.TransformerEncoderLayer(64, 8, { dimFeedforward: 256, batchFirst: true });
 * layer.forward(x, { srcKeyPaddingMask });
 * ```
 */
export class TransformerEncoderLayer extends TransformerLayer {
  self_attn: MultiheadAttention;
  linear1: Linear;
  dropout: Dropout;
  linear2: Linear;
  norm1: LayerNorm;
  norm2: LayerNorm;
  dropout1: Dropout;
  dropout2: Dropout;
  readonly normFirst: boolean;
  readonly activation: ((x: Tensor) => Tensor) | Layer;

  constructor(...given: Arguments) {
    super();
    const options = layerOptions('TransformerEncoderLayer', given);
    this.self_attn = options.attention();
    this.linear1 = options.wider();
    this.dropout = options.dropout();
    this.linear2 = options.narrower();
    this.norm1 = options.norm();
    this.norm2 = options.norm();
    this.dropout1 = options.dropout();
    this.dropout2 = options.dropout();
    this.normFirst = options.normFirst;
    this.activation = options.activation;
  }

  override forward(src: Tensor, ...rest: Optional<EncoderLayerCall, typeof encoderOrder>): Tensor {
    const call = optional<EncoderLayerCall>('TransformerEncoderLayer', rest, encoderOrder);
    const seen = { attnMask: call.srcMask, keyPaddingMask: call.srcKeyPaddingMask, isCausal: call.isCausal };
    const attend = (x: Tensor) => this.self_attn.forward(x, x, x, { ...seen, needWeights: false })[0];
    const attended = this.around(src, this.norm1, this.dropout1, attend);
    return this.around(attended, this.norm2, this.dropout2, (x) => this.feedForward(x));
  }
}

export const decoderOrder = [
  'tgtMask',
  'memoryMask',
  'tgtKeyPaddingMask',
  'memoryKeyPaddingMask',
  'tgtIsCausal',
  'memoryIsCausal',
] as const;

/**
 * A layer of a decoder: what an encoder's layer has, and between its parts attention to the encoder's output, the
 * memory. A target `(T, N, dModel)` and a memory `(S, N, dModel)` to `(T, N, dModel)`.
 */
export class TransformerDecoderLayer extends TransformerLayer {
  self_attn: MultiheadAttention;
  multihead_attn: MultiheadAttention;
  linear1: Linear;
  dropout: Dropout;
  linear2: Linear;
  norm1: LayerNorm;
  norm2: LayerNorm;
  norm3: LayerNorm;
  dropout1: Dropout;
  dropout2: Dropout;
  dropout3: Dropout;
  readonly normFirst: boolean;
  readonly activation: ((x: Tensor) => Tensor) | Layer;

  constructor(...given: Arguments) {
    super();
    const options = layerOptions('TransformerDecoderLayer', given);
    this.self_attn = options.attention();
    this.multihead_attn = options.attention();
    this.linear1 = options.wider();
    this.dropout = options.dropout();
    this.linear2 = options.narrower();
    this.norm1 = options.norm();
    this.norm2 = options.norm();
    this.norm3 = options.norm();
    this.dropout1 = options.dropout();
    this.dropout2 = options.dropout();
    this.dropout3 = options.dropout();
    this.normFirst = options.normFirst;
    this.activation = options.activation;
  }

  override forward(
    tgt: Tensor,
    memory: Tensor,
    ...rest: Optional<DecoderLayerCall, typeof decoderOrder>
  ): Tensor {
    const call = optional<DecoderLayerCall>('TransformerDecoderLayer', rest, decoderOrder);
    const ofTarget = {
      attnMask: call.tgtMask,
      keyPaddingMask: call.tgtKeyPaddingMask,
      isCausal: call.tgtIsCausal,
    };
    const ofMemory = {
      attnMask: call.memoryMask,
      keyPaddingMask: call.memoryKeyPaddingMask,
      isCausal: call.memoryIsCausal,
    };
    const { self_attn, multihead_attn } = this;
    const toItself = (x: Tensor) => self_attn.forward(x, x, x, { ...ofTarget, needWeights: false })[0];
    const toMemory = (x: Tensor) =>
      multihead_attn.forward(x, memory, memory, { ...ofMemory, needWeights: false })[0];
    const self = this.around(tgt, this.norm1, this.dropout1, toItself);
    const both = this.around(self, this.norm2, this.dropout2, toMemory);
    return this.around(both, this.norm3, this.dropout3, (x) => this.feedForward(x));
  }
}

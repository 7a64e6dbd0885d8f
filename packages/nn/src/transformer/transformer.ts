import {
  checkTensor,
  full,
  type Optional,
  optional,
  ShapeError,
  showShape,
  type Tensor,
  triu,
} from '@retrograd/core';
import { ModuleList } from '../container.ts';
import { copyOf } from '../copy.ts';
import { xavierUniform_ } from '../init.ts';
import { LayerNorm } from '../layer-norm.ts';
import { checkSize } from '../linear.ts';
import { type Layer, Module } from '../module.ts';
import {
  type DecoderLayerCall,
  decoderOrder,
  type EncoderLayerCall,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
} from './layer.ts';

/** A layer for a `TransformerEncoder`. */
export interface EncoderLayer extends Module {
  forward(src: Tensor, call: EncoderLayerCall): Tensor;
}

/** A layer for a `TransformerDecoder`, or a whole decoder. */
export interface DecoderLayer extends Module {
  forward(tgt: Tensor, memory: Tensor, call: DecoderLayerCall): Tensor;
}

/** What a call of an encoder may say; masks are as in `MultiheadAttention`. */
export interface EncoderCall {
  /** `(T, T)` or `(N · heads, T, T)` */
  mask?: Tensor | null;
  /** `(N, T)` */
  srcKeyPaddingMask?: Tensor | null;
  /** Let position i look at the positions 0 to i only. Default false. */
  isCausal?: boolean;
}

/** A whole encoder. */
export interface Encoder extends Module {
  forward(src: Tensor, call: EncoderCall): Tensor;
}

export interface StackOptions {
  /** What the output of the last layer goes through. Default none. */
  norm?: Layer | null;
}

const stackOrder = ['norm'] as const;
const encoderOrder = ['mask', 'srcKeyPaddingMask', 'isCausal'] as const;

/**
 * Layers of an encoder one after the other: copies of one, which begin with the same numbers.
 *
 * @example
 * ```ts
 * const encoder = new nn.TransformerEncoder(new nn.TransformerEncoderLayer(64, 8), 6);
 * ```
 */
export class TransformerEncoder extends Module {
  layers: ModuleList<EncoderLayer>;
  readonly numLayers: number;
  norm: Layer | null;

  constructor(
    encoderLayer: EncoderLayer,
    numLayers: number,
    ...rest: Optional<StackOptions, typeof stackOrder>
  ) {
    super();
    const { norm = null } = optional<StackOptions>('TransformerEncoder', rest, stackOrder);
    this.layers = copies('TransformerEncoder', encoderLayer, numLayers);
    this.numLayers = numLayers;
    this.norm = norm;
  }

  override forward(src: Tensor, ...rest: Optional<EncoderCall, typeof encoderOrder>): Tensor {
    const { mask, ...call } = optional<EncoderCall>('TransformerEncoder', rest, encoderOrder);
    let x = src;
    for (const layer of this.layers) x = layer.forward(x, { ...call, srcMask: mask });
    return this.norm ? this.norm.forward(x) : x;
  }
}

/** Layers of a decoder one after the other: copies of one, which begin with the same numbers. */
export class TransformerDecoder extends Module {
  layers: ModuleList<DecoderLayer>;
  readonly numLayers: number;
  norm: Layer | null;

  constructor(
    decoderLayer: DecoderLayer,
    numLayers: number,
    ...rest: Optional<StackOptions, typeof stackOrder>
  ) {
    super();
    const { norm = null } = optional<StackOptions>('TransformerDecoder', rest, stackOrder);
    this.layers = copies('TransformerDecoder', decoderLayer, numLayers);
    this.numLayers = numLayers;
    this.norm = norm;
  }

  override forward(
    tgt: Tensor,
    memory: Tensor,
    ...rest: Optional<DecoderLayerCall, typeof decoderOrder>
  ): Tensor {
    const call = optional<DecoderLayerCall>('TransformerDecoder', rest, decoderOrder);
    let x = tgt;
    for (const layer of this.layers) x = layer.forward(x, memory, call);
    return this.norm ? this.norm.forward(x) : x;
  }
}

function copies<M extends Module>(op: string, layer: M, count: number): ModuleList<M> {
  return new ModuleList(Array.from({ length: checkSize(op, 'numLayers', count) }, () => copyOf(layer)));
}

export interface TransformerOptions extends TransformerLayerOptions {
  /** Features of the inputs and outputs. Default 512. */
  dModel?: number;
  /** How many heads share them. Default 8. */
  nhead?: number;
  /** Default 6. */
  numEncoderLayers?: number;
  /** Default 6. */
  numDecoderLayers?: number;
  /** An encoder of one's own. */
  customEncoder?: Encoder | null;
  /** A decoder of one's own. */
  customDecoder?: DecoderLayer | null;
}

/** What a call of a transformer may say; masks are as in `MultiheadAttention`. */
export interface TransformerCall extends DecoderLayerCall {
  /** `(S, S)` or `(N · heads, S, S)` */
  srcMask?: Tensor | null;
  /** `(N, S)` */
  srcKeyPaddingMask?: Tensor | null;
  /** Let position i look at the positions 0 to i of the source only. Default false. */
  srcIsCausal?: boolean;
}

const order = [
  'dModel',
  'nhead',
  'numEncoderLayers',
  'numDecoderLayers',
  'dimFeedforward',
  'dropout',
  'activation',
  'customEncoder',
  'customDecoder',
  'layerNormEps',
  'batchFirst',
  'normFirst',
  'bias',
] as const;

const callOrder = [
  'srcMask',
  'tgtMask',
  'memoryMask',
  'srcKeyPaddingMask',
  'tgtKeyPaddingMask',
  'memoryKeyPaddingMask',
  'srcIsCausal',
  'tgtIsCausal',
  'memoryIsCausal',
] as const;

/**
 * An encoder, and a decoder that attends to its output (Vaswani et al., 2017): a source `(S, N, dModel)` and a target
 * `(T, N, dModel)` to `(T, N, dModel)`.
 *
 * @example
 * ```ts
 * const model = new nn.Transformer({ dModel: 64, nhead: 4, batchFirst: true });
 * model.forward(src, tgt, { tgtMask: nn.Transformer.generateSquareSubsequentMask(10) });
 * ```
 */
export class Transformer extends Module {
  encoder: Encoder;
  decoder: DecoderLayer;
  readonly dModel: number;
  readonly nhead: number;
  readonly batchFirst: boolean;

  constructor(...rest: Optional<TransformerOptions, typeof order>) {
    super();
    const {
      dModel = 512,
      nhead = 8,
      numEncoderLayers = 6,
      numDecoderLayers = 6,
      customEncoder = null,
      customDecoder = null,
      ...options
    } = optional<TransformerOptions>('Transformer', rest, order, ['dtype']);
    const { layerNormEps: eps = 1e-5, bias = true, dtype = 'float32', batchFirst = false } = options;
    const norm = () => new LayerNorm(dModel, { eps, bias, dtype });
    const sizes = { dModel, nhead, ...options };
    this.encoder =
      customEncoder ?? new TransformerEncoder(new TransformerEncoderLayer(sizes), numEncoderLayers, norm());
    this.decoder =
      customDecoder ?? new TransformerDecoder(new TransformerDecoderLayer(sizes), numDecoderLayers, norm());
    this.dModel = dModel;
    this.nhead = nhead;
    this.batchFirst = batchFirst;
    this.resetParameters();
  }

  /** Draws all weights anew, within Glorot's bound; biases and norms stay. */
  resetParameters(): void {
    for (const parameter of this.parameters()) if (parameter.ndim > 1) xavierUniform_(parameter);
  }

  override forward(src: Tensor, tgt: Tensor, ...rest: Optional<TransformerCall, typeof callOrder>): Tensor {
    const call = optional<TransformerCall>('Transformer', rest, callOrder);
    const { srcMask: mask, srcKeyPaddingMask, srcIsCausal: isCausal, ...ofDecoder } = call;
    checkFeatures(this.dModel, src, tgt);
    const memory = this.encoder.forward(src, { mask, srcKeyPaddingMask, isCausal });
    return this.decoder.forward(tgt, memory, ofDecoder);
  }

  /** `(size, size)`: −∞ above the diagonal, 0 elsewhere, so that no position looks at a later one. */
  static generateSquareSubsequentMask(size: number): Tensor {
    return triu(full([size, size], Number.NEGATIVE_INFINITY), 1);
  }
}

function checkFeatures(features: number, ...inputs: readonly Tensor[]): void {
  for (const x of inputs) {
    if (checkTensor('Transformer', x).shape.at(-1) === features) continue;
    throw new ShapeError({
      op: 'Transformer',
      got: `an input of shape ${showShape(x.shape)}`,
      want: `${features} features in the last dim`,
    });
  }
}

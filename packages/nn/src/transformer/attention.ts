import { ArgumentError, type DType, type Optional, optional, type Tensor, zeros } from '@retrograd/core';
import { checkPositive } from '../checks.ts';
import { type Attended, attend, type MultiHead, type MultiHeadCall } from '../functional/attention/heads.ts';
import { checkProbability } from '../functional/dropout.ts';
import { constant_, xavierNormal_, xavierUniform_ } from '../init.ts';
import { Linear } from '../linear.ts';
import { Module } from '../module.ts';
import { Parameter } from '../parameter.ts';

/** The sizes that multi-head attention must be given. */
export interface MultiheadAttentionSizes {
  /** Features of the queries and of the output. */
  embedDim: number;
  /** How many heads share the features. */
  numHeads: number;
}

export interface MultiheadAttentionOptions {
  /** The probability with which, in training, a weight is dropped. Default 0. */
  dropout?: number;
  /** Add biases on the way in and on the way out. Default true. */
  bias?: boolean;
  /** Learn a key and a value that stand behind those of every sequence. Default false. */
  addBiasKv?: boolean;
  /** Let a key and a value of zeros stand behind all others. Default false. */
  addZeroAttn?: boolean;
  /** Features of the keys. Default `embedDim`. */
  kdim?: number | null;
  /** Features of the values. Default `embedDim`. */
  vdim?: number | null;
  /** Whether batches are `(N, T, E)` instead of `(T, N, E)`. Default false. */
  batchFirst?: boolean;
  /** Default `float32`. */
  dtype?: DType;
}

const order = ['dropout', 'bias', 'addBiasKv', 'addZeroAttn', 'kdim', 'vdim', 'batchFirst'] as const;
const callOrder = ['keyPaddingMask', 'needWeights', 'attnMask', 'averageAttnWeights', 'isCausal'] as const;

/** The sizes by position, and behind them the optional arguments; or everything by name. */
type Arguments =
  | [embedDim: number, numHeads: number, ...Optional<MultiheadAttentionOptions, typeof order>]
  | [MultiheadAttentionSizes & MultiheadAttentionOptions];

/**
 * Attention of several heads: queries, keys and values are brought to `embedDim` features, of which each head has its
 * part; the outputs of all heads are brought together by a last product. Gives the output, and the weights `(N, L, S)`
 * averaged over the heads, or `null`. In masks of truth values, `true` hides a key.
 *
 * @example
 * ```ts
 * const attention = new nn.MultiheadAttention(64, 8, { batchFirst: true });
 * const [out, weights] = attention.forward(x, x, x, { keyPaddingMask }); // (N, T, 64), (N, T, T)
 * ```
 * @throws ArgumentError if the heads do not divide the features
 */
export class MultiheadAttention extends Module {
  readonly embedDim: number;
  readonly numHeads: number;
  readonly kdim: number;
  readonly vdim: number;
  readonly dropout: number;
  readonly addZeroAttn: boolean;
  readonly batchFirst: boolean;
  /** `(embedDim, embedDim)`, and the two below, where keys or values have other features; else they are in one. */
  q_proj_weight: Parameter | null;
  /** `(embedDim, kdim)` */
  k_proj_weight: Parameter | null;
  /** `(embedDim, vdim)` */
  v_proj_weight: Parameter | null;
  /** `(3 · embedDim, embedDim)`, for queries, keys and values. */
  in_proj_weight: Parameter | null;
  /** `(3 · embedDim)` */
  in_proj_bias: Parameter | null;
  /** `(1, 1, embedDim)`, the key of `addBiasKv`. */
  bias_k: Parameter | null;
  /** `(1, 1, embedDim)`, its value. */
  bias_v: Parameter | null;
  out_proj: Linear;

  constructor(...given: Arguments) {
    super();
    const op = 'MultiheadAttention';
    const options = optional<MultiheadAttentionSizes & MultiheadAttentionOptions>(
      op,
      given,
      ['embedDim', 'numHeads', ...order],
      ['dtype'],
    );
    const { embedDim: size, numHeads, bias = true, addBiasKv = false, dtype = 'float32' } = options;
    this.embedDim = checkPositive(op, 'embedDim', size);
    this.numHeads = checkPositive(op, 'numHeads', numHeads);
    if (size % numHeads !== 0)
      throw new ArgumentError({
        op,
        got: `${numHeads} heads for ${size} features`,
        want: 'a number that divides them',
      });
    this.kdim = checkPositive(op, 'kdim', options.kdim ?? size);
    this.vdim = checkPositive(op, 'vdim', options.vdim ?? size);
    this.dropout = checkProbability(op, options.dropout ?? 0);
    this.addZeroAttn = options.addZeroAttn ?? false;
    this.batchFirst = options.batchFirst ?? false;
    const own = (shape: number[]) => new Parameter(zeros(shape, { dtype }));
    const apart = this.kdim !== size || this.vdim !== size;
    this.q_proj_weight = apart ? own([size, size]) : null;
    this.k_proj_weight = apart ? own([size, this.kdim]) : null;
    this.v_proj_weight = apart ? own([size, this.vdim]) : null;
    this.in_proj_weight = apart ? null : own([3 * size, size]);
    this.in_proj_bias = bias ? own([3 * size]) : null;
    this.bias_k = addBiasKv ? own([1, 1, size]) : null;
    this.bias_v = addBiasKv ? own([1, 1, size]) : null;
    this.out_proj = new Linear(size, size, { bias, dtype });
    this.resetParameters();
  }

  /** Draws the weights anew, within Glorot's bound; the biases become 0, but for those of `addBiasKv`. */
  resetParameters(): void {
    const { in_proj_weight, q_proj_weight, k_proj_weight, v_proj_weight, bias_k, bias_v } = this;
    for (const weight of [in_proj_weight, q_proj_weight, k_proj_weight, v_proj_weight])
      if (weight) xavierUniform_(weight);
    for (const bias of [this.in_proj_bias, this.out_proj.bias]) if (bias) constant_(bias, 0);
    for (const bias of [bias_k, bias_v]) if (bias) xavierNormal_(bias);
  }

  override forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    ...rest: Optional<MultiHeadCall, typeof callOrder>
  ): Attended {
    const op = 'MultiheadAttention';
    const call = optional<MultiHeadCall>(op, rest, callOrder);
    return attend(op, [query, key, value], this.net(), call);
  }

  private net(): MultiHead {
    const { in_proj_weight, in_proj_bias, out_proj, bias_k, bias_v, numHeads, addZeroAttn, batchFirst } =
      this;
    const weights = in_proj_weight?.chunk(3) ?? [this.q_proj_weight, this.k_proj_weight, this.v_proj_weight];
    const [q, k, v] = weights as [Tensor, Tensor, Tensor];
    const [ofQ = null, ofK = null, ofV = null] = in_proj_bias?.chunk(3) ?? [];
    return {
      query: { weight: q, bias: ofQ },
      key: { weight: k, bias: ofK, extra: bias_k },
      value: { weight: v, bias: ofV, extra: bias_v },
      out: out_proj,
      numHeads,
      addZeroAttn,
      dropoutP: this.training ? this.dropout : 0,
      batchFirst,
    };
  }
}

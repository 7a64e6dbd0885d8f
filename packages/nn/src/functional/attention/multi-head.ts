import {
  ArgumentError,
  checkTensor,
  type Optional,
  optional,
  ShapeError,
  showShape,
  type Tensor,
} from '@retrograd/core';
import { checkPositive } from '../../checks.ts';
import { checkProbability } from '../dropout.ts';
import { type Attended, attend, type MultiHeadCall } from './heads.ts';

export interface MultiHeadForwardOptions extends MultiHeadCall {
  /** Drop weights. Default true. */
  training?: boolean;
  /** Take the three weights below, not the one of all. Default false. */
  useSeparateProjWeight?: boolean;
  /** `(E, E)` */
  qProjWeight?: Tensor | null;
  /** `(E, features of the keys)` */
  kProjWeight?: Tensor | null;
  /** `(E, features of the values)` */
  vProjWeight?: Tensor | null;
  /** `(N · heads, S, E / heads)`, keys to take instead of the projected ones. */
  staticK?: Tensor | null;
  /** `(N · heads, S, E / heads)`, values to take instead of the projected ones. */
  staticV?: Tensor | null;
}

const order = [
  'training',
  'keyPaddingMask',
  'needWeights',
  'attnMask',
  'useSeparateProjWeight',
  'qProjWeight',
  'kProjWeight',
  'vProjWeight',
  'staticK',
  'staticV',
  'averageAttnWeights',
  'isCausal',
] as const;

/**
 * What `nn.MultiheadAttention` computes, of tensors that it would own. Sequences are `(T, N, E)`, or `(T, E)`.
 *
 * @param embedDimToCheck what the features E of the query must be
 * @param inProjWeight `(3 · E, E)`, for queries, keys and values; `null` beside `useSeparateProjWeight`
 * @param inProjBias `(3 · E)`
 * @param biasK `(1, 1, E)`, a key behind all others; with `biasV`, its value, or neither
 * @param addZeroAttn let a key and a value of zeros stand behind all others
 * @param dropoutP the probability with which a weight is dropped
 * @param outProjWeight `(E, E)`
 * @param outProjBias `(E)`
 */
export function multiHeadAttentionForward(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  embedDimToCheck: number,
  numHeads: number,
  inProjWeight: Tensor | null,
  inProjBias: Tensor | null,
  biasK: Tensor | null,
  biasV: Tensor | null,
  addZeroAttn: boolean,
  dropoutP: number,
  outProjWeight: Tensor,
  outProjBias: Tensor | null,
  ...rest: Optional<MultiHeadForwardOptions, typeof order>
): Attended {
  const op = 'multiHeadAttentionForward';
  const { training = true, ...options } = optional<MultiHeadForwardOptions>(op, rest, order);
  if (checkTensor(op, query).shape.at(-1) !== embedDimToCheck) {
    const got = `a query of shape ${showShape(query.shape)}`;
    throw new ShapeError({ op, got, want: `${embedDimToCheck} features` });
  }
  if ((biasK === null) !== (biasV === null))
    throw new ArgumentError({ op, got: 'one of biasK and biasV', want: 'both or neither' });
  const [q, k, v] = waysIn(op, inProjWeight, options);
  const [ofQ = null, ofK = null, ofV = null] =
    inProjBias === null ? [] : checkTensor(op, inProjBias).chunk(3);
  const net = {
    query: { weight: q, bias: ofQ },
    key: { weight: k, bias: ofK, extra: biasK, fixed: options.staticK },
    value: { weight: v, bias: ofV, extra: biasV, fixed: options.staticV },
    out: { weight: checkTensor(op, outProjWeight), bias: outProjBias },
    numHeads: checkPositive(op, 'numHeads', numHeads),
    addZeroAttn,
    dropoutP: training ? checkProbability(op, dropoutP) : 0,
    batchFirst: false,
  };
  return attend(op, [query, key, value], net, options);
}

function waysIn(
  op: string,
  together: Tensor | null,
  apart: MultiHeadForwardOptions,
): [Tensor, Tensor, Tensor] {
  const weights = apart.useSeparateProjWeight
    ? [apart.qProjWeight, apart.kProjWeight, apart.vProjWeight]
    : checkTensor(op, together).chunk(3);
  return weights.map((weight) => checkTensor(op, weight)) as [Tensor, Tensor, Tensor];
}

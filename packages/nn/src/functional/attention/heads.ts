import {
  ArgumentError,
  cat,
  checkTensor,
  constantPad,
  type DType,
  DTypeError,
  matmul,
  type Shape,
  ShapeError,
  sameShape,
  showShape,
  type Tensor,
  where,
} from '@retrograd/core';
import { checkFloat } from '../../checks.ts';
import { dropout } from '../dropout.ts';
import { linear } from '../linear.ts';
import { attentionWeights, causalMask } from './scaled.ts';

/** What a call of multi-head attention may say. */
export interface MultiHeadCall {
  /** `(N, S)`, or `(S)` for one sequence: `true` for keys that nobody may look at, or numbers added to their scores. */
  keyPaddingMask?: Tensor | null;
  /** Give the weights, too. Default true. */
  needWeights?: boolean;
  /** `(L, S)` or `(N · heads, L, S)`: `true` where a query may not look at a key, or numbers added to the scores. */
  attnMask?: Tensor | null;
  /** Give the mean of the weights of all heads, instead of those of each. Default true. */
  averageAttnWeights?: boolean;
  /** Let query i look at the keys 0 to i only, whatever the masks say. Default false. */
  isCausal?: boolean;
}

/** x · Wᵀ + b */
interface Projection {
  readonly weight: Tensor;
  readonly bias: Tensor | null;
}

/** Where keys or values come from. */
interface Source extends Projection {
  /** `(1, 1, E)`, one more behind those of every sequence. */
  readonly extra: Tensor | null;
  /** `(N · heads, S, E / heads)`, what to take instead of all that. */
  readonly fixed?: Tensor | null;
}

/** What multi-head attention has learnt, and how it was set up. */
export interface MultiHead {
  readonly query: Projection;
  readonly key: Source;
  readonly value: Source;
  readonly out: Projection;
  readonly numHeads: number;
  /** Let one more key and value, of zeros, stand behind all others. */
  readonly addZeroAttn: boolean;
  /** The probability with which a weight is dropped. */
  readonly dropoutP: number;
  /** Whether sequences are `(N, T, E)` instead of `(T, N, E)`. */
  readonly batchFirst: boolean;
}

type Inputs = readonly [query: Tensor, key: Tensor, value: Tensor];

/** The output, laid out as the queries are, and the weights `(N, L, S)`, or `(N, heads, L, S)`. */
export type Attended = [output: Tensor, weights: Tensor | null];

/**
 * Attention of several heads, each with its own part of the features (Vaswani et al., 2017), for a batch `(T, N, E)` or
 * one sequence `(T, E)`.
 */
export function attend(op: string, inputs: Inputs, net: MultiHead, call: MultiHeadCall): Attended {
  if (isBatch(op, inputs, net)) return attendInBatch(op, inputs, net, call);
  const at = batchDim(net);
  const [query, key, value] = inputs.map((x) => x.unsqueeze(at)) as [Tensor, Tensor, Tensor];
  const keyPaddingMask = call.keyPaddingMask ? checkTensor(op, call.keyPaddingMask).unsqueeze(0) : null;
  const [output, weights] = attendInBatch(op, [query, key, value], net, { ...call, keyPaddingMask });
  return [output.squeeze(at), weights?.squeeze(0) ?? null];
}

function attendInBatch(
  op: string,
  [query, key, value]: Inputs,
  net: MultiHead,
  call: MultiHeadCall,
): Attended {
  const { needWeights = true, averageAttnWeights = true } = call;
  const q = splitHeads(op, linear(query, net.query.weight, { bias: net.query.bias }), net);
  const k = memory(op, key, net.key, net);
  const v = memory(op, value, net.value, net);
  const sizes = { batch: q.shape[0] as number, heads: net.numHeads, queries: q.shape[2] as number };
  const mask = jointMask(op, call, { ...sizes, keys: key.shape[1 - batchDim(net)] as number }, query.dtype);
  const weights = attentionWeights(q, k, mask && coveringAll(mask, k.shape[2] as number));
  const dropped = dropout(weights, { p: net.dropoutP });
  const output = linear(joinHeads(matmul(dropped, v), net), net.out.weight, { bias: net.out.bias });
  if (!needWeights) return [output, null];
  return [output, averageAttnWeights ? dropped.mean(1) : dropped];
}

function batchDim({ batchFirst }: MultiHead): 0 | 1 {
  return batchFirst ? 0 : 1;
}

/** `(T, N, E) → (N, heads, T, E / heads)` */
function splitHeads(op: string, x: Tensor, { numHeads, batchFirst }: MultiHead): Tensor {
  const features = x.shape[2] as number;
  if (features % numHeads !== 0)
    throw new ArgumentError({
      op,
      got: `${numHeads} heads for ${features} features`,
      want: 'a number that divides them',
    });
  return x.unflatten(2, [numHeads, features / numHeads]).permute(batchFirst ? [0, 2, 1, 3] : [1, 2, 0, 3]);
}

/** The inverse of `splitHeads`. */
function joinHeads(x: Tensor, { batchFirst }: MultiHead): Tensor {
  return x.permute(batchFirst ? [0, 2, 1, 3] : [2, 0, 1, 3]).flatten(2);
}

/** Keys or values `(N, heads, S, E / heads)`, with what is to stand behind those that were given. */
function memory(op: string, x: Tensor, source: Source, net: MultiHead): Tensor {
  const { weight, bias, extra, fixed } = source;
  const batch = batchDim(net);
  let heads: Tensor;
  if (fixed) {
    heads = checkTensor(op, fixed).unflatten(0, [x.shape[batch] as number, net.numHeads]);
  } else {
    const projected = linear(x, weight, { bias });
    const shape = projected.shape.map((size, d) => (d === 1 - batch ? 1 : size));
    heads = splitHeads(op, extra ? cat([projected, extra.expand(shape)], 1 - batch) : projected, net);
  }
  return net.addZeroAttn ? constantPad(heads, [0, 0, 0, 1]) : heads;
}

interface MaskSizes {
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
}

/** All masks as one that broadcasts to `(N, heads, L, S)`: truth values if all are, else numbers. */
function jointMask(op: string, call: MultiHeadCall, sizes: MaskSizes, dtype: DType): Tensor | null {
  const { batch, heads, queries, keys } = sizes;
  const { attnMask, keyPaddingMask, isCausal } = call;
  const masks: Tensor[] = [];
  if (attnMask) {
    checkMask(op, 'attnMask', attnMask, [
      [queries, keys],
      [batch * heads, queries, keys],
    ]);
    masks.push(attnMask.ndim === 2 ? attnMask : attnMask.unflatten(0, [batch, heads]));
  }
  if (keyPaddingMask) {
    checkMask(op, 'keyPaddingMask', keyPaddingMask, [[batch, keys]]);
    masks.push(keyPaddingMask.reshape([batch, 1, 1, keys]));
  }
  if (isCausal) masks.push(causalMask(queries, keys).logicalNot());
  const [first] = masks;
  if (first === undefined) return null;
  if (masks.every((mask) => mask.dtype === 'bool')) return masks.reduce((a, b) => a.logicalOr(b));
  const numbers = masks.map((mask) =>
    mask.dtype === 'bool' ? where(mask, Number.NEGATIVE_INFINITY, 0) : mask,
  );
  return numbers.map((mask) => mask.to(dtype)).reduce((a, b) => a.add(b));
}

/** What stands behind the keys that were given is for all to see. */
function coveringAll(mask: Tensor, keys: number): Tensor {
  const added = keys - (mask.shape.at(-1) as number);
  return added > 0 ? constantPad(mask, [0, added]) : mask;
}

function checkMask(op: string, name: string, mask: Tensor, shapes: readonly Shape[]): void {
  const { dtype, isFloatingPoint, shape } = checkTensor(op, mask);
  if (dtype !== 'bool' && !isFloatingPoint)
    throw new DTypeError({ op, got: `${name} of ${dtype}`, want: 'bool or floats' });
  if (shapes.some((want) => sameShape(want, shape))) return;
  throw new ShapeError({
    op,
    got: `${name} of shape ${showShape(shape)}`,
    want: shapes.map(showShape).join(' or '),
  });
}

/** True for batches `(T, N, E)`, false for sequences `(T, E)`. */
function isBatch(op: string, inputs: Inputs, net: MultiHead): boolean {
  const [query, key, value] = inputs.map((x) => checkFloat(op, x)) as [Tensor, Tensor, Tensor];
  const { ndim } = query;
  const batch = (x: Tensor) => (ndim === 3 ? x.shape[batchDim(net)] : 1);
  const length = (x: Tensor) => x.shape[ndim === 3 ? 1 - batchDim(net) : 0];
  const ranks = (ndim === 2 || ndim === 3) && key.ndim === ndim && value.ndim === ndim;
  if (ranks && batch(query) === batch(key) && batch(key) === batch(value) && length(key) === length(value))
    return ndim === 3;
  throw new ShapeError({
    op,
    got: `${[query, key, value].map(({ shape }) => showShape(shape)).join(', ')} as query, key and value`,
    want: `${net.batchFirst ? '(N, L, E) and twice (N, S, …)' : '(L, N, E) and twice (S, N, …)'}, or (L, E) and twice (S, …)`,
  });
}

import {
  ArgumentError,
  arange,
  DTypeError,
  matmul,
  type Optional,
  optional,
  ShapeError,
  showShape,
  softmax,
  type Tensor,
} from '@retrograd/core';
import { checkFloat, checkSameDtype } from '../../checks.ts';
import { dropout } from '../dropout.ts';

export interface AttentionOptions {
  /**
   * Broadcasts to `(…, L, S)`. Of truth values, `true` where a query may look at a key (in `nn.MultiheadAttention` it is
   * the other way round); of numbers, what is added to the scores.
   */
  attnMask?: Tensor | null;
  /** The probability with which a weight is dropped, in training and out of it. Default 0. */
  dropoutP?: number;
  /** Let query i look at the keys 0 to i only. Default false. */
  isCausal?: boolean;
  /** What the scores are multiplied by. Default 1/√E. */
  scale?: number | null;
  /** Let each head of key and value serve several neighbouring heads (dim −3) of the query. Default false. */
  enableGqa?: boolean;
}

const order = ['attnMask', 'dropoutP', 'isCausal', 'scale'] as const;

/**
 * softmax(Q·Kᵀ / √E + mask)·V (Vaswani et al., 2017) for queries `(…, L, E)`, keys `(…, S, E)` and values `(…, S, Ev)`,
 * whose leading dims broadcast: `(…, L, Ev)`. A query that may look at no key gives NaNs.
 *
 * @example
 * ```ts
 * F.scaledDotProductAttention(q, k, v, { isCausal: true });
 * ```
 * @throws ShapeError or DTypeError for tensors that do not go together; ArgumentError for a mask beside `isCausal`
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  ...rest: Optional<AttentionOptions, typeof order>
): Tensor {
  const op = 'scaledDotProductAttention';
  const options = optional<AttentionOptions>(op, rest, order, ['enableGqa']);
  const { attnMask = null, dropoutP = 0, isCausal = false, scale = null, enableGqa = false } = options;
  checkOperands(op, query, { key, value });
  if (isCausal && attnMask !== null) {
    const fix = 'Make the mask causal, too: mask.logicalAnd(causal).';
    throw new ArgumentError({ op, got: 'a mask and isCausal', want: 'one of them', fix });
  }
  const [k, v] = enableGqa ? [perQueryHead(op, query, key), perQueryHead(op, query, value)] : [key, value];
  const mask = isCausal ? causalMask(query.shape.at(-2) as number, key.shape.at(-2) as number) : attnMask;
  if (mask !== null) checkMask(op, query, mask);
  const hidden = mask?.dtype === 'bool' ? mask.logicalNot() : mask;
  return matmul(dropout(attentionWeights(query, k, hidden, scale), { p: dropoutP }), v);
}

/**
 * softmax(Q·Kᵀ·scale + mask): `(…, L, S)`.
 * @param mask what is added to the scores, or `true` where no weight is to be
 */
export function attentionWeights(
  query: Tensor,
  key: Tensor,
  mask: Tensor | null,
  scale: number | null = null,
): Tensor {
  const factor = scale ?? 1 / Math.sqrt(query.shape.at(-1) as number);
  // There are fewer numbers in the queries than in the scores.
  const scores = matmul(query.mul(factor), key.mT);
  if (mask === null) return softmax(scores, -1);
  const masked = mask.dtype === 'bool' ? scores.maskedFill(mask, Number.NEGATIVE_INFINITY) : scores.add(mask);
  return softmax(masked, -1);
}

/** `(L, S)`, true where the key does not come after the query. */
export function causalMask(queries: number, keys: number): Tensor {
  return arange(queries).unsqueeze(1).ge(arange(keys));
}

/** Heads of keys or values repeated, so that there is one for each head of the query. */
function perQueryHead(op: string, query: Tensor, x: Tensor): Tensor {
  const [heads, own] = [query.shape.at(-3) ?? 0, x.shape.at(-3) ?? 0];
  if (query.ndim < 3 || x.ndim < 3 || own === 0 || heads % own !== 0) {
    throw new ShapeError({
      op,
      got: `a query of shape ${showShape(query.shape)} and a key or value of shape ${showShape(x.shape)}`,
      want: 'a whole multiple of heads in dim −3 of the query',
    });
  }
  return x.repeatInterleave(heads / own, -3);
}

function checkOperands(op: string, query: Tensor, others: { key: Tensor; value: Tensor }): void {
  checkFloat(op, query);
  for (const [name, x] of Object.entries(others)) checkSameDtype(op, query, name, checkFloat(op, x).dtype);
  const { key, value } = others;
  const matrices = [query, key, value].every((x) => x.ndim >= 2);
  if (matrices && query.shape.at(-1) === key.shape.at(-1) && key.shape.at(-2) === value.shape.at(-2)) return;
  throw new ShapeError({
    op,
    got: [query, key, value].map((x) => showShape(x.shape)).join(', '),
    want: 'a query (…, L, E), a key (…, S, E) and a value (…, S, Ev)',
  });
}

function checkMask(op: string, query: Tensor, mask: Tensor): void {
  if (mask.dtype === 'bool' || mask.dtype === query.dtype) return;
  throw new DTypeError({ op, got: `a mask of ${mask.dtype}`, want: `bool or ${query.dtype}` });
}

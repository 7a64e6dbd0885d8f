import { ArgumentError } from '../errors.ts';
import { mul } from '../primitives/elementwise.ts';
import { matrixProduct } from '../primitives/matmul.ts';
import { reshape } from '../primitives/movement.ts';
import { checkTensor, describe, promoted } from '../primitives/operand.ts';
import { normalizeDims } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type Optional, optional } from './arguments.ts';
import { contract } from './contraction.ts';
import { checkPair, checkProduct, misfit } from './product-checks.ts';

/**
 * The matrix product, by PyTorch's rules: `(K) @ (K)` is a dot product, `(M, K) @ (K)` and `(K) @ (K, N)` multiply a
 * vector, `(…, M, K) @ (…, K, N)` multiplies matrices with leading dims that broadcast.
 *
 * @throws ShapeError if the inner sizes differ or the leading dims do not broadcast, DTypeError for two dtypes
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const [x, y] = checkPair('matmul', a, b);
  if (x.ndim === 0 || y.ndim === 0)
    throw misfit('matmul', x, y, 'at least one dim each; multiply by a scalar with mul()');
  const left = x.ndim === 1 ? reshape(x, [1, ...x.shape]) : x;
  const right = y.ndim === 1 ? reshape(y, [...y.shape, 1]) : y;
  if (left.shape.at(-1) !== right.shape.at(-2))
    throw misfit('matmul', x, y, 'the last size of the first to be the last but one of the second');
  const product = ofMatrices(left, right);
  const shape = product.shape.filter(
    (_, d) => !(x.ndim === 1 && d === product.ndim - 2) && !(y.ndim === 1 && d === product.ndim - 1),
  );
  return shape.length === product.ndim ? product : reshape(product, shape);
}

/** One matrix on the right multiplies all rows of a batch at once, so that its gradient is one product too. */
function ofMatrices(x: Tensor, y: Tensor): Tensor {
  if (y.ndim !== 2 || x.ndim === 2) return matrixProduct(x, y);
  const rows = x.shape.slice(0, -1);
  const flat = reshape(x, [rows.reduce((n, size) => n * size, 1), x.shape.at(-1) ?? 1]);
  return reshape(matrixProduct(flat, y), [...rows, y.shape.at(-1) ?? 1]);
}

/** `(M, K) @ (K, N)`, without broadcasting. */
export function mm(a: Tensor, b: Tensor): Tensor {
  return matmul(...checkProduct('mm', a, b, [2, 2], '(M, K) and (K, N)'));
}

/** `(B, M, K) @ (B, K, N)`, without broadcasting. */
export function bmm(a: Tensor, b: Tensor): Tensor {
  return matmul(...checkProduct('bmm', a, b, [3, 3], '(B, M, K) and (B, K, N)'));
}

/** `(M, K) @ (K)` */
export function mv(a: Tensor, b: Tensor): Tensor {
  return matmul(...checkProduct('mv', a, b, [2, 1], '(M, K) and (K,)'));
}

/** The sum of products of two vectors. */
export function dot(a: Tensor, b: Tensor): Tensor {
  return matmul(...checkProduct('dot', a, b, [1, 1], '(K,) and (K,)'));
}

/** `dot`: there are no complex numbers whose conjugate it would take. */
export { dot as vdot };

/** All products of the elements of two vectors, `(N) × (M) → (N, M)`. */
export function outer(a: Tensor, b: Tensor): Tensor {
  const [x, y] = promoted('outer', [a, b]) as [Tensor, Tensor];
  if (x.ndim !== 1 || y.ndim !== 1) throw misfit('outer', x, y, '(N,) and (M,)');
  return mul(reshape(x, [x.numel, 1]), y);
}

/** `outer`, under its older name. */
export { outer as ger };

/** The products of the last dims of two tensors, summed: `(…, K), (***, K) → (…, ***)`. A 0-d one multiplies the other. */
export function inner(a: Tensor, b: Tensor): Tensor {
  if (checkTensor('inner', a).ndim === 0 || checkTensor('inner', b).ndim === 0) return mul(a, b);
  return summedOver('inner', a, b, [a.ndim - 1], [b.ndim - 1]);
}

/**
 * The product of two tensors summed over dims of both: the last `dims` ones of the first and as many first ones of the
 * second, or the listed ones, `[ofFirst, ofSecond]`. Their sizes agree, or are 1.
 */
export function tensordot(a: Tensor, b: Tensor, ...rest: Optional<TensordotOptions, ['dims']>): Tensor {
  const { dims = 2 } = optional<TensordotOptions>('tensordot', rest, ['dims']);
  const least = Math.min(checkTensor('tensordot', a).ndim, checkTensor('tensordot', b).ndim);
  if (typeof dims !== 'number') {
    const [ofA, ofB] = Array.isArray(dims) ? dims : [];
    if (!Array.isArray(ofA) || !Array.isArray(ofB) || dims.length !== 2)
      throw new ArgumentError({
        op: 'tensordot',
        got: `dims ${describe(dims)}`,
        want: 'a count, or two lists',
      });
    return summedOver('tensordot', a, b, ofA, ofB);
  }
  if (!Number.isInteger(dims) || dims < 0 || dims > least)
    throw misfit('tensordot', a, b, `a whole number of dims that both have, which ${dims} is not`);
  const count = Array.from({ length: dims }, (_, d) => d);
  return summedOver(
    'tensordot',
    a,
    b,
    count.map((d) => a.ndim - dims + d),
    count,
  );
}

export interface TensordotOptions {
  /** How many dims, or which ones. Default 2. */
  dims?: number | readonly [readonly number[], readonly number[]];
}

/** The dims that are left, those of `a` first. */
function summedOver(
  op: string,
  a: Tensor,
  b: Tensor,
  ofA: readonly number[],
  ofB: readonly number[],
): Tensor {
  const [x, y] = checkPair(op, a, b);
  const [left, right] = [normalizeDims(op, ofA, x.ndim), normalizeDims(op, ofB, y.ndim)];
  const agree = left.every((d, i) => {
    const [m, n] = [x.shape[d], y.shape[right[i] ?? 0]];
    return m === n || m === 1 || n === 1;
  });
  if (left.length !== right.length || !agree)
    throw misfit(op, x, y, 'as many dims of the one as of the other, and of the same sizes');
  const labels = x.shape.map((_, d) => `a${d}`);
  const others = y.shape.map((_, d) => (right.includes(d) ? `a${left[right.indexOf(d)]}` : `b${d}`));
  const kept = [...labels, ...others].filter(
    (label, _, all) => all.indexOf(label) === all.lastIndexOf(label),
  );
  return contract(
    [
      { tensor: x, labels },
      { tensor: y, labels: others },
    ],
    kept,
  );
}

/** Kronecker's product: every element of `a` times the whole of `b`, as blocks. Of any number of dims; dtypes promote. */
export function kron(a: Tensor, b: Tensor): Tensor {
  const [x, y] = promoted('kron', [a, b]) as [Tensor, Tensor];
  const rank = Math.max(x.ndim, y.ndim);
  const [of, by] = [x, y].map(({ shape }) => [
    ...new Array<number>(rank - shape.length).fill(1),
    ...shape,
  ]) as [number[], number[]];
  const blocks = mul(
    reshape(
      x,
      of.flatMap((size) => [size, 1]),
    ),
    reshape(
      y,
      by.flatMap((size) => [1, size]),
    ),
  );
  return reshape(
    blocks,
    of.map((size, d) => size * (by[d] as number)),
  );
}

import { DTypeError, ShapeError } from '../errors.ts';
import { add, mul } from '../primitives/elementwise.ts';
import { matrixProduct } from '../primitives/matmul.ts';
import { reshape } from '../primitives/movement.ts';
import { checkTensor, promoted } from '../primitives/operand.ts';
import { showShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type Optional, optional } from './arguments.ts';
import { expand } from './shape.ts';

function pair(op: string, a: Tensor, b: Tensor): readonly [Tensor, Tensor] {
  const [x, y] = [checkTensor(op, a), checkTensor(op, b)];
  if (x.dtype === y.dtype) return [x, y];
  throw new DTypeError({
    op,
    got: `${x.dtype} and ${y.dtype}`,
    want: 'one dtype',
    fix: `Convert one of them with to('${x.dtype}').`,
  });
}

/**
 * The matrix product, by PyTorch's rules: `(K) @ (K)` is a dot product, `(M, K) @ (K)` and `(K) @ (K, N)` multiply a
 * vector, `(…, M, K) @ (…, K, N)` multiplies matrices with leading dims that broadcast.
 *
 * @throws ShapeError if the inner sizes differ or the leading dims do not broadcast, DTypeError for two dtypes
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const [x, y] = pair('matmul', a, b);
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

function misfit(op: string, x: Tensor, y: Tensor, want: string): ShapeError {
  return new ShapeError({ op, got: `shapes ${showShapes([x.shape, y.shape])}`, want });
}

function withRanks(
  op: string,
  a: Tensor,
  b: Tensor,
  ranks: readonly [number, number],
  wants: string,
): Tensor {
  const [x, y] = pair(op, a, b);
  const inner = x.shape.at(-1) === y.shape[Math.max(0, y.ndim - 2)];
  const batches = ranks[0] < 3 || x.shape[0] === y.shape[0];
  if (x.ndim !== ranks[0] || y.ndim !== ranks[1] || !inner || !batches) throw misfit(op, x, y, wants);
  return matmul(x, y);
}

/** `(M, K) @ (K, N)`, without broadcasting. */
export function mm(a: Tensor, b: Tensor): Tensor {
  return withRanks('mm', a, b, [2, 2], '(M, K) and (K, N)');
}

/** `(B, M, K) @ (B, K, N)`, without broadcasting. */
export function bmm(a: Tensor, b: Tensor): Tensor {
  return withRanks('bmm', a, b, [3, 3], '(B, M, K) and (B, K, N)');
}

/** `(M, K) @ (K)` */
export function mv(a: Tensor, b: Tensor): Tensor {
  return withRanks('mv', a, b, [2, 1], '(M, K) and (K,)');
}

/** The sum of products of two vectors. */
export function dot(a: Tensor, b: Tensor): Tensor {
  return withRanks('dot', a, b, [1, 1], '(K,) and (K,)');
}

/** All products of the elements of two vectors, `(N) × (M) → (N, M)`. */
export function outer(a: Tensor, b: Tensor): Tensor {
  const [x, y] = promoted('outer', [a, b]) as [Tensor, Tensor];
  if (x.ndim !== 1 || y.ndim !== 1) throw misfit('outer', x, y, '(N,) and (M,)');
  return mul(reshape(x, [x.numel, 1]), y);
}

export interface AddProductOptions {
  /** What the input is multiplied by. Default 1; 0 leaves it out, and with it its NaNs. */
  beta?: number;
  /** What the product is multiplied by. Default 1. */
  alpha?: number;
}

type AddProductRest = Optional<AddProductOptions, []>;

/** beta · input + alpha · (product), whose shape is that of the product. */
function addProduct(op: string, input: Tensor, product: Tensor, rest: AddProductRest): Tensor {
  const { beta = 1, alpha = 1 } = optional<AddProductOptions>(op, rest, [], ['beta', 'alpha']);
  const start = expand(pair(op, input, product)[0], product.shape);
  const scaled = alpha === 1 ? product : mul(product, alpha);
  return beta === 0 ? scaled : add(beta === 1 ? start : mul(start, beta), scaled);
}

/** beta · input + alpha · (a @ b); `input` broadcasts to `(M, N)`. */
export function addmm(input: Tensor, a: Tensor, b: Tensor, ...rest: AddProductRest): Tensor {
  return addProduct('addmm', input, mm(a, b), rest);
}

/** beta · input + alpha · (a @ b); `input` broadcasts to `(B, M, N)`. */
export function baddbmm(input: Tensor, a: Tensor, b: Tensor, ...rest: AddProductRest): Tensor {
  return addProduct('baddbmm', input, bmm(a, b), rest);
}

import { DTypeError } from '../errors.ts';
import { mul } from '../primitives/elementwise.ts';
import { checkTensor, describe, promoted } from '../primitives/operand.ts';
import type { Tensor } from '../tensor.ts';
import { type Optional, optional } from './arguments.ts';
import { add } from './arithmetic.ts';
import { contract } from './contraction.ts';
import { checkProduct } from './product-checks.ts';
import { bmm, mm, mv, outer } from './products.ts';
import { expand } from './shape.ts';

export interface AddProductOptions {
  /** What the input is multiplied by. Default 1; 0 leaves it out, and with it its NaNs. */
  beta?: number | boolean;
  /** What the product is multiplied by. Default 1. */
  alpha?: number | boolean;
}

type AddProductRest = Optional<AddProductOptions, []>;

/** beta · input + alpha · (product), whose shape is that of the product. */
function addProduct(op: string, input: Tensor, product: Tensor, rest: AddProductRest): Tensor {
  const options = optional<AddProductOptions>(op, rest, [], ['beta', 'alpha']);
  const [beta, alpha] = [options.beta ?? 1, options.alpha ?? 1].map((by) => factor(op, by, product)) as [
    number,
    number,
  ];
  const start = expand(input, product.shape);
  if (beta === 0) return alpha === 1 ? product : mul(product, alpha);
  return add(beta === 1 ? start : mul(start, beta), product, { alpha });
}

/** @throws DTypeError for a fraction where the product is whole, which must not become one */
function factor(op: string, by: number | boolean, { dtype, isFloatingPoint }: Tensor): number {
  const isNumber = typeof by === 'number' || typeof by === 'boolean';
  if (isNumber && dtype === 'bool') return Number(Boolean(by));
  if (isNumber && (isFloatingPoint || Number.isInteger(Number(by)))) return Number(by);
  throw new DTypeError({
    op,
    got: `the factor ${describe(by)} for ${dtype}`,
    want: 'a number, and a whole one for integers',
  });
}

/** @throws DTypeError unless the input is of the dtype of the factors */
function checkInput(op: string, input: Tensor, { dtype }: Tensor): Tensor {
  if (checkTensor(op, input).dtype === dtype) return input;
  throw new DTypeError({
    op,
    got: `${input.dtype} and ${dtype}`,
    want: 'one dtype',
    fix: `Convert the input with to('${dtype}').`,
  });
}

/** beta · input + alpha · (a @ b); `input` broadcasts to `(M, N)`. */
export function addmm(input: Tensor, a: Tensor, b: Tensor, ...rest: AddProductRest): Tensor {
  const product = mm(a, b);
  return addProduct('addmm', checkInput('addmm', input, product), product, rest);
}

/** beta · input + alpha · (a @ b) for a matrix and a vector; `input` broadcasts to `(M)`. */
export function addmv(input: Tensor, a: Tensor, b: Tensor, ...rest: AddProductRest): Tensor {
  const product = mv(a, b);
  return addProduct('addmv', checkInput('addmv', input, product), product, rest);
}

/** beta · input + alpha · a bᵀ for two vectors; `input` broadcasts to `(N, M)`. Dtypes promote. */
export function addr(input: Tensor, a: Tensor, b: Tensor, ...rest: AddProductRest): Tensor {
  const [start, x, y] = promoted('addr', [input, a, b]) as [Tensor, Tensor, Tensor];
  return addProduct('addr', start, outer(x, y), rest);
}

/** beta · input + alpha · (a @ b); `input` broadcasts to `(B, M, N)`. */
export function baddbmm(input: Tensor, a: Tensor, b: Tensor, ...rest: AddProductRest): Tensor {
  const product = bmm(a, b);
  return addProduct('baddbmm', checkInput('baddbmm', input, product), product, rest);
}

/** beta · input + alpha · Σ (a[i] @ b[i]); `input` broadcasts to `(M, N)`. */
export function addbmm(input: Tensor, a: Tensor, b: Tensor, ...rest: AddProductRest): Tensor {
  const [x, y] = checkProduct('addbmm', a, b, [3, 3], '(B, M, K) and (B, K, N)');
  const operands = [
    { tensor: x, labels: ['b', 'm', 'k'] },
    { tensor: y, labels: ['b', 'k', 'n'] },
  ];
  const product = contract(operands, ['m', 'n']);
  return addProduct('addbmm', checkInput('addbmm', input, product), product, rest);
}

import {
  given,
  type NotDifferentiable,
  type Primitive,
  primitive,
  type Rule,
  type SampleInput,
} from '../autograd/primitive.ts';
import type { FactorKernel } from '../backend/backend.ts';
import { defaultBackend } from '../backend/select.ts';
import { apply } from '../dispatch.ts';
import { allocate, type DType } from '../dtype.ts';
import type { Shape } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { add, div, eq, mul, sub, where } from './elementwise.ts';
import { matrixProduct, transposed } from './matmul.ts';
import { alongDim, contiguous, slice } from './movement.ts';
import { sumOver } from './reduce.ts';
import { solution } from './solve.ts';

/** `(m, n)`, the sizes of the input's matrices, to those of the output's. */
export type Sizes = (m: number, n: number) => readonly [number, number];

const square: Sizes = (n) => [n, n];

/** A primitive of one matrix each, made by a kernel. */
export function factorization(
  kernel: FactorKernel,
  sizes: Sizes,
  rule: Rule<null> | NotDifferentiable,
  samples: readonly SampleInput[],
  name: string = kernel,
): Primitive<null> {
  return primitive<null>({
    name,
    vjp: 'none' in rule ? rule : [rule],
    samples: samples.map((input) => ({ inputs: [input], params: null })),
    infer: ([x]) => {
      const [m, n] = matrixOf(x.shape);
      return { shape: [...x.shape.slice(0, -2), ...sizes(m, n)], dtype: x.dtype };
    },
    forward: (backend, [x], out) => backend.factorize(kernel, x, out),
  });
}

export function matrixOf(shape: Shape): readonly [number, number] {
  return [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
}

const invertible: readonly SampleInput[] = [
  { shape: [3, 3], diagonal: 4 },
  { shape: [2, 2, 2], diagonal: 3 },
  { shape: [1, 1], from: 0.5 },
  { shape: [0, 0] },
];
const distinct: readonly SampleInput[] = [
  { shape: [3, 3], from: -1 },
  { shape: [2, 2, 2] },
  { shape: [1, 1], from: 0.5 },
];

/**
 * L with L Lᵀ = A. With Φ(X) the lower triangle of X, its diagonal halved, and S = L⁻ᵀ Φ(Lᵀ G) L⁻¹, the cotangent of a
 * symmetric A is (S + Sᵀ) / 2.
 * Source: Murray, Differentiation of the Cholesky decomposition (2016), equation 10.
 */
const choleskyRow = factorization(
  'cholesky',
  square,
  given(['out'], (g, [lower]) => {
    const upper = transposed(lower);
    const [n] = matrixOf(lower.shape);
    const halved = filled(n, g.dtype, (i, j) => (i === j ? 0.5 : Number(i > j)));
    const left = solution(upper, mul(matrixProduct(upper, g), halved));
    const s = transposed(solution(upper, transposed(left)));
    return mul(add(s, transposed(s)), 0.5);
  }),
  [
    { shape: [3, 3], diagonal: 7 },
    { shape: [2, 2, 2], diagonal: 5 },
    { shape: [1, 1], from: 0.5 },
    { shape: [0, 0] },
  ],
);

/** d det A = ⟨cofactors of A, dA⟩, which holds for singular matrices too. */
const detRow = factorization(
  'det',
  () => [1, 1],
  given([0], (g, [a]) => mul(g, cofactorsOf(a))),
  [...invertible, { shape: [3, 3] }],
);

/** With C = det(A) A⁻ᵀ and its cotangent G: A⁻ᵀ (⟨G, C⟩ − Gᵀ C). Here A must have an inverse. */
const cofactorsRow = factorization(
  'cofactors',
  square,
  given([0, 'out'], (g, [a, c]) => {
    const inner = sumOver(mul(g, c), lastTwo(c));
    const rest = sub(mul(inner, identity(c)), matrixProduct(transposed(g), c));
    return solution(transposed(a), rest);
  }),
  invertible,
);

/** d log |det A| = ⟨A⁻ᵀ, dA⟩; the sign stays. */
const slogdetRow = factorization(
  'slogdet',
  () => [1, 2],
  given([0], (g, [a]) => mul(column(g, 1), solution(transposed(a), identity(a)))),
  invertible,
);

/**
 * A = U diag(s) Vᵀ; U, s and V lie one below the other. With Fᵢⱼ = 1 / (sⱼ² − sᵢ²), 0 on the diagonal, the cotangent is
 * U (F ∘ (Uᵀ G_U − G_Uᵀ U) S + S F ∘ (Vᵀ G_V − G_Vᵀ V) + G_s) Vᵀ, and what of G_U and G_V lies outside of U and V.
 * Vectors of equal singular values may turn freely; how they turn has no say here.
 * Source: Townsend, Differentiating the Singular Value Decomposition (2016).
 */
const svdRow = factorization(
  'svd',
  (m, n) => [m + 1 + n, Math.min(m, n)],
  given(['out'], (g, [packed], { inputs: [x] }) => {
    const [m, n] = matrixOf(x.shape);
    const { u, s, v } = partsOf(packed, m, n);
    const { u: gu, s: gs, v: gv } = partsOf(g, m, n);
    const [across, down] = [s, transposed(s)];
    const f = inverseDifferences(mul(s, s));
    const core = add(
      add(mul(mul(f, turning(u, gu)), across), mul(down, mul(f, turning(v, gv)))),
      mul(identity(f), gs),
    );
    const inverse = where(eq(s, 0), 0, div(1, s));
    const within = matrixProduct(matrixProduct(u, core), transposed(v));
    const left = m > n ? matrixProduct(mul(outside(u, gu), inverse), transposed(v)) : null;
    const right = n > m ? matrixProduct(mul(u, inverse), transposed(outside(v, gv))) : null;
    return [left, right].reduce<Tensor>((sum, part) => (part === null ? sum : add(sum, part)), within);
  }),
  [...distinct, { shape: [3, 2] }, { shape: [2, 3] }, { shape: [0, 2] }],
);

/**
 * A = V diag(w) Vᵀ of a symmetric A; V and w lie one below the other. With Fᵢⱼ = 1 / (wⱼ − wᵢ), 0 on the diagonal, the
 * cotangent is the symmetric part of V (diag(G_w) + F ∘ (Vᵀ G_V)) Vᵀ.
 * Source: Giles, An extended collection of matrix derivative results (2008), §3.1.
 */
const eighRow = factorization(
  'eigh',
  (n) => [n + 1, n],
  given(['out'], (g, [packed], { inputs: [x] }) => {
    const [n] = matrixOf(x.shape);
    const [v, w, gv, gw] = [rows(packed, 0, n), rows(packed, n, 1), rows(g, 0, n), rows(g, n, 1)];
    const f = inverseDifferences(w);
    const core = add(mul(identity(f), gw), mul(f, matrixProduct(transposed(v), gv)));
    const whole = matrixProduct(matrixProduct(v, core), transposed(v));
    return mul(add(whole, transposed(whole)), 0.5);
  }),
  distinct,
);

/** L, lower triangular, with L Lᵀ the symmetric part of positive definite matrices. */
export function choleskyOf(a: Tensor): Tensor {
  return apply(choleskyRow, [a], null);
}

/** The determinants of square matrices, as `(…, 1, 1)`. */
export function detOf(a: Tensor): Tensor {
  return apply(detRow, [a], null);
}

/** The cofactors of square matrices. */
function cofactorsOf(a: Tensor): Tensor {
  return apply(cofactorsRow, [a], null);
}

/** The signs of the determinants and the logarithms of their sizes, as `(…, 1, 2)`. */
export function slogdetOf(a: Tensor): Tensor {
  return apply(slogdetRow, [a], null);
}

/** The reduced decomposition U diag(s) Vᵀ of `(…, M, N)`: `(…, M, K)`, `(…, 1, K)` and `(…, N, K)` for K the lesser. */
export function svdOf(a: Tensor): Parts {
  return partsOf(apply(svdRow, [a], null), ...matrixOf(a.shape));
}

/** Eigenvectors, as the columns of `(…, N, N)`, and rising eigenvalues, `(…, 1, N)`, of the symmetric part. */
export function eighOf(a: Tensor): { readonly v: Tensor; readonly w: Tensor } {
  const packed = apply(eighRow, [a], null);
  const [n] = matrixOf(a.shape);
  return { v: rows(packed, 0, n), w: rows(packed, n, 1) };
}

interface Parts {
  readonly u: Tensor;
  readonly s: Tensor;
  readonly v: Tensor;
}

function partsOf(packed: Tensor, m: number, n: number): Parts {
  return { u: rows(packed, 0, m), s: rows(packed, m, 1), v: rows(packed, m + 1, n) };
}

/** Some rows of matrices. */
export function rows(x: Tensor, from: number, count: number): Tensor {
  return slice(x, alongDim(x.shape, x.ndim - 2, from, count, 1));
}

function column(x: Tensor, at: number): Tensor {
  return slice(x, alongDim(x.shape, x.ndim - 1, at, 1, 1));
}

function lastTwo(x: Tensor): number[] {
  return [x.ndim - 2, x.ndim - 1];
}

/** How orthonormal columns turn among themselves: Uᵀ G − Gᵀ U. */
function turning(u: Tensor, g: Tensor): Tensor {
  const inner = matrixProduct(transposed(u), g);
  return sub(inner, transposed(inner));
}

/** The part of columns that is orthogonal to those of U. */
function outside(u: Tensor, g: Tensor): Tensor {
  return sub(g, matrixProduct(u, matrixProduct(transposed(u), g)));
}

/** 1 / (xⱼ − xᵢ) of rows `(…, 1, K)`, and 0 where they are equal. */
function inverseDifferences(x: Tensor): Tensor {
  const differences = sub(x, transposed(x));
  const equal = eq(differences, 0);
  return where(equal, 0, div(1, where(equal, 1, differences)));
}

/** The identity of the size of square matrices. */
export function identity({ shape, dtype }: Tensor): Tensor {
  return filled(matrixOf(shape)[0], dtype, (i, j) => Number(i === j));
}

/** A square matrix, by its elements. */
export function filled(n: number, dtype: DType, element: (i: number, j: number) => number): Tensor {
  const data = allocate(dtype, n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) data[i * n + j] = element(i, j);
  return new Tensor(defaultBackend.adopt(dtype, data), contiguous([n, n]));
}

/** Linear algebra, under PyTorch's names: `linalg.solve(a, b)`. Matrices are the last two dims, the others a batch. */
export { multiDot } from './ops/linalg/chain.ts';
export { type ConditionOptions, cond } from './ops/linalg/conditions.ts';
export {
  type CholeskyOptions,
  cholesky,
  type Eigenpairs,
  type EighOptions,
  eigh,
  eigvalsh,
  type SingularValues,
  type SvdOptions,
  svd,
  svdvals,
} from './ops/linalg/decompositions.ts';
export { det, type SignAndLogarithm, slogdet } from './ops/linalg/determinants.ts';
export {
  type LeastSquares,
  type LstsqOptions,
  lstsq,
  matrixRank,
  pinv,
  type ToleranceOptions,
} from './ops/linalg/least-squares.ts';
export {
  type LuSolveOptions,
  lu,
  luFactor,
  luSolve,
  type PackedFactors,
  type TriangularFactors,
} from './ops/linalg/lu.ts';
export {
  type MatrixNormOptions,
  matrixNorm,
  type NormOptions,
  norm,
  type VectorNormOptions,
  vectorNorm,
} from './ops/linalg/norms.ts';
export { matrixExp, matrixPower } from './ops/linalg/powers.ts';
export { householderProduct, type OrthogonalFactors, type QrOptions, qr } from './ops/linalg/qr.ts';
export { inv, type SolveOptions, solve } from './ops/linalg/solving.ts';
export {
  type TensorinvOptions,
  type TensorsolveOptions,
  tensorinv,
  tensorsolve,
  type VanderOptions,
  vander,
} from './ops/linalg/tensors.ts';
export { type SolveTriangularOptions, solveTriangular } from './ops/linalg/triangular.ts';
export { cross, type VectorDimOptions, vecdot } from './ops/linalg/vectors.ts';
export { matmul } from './ops/products.ts';
export { diagonal } from './ops/slicing.ts';

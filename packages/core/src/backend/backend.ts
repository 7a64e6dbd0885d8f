import type { DType, TypedArray } from '../dtype.ts';
import type { Geometry } from '../shape.ts';
import type { Storage } from '../storage.ts';
import type { Program } from './program.ts';
import type { BinaryKernel, UnaryKernel } from './reference/scalars.ts';

/** Elements of a storage, read or written through shape, strides and offset. */
export interface View extends Geometry {
  readonly storage: Storage;
}

/** Per spatial dim, where a window of `kernel` taps lies on the input: tap `k` of output `p` reads
 * `p·stride + k·dilation − padding[0]` of an input that is spread out by `inputDilation`. */
export interface WindowGeometry {
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  /** Zeros added before and after; negative ones crop. */
  readonly padding: readonly (readonly [before: number, after: number])[];
}

export interface CorrelateGeometry extends WindowGeometry {
  /** `inputDilation − 1` zeros stand between neighbouring inputs. */
  readonly inputDilation: readonly number[];
  readonly groups: number;
}

export interface PoolGeometry extends WindowGeometry {
  readonly kernel: readonly number[];
}

export type ReduceKernel = 'sum' | 'prod' | 'amax' | 'amin';
export type ArgReduceKernel = 'argmax' | 'argmin';
export type ArgScanKernel = 'argcummax' | 'argcummin';
/** How a scattered element meets the one that is there: it takes its place, or they are folded. */
export type ScatterKernel = 'set' | ReduceKernel;
export type SoftmaxKernel = 'softmax' | 'logSoftmax';
/** What is made of a matrix: its factors, one below the other where they are several, or something that needs them. */
export type FactorKernel =
  | 'cholesky'
  | 'cofactors'
  | 'det'
  | 'eigh'
  | 'lu'
  | 'pivots'
  | 'qr'
  | 'slogdet'
  | 'svd';

/**
 * What runs the numbers. A kernel reads strided views and writes the view `out`, which its caller has allocated; it
 * knows nothing of the tape. Inputs come broadcast to the shape the kernel wants (stride 0 where they repeat) and
 * cast to one dtype. Every backend passes the same contract suite.
 */
export interface Backend {
  readonly name: string;
  /** Memory for `length` elements of any value. */
  allocate(dtype: DType, length: number): Storage;
  /** Takes over a typed array as a storage. */
  adopt(dtype: DType, data: TypedArray): Storage;

  /** Waits until all kernels that were called have run: they may still be running when a call returns. */
  synchronize(): void;

  fill(out: View, value: number): void;
  /** `out = x`, casting to out's dtype. */
  copy(x: View, out: View): void;
  /** `out += x`, one element after the other, so that an `out` that overlaps itself sums up. */
  accumulate(x: View, out: View): void;

  unary(kernel: UnaryKernel, x: View, out: View): void;
  binary(kernel: BinaryKernel, a: View, b: View, out: View): void;
  /** `out = a + alpha · b`, in floats, `alpha` rounded to their dtype. */
  addScaled(a: View, b: View, alpha: number, out: View): void;
  where(condition: View, a: View, b: View, out: View): void;
  /** Whether a program on floats of this dtype runs in one pass here. Where it does not, its steps run one by one. */
  fuses(program: Program, operands: number, dtype: DType): boolean;
  /** Runs a program whose operands are the inputs, and after them the numbers. */
  fused(program: Program, inputs: readonly View[], numbers: readonly number[], out: View): void;

  /** Reduces each dim that `out` keeps with size 1. */
  reduce(kernel: ReduceKernel, x: View, out: View): void;
  /** The position along `dim`, which `out` keeps with size 1, of the first extreme element. */
  argReduce(kernel: ArgReduceKernel, x: View, dim: number, out: View): void;

  /** `out₁ = b₁`, `outₜ₊₁ = aₜ · outₜ + bₜ₊₁` along `dim`, of which `a` has one element less than `b`. */
  recurrence(a: View, b: View, dim: number, out: View): void;
  /** For each element along `dim`, the position of the last extreme one among those up to it; NaN is most extreme. */
  argScan(kernel: ArgScanKernel, x: View, dim: number, out: View): void;
  /**
   * The positions along `dim` of the elements in a stable order, where NaN is larger than all numbers: the first ones, as
   * many as `out` has room for.
   */
  argsort(x: View, dim: number, descending: boolean, out: View): void;

  /** `eˣ / Σ eˣ` along a dim that is not empty, or the logarithm of that, in floats. */
  softmax(kernel: SoftmaxKernel, x: View, dim: number, out: View): void;

  /** `(…, M, K) @ (…, K, N) → (…, M, N)` with equal leading dims. */
  matmul(a: View, b: View, out: View): void;
  /** For each matrix of the last two dims of `x`, in floats, the one of `out` that the kernel makes of it. */
  factorize(kernel: FactorKernel, x: View, out: View): void;
  /**
   * The pseudoinverses of `(…, M, N)`, `(…, N, M)`, in which singular values count as 0 up to an absolute tolerance or one
   * relative to the largest, `(…, 1, 2)`.
   */
  pinv(x: View, tolerances: View, out: View): void;
  /** `a⁻¹ @ b`, `(…, N, N), (…, N, M) → (…, N, M)`, in floats with equal leading dims. */
  solve(a: View, b: View, out: View): void;
  /** `(N, C, …S), (O, C/groups, …K) → (N, O, …P)`, plus a bias `(O)` for each output channel. */
  correlate(x: View, w: View, bias: View | null, out: View, geometry: CorrelateGeometry): void;
  /** For each window, the flat position in the spatial dims of its first largest element, or of its last NaN. */
  maxPoolIndices(x: View, out: View, geometry: PoolGeometry): void;
  /** The elements at these positions. */
  maxPool(x: View, out: View, geometry: PoolGeometry): void;
  /** What is at a position in `out` is the sum of the elements of `g`, one for each window, that lead there. */
  maxPoolGradient(x: View, g: View, out: View, geometry: PoolGeometry): void;

  /** `out[i][j][k] = x[i][index[i][j][k]][k]` for dim 1, and likewise for the others. */
  gather(x: View, dim: number, index: View, out: View): void;
  /** Combines `src[i][j][k]` into `out[i][index[i][j][k]][k]` for dim 1, and likewise for the others; those that meet in
   * one element in row-major order, so that the last one set is the one that stays. */
  scatter(kernel: ScatterKernel, out: View, dim: number, index: View, src: View): void;
  /** The flat positions, in row-major order, of the elements that differ from 0: as many as `out` has room for. */
  nonzero(x: View, out: View): void;
}

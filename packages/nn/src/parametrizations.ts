import { ArgumentError, noGrad, type Optional, optional, randn, Tensor } from '@retrograd/core';
import { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from './conv.ts';
import { normalize } from './functional/normalization.ts';
import { Module } from './module.ts';
import { registerParametrization } from './parametrize.ts';

export interface WeightNormOptions {
  /** Which parameter. Default `'weight'`. */
  name?: string;
  /** The dim along which there are several lengths; `null` or −1 for one length of all. Default 0. */
  dim?: number | null;
}

/** v · g / ‖v‖, with a length for each slice along a dim. */
class WeightNorm extends Module {
  readonly dim: number | null;

  constructor(dim: number | null) {
    super();
    this.dim = dim;
  }

  override forward(length: Tensor, direction: Tensor): Tensor {
    return direction.mul(length.div(this.#lengthOf(direction)));
  }

  rightInverse(weight: Tensor): readonly Tensor[] {
    return [this.#lengthOf(weight), weight];
  }

  #lengthOf(weight: Tensor): Tensor {
    if (this.dim === null || this.dim === -1) return weight.norm();
    const dim = this.dim < 0 ? this.dim + weight.ndim : this.dim;
    const others = weight.shape.map((_, d) => d).filter((d) => d !== dim);
    // Of a vector along its only dim, each element is a slice.
    return others.length === 0 ? weight.abs() : weight.norm(2, others, { keepdim: true });
  }
}

/**
 * Trains a weight as a direction and its length (Salimans and Kingma, 2016): `parametrizations.weight.original0` is the
 * length, `original1` the direction.
 *
 * @example
 * ```ts
 * const layer = nn.utils.parametrizations.weightNorm(new nn.Linear(20, 40));
 * ```
 */
export function weightNorm<M extends Module>(
  module: M,
  ...rest: Optional<WeightNormOptions, ['name', 'dim']>
): M {
  const { name = 'weight', dim = 0 } = optional<WeightNormOptions>('weightNorm', rest, ['name', 'dim']);
  return registerParametrization(module, name, new WeightNorm(dim));
}

export interface SpectralNormOptions {
  /** Which parameter. Default `'weight'`. */
  name?: string;
  /** Steps of the power iteration at each forward in training. Default 1. */
  nPowerIterations?: number;
  /** The least length that a vector is divided by. Default 1e-12. */
  eps?: number;
  /** The dim of the outputs. Default 0; 1 for transposed convolutions. */
  dim?: number | null;
}

const spectralOrder = ['name', 'nPowerIterations', 'eps', 'dim'] as const;

/** W / σ(W), where σ, the largest singular value, is estimated by power iteration: σ ≈ uᵀ W v. */
class SpectralNorm extends Module {
  readonly dim: number;
  readonly nPowerIterations: number;
  readonly eps: number;
  /** `(rows)`, under PyTorch's name. */
  _u: Tensor | null = null;
  /** `(columns)`, under PyTorch's name. */
  _v: Tensor | null = null;

  constructor(weight: Tensor, nPowerIterations: number, eps: number, dim: number) {
    super();
    this.dim = dim < 0 ? dim + weight.ndim : dim;
    this.nPowerIterations = nPowerIterations;
    this.eps = eps;
    if (weight.ndim < 2) return;
    noGrad(() => {
      const matrix = this.#matrixOf(weight);
      const start = (size: number) => this.#unit(randn([size], { dtype: weight.dtype }));
      const [rows, columns] = matrix.shape as readonly [number, number];
      this._u = this.registerBuffer('_u', start(rows));
      this._v = this.registerBuffer('_v', start(columns));
      this.#iterate(matrix, 15);
    });
  }

  override forward(weight: Tensor): Tensor {
    if (weight.ndim < 2) return this.#unit(weight);
    const matrix = this.#matrixOf(weight);
    if (this.training) noGrad(() => this.#iterate(matrix.detach(), this.nPowerIterations));
    // The vectors move on in place, and the gradient needs them as they are now.
    const [u, v] = [this._u, this._v].map((vector) => (vector as Tensor).detach().clone()) as [
      Tensor,
      Tensor,
    ];
    return weight.div(u.dot(matrix.mv(v)));
  }

  rightInverse(weight: Tensor): Tensor {
    return weight;
  }

  #unit(vector: Tensor): Tensor {
    return normalize(vector, { dim: 0, eps: this.eps });
  }

  /** The weight with its outputs as rows. */
  #matrixOf(weight: Tensor): Tensor {
    return weight.movedim(this.dim, 0).flatten(1);
  }

  #iterate(matrix: Tensor, steps: number): void {
    for (let i = 0; i < steps; i++) {
      this._u?.copy_(this.#unit(matrix.mv(this._v as Tensor)));
      this._v?.copy_(this.#unit(matrix.t().mv(this._u as Tensor)));
    }
  }
}

/**
 * Divides a weight by its largest singular value (Miyato et al., 2018), so that a layer stretches nothing: what
 * discriminators of GANs use. Trained is `parametrizations.weight.original`; the vectors of the power iteration are
 * buffers.
 */
export function spectralNorm<M extends Module>(
  module: M,
  ...rest: Optional<SpectralNormOptions, typeof spectralOrder>
): M {
  const op = 'spectralNorm';
  const options = optional<SpectralNormOptions>(op, rest, spectralOrder);
  const { name = 'weight', nPowerIterations = 1, eps = 1e-12 } = options;
  if (!Number.isInteger(nPowerIterations) || nPowerIterations < 1)
    throw new ArgumentError({ op, got: `nPowerIterations ${nPowerIterations}`, want: 'a whole number ≥ 1' });
  const transposed = [ConvTranspose1d, ConvTranspose2d, ConvTranspose3d].some(
    (each) => module instanceof each,
  );
  const weight = fieldOf(op, module, name);
  const dim = options.dim ?? (transposed ? 1 : 0);
  if (!Number.isInteger(dim) || dim < -weight.ndim || dim >= weight.ndim)
    throw new ArgumentError({ op, got: `dim ${dim}`, want: `a dim of the ${weight.ndim} of ${name}` });
  return registerParametrization(module, name, new SpectralNorm(weight, nPowerIterations, eps, dim));
}

function fieldOf(op: string, module: Module, name: string): Tensor {
  const field: unknown = module instanceof Module ? Reflect.get(module, name) : undefined;
  if (field instanceof Tensor) return field;
  throw new ArgumentError({ op, got: `the field '${name}'`, want: 'a field that holds a parameter' });
}

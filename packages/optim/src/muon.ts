import { ArgumentError, type Tensor, zerosLike } from '@retrograd/core';
import { average_ } from './descent.ts';
import { chosen, flag, type Given, type Kind, nonNegative, oneOf, type Table } from './hyperparameters.ts';
import { Optimizer, type Parameters, type ParamGroup } from './optimizer.ts';

export interface MuonHyperparameters {
  /** Learning rate γ. Default 0.001. */
  lr: number;
  /** λ of the decay θ = (1 − γ λ) θ. Default 0.1. */
  weightDecay: number;
  /** What the moving average of the gradient keeps of its past, μ. Default 0.95. */
  momentum: number;
  /** Look ahead along the momentum. Default `true`. */
  nesterov: boolean;
  /** a, b and c of the iteration. Default [3.4445, −4.7750, 2.0315]. */
  nsCoefficients: readonly [number, number, number];
  /** The least norm that a matrix is divided by. Default 1e-7. */
  eps: number;
  /** How often to iterate. Default 5. */
  nsSteps: number;
  /**
   * What the rate of a matrix (A, B) is multiplied by: `'original'`, or `null`, by √max(1, A/B); `'match_rms_adamw'` by
   * 0.2 √max(A, B), so that a rate and a decay for AdamW suit it. Default `null`.
   */
  adjustLrFn: 'original' | 'match_rms_adamw' | null;
}

const triple: Kind = {
  want: 'three finite numbers',
  holds: (value) => Array.isArray(value) && value.length === 3 && value.every(Number.isFinite),
};

const steps: Kind = {
  want: 'a whole number from 0 to 99',
  holds: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) < 100,
};

const table: Table<MuonHyperparameters> = {
  lr: [1e-3, nonNegative],
  weightDecay: [0.1, nonNegative],
  momentum: [0.95, nonNegative],
  nesterov: [true, flag],
  nsCoefficients: [[3.4445, -4.775, 2.0315], triple],
  eps: [1e-7, nonNegative],
  nsSteps: [5, steps],
  adjustLrFn: [null, oneOf('original', 'match_rms_adamw', null)],
};
const order = [
  'lr',
  'weightDecay',
  'momentum',
  'nesterov',
  'nsCoefficients',
  'eps',
  'nsSteps',
  'adjustLrFn',
] as const;

type MuonState = {
  /** m below. */
  momentumBuffer: Tensor;
};

/**
 * Muon: momentum, orthogonalised. For the matrices of hidden layers only; AdamW may have the others.
 *
 * ```
 * m = μ m + (1 − μ) ∇f(θ)
 * u = m        (Nesterov's: (1 − μ) ∇f(θ) + μ m)
 * θ = (1 − γ λ) θ − γ √max(1, A/B) · orthogonal(u)
 * ```
 *
 * Source: K. Jordan et al., "Muon: An optimizer for hidden layers in neural networks"; the rate to match AdamW's, J. Liu
 * et al., "Muon is Scalable for LLM Training". PyTorch iterates in bfloat16, this in the parameters' dtype.
 *
 * @example
 * ```ts
 * const matrices = [...model.parameters()].filter(({ ndim }) => ndim === 2);
 * const optimizer = new Muon(matrices, { lr: 0.02 });
 * ```
 * @throws ArgumentError for hyperparameters that make no sense, and for parameters that are no matrices
 */
export class Muon extends Optimizer<MuonHyperparameters, MuonState> {
  constructor(params: Parameters<MuonHyperparameters>, ...rest: Given<MuonHyperparameters, typeof order>) {
    super(params, ...chosen('Muon', table, order, rest));
  }

  protected override checkParameters(params: readonly Tensor[]): void {
    const odd = params.find(({ ndim }) => ndim !== 2);
    if (odd === undefined) return;
    throw new ArgumentError({
      op: 'Muon',
      got: `a parameter of ${odd.ndim} dims`,
      want: 'matrices',
      fix: 'Give the others to an optimiser of their own, such as AdamW.',
    });
  }

  protected override initialState(param: Tensor): MuonState {
    return { momentumBuffer: zerosLike(param) };
  }

  protected updateParameter(
    param: Tensor,
    grad: Tensor,
    state: MuonState,
    group: ParamGroup<MuonHyperparameters>,
  ): void {
    const { lr, weightDecay, momentum, nesterov } = group;
    const m = average_(state.momentumBuffer, grad, momentum);
    const u = nesterov ? grad.mul(1 - momentum).add_(m, { alpha: momentum }) : m;
    param.mul_(1 - lr * weightDecay).add_(orthogonal(u, group), { alpha: -lr * adjustment(param, group) });
  }
}

/**
 * A matrix of nearly the same singular vectors as X, whose singular values are all about 1: a fixed number of
 * Newton–Schulz iterations, X = a X + b (X Xᵀ) X + c (X Xᵀ)² X, from X / ‖X‖.
 */
function orthogonal(matrix: Tensor, { nsCoefficients, nsSteps, eps }: MuonHyperparameters): Tensor {
  const [rows = 0, columns = 0] = matrix.shape;
  const [a, b, c] = nsCoefficients;
  // Of X Xᵀ and Xᵀ X, the smaller.
  let x = rows > columns ? matrix.T : matrix;
  x = x.div(x.square().sum().sqrt().clamp({ min: eps }));
  for (let i = 0; i < nsSteps; i++) {
    const gram = x.matmul(x.T);
    const polynomial = gram.mul(b).add_(gram.matmul(gram), { alpha: c });
    x = polynomial.matmul(x).add_(x, { alpha: a });
  }
  return rows > columns ? x.T : x;
}

function adjustment({ shape }: Tensor, { adjustLrFn }: MuonHyperparameters): number {
  const [rows = 1, columns = 1] = shape;
  if (adjustLrFn === 'match_rms_adamw') return 0.2 * Math.sqrt(Math.max(rows, columns));
  return Math.sqrt(Math.max(1, rows / columns));
}

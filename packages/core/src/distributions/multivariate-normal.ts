import { toFloat } from '../dtype.ts';
import { ArgumentError, ShapeError } from '../errors.ts';
import { checkOptions } from '../ops/arguments.ts';
import { choleskyInverse, solveTriangular } from '../ops/linalg/triangular.ts';
import { type GeneratorOptions, randn } from '../ops/random.ts';
import { checkTensor, promoted } from '../primitives/operand.ts';
import { broadcastShapes, type Shape, showShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { constraints } from './constraints.ts';
import { Distribution, type DistributionOptions } from './distribution.ts';

export interface MultivariateNormalOptions extends DistributionOptions {
  /** Σ, `(…, K, K)`, positive definite. One of the three is given. */
  covarianceMatrix?: Tensor;
  /** Σ⁻¹, `(…, K, K)`. */
  precisionMatrix?: Tensor;
  /** L with L Lᵀ = Σ, lower triangular with a positive diagonal, `(…, K, K)`. */
  scaleTril?: Tensor;
}

const kinds = ['covarianceMatrix', 'precisionMatrix', 'scaleTril'] as const;

/** The normal distribution of vectors, of mean `loc` `(…, K)` and a covariance. */
export class MultivariateNormal extends Distribution {
  readonly loc: Tensor;
  /** L with L Lᵀ = Σ. */
  readonly scaleTril: Tensor;

  constructor(loc: Tensor, options: MultivariateNormalOptions) {
    const op = 'MultivariateNormal';
    checkOptions(op, options, [...kinds, 'validateArgs']);
    const { validateArgs, ...matrices } = options ?? {};
    const [kind, second] = kinds.filter((name) => matrices[name] !== undefined);
    if (kind === undefined || second !== undefined)
      throw new ArgumentError({
        op,
        got: kind === undefined ? 'none' : `${kind} and ${second}`,
        want: `one of ${kinds.join(', ')}`,
      });
    const [mean, matrix] = promoted(op, [checkTensor(op, loc), checkTensor(op, matrices[kind])], toFloat) as [
      Tensor,
      Tensor,
    ];
    const size = mean.shape.at(-1);
    if (size === undefined || matrix.ndim < 2 || matrix.shape.at(-1) !== size || matrix.shape.at(-2) !== size)
      throw new ShapeError({
        op,
        got: `shapes ${showShapes([mean.shape, matrix.shape])}`,
        want: '(…, K) and (…, K, K)',
      });
    const batch = broadcastShapes(op, [mean.shape.slice(0, -1), matrix.shape.slice(0, -2)]);
    super(batch, [size], validateArgs === undefined ? {} : { validateArgs });
    this.loc = mean.expand([...batch, size]);
    this.checkParameter('loc', mean, constraints.realVector);
    if (kind === 'scaleTril') this.checkParameter('scaleTril', matrix, constraints.lowerCholesky);
    this.scaleTril = factorOf(kind, matrix).expand([...batch, size, size]);
  }

  get covarianceMatrix(): Tensor {
    return this.scaleTril.matmul(this.scaleTril.mT);
  }

  get precisionMatrix(): Tensor {
    return choleskyInverse(this.scaleTril);
  }

  get support() {
    return constraints.realVector;
  }

  get mean(): Tensor {
    return this.loc;
  }

  override get mode(): Tensor {
    return this.loc;
  }

  get variance(): Tensor {
    return this.scaleTril.square().sum(-1);
  }

  override get hasRsample(): boolean {
    return true;
  }

  protected draw(sampleShape: Shape, options: GeneratorOptions): Tensor {
    const x = randn(this.extended(sampleShape), { dtype: this.loc.dtype, ...options });
    return this.loc.add(this.scaleTril.matmul(x.unsqueeze(-1)).squeeze(-1));
  }

  protected density(value: Tensor): Tensor {
    const white = solveTriangular(this.scaleTril, value.sub(this.loc).unsqueeze(-1), {
      upper: false,
    }).squeeze(-1);
    const [size = 0] = this.eventShape;
    return white
      .square()
      .sum(-1)
      .add(size * Math.log(2 * Math.PI))
      .mul(-0.5)
      .sub(this.halfLogDeterminant);
  }

  /** log √|Σ| */
  get halfLogDeterminant(): Tensor {
    return this.scaleTril.diagonal({ dim1: -2, dim2: -1 }).log().sum(-1);
  }

  override entropy(): Tensor {
    const [size = 0] = this.eventShape;
    return this.halfLogDeterminant.add((size / 2) * (1 + Math.log(2 * Math.PI)));
  }

  protected repeated(batchShape: Shape): Distribution {
    const [size = 0] = this.eventShape;
    return new MultivariateNormal(this.loc.expand([...batchShape, size]), {
      scaleTril: this.scaleTril.expand([...batchShape, size, size]),
      validateArgs: this.validates,
    });
  }
}

/**
 * The lower factor of Σ. Of Σ⁻¹ = P: with P, its rows and columns reversed, = C Cᵀ, Σ = L Lᵀ for L = C⁻ᵀ reversed.
 */
function factorOf(kind: (typeof kinds)[number], matrix: Tensor): Tensor {
  if (kind === 'scaleTril') return matrix;
  if (kind === 'covarianceMatrix') return matrix.cholesky();
  const reversed = matrix.flip([-2, -1]).cholesky();
  const identity = matrix.detach().mul(0).add(1).tril().triu();
  return solveTriangular(reversed.flip([-2, -1]).mT, identity, { upper: false });
}

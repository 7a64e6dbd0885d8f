import { ArgumentError } from '../../errors.ts';
import { eq, mul, where } from '../../primitives/elementwise.ts';
import { identity } from '../../primitives/factorize.ts';
import { describe } from '../../primitives/operand.ts';
import { solution } from '../../primitives/solve.ts';
import type { Tensor } from '../../tensor.ts';
import { type Optional, optional } from '../arguments.ts';
import { div } from '../arithmetic.ts';

import { zeros } from '../creation.ts';
import { unsqueeze } from '../shape.ts';
import { select } from '../slicing.ts';
import { checkMatrices, checkSquare } from './checks.ts';
import { svdvals } from './decompositions.ts';
import { slogdet } from './determinants.ts';
import { type MatrixOrder, matrixNorm } from './norms.ts';

export interface ConditionOptions {
  /** The norm: one that `matrixNorm` knows. Default 2. */
  p?: MatrixOrder | null;
}

/**
 * How much larger relative errors may become in solving: ‖A‖ ‖A⁻¹‖ of matrices `(…, N, N)`, or, for ±2 and the default, the
 * ratio of the largest and the smallest singular value of `(…, M, N)`. Infinite for singular matrices.
 */
export function cond(x: Tensor, ...rest: Optional<ConditionOptions, ['p']>): Tensor {
  const { p } = optional<ConditionOptions>('cond', rest, ['p']);
  const ord = p ?? 2;
  if (typeof ord !== 'number' && ord !== 'fro' && ord !== 'nuc')
    throw new ArgumentError({
      op: 'cond',
      got: `p ${describe(p)}`,
      want: "'fro', 'nuc', ±1, ±2 or ±Infinity",
    });
  checkMatrices('cond', x);
  if (Math.abs(Number(ord)) === 2) return ratio(x, ord === 2);
  const isSingular = eq(slogdet(checkSquare('cond', x).detach()).sign, 0);
  // Where there is no inverse another matrix stands in, so that the rest of the batch has its own.
  const invertible = where(unsqueeze(unsqueeze(isSingular, -1), -1), identity(x), x);
  const product = mul(matrixNorm(invertible, ord), matrixNorm(solution(invertible, identity(x)), ord));
  return where(isSingular, Number.POSITIVE_INFINITY, product);
}

function ratio(x: Tensor, upwards: boolean): Tensor {
  if (x.shape.at(-1) === 0 || x.shape.at(-2) === 0) return zeros(x.shape.slice(0, -2), { dtype: x.dtype });
  const values = svdvals(x);
  const [largest, smallest] = [select(values, -1, 0), select(values, -1, -1)];
  return upwards ? div(largest, smallest) : div(smallest, largest);
}

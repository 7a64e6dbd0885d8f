import { where } from '../../primitives/elementwise.ts';
import { detOf, slogdetOf } from '../../primitives/factorize.ts';
import { reshape } from '../../primitives/movement.ts';
import type { Tensor } from '../../tensor.ts';
import { select } from '../slicing.ts';
import { asVector, checkSquare } from './checks.ts';

/** The determinants of square matrices, `(…, N, N) → (…)`. Their gradient is right for singular matrices too. */
export function det(x: Tensor): Tensor {
  return reshape(detOf(checkSquare('det', x)), x.shape.slice(0, -2));
}

/** A determinant in a form that does not overflow. */
export interface SignAndLogarithm {
  /** −1, 0 or 1; its gradient is 0. */
  readonly sign: Tensor;
  /** log |det|; −∞ for a singular matrix. */
  readonly logabsdet: Tensor;
}

/** The signs of the determinants of square matrices, and the logarithms of their sizes. */
export function slogdet(x: Tensor): SignAndLogarithm {
  const both = asVector(slogdetOf(checkSquare('slogdet', x)));
  return { sign: select(both, -1, 0), logabsdet: select(both, -1, 1) };
}

/** The logarithms of the determinants of square matrices; NaN where one is negative. */
export function logdet(x: Tensor): Tensor {
  const { sign, logabsdet } = slogdet(checkSquare('logdet', x));
  return where(sign.lt(0), Number.NaN, logabsdet);
}

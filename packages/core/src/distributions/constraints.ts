import type { Tensor } from '../tensor.ts';

/** What parameters and values have to be: of a tensor, ones where it holds. */
export interface Constraint {
  /** As messages say it. */
  readonly name: string;
  check(x: Tensor): Tensor;
}

/** True if a constraint holds everywhere. The values are read. */
export function holds(constraint: Constraint, x: Tensor): boolean {
  return constraint.check(x.detach()).data.every((value) => value === 1);
}

const whole = (x: Tensor) => x.eq(x.floor());

export const constraints = {
  real: { name: 'numbers that are not NaN', check: (x) => x.isnan().logicalNot() },
  positive: { name: 'positive numbers', check: (x) => x.gt(0) },
  nonnegative: { name: 'numbers from 0 on', check: (x) => x.ge(0) },
  unitInterval: { name: 'numbers from 0 to 1', check: (x) => x.ge(0).logicalAnd(x.le(1)) },
  boolean: { name: '0 or 1', check: (x) => x.eq(0).logicalOr(x.eq(1)) },
  wholeNonnegative: { name: 'whole numbers from 0 on', check: (x) => x.ge(0).logicalAnd(whole(x)) },
  simplex: {
    name: 'probabilities along the last dim that sum to 1',
    check: (x) => x.ge(0).all(-1).logicalAnd(x.sum(-1).sub(1).abs().lt(1e-6)),
  },
  oneHot: {
    name: 'one 1 along the last dim, and zeros',
    check: (x) => x.eq(0).logicalOr(x.eq(1)).all(-1).logicalAnd(x.sum(-1).eq(1)),
  },
  realVector: { name: 'vectors without NaN', check: (x) => x.isnan().logicalNot().all(-1) },
  lowerCholesky: {
    name: 'lower triangular matrices with a positive diagonal',
    check: (x) =>
      x
        .tril()
        .eq(x)
        .flatten(-2)
        .all(-1)
        .logicalAnd(x.diagonal({ dim1: -2, dim2: -1 }).gt(0).all(-1)),
  },
} as const satisfies Readonly<Record<string, Constraint>>;

/** Between two bounds, both of them among it. */
export function interval(low: Tensor, high: Tensor): Constraint {
  return { name: 'numbers within the bounds', check: (x) => x.ge(low).logicalAnd(x.le(high)) };
}

/** Whole numbers from 0 to a bound. */
export function wholeUpTo(last: Tensor | number): Constraint {
  return {
    name: 'whole numbers from 0 to the last one',
    check: (x) => x.ge(0).logicalAnd(x.le(last)).logicalAnd(whole(x)),
  };
}

/** Vectors of whole numbers with a sum. */
export function counts(total: number): Constraint {
  return {
    name: `whole numbers from 0 on that sum to ${total}`,
    check: (x) => x.ge(0).logicalAnd(whole(x)).all(-1).logicalAnd(x.sum(-1).eq(total)),
  };
}

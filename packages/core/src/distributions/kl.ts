import { ArgumentError } from '../errors.ts';
import { solveTriangular } from '../ops/linalg/triangular.ts';
import { where } from '../primitives/elementwise.ts';
import { describe } from '../primitives/operand.ts';
import type { Tensor } from '../tensor.ts';
import { Bernoulli, Binomial, Geometric, Poisson } from './bernoulli.ts';
import { Categorical, OneHotCategorical } from './categorical.ts';
import { Exponential, HalfNormal, LogNormal, Uniform } from './derived.ts';
import { Distribution, sumLast } from './distribution.ts';
import { Beta, Dirichlet, Gamma } from './gamma.ts';
import { Independent } from './independent.ts';
import { Cauchy, Gumbel, Laplace, Normal } from './location-scale.ts';
import { MultivariateNormal } from './multivariate-normal.ts';
import { softplus } from './probabilities.ts';

/** A class, whatever its constructor takes. */
interface Kind<D extends Distribution> {
  readonly prototype: D;
  [Symbol.hasInstance](value: unknown): boolean;
}

interface Pair {
  readonly kind: Kind<Distribution>;
  readonly other: Kind<Distribution>;
  divergence(p: never, q: never): Tensor;
}

function pair<P extends Distribution, Q extends Distribution>(
  kind: Kind<P>,
  other: Kind<Q>,
  divergence: (p: P, q: Q) => Tensor,
): Pair {
  return { kind, other, divergence };
}

const same = <P extends Distribution>(kind: Kind<P>, divergence: (p: P, q: P) => Tensor): Pair =>
  pair(kind, kind, divergence);

const normal = (p: { loc: Tensor; scale: Tensor }, q: { loc: Tensor; scale: Tensor }) => {
  const ratio = p.scale.div(q.scale).square();
  return ratio.add(p.loc.sub(q.loc).div(q.scale).square()).sub(1).sub(ratio.log()).mul(0.5);
};

const eulersConstant = 0.5772156649015329;

/** ∫ p log(p/q), pair by pair, in closed form. */
const pairs: readonly Pair[] = [
  same(Normal, normal),
  same(LogNormal, (p, q) => normal(p.base, q.base)),
  same(HalfNormal, (p, q) => normal(p.base, q.base)),
  same(Laplace, (p, q) => {
    const [ratio, distance] = [p.scale.div(q.scale), p.loc.sub(q.loc).abs()];
    return ratio.mul(distance.div(p.scale).neg().exp()).add(distance.div(q.scale)).sub(ratio.log()).sub(1);
  }),
  // Chyzak & Nielsen, A closed-form formula for the KL divergence between Cauchy distributions (2019).
  same(Cauchy, (p, q) => {
    const both = p.scale.add(q.scale).square().add(p.loc.sub(q.loc).square());
    return both.log().sub(p.scale.mul(q.scale).mul(4).log());
  }),
  same(Gumbel, (p, q) => {
    const [ratio, shift] = [p.scale.div(q.scale), p.loc.sub(q.loc).div(q.scale)];
    const t = shift.neg().add(ratio.add(1).lgamma());
    return ratio
      .log()
      .neg()
      .add(shift)
      .add(t.exp())
      .add(ratio.mul(eulersConstant))
      .sub(1 + eulersConstant);
  }),
  same(Uniform, (p, q) => {
    const ratio = q.high.sub(q.low).div(p.high.sub(p.low)).log();
    return where(q.low.gt(p.low).logicalOr(q.high.lt(p.high)), Number.POSITIVE_INFINITY, ratio);
  }),
  same(Exponential, (p, q) => {
    const ratio = q.rate.div(p.rate);
    return ratio.sub(ratio.log()).sub(1);
  }),
  same(Gamma, (p, q) => {
    const { concentration: a, rate: b } = p;
    const ofShapes = q.concentration.lgamma().sub(a.lgamma()).add(a.sub(q.concentration).mul(a.digamma()));
    return ofShapes.add(q.concentration.mul(b.div(q.rate).log())).add(a.mul(q.rate.div(b).sub(1)));
  }),
  same(Dirichlet, dirichlet),
  same(Beta, (p, q) => dirichlet(p.dirichlet, q.dirichlet)),
  same(Bernoulli, bernoulli),
  same(Geometric, (p, q) => {
    const failing = q.probs.neg().log1p();
    return p.entropy().neg().sub(failing.div(p.probs)).sub(q.logits);
  }),
  same(Binomial, (p, q) => {
    const each = bernoulli(p.trials, q.trials);
    return where(p.totalCount.gt(q.totalCount), Number.POSITIVE_INFINITY, p.totalCount.mul(each)).add(
      where(p.totalCount.lt(q.totalCount), Number.NaN, 0),
    );
  }),
  same(Poisson, (p, q) => p.rate.xlogy(p.rate.div(q.rate)).sub(p.rate.sub(q.rate))),
  same(Categorical, categorical),
  same(OneHotCategorical, (p, q) => categorical(p.categorical, q.categorical)),
  same(MultivariateNormal, (p, q) => {
    const whitened = solveTriangular(q.scaleTril, p.scaleTril, { upper: false });
    const shift = solveTriangular(q.scaleTril, q.loc.sub(p.loc).unsqueeze(-1), { upper: false });
    const squares = whitened
      .square()
      .sum([-2, -1])
      .add(shift.square().sum([-2, -1]));
    const [size = 0] = p.eventShape;
    return squares.sub(size).mul(0.5).add(q.halfLogDeterminant).sub(p.halfLogDeterminant);
  }),
  pair(Uniform, Normal, (p, q) => {
    const width = p.high.sub(p.low);
    const distance = p.high.add(p.low).sub(q.loc.mul(2)).div(2).square();
    const squares = width.square().div(12).add(distance).div(q.scale.square().mul(2));
    return q.scale
      .mul(Math.sqrt(2 * Math.PI))
      .log()
      .sub(width.log())
      .add(squares);
  }),
  pair(Normal, Laplace, (p, q) => {
    const z = p.loc.sub(q.loc).div(p.scale);
    const distance = p.scale
      .mul(Math.sqrt(2 / Math.PI))
      .mul(z.square().mul(-0.5).exp())
      .add(p.loc.sub(q.loc).mul(z.mul(Math.SQRT1_2).erf()));
    return q.scale.mul(2).log().add(distance.div(q.scale)).sub(p.entropy());
  }),
  same(Independent, (p, q) => {
    if (p.reinterpretedBatchNdims !== q.reinterpretedBatchNdims) throw unknownPair(p, q);
    return sumLast(klDivergence(p.base, q.base), p.reinterpretedBatchNdims);
  }),
];

function dirichlet(p: Dirichlet, q: Dirichlet): Tensor {
  const [a, b] = [p.concentration, q.concentration];
  const total = a.sum(-1, true);
  const ofSums = total.lgamma().squeeze(-1).sub(b.sum(-1).lgamma());
  const ofParts = b.lgamma().sub(a.lgamma()).sum(-1);
  return ofSums.add(ofParts).add(a.sub(b).mul(a.digamma().sub(total.digamma())).sum(-1));
}

function bernoulli(p: Bernoulli, q: Bernoulli): Tensor {
  const failing = p.probs.neg().add(1);
  return p.probs
    .mul(softplus(q.logits.neg()).sub(softplus(p.logits.neg())))
    .add(failing.mul(softplus(q.logits).sub(softplus(p.logits))));
}

function categorical(p: Categorical, q: Categorical): Tensor {
  const terms = p.probs.mul(p.logits.sub(q.logits));
  return where(q.probs.eq(0), Number.POSITIVE_INFINITY, terms).maskedFill(p.probs.eq(0), 0).sum(-1);
}

function unknownPair(p: Distribution, q: Distribution): ArgumentError {
  return new ArgumentError({
    op: 'klDivergence',
    got: `${p.constructor.name} and ${q.constructor.name}`,
    want: 'two distributions whose divergence has a closed form here',
    fix: 'Estimate it: the mean of p.logProb(x) − q.logProb(x) over x = p.rsample([many]).',
  });
}

/**
 * Kullback and Leibler's divergence ∫ p log(p/q) of q from p, of shape `batchShape`.
 * @throws ArgumentError for a pair for which there is no formula here
 */
export function klDivergence(p: Distribution, q: Distribution): Tensor {
  for (const [name, value] of [
    ['p', p],
    ['q', q],
  ] as const)
    if (!(value instanceof Distribution))
      throw new ArgumentError({
        op: 'klDivergence',
        got: `${name} ${describe(value)}`,
        want: 'two distributions',
      });
  const found = pairs.find(({ kind, other }) => p instanceof kind && q instanceof other);
  if (found === undefined) throw unknownPair(p, q);
  return found.divergence(p as never, q as never);
}

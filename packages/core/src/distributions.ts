/** Probability distributions, under PyTorch's names: `new distributions.Normal(0, 1).sample([3])`. */
export { Bernoulli, Binomial, Geometric, Poisson } from './distributions/bernoulli.ts';
export { Categorical, Multinomial, OneHotCategorical } from './distributions/categorical.ts';
export { Exponential, HalfNormal, LogNormal, Uniform } from './distributions/derived.ts';
export { Distribution, type DistributionOptions } from './distributions/distribution.ts';
export { Beta, Chi2, Dirichlet, Gamma, StudentT } from './distributions/gamma.ts';
export { Independent } from './distributions/independent.ts';
export { klDivergence } from './distributions/kl.ts';
export { Cauchy, Gumbel, Laplace, Normal } from './distributions/location-scale.ts';
export {
  MultivariateNormal,
  type MultivariateNormalOptions,
} from './distributions/multivariate-normal.ts';
export type { Probabilities, ProbabilityOptions } from './distributions/probabilities.ts';

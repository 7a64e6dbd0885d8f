/** What of linear algebra PyTorch has as a function of its own and as a method too: one row each. */

export { dist } from './distances.ts';
export { cholesky } from './linalg/decompositions.ts';
export { det, logdet, slogdet } from './linalg/determinants.ts';
export { pinv as pinverse } from './linalg/least-squares.ts';
export { matrixExp, matrixPower } from './linalg/powers.ts';
export { inv as inverse } from './linalg/solving.ts';
export { choleskyInverse, choleskySolve } from './linalg/triangular.ts';
export { crossOf as cross } from './linalg/vectors.ts';

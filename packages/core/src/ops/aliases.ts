/** Second names that PyTorch has for an op, among them NumPy's: one row each, and all are methods too. */

export {
  abs as absolute,
  acos as arccos,
  acosh as arccosh,
  asin as arcsin,
  asinh as arcsinh,
  atan as arctan,
  atan2 as arctan2,
  atanh as arctanh,
  ge as greaterEqual,
  gt as greater,
  le as lessEqual,
  lt as less,
  mul as multiply,
  ne as notEqual,
  neg as negative,
  trunc as fix,
} from '../primitives/elementwise.ts';
export { clamp as clip, div as divide, div as trueDivide, sub as subtract } from './arithmetic.ts';
export { clamp_ as clip_ } from './inplace.ts';
export { movedim as moveaxis, transpose as swapaxes, transpose as swapdims } from './rearranging.ts';

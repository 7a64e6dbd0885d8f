/** Second names that PyTorch has for an elementwise op, among them NumPy's: one row each, and all have an in-place form. */

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
  sign as sgn,
  trunc as fix,
} from '../primitives/elementwise.ts';
export { div as divide, div as trueDivide, sub as subtract } from './arithmetic.ts';
export { clamp as clip } from './bounds.ts';

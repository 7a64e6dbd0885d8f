import { binary, truth, unary } from './rows.ts';

/** a = b */
export const eq = binary('eq', 'bool', truth);
/** a ≠ b */
export const ne = binary('ne', 'bool', truth);
/** a < b */
export const lt = binary('lt', 'bool', truth);
/** a ≤ b */
export const le = binary('le', 'bool', truth);
/** a > b */
export const gt = binary('gt', 'bool', truth);
/** a ≥ b */
export const ge = binary('ge', 'bool', truth);
/** Both differ from 0. */
export const logicalAnd = binary('logicalAnd', 'bool', truth);
/** One at least differs from 0. */
export const logicalOr = binary('logicalOr', 'bool', truth);
/** Exactly one differs from 0. */
export const logicalXor = binary('logicalXor', 'bool', truth);
/** Where an element is 0. */
export const logicalNot = unary('logicalNot', 'bool', truth);
/** Where an element is NaN. */
export const isnan = unary('isnan', 'bool', truth);
/** Where an element is ∞ or −∞. */
export const isinf = unary('isinf', 'bool', truth);
/** Where the sign of an element is minus, also of −0. */
export const signbit = unary('signbit', 'bool', truth);

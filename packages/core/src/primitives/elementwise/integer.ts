import { binary, whole } from './rows.ts';

/** The bits that are set in both. */
export const bitwiseAnd = binary('bitwiseAnd', 'bits', whole);
/** The bits that are set in one at least. */
export const bitwiseOr = binary('bitwiseOr', 'bits', whole);
/** The bits that are set in exactly one. */
export const bitwiseXor = binary('bitwiseXor', 'bits', whole);
/** a · 2ᵇ, less the bits that are shifted out; 0 where b is negative, or as large as the number of bits. */
export const bitwiseLeftShift = binary('bitwiseLeftShift', 'integers', whole);
/** a · 2⁻ᵇ rounded down; 0 or −1, the sign, where b is negative or as large as the number of bits. */
export const bitwiseRightShift = binary('bitwiseRightShift', 'integers', whole);
/** The greatest common divisor, which is not negative. */
export const gcd = binary('gcd', 'integers', whole);
/** The least common multiple, which is not negative. */
export const lcm = binary('lcm', 'integers', whole);

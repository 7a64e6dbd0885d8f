import { flat, positive, unary } from './rows.ts';

/** The next whole number at or below. */
export const floor = unary('floor', 'same', flat, { from: 0.1, to: 0.9 });
/** The next whole number at or above. */
export const ceil = unary('ceil', 'same', flat, { from: 0.1, to: 0.9 });
/** The nearest whole number; halves go to the even one. */
export const round = unary('round', 'same', flat, { from: 0.6, to: 1.4 });
/** The whole part. */
export const trunc = unary('trunc', 'same', flat, { from: 0.1, to: 0.9 });
/** −1, 0 or 1. */
export const sign = unary('sign', 'same', flat, positive);

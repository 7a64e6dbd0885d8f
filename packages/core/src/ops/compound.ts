import { abs, add, div, lt, mul, sub, where } from '../primitives/elementwise.ts';
import { fuse } from './fuse.ts';

// What `addcmul`, `addcdiv` and `lerp` are on floats.

/** x + value · a · b */
export const scaledProduct = fuse('addcmul', (x, a, b, value) => add(x, mul(mul(a, b), value)), 1);

/** x + value · a / b */
export const scaledQuotient = fuse('addcdiv', (x, a, b, value) => add(x, mul(div(a, b), value)), 1);

/** start + part · (end − start) */
export const fromStart = fuse('lerp', (start, end, part) => add(start, mul(sub(end, start), part)), 1);

/** end − rest · (end − start) */
export const fromEnd = fuse('lerp', (start, end, rest) => sub(end, mul(sub(end, start), rest)), 1);

/** From the end that is nearer, with a part for each element. */
export const between = fuse('lerp', (start, end, part) =>
  where(lt(abs(part), 0.5), fromStart.of(start, end, part), fromEnd.of(start, end, sub(1, part))),
);

import { definedPrimitives, type Primitive } from '../autograd/primitive.ts';
import './add-scaled.ts';
import './bounded-log.ts';
import './copy.ts';
import './correlate.ts';
import './cumulative.ts';
import './elementwise.ts';
import './factorize.ts';
import './gather.ts';
import './lu.ts';
import './matmul.ts';
import './movement.ts';
import './piecewise.ts';
import './pinv.ts';
import './pool.ts';
import './qr.ts';
import './reduce.ts';
import './softmax.ts';
import './solve.ts';
import './strided.ts';
import './sort.ts';

/** Every primitive there is. A row enters the table by being defined, so whoever walks the table misses none. */
export function primitives(): readonly Primitive<unknown>[] {
  return definedPrimitives();
}

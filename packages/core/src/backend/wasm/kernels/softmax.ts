import type { SoftmaxKernel } from '../../backend.ts';
import type { I32, V128 } from '../assembler/code.ts';
import type { FunctionBuilder, Local } from '../assembler/function.ts';
import { f32x4, f64x2, i32, i32x4, shuffle32, v128 } from '../assembler/instructions.ts';
import type { Body } from '../assembler/module.ts';
import { body } from '../engine.ts';
import { type Arithmetic, arithmetic } from './arithmetic.ts';
import { accessOf, type Transfer } from './bytes.ts';
import { exp, log1p } from './functions.ts';
import { dimsFrom, dimWords, shareOf, walk } from './walk.ts';

// Softmax of float32 in three passes, of which all but the first find their elements in the cache: the largest element,
// the sum of the exponentials less that, and the results.

/** What the second pass leaves in the places of the results, and what the third makes of that. */
interface Form {
  readonly keepsExponentials: boolean;
  /** What is taken off the sum before it is rounded to float32: 1 is always among its terms. */
  readonly less: number;
  readonly ofTotal: (m: Arithmetic, total: V128) => V128;
  readonly result: (at: { source: V128; target: V128 }, top: V128, ofTotal: V128) => V128;
}

const forms: Readonly<Record<SoftmaxKernel, Form>> = {
  softmax: {
    keepsExponentials: true,
    less: 0,
    ofTotal: (_, total) => f32x4.div(f32x4.const(1), total),
    result: ({ target }, _, inverse) => f32x4.mul(target, inverse),
  },
  logSoftmax: {
    keepsExponentials: false,
    less: 1,
    ofTotal: log1p,
    result: ({ source }, top, logarithm) => f32x4.sub(f32x4.sub(source, top), logarithm),
  },
};

/** The places of the elements that are worked on, moved by a `ForEach`. */
interface Places {
  readonly source: Local<'i32'>;
  readonly target: Local<'i32'>;
}

/** Visits all that fall together: how they get to and from a vector, and how many lanes of it count, 4 or the first. */
type ForEach = (visit: (access: Transfer, lanes: number) => void) => void;

const wide = accessOf(4, 4);
const firstLane = i32x4.consts(-1, 0, 0, 0);
const highHalf = (x: V128) => shuffle32(x, x, [2, 3, 2, 3]);

/** @param across whether lanes fall together, too */
function threePasses(
  f: FunctionBuilder,
  kernel: SoftmaxKernel,
  relaxed: boolean,
  { source, target }: Places,
  forEach: ForEach,
  across: boolean,
): void {
  const m = arithmetic(f, relaxed);
  const { keepsExponentials, less, ofTotal, result } = forms[kernel];
  const top = f.let(f32x4.const(Number.NEGATIVE_INFINITY));
  // This maximum passes NaN over, which spreads through the sum.
  forEach(({ load }) => f.set(top, f32x4.pmax(top, load(source))));
  if (across) {
    f.set(top, f32x4.pmax(top, highHalf(top)));
    f.set(top, f32x4.pmax(shuffle32(top, top, [0, 0, 0, 0]), shuffle32(top, top, [1, 1, 1, 1])));
  }

  const [low, high] = [f.let(v128.zero), f.let(v128.zero)];
  forEach(({ load, store }, lanes) => {
    const e = f.let(exp(m, f.let(f32x4.sub(load(source), top))));
    if (keepsExponentials) f.emit(store(target, e));
    f.set(low, f64x2.add(low, f64x2.promoteLowF32(lanes === 1 ? v128.and(e, firstLane) : e)));
    if (lanes > 1) f.set(high, f64x2.add(high, f64x2.promoteLowF32(highHalf(e))));
  });
  if (across) {
    f.set(low, f64x2.add(low, high));
    f.set(low, f64x2.add(low, shuffle32(low, low, [2, 3, 0, 1])));
    f.set(high, low);
  }
  const [a, b] = [low, high].map((sum) => f32x4.demoteF64(f64x2.sub(sum, f64x2.const(less)))) as [V128, V128];
  const total = f.let(shuffle32(a, b, [0, 1, 4, 5]));

  const last = f.let(ofTotal(m, total));
  forEach(({ load, store }) =>
    f.emit(store(target, result({ source: load(source), target: load(target) }, top, last))),
  );
}

/**
 * Softmax along elements that lie side by side.
 *
 * The fields: the addresses of input and output, the elements of a row, how many rows there are and how many a part
 * does; then the dims of the rows.
 */
export function softmaxRows(kernel: SoftmaxKernel, relaxed: boolean, rank: number): Record<string, Body> {
  const run = body(5 + dimWords(rank, 2), (f, { fields, part }) => {
    const [x, out, length, rows, perPart] = fields;
    if (!x || !out || !length || !rows || !perPart) return;
    const [source, target, rest] = [f.local('i32'), f.local('i32'), f.local('i32')];
    const dims = dimsFrom(fields.slice(5), rank, 2);
    walk(f, dims, [x, out], shareOf(f, part, perPart, rows), ([from, to]) => {
      if (!from || !to) return;
      const forEach: ForEach = (visit) => {
        f.set(source, from);
        f.set(target, to);
        f.set(rest, length);
        for (const lanes of [4, 1]) {
          f.while(i32.ge(rest, lanes), () => {
            visit(lanes === 1 ? wide.one : wide, lanes);
            f.increase(source, 4 * lanes);
            f.increase(target, 4 * lanes);
            f.increase(rest, -lanes);
          });
        }
      };
      threePasses(f, kernel, relaxed, { source, target }, forEach, true);
    });
  });
  return { run };
}

/**
 * Softmax along another dim than that whose elements lie side by side: of four columns at a time.
 *
 * The fields: the addresses of input and output, the size of the dim and the steps along it, how many columns lie side
 * by side, how many blocks of four there are and how many a part does; then the dims of the blocks, the innermost
 * along the columns.
 */
export function softmaxColumns(kernel: SoftmaxKernel, relaxed: boolean, rank: number): Record<string, Body> {
  const run = body(8 + dimWords(rank, 2), (f, { fields, part }) => {
    const [x, out, length, step, outStep, columns, blocks, perPart] = fields;
    if (!x || !out || !length || !step || !outStep || !columns || !blocks || !perPart) return;
    const [source, target, rest] = [f.local('i32'), f.local('i32'), f.local('i32')];
    const someColumns = (from: I32, to: I32, lanes: number) => {
      const forEach: ForEach = (visit) => {
        f.set(source, from);
        f.set(target, to);
        f.set(rest, length);
        f.while(rest, () => {
          visit(lanes === 1 ? wide.one : wide, lanes);
          f.increase(source, step);
          f.increase(target, outStep);
          f.increase(rest, -1);
        });
      };
      threePasses(f, kernel, relaxed, { source, target }, forEach, false);
    };
    const dims = dimsFrom(fields.slice(8), rank, 2);
    walk(f, dims, [x, out], shareOf(f, part, perPart, blocks), ([from, to], [block]) => {
      if (!from || !to || !block) return;
      const left = f.let(i32.sub(columns, i32.shl(block, 2)));
      f.if(
        i32.ge(left, 4),
        () => someColumns(from, to, 4),
        () => {
          const column = f.let(i32.const(0));
          f.countUp(column, left, 1, () => {
            const bytes = i32.shl(column, 2);
            someColumns(f.let(i32.add(from, bytes)), f.let(i32.add(to, bytes)), 1);
          });
        },
      );
    });
  });
  return { run };
}

import type { I32, V128 } from '../assembler/code.ts';
import type { FunctionBuilder, Local } from '../assembler/function.ts';
import { f32, f32x4, f64, i32, i32x4, shuffle32, v128 } from '../assembler/instructions.ts';
import type { Body } from '../assembler/module.ts';
import { body, named } from '../engine.ts';
import { dimsFrom, dimWords, shareOf, walk } from './walk.ts';

// Max-pooling: for each window the place of its largest element. A window whose element is NaN has that as its largest,
// the last one if there are several, as in PyTorch.

/** What is said of each of the three spatial dims; those that a tensor lacks have size 1. */
export const windowFields = [
  'size',
  'taps',
  'outputs',
  'stride',
  'dilation',
  'padding',
  'xStep',
  'outStep',
] as const;
export type WindowFields = Readonly<Record<(typeof windowFields)[number], number>>;

const planeDims = 2;
const headFields = 4 + dimWords(planeDims, 2);

/** The number of fields of all kernels here: the addresses of input and output, planes and those of a part, their dims, and `windowFields` thrice. */
const fieldCount = headFields + 3 * windowFields.length;

type Windows = Record<(typeof windowFields)[number], Local<'i32'>>;

function overPlanes(
  visit: (
    f: FunctionBuilder,
    x: Local<'i32'>,
    out: Local<'i32'>,
    dims: readonly [Windows, Windows, Windows],
  ) => void,
): Record<string, Body> {
  const run = body(fieldCount, (f, { fields, part }) => {
    const [x, out, planes, perPart] = fields;
    if (!x || !out || !planes || !perPart) return;
    const windows = [0, 1, 2].map((d) => {
      const first = headFields + d * windowFields.length;
      return named(windowFields, fields.slice(first, first + windowFields.length));
    }) as [Windows, Windows, Windows];
    const dims = dimsFrom(fields.slice(4), planeDims, 2);
    walk(f, dims, [x, out], shareOf(f, part, perPart, planes), ([from, to]) => {
      if (from && to) visit(f, from, to, windows);
    });
  });
  return { run };
}

const scalars = { float32: { type: 'f32', ...f32 }, float64: { type: 'f64', ...f64 } } as const;

/** Runs the body for each output along a dim. */
function forEachOutput(
  f: FunctionBuilder,
  { outputs }: Windows,
  inside: (output: Local<'i32'>) => void,
): void {
  const output = f.let(i32.const(0));
  f.countUp(output, outputs, 1, () => inside(output));
}

/** Where the first tap of an output's window is. */
function firstPlace({ stride, padding }: Windows, output: I32): I32 {
  return i32.sub(i32.mul(output, stride), padding);
}

/** Runs the body for each tap along a dim that meets an element, with its place. */
function forEachTap(
  f: FunctionBuilder,
  window: Windows,
  output: I32,
  inside: (place: Local<'i32'>) => void,
): void {
  const place = f.let(firstPlace(window, output));
  const tap = f.let(i32.const(0));
  f.countUp(tap, window.taps, 1, () => {
    // A negative place is a large one without its sign.
    f.if(i32.ltU(place, window.size), () => inside(place));
    f.increase(place, window.dilation);
  });
}

/** Four float32 that are some elements apart; none behind the last of them is read. */
const loadsApart: Readonly<Record<1 | 2, (address: I32) => V128>> = {
  1: (address) => v128.load(address),
  2: (address) => shuffle32(v128.load(address), v128.load(address, 12), [0, 2, 5, 7]),
};

/** How windows lie in a last dim whose elements are float32 side by side, in input and output. */
export interface Neighbours {
  readonly apart: 1 | 2;
  readonly taps: number;
}

/**
 * Windows of any kind, one by one; or, given how they lie, four of them at a time wherever none is cut off in the last
 * dim.
 */
export function anyWindows(dtype: 'float32' | 'float64', neighbours?: Neighbours): Record<string, Body> {
  return overPlanes((f, x, out, dims) => {
    const [, , columns] = dims;
    const column = f.local('i32');
    /** Runs the body for each row that the windows of an output row meet, with where it begins and its first place. */
    const forEachRow = (z: I32, y: I32, inside: (row: Local<'i32'>, first: Local<'i32'>) => void) =>
      forEachTap(f, dims[0], z, (plane) =>
        forEachTap(f, dims[1], y, (line) => {
          const row = i32.add(i32.mul(plane, dims[0].xStep), i32.mul(line, dims[1].xStep));
          const first = i32.mul(i32.add(i32.mul(plane, dims[1].size), line), columns.size);
          inside(f.let(i32.add(x, row)), f.let(first));
        }),
      );
    const one = oneWindow(f, dtype, columns);
    const four = neighbours && fourWindows(f, neighbours, columns);
    forEachOutput(f, dims[0], (z) =>
      forEachOutput(f, dims[1], (y) => {
        const line = f.let(i32.add(out, i32.add(i32.mul(z, dims[0].outStep), i32.mul(y, dims[1].outStep))));
        const visitRows = (search: Search, at: I32) =>
          search(at, i32.add(line, i32.mul(at, columns.outStep)), (inside) => forEachRow(z, y, inside));
        f.set(column, i32.const(0));
        f.while(i32.lt(column, columns.outputs), () => {
          const single = () => {
            visitRows(one, column);
            f.increase(column, 1);
          };
          if (four === undefined) return single();
          // The last four of a row may be some of those before again.
          const start = f.let(i32.select(i32.lt(column, four.last), column, four.last));
          const isWhole = i32.and(i32.ge(start, 0), i32.ge(firstPlace(columns, start), 0));
          f.if(
            i32.and(isWhole, i32.lt(column, i32.add(four.last, 4))),
            () => {
              visitRows(four.search, start);
              f.set(column, i32.add(start, 4));
            },
            single,
          );
        });
      }),
    );
  });
}

/** Searches windows from an output column on, row by row, and stores where their largest elements are. */
type Search = (
  column: I32,
  target: I32,
  forEachRow: (inside: (row: Local<'i32'>, first: Local<'i32'>) => void) => void,
) => void;

function oneWindow(f: FunctionBuilder, dtype: 'float32' | 'float64', columns: Windows): Search {
  const { type, load, gt, ne } = scalars[dtype];
  const [best, value, at] = [f.local(type), f.local(type), f.local('i32')];
  return (column, target, forEachRow) => {
    f.set(at, i32.const(-1));
    forEachRow((row, first) =>
      forEachTap(f, columns, column, (i) => {
        f.set(value, load(i32.add(row, i32.mul(i, columns.xStep))));
        // Chosen without a branch, since it could not be foretold.
        const isFirst = i32.lt(at, 0);
        const wins = f.let(i32.or(isFirst, i32.or(gt(value, best), ne(value, value))));
        f.set(best, { type, code: [value.code, best.code, wins.code, 0x1b] });
        f.set(at, i32.select(wins, i32.add(first, i), at));
      }),
    );
    f.emit(i32.store(target, at));
  };
}

/** The search, and the last column that it can begin at. */
function fourWindows(
  f: FunctionBuilder,
  { apart, taps }: Neighbours,
  columns: Windows,
): { readonly search: Search; readonly last: Local<'i32'> } {
  const [best, value, at, fresh] = [f.local('v128'), f.local('v128'), f.local('v128'), f.local('v128')];
  const lanes = i32x4.consts(0, apart, 2 * apart, 3 * apart);
  const span = f.let(i32.mul(columns.dilation, taps - 1));
  const room = i32.sub(i32.add(columns.size, columns.padding), i32.add(span, 1));
  const whole = f.let(i32.add(i32.shr(room, apart - 1), 1));
  const fewer = i32.select(i32.lt(whole, columns.outputs), whole, columns.outputs);
  const last = f.let(i32.sub(fewer, 4));
  const search: Search = (column, target, forEachRow) => {
    f.set(at, i32x4.const(-1));
    f.set(fresh, at);
    forEachRow((row, first) => {
      const place = f.let(firstPlace(columns, column));
      const address = f.let(i32.add(row, i32.shl(place, 2)));
      const places = f.let(i32x4.add(lanes, i32x4.splat(i32.add(first, place))));
      for (let tap = 0; tap < taps; tap++) {
        f.set(value, loadsApart[apart](address));
        const larger = v128.or(f32x4.gt(value, best), f32x4.ne(value, value));
        const wins = f.let(tap === 0 ? v128.or(larger, fresh) : larger);
        f.set(best, v128.select(wins, value, best));
        f.set(at, v128.select(wins, places, at));
        f.increase(address, i32.shl(columns.dilation, 2));
        f.set(places, i32x4.add(places, i32x4.splat(columns.dilation)));
      }
      f.set(fresh, v128.zero);
    });
    f.emit(v128.store(target, at));
  };
  return { search, last };
}

/**
 * What is wanted of windows: where their largest elements are, these themselves, or a gradient led there; gated, only
 * where these are above 0 or NaN.
 */
export type Wanted = 'indices' | 'values' | 'gradient' | 'gated gradient';

/** The fields of `pairedWindows`, followed by the dims of the planes of the three operands. Steps are in bytes. */
export const pairFields = [
  'x',
  // The results; for a gradient, what it is of.
  'windows',
  // The gradient's results, which lie as x does.
  'gradient',
  'planes',
  'planesPerPart',
  'rows',
  'columns',
  'xRowStep',
  'windowRowStep',
  // Elements of a row of x, and its rows.
  'width',
  'height',
] as const;

/** What elements of a pair of pairs the first and the second row of vectors hold. */
const evenAndOdd = [
  [0, 2, 4, 6],
  [1, 3, 5, 7],
] as const;

/**
 * Windows of 2 × 2 float32 side by side, none cut off at an edge, where elements along the last dim lie side by side:
 * four at a time, the last four of a row again where a row is no multiple of four. Rows have at least four windows.
 * A gradient is 0 wherever it is not led to.
 * @param isClamped whether elements below 0 count as 0
 */
export function pairedWindows(wanted: Wanted, isClamped: boolean): Record<string, Body> {
  const isGradient = wanted === 'gradient' || wanted === 'gated gradient';
  const run = body(pairFields.length + dimWords(planeDims, 3), (f, { fields, part }) => {
    const args = named(pairFields, fields);
    const planes = dimsFrom(fields.slice(pairFields.length), planeDims, 3);
    const share = shareOf(f, part, args.planesPerPart, args.planes);
    const starts = [args.x, args.windows, args.gradient];
    walk(f, planes, starts, share, ([x, windows, gradient]) => {
      const [row, column, end] = [f.let(i32.const(0)), f.local('i32'), f.let(i32.sub(args.columns, 4))];
      const [top, target, to] = [x, windows, gradient].map((start) => f.let(start as I32)) as [
        Local<'i32'>,
        Local<'i32'>,
        Local<'i32'>,
      ];
      const first = f.let(i32.const(0));
      const fourWindows = () => {
        const above = f.let(i32.add(top, i32.shl(column, 3)));
        const rowsOfX = [above, f.let(i32.add(above, args.xRowStep))];
        const result = f.let(i32.add(target, i32.shl(column, 2)));
        const { best, which } = largestOfFour(f, rowsOfX, isClamped);
        if (wanted === 'values') f.emit(v128.store(result, best));
        if (wanted === 'indices') {
          // Of the four, 1 is to the right of 0, and 2 and 3 are below.
          const right = v128.and(which, i32x4.const(1));
          const below = i32x4.mul(i32x4.shrU(which, 1), i32x4.splat(args.width));
          const corner = i32x4.splat(i32.add(first, i32.shl(column, 1)));
          const places = i32x4.add(i32x4.add(i32x4.consts(0, 2, 4, 6), corner), i32x4.add(right, below));
          f.emit(v128.store(result, places));
        }
        if (isGradient) {
          const all = v128.load(result);
          const g = f.let(wanted === 'gradient' ? all : v128.andnot(all, f32x4.le(best, v128.zero)));
          const at = f.let(i32.add(to, i32.shl(column, 3)));
          for (let i = 0; i < 2; i++) {
            const led = (k: number) => f.let(v128.and(g, i32x4.eq(which, i32x4.const(k))));
            const [left, right] = [led(2 * i), led(2 * i + 1)];
            f.emit(v128.store(at, shuffle32(left, right, [0, 4, 1, 5])));
            f.emit(v128.store(at, shuffle32(left, right, [2, 6, 3, 7]), 16));
            if (i === 0) f.increase(at, args.xRowStep);
          }
        }
      };
      f.countUp(row, args.rows, 1, () => {
        f.set(column, i32.const(0));
        f.countUp(column, end, 4, fourWindows);
        f.set(column, end);
        fourWindows();
        if (isGradient) {
          const below = f.let(i32.add(to, args.xRowStep));
          for (const line of [to, below]) clearRow(f, line, i32.shl(args.columns, 1), args.width);
        }
        for (const place of [top, to]) f.increase(place, i32.shl(args.xRowStep, 1));
        f.increase(target, args.windowRowStep);
        f.increase(first, i32.shl(args.width, 1));
      });
      if (!isGradient) return;
      f.set(row, i32.shl(args.rows, 1));
      f.countUp(row, args.height, 1, () => {
        clearRow(f, to, i32.const(0), args.width);
        f.increase(to, args.xRowStep);
      });
    });
  });
  return { run };
}

/** Writes 0 to the elements of a row from one of them on. */
function clearRow(f: FunctionBuilder, start: I32, from: I32, width: I32): void {
  const column = f.let(from);
  f.countUp(column, width, 1, () => {
    f.emit(i32.store(i32.add(start, i32.shl(column, 2)), i32.const(0)));
  });
}

/** The largest elements of four windows that begin in two rows, and which of their four they are, row by row. */
function largestOfFour(
  f: FunctionBuilder,
  rows: readonly I32[],
  isClamped: boolean,
): { best: V128; which: V128 } {
  const [best, which] = [f.local('v128'), f.let(i32x4.const(0))];
  const clamp = (value: V128) => (isClamped ? f32x4.pmax(value, v128.zero) : value);
  for (const [i, address] of rows.entries()) {
    const [left, right] = [f.let(v128.load(address)), f.let(v128.load(address, 16))];
    for (const [j, words] of evenAndOdd.entries()) {
      const value = f.let(clamp(shuffle32(left, right, words)));
      const k = 2 * i + j;
      if (k === 0) {
        f.set(best, value);
        continue;
      }
      const larger = f.let(v128.or(f32x4.gt(value, best), f32x4.ne(value, value)));
      f.set(best, v128.select(larger, value, best));
      f.set(which, v128.select(larger, i32x4.const(k), which));
    }
  }
  return { best, which };
}

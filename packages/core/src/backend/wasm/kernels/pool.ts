import type { I32 } from '../assembler/code.ts';
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

/** Windows of any kind, one by one. */
export function anyWindows(dtype: 'float32' | 'float64'): Record<string, Body> {
  const { type, load, gt, ne } = scalars[dtype];
  return overPlanes((f, x, out, dims) => {
    const [best, value] = [f.local(type), f.local(type)];
    const at = f.local('i32');
    /** Runs the body for each tap along a dim that meets an element, with its place. */
    const forEachTap = (d: 0 | 1 | 2, output: I32, inside: (place: Local<'i32'>) => void) => {
      const { size, taps, stride, dilation, padding } = dims[d];
      const place = f.let(i32.sub(i32.mul(output, stride), padding));
      const tap = f.let(i32.const(0));
      f.countUp(tap, taps, 1, () => {
        // A negative place is a large one without its sign.
        f.if(i32.ltU(place, size), () => inside(place));
        f.increase(place, dilation);
      });
    };
    const forEachOutput = (d: 0 | 1 | 2, inside: (output: Local<'i32'>) => void) => {
      const output = f.let(i32.const(0));
      f.countUp(output, dims[d].outputs, 1, () => inside(output));
    };
    forEachOutput(0, (oz) =>
      forEachOutput(1, (oy) =>
        forEachOutput(2, (ox) => {
          f.set(at, i32.const(-1));
          forEachTap(0, oz, (z) =>
            forEachTap(1, oy, (y) => {
              const row = f.let(i32.add(i32.add(x, i32.mul(z, dims[0].xStep)), i32.mul(y, dims[1].xStep)));
              const first = f.let(i32.mul(i32.add(i32.mul(z, dims[1].size), y), dims[2].size));
              forEachTap(2, ox, (i) => {
                f.set(value, load(i32.add(row, i32.mul(i, dims[2].xStep))));
                // Chosen without a branch, since it could not be foretold.
                const isFirst = i32.lt(at, 0);
                const wins = f.let(i32.or(isFirst, i32.or(gt(value, best), ne(value, value))));
                f.set(best, { type, code: [value.code, best.code, wins.code, 0x1b] });
                f.set(at, i32.select(wins, i32.add(first, i), at));
              });
            }),
          );
          const target = [oz, oy, ox].reduce<I32>(
            (address, output, d) => i32.add(address, i32.mul(output, dims[d as 0 | 1 | 2].outStep)),
            out,
          );
          f.emit(i32.store(target, at));
        }),
      ),
    );
  });
}

/**
 * Windows of 2 × 2 float32 side by side, none cut off at an edge, where elements along the last dim lie side by side:
 * four at a time, the last four of a row again where a row is no multiple of four. Rows have at least four windows.
 */
export function pairedWindows(): Record<string, Body> {
  return overPlanes((f, x, out, [, rows, columns]) => {
    const [row, column, end] = [f.let(i32.const(0)), f.local('i32'), f.let(i32.sub(columns.outputs, 4))];
    const [top, target, first] = [f.let(x), f.let(out), f.let(i32.const(0))];
    const lanes = i32x4.consts(0, 2, 4, 6);
    const fourWindows = () => {
      const above = f.let(i32.add(top, i32.shl(column, 3)));
      const below = f.let(i32.add(above, rows.xStep));
      const places = f.let(i32x4.add(lanes, i32x4.splat(i32.add(first, i32.shl(column, 1)))));
      const [best, at] = [f.local('v128'), f.let(places)];
      for (const [i, address] of [above, below].entries()) {
        const [left, right] = [f.let(v128.load(address)), f.let(v128.load(address, 16))];
        for (const [j, words] of (
          [
            [0, 2, 4, 6],
            [1, 3, 5, 7],
          ] as const
        ).entries()) {
          const value = f.let(shuffle32(left, right, words));
          if (i === 0 && j === 0) {
            f.set(best, value);
            continue;
          }
          const place = i === 0 ? i32x4.const(j) : i32x4.splat(i32.add(columns.size, j));
          const larger = f.let(v128.or(f32x4.gt(value, best), f32x4.ne(value, value)));
          f.set(best, v128.select(larger, value, best));
          f.set(at, v128.select(larger, i32x4.add(places, place), at));
        }
      }
      f.emit(v128.store(i32.add(target, i32.shl(column, 2)), at));
    };
    f.countUp(row, rows.outputs, 1, () => {
      f.set(column, i32.const(0));
      f.countUp(column, end, 4, fourWindows);
      f.set(column, end);
      fourWindows();
      f.increase(top, i32.shl(rows.xStep, 1));
      f.increase(target, rows.outStep);
      f.increase(first, i32.shl(columns.size, 1));
    });
  });
}

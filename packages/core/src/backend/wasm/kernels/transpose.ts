import type { FunctionBuilder, Local } from '../assembler/function.ts';
import { i32, shuffle32, v128 } from '../assembler/instructions.ts';
import type { Body } from '../assembler/module.ts';
import { body } from '../engine.ts';
import { dimsFrom, dimWords, shareOf, walk } from './walk.ts';

/** Rows of a tile: as many lines of the first-level cache are read again for each four columns. */
export const tileRows = 16;

/**
 * Copies matrices of 32-bit elements, of which the rows of the source become the columns of the target, in blocks of
 * 4 × 4. Elements along a row of the source lie side by side, and so do those along a row of the target.
 *
 * The fields: the addresses of source and target, rows and columns of the source, from row to row in the source and in
 * the target, the tiles of all matrices and of a part; then the dims of the tiles, the innermost along a matrix.
 */
export function transposeTiles(rank: number): Record<string, Body> {
  const run = body(8 + dimWords(rank, 2), (f, { fields, part }) => {
    const [x, out, rows, columns, xStride, outStride, tiles, perPart] = fields;
    if (!x || !out || !rows || !columns || !xStride || !outStride || !tiles || !perPart) return;
    const dims = dimsFrom(fields.slice(8), rank, 2);
    const [end, row, column] = [f.local('i32'), f.local('i32'), f.local('i32')];
    const [source, target] = [f.local('i32'), f.local('i32')];
    walk(f, dims, [x, out], shareOf(f, part, perPart, tiles), ([from, to], [tile]) => {
      if (!from || !to || !tile) return;
      f.set(end, i32.sub(rows, i32.mul(tile, tileRows)));
      f.if(i32.gt(end, tileRows), () => f.set(end, i32.const(tileRows)));
      /** Visits blocks of `height` × `width` in the tile from where row and column stand, as long as there are any. */
      const forRows = (height: number, width: number) =>
        f.while(i32.le(i32.add(row, height), end), () => {
          f.set(source, i32.add(i32.add(from, i32.mul(row, xStride)), i32.shl(column, 2)));
          f.set(target, i32.add(i32.add(to, i32.mul(column, outStride)), i32.shl(row, 2)));
          if (height === 4 && width === 4) transposeBlock(f, source, target, xStride, outStride);
          else f.emit(i32.store(target, i32.load(source)));
          f.increase(row, height);
        });
      f.set(column, i32.const(0));
      for (const width of [4, 1]) {
        f.while(i32.le(i32.add(column, width), columns), () => {
          f.set(row, i32.const(0));
          if (width === 4) {
            forRows(4, 4);
            // The rows that are left, column by column.
            const [rest, first] = [f.let(row), f.let(column)];
            f.countUp(column, i32.add(first, 4), 1, () => {
              f.set(row, rest);
              forRows(1, 1);
            });
            f.set(column, first);
          } else {
            forRows(1, 1);
          }
          f.increase(column, width);
        });
      }
    });
  });
  return { run };
}

function transposeBlock(
  f: FunctionBuilder,
  source: Local<'i32'>,
  target: Local<'i32'>,
  xStride: Local<'i32'>,
  outStride: Local<'i32'>,
): void {
  const rows = [0, 1, 2, 3].map(() => {
    const row = f.let(v128.load(source));
    f.increase(source, xStride);
    return row;
  });
  const [a, b, c, d] = rows as [Local<'v128'>, Local<'v128'>, Local<'v128'>, Local<'v128'>];
  const [lowAb, lowCd] = [f.let(shuffle32(a, b, [0, 4, 1, 5])), f.let(shuffle32(c, d, [0, 4, 1, 5]))];
  const [highAb, highCd] = [f.let(shuffle32(a, b, [2, 6, 3, 7])), f.let(shuffle32(c, d, [2, 6, 3, 7]))];
  const columns = [
    shuffle32(lowAb, lowCd, [0, 1, 4, 5]),
    shuffle32(lowAb, lowCd, [2, 3, 6, 7]),
    shuffle32(highAb, highCd, [0, 1, 4, 5]),
    shuffle32(highAb, highCd, [2, 3, 6, 7]),
  ];
  for (const column of columns) {
    f.emit(v128.store(target, column));
    f.increase(target, outStride);
  }
}

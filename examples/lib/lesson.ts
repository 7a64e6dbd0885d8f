import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Tensor } from '@retrograd/core';
import { type Picture, show } from '@retrograd/viz';

/** Whether the lesson is to do the real thing where that takes long: `--full`, or RETROGRAD_FULL=1 in a notebook. */
export const full = process.argv.includes('--full') || process.env.RETROGRAD_FULL === '1';

/** Pixels across a thumbnail. */
const thumbnailWidth = 320;

/**
 * Shows a picture: in a notebook under its cell, in a terminal if it can, else as a file in `out/lessons/<lesson>/`, or
 * below the folder RETROGRAD_PICTURES. One picture of each lesson is its thumbnail in examples/README.md.
 *
 * @example
 * ```ts
 * await picture('sobel', imshow(edges, { title: 'Edges' }), { thumbnail: true });
 * ```
 */
export async function picture(name: string, figure: Picture, { thumbnail = false } = {}): Promise<void> {
  const lesson = basename(process.argv[1] ?? '', '.ts');
  await show(figure, {
    name: `${name}.png`,
    dir: join(process.env.RETROGRAD_PICTURES || 'out/lessons', lesson),
  });
  const path = process.env.RETROGRAD_THUMBNAIL;
  if (thumbnail && path) await saveThumbnail(path, figure);
}

async function saveThumbnail(path: string, figure: Picture): Promise<void> {
  const width = Number(/<svg[^>]*\bwidth="([\d.]+)/.exec(await figure.svg())?.[1]);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, await figure.png({ scale: thumbnailWidth / width }));
}

/** A number as a lesson prints it: `12,288,000`, `0.25`. */
export function number(value: number, digits = Number.isInteger(value) ? 0 : 2): string {
  // `+ 0` makes of −0, and of what is rounded to it, a plain 0.
  const rounded = Number(value.toFixed(digits)) + 0;
  return rounded.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** What a table aligns to the right. */
const numeral = /^-?\d[\d.,]*%?$/;

/**
 * Prints a table under a head: columns of texts to the left, columns of numbers (or of texts that are such) to the right.
 *
 * @example
 * ```ts
 * printTable(['layer', 'weights'], [['conv1', 144], ['fc1', 8000]]);
 * ```
 */
export function printTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const texts = [head, ...rows].map((row) =>
    row.map((cell) => (typeof cell === 'number' ? number(cell) : cell)),
  );
  const widths = head.map((_, column) => Math.max(...texts.map((row) => row[column]?.length ?? 0)));
  const isText = head.map((_, column) => texts.slice(1).some((row) => !numeral.test(row[column] ?? '')));
  const lines = texts.map((row) =>
    row
      .map((text, i) => (isText[i] ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0)))
      .join('   '),
  );
  lines.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('   '));
  console.log(lines.map((line) => line.trimEnd()).join('\n'));
}

/**
 * Prints matrices side by side, each under its name. `digits` are the decimals of those that hold anything but whole
 * numbers.
 *
 * @example
 * ```ts
 * printMatrices({ image, kernel, 'image ⋆ kernel': features });
 * ```
 */
export function printMatrices(matrices: Readonly<Record<string, Tensor>>, { digits = 2 } = {}): void {
  const blocks = Object.entries(matrices).map(([name, matrix]) => block(name, rowsOf(matrix), digits));
  const height = Math.max(...blocks.map(({ length }) => length));
  for (let line = 0; line < height; line++) {
    const parts = blocks.map((lines) => (lines[line] ?? '').padEnd(Math.max(...lines.map((l) => l.length))));
    console.log(parts.join('    ').trimEnd());
  }
}

/** The rows of a matrix; a vector is one row. */
function rowsOf(matrix: Tensor): number[][] {
  return (matrix.ndim < 2 ? matrix.reshape([1, -1]) : matrix).toArray() as number[][];
}

function block(name: string, rows: readonly (readonly number[])[], digits: number): string[] {
  const whole = rows.flat().every(Number.isInteger);
  const texts = rows.map((row) => row.map((value) => number(Number(value), whole ? 0 : digits)));
  const width = Math.max(...texts.flat().map(({ length }) => length));
  return [name, ...texts.map((row) => row.map((text) => text.padStart(width)).join('  '))];
}

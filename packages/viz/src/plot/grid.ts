import { ArgumentError } from '@retrograd/core';
import { Drawing, jupyterDisplay, type Picture } from '../picture.ts';
import { svgSize } from '../raster.ts';
import { escapeXml, wrapText } from '../text.ts';
import { fontFamily, intoRoot, palettes, type Scheme, type Theme } from '../theme.ts';
import { isArrayLike, kindOf } from './numbers.ts';
import { checkPlotOptions } from './options.ts';

export interface GridOptions {
  /** How many pictures stand side by side. Default: as many columns as rows, or one more. */
  columns?: number;
  /** Above all of them. */
  title?: string;
  /** Of all of them. Default `auto`. */
  theme?: Theme;
}

/** Between the pictures, and around them. */
const gap = 12;

/** Of the title. */
const type = { size: 17, line: 24 };

/**
 * Small multiples: any pictures side by side, plots beside images beside graphs. Columns are as wide as their widest
 * picture and rows as high as their highest; pictures keep their sizes.
 *
 * @example
 * ```ts
 * await plot.grid([plot.line(losses), plot.hist(weights)], { title: 'After 5 epochs' }).save('summary.png');
 * ```
 * @throws ArgumentError for no pictures, for what is no picture, and for unknown options
 */
export function grid(pictures: readonly Picture[], options: GridOptions = {}): Picture {
  const op = 'plot.grid';
  checkPlotOptions(op, options, ['columns', 'title', 'theme']);
  if (!isArrayLike(pictures) || pictures.length === 0)
    throw new ArgumentError({
      op,
      got: isArrayLike(pictures) ? 'no pictures' : kindOf(pictures),
      want: 'an array of pictures',
    });
  return new Grid(
    Array.from(pictures, (picture, i) => checkPicture(op, picture, i)),
    options,
  );
}

class Grid extends Drawing {
  readonly #pictures: readonly Picture[];
  readonly #columns: number;
  readonly #title: string | undefined;

  constructor(pictures: readonly Picture[], { columns, title, theme }: GridOptions) {
    super(theme);
    this.#pictures = pictures;
    this.#columns = Math.min(columns ?? Math.ceil(Math.sqrt(pictures.length)), pictures.length);
    this.#title = title;
  }

  override toString(): string {
    const { length } = this.#pictures;
    return `Grid(${this.#title === undefined ? '' : `${this.#title}: `}${length} picture${length === 1 ? '' : 's'})`;
  }

  protected override async draw(scheme: Scheme): Promise<string> {
    const cells = await Promise.all(
      this.#pictures.map(async (picture, i) => {
        const svg = await picture.svg({ theme: scheme });
        return { svg: withOwnIds(svg, `p${i}-`), ...svgSize(svg) };
      }),
    );
    const across = this.#columns;
    const columns = steps(
      cells,
      (cell) => cell.width,
      (i) => i % across,
    );
    const width = columns.end;
    const title = this.#titleLines(width);
    const rows = steps(
      cells,
      (cell) => cell.height,
      (i) => Math.floor(i / across),
      title.length * type.line,
    );
    const content = cells.map(({ svg, ...size }, i) =>
      intoRoot(svg.slice(svg.indexOf('<svg')), {
        x: columns.starts[i % across] as number,
        y: rows.starts[Math.floor(i / across)] as number,
        width: size.width,
        height: size.height,
      }),
    );
    const heading = title.map(
      (line, i) =>
        `<text x="${gap}" y="${gap + (i + 0.75) * type.line}" font-family="${fontFamily}" font-size="${type.size}" font-weight="600" fill="${palettes[scheme].ink}">${escapeXml(line)}</text>`,
    );
    const height = rows.end;
    return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${heading.join('')}${content.join('')}</svg>`;
  }

  #titleLines(width: number): string[] {
    return this.#title === undefined ? [] : wrapText(this.#title, type.size, width - 2 * gap, { bold: true });
  }
}

/** Where the tracks of one direction start, each as large as its largest cell, and where they end. */
function steps<T>(
  cells: readonly T[],
  sizeOf: (cell: T) => number,
  trackOf: (i: number) => number,
  before = 0,
) {
  const sizes: number[] = [];
  for (const [i, cell] of cells.entries()) {
    const track = trackOf(i);
    sizes[track] = Math.max(sizes[track] ?? 0, sizeOf(cell));
  }
  const starts: number[] = [];
  let at = gap + before;
  for (const size of sizes) {
    starts.push(at);
    at += size + gap;
  }
  return { starts, end: at };
}

/** An SVG whose ids no other's are: clips and gradients of all pictures share the names of one document. */
function withOwnIds(svg: string, prefix: string): string {
  return svg
    .replace(/(\sid=")/g, `$1${prefix}`)
    .replace(/url\((['"]?)#/g, `url($1#${prefix}`)
    .replace(/((?:\s|:)href="#)/g, `$1${prefix}`);
}

/** @throws ArgumentError for what is no picture */
function checkPicture(op: string, picture: unknown, i: number): Picture {
  const isPicture =
    typeof picture === 'object' && picture !== null && jupyterDisplay in picture && 'svg' in picture;
  if (isPicture) return picture as Picture;
  throw new ArgumentError({
    op,
    got: `${kindOf(picture)} in place ${i}`,
    want: 'pictures: plots, images, graphs',
  });
}

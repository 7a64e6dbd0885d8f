import { cat, type Shape, showShape, type Tensor } from '@retrograd/core';
import { encode } from 'fast-png';
import { layoutOf, toPixels } from '../image/pixels.ts';
import { naturalSize } from '../image/sheet.ts';
import { type MimeBundle, toBase64 } from '../picture.ts';
import { cell, line } from './table.ts';

/** Above so many elements only the edges of each dim are shown, so wide; as in a tensor's text. */
const threshold = 1000;
const edgeItems = 3;

/** A tensor for a notebook: its facts, its elements as tables, and an image if it looks like one. */
export function tensorBundle(tensor: Tensor): MimeBundle {
  const image = isImage(tensor.shape) ? imageHtml(tensor) : '';
  return {
    'text/html': `<div>${line(facts(tensor))}${image}${elementsHtml(tensor)}</div>`,
    'text/plain': tensor.toString(),
  };
}

/** `tensor (2, 3) · float32 · gradFn mul` */
function facts({ shape, dtype, gradFn, requiresGrad }: Tensor): string {
  const gradient = gradFn !== null ? [`gradFn ${gradFn.name}`] : requiresGrad ? ['requiresGrad'] : [];
  return [`tensor ${showShape(shape)}`, dtype, ...gradient].join(' · ');
}

/** Whether a shape looks like that of an image: in its layout, and neither tiny nor a strip. */
export function isImage(shape: Shape): boolean {
  const layout = layoutOf(shape);
  if (layout === null) return false;
  const [short = 0, long = 0] = [layout.height, layout.width].sort((a, b) => a - b);
  return short >= 8 && long <= 1024 && long <= 4 * short;
}

function imageHtml(tensor: Tensor): string {
  const { width, height, data } = toPixels('display', tensor);
  const url = `data:image/png;base64,${toBase64(encode({ width, height, data, channels: 4 }))}`;
  const longest = Math.max(width, height);
  const wide = Math.round((width * naturalSize(longest, 84, 256)) / longest);
  return `<img src="${url}" width="${wide}" style="image-rendering:pixelated" alt="the tensor as an image">`;
}

/** A matrix for each index of the dims before the last two. */
function elementsHtml(tensor: Tensor): string {
  if (tensor.numel === 0) return line('no elements');
  const shown = tensor.shape.map((size) => shownIndices(size, tensor.numel > threshold));
  const values = edgesOf(tensor, shown);
  const show = numberFormat(values, tensor);
  const leading = shown.slice(0, -2);
  const [rows = [0], columns = [0]] = shown.length < 2 ? [undefined, shown[0]] : shown.slice(-2);
  const [count, across] = [rows, columns].map(present) as [number, number];
  let at = 0;
  const matrix = (): string => {
    const first = at;
    at += count * across;
    return matrixHtml(rows, columns, (i, j) => show(values[first + i * across + j] as number), tensor.ndim);
  };
  return products(leading)
    .map((index) =>
      index.includes(null)
        ? line('…')
        : `${index.length > 0 ? line(`[${index.join(', ')}]`) : ''}${matrix()}`,
    )
    .join('');
}

type Indices = readonly (number | null)[];

/** The indices of a dim that are shown; `null` stands for those between. */
function shownIndices(size: number, summarise: boolean): Indices {
  const all = Array.from({ length: size }, (_, i) => i);
  if (!summarise || size <= 2 * edgeItems) return all;
  return [...all.slice(0, edgeItems), null, ...all.slice(-edgeItems)];
}

function present(indices: Indices): number {
  return indices.filter((index) => index !== null).length;
}

/** The elements at the indices that are shown. */
function edgesOf(tensor: Tensor, shown: readonly Indices[]): ArrayLike<number> {
  const edges = shown.reduce(
    (x, indices, dim) =>
      indices.includes(null)
        ? cat(
            [x.narrow(dim, 0, edgeItems), x.narrow(dim, (x.shape[dim] as number) - edgeItems, edgeItems)],
            dim,
          )
        : x,
    tensor.detach(),
  );
  return edges.data;
}

/** All indices of the leading dims in their order; where one is a gap, the gap once. */
function products(leading: readonly Indices[]): Indices[] {
  return leading.reduce<Indices[]>(
    (found, indices) =>
      found.flatMap((index) => (index.includes(null) ? [index] : indices.map((next) => [...index, next]))),
    [[]],
  );
}

function matrixHtml(
  rows: Indices,
  columns: Indices,
  show: (row: number, column: number) => string,
  ndim: number,
): string {
  const name = (index: number | null) => (index === null ? '…' : String(index));
  const heading =
    ndim === 0
      ? ''
      : `<tr>${[...(ndim > 1 ? [''] : []), ...columns.map(name)].map((text) => cell('th', text, 'right')).join('')}</tr>`;
  let i = 0;
  const lines = rows.map((row) => {
    let j = 0;
    const cells = columns.map((column) => (row === null || column === null ? '…' : show(i, j++)));
    if (row !== null) i++;
    const label = ndim > 1 ? cell('th', name(row), 'right') : '';
    return `<tr>${label}${cells.map((text) => cell('td', text, 'right')).join('')}</tr>`;
  });
  return `<table>${heading}${lines.join('')}</table>`;
}

/** One format for all elements: whole numbers as they are, else four decimals, or exponents where sizes differ much. */
function numberFormat(values: ArrayLike<number>, { dtype }: Tensor): (value: number) => string {
  if (dtype === 'bool') return (value) => String(value !== 0);
  const sizes = Array.from(values, Math.abs).filter((size) => Number.isFinite(size) && size > 0);
  const [least, greatest] = [Math.min(...sizes), Math.max(...sizes)];
  const whole = sizes.every(Number.isInteger);
  const scientific = !whole && (greatest / least > 1e6 || greatest > 1e8 || greatest < 1e-3);
  return (value) => {
    if (!Number.isFinite(value) || whole) return String(value).replace('Infinity', '∞').replace('-', '−');
    return (scientific ? value.toExponential(3) : value.toFixed(4)).replace(/^-/, '−');
  };
}

import type { Pixels } from '../image/pixels.ts';

/** An image in another size; each pixel is the mean of the area that it covers. */
export function resize({ width, height, data }: Pixels, toWidth: number, toHeight: number): Pixels {
  const columns = shares(width, toWidth);
  const rows = shares(height, toHeight);
  const resized = new Uint8Array(toWidth * toHeight * 4);
  const sum = new Float64Array(4);
  for (const [y, row] of rows.entries()) {
    for (const [x, column] of columns.entries()) {
      sum.fill(0);
      for (const { index: j, share: down } of row)
        for (const { index: i, share: across } of column)
          for (let c = 0; c < 4; c++)
            sum[c] = (sum[c] as number) + down * across * (data[4 * (j * width + i) + c] as number);
      for (let c = 0; c < 4; c++) resized[4 * (y * toWidth + x) + c] = Math.round(sum[c] as number);
    }
  }
  return { width: toWidth, height: toHeight, data: resized };
}

/** What part of each new pixel is which old one. */
function shares(from: number, to: number): { index: number; share: number }[][] {
  const step = from / to;
  return Array.from({ length: to }, (_, i) => {
    const [start, end] = [i * step, Math.min((i + 1) * step, from)];
    const parts: { index: number; share: number }[] = [];
    for (let index = Math.floor(start); index < end; index++)
      parts.push({ index, share: (Math.min(index + 1, end) - Math.max(index, start)) / (end - start) });
    return parts;
  });
}

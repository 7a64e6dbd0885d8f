import { inflateSync } from 'node:zlib';

/**
 * How many colours there are in a PNG of 8-bit channels that is not interlaced (as all pictures here are), after the
 * PNG specification, third edition, clauses 5, 9 and 11.
 *
 * @throws Error for what is no such file
 */
export function coloursOf(bytes: Buffer): number {
  if (bytes.toString('latin1', 0, 8) !== '\x89PNG\r\n\x1a\n') throw new Error('no PNG');
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const [depth, kind, , , interlace] = bytes.subarray(24, 29);
  const channels = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[kind as number];
  if (depth !== 8 || channels === undefined || interlace !== 0) throw new Error('another kind of PNG');
  const rows = unfiltered(inflateSync(Buffer.concat([...chunks(bytes, 'IDAT')])), {
    width: width * channels,
    height,
    channels,
  });
  const colours = new Set<string>();
  for (const row of rows)
    for (let x = 0; x < row.length; x += channels) colours.add(row.subarray(x, x + channels).join());
  return colours.size;
}

function* chunks(bytes: Buffer, type: string): Generator<Buffer> {
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    if (bytes.toString('latin1', at + 4, at + 8) === type) yield bytes.subarray(at + 8, at + 8 + length);
    at += length + 12;
  }
}

/** What each filter adds to a byte, from those to its left (a), above it (b), and above that to the left (c). */
const predictors: readonly ((a: number, b: number, c: number) => number)[] = [
  () => 0,
  (a) => a,
  (_, b) => b,
  (a, b) => (a + b) >> 1,
  (a, b, c) => {
    const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
    return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
  },
];

function unfiltered(
  data: Buffer,
  { width, height, channels }: { width: number; height: number; channels: number },
): Uint8Array[] {
  if (data.length !== height * (width + 1)) throw new Error('a PNG that is cut short');
  const rows: Uint8Array[] = [];
  let above = new Uint8Array(width);
  for (let y = 0; y < height; y++) {
    const start = y * (width + 1);
    const predict = predictors[data[start] as number];
    if (predict === undefined) throw new Error('a PNG with an unknown filter');
    const row = new Uint8Array(data.subarray(start + 1, start + 1 + width));
    for (let x = 0; x < width; x++) {
      const [a = 0, b = 0, c = 0] = [row[x - channels], above[x], above[x - channels]];
      row[x] = (row[x] as number) + predict(a, b, c);
    }
    rows.push(row);
    above = row;
  }
  return rows;
}

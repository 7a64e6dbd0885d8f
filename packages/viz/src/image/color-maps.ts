import { ArgumentError } from '@retrograd/core';

/**
 * Colours for values from low to high, as anchors at equal distances. `viridis`, `cividis` and `magma` are perceptually
 * uniform and can be told apart by the colour-blind; `coolwarm` (K. Moreland, "Diverging Color Maps for Scientific
 * Visualization", 2009) diverges from a pale middle, for values with a sign.
 */
const anchors = {
  gray: '000000 ffffff',
  viridis:
    '440154 48196b 472d7b 424086 3b528b 34638d 2c728e 27828e 21918d 1f9f88 28ae80 3ebc74 5dc963 82d34c abdc32 d5e21b fde725',
  cividis:
    '002051 012b65 11366c 25416e 3b4c6e 4f576e 61636f 706f71 7e7b75 8a8677 989278 a69f77 b7ac73 caba6a dec85f f0d652 fce647',
  magma:
    '000004 0a0822 1d1046 35106a 51137c 6a1c80 822582 9c2f80 b6377a cf4170 e65164 f5695c fb8762 fea571 fec387 fde0a2 fcfdbf',
  coolwarm:
    '3b4cc0 4e68d7 6282ea 779af7 8db0fe a3c2ff b8d0f9 ccd9ee dddddd ecd3c6 f5c4ad f7b194 f49a7b ec7f63 de614c cb3e38 b40426',
} as const;

export type ColorMap = keyof typeof anchors;

/** Maps whose middle stands for zero. */
const diverging: ReadonlySet<ColorMap> = new Set(['coolwarm']);

/** The names of all colour maps. */
export const colorMaps = Object.keys(anchors) as readonly ColorMap[];

export function isDiverging(name: ColorMap): boolean {
  return diverging.has(name);
}

/** @throws ArgumentError for a name that is none of `colorMaps` */
export function checkColorMap(op: string, name: unknown): ColorMap {
  if (typeof name === 'string' && Object.hasOwn(anchors, name)) return name as ColorMap;
  throw new ArgumentError({ op, got: `colorMap ${String(name)}`, want: `one of ${colorMaps.join(', ')}` });
}

/** A map as 256 RGB triples, one after another: entry `i` is the colour of i / 255. */
export function colorTable(name: ColorMap): Uint8Array {
  const stops = anchors[name]
    .split(' ')
    .map((hex) => [0, 2, 4].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)));
  const table = new Uint8Array(256 * 3);
  for (let i = 0; i < 256; i++) {
    const at = (i / 255) * (stops.length - 1);
    const left = Math.min(Math.floor(at), stops.length - 2);
    for (let c = 0; c < 3; c++) {
      const [from, to] = [stops[left]?.[c] as number, stops[left + 1]?.[c] as number];
      table[3 * i + c] = Math.round(from + (to - from) * (at - left));
    }
  }
  return table;
}

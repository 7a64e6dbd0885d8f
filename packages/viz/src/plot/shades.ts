import { type ColorMap, colorTable, isDiverging } from '../image/color-maps.ts';
import { around, extentOf } from './numbers.ts';

/**
 * How values become colours, and which of them are dark: they are written on in white.
 *
 * @param name default `viridis`, or `coolwarm` where some values are negative, then centred at zero
 */
export function shades(values: Iterable<number>, name?: ColorMap, range = extentOf(values)) {
  let [least, greatest] = range ?? [0, 1];
  const map = name ?? (least < 0 ? 'coolwarm' : 'viridis');
  if (isDiverging(map)) {
    greatest = Math.max(Math.abs(least), Math.abs(greatest));
    least = -greatest;
  }
  if (least === greatest) [least, greatest] = around(least);
  const table = colorTable(map);
  return {
    scale: {
      domain: [least, greatest],
      range: stopsOf(table),
      interpolate: 'rgb',
      zero: false,
      nice: false,
      clamp: true,
    },
    isDark: (value: number) => isDark(table, (value - least) / (greatest - least)),
  };
}

/** The table at 17 even steps, between which Vega mixes as the table does: the maps are made of as many. */
function stopsOf(table: Uint8Array): string[] {
  return Array.from({ length: 17 }, (_, i) => {
    const at = (255 * i) / 16;
    const [below, above] = [Math.floor(at), Math.ceil(at)];
    const channel = (c: number) => {
      const [from, to] = [table[3 * below + c] as number, table[3 * above + c] as number];
      return Math.round(from + (to - from) * (at - below))
        .toString(16)
        .padStart(2, '0');
    };
    return `#${channel(0)}${channel(1)}${channel(2)}`;
  });
}

/** Whether white stands out more than black against a colour (by WCAG's relative luminance they are even at 0.179). */
function isDark(table: Uint8Array, level: number): boolean {
  const at = 3 * Math.round(255 * Math.min(1, Math.max(0, level)));
  const [r, g, b] = Array.from(table.subarray(at, at + 3), (channel) => (channel / 255) ** 2.2);
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0) < 0.179;
}

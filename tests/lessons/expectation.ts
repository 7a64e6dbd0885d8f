/** What a lesson must print and draw on drawn digits, on which it does the same on every machine. */
export interface Expectation {
  readonly printed: readonly Printed[];
  /** The names of all its pictures, in their order. */
  readonly pictures: readonly string[];
  /** What it must print on the real MNIST, where that is at hand; worth its time only where it differs in kind. */
  readonly onMnist?: readonly Printed[];
}

/** Numbers in a lesson's output, and where they come from. */
export interface Printed {
  /** What the numbers come after: a text, or several of which each is looked for after the one before. */
  readonly after: string | readonly string[];
  /** The numbers, or what each must lie between. */
  readonly values: readonly (number | readonly [least: number, most: number])[];
  /** How far a number may be off. Default: by no more than it is rounded. */
  readonly within?: number;
  /** A formula, a paper, PyTorch, working by hand. Never: what the lesson printed. */
  readonly from: string;
}

/** A number as it may be printed: −1, 12,288,000, 98.44, 1e-7. */
const numeral = /[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[-+]?\d+)?/g;

/** What is wrong in an output; nothing if the list is empty. */
export function complaints(output: string, expected: readonly Printed[]): string[] {
  return expected.flatMap(({ after, values, within, from }) => {
    const place = [after].flat();
    const rest = textAfter(output, place);
    if (rest === undefined) return [`nothing stands after ${place.join(' … ')}`];
    const found = [...rest.matchAll(numeral)].slice(0, values.length).map(([text]) => text);
    const right = found.length === values.length && found.every((text, i) => fits(text, values[i], within));
    return right
      ? []
      : [`after ${place.join(' … ')}: ${found.join(' ')}, wanted ${values.join(' ')} (${from})`];
  });
}

function textAfter(output: string, texts: readonly string[]): string | undefined {
  return texts.reduce<string | undefined>((rest, text) => {
    const at = rest?.indexOf(text) ?? -1;
    return at < 0 ? undefined : rest?.slice(at + text.length);
  }, output);
}

function fits(text: string, wanted: Printed['values'][number] | undefined, within?: number): boolean {
  const value = Number(text.replaceAll(',', '').replace('−', '-'));
  if (typeof wanted === 'object') return value >= wanted[0] && value <= wanted[1];
  const decimals = /\.(\d+)/.exec(text)?.[1]?.length ?? 0;
  const rounding = 0.5 * 10 ** (Number(/e(.+)/.exec(text)?.[1] ?? 0) - decimals);
  return Math.abs(value - (wanted ?? Number.NaN)) <= (within ?? rounding * (1 + 1e-9));
}

import { Drawing } from '../picture.ts';
import { escapeXml, textWidth } from '../text.ts';
import { categories, fontFamily, type Palette, palettes, type Scheme, type Theme } from '../theme.ts';
import { showTime } from '../units.ts';
import type { OpEvent } from './recording.ts';

type Kind = 'run' | 'module' | 'forward' | 'backward' | 'reference';

/** What ran in one place, in all its calls. */
interface Frame {
  readonly name: string;
  readonly kind: Kind;
  /** Milliseconds, with what is within. */
  time: number;
  calls: number;
  readonly inner: Map<string, Frame>;
}

const [blue, vermilion, , , amber] = categories as [string, string, string, string, string];
const hues: Readonly<Partial<Record<Kind, string>>> = {
  forward: blue,
  backward: vermilion,
  reference: amber,
};
const meanings: readonly (readonly [kind: Kind, meaning: string])[] = [
  ['forward', 'ops'],
  ['backward', 'gradients'],
  ['reference', 'on the reference backend'],
];

const margin = 16;
const rowHeight = 24;
const size = 11;

/**
 * Where the time of ops went: below each frame lies what it was made of, as wide as it took long. Modules hold their ops,
 * `backward` the gradients of these, and a gradient the primitives that computed it.
 */
export class Flame extends Drawing {
  readonly #root: Frame;
  readonly #duration: number;
  readonly #width: number;

  /** @internal */
  constructor(events: readonly OpEvent[], duration: number, width: number, theme?: Theme) {
    super(theme);
    this.#root = framesOf(events);
    this.#duration = duration;
    this.#width = width;
  }

  override toString(): string {
    return `Flame graph of ${showTime(this.#root.time)} in ops`;
  }

  protected override async draw(scheme: Scheme): Promise<string> {
    const palette = palettes[scheme];
    const boxes: string[] = [];
    const bottom = this.#boxes(this.#root, margin, 0, palette, boxes);
    const top = margin + 30;
    const height = top + bottom * rowHeight + 40;
    const title = `${showTime(this.#root.time)} in ops, of ${showTime(this.#duration)}`;
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${this.#width}" height="${height}" viewBox="0 0 ${this.#width} ${height}" font-family="${escapeXml(fontFamily)}">`,
      `<text x="${margin}" y="${margin + 12}" font-size="15" font-weight="600" fill="${palette.ink}">${title}</text>`,
      `<g transform="translate(0 ${top})">${boxes.join('')}</g>`,
      this.#legend(height - 18, palette),
      '</svg>',
    ].join('');
  }

  /** Adds the boxes of a frame and all within it; gives how many rows they reach down. */
  #boxes(frame: Frame, x: number, depth: number, palette: Palette, into: string[]): number {
    const scale = (this.#width - 2 * margin) / (this.#root.time || 1);
    const width = frame === this.#root ? this.#width - 2 * margin : frame.time * scale;
    // What is narrower than this cannot be seen.
    if (width < 0.4) return depth;
    into.push(boxOf(frame, x, depth * rowHeight, width, this.#root.time, palette));
    let [at, bottom] = [x, depth + 1];
    for (const inner of frame.inner.values()) {
      bottom = Math.max(bottom, this.#boxes(inner, at, depth + 1, palette, into));
      at += inner.time * scale;
    }
    return bottom;
  }

  #legend(y: number, palette: Palette): string {
    const present = kindsIn(this.#root);
    let x = margin;
    return meanings
      .filter(([kind]) => present.has(kind))
      .map(([kind, meaning]) => {
        const at = x;
        x += 40 + textWidth(meaning, size);
        const hue = hues[kind] as string;
        return `<rect x="${at}" y="${y - 9}" width="12" height="12" rx="2" fill="${hue}" fill-opacity="0.3" stroke="${hue}"/><text x="${at + 18}" y="${y + 1}" font-size="${size}" fill="${palette.muted}">${meaning}</text>`;
      })
      .join('');
  }
}

function boxOf(
  { name, kind, time, calls }: Frame,
  x: number,
  y: number,
  width: number,
  all: number,
  palette: Palette,
) {
  const hue = hues[kind];
  const paint = hue
    ? `fill="${hue}" fill-opacity="0.3" stroke="${hue}"`
    : `fill="${palette.panel}" stroke="${palette.rule}"`;
  const label = fitted([`${name} · ${showTime(time)}`, name], width - 10);
  const share = all === 0 ? 0 : (100 * time) / all;
  const hint = `${name}: ${showTime(time)} (${share.toFixed(1)}%), ${calls} ${calls === 1 ? 'op' : 'ops'}`;
  const text = label
    ? `<text x="${round(x + 6)}" y="${y + 15.5}" font-size="${size}" fill="${palette.ink}">${escapeXml(label)}</text>`
    : '';
  return `<g><title>${escapeXml(hint)}</title><rect x="${round(x)}" y="${y}" width="${round(width)}" height="${rowHeight - 2}" rx="${width > 6 ? 3 : 0}" stroke-width="0.8" ${paint}/>${text}</g>`;
}

/** The first text that has room, or as much of the last as has. */
function fitted(texts: readonly string[], room: number): string {
  const whole = texts.find((text) => textWidth(text, size) <= room);
  if (whole !== undefined) return whole;
  let short = texts.at(-1) ?? '';
  while (short !== '' && textWidth(`${short}…`, size) > room) short = short.slice(0, -1);
  return short.length < 2 ? '' : `${short}…`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** The frames that events lie in, in the order in which they came up. */
function framesOf(events: readonly OpEvent[]): Frame {
  const root = newFrame('profile', 'run');
  for (const event of events) {
    const { op, gradientOf, modules, self, fallbacks } = event;
    const own: Kind = fallbacks.length > 0 ? 'reference' : gradientOf === null ? 'forward' : 'backward';
    const path: (readonly [name: string, kind: Kind])[] = [
      ...(gradientOf === null ? [] : [['backward', 'run'] as const]),
      ...modules.map(({ path, type }) => [path || type, 'module'] as const),
      ...(gradientOf === null ? [] : [[gradientOf, 'backward'] as const]),
      [op, own],
    ];
    let at = root;
    add(at, self);
    for (const [name, kind] of path) {
      const key = `${kind} ${name}`;
      const next = at.inner.get(key) ?? newFrame(name, kind);
      at.inner.set(key, next);
      at = next;
      add(at, self);
    }
  }
  return root;
}

function newFrame(name: string, kind: Kind): Frame {
  return { name, kind, time: 0, calls: 0, inner: new Map() };
}

function add(frame: Frame, time: number): void {
  frame.time += time;
  frame.calls++;
}

function kindsIn(frame: Frame): Set<Kind> {
  const kinds = new Set([frame.kind]);
  for (const inner of frame.inner.values()) for (const kind of kindsIn(inner)) kinds.add(kind);
  return kinds;
}

/** Ink on paper, or the other way round. */
export type Scheme = 'light' | 'dark';

/** A scheme, or `auto`: what the reader's system asks for where a picture can tell (SVG), else light. */
export type Theme = Scheme | 'auto';

/** The colours of everything that is not data. All pictures take theirs from here. */
export interface Palette {
  /** What the picture lies on. */
  readonly ground: string;
  /** A box on the ground. */
  readonly panel: string;
  /** Titles, and text that matters. */
  readonly ink: string;
  /** Labels, and text beside the point. */
  readonly muted: string;
  /** Axes, frames and arrows. */
  readonly rule: string;
  /** Lines that only guide the eye. */
  readonly grid: string;
}

/**
 * The palettes. Within one no two colours are the same, so that an SVG in light colours tells by each colour which role
 * it has: that is how `adaptive` makes it follow the reader's scheme.
 */
export const palettes: Readonly<Record<Scheme, Palette>> = {
  light: {
    ground: '#fefefe',
    panel: '#f5f7f9',
    ink: '#1f2328',
    muted: '#57606a',
    rule: '#8c959f',
    grid: '#e4e8ec',
  },
  dark: {
    ground: '#0d1117',
    panel: '#161b22',
    ink: '#f0f3f6',
    muted: '#a4adb8',
    rule: '#6e7681',
    grid: '#252b34',
  },
};

/**
 * Okabe and Ito's colours, which readers with any kind of colour vision tell apart (Color Universal Design, 2008).
 * Yellow, faint on white, comes last, and their black, which is lost on a dark ground, is a grey.
 */
export const categories: readonly string[] = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#808890',
  '#d4c526',
];

/** The typeface: the reader's own in a browser, DejaVu Sans in a PNG. */
export const fontFamily = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif";

/** An SVG drawn in light colours that follows the reader's scheme. `opaque` paints the ground, too. */
export function adaptive(svg: string, { opaque = false } = {}): string {
  const swaps = (Object.keys(palettes.light) as (keyof Palette)[]).flatMap((role) =>
    ['fill', 'stroke'].map(
      (paint) => `.rg-auto [${paint}="${palettes.light[role]}"]{${paint}:${palettes.dark[role]}}`,
    ),
  );
  const ground = (scheme: Scheme) =>
    opaque ? `svg.rg-auto{background-color:${palettes[scheme].ground}}` : '';
  const style = `<style>${ground('light')}@media (prefers-color-scheme: dark){${ground('dark')}${swaps.join('')}}</style>`;
  return intoRoot(svg, { class: 'rg-auto' }).replace(/<svg\b[^>]*>/, (root) => root + style);
}

/** An SVG with its scheme's ground under it. */
export function grounded(svg: string, scheme: Scheme): string {
  return intoRoot(svg, { style: `background-color:${palettes[scheme].ground}` });
}

/** An SVG whose outermost element has these attributes, in the place of any it had. */
export function intoRoot(svg: string, attributes: Readonly<Record<string, string | number>>): string {
  return svg.replace(/<svg\b[^>]*>/, (root) => {
    const others = Object.keys(attributes).reduce(
      (tag, name) => tag.replace(new RegExp(`\\s${name}="[^"]*"`), ''),
      root,
    );
    const ours = Object.entries(attributes).map(([name, value]) => ` ${name}="${value}"`);
    return others.replace(/^<svg/, `<svg${ours.join('')}`);
  });
}

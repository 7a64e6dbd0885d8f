import { ArgumentError } from '@retrograd/core';
import type { Config, TopLevelSpec } from 'vega-lite';
import { PictureError } from './errors.ts';
import { Drawing, type Format } from './picture.ts';
import { textWidth } from './text.ts';
import { categories, fontFamily, type Palette, palettes, type Scheme, type Theme } from './theme.ts';

/**
 * A plot: a Vega-Lite specification, drawn in retrograd's theme. Whatever the specification configures itself holds.
 *
 * @example
 * ```ts
 * const data = { values: [{ a: 1, b: 2 }, { a: 2, b: 3 }] };
 * const encoding = { x: { field: 'a', type: 'quantitative' }, y: { field: 'b', type: 'quantitative' } };
 * await new Figure({ data, mark: 'point', encoding }).save('points.svg');
 * ```
 */
export class Figure extends Drawing {
  readonly #spec: TopLevelSpec;

  constructor(spec: TopLevelSpec, { theme = 'auto' }: { theme?: Theme } = {}) {
    super(theme);
    if (typeof spec !== 'object' || spec === null)
      throw new ArgumentError({ op: 'Figure', got: String(spec), want: 'a Vega-Lite specification' });
    this.#spec = spec;
  }

  /** The complete specification, theme included: what Vega's editor and `save('plot.json')` get. */
  get spec(): TopLevelSpec {
    return this.#themed(this.theme === 'dark' ? 'dark' : 'light', { opaque: true });
  }

  override toString(): string {
    const { title } = this.#spec;
    const text = typeof title === 'object' && title !== null && 'text' in title ? title.text : title;
    return `Figure(${[text ?? 'untitled'].flat().join(' ')})`;
  }

  protected override async draw(scheme: Scheme): Promise<string> {
    return drawVega(this.#themed(scheme, { opaque: false }));
  }

  protected override formats(): readonly Format[] {
    return [{ extension: '.json', mime: 'application/vnd.vegalite.v6+json', content: () => this.spec }];
  }

  #themed(scheme: Scheme, { opaque }: { opaque: boolean }): TopLevelSpec {
    const palette = palettes[scheme];
    return {
      $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
      background: opaque ? palette.ground : 'transparent',
      ...this.#spec,
      config: { ...themeConfig(palette), ...this.#spec.config },
    } as TopLevelSpec;
  }
}

/** The theme in Vega-Lite's words. */
function themeConfig({ ink, muted, rule, grid }: Palette): Config {
  const label = { labelColor: muted, labelFontSize: 11, titleColor: ink, titleFontSize: 12 };
  return {
    aria: false, // A sentence for each mark is nothing to listen to, and half of the file.
    font: fontFamily,
    padding: 12,
    title: { color: ink, fontSize: 15, fontWeight: 600, anchor: 'start', frame: 'bounds', offset: 14 },
    header: label,
    axis: {
      ...label,
      titleFontWeight: 'normal',
      titlePadding: 8,
      labelPadding: 5,
      domainColor: rule,
      tickColor: rule,
      tickSize: 4,
      labelFlush: false,
      gridColor: grid,
    },
    axisX: { labelSeparation: 6 },
    legend: {
      ...label,
      titleFontWeight: 'normal',
      symbolType: 'circle',
      symbolStrokeWidth: 2,
      labelLimit: 200,
      offset: 16,
    },
    view: { stroke: null },
    mark: { color: categories[0] as string },
    line: { strokeWidth: 2, strokeCap: 'round', strokeJoin: 'round' },
    point: { size: 36, filled: true, opacity: 0.8 },
    text: { color: muted, fontSize: 11 },
    range: { category: [...categories] },
  };
}

/** @throws PictureError for a specification that Vega cannot draw */
async function drawVega(spec: TopLevelSpec): Promise<string> {
  const { vega, vegaLite } = await loadVega();
  const logger = silentLogger();
  try {
    const { spec: compiled } = vegaLite.compile(spec, { logger });
    const view = new vega.View(vega.parse(compiled), { renderer: 'none', logger });
    try {
      const svg = await view.toSVG();
      const [error] = logger.errors;
      if (error !== undefined) throw error;
      return svg;
    } finally {
      view.finalize();
    }
  } catch (cause) {
    throw new PictureError({
      op: 'Figure',
      got: `a specification that Vega cannot draw (${cause instanceof Error ? cause.message : cause})`,
      want: 'a valid Vega-Lite specification',
      cause,
    });
  }
}

/** Vega is 1.5 MB of code: it is loaded when the first plot is drawn. */
async function loadVega() {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]).catch((cause) => {
    throw new PictureError({
      op: 'Figure',
      got: `no vega or vega-lite, which draw plots (${cause instanceof Error ? cause.message : cause})`,
      want: 'both packages',
      fix: 'Install them: npm install vega vega-lite.',
      cause,
    });
  });
  measureText(vega);
  return { vega, vegaLite };
}

/**
 * Without a canvas Vega takes every letter for 0.8 of its size in width, and leaves gaps. This is the hook it has for
 * better measures.
 */
function measureText(vega: object): void {
  const { textMetrics } = vega as {
    textMetrics: { width: unknown; estimateWidth: unknown };
  };
  if (textMetrics.width !== textMetrics.estimateWidth) return;
  textMetrics.width = (item: { fontSize?: number; fontWeight?: unknown }, text: unknown) =>
    textWidth(String(text ?? ''), item.fontSize ?? 11, { bold: isBold(item.fontWeight) });
}

function isBold(weight: unknown): boolean {
  return weight === 'bold' || Number(weight) >= 600;
}

/** Vega reports failures in drawing to a logger, and goes on. */
function silentLogger() {
  const errors: unknown[] = [];
  return {
    errors,
    level: () => 0,
    error(...messages: readonly unknown[]) {
      errors.push(messages[0]);
      return this;
    },
    warn(...messages: readonly unknown[]) {
      if (messages[0] === 'Loading failed') errors.push(new Error(messages.map(String).join(' ')));
      return this;
    },
    info() {
      return this;
    },
    debug() {
      return this;
    },
  };
}

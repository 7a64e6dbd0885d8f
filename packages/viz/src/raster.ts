import { ArgumentError } from '@retrograd/core';
import { PictureError } from './errors.ts';

/** DejaVu Sans covers Latin, Greek, Cyrillic, arrows and mathematics; it comes as a package, so PNGs are the same everywhere. */
const fonts = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf', 'DejaVuSansMono.ttf'];

/** Most pixels on one side, which is 1 GiB of them in a square. */
const mostPixels = 16_384;

/**
 * An SVG as a PNG, drawn by resvg.
 *
 * @param scale pixels for each unit of the SVG
 * @param ground the colour under what is transparent
 * @throws PictureError where resvg or the fonts are missing, or for what is no SVG
 * @throws ArgumentError for a scale that is not positive, or makes more than 16,384 pixels on a side
 */
export async function rasterize(svg: string, scale: number, ground: string): Promise<Uint8Array> {
  checkScale(svg, scale);
  const { Resvg } = await loadResvg();
  const font = {
    // Scripts that DejaVu lacks (those of East Asia among them) come from the system, where it has them.
    loadSystemFonts: /[\u2e80-\ud7ff\uf900-\uffef]/.test(svg),
    fontFiles: fontFiles(),
    defaultFontFamily: 'DejaVu Sans',
    sansSerifFamily: 'DejaVu Sans',
    monospaceFamily: 'DejaVu Sans Mono',
  };
  try {
    const image = new Resvg(svg, {
      font,
      background: ground,
      fitTo: { mode: 'zoom', value: scale },
    }).render();
    return new Uint8Array(image.asPng());
  } catch (cause) {
    throw new PictureError({
      op: 'png',
      got: `a drawing that resvg cannot read (${cause instanceof Error ? cause.message : cause})`,
      want: 'valid SVG',
      cause,
    });
  }
}

function checkScale(svg: string, scale: number): void {
  const { width, height } = svgSize(svg);
  const pixels = Math.max(width, height) * scale;
  if (typeof scale === 'number' && scale > 0 && pixels >= 1 && pixels <= mostPixels) return;
  throw new ArgumentError({
    op: 'png',
    got: `scale ${scale} for a picture of ${width} × ${height}`,
    want: `a scale that makes 1 to ${mostPixels} pixels on each side`,
  });
}

/** How large an SVG says that it is. */
export function svgSize(svg: string): { width: number; height: number } {
  const root = /<svg\b[^>]*>/.exec(svg)?.[0] ?? '';
  const [, , boxWidth, boxHeight] = (/\sviewBox="([^"]*)"/.exec(root)?.[1] ?? '').split(/[\s,]+/).map(Number);
  const side = (name: string) => {
    // Graphviz counts in points, of which three make four pixels.
    const [, length, unit] = new RegExp(`\\s${name}="([\\d.]+)(px|pt)?"`).exec(root) ?? [];
    return length === undefined ? undefined : Number(length) * (unit === 'pt' ? 4 / 3 : 1);
  };
  return { width: side('width') ?? boxWidth ?? 100, height: side('height') ?? boxHeight ?? 100 };
}

async function loadResvg(): Promise<typeof import('@resvg/resvg-js')> {
  try {
    // Not in so many words: bundlers, which would follow it, have no use for a native module.
    const name: string = '@resvg/resvg-js';
    return await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
  } catch (cause) {
    throw new PictureError({
      op: 'png',
      got: 'no @resvg/resvg-js, which draws PNGs',
      want: 'that package, and a platform with native modules (Node, Deno, Bun)',
      fix: 'Install it (npm install @resvg/resvg-js), or use the SVG, which needs nothing.',
      cause,
    });
  }
}

function fontFiles(): string[] {
  try {
    const { createRequire } = process.getBuiltinModule('node:module');
    const require = createRequire(import.meta.url);
    return fonts.map((file) => require.resolve(`dejavu-fonts-ttf/ttf/${file}`));
  } catch (cause) {
    throw new PictureError({
      op: 'png',
      got: 'no dejavu-fonts-ttf, in which PNGs are set',
      want: 'that package',
      fix: 'Install it (npm install dejavu-fonts-ttf), or use the SVG, which needs nothing.',
      cause,
    });
  }
}

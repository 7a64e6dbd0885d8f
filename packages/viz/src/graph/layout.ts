import { PictureError } from '../errors.ts';
import { fontFamily } from '../theme.ts';

/**
 * A graph in DOT as SVG, laid out by Graphviz.
 *
 * @throws PictureError where Graphviz is missing, or gives up
 */
export async function layOut(dot: string): Promise<string> {
  const { instance } = await loadGraphviz();
  const graphviz = await instance();
  const result = graphviz.render(dot, { format: 'svg' });
  if (result.status === 'failure') {
    const messages = result.errors.map(({ message }) => message).join('; ');
    throw new PictureError({
      op: 'graph',
      got: `a graph that Graphviz cannot draw (${messages})`,
      want: 'valid DOT',
    });
  }
  return restyled(result.output);
}

async function loadGraphviz(): Promise<typeof import('@viz-js/viz')> {
  try {
    return await import('@viz-js/viz');
  } catch (cause) {
    throw new PictureError({
      op: 'graph',
      got: 'no @viz-js/viz, which lays graphs out',
      want: 'that package',
      fix: 'Install it (npm install @viz-js/viz), or save the graph as .dot, which needs nothing.',
      cause,
    });
  }
}

/** Without the prologue, the comments and the names of boxes that Graphviz writes, in our type, and centred in it. */
function restyled(svg: string): string {
  return svg
    .slice(svg.indexOf('<svg'))
    .replace(/<!--[\s\S]*?-->\n?/g, '')
    .replace(/<title>[\s\S]*?<\/title>\n?/g, '')
    .replace(/font-family="[^"]*"/g, `font-family="${fontFamily}"`)
    .replace(/<g id="[^"]*" class="node">[\s\S]*?<\/g>/g, centred);
}

/** A box with its text in the middle, however wide the reader's type makes it; Graphviz goes by that of its own. */
function centred(box: string): string {
  const outline = /<path[^>]* d="([^"]*)"/.exec(box)?.[1] ?? '';
  const xs = [...outline.matchAll(/(-?[\d.]+),-?[\d.]+/g)].map(([, x]) => Number(x));
  if (xs.length === 0) return box;
  const middle = (Math.min(...xs) + Math.max(...xs)) / 2;
  return box.replace(/text-anchor="start" x="[^"]*"/g, `text-anchor="middle" x="${middle}"`);
}

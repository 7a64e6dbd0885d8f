import { showShape } from '@retrograd/core';
import { escapeXml, textWidth } from '../text.ts';
import { categories, type Palette } from '../theme.ts';
import { showBytes, showCount } from '../units.ts';
import type { Box, Drawn } from './drawn.ts';
import type { Chain } from './groups.ts';
import { type Entry, gradientOf } from './tape.ts';

const [blue, orange, green] = categories as [string, string, string];

interface Line {
  readonly text: string;
  readonly size: number;
  readonly color?: string;
  readonly bold?: boolean;
}

/** What an entry is called, if it has a name of the user's. */
export type NameOf = (entry: Entry) => string | undefined;

export interface DotOptions {
  readonly nameOf: NameOf;
  /** The value of what the graph ends in. */
  readonly value: string | null;
  readonly palette: Palette;
  readonly direction: 'down' | 'right';
}

/** The picture in Graphviz's language (https://graphviz.org/doc/info/lang.html). */
export function toDot({ boxes, edges }: Drawn, options: DotOptions): string {
  const { palette, direction } = options;
  return [
    'digraph tape {',
    `  graph [rankdir=${direction === 'down' ? 'TB' : 'LR'}, bgcolor=transparent, nodesep=0.25, ranksep=0.35, pad=0.15, fontname=Helvetica];`,
    `  node [shape=box, style="rounded,filled", fontname=Helvetica, margin="0.11,0.06", color="${palette.rule}", fillcolor="${palette.panel}", fontcolor="${palette.ink}"];`,
    `  edge [color="${palette.rule}", arrowsize=0.6, penwidth=1.1];`,
    ...clusters(boxes, options),
    ...edges.map(([from, to]) => `  ${from.id} -> ${to.id}${isOnTheWay(from) ? ' [weight=8]' : ''};`),
    '}',
    '',
  ].join('\n');
}

/** What came from ops goes straight on; what is added from outside comes from the side. */
function isOnTheWay({ module, entries }: Box): boolean {
  return module !== null || entries[0]?.kind === 'op';
}

interface Cluster {
  readonly boxes: Box[];
  readonly inner: Map<string, { readonly chain: Chain; readonly cluster: Cluster }>;
}

/** The boxes, those of a module within a frame. */
function clusters(boxes: readonly Box[], options: DotOptions): string[] {
  const top: Cluster = { boxes: [], inner: new Map() };
  for (const box of boxes) {
    let at = top;
    for (const [depth, { key }] of box.around.entries()) {
      const next = at.inner.get(key) ?? {
        chain: box.around.slice(0, depth + 1),
        cluster: { boxes: [], inner: new Map() },
      };
      at.inner.set(key, next);
      at = next.cluster;
    }
    at.boxes.push(box);
  }
  const last = boxes.at(-1);
  let count = 0;
  const written = (cluster: Cluster, indent: string): string[] => [
    ...cluster.boxes.map((box) => `${indent}${box.id} [${attributesOf(box, box === last, options)}];`),
    ...[...cluster.inner.values()].flatMap(({ chain, cluster: inside }) => [
      `${indent}subgraph cluster_${count++} {`,
      `${indent}  graph [${frameOf(chain, options.palette)}];`,
      ...written(inside, `${indent}  `),
      `${indent}}`,
    ]),
  ];
  return written(top, '  ');
}

function frameOf(chain: Chain, palette: Palette): string {
  const { title, type } = chain.at(-1) as Chain[number];
  const text = title === type ? title : `${title} · ${type}`;
  // For Graphviz, which has no measure of the type that it is set in.
  const room = '\u00a0'.repeat(Math.ceil(text.length / 6));
  const label = html([{ text: text + room, size: 10, color: palette.muted }]);
  return `label=${label}, labeljust=l, style=rounded, color="${palette.grid}", penwidth=1.4, margin=10`;
}

function attributesOf(box: Box, isEnd: boolean, options: DotOptions): string {
  const lines = isModule(box) ? moduleLines(box, options) : entryLines(box.entries[0] as Entry, options);
  if (isEnd && options.value !== null)
    lines.push({ text: `= ${options.value}`, size: 11, color: options.palette.ink });
  // Graphviz has no measure of the type that it is set in: this is the room it needs.
  const room = Math.max(...lines.map(({ text, size, bold = false }) => textWidth(text, size, { bold })));
  const width = (room + 18) / 72;
  return [`label=${html(lines)}`, `width=${width.toFixed(2)}`, ...styleOf(box, isEnd, options.palette)].join(
    ', ',
  );
}

function isModule(box: Box): boolean {
  return box.module !== null;
}

function styleOf(box: Box, isEnd: boolean, palette: Palette): string[] {
  const kind = box.module === null ? box.entries[0]?.kind : 'module';
  if (kind === 'module') return [`color="${green}"`, 'penwidth=1.8'];
  if (kind === 'leaf') return [`color="${blue}"`, 'penwidth=1.6'];
  if (kind !== 'op') return ['style="rounded,dashed"', `fillcolor=transparent`];
  return isEnd ? [`color="${palette.ink}"`, 'penwidth=1.6'] : [];
}

function entryLines(entry: Entry, { nameOf, palette }: DotOptions): Line[] {
  const { kind, name } = entry;
  const given = nameOf(entry);
  const titles = {
    op: given === undefined ? name : `${given} = ${name}`,
    leaf: given ?? 'leaf',
    constant: 'constant',
    rest: name,
  };
  const isQuiet = kind === 'constant' || kind === 'rest';
  return [
    isQuiet
      ? { text: titles[kind], size: 10, color: palette.muted }
      : { text: titles[kind], size: 12, bold: true },
    ...looksOf(entry, palette),
    ...savedLine(entry.saved, palette),
    ...gradientLine('grad', gradientOf(entry)),
  ];
}

function moduleLines({ module, entries }: Box, { palette }: DotOptions): Line[] {
  const ops = entries.filter(({ kind }) => kind === 'op');
  const out = ops.at(-1);
  const parameters = entries.flatMap(({ variable }) => (variable === null ? [] : [variable]));
  const norms = entries.flatMap((entry) => (entry.kind === 'leaf' ? [gradientOf(entry)] : []));
  const known = norms.filter((norm) => norm !== null);
  const count = parameters.reduce((sum, { numel }) => sum + numel, 0);
  const { title = '', type = '' } = module ?? {};
  return [
    { text: title, size: 12, bold: true },
    ...(title === type ? [] : [{ text: type, size: 10, color: palette.muted }]),
    ...(out ? looksOf(out, palette) : []),
    ...(count > 0 ? [{ text: `${showCount(count)} parameters`, size: 10, color: palette.muted }] : []),
    ...savedLine(
      ops.flatMap(({ saved }) => saved),
      palette,
      `${ops.length} ${ops.length === 1 ? 'op' : 'ops'}`,
    ),
    ...gradientLine('grad', out ? gradientOf(out) : null),
    ...gradientLine('grad of parameters', known.length > 0 ? Math.hypot(...known) : null),
  ];
}

function looksOf({ outputs }: Entry, palette: Palette): Line[] {
  return outputs.map(({ shape, dtype }) => ({
    text: `${showShape(shape)}${dtype === 'float32' ? '' : ` ${dtype}`}`,
    size: 10,
    color: palette.muted,
  }));
}

function savedLine(saved: Entry['saved'], palette: Palette, whole?: string): Line[] {
  if (saved.length === 0) return [];
  const bytes = saved.reduce((sum, each) => sum + (each.bytes ?? 0), 0);
  const size = saved.some((each) => each.bytes === null) ? 'packed' : showBytes(bytes);
  const what = whole ?? saved.map((each) => each.what).join(', ');
  return [
    {
      text: whole === undefined ? `saves ${what}: ${size}` : `${what}, saved: ${size}`,
      size: 9,
      color: palette.muted,
    },
  ];
}

function gradientLine(label: string, norm: number | null): Line[] {
  if (norm === null) return [];
  return [{ text: `‖${label}‖ ${norm === 0 ? '0' : norm.toPrecision(3)}`, size: 9, color: orange }];
}

/** A label in Graphviz's HTML. */
function html(lines: readonly Line[]): string {
  const rows = lines.map(({ text, size, color, bold }) => {
    const written = escapeXml(text.replace(/[\t\r\n]/g, ' '));
    const inner = bold ? `<b>${written}</b>` : written;
    return `<font point-size="${size}"${color ? ` color="${color}"` : ''}>${inner}</font>`;
  });
  return `<${rows.join('<br/>')}>`;
}

import { escapeXml } from '../text.ts';

/** A column: what stands above it, and on which side its cells are flush. */
export interface Column {
  readonly heading: string;
  readonly align: 'left' | 'right';
}

/** Cells in rows, with lines of text above and below. */
export interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  readonly footer: readonly string[];
}

/** A table in characters of one width. */
export function tableText({ title, columns, rows, footer }: Table): string {
  const lines = [columns.map(({ heading }) => heading), ...rows];
  const widths = columns.map((_, c) => Math.max(...lines.map((line) => [...(line[c] ?? '')].length)));
  const [heading = '', ...body] = lines.map((line) =>
    columns
      .map(({ align }, c) => (align === 'left' ? padEnd : padStart)(line[c] ?? '', widths[c] as number))
      .join('  ')
      .trimEnd(),
  );
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return [...(title === '' ? [] : [title]), heading, rule, ...body, rule, ...footer].join('\n');
}

function padEnd(text: string, width: number): string {
  return text + ' '.repeat(width - [...text].length);
}

function padStart(text: string, width: number): string {
  return ' '.repeat(width - [...text].length) + text;
}

/** The same as HTML. Styles stand in the elements, where notebooks leave them; colours are the notebook's own. */
export function tableHtml({ title, columns, rows, footer }: Table): string {
  const heading = columns.map(({ heading, align }) => cell('th', heading, align)).join('');
  const body = rows.map(
    (row) => `<tr>${columns.map(({ align }, c) => cell('td', row[c] ?? '', align)).join('')}</tr>`,
  );
  return [
    ...(title === '' ? [] : [line(title)]),
    `<table><thead><tr>${heading}</tr></thead><tbody>${body.join('')}</tbody></table>`,
    ...footer.map(line),
  ].join('');
}

/** A line of text beside a table. */
export function line(text: string): string {
  return `<div style="opacity:.8;margin:2px 0">${escapeXml(text)}</div>`;
}

/** `pre-wrap` keeps the indentation of trees. */
export function cell(tag: 'td' | 'th', text: string, align: Column['align']): string {
  return `<${tag} style="text-align:${align};white-space:pre-wrap">${escapeXml(text)}</${tag}>`;
}

/** `12,289,000` */
export function grouped(n: number): string {
  return n.toLocaleString('en-US');
}

/** `1 group`, `2 groups` */
export function counted(n: number, noun: string): string {
  return `${grouped(n)} ${noun}${n === 1 ? '' : 's'}`;
}

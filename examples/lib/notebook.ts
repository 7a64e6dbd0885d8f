import { createHash } from 'node:crypto';

/** What a notebook's cell holds (nbformat 4.5). */
export interface Cell {
  readonly cell_type: 'markdown' | 'code';
  /** From its contents, so that it stays the same when other cells come and go. */
  readonly id: string;
  readonly metadata: Readonly<Record<string, never>>;
  readonly source: readonly string[];
  readonly execution_count?: number | null;
  readonly outputs?: readonly unknown[];
}

/** A notebook for Deno's Jupyter kernel. */
export interface Notebook {
  readonly cells: readonly Cell[];
  readonly metadata: unknown;
  readonly nbformat: 4;
  readonly nbformat_minor: 5;
}

const metadata = {
  kernelspec: { display_name: 'Deno', language: 'typescript', name: 'deno' },
  language_info: { file_extension: '.ts', mimetype: 'text/x.typescript', name: 'typescript' },
};

/**
 * The notebook of a script in percent form: `// %% [markdown]` begins a cell of text, whose lines are comments, and
 * `// %%` one of code. It has no outputs yet.
 *
 * @throws SyntaxError when something stands before the first cell, or a line of a text is no comment
 */
export function notebookOf(script: string): Notebook {
  const [before, ...parts] = script.split(/^\/\/ %%/m);
  if (before?.trim()) throw new SyntaxError('a lesson begins with `// %% [markdown]`');
  const seen = new Map<string, number>();
  const cells = parts.map((part) => {
    const [kind = '', ...lines] = part.split('\n');
    const text = kind.trim() === '[markdown]';
    const source = trimmed(text ? lines.map(uncommented) : lines);
    const type = text ? 'markdown' : 'code';
    return cellOf(type, source, seen);
  });
  return { cells, metadata, nbformat: 4, nbformat_minor: 5 };
}

function cellOf(type: Cell['cell_type'], source: string, seen: Map<string, number>): Cell {
  const hash = createHash('sha256').update(`${type}\n${source}`).digest('hex').slice(0, 8);
  const copies = seen.get(hash) ?? 0;
  seen.set(hash, copies + 1);
  const cell = {
    cell_type: type,
    id: copies === 0 ? hash : `${hash}-${copies}`,
    metadata: {},
    source: source.split(/(?<=\n)/),
  };
  return type === 'code' ? { ...cell, execution_count: null, outputs: [] } : cell;
}

function uncommented(line: string): string {
  if (line.trim() !== '' && !/^\/\/( |$)/.test(line)) {
    throw new SyntaxError(`a line of text is no comment: ${line}`);
  }
  return line.replace(/^\/\/ ?/, '');
}

function trimmed(lines: readonly string[]): string {
  return lines.join('\n').replace(/^\n+/, '').trimEnd();
}

/** The same notebook with the outputs that its cells have in another one. */
export function withOutputs(notebook: Notebook, from: Notebook): Notebook {
  const known = new Map(from.cells.map((cell) => [cell.id, cell]));
  const cells = notebook.cells.map((cell) => {
    if (cell.cell_type === 'markdown') return cell;
    const { execution_count = null, outputs = [] } = known.get(cell.id) ?? {};
    return { ...cell, execution_count, outputs };
  });
  return { ...notebook, cells };
}

/** The same notebook with none. */
export function withoutOutputs(notebook: Notebook): Notebook {
  return withOutputs(notebook, { ...notebook, cells: [] });
}

/** Its file. */
export function textOf(notebook: Notebook): string {
  return `${JSON.stringify(notebook, null, 1)}\n`;
}

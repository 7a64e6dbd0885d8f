import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { type Cell, type Notebook, textOf } from '../examples/lib/notebook.ts';
import { root } from './lessons.ts';

/** The programs that execute a notebook. */
export interface Jupyter {
  readonly python: string;
  readonly deno: string;
}

/** The programs, or what to do about those that are missing. Nothing is installed. */
export function findJupyter(): Jupyter | string {
  const python = ['python3', '/usr/bin/python3'].find((python) =>
    answers(python, ['-c', 'import nbclient, nbformat']),
  );
  const deno = [process.env.RETROGRAD_DENO, 'deno'].find((deno) => deno && answers(deno, ['--version']));
  if (python !== undefined && deno !== undefined) return { python, deno: resolved(deno) };
  return [
    python === undefined && "no Jupyter: have Python's nbclient (Debian: jupyter-nbconvert, jupyter-client)",
    deno === undefined && 'no Deno: have it on the PATH or in RETROGRAD_DENO',
  ]
    .filter(Boolean)
    .join('; ');
}

function answers(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args).status === 0;
}

function resolved(command: string): string {
  return command.includes('/') ? resolve(command) : command;
}

/**
 * The notebook with what its cells put out, run from the folder of the lessons as a reader would run it.
 *
 * @throws Error with the kernel's message when a cell ends in an error
 */
export function executed(notebook: Notebook, { python, deno }: Jupyter, env: NodeJS.ProcessEnv): Notebook {
  const scratch = mkdtempSync(join(tmpdir(), 'retrograd-notebook-'));
  try {
    // A kernel of our own in a folder that goes away again, so that nothing has to be installed into the user's.
    const kernel = join(scratch, 'kernels', 'deno');
    mkdirSync(kernel, { recursive: true });
    const argv = [deno, 'jupyter', '--kernel', '--conn', '{connection_file}'];
    writeFileSync(
      join(kernel, 'kernel.json'),
      JSON.stringify({ argv, display_name: 'Deno', language: 'typescript' }),
    );
    const [source, target] = [join(scratch, 'in.ipynb'), join(scratch, 'out.ipynb')];
    writeFileSync(source, textOf(notebook));
    const { status, stderr } = spawnSync(
      python,
      [`${root}scripts/execute_notebook.py`, source, target, `${root}examples/lessons`],
      {
        encoding: 'utf8',
        env: {
          ...env,
          JUPYTER_PATH: [scratch, env.JUPYTER_PATH].filter(Boolean).join(delimiter),
          NO_COLOR: '1',
        },
      },
    );
    if (status !== 0) throw new Error(`the notebook ended in an error:\n${stderr.slice(-3000)}`);
    return cleaned(JSON.parse(readFileSync(target, 'utf8')));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

type Lines = string | readonly string[];

interface Printed {
  readonly output_type: 'stream';
  readonly name: string;
  readonly text: Lines;
}

interface Shown {
  readonly output_type: 'display_data' | 'execute_result';
  readonly data: Readonly<Record<string, Lines>>;
  readonly metadata: unknown;
}

/** One output of a cell. */
export type Output = Printed | Shown;

/** Without what differs from run to run and what is there twice. */
function cleaned(notebook: Notebook): Notebook {
  const cells = notebook.cells.map(
    (cell): Cell =>
      cell.cell_type === 'code'
        ? { ...cell, outputs: cleanedOutputs(cell.outputs as readonly Output[]) }
        : cell,
  );
  return { ...notebook, cells };
}

function cleanedOutputs(outputs: readonly Output[]): Output[] {
  const kept: Output[] = [];
  for (const output of outputs) {
    const last = kept.at(-1);
    if (output.output_type !== 'stream') kept.push(cleanedPicture(output));
    // What goes to stderr is progress.
    else if (output.name !== 'stdout') continue;
    else if (last?.output_type === 'stream') kept[kept.length - 1] = joined(last.text, output.text);
    else kept.push(joined(output.text));
  }
  return kept;
}

function joined(...texts: readonly Lines[]): Printed {
  const text = texts
    .flat()
    .join('')
    .split(/(?<=\n)/);
  return { output_type: 'stream', name: 'stdout', text };
}

/**
 * Of a picture's forms PNG alone: it looks the same on every page, light or dark, and is mostly the smallest. Pictures
 * have two pixels for each unit of their SVG, at whose size it is shown.
 */
function cleanedPicture(output: Shown): Shown {
  const { 'image/png': png, 'text/plain': text = '' } = output.data;
  if (png === undefined) return output;
  const header = Buffer.from([png].flat().join(''), 'base64');
  const size = { width: header.readUInt32BE(16) / 2, height: header.readUInt32BE(20) / 2 };
  return { ...output, data: { 'image/png': png, 'text/plain': text }, metadata: { 'image/png': size } };
}

/** Makes the lessons' notebooks, their thumbnails and their list in examples/README.md: `npx pnpm@10 notebooks --help`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { textOf, withOutputs } from '../examples/lib/notebook.ts';
import { executed, findJupyter } from './jupyter.ts';
import { committedNotebook, lessons, root, sourceNotebook, withList } from './lessons.ts';

const help = `Makes the notebooks of all lessons, or of some, by executing them.

Usage: npx pnpm@10 notebooks [NUMBER …] [--sources]

  --sources   execute nothing: cells that are as before keep their outputs`;

const page = `${root}examples/README.md`;

function main(): void {
  const { values, positionals } = parseArgs({
    options: { sources: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  if (values.help) console.log(help);
  else makeNotebooks(positionals.map(Number), values);
}

function makeNotebooks(numbers: readonly number[], { sources }: { sources: boolean }): void {
  const chosen = lessons(numbers);
  const jupyter = sources ? undefined : findJupyter();
  if (typeof jupyter === 'string') throw new Error(`${jupyter}. Or give --sources, which executes nothing.`);
  for (const lesson of chosen) {
    const source = sourceNotebook(lesson);
    const env = { ...process.env, RETROGRAD_THUMBNAIL: root + lesson.thumbnail };
    const outputs = jupyter ? executed(source, jupyter, env) : (committedNotebook(lesson) ?? source);
    const notebook = withOutputs(source, outputs);
    writeFileSync(root + lesson.notebook, textOf(notebook));
    console.log(`Wrote ${lesson.notebook}`);
  }
  writeFileSync(page, withList(readFileSync(page, 'utf8')));
}

try {
  main();
} catch (error) {
  console.error(`Error: ${(error as Error).message}`);
  process.exitCode = 1;
}

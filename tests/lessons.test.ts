import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, delimiter } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cell, type Notebook, textOf, withoutOutputs } from '../examples/lib/notebook.ts';
import { executed, findJupyter, type Output } from '../scripts/jupyter.ts';
import {
  committedNotebook,
  type Lesson,
  lessons,
  root,
  sourceNotebook,
  withList,
} from '../scripts/lessons.ts';
import { complaints, type Expectation } from './lessons/expectation.ts';
import { coloursOf } from './lessons/png.ts';
import { type Run, run, scratch, withoutMnist, withoutTimes } from './lessons/run.ts';
import { beside, mnistIfPresent } from './mnist-files.ts';

const deno = process.env.RETROGRAD_DENO;
const jupyter = findJupyter();
const mnist = (await mnistIfPresent()) !== undefined;
const withMnist = {
  ...process.env,
  RETROGRAD_DATA: [process.env.RETROGRAD_DATA, beside].filter(Boolean).join(delimiter),
};
const minutes = 60_000;

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

for (const lesson of lessons()) {
  const table = `./lessons/${String(lesson.number).padStart(2, '0')}.ts`;
  const missing = !existsSync(new URL(table, import.meta.url));
  const { expectation } = missing ? {} : await import(table);
  describe(`lesson ${lesson.name}`, () => {
    if (missing) it(`has its numbers in tests/${table.slice(2)}`, () => expect.fail('there is no such file'));
    else testLesson(lesson, expectation);
  });
}

function testLesson(lesson: Lesson, expectation: Expectation): void {
  let script: Run;
  beforeAll(() => {
    script = run(lesson);
  }, 2 * minutes);

  it('ends well and prints the right numbers', () => {
    expect(script.stderr).toBe('');
    expect(script.status).toBe(0);
    expect(complaints(script.printed, expectation.printed)).toEqual([]);
  });

  it('draws its pictures', () => {
    expect(script.pictures.map((path) => basename(path))).toEqual(
      expectation.pictures.map((name) => `${name}.png`),
    );
    for (const path of script.pictures) expect(coloursOf(readFileSync(path)), path).toBeGreaterThan(2);
  });

  const { onMnist } = expectation;
  if (onMnist)
    it.skipIf(!mnist)(
      `prints the right numbers on the real MNIST${mnist ? '' : ' (skipped: it is not here)'}`,
      () => {
        const { status, printed } = run(lesson, { env: withMnist });
        expect(status).toBe(0);
        expect(complaints(printed, onMnist)).toEqual([]);
      },
      2 * minutes,
    );

  // Notebooks run under Deno, too: where they do, a few lessons are enough.
  const underDeno = deno !== undefined && (typeof jupyter === 'string' || lesson.number <= 3);
  const why = deno ? 'its notebook does' : 'set RETROGRAD_DENO to one';
  it.skipIf(!underDeno)(
    `does the same under Deno${underDeno ? '' : ` (skipped: ${why})`}`,
    () => {
      const other = run(lesson, { deno });
      expect(other.status).toBe(0);
      expect(withoutTimes(other.printed)).toBe(withoutTimes(script.printed));
      expect(other.pictures).toHaveLength(script.pictures.length);
    },
    2 * minutes,
  );

  it('is what its notebook and its thumbnail are made of', () => {
    const notebook = committedNotebook(lesson) as Notebook;
    expect(withoutOutputs(notebook)).toEqual(sourceNotebook(lesson));
    expect(texts(notebook)).not.toBe('');
    expect(pictures(notebook)).toBe(expectation.pictures.length);
    expect(textOf(notebook)).not.toContain(root);
    expect(statSync(root + lesson.notebook).size).toBeLessThan(300_000);
    expect(coloursOf(readFileSync(root + lesson.thumbnail))).toBeGreaterThan(2);
    expect(statSync(root + lesson.thumbnail).size).toBeLessThan(15_000);
  });

  const here = typeof jupyter !== 'string';
  it.skipIf(!here)(
    `loses no output as a notebook${here ? '' : ` (skipped: ${jupyter})`}`,
    () => {
      if (typeof jupyter === 'string') return;
      const notebook = executed(sourceNotebook(lesson), jupyter, withoutMnist);
      expect(withoutTimes(texts(notebook)).trimEnd()).toBe(withoutTimes(script.printed).trimEnd());
      expect(pictures(notebook)).toBe(script.pictures.length);
      expect(outputsOf(notebook).filter(isBare)).toEqual([]);
    },
    3 * minutes,
  );
}

function outputsOf(notebook: Notebook): readonly Output[] {
  return notebook.cells.flatMap((cell: Cell) => (cell.outputs ?? []) as readonly Output[]);
}

/** What a notebook printed. */
function texts(notebook: Notebook): string {
  return outputsOf(notebook)
    .flatMap((output) => (output.output_type === 'stream' ? output.text : []))
    .join('');
}

/** True for the value of a cell's last expression, which a reader of the script would not see. */
function isBare(output: Output): boolean {
  return output.output_type !== 'stream' && !('image/png' in output.data);
}

/** How many pictures a notebook shows. */
function pictures(notebook: Notebook): number {
  return outputsOf(notebook).filter((output) => output.output_type !== 'stream' && 'image/png' in output.data)
    .length;
}

it('examples/README.md lists all lessons', () => {
  const page = readFileSync(`${root}examples/README.md`, 'utf8');
  expect(withList(page)).toBe(page);
});

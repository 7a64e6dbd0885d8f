import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Notebook, notebookOf } from '../examples/lib/notebook.ts';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** A lesson and its files, by their paths from the root. */
export interface Lesson {
  readonly number: number;
  /** `01-images-as-tensors` */
  readonly name: string;
  readonly script: string;
  readonly notebook: string;
  readonly thumbnail: string;
}

/** All lessons in their order, or those of some numbers. */
export function lessons(numbers: readonly number[] = []): Lesson[] {
  const all = readdirSync(`${root}examples/lessons`)
    .filter((file) => /^\d\d-.*\.ts$/.test(file))
    .sort()
    .map((file) => lessonNamed(file.slice(0, -'.ts'.length)));
  const missing = numbers.filter((number) => !all.some((lesson) => lesson.number === number));
  if (missing.length > 0) throw new RangeError(`there is no lesson ${missing.join(', ')}`);
  return numbers.length === 0 ? all : all.filter(({ number }) => numbers.includes(number));
}

function lessonNamed(name: string): Lesson {
  return {
    number: Number(name.slice(0, 2)),
    name,
    script: `examples/lessons/${name}.ts`,
    notebook: `examples/lessons/${name}.ipynb`,
    thumbnail: `examples/thumbnails/${name}.png`,
  };
}

/** What stands in a lesson's first cell: its title, `# 1. Images as tensors`, and a paragraph that says what it is about. */
function headOf(lesson: Lesson): { title: string; about: string } {
  const [first] = sourceNotebook(lesson).cells;
  const [title = '', about = ''] = first?.source.join('').split(/\n\n+/) ?? [];
  if (!/^# \d+\. \S/.test(title) || about === '') {
    throw new SyntaxError(
      `${lesson.script}: wanted a title such as "# 1. Images as tensors", and a paragraph below it`,
    );
  }
  return { title: title.slice(2), about: about.replaceAll('\n', ' ') };
}

/** The notebook of a lesson's script, with no outputs. */
export function sourceNotebook({ script }: Lesson): Notebook {
  return notebookOf(readFileSync(root + script, 'utf8'));
}

/** The notebook that lies there, with its outputs. */
export function committedNotebook({ notebook }: Lesson): Notebook | undefined {
  return existsSync(root + notebook) ? JSON.parse(readFileSync(root + notebook, 'utf8')) : undefined;
}

/** examples/README.md with the list of the lessons that there are. */
export function withList(text: string): string {
  const rows = lessons().map((lesson) => {
    const { title, about } = headOf(lesson);
    const [script, notebook] = [`lessons/${lesson.name}.ts`, `lessons/${lesson.name}.ipynb`];
    const picture = `<img src="thumbnails/${lesson.name}.png" width="320" alt="">`;
    return `| ${picture} | **${title}**<br>${about}<br>[Script](${script}) · [Notebook](${notebook}) |`;
  });
  const list = ['', '| | |', '|---|---|', ...rows, ''].join('\n');
  return text.replace(
    /(<!-- lessons -->\n)[\s\S]*(\n<!-- end of lessons -->)/,
    (_, open, close) => open + list + close,
  );
}

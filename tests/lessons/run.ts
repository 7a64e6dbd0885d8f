import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lesson, root } from '../../scripts/lessons.ts';

/** What became of a lesson. */
export interface Run {
  readonly status: number | null;
  readonly stderr: string;
  /** What it printed, without the lines that say where pictures are. */
  readonly printed: string;
  /** Where its pictures are, in their order. */
  readonly pictures: readonly string[];
}

/** Where lessons put their pictures; to be removed when all is done. */
export const scratch = mkdtempSync(join(tmpdir(), 'retrograd-lessons-'));

/** An environment in which MNIST is nowhere. */
export const withoutMnist = {
  ...process.env,
  HOME: join(scratch, 'home'),
  XDG_CACHE_HOME: join(scratch, 'cache'),
  RETROGRAD_DATA: '',
};

const noNetwork = "globalThis.fetch = () => { throw new Error('a lesson wanted the network') };";

/** Runs a lesson as a script, under tsx or by another command. */
export function run(
  { script }: Lesson,
  { env = withoutMnist, deno }: { env?: NodeJS.ProcessEnv; deno?: string } = {},
): Run {
  const folder = mkdtempSync(join(scratch, 'run-'));
  const [command, args] = deno
    ? [deno, ['run', '--allow-all', '--deny-net', '--no-prompt', '--quiet']]
    : [
        process.execPath,
        ['--import', 'tsx', '--import', `data:text/javascript,${encodeURIComponent(noNetwork)}`],
      ];
  const { status, stdout, stderr } = spawnSync(command, [...args, script], {
    cwd: root,
    encoding: 'utf8',
    env: { ...env, RETROGRAD_PICTURES: folder, NO_COLOR: '1' },
  });
  const lines = stdout.split('\n');
  const path = new RegExp(`${folder}\\S+`);
  return {
    status,
    stderr,
    printed: lines.filter((line) => !path.test(line)).join('\n'),
    pictures: lines.flatMap((line) => path.exec(line) ?? []),
  };
}

/** A text in which times, which are never the same, are all the same. */
export function withoutTimes(text: string): string {
  return text.replaceAll(/ *\d[\d,]*(\.\d+)? ?(µs|ms|s|min)\b/g, ' …');
}

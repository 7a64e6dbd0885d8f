import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('./testing/runtimes.script.ts', import.meta.url));

function run(command: string, args: readonly string[]) {
  // A process that its workers keep alive is ended from outside, and then has no status.
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 });
  return { status, stdout, stderr };
}

/** The first of some commands that answers to `--version`, if need be with a version that is new enough. */
function found(commands: readonly (string | undefined)[], least = 0): string | undefined {
  return commands.find((command) => {
    const version = command && run(command, ['--version']);
    return version && version.status === 0 && Number(/\d+/.exec(version.stdout)?.[0]) >= least;
  });
}

const { RETROGRAD_NODE, RETROGRAD_DENO, RETROGRAD_BUN } = process.env;

const runtimes = [
  { name: 'tsx', command: process.execPath, args: ['--import', 'tsx'], hint: '' },
  {
    name: 'Node ≥ 22',
    command: found([process.execPath, RETROGRAD_NODE], 22),
    args: ['--disable-warning=ExperimentalWarning'],
    hint: 'RETROGRAD_NODE',
  },
  {
    name: 'Deno',
    command: found([RETROGRAD_DENO, 'deno']),
    args: ['run', '--allow-all', '--no-prompt'],
    hint: 'RETROGRAD_DENO',
  },
  { name: 'Bun', command: found([RETROGRAD_BUN, 'bun']), args: ['run'], hint: 'RETROGRAD_BUN' },
];

const failed = (got: string, want: string) => `WorkerError: DataLoader: got ${got}; wanted ${want}.`;

/** What it prints after the six batches of random numbers. */
const rest = [
  ...['[0,2]', '[1,3]', '[4,6]', '[5]'],
  failed('RangeError for item 1, in worker 0 (no such pixel)', 'items that can be made'),
  failed(
    'ArgumentError for item 2, in worker 0 (decode: got noise; wanted a picture.)',
    'items that can be made',
  ),
  failed('worker 0, which ended with exit code 3', 'one that lives on'),
];

describe('workers load a dataset, and let the process end', () => {
  let agreed: readonly string[] | undefined;

  for (const { name, command, args, hint } of runtimes) {
    it.skipIf(!command)(
      `under ${name}${command ? '' : ` (skipped: none here; set ${hint} to one)`}`,
      () => {
        const { status, stdout, stderr } = run(command as string, [...args, script]);
        expect(status, stderr).toBe(0);
        const lines = stdout.trimEnd().split('\n');
        expect(lines.slice(6)).toEqual(rest);
        const random = lines.slice(0, 6);
        agreed ??= random;
        expect(random).toEqual(agreed);
      },
      90_000,
    );
  }
});

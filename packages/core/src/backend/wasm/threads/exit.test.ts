import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('exit.script.ts', import.meta.url));

function run(command: string, args: readonly string[]) {
  // A process that its workers keep alive is ended from outside, and then has no status.
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 30_000 });
  return { status, stdout, stderr };
}

const { RETROGRAD_DENO = 'deno', RETROGRAD_BUN = 'bun' } = process.env;

const runtimes = [
  { name: 'Node', command: process.execPath, args: ['--import', 'tsx'] },
  { name: 'Deno', command: RETROGRAD_DENO, args: ['run', '--no-prompt', '--allow-all'] },
  { name: 'Bun', command: RETROGRAD_BUN, args: ['run'] },
];

for (const { name, command, args } of runtimes) {
  const here = run(command, ['--version']).status === 0;
  const word = here ? '' : ` (skipped: none here; set RETROGRAD_${name.toUpperCase()} to one)`;

  describe.skipIf(!here)(`${name} ends by itself${word}`, () => {
    for (const [when, threads] of Object.entries({ starting: '', awake: '2\n', asleep: '2\n' })) {
      it(`while workers are ${when}`, () => {
        expect(run(command, [...args, script, when])).toEqual({ status: 0, stdout: threads, stderr: '' });
      });
    }
  });
}

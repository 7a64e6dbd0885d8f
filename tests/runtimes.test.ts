import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const script = 'tests/runtimes/smoke.ts';

function run(command: string, args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** A Node that strips types by itself: this one, or the one that RETROGRAD_NODE names. */
function newerNode(): string | undefined {
  const candidates = [process.execPath, process.env.RETROGRAD_NODE];
  return candidates.find(
    (node) => node && Number(/^v(\d+)/.exec(run(node, ['--version']).stdout ?? '')?.[1]) >= 22,
  );
}

const deno = [process.env.RETROGRAD_DENO, 'deno'].find(
  (name) => name && run(name, ['--version']).status === 0,
);
const node = newerNode();

const expected = run(process.execPath, ['--import', 'tsx', script]);

describe('the sources run unbuilt', () => {
  it('under tsx', () => {
    expect(expected.stderr).toBe('');
    expect(expected.stdout).toMatch(/^tensor\(\[0.4963, 0.7682, 0.0885, 0.1320\]\)\n/);
    expect(expected.stdout.trim().split('\n')).toHaveLength(6);
  });

  it.skipIf(node === undefined)(
    `under Node ≥ 22${node ? '' : ' (skipped: set RETROGRAD_NODE to one)'}`,
    () => {
      const { status, stdout, stderr } = run(node as string, [
        '--disable-warning=ExperimentalWarning',
        script,
      ]);
      expect(stderr).toBe('');
      expect(status).toBe(0);
      expect(stdout).toBe(expected.stdout);
    },
  );

  it.skipIf(deno === undefined)(
    `under Deno${deno ? '' : ' (skipped: no deno; set RETROGRAD_DENO to one)'}`,
    () => {
      const { status, stdout, stderr } = run(deno as string, ['run', '--allow-all', '--no-prompt', script]);
      expect(stderr).toBe('');
      expect(status).toBe(0);
      expect(stdout).toBe(expected.stdout);
    },
  );
});

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { files } from './runtimes/files.ts';
import { smoke } from './runtimes/smoke.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const script = 'tests/runtimes/main.ts';

function run(command: string, args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
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

/** Runtimes that take TypeScript as it is: the command, what it needs to be told, and how to bring one here. */
const runtimes = [
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

const everywhere = await smoke();
const expected = [...everywhere, ...(await files())];

describe('the sources run unbuilt', () => {
  it('under tsx', () => {
    expect(expected[0]).toBe('tensor([0.4963, 0.7682, 0.0885, 0.1320])');
    expect(run(process.execPath, ['--import', 'tsx', script])).toEqual({
      status: 0,
      stdout: `${expected.join('\n')}\n`,
      stderr: '',
    });
  });

  for (const { name, command, args, hint } of runtimes) {
    it.skipIf(!command)(`under ${name}${command ? '' : ` (skipped: none here; set ${hint} to one)`}`, () => {
      const { status, stdout } = run(command as string, [...args, script]);
      expect(stdout).toBe(`${expected.join('\n')}\n`);
      expect(status).toBe(0);
    });
  }
});

it('a bundle for browsers needs nothing but what every browser has', async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: "import { smoke } from './tests/runtimes/smoke.ts'; globalThis.result = smoke();",
      resolveDir: root,
    },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    external: ['node:*'],
  });
  const page = createContext({ crypto, setTimeout, MessageChannel, performance });
  runInContext(outputFiles[0]?.text ?? '', page);
  expect([...(await page.result)]).toEqual(everywhere);
});

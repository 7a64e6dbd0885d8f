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

  const [, deno] = runtimes;

  it.skipIf(!deno?.command)('under Deno without any permission', () => {
    const { status, stdout, stderr } = run(deno?.command as string, [
      'run',
      '--no-prompt',
      'tests/runtimes/alone.ts',
    ]);
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: `${everywhere.join('\n')}\n`,
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

/** Bundles a script of these lines, as minified as can be. */
async function bundled(platform: 'browser' | 'node', lines: readonly string[]): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: lines.join('\n'), resolveDir: root },
    bundle: true,
    write: false,
    minify: true,
    format: platform === 'browser' ? 'iife' : 'esm',
    platform,
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

const packages = ['core', 'nn', 'optim', 'datasets', 'viz'];

describe('a bundle', () => {
  it('for browsers needs nothing but what every browser has', async () => {
    const smokeTest = "import { smoke } from './tests/runtimes/smoke.ts'; globalThis.result = smoke();";
    const page = createContext({ crypto, setTimeout, MessageChannel, performance });
    runInContext(await bundled('browser', [smokeTest]), page);
    expect([...(await page.result)]).toEqual(everywhere);
  });

  it.each(['browser', 'node'] as const)('for a %s can be made of every package', async (platform) => {
    const text = await bundled(
      platform,
      packages.map((name) => `import * as ${name} from '@retrograd/${name}'; globalThis.${name} = ${name};`),
    );
    expect(text).toContain('RetrogradError');
  });

  it('knows errors by their names', async () => {
    const lines = ['core', 'nn', 'datasets', 'viz'].map(
      (name) => `import * as ${name} from '@retrograd/${name}';`,
    );
    const report =
      'globalThis.names = [core, nn, datasets, viz].flatMap(Object.entries)' +
      '.filter(([, it]) => it?.prototype instanceof Error)' +
      ".map(([name, Kind]) => [name, new Kind({ op: '' }, { missingKeys: [], unexpectedKeys: [] }, []).name]);";
    const page = createContext({ crypto, performance, TextEncoder, TextDecoder, URL });
    runInContext(await bundled('browser', [...lines, report]), page);
    const names = [...page.names].map(([exported, own]) => [exported, own]);
    expect(names.length).toBeGreaterThan(12);
    expect(names).toEqual(names.map(([exported]) => [exported, exported]));
  });
});

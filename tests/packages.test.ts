import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smoke } from './runtimes/smoke.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const packages = ['core', 'nn', 'optim', 'datasets', 'viz'];
const script = readFileSync(join(root, 'tests/runtimes/smoke.ts'), 'utf8');

/** A project of somebody's, in which the packages are installed as they are published. */
const project = mkdtempSync(join(tmpdir(), 'retrograd-'));

function run(command: string, args: readonly string[], cwd: string): string {
  const env = { ...process.env, npm_config_ignore_scripts: 'true', npm_config_yes: 'true' };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

beforeAll(() => {
  run(process.execPath, ['--import', 'tsx', 'scripts/build.ts'], root);
  for (const name of packages) {
    const packed = join(project, 'packed', name);
    const installed = join(project, 'node_modules/@retrograd', name);
    for (const folder of [packed, installed]) mkdirSync(folder, { recursive: true });
    run('npx', ['pnpm@10', 'pack', '--pack-destination', packed], join(root, 'packages', name));
    const [file = ''] = readdirSync(packed);
    run('tar', ['-xzf', join(packed, file), '-C', installed, '--strip-components=1'], project);
  }
}, 300_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe('the packages as they are published', () => {
  it('run in Node, and in each runtime that wants JavaScript', async () => {
    const { code } = await transform(script, { loader: 'ts' });
    writeFileSync(join(project, 'main.mjs'), `${code}\nfor (const line of await smoke()) console.log(line);`);
    expect(run(process.execPath, ['main.mjs'], project)).toBe(`${(await smoke()).join('\n')}\n`);
  });

  const strictest = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noPropertyAccessFromIndexSignature: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
  };
  const base = { noEmit: true, skipLibCheck: true, target: 'es2022', types: [] };
  const settings = {
    'the strictest of options': { ...base, ...strictest, module: 'nodenext' },
    'no strictness at all': { ...base, strict: false, module: 'nodenext' },
    'a bundler, and no types of Node': {
      ...base,
      strict: true,
      module: 'esnext',
      moduleResolution: 'bundler',
      lib: ['es2022', 'dom', 'esnext.disposable'],
    },
  };

  it.each(Object.entries(settings))(
    'have types that hold under %s',
    { timeout: 60_000 },
    (_, compilerOptions) => {
      writeFileSync(join(project, 'main.ts'), script);
      writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
      writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
      const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
      run(process.execPath, [tsc], project);
      // And they are known: what is wrong is seen.
      writeFileSync(join(project, 'main.ts'), script.replace('randn(1, 1, 4, 4)', "randn('one')"));
      expect(() => run(process.execPath, [tsc], project)).toThrow(/TS2345/);
    },
  );

  it('hold nothing but what runs, its types and the licence', () => {
    for (const name of packages) {
      const files = readdirSync(join(project, 'node_modules/@retrograd', name), {
        recursive: true,
        withFileTypes: true,
      });
      const names = files.filter((file) => file.isFile()).map((file) => file.name);
      expect(names).toContain('LICENSE');
      expect(names.filter((each) => !/^(LICENSE|package\.json)$|(?<!test)\.(js|d\.ts)$/.test(each))).toEqual(
        [],
      );
    }
  });
});

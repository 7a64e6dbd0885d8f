import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

interface Options {
  /** What the script finds in its first argument, as JSON. */
  readonly wishes?: object;
  readonly env?: Readonly<Record<string, string>>;
  /** For Node itself. */
  readonly flags?: readonly string[];
}

/** A script of this folder as one file of plain JavaScript, which Node runs with no loader in between. */
export async function bundled(script: string) {
  const folder = mkdtempSync(join(tmpdir(), 'retrograd-'));
  const outfile = join(folder, 'script.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL(script, import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
  });

  /** Runs it in a process of its own. */
  function run({ wishes = {}, env = {}, flags = [] }: Options = {}) {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [...flags, outfile, JSON.stringify(wishes)],
      { encoding: 'utf8', env: { ...process.env, ...env }, maxBuffer: 2 ** 28 },
    );
    return { status, stdout, stderr };
  }

  return { run, remove: () => rmSync(folder, { recursive: true }) };
}

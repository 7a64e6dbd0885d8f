import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { nodeModules } from './peers.ts';

const here = import.meta.dirname;

/** Installs the packages of package.json here, unless they are there already; says why it could not. */
export function installPeers(): string | undefined {
  const installed = join(here, 'node_modules', '.package-lock.json');
  const isFresh = existsSync(installed) && statSync(installed).mtimeMs >= statSync(lockFile).mtimeMs;
  if (isFresh) return undefined;
  console.error('Installing the other frameworks …');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status } = spawnSync(
    npm,
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: here,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  return status === 0 ? undefined : 'they could not be installed';
}

const lockFile = join(here, 'package-lock.json');

/** Bundles the peers' modules, retrograd's sources with them, as an application would; gives the folder. */
export async function bundlePeers(): Promise<string> {
  const outdir = join(here, 'dist');
  rmSync(outdir, { recursive: true, force: true });
  await build({
    entryPoints: ['serve', 'web-workers', ...nodeModules].map((name) => join(here, 'peers', `${name}.ts`)),
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // What npm has installed is run as it comes.
    external: ['@tensorflow/*', '@jax-js/*'],
    logLevel: 'error',
  });
  return outdir;
}

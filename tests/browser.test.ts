import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { type Report, train } from './browser/page.ts';

const commands = [process.env.RETROGRAD_CHROMIUM, 'chromium', 'chromium-browser', 'google-chrome'];
const chromium = commands.find((command) => command && spawnSync(command, ['--version']).status === 0);
const word = chromium ? '' : ' (skipped: none here; set RETROGRAD_CHROMIUM to one)';

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** What pages need to share memory with workers. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

async function pageScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('browser/page.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
  });
  return outputFiles[0]?.text ?? '';
}

/** Opens a page that runs the script, and gives what it reports. */
async function reportOf(script: string, headers: Readonly<Record<string, string>>): Promise<Report> {
  const profile = mkdtempSync(join(tmpdir(), 'retrograd-'));
  let browser: ChildProcess | undefined;
  const server = createServer();
  try {
    const body = new Promise<string>((resolve) => {
      server.on('request', (request, response) => {
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
        if (request.url === '/report') {
          let text = '';
          request.on('data', (chunk) => {
            text += chunk;
          });
          request.on('end', () => resolve(text));
          response.end();
          return;
        }
        const isScript = request.url === '/page.js';
        response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
        response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const args = [...flags, `--user-data-dir=${profile}`, `http://127.0.0.1:${port}/`];
    browser = spawn(chromium as string, args, { stdio: 'ignore', detached: true });
    return JSON.parse(await body) as Report;
  } finally {
    server.close();
    const ended = browser && new Promise((resolve) => browser?.once('exit', resolve));
    // The group, as a browser is many processes, all of which write to the profile.
    if (browser?.pid !== undefined) process.kill(-browser.pid, 'SIGKILL');
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

describe.skipIf(!chromium)(`in Chromium${word}`, () => {
  it.each([
    { page: 'a page that may share memory', headers: isolation, threads: 2 },
    { page: 'a page that may not', headers: {}, threads: 1 },
  ])(
    '$page and its workers train as Node does, to the last bit on any number of threads',
    { timeout: 120_000 },
    async ({ headers, threads }) => {
      const { isolated, trained } = await reportOf(await pageScript(), headers);
      expect(isolated).toBe(threads > 1);
      const { alone, onThreads, inWorker } = trained;
      expect([alone, onThreads, inWorker].map((each) => each.threads)).toEqual([1, threads, threads]);
      expect(onThreads.losses).toEqual(alone.losses);
      expect(inWorker.losses).toEqual(alone.losses);
      const here = await train(1);
      for (const [i, loss] of here.losses.entries()) expect(alone.losses[i]).toBeCloseTo(loss, 4);
    },
  );
});

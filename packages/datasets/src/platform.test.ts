import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openPlatform } from './platform.ts';

afterEach(() => vi.unstubAllEnvs());

describe('openPlatform', () => {
  it.skipIf(process.platform === 'win32')(
    'finds the cache folder where the XDG specification puts it',
    async () => {
      vi.stubEnv('HOME', '/home/someone');
      for (const [given, folder] of [
        ['/var/cache', '/var/cache'],
        ['', '/home/someone/.cache'],
        ['relative/folder', '/home/someone/.cache'],
      ]) {
        vi.stubEnv('XDG_CACHE_HOME', given);
        expect(openPlatform()?.cacheFolder).toBe(folder);
      }
    },
  );

  it('is undefined in a browser, where the loader still downloads, and says what went wrong', async () => {
    const entry = `
      export { loadIdxDataset } from './load-idx.ts';
      export { mnist } from './idx-datasets.ts';
      export { openPlatform } from './platform.ts';`;
    const { outputFiles } = await build({
      stdin: { contents: entry, resolveDir: import.meta.dirname, loader: 'ts' },
      bundle: true,
      write: false,
      platform: 'browser',
      format: 'iife',
      globalName: 'bundle',
      logLevel: 'silent',
    });
    // What a browser has, and nothing that only Node has.
    const globals = {
      crypto,
      setTimeout,
      clearTimeout,
      AbortController,
      Blob,
      DecompressionStream,
      Response,
    };
    const context = createContext({ ...globals, fetch: async () => new Response('', { status: 503 }) });
    runInContext(outputFiles[0]?.text ?? '', context);
    expect(await runInContext('bundle.openPlatform()', context)).toBeUndefined();
    const message = await runInContext('bundle.loadIdxDataset(bundle.mnist, "test").catch(String)', context);
    expect(message).toContain('there is no file system here');
    expect(message).toContain('t10k-images-idx3-ubyte.gz: HTTP 503');
  });
});

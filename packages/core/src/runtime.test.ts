import { afterEach, describe, expect, it, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

describe.each(['wasm', 'reference'])('on the backend %s', (backend) => {
  it('refuses what is no number of threads or bytes', async () => {
    vi.stubEnv('RETROGRAD_BACKEND', backend);
    vi.resetModules();
    const { setMemoryLimits, setNumThreads } = await import('./runtime.ts');
    for (const threads of [0, 1.5, 257, Number.NaN])
      expect(() => setNumThreads(threads)).toThrow(/setNumThreads/);
    for (const bytes of [-1, Number.NaN, '100', 1n, null, [100], true])
      for (const name of ['soft', 'hard'])
        expect(() => setMemoryLimits({ [name]: bytes })).toThrow(/setMemoryLimits: got .*a number of bytes/);
    for (const limits of [null, 3, { hrad: 1 }])
      expect(() => setMemoryLimits(limits as object)).toThrow(/setMemoryLimits/);
  });
});

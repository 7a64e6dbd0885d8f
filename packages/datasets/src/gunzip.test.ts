import { gzipSync } from 'node:zlib';
import { DatasetError } from '@retrograd/core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { gunzip } from './gunzip.ts';

const text = new TextEncoder().encode('retrograd '.repeat(1000));

afterEach(() => void vi.unstubAllGlobals());

describe.each(['Node', 'a browser'])('gunzip in %s', (host) => {
  beforeEach(() => {
    if (host === 'a browser') vi.stubGlobal('process', { ...process, getBuiltinModule: undefined });
  });

  it('undoes gzip', async () => {
    expect(await gunzip(gzipSync(text), { limit: text.length })).toEqual(text);
    expect(await gunzip(gzipSync(new Uint8Array(0)), { limit: 0 })).toEqual(new Uint8Array(0));
  });

  it('refuses broken and cut files, and names them', async () => {
    const whole = gzipSync(text);
    const flipped = Uint8Array.from(whole);
    flipped[20] = (flipped[20] ?? 0) ^ 0xff;
    for (const bytes of [whole.subarray(0, -1), whole.subarray(0, 5), flipped, text, new Uint8Array(0)]) {
      const attempt = gunzip(bytes, { limit: 1e6, source: 'some.gz' });
      await expect(attempt).rejects.toThrow(DatasetError);
      await expect(attempt).rejects.toThrow('some.gz');
    }
  });

  it('believes no file about its own length', async () => {
    for (const announced of [0, 9999, 10_001, 0xffffffff]) {
      const lying = Uint8Array.from(gzipSync(text));
      new DataView(lying.buffer).setUint32(lying.length - 4, announced, true);
      // The length is part of what is checked.
      await expect(gunzip(lying, { limit: 1e6 })).rejects.toThrow(DatasetError);
    }
    await expect(gunzip(gzipSync(text), { limit: text.length - 1 })).rejects.toThrow('more than 9999');
  });

  it('refuses a small file that swells beyond the limit', async () => {
    const bomb = gzipSync(new Uint8Array(50_000_000));
    const attempt = gunzip(bomb, { limit: 1_000_000 });
    await expect(attempt).rejects.toThrow('decompress to more than 1000000');
  });

  it('ends in a value or a DatasetError on any damage', async () => {
    const whole = gzipSync(text);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), async (at, byte, end) => {
        const damaged = Uint8Array.from(whole.subarray(0, end));
        if (at < end) damaged[at] = byte;
        const error = await gunzip(damaged, { limit: 1e6 }).catch((reason) => reason);
        expect(error instanceof Uint8Array || error instanceof DatasetError).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

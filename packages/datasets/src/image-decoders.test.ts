import { DatasetError } from '@retrograd/core';
import { describe, expect, it, vi } from 'vitest';
import { defaultDecoder } from './image-decoders.ts';

describe('defaultDecoder', () => {
  it('refuses what is no image', async () => {
    const decode = await defaultDecoder([]);
    expect(() => decode(Uint8Array.of(1, 2, 3), 'x.png')).toThrow('x.png, which starts like no PNG');
    expect(() => decode(new Uint8Array(0), 'x.png')).toThrow(DatasetError);
  });

  it('names the package to install where it is missing', async () => {
    vi.doMock('pngjs', () => {
      throw new Error('Cannot find package');
    });
    try {
      await expect(defaultDecoder(['data/cat.PNG'])).rejects.toThrow('npm install pngjs');
      // Without a PNG among the files it is no error before one turns up.
      const decode = await defaultDecoder([]);
      expect(() => decode(Uint8Array.of(0x89, 0x50, 0x4e, 0x47), 'cat.jpg')).toThrow('npm install pngjs');
    } finally {
      vi.doUnmock('pngjs');
    }
  });
});

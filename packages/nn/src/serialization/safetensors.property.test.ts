import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dtypes, fromTypedArray, RetrogradError, type Tensor, tensor } from '@retrograd/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StateDict } from '../state.ts';
import { load, loadFile, safeOpen, save, saveFile } from './safetensors.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A file written out by hand: eight bytes of length, a header, a body. */
const file = (header: string, body: readonly number[] = []) => {
  const length = Buffer.alloc(8);
  length.writeUInt32LE(Buffer.byteLength(header));
  return Uint8Array.from(Buffer.concat([length, Buffer.from(header), Buffer.from(body)]));
};

describe('round trips', () => {
  const arrays = {
    float32: Float32Array,
    float64: Float64Array,
    int32: Int32Array,
    uint8: Uint8Array,
  } as const;
  const tensorArb = fc
    .record({
      dtype: fc.constantFrom(...dtypes),
      shape: fc.array(fc.nat(3), { maxLength: 4 }),
      bytes: fc.uint8Array({ minLength: 8 * 81, maxLength: 8 * 81 }),
    })
    .map(({ dtype, shape, bytes }) => {
      const numel = shape.reduce((a, b) => a * b, 1);
      if (dtype === 'bool')
        return fromTypedArray(
          bytes.slice(0, numel).map((b) => b & 1),
          shape,
          dtype,
        );
      return fromTypedArray(new arrays[dtype](bytes.slice().buffer).slice(0, numel), shape, dtype);
    });
  const bits = ({ data, dtype, shape }: Tensor) => [dtype, shape, Buffer.from(data.buffer).toString('hex')];
  const textArb = fc.string({ unit: 'grapheme', maxLength: 12 });
  const named = fc.dictionary(
    textArb.filter((name) => name !== '__metadata__'),
    tensorArb,
    { maxKeys: 5 },
  );

  it('keep every bit, name, shape and dtype, and the metadata', async () => {
    await fc.assert(
      fc.asyncProperty(named, fc.dictionary(textArb, textArb, { maxKeys: 3 }), async (tensors, metadata) => {
        const path = join(folder, 'round.safetensors');
        await saveFile(tensors, path, metadata);
        const opened = await safeOpen(path);
        expect(opened.metadata()).toEqual({ ...metadata });
        await opened.close();
        const expected = Object.entries(tensors)
          .map(([name, x]) => [name, bits(x)])
          .sort();
        for (const loaded of [await loadFile(path), load(save(tensors, metadata))])
          expect(
            Object.entries(loaded)
              .map(([name, x]) => [name, bits(x)])
              .sort(),
          ).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  it('write what a view shows, in its own order', () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const { t, row, wide } = load(save({ t: x.t(), row: x.select(0, 1), wide: tensor([7]).expand(3) }));
    expect([t, row, wide].map((y) => y?.toArray())).toEqual([
      [
        [1, 4],
        [2, 5],
        [3, 6],
      ],
      [4, 5, 6],
      [7, 7, 7],
    ]);
  });
});

describe('any bytes end in tensors or in one of our errors', () => {
  /** Tensors that are no larger than the bytes they came from, or one of our errors. */
  const bounded = (bytes: Uint8Array) => {
    let tensors: StateDict;
    try {
      tensors = load(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(RetrogradError);
      return;
    }
    const total = Object.values(tensors).reduce((sum, { numel }) => sum + numel, 0);
    expect(total).toBeLessThanOrEqual(bytes.length);
  };

  it('random ones', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), bounded), { numRuns: 2000 });
  });

  it('a good file with some bytes changed, cut out or put in', () => {
    const good = [
      ...readFileSync(new URL('../../../../tests/fixtures/torch-native.safetensors', import.meta.url)),
    ];
    const edits = fc.array(fc.tuple(fc.nat(good.length), fc.nat(2), fc.uint8Array({ maxLength: 3 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(edits, fc.boolean(), (list, mend) => {
        const bytes = [...good];
        for (const [at, cut, put] of list) bytes.splice(at, cut, ...put);
        const mutant = Uint8Array.from(bytes);
        // With the length mended, what is behind it is reached, too.
        const length = mutant.lastIndexOf(0x7d) - 7;
        if (mend && length > 0) new DataView(mutant.buffer).setBigUint64(0, BigInt(length), true);
        bounded(mutant);
      }),
      { numRuns: 5000 },
    );
  });

  it('headers that are almost right', () => {
    const size = fc.oneof(
      fc.nat(4),
      fc.constantFrom(-1, 0.5, 2 ** 31, 2 ** 32, 2 ** 53, 1e15, 1e308, -0, null, 'x', []),
    );
    const fields = fc.record(
      {
        dtype: fc.constantFrom('F32', 'U8', 'I64', 'BOOL', 'F16', 'C64', 3),
        shape: fc.oneof(fc.array(size, { maxLength: 3 }), fc.constant({})),
        data_offsets: fc.oneof(fc.tuple(size, size), fc.array(size)),
        extra: fc.anything(),
      },
      { requiredKeys: ['dtype', 'shape', 'data_offsets'] },
    );
    const whole = fc
      .tuple(fc.constantFrom(['U8', 1], ['I16', 2], ['F32', 4]), fc.nat(8))
      .map(([[dtype, bytes], end]) => ({
        dtype,
        shape: [Math.floor(end / Number(bytes))],
        data_offsets: [0, end],
      }));
    const header = fc.dictionary(
      fc.constantFrom('a', 'b', '__metadata__', '__proto__'),
      fc.oneof(fields, whole, fc.dictionary(fc.string(), fc.string())),
      { maxKeys: 3 },
    );
    fc.assert(
      fc.property(header, fc.array(fc.nat(255), { maxLength: 8 }), (json, body) => {
        bounded(file(JSON.stringify(json), body));
      }),
      { numRuns: 4000 },
    );
  });

  it('JSON of great depth and strings of nothing but escapes', () => {
    bounded(file('{"a":'.repeat(1e6) + '}'.repeat(1e6)));
    bounded(file(`{"a":${'['.repeat(1e6)}${']'.repeat(1e6)}}`));
    bounded(file(`{"__metadata__":{"${'\\"'.repeat(1e6)}":"${'\\\\'.repeat(1e6)}"}}`));
  });
});

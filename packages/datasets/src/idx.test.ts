import { DatasetError } from '@retrograd/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeIdx, parseIdx } from './idx.ts';

/** A file written out by hand: header bytes, then sizes as big-endian uint32, then the body. */
const file = (type: number, sizes: number[], body: number[]) =>
  Uint8Array.from([
    0,
    0,
    type,
    sizes.length,
    ...sizes.flatMap((n) => [n >>> 24, n >>> 16, n >>> 8, n]),
    ...body,
  ]);

describe('parseIdx', () => {
  // One value per type, with its big-endian bytes written out (IEEE 754: 1.5 = 3fc00000, -2 = c000000000000000).
  it.each([
    ['unsigned byte', 0x08, [0xff], 'uint8', Uint8Array, 255],
    ['byte', 0x09, [0xff], 'int32', Int32Array, -1],
    ['short', 0x0b, [0xff, 0xfe], 'int32', Int32Array, -2],
    ['int', 0x0c, [0x01, 0x02, 0x03, 0x04], 'int32', Int32Array, 0x01020304],
    ['float', 0x0d, [0x3f, 0xc0, 0, 0], 'float32', Float32Array, 1.5],
    ['double', 0x0e, [0xc0, 0, 0, 0, 0, 0, 0, 0], 'float64', Float64Array, -2],
  ])('reads %s', (_, type, body, dtype, array, value) => {
    const parsed = parseIdx(file(type, [1], body));
    expect(parsed).toEqual({ dtype, shape: [1], data: new array([value]) });
  });

  it('reads dims in row-major order, from a view that starts anywhere', () => {
    const bytes = file(0x0b, [2, 3], [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6]);
    const shifted = new Uint8Array(bytes.length + 5);
    shifted.set(bytes, 3);
    expect(parseIdx(shifted.subarray(3, 3 + bytes.length))).toEqual({
      dtype: 'int32',
      shape: [2, 3],
      data: Int32Array.of(1, 2, 3, 4, 5, 6),
    });
  });

  it('gives a copy that does not change with the bytes', () => {
    const bytes = file(0x08, [1], [7]);
    const { data } = parseIdx(bytes);
    bytes[8] = 9;
    expect(data[0]).toBe(7);
  });

  it.each([
    ['an empty file', new Uint8Array(0), '0 bytes', 'at least the 4 bytes'],
    ['another magic', Uint8Array.of(0, 1, 8, 0), '0x00 0x01', 'two zero bytes'],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0), '0x1f 0x8b', 'decompress it first'],
    ['an unknown type', file(0x0a, [1], [0]), '0x0a', '0x08 (unsigned byte), 0x09 (byte), 0x0b (short)'],
    [
      'a header cut short',
      file(0x08, [1, 1], []).subarray(0, 11),
      '11 bytes',
      'a header of 12 bytes for 2 dims',
    ],
    ['a body cut short', file(0x0c, [2], [0, 0, 0, 1]), '12 bytes (cut short)', '16 bytes for int[2]'],
    ['trailing bytes', file(0x08, [1], [1, 2]), '10 bytes (too long)', '9 bytes for unsigned byte[1]'],
    ['sizes beyond any file', file(0x0e, Array(255).fill(2 ** 32 - 1), []), 'cut short', 'Infinity bytes'],
  ])('refuses %s', (_, bytes, got, want) => {
    const parse = () => parseIdx(bytes, { source: 'some/file' });
    expect(parse).toThrow(DatasetError);
    expect(parse).toThrow('some/file');
    expect(parse).toThrow(got);
    expect(parse).toThrow(want);
  });

  it('refuses what the reader does not expect', () => {
    const bytes = file(0x08, [2, 1], [1, 2]);
    expect(parseIdx(bytes, { expect: { dtype: 'uint8', shape: [null, 1] } }).shape).toEqual([2, 1]);
    expect(() => parseIdx(bytes, { expect: { dtype: 'float32' } })).toThrow(
      'got IDX data: unsigned byte elements; wanted float32',
    );
    expect(() => parseIdx(bytes, { expect: { shape: [null, 28] } })).toThrow(
      'got IDX data: shape [2, 1]; wanted [any, 28]',
    );
    expect(() => parseIdx(bytes, { expect: { shape: [2] } })).toThrow('wanted [2]');
  });

  it('ends in a value or a DatasetError on any bytes', () => {
    const almostIdx = fc
      .tuple(
        fc.constantFrom(8, 9, 10, 11, 12, 13, 14),
        fc.array(fc.nat(3), { maxLength: 4 }),
        fc.uint8Array(),
      )
      .map(([type, sizes, body]) => file(type, sizes, [...body]));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), almostIdx), (bytes) => {
        try {
          const { shape, data } = parseIdx(bytes);
          expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
        } catch (error) {
          expect(error).toBeInstanceOf(DatasetError);
        }
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('encodeIdx', () => {
  it('writes the bytes of the format', () => {
    expect(encodeIdx({ dtype: 'int32', shape: [1, 2], data: Int32Array.of(1, -1) })).toEqual(
      file(0x0c, [1, 2], [0, 0, 0, 1, 255, 255, 255, 255]),
    );
    expect(encodeIdx({ dtype: 'bool', shape: [1], data: Uint8Array.of(1) })).toEqual(file(0x08, [1], [1]));
  });

  it('is undone by parseIdx for every dtype and shape', () => {
    const sizes = fc.array(fc.nat(4), { maxLength: 4 });
    const cases = fc.oneof(
      fc.record({
        dtype: fc.constant('uint8' as const),
        array: fc.constant(Uint8Array),
        value: fc.constant(fc.nat(255)),
      }),
      fc.record({
        dtype: fc.constant('int32' as const),
        array: fc.constant(Int32Array),
        value: fc.constant(fc.integer()),
      }),
      fc.record({
        dtype: fc.constant('float32' as const),
        array: fc.constant(Float32Array),
        value: fc.constant(fc.float()),
      }),
      fc.record({
        dtype: fc.constant('float64' as const),
        array: fc.constant(Float64Array),
        value: fc.constant(fc.double()),
      }),
    );
    const arrays = fc.tuple(cases, sizes).chain(([{ dtype, array, value }, shape]) => {
      const length = shape.reduce((a, b) => a * b, 1);
      return fc
        .array(value as fc.Arbitrary<number>, { minLength: length, maxLength: length })
        .map((values) => ({ dtype, shape, data: new array(values) }));
    });
    fc.assert(
      fc.property(arrays, (array) => {
        expect(parseIdx(encodeIdx(array))).toEqual(array);
      }),
    );
  });

  it.each([
    ['too few elements', [3], 2],
    ['a negative size', [-1, -2], 2],
    ['a size that is no whole number', [0.5, 4], 2],
  ])('refuses %s', (_, shape, length) => {
    expect(() => encodeIdx({ dtype: 'uint8', shape, data: new Uint8Array(length) })).toThrow(DatasetError);
  });
});

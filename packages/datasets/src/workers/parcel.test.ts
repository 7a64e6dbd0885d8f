import { ArgumentError, arange, tensor } from '@retrograd/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pack, unpack } from './parcel.ts';

/** A value as it comes out on another thread. */
function sent(value: unknown): unknown {
  const buffers: ArrayBuffer[] = [];
  const parcel = pack('test', value, buffers);
  return unpack(structuredClone(parcel, { transfer: buffers }));
}

describe('what is sent to another thread', () => {
  it('arrives as it was', () => {
    const values = fc.anything({
      withDate: true,
      withTypedArray: true,
      withBigInt: true,
      withNullPrototype: true,
    });
    fc.assert(
      fc.property(values, (value) => {
        expect(sent(value)).toEqual(value);
      }),
    );
  });

  it.each(['float32', 'float64', 'int32', 'uint8', 'bool'] as const)('may be a tensor of %s', (dtype) => {
    const there = arange(6).reshape(2, 3).T.to(dtype);
    const here = sent({ there }) as { there: typeof there };
    expect([here.there.dtype, here.there.shape]).toEqual([dtype, [3, 2]]);
    expect(here.there.toArray()).toEqual(there.toArray());
  });

  it('leaves the sender what it has', () => {
    const numbers = Float32Array.of(1, 2, 3, 4);
    const part = numbers.subarray(1, 3);
    const received = sent(part) as Float32Array;
    expect([...received]).toEqual([2, 3]);
    expect(received.buffer.byteLength).toBe(8);
    expect([...numbers]).toEqual([1, 2, 3, 4]);
    expect([...(sent(Buffer.from('ab')) as Uint8Array)]).toEqual([97, 98]);
  });

  it('may be memory that is shared', () => {
    const words = new Int32Array(new SharedArrayBuffer(8)).subarray(1);
    (sent(words) as Int32Array)[0] = 5;
    expect([...words]).toEqual([5]);
    const parcel = pack('test', [words.buffer], []);
    expect(unpack(parcel)).toEqual([words.buffer]);
  });

  it('keeps whether a tensor wants a gradient, but no history', () => {
    const weight = tensor([1, 2], { requiresGrad: true });
    expect((sent(weight) as typeof weight).requiresGrad).toBe(true);
    expect(() => sent([weight.mul(2)])).toThrow('detach()');
  });

  it.each([
    ['functions', () => 5],
    ['symbols', Symbol('x')],
    ['instances of classes', [new Map()]],
    ['promises', { later: Promise.resolve(5) }],
    ['regular expressions', /x/],
  ])('must not be %s', (_, value) => {
    expect(() => sent(value)).toThrow(ArgumentError);
  });
});

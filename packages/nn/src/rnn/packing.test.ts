import { ArgumentError, DTypeError, gradcheck, randn, ShapeError, tensor, zeros } from '@retrograd/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utils } from '../index.ts';

const { invertPermutation, packPaddedSequence, packSequence, padPackedSequence, padSequence } = utils.rnn;
const { PackedSequence, unpackSequence, unpadSequence } = utils.rnn;
const int32 = (values: number[]) => tensor(values, { dtype: 'int32' });

/** Lengths of one to five sequences. */
const lengths = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 });

describe('packing', () => {
  it('puts first steps first, the longest sequence in front', () => {
    const [a, b] = [tensor([1, 2]), tensor([3, 4, 5])];
    const packed = packSequence([a, b], { enforceSorted: false });
    expect(packed.data).toEqualTensor([3, 1, 4, 2, 5]);
    expect(packed.batchSizes).toEqualTensor(int32([2, 2, 1]));
    expect(packed.sortedIndices).toEqualTensor(int32([1, 0]));
    expect(packSequence([b, a]).sortedIndices).toBe(null);
  });

  it('and unpacking give the sequences back', () => {
    fc.assert(
      fc.property(lengths, fc.boolean(), (list, batchFirst) => {
        const sequences = list.map((length) => randn(length, 2));
        const packed = packPaddedSequence(padSequence(sequences, { batchFirst }), list, batchFirst, false);
        for (const [n, x] of unpackSequence(packed).entries())
          expect(x).toEqualTensor(sequences[n] as typeof x);
        const [padded, own] = padPackedSequence(packed, { batchFirst, paddingValue: 7 });
        expect(own).toEqualTensor(int32(list));
        expect(padded).toEqualTensor(padSequence(sequences, batchFirst, 7));
        for (const [n, x] of unpadSequence(padded, own, { batchFirst }).entries())
          expect(x).toEqualTensor(sequences[n] as typeof x);
      }),
    );
  });

  it('pads in front, too', () => {
    expect(padSequence([tensor([1]), tensor([2, 3])], { paddingSide: 'left' })).toEqualTensor([
      [0, 2],
      [1, 3],
    ]);
  });

  it('has the gradient of what it moves', () => {
    const x = randn([4, 3, 2], { dtype: 'float64' }).requiresGrad_();
    const through = (padded: typeof x) => {
      const packed = packPaddedSequence(padded, [2, 4, 1], { enforceSorted: false });
      const squares = new PackedSequence(packed.data.pow(2), packed.batchSizes, packed.sortedIndices);
      return padPackedSequence(squares, { totalLength: 5 })[0];
    };
    expect(gradcheck(through, [x])).toBe(true);
  });

  it('keeps dtypes, and converts them', () => {
    const packed = packSequence([int32([1, 2]), int32([3])]);
    expect(padPackedSequence(packed, { paddingValue: -1 })[0]).toEqualTensor(
      tensor(
        [
          [1, 3],
          [2, -1],
        ],
        { dtype: 'int32' },
      ),
    );
    expect(packed.double().data).toEqualTensor(tensor([1, 3, 2], { dtype: 'float64' }));
    expect(packed.float().data.dtype).toBe('float32');
  });

  it('inverts permutations', () => {
    expect(invertPermutation(int32([2, 0, 1]))).toEqualTensor(int32([1, 2, 0]));
    expect(invertPermutation(null)).toBe(null);
    expect(() => invertPermutation(int32([0, 2]))).toThrow(ArgumentError);
    expect(() => invertPermutation(tensor([0]))).toThrow(DTypeError);
  });

  it('refuses what does not fit', () => {
    const x = zeros(4, 2, 3);
    expect(() => packPaddedSequence(x, [2, 4])).toThrow(ArgumentError);
    for (const wrong of [[4], [5, 4], [4, 0], [4, 1.5], []])
      expect(() => packPaddedSequence(x, wrong, { enforceSorted: false })).toThrow(ArgumentError);
    expect(() => packPaddedSequence(x, tensor([4, 2]))).toThrow(DTypeError);
    expect(() => packPaddedSequence(zeros(4), [4])).toThrow(ShapeError);
    expect(() => packSequence([zeros(2), zeros(0)])).toThrow(ArgumentError);
    expect(() => packSequence([])).toThrow(ArgumentError);
    expect(() => padSequence([zeros(2, 1), zeros(2, 2)])).toThrow(ShapeError);
    expect(() => padSequence([zeros(1)], { paddingSide: 'top' as never })).toThrow(ArgumentError);
    expect(() => padPackedSequence(packSequence([zeros(3)]), { totalLength: 2 })).toThrow(ArgumentError);
    expect(() => padPackedSequence({} as never)).toThrow(ArgumentError);
    expect(() => new PackedSequence(zeros(3), int32([1, 2]))).toThrow(ArgumentError);
    expect(() => new PackedSequence(zeros(2), int32([2, 1]))).toThrow(ShapeError);
    expect(() => new PackedSequence(zeros(3), int32([2, 1]), int32([0, 0]))).toThrow(ArgumentError);
  });
});

import { describe, expect, it } from 'vitest';
import {
  conv1d,
  conv2d,
  convTranspose1d,
  correlate,
  DTypeError,
  gradcheck,
  manualSeed,
  ones,
  randn,
  ShapeError,
  tensor,
} from '../index.ts';

const float64 = { dtype: 'float64' } as const;
const leaf = { dtype: 'float64', requiresGrad: true } as const;

describe('correlate', () => {
  it('is conv2d where the padding is the same on both sides', () => {
    manualSeed(1);
    const [x, w] = [randn([2, 4, 7, 6], float64), randn([6, 2, 3, 2], float64)];
    const options = { stride: [2, 1], padding: [1, 2], dilation: 2, groups: 2 };
    expect(correlate(x, w, options)).toEqualTensor(conv2d(x, w, options));
  });

  it('pads each side by itself, and crops where the padding is negative', () => {
    const x = tensor([[[1, 2, 3, 4]]]);
    const w = tensor([[[1, 10]]]);
    expect(correlate(x, w, { padding: [[1, 0]] })).toEqualTensor([[[10, 21, 32, 43]]]);
    expect(correlate(x, w, { padding: [[-1, 1]] })).toEqualTensor([[[32, 43, 4]]]);
    expect(correlate(x, w, { padding: -1 })).toEqualTensor([[[32]]]);
  });

  it('spreads the input, which makes a transposed convolution of the rotated kernel', () => {
    const x = tensor([[[1, 2, 3]]]);
    const spread = correlate(x, tensor([[[100, 10, 1]]]), { inputDilation: 2, padding: 2 });
    expect(spread).toEqualTensor([[[1, 10, 102, 20, 203, 30, 300]]]);
    expect(spread).toEqualTensor(convTranspose1d(x, tensor([[[1, 10, 100]]]), { stride: 2 }));
  });

  it('has right gradients under all of it at once', () => {
    const options = {
      stride: 2,
      padding: [
        [2, -1],
        [0, 1],
      ],
      dilation: [1, 2],
      inputDilation: [2, 1],
      groups: 2,
    } as const;
    const inputs = [randn([1, 2, 5, 6], leaf), randn([4, 1, 2, 2], leaf)];
    expect(gradcheck((x, w) => correlate(x as never, w as never, options), inputs)).toBe(true);
  });

  it.each([
    ['a rank without spatial dims', () => correlate(randn(2, 2), randn(2, 2))],
    ['ranks that differ', () => correlate(randn(1, 1, 4), randn(1, 1, 2, 2))],
    ['channels that differ', () => correlate(randn(1, 3, 4), randn(1, 2, 2))],
    ['a crop that leaves nothing', () => correlate(randn(1, 1, 4), randn(1, 1, 2), { padding: -2 })],
  ])('refuses %s', (_, call) => {
    expect(call).toThrow(ShapeError);
  });

  it('refuses truth values, as every product does, and so do the convolutions', () => {
    const x = ones([1, 1, 4], { dtype: 'bool' });
    for (const op of [correlate, conv1d, convTranspose1d]) expect(() => op(x, x)).toThrow(DTypeError);
  });
});

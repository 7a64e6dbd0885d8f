import { ArgumentError, arange, ones, randn, ShapeError, type Tensor, tensor } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import * as nn from '../index.ts';
import { F } from '../index.ts';

/** Which element of a line of `size` stands at position `i` of it, if it goes on beyond its ends. */
const beyond: Record<'reflect' | 'replicate' | 'circular', (i: number, size: number) => number> = {
  reflect: (i, size) => (i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i),
  replicate: (i, size) => Math.min(Math.max(i, 0), size - 1),
  circular: (i, size) => (i + size) % size,
};
const modes = Object.keys(beyond) as (keyof typeof beyond)[];

describe('pad', () => {
  it('adds constants, the last dim first', () => {
    expect(F.pad(ones(1, 1), [1, 0, 0, 1], { value: 7 })).toEqualTensor([
      [7, 1],
      [7, 7],
    ]);
  });

  it.each(modes)('%s takes what stands there if the line goes on', (mode) => {
    const [width, height] = [4, 3];
    const at = (x: Tensor, i: number, j: number) =>
      x.select(1, beyond[mode](i, height)).select(1, beyond[mode](j, width)).item();
    const x = arange(12).reshape(1, height, width);
    const [left, right, top, bottom] = [2, 3, 1, 2];
    const padded = F.pad(x, [left, right, top, bottom], mode);
    expect(padded.shape).toEqual([1, height + 3, width + 5]);
    expect(padded.select(0, 0).toArray()).toEqual(
      Array.from({ length: height + 3 }, (_, i) =>
        Array.from({ length: width + 5 }, (__, j) => at(x, i - top, j - left)),
      ),
    );
  });

  it.each(modes)('%s has exact gradients, also where it crops', (mode) => {
    const x = randn([2, 2, 4, 3], { dtype: 'float64', requiresGrad: true });
    const weigh = (y: Tensor) => y.mul(y);
    expect((y: Tensor) => weigh(F.pad(y, [2, 1, -1, 2], mode))).toPassGradcheck(x, { order: 2 });
  });

  it('crops what is reflected after it was reflected, and a circle before it closes', () => {
    const x = arange(5).reshape(1, 5);
    expect(F.pad(x, [-1, 4], 'reflect')).toEqualTensor([[1, 2, 3, 4, 3, 2, 1, 0]]);
    expect(F.pad(x, [-1, 4], 'circular')).toEqualTensor([[1, 2, 3, 4, 1, 2, 3, 4]]);
  });

  it.each<[string, () => unknown]>([
    ['an unknown mode', () => F.pad(ones(1, 2), [1, 1], 'mirror' as never)],
    ['a value that is not used', () => F.pad(ones(1, 2), [1, 1], 'reflect', 2)],
    ['more than there is to reflect', () => F.pad(ones(1, 2), [2, 0], 'reflect')],
    ['more than a turn of the circle', () => F.pad(ones(1, 2), [3, 0], 'circular')],
    ['too few dims', () => F.pad(ones(2), [1, 1], 'replicate')],
    ['nothing to repeat', () => F.pad(ones(1, 0), [1, 1], 'replicate')],
    ['half a pair', () => F.pad(ones(1, 2), [1], 'replicate')],
  ])('refuses %s', (_, call) => {
    expect(call).toThrowError(/pad: got/);
  });
});

describe('padding layers', () => {
  it('are pad with a mode', () => {
    const x = randn(1, 2, 3, 4);
    const border = [1, 2, 0, 1];
    const pairs: [nn.Layer, Tensor][] = [
      [new nn.ConstantPad2d(border, 3), F.pad(x, border, 'constant', 3)],
      [new nn.ZeroPad2d(border), F.pad(x, border)],
      [new nn.ReflectionPad2d(border), F.pad(x, border, 'reflect')],
      [new nn.ReplicationPad2d(border), F.pad(x, border, 'replicate')],
      [new nn.CircularPad2d(1), F.pad(x, [1, 1, 1, 1], 'circular')],
    ];
    for (const [layer, want] of pairs) expect(layer.forward(x)).toEqualTensor(want);
    expect(() => new nn.ReflectionPad2d([1, 2, 3])).toThrow(ArgumentError);
    expect(() => new nn.ReflectionPad2d(3).forward(x)).toThrow(ShapeError);
  });

  it('may stand within a convolution', () => {
    const x = tensor([[[1, 2, 3, 4]]]);
    const layer = new nn.Conv1d(1, 1, 4, { padding: 'same', paddingMode: 'circular', bias: false });
    layer.loadStateDict({ weight: tensor([[[1, 10, 100, 1000]]]) });
    // One more behind than before: 4 | 1 2 3 4 | 1 2.
    expect(layer.forward(x)).toEqualTensor([[[3214, 4321, 1432, 2143]]]);
    expect(() => new nn.Conv1d(1, 1, 4, { paddingMode: 'mirror' as never })).toThrow(ArgumentError);
  });
});

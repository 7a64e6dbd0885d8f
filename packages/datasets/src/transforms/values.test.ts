import { ArgumentError, DTypeError, ShapeError, tensor, zeros } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import { compose } from './transform.ts';
import { normalize, toTensor } from './values.ts';

const bytes = tensor(Uint8Array.from({ length: 256 }, (_, i) => i)).reshape(4, 1, 8, 8);

describe('toTensor', () => {
  it('makes bytes into float32 from 0 to 1, with a channel', () => {
    const out = toTensor()(bytes);
    expect([out.shape, out.dtype]).toEqual([[4, 1, 8, 8], 'float32']);
    expect(out.data).toEqual(Float32Array.from({ length: 256 }, (_, i) => i / 255));
    expect(toTensor()(bytes.select(0, 2)).toArray()).toEqual(out.select(0, 2).toArray());
    expect(toTensor()(bytes.select(0, 2).squeeze(0)).shape).toEqual([1, 8, 8]);
    expect(toTensor()(bytes.view(4, 8, 8)).shape).toEqual([4, 8, 8]);
  });

  it('leaves floats their values', () => {
    const out = toTensor()(tensor([[5, -7]], { dtype: 'float64' }));
    expect([out.shape, out.dtype, [...out.data]]).toEqual([[1, 1, 2], 'float64', [5, -7]]);
  });

  it('refuses other shapes and dtypes', () => {
    expect(() => toTensor()(zeros(3))).toThrow(ShapeError);
    expect(() => toTensor()(zeros(1, 1, 1, 2, 2))).toThrow(ShapeError);
    expect(() => toTensor()(zeros([2, 2], { dtype: 'int32' }))).toThrow(DTypeError);
  });
});

describe('normalize', () => {
  it('takes the mean off and divides by the deviation, channel by channel', () => {
    const image = tensor([[[1, 2]], [[3, 4]]]);
    const transform = normalize([1, 2], [0.5, 4]);
    expect(transform(image).toArray()).toEqual([[[0, 2]], [[0.25, 0.5]]]);
    expect(transform(image.unsqueeze(0)).toArray()).toEqual([[[[0, 2]], [[0.25, 0.5]]]]);
    expect(normalize(1, 2)(image).toArray()).toEqual([[[0, 0.5]], [[1, 1.5]]]);
  });

  it('rounds as float32 does', () => {
    const [mean, std] = [0.1307, 0.3081].map(Math.fround) as [number, number];
    const pixel = Math.fround(200 / 255);
    const out = compose(toTensor(), normalize(0.1307, 0.3081))(tensor([[200]], { dtype: 'uint8' }));
    expect(out.item()).toBe(Math.fround(Math.fround(pixel - mean) / std));
  });

  it('refuses deviations of 0, NaN, integers, and another number of channels', () => {
    expect(() => normalize(0, 0)).toThrow(ArgumentError);
    expect(() => normalize(0, [1, -1])).toThrow(ArgumentError);
    expect(() => normalize(Number.NaN, 1)).toThrow(ArgumentError);
    expect(() => normalize(0, Number.NaN)).toThrow(ArgumentError);
    expect(() => normalize(0, 1)(bytes)).toThrow('toTensor()');
    expect(() => normalize([0, 0], [1, 1])(zeros(3, 2, 2))).toThrow(ShapeError);
    expect(() => normalize(0, 1)(zeros(2, 2))).toThrow(ShapeError);
    expect(() => normalize([], [])(zeros(1, 2, 2))).toThrow(ShapeError);
  });
});

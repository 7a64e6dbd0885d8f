import { describe, expect, it } from 'vitest';
import {
  ArgumentError,
  arange,
  clamp,
  conv1d,
  flatten,
  maxPool1d,
  maxPool1dWithIndices,
  mean,
  ones,
  sum,
  type Tensor,
  tensor,
  zeros,
} from '../index.ts';

const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);

describe('optional arguments', () => {
  it('may be given by position, by name, or first so and then so', () => {
    const spellings = [sum(x, 1, true), sum(x, { dim: 1, keepdim: true }), sum(x, 1, { keepdim: true })];
    for (const result of spellings) expect(result.toArray()).toEqual([[6], [15]]);
  });

  it('may all be left out', () => {
    expect(sum(x).item()).toBe(21);
    expect(mean(x.to('int32'), { dtype: 'float64' }).item()).toBe(3.5);
  });

  it('take a tensor or null by position for what it is, not for options', () => {
    expect(clamp(x, tensor(2), tensor(5)).toArray()).toEqual([
      [2, 2, 3],
      [4, 5, 5],
    ]);
    expect(clamp(x, null, 2).toArray()).toEqual(clamp(x, { max: 2 }).toArray());
    const [signal, kernel] = [ones(1, 1, 5), ones(1, 1, 2)];
    const biased = conv1d(signal, kernel, tensor([10]), { stride: 3 });
    expect(biased.toArray()).toEqual([[[12, 12]]]);
    expect(conv1d(signal, kernel, { bias: tensor([10]), stride: 3 }).toArray()).toEqual(biased.toArray());
  });

  it('stand in the order of PyTorch', () => {
    const signal = arange(6, { dtype: 'float32' }).reshape(1, 1, 6);
    expect(maxPool1d(signal, 2, 3).toArray()).toEqual([[[1, 4]]]);
    expect(maxPool1dWithIndices(signal, 2, { stride: 3 }).indices.toArray()).toEqual([[[1, 4]]]);
    expect(flatten(zeros(2, 3, 4), 1).shape).toEqual(flatten(zeros(2, 3, 4), { startDim: 1 }).shape);
  });

  const refused: readonly [string, (loose: LooseSum) => unknown][] = [
    ['too many', (loose) => loose(x, 1, true, 3)],
    ['one twice', (loose) => loose(x, 1, { dim: 0 })],
    ['an unknown one', (loose) => loose(x, { axis: 1 })],
    ['two dims by position', (loose) => loose(x, 0, 1)],
  ];
  it.each(refused)('refuse %s', (_, call) => {
    expect(() => call(sum as LooseSum)).toThrow(ArgumentError);
  });
});

/** `sum` as JavaScript sees it. */
type LooseSum = (x: Tensor, ...rest: unknown[]) => Tensor;

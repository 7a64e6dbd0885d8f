import { ArgumentError, ShapeError, Tensor, tensor, zeros } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import { defaultCollate } from './collate.ts';

/** Tensors inside as what they hold. */
function plain(value: unknown): unknown {
  if (value instanceof Tensor) return { dtype: value.dtype, data: value.toArray() };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

describe('defaultCollate', () => {
  it.each([
    ['whole numbers', [3, -1], { dtype: 'int32', data: [3, -1] }],
    ['other numbers', [3, 0.5], { dtype: 'float32', data: [3, 0.5] }],
    ['NaN', [3, Number.NaN], { dtype: 'float32', data: [3, Number.NaN] }],
    ['booleans', [true, false], { dtype: 'bool', data: [true, false] }],
    ['strings', ['a', 'b'], ['a', 'b']],
    [
      'tensors',
      [tensor([1, 2]), tensor([3, 4])],
      {
        dtype: 'float32',
        data: [
          [1, 2],
          [3, 4],
        ],
      },
    ],
    [
      'typed arrays',
      [Uint8Array.of(1, 2), Uint8Array.of(3, 4)],
      {
        dtype: 'uint8',
        data: [
          [1, 2],
          [3, 4],
        ],
      },
    ],
    [
      'arrays, position by position',
      [
        [1, 'a'],
        [2, 'b'],
      ],
      [{ dtype: 'int32', data: [1, 2] }, ['a', 'b']],
    ],
    [
      'objects, key by key',
      [
        { x: [1.5], y: { z: 1 } },
        { x: [2.5], y: { z: 2 } },
      ],
      { x: [{ dtype: 'float32', data: [1.5, 2.5] }], y: { z: { dtype: 'int32', data: [1, 2] } } },
    ],
  ])('puts %s together', (_, items, batch) => {
    expect(plain(defaultCollate<unknown>(items))).toEqual(batch);
  });

  it.each([
    ['nothing', []],
    ['undefined', [undefined, undefined]],
    ['a late undefined', [1, undefined]],
    ['null', [null]],
    ['dates', [new Date(0)]],
    ['bigints', [1n]],
    ['items of two kinds', [1, 'a']],
    ['a tensor among numbers', [1, tensor(1)]],
    ['objects of other keys', [{ a: 1 }, { b: 1 }]],
    ['objects of more keys', [{ a: 1 }, { a: 1, b: 1 }]],
    ['functions', [() => 1]],
  ])('refuses %s', (_, items) => {
    expect(() => defaultCollate<unknown>(items)).toThrow(ArgumentError);
  });

  it('refuses tensors and arrays of different sizes', () => {
    expect(() => defaultCollate([zeros(2), zeros(3)])).toThrow(ShapeError);
    expect(() => defaultCollate([[1], [1, 2]])).toThrow(ShapeError);
  });
});

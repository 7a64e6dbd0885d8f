import '../methods.ts';
import { expect, it } from 'vitest';
import { ArgumentError } from '../errors.ts';
import { arange } from './creation.ts';
import { rot90 } from './rearranging.ts';

const x = arange(6).reshape(2, 3);

it('rot90 turns by any whole number of quarters', () => {
  const turns = [
    [
      [0, 1, 2],
      [3, 4, 5],
    ],
    [
      [2, 5],
      [1, 4],
      [0, 3],
    ],
    [
      [5, 4, 3],
      [2, 1, 0],
    ],
    [
      [3, 0],
      [4, 1],
      [5, 2],
    ],
  ];
  for (const k of [-5, -4, -1, 0, 1, 2, 3, 7]) expect(rot90(x, k).toArray()).toEqual(turns.at(k % 4));
});

it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 7n, '2', null, true])('rot90 refuses %s turns', (k) => {
  expect(() => rot90(x, k as number)).toThrow(ArgumentError);
});

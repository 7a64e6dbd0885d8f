import '../methods.ts';
import { expect, it } from 'vitest';
import { RetrogradError, ShapeError } from '../errors.ts';
import { tensor, zeros } from './creation.ts';

it('fill_ takes a 0-d tensor, to which all gradients go', () => {
  const value = tensor(3, { dtype: 'float64', requiresGrad: true });
  const x = zeros([2, 3], { dtype: 'float64' }).fill_(value);
  expect(x.toArray()).toEqual([
    [3, 3, 3],
    [3, 3, 3],
  ]);
  x.mul(tensor([1, 2, 4], { dtype: 'float64' }))
    .sum()
    .backward();
  expect(value.grad?.item()).toBe(14);
  expect(zeros([1], { dtype: 'int32' }).fill_(tensor(2.7)).item()).toBe(2);
  expect(() => x.fill_(tensor([1, 2, 3]))).toThrow(ShapeError);
  expect(() => x.fill_('3' as never)).toThrow(RetrogradError);
});

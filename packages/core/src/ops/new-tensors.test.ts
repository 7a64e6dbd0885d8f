import '../methods.ts';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../errors.ts';
import { tensor } from './creation.ts';

describe('methods that make tensors in the dtype of another', () => {
  const x = tensor([1], { dtype: 'float64' });

  it('have that dtype, or another if they are told so', () => {
    const made = [x.newTensor([2]), x.newFull([1], 2), x.newZeros(1), x.newOnes([1]), x.newEmpty(1)];
    expect(made.map(({ dtype }) => dtype)).toEqual(made.map(() => 'float64'));
    expect(made.map((each) => each.item())).toEqual([2, 2, 0, 1, 0]);
    expect(x.newFull([1], 2.5, { dtype: 'int32' }).dtype).toBe('int32');
    expect(x.newOnes(1, { dtype: undefined, requiresGrad: true }).requiresGrad).toBe(true);
  });

  it.each([null, 5, 'float32', { dType: 'int32' }])('refuse %o as options', (options) => {
    expect(() => x.newTensor([2], options as never)).toThrow(ArgumentError);
    expect(() => x.newFull([1], 2, options as never)).toThrow(ArgumentError);
  });
});

import '../methods.ts';
import { describe, expect, it } from 'vitest';
import { grad } from '../autograd/backward.ts';
import type { Tensor } from '../tensor.ts';
import { tensor } from './creation.ts';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const leaf = { dtype: 'float64', requiresGrad: true } as const;

const slope = (of: (x: Tensor) => Tensor, x: Tensor) => grad(of(x).sum(), [x])[0];

// PyTorch 1.13: max, min and median share evenly among the NaNs.
describe.each(['max', 'min', 'amax', 'amin', 'median'] as const)('the gradient of %s', (name) => {
  const of = (x: Tensor): Tensor => x[name]();

  it('goes to NaN where there is one, and evenly to several', () => {
    expect(slope(of, tensor([nan, 1, 2], leaf)).toArray()).toEqual([1, 0, 0]);
    expect(slope(of, tensor([1, 2, nan], leaf)).toArray()).toEqual([0, 0, 1]);
    expect(slope(of, tensor([nan, 1, nan], leaf)).toArray()).toEqual([0.5, 0, 0.5]);
    expect(
      slope(
        of,
        tensor(
          [
            [nan, nan],
            [nan, nan],
          ],
          leaf,
        ),
      ).toArray(),
    ).toEqual([
      [0.25, 0.25],
      [0.25, 0.25],
    ]);
  });

  it('goes evenly to equal elements, infinite ones too', () => {
    expect(
      slope(of, tensor([3, 3, 3], leaf).div(1))
        .sum()
        .item(),
    ).toBeCloseTo(1, 15);
    expect(slope(of, tensor([inf, inf], leaf)).toArray()).toEqual([0.5, 0.5]);
    expect(slope(of, tensor([-inf, -inf], leaf)).toArray()).toEqual([0.5, 0.5]);
  });

  it('is 0 elsewhere, whatever comes in', () => {
    const x = tensor([2, 2, 2, nan], leaf);
    expect(grad(of(x), [x], { gradOutputs: tensor(nan, leaf) })[0].toArray()).toEqual([0, 0, 0, nan]);
  });
});

it.each(['amax', 'amin'] as const)('the gradient of %s along a dim is each line’s own', (name) => {
  const x = tensor(
    [
      [nan, 1, 2],
      [3, 3, 3],
      [nan, nan, 0],
      [inf, inf, inf],
    ],
    leaf,
  );
  const third = 1 / 3;
  expect(slope((each) => each[name](1), x)).toBeCloseToTensor([
    [1, 0, 0],
    [third, third, third],
    [0.5, 0.5, 0],
    [third, third, third],
  ]);
});

it('the gradient of nanmedian passes NaNs by', () => {
  expect(slope((x) => x.nanmedian(), tensor([nan, 1, 2, nan, 1], leaf)).toArray()).toEqual([
    0, 0.5, 0, 0, 0.5,
  ]);
});

import { ArgumentError, tensor } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import { clipGradNorm, clipGradValue } from './clip-grad.ts';

describe('gradient clipping', () => {
  const withGrad = (...grad: number[]) => {
    const param = tensor(
      grad.map(() => 0),
      { requiresGrad: true },
    );
    param.grad = tensor(grad);
    return param;
  };

  it('takes one parameter, a list, or an iterator; without gradients the norm is 0', () => {
    const param = withGrad(3, 4);
    expect(clipGradNorm(param, 1).item()).toBe(5);
    expect(clipGradNorm([withGrad(3), withGrad(4)].values(), 1).item()).toBe(5);
    expect(clipGradNorm([tensor([1])], 1).item()).toBe(0);
    expect(param.grad?.requiresGrad).toBe(false);
  });

  it('with an infinite limit only measures', () => {
    const param = withGrad(3, 4);
    expect(clipGradNorm(param, Infinity).item()).toBe(5);
    expect(param.grad?.toArray()).toEqual([3, 4]);
  });

  it('throws for gradients that are not finite where it is told to, and changes none', () => {
    for (const bad of [Number.NaN, Infinity]) {
      const params = [withGrad(3), withGrad(bad)];
      expect(() => clipGradNorm(params, 1, { errorIfNonfinite: true })).toThrow(ArgumentError);
      expect(params[0]?.grad?.toArray()).toEqual([3]);
      expect(clipGradNorm(params, 1).item()).toBe(bad);
    }
  });

  it.each([
    () => clipGradNorm(withGrad(1), Number.NaN),
    () => clipGradNorm(withGrad(1), -1),
    () => clipGradNorm(withGrad(1), 1, { normType: Number.NaN }),
    () => clipGradNorm(withGrad(1), 1, { normType: -1 }),
    () => clipGradNorm(withGrad(1), 1, { norm_type: 1 } as object),
    () => clipGradNorm([1] as never, 1),
    () => clipGradNorm(undefined as never, 1),
    () => clipGradValue(withGrad(1), Number.NaN),
    () => clipGradValue(withGrad(1), -1),
  ])('refuses %s', (clip) => {
    expect(clip).toThrow(ArgumentError);
  });
});

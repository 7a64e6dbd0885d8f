import { ArgumentError, tensor } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import {
  clipGradNorm,
  clipGradNorm_,
  clipGradsWithNorm_,
  clipGradValue,
  clipGradValue_,
  getTotalNorm,
} from './clip-grad.ts';
import { expectClose, recorded, tensorOf } from './testing/recorded.ts';

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
    expect(clipGradNorm_(param, 1).item()).toBe(5);
    expect(clipGradNorm_([withGrad(3), withGrad(4)].values(), 1).item()).toBe(5);
    expect(clipGradNorm_([tensor([1])], 1).item()).toBe(0);
    expect(param.grad?.requiresGrad).toBe(false);
  });

  it('with an infinite limit only measures', () => {
    const param = withGrad(3, 4);
    expect(clipGradNorm_(param, Infinity).item()).toBe(5);
    expect(param.grad?.toArray()).toEqual([3, 4]);
  });

  it('throws for gradients that are not finite where it is told to, and changes none', () => {
    for (const bad of [Number.NaN, Infinity]) {
      const params = [withGrad(3), withGrad(bad)];
      expect(() => clipGradNorm_(params, 1, { errorIfNonfinite: true })).toThrow(ArgumentError);
      expect(params[0]?.grad?.toArray()).toEqual([3]);
      expect(clipGradNorm_(params, 1).item()).toBe(bad);
    }
  });

  it.each([
    () => clipGradNorm_(withGrad(1), Number.NaN),
    () => clipGradNorm_(withGrad(1), -1),
    () => clipGradNorm_(withGrad(1), 1, { normType: Number.NaN }),
    () => clipGradNorm_(withGrad(1), 1, { normType: -1 }),
    () => clipGradNorm_(withGrad(1), 1, { norm_type: 1 } as object),
    () => clipGradNorm_([1] as never, 1),
    () => clipGradNorm_(undefined as never, 1),
    () => clipGradValue_(withGrad(1), Number.NaN),
    () => clipGradValue_(withGrad(1), -1),
  ])('refuses %s', (clip) => {
    expect(clip).toThrow(ArgumentError);
  });

  it('comes in two parts: the norm, and the scaling by one', () => {
    const params = [withGrad(3), withGrad(4)];
    const total = getTotalNorm(params.flatMap(({ grad }) => grad ?? []));
    expect(total.item()).toBe(5);
    clipGradsWithNorm_(params, 1, total);
    expect(params.map(({ grad }) => grad?.item())).toEqual([expect.closeTo(0.6), expect.closeTo(0.8)]);
    expect(getTotalNorm([]).item()).toBe(0);
  });

  it('has the names without an underscore, too', () => {
    expect([clipGradNorm, clipGradValue]).toEqual([clipGradNorm_, clipGradValue_]);
  });

  it.each(recorded.clips)('does what PyTorch does: $by by $args', ({ by, args, before, total, after }) => {
    const params = before.map((grad) => {
      const param = tensor([0], { dtype: 'float64' });
      param.grad = grad && tensorOf(grad);
      return param;
    });
    const [limit = 0, normType = 2] = args.map((arg) => (arg === 'inf' ? Infinity : Number(arg)));
    if (by === 'clip_grad_value_') clipGradValue_(params, limit);
    else {
      const norm = clipGradNorm_(params, limit, normType).item();
      expect(Math.abs(norm - (total as number))).toBeLessThan(1e-14);
    }
    for (const [i, wanted] of after.entries()) {
      if (wanted === null) expect(params[i]?.grad).toBe(null);
      else expectClose(params[i]?.grad, wanted, 1e-15);
    }
  });
});

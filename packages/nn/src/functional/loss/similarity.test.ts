import { ArgumentError, randn, ShapeError, type Tensor, tensor, zeros } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import { F } from '../../index.ts';

const float64 = { dtype: 'float64' } as const;
const leaf = { ...float64, requiresGrad: true } as const;
const none = { reduction: 'none' } as const;

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);
}

describe('cosineEmbeddingLoss', () => {
  const first = [
    [1, 2],
    [1, 2],
    [-1, 1],
  ];
  const second = [
    [2, 1],
    [1, 1],
    [1, 1],
  ];
  const target = tensor([1, -1, -1], { dtype: 'int32' });

  it('wants a cosine of 1, or of at most the margin', () => {
    const cosine = (i: number) => {
      const [a, b] = [first[i] as number[], second[i] as number[]];
      return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    };
    const wanted = [1 - cosine(0), cosine(1) - 0.2, 0];
    const [a, b] = [tensor(first, leaf), tensor(second, leaf)];
    expect(F.cosineEmbeddingLoss(a, b, target, { margin: 0.2, ...none })).toBeCloseToTensor(wanted);
    expect((x: Tensor, y: Tensor) => F.cosineEmbeddingLoss(x, y, target, 0.2)).toPassGradcheck([a, b], {
      order: 2,
    });
    const one = F.cosineEmbeddingLoss(a.select(0, 0), b.select(0, 0), tensor(1));
    expect(one.item()).toBeCloseTo(1 - cosine(0), 11);
  });

  it('has finite gradients for vectors of length 0', () => {
    const x = zeros([1, 2], leaf);
    F.cosineEmbeddingLoss(x, tensor([[1, 2]], float64), tensor([1])).backward();
    expect(x.grad?.isfinite().all().item()).toBe(1);
  });

  it('refuses shapes that PyTorch refuses', () => {
    expect(() => F.cosineEmbeddingLoss(zeros(3), zeros(3), zeros(1))).toThrow(ShapeError);
    expect(() => F.cosineEmbeddingLoss(zeros(3, 2, 2), zeros(3, 2, 2), zeros(3))).toThrow(ShapeError);
    expect(() => F.cosineEmbeddingLoss(zeros(3, 2), zeros(2), zeros(3))).toThrow(ShapeError);
  });
});

describe('hingeEmbeddingLoss', () => {
  it('is the distance, or what it lacks to the margin', () => {
    const x = tensor([1, 0.5, 2, 3], leaf);
    const target = tensor([1, -1, -1, 0], float64);
    // A target that is neither counts as both: 3 + max(0, 1 − 3).
    expect(F.hingeEmbeddingLoss(x, target, none)).toEqualTensor([1, 0.5, 0, 3]);
    expect((z: Tensor) => F.hingeEmbeddingLoss(z, target, 1.2)).toPassGradcheck(x, { order: 2 });
    expect(() => F.hingeEmbeddingLoss(x, zeros(4, 1))).toThrow(ShapeError);
  });

  it('has slope −1 at the margin, as PyTorch has', () => {
    const x = tensor([1], leaf);
    F.hingeEmbeddingLoss(x, tensor([-1])).backward();
    expect(x.grad).toEqualTensor([-1]);
  });
});

describe('marginRankingLoss', () => {
  it('is what one lacks to be above the other by the margin', () => {
    const [a, b] = [tensor([1, 2, 3], leaf), tensor([1.5, 0, 1], leaf)];
    const target = tensor([1, -1, 1], float64);
    expect(F.marginRankingLoss(a, b, target, none)).toEqualTensor([0.5, 2, 0]);
    expect(F.marginRankingLoss(a, b, target.to('int32'), { margin: 3, ...none })).toEqualTensor([3.5, 5, 1]);
    expect((x: Tensor, y: Tensor) => F.marginRankingLoss(x, y, target, 0.1)).toPassGradcheck([a, b], {
      order: 2,
    });
  });

  it('broadcasts sizes, and wants as many dims in each', () => {
    const loss = F.marginRankingLoss(zeros(3, 2), zeros(3, 1), tensor([[1, 1]]), { margin: 1, ...none });
    expect(loss.shape).toEqual([3, 2]);
    expect(() => F.marginRankingLoss(zeros(3, 2), zeros(3, 2), zeros(3))).toThrow(ShapeError);
  });
});

describe('tripletMarginLoss', () => {
  const vectors = () => [randn([4, 3], leaf), randn([4, 3], leaf), randn([4, 3], leaf)] as const;
  const distance = (a: Tensor, b: Tensor, p: number) =>
    a
      .sub(b)
      .add(1e-6)
      .abs()
      .pow(p)
      .sum(-1)
      .pow(1 / p);

  it('wants the positive nearer than the negative by the margin', () => {
    const [a, p, n] = vectors();
    for (const power of [2, 3]) {
      const wanted = distance(a, p, power)
        .sub(distance(a, n, power))
        .add(0.7)
        .relu();
      expect(F.tripletMarginLoss(a, p, n, { margin: 0.7, p: power, ...none })).toBeCloseToTensor(
        wanted.detach(),
      );
    }
    const swapped = distance(a, p, 2)
      .sub(distance(a, n, 2).minimum(distance(p, n, 2)))
      .add(1)
      .relu();
    expect(F.tripletMarginLoss(a, p, n, { swap: true, ...none })).toBeCloseToTensor(swapped.detach());
    expect((x: Tensor, y: Tensor, z: Tensor) => F.tripletMarginLoss(x, y, z, 5)).toPassGradcheck([a, p, n], {
      order: 2,
    });
  });

  it('takes vectors without a batch, and wants as many dims in each', () => {
    const [a, p, n] = vectors();
    const one = F.tripletMarginLoss(a.select(0, 0), p.select(0, 0), n.select(0, 0));
    expect(one).toBeCloseToTensor(F.tripletMarginLoss(a, p, n, none).select(0, 0).detach());
    expect(() => F.tripletMarginLoss(a, p.select(0, 0), n)).toThrow(ShapeError);
  });

  it('takes a distance of your own', () => {
    const [a, p, n] = vectors();
    const distanceFunction = (x: Tensor, y: Tensor) => x.sub(y).abs().amax(1);
    const loss = F.tripletMarginWithDistanceLoss(a, p, n, { distanceFunction, margin: 2, ...none });
    const wanted = distanceFunction(a, p).sub(distanceFunction(a, n)).add(2).relu();
    expect(loss).toBeCloseToTensor(wanted.detach());
    expect(F.tripletMarginWithDistanceLoss(a, p, n)).toBeCloseToTensor(F.tripletMarginLoss(a, p, n).detach());
    expect(() => F.tripletMarginWithDistanceLoss(a, p, n, { p: 1 } as never)).toThrow(ArgumentError);
  });
});

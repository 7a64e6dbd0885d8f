import { ShapeError } from '../../errors.ts';
import { reshape } from '../../primitives/movement.ts';
import { showShapes } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { checkTensors } from '../lists.ts';
import { matmul } from '../products.ts';

/**
 * The product of two or more matrices, in the order that takes the fewest multiplications; the first and the last may be
 * vectors, a row and a column.
 */
export function multiDot(tensors: readonly Tensor[]): Tensor {
  const list = checkTensors('multiDot', tensors);
  const [first, last] = [list[0], list.at(-1) as Tensor];
  const matrices = list.map((x, i) => {
    if (x.ndim !== 1) return x;
    if (i === 0) return reshape(x, [1, x.numel]);
    return i === list.length - 1 ? reshape(x, [x.numel, 1]) : x;
  });
  const fits = matrices.every(
    (x, i) => x.ndim === 2 && (i === 0 || matrices[i - 1]?.shape[1] === x.shape[0]),
  );
  if (list.length < 2 || !fits) {
    throw new ShapeError({
      op: 'multiDot',
      got: `shapes ${showShapes(list.map(({ shape }) => shape))}`,
      want: 'at least two matrices, each with as many rows as the one before has columns',
    });
  }
  const product = inOrder(matrices, cheapest(matrices), 0, matrices.length - 1);
  return reshape(
    product,
    product.shape.filter((_, d) => !(d === 0 && first.ndim === 1) && !(d === 1 && last.ndim === 1)),
  );
}

/** `split[i][j]`: behind which matrix the product of i to j is best taken apart. */
type Splits = readonly (readonly number[])[];

/**
 * By dynamic programming over all partial products.
 * Source: Cormen, Leiserson, Rivest & Stein, Introduction to Algorithms, §15.2.
 */
function cheapest(matrices: readonly Tensor[]): Splits {
  const count = matrices.length;
  const sizes = [...matrices.map(({ shape }) => shape[0] as number), matrices.at(-1)?.shape[1] as number];
  const costs = matrices.map(() => new Array<number>(count).fill(0));
  const splits = matrices.map(() => new Array<number>(count).fill(0));
  for (let length = 2; length <= count; length++) {
    for (let i = 0; i + length <= count; i++) {
      const j = i + length - 1;
      let best = Number.POSITIVE_INFINITY;
      for (let k = i; k < j; k++) {
        const [outer, middle, inner] = [sizes[i], sizes[k + 1], sizes[j + 1]] as [number, number, number];
        const cost = (costs[i]?.[k] ?? 0) + (costs[k + 1]?.[j] ?? 0) + outer * middle * inner;
        if (cost >= best) continue;
        best = cost;
        (splits[i] as number[])[j] = k;
      }
      (costs[i] as number[])[j] = best;
    }
  }
  return splits;
}

function inOrder(matrices: readonly Tensor[], splits: Splits, i: number, j: number): Tensor {
  if (i === j) return matrices[i] as Tensor;
  const k = splits[i]?.[j] ?? i;
  return matmul(inOrder(matrices, splits, i, k), inOrder(matrices, splits, k + 1, j));
}

import { type Tensor, tensor } from '@retrograd/core';

// For tests: attention in plain numbers.

export type Matrix = readonly (readonly number[])[];

/** Attention of one head, number by number; `bias(i, j)` is added to the score of query i and key j. */
export function attended(
  q: Matrix,
  k: Matrix,
  v: Matrix,
  bias: (i: number, j: number) => number,
  scale?: number,
) {
  const weights = q.map((query, i) => {
    const factor = scale ?? 1 / Math.sqrt(query.length);
    const scores = k.map(
      (key, j) => query.reduce((sum, x, e) => sum + x * (key[e] as number), 0) * factor + bias(i, j),
    );
    const shares = scores.map((score) => Math.exp(score - Math.max(...scores)));
    const total = shares.reduce((a, b) => a + b, 0);
    return shares.map((share) => share / total);
  });
  const output = weights.map((row) =>
    (v[0] as number[]).map((_, e) => row.reduce((sum, w, j) => sum + w * (v[j]?.[e] as number), 0)),
  );
  return { weights, output };
}

export const matrix = (x: Tensor) => x.toArray() as number[][];
export const float64 = (rows: Matrix) => tensor(rows as number[][], { dtype: 'float64' });

import type { Expectation } from './expectation.ts';

/** By hand: g on the kernel's windows, and the kernel, back to front, on g. */
const gradients = {
  x: [
    [1, 0, -4],
    [2, 4, 4],
    [0, -2, -1],
  ],
  w: [
    [-2, 7],
    [2, -4],
  ],
};

/** The matrix of the kernel (1, 2, 3) on seven pixels. */
const matrix = Array.from({ length: 5 }, (_, i) =>
  Array.from({ length: 7 }, (_, j) => (j >= i && j < i + 3 ? j - i + 1 : 0)),
);
const transposed = Array.from({ length: 7 }, (_, j) => matrix.map((row) => row[j] as number));
const sideBySide = (left: readonly number[][], right: readonly number[][]) =>
  right.flatMap((row, i) => [...(left[i] ?? []), ...row]);

export const expectation: Expectation = {
  printed: [
    { after: 'a ∗ b = ', values: [4, 13, 22, 15], from: '(1 + 2x + 3x²)(4 + 5x)' },
    { after: 'b ∗ a = ', values: [4, 13, 22, 15], from: 'a product in the other order' },
    { after: 'a ⋆ b = ', values: [5, 14, 23, 12], from: 'by hand: 5·1; 4·1 + 5·2; 4·2 + 5·3; 4·3' },
    { after: 'b ⋆ a = ', values: [12, 23, 14, 5], from: 'the same, back to front' },
    {
      // x, w, y, t and g stand side by side; x has one more row.
      after: 'y       t       g',
      values: [1, 2, 0, 1, 2, 5, 0, 4, 2, 1, -2, 0, 1, 3, 0, -1, 3, 7, 1, 6, 2, 1, 2, 0, 1],
      from: 'by hand: y = x ⋆ w + 1, g = y − t',
    },
    { after: 'L = ', values: [5], from: '½ (1 + 4 + 4 + 1)' },
    {
      after: '∂L/∂b = Σ g',
      values: [...[1, 0, -4, -2, 7, 2], ...[2, 4, 4, 2, -4], ...[0, -2, -1]],
      from: 'by hand',
    },
    ...Object.entries(gradients).flatMap(([name, rows]) =>
      rows.flatMap((row, i) =>
        row.map((value, j) => ({
          after: ['finite differences', `∂L/∂${name}[${i}, ${j}]`],
          values: [value, value, value],
          from: 'by hand',
        })),
      ),
    ),
    { after: ['finite differences', '∂L/∂b '], values: [2, 2, 2], from: '1 − 2 + 2 + 1' },
    { after: 'C transposed', values: sideBySide(matrix, transposed), from: 'C[i, i + k] = k + 1' },
    { after: 'in two dimensions: ', values: [16 * 36, 16 * 9], from: '4 · 4 outputs of nine weights each' },
    {
      after: ['windows as columns', 'product'],
      values: [...[1, 2, 0, -1, 1, 2, 0, 1, 4, -1, 2, 6], ...[2, 0, 1, 3], ...[0, 1, 2, 0], ...[1, 3, 0, 1]],
      from: 'by hand: y − 1',
    },
    {
      after: 'folded: ∂L/∂x',
      values: [
        ...[-2, 7, 2, -4, 1, -2, 2, 1, 1, 0, -4],
        ...[2, -4, 4, 2, 2, 4, 4],
        ...[0, 0, 0, 0, 0, -2, -1],
        ...[-1, 2, -2, -1],
      ],
      from: 'by hand: the outer product of (1, 2, 0, −1) and (1, −2, 2, 1), folded',
    },
    ...['this is x ⋆ w', 'as by formula', 'by im2col the same', 'by convTranspose2d the same'].map(
      (claim) => ({
        after: `${claim}: true`,
        values: [],
        from: 'the two ways are the same sum',
      }),
    ),
    { after: 'output ', values: [2, 4, 5, 5], from: '⌊(9 + 2 − 3) / 2⌋ + 1' },
    { after: ['times', '32 × 32 '], values: [3 * 1024, 27 * 1024, 9], from: 'nine windows for each pixel' },
    { after: ['times', '56 × 56 '], values: [64 * 3136, 576 * 3136, 9], from: 'nine windows for each pixel' },
    { after: ['times', '14 × 14 '], values: [512 * 196, 4608 * 196, 9], from: 'nine windows for each pixel' },
  ],
  pictures: ['flip', 'matrix'],
};

import type { Expectation } from './expectation.ts';

const softmax = (scores: readonly number[]) => {
  const exponentials = scores.map((score) => Math.exp(score));
  const total = exponentials.reduce((sum, e) => sum + e);
  return exponentials.map((e) => e / total);
};
const probabilities = softmax([19, 12, 4]);

export const expectation: Expectation = {
  printed: [
    { after: 'bar at (0, 0): ', values: [4], from: 'by hand: 2 + 2' },
    { after: 'bar at (0, 1): ', values: [5], from: 'by hand: 2 + 2 + 2 − 1' },
    { after: 'slant at (2, 1): ', values: [6], from: 'by hand: 2 + 2 + 2' },
    { after: 'result ', values: [1, 2, 4, 4], from: 'one image, two kernels, 6 − 3 + 1' },
    {
      // The two maps stand side by side, row by row.
      after: 'seven ⋆ slant',
      values: [
        [4, 5, 5, 3, 1, -1, -1, 3],
        [-3, -2, -2, 0, 0, -2, 4, -3],
        [1, 0, 1, -1, -2, 6, -2, -1],
        [1, 1, -1, 0, 4, -2, -1, 0],
      ].flat(),
      from: 'by hand',
    },
    {
      after: 'ReLU, slant',
      values: [
        [4, 5, 5, 3, 1, 0, 0, 3],
        [0, 0, 0, 0, 0, 0, 4, 0],
        [1, 0, 1, 0, 0, 6, 0, 0],
        [1, 1, 0, 0, 4, 0, 0, 0],
      ].flat(),
      from: 'the same, negative ones as 0',
    },
    { after: 'pooled, slant', values: [5, 5, 1, 4, 1, 1, 6, 0], from: 'by hand: the maxima of four' },
    {
      after: 'products for "seven"',
      values: [5, 5, 1, 1, 1, 4, 6, 0, 5, 5, -1, -1, 1, 4, 6, 0],
      from: 'the maxima; times the weights of "seven"',
    },
    {
      after: ['weights on bar', 'seven   1 1 -1 -1        1 1 1 1'],
      values: [0, 19],
      from: 'by hand: 8 + 11',
    },
    { after: ['weights on bar', 'two     1 1 1 1          0 0 0 0'], values: [0, 12], from: 'by hand' },
    {
      after: ['weights on bar', 'one     -1 -1 -1 -1      0 0 0 0'],
      values: [16, 4],
      from: 'by hand: 16 − 12',
    },
    ...['seven', 'two', 'one'].map((name, i) => ({
      after: ['probability', name],
      values: [[19, 12, 4][i] as number, probabilities[i] as number],
      from: 'exp(s) / Σ exp(s)',
    })),
    { after: '"seven" to "two": ', values: [Math.exp(7)], from: 'e⁷' },
    { after: 'times as probable\n', values: [45], from: '2 · 9 + 3 · 8 + 3' },
    ...(
      [
        ['seven ', [19, 12, 4]],
        ['two ', [10, 20, -4]],
        ['one ', [3, 4, 12]],
        ['one down ', [22, 12, 4]],
        ['one right ', [22, 12, 4]],
        ['one down, one right ', [16, 11, 5]],
      ] as const
    ).map(([name, values]) => ({
      after: ['answer', `\n${name}`],
      values,
      from: 'the four steps, by hand (and by NumPy loops)',
    })),
    ...(
      [
        ['seven ', 7],
        ['one down ', 1],
        ['one right ', 3],
        ['one down, one right ', 1],
        ['two ', 7],
        ['one  ', 2],
      ] as const
    ).map(([name, ink]) => ({
      after: ['ink shared with the 7', `\n${name}`],
      values: [ink],
      from: 'counted',
    })),
    { after: 'image (1, 1, 14, 14), maps ', values: [1, 2, 12, 12, 1, 2, 6, 6], from: '14 − 3 + 1; halved' },
  ],
  pictures: ['digits', 'steps', 'larger'],
};

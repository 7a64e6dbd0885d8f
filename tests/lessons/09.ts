import type { Expectation } from './expectation.ts';

const grown = 'the text: it answers more strongly than any window, and is smoother than what climbed at once';

export const expectation: Expectation = {
  printed: [
    { after: 'names ', values: [[80, 100]], from: 'far above the 10% of guessing' },
    {
      after: 'the weights of filter 0: ',
      values: [0],
      from: 'a linear function has its weights for a slope',
    },
    { after: 'of 8 × 8 pixels: ', values: [32, 1, 1], from: '8 → 6 (3 × 3) → 3 (pooling) → 1 (3 × 3)' },
    {
      after: 'mean answer: to noise ',
      values: [[-10, 1], 60, [1.5, 10]],
      from: 'it climbs',
    },
    { after: 'sizes: ', values: [2, 2, 4, 4, 8, 8], from: 'twice as large each time' },
    {
      // Answer, roughness, likeness to its own window and to others.
      after: ['like others', '\nbest window '],
      values: [[0.5, 4], [0.05, 0.18], 1, [-0.2, 0.2]],
      from: 'what correlates with itself does so with 1; it is smoother than what climbed at once',
    },
    {
      after: ['like others', '\nclimbed at once '],
      values: [
        [4, 10],
        [0.19, 0.5],
        [0.5, 0.76],
        [-0.2, 0.2],
      ],
      from: 'the text: stronger than the windows, rough',
    },
    {
      after: ['like others', '\ngrown '],
      values: [
        [4, 10],
        [0.05, 0.18],
        [0.76, 1],
        [-0.2, 0.2],
      ],
      from: grown,
    },
    { after: 'more than any of ', values: [60_500, 16, 16], from: `500 · 11 · 11 windows; ${grown}` },
    { after: 'climbed at once more than any of them: ', values: [16, 16], from: 'the same' },
  ],
  pictures: ['conv1', 'growing', 'sixteen'],
};

import type { Expectation } from './expectation.ts';

export const expectation: Expectation = {
  printed: [
    { after: 'twenty images: ', values: [20, 1, 28, 28], from: 'twenty grey images of 28 × 28' },
    { after: ['numbers', 'conv1.weight'], values: [16, 1, 3, 3, 144], from: '16 · 1 · 3 · 3' },
    { after: ['numbers', 'conv2.weight'], values: [32, 16, 3, 3, 4608], from: '32 · 16 · 3 · 3' },
    { after: ['numbers', 'fc1.weight'], values: [10, 800, 8000], from: '10 · 32 · 5 · 5' },
    { after: 'together: ', values: [144 + 16 + 4608 + 32 + 8000 + 10], from: 'the sum of the table' },
    { after: 'loss before training: ', values: [[2.2, 2.4], Math.log(10)], from: 'ln 10, nearly' },
    {
      after: 'epoch 1: ',
      values: [
        [1.5, 2.4],
        [30, 85],
      ],
      from: 'the lesson: it begins near 2.3',
    },
    {
      after: 'epoch 5: ',
      values: [
        [0.1, 0.5],
        [85, 99],
      ],
      from: 'the lesson: it has learnt to read',
    },
    { after: 'mistakes: ', values: [[5, 75], 500], from: '1 to 15% of 500' },
    {
      after: 'sure where right: ',
      values: [
        [80, 100],
        [35, 79],
      ],
      from: 'the lesson: less sure where wrong',
    },
    { after: 'maps of conv1: ', values: [1, 16, 26, 26], from: '28 − 3 + 1' },
    { after: 'of conv2: ', values: [1, 32, 11, 11], from: '26 / 2 − 3 + 1' },
  ],
  pictures: ['training', 'predictions', 'kernels', 'conv1', 'conv2'],
};

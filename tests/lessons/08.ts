import type { Expectation } from './expectation.ts';

/** From one in ten, which is guessing, to where a reader would be of no use. */
const poor = [0, 45] as const;

export const expectation: Expectation = {
  printed: [
    {
      after: ['at 6', 'fully connected'],
      values: [poor, poor, poor, [75, 100], poor, poor, poor],
      from: "the lesson's claim: well in the middle, most answers wrong two pixels beside it",
    },
    {
      after: ['at 6', 'convolutional'],
      values: [poor, poor, [50, 90], [90, 100], [50, 90], poor, poor],
      from: "the lesson's claim: bears two pixels much better, and fails at four",
    },
    {
      after: ['moved by 1', 'first convolution'],
      values: [0, 0, 0, 0],
      from: 'equivariance',
    },
    {
      after: ['moved by 1', 'first pooling'],
      values: [[0.1, 100], 0, [0.1, 100], 0],
      from: 'a step of two pixels divides 2 and 4',
    },
    {
      after: ['moved by 1', 'second pooling'],
      values: [[0.1, 100], [0.1, 100], [0.1, 100], 0],
      from: 'a step of four pixels divides 4',
    },
    { after: '\nconvolution: ', values: [9, 676], from: '3 · 3 windows hold a pixel, of 26 · 26' },
    { after: '\nfully connected: ', values: [100, 100], from: 'every unit has a weight for every pixel' },
    ...(
      [
        ['conv 1 ', [3, 1, 3, 1, 3, 3]],
        ['pool 1 ', [2, 2, 4, 2, 4, 4]],
        ['conv 2 ', [3, 1, 8, 2, 8, 8]],
        ['pool 2 ', [2, 2, 10, 4, 10, 10]],
        ['conv 3 ', [3, 1, 18, 4, 18, 18]],
      ] as const
    ).map(([name, values]) => ({ after: ['nn.summary', name], values, from: 'r + (k − 1) · j, by hand' })),
    {
      after: '1 × 1 convolution: ',
      values: [500, 32, 5, 5, 500, 10, 5, 5, 330, 330],
      from: '32 · 10 weights and 10 biases',
    },
    {
      after: ['second convolution', '\nfull '],
      values: [4640, 557_568, [90, 100]],
      from: '9 · 16 · 32 + 32; 121 places of 9 · 16 · 32; a good reader',
    },
    {
      after: ['second convolution', '\nseparable '],
      values: [704, 79_376, [88, 100]],
      from: '(9 · 16 + 16) + (16 · 32 + 32); 121 · (9 · 16 + 16 · 32); nearly as good a one',
    },
    {
      after: 'with global pooling',
      values: [
        [30, 90],
        [50, 95],
        [65, 95],
        [78, 97],
        [65, 95],
        [50, 95],
        [25, 90],
      ],
      from: "the lesson's claim: falls much later than either",
    },
    { after: '\nflatten, fully connected ', values: [8010], from: '32 · 5 · 5 · 10 + 10' },
    { after: '\n1 × 1, global pooling ', values: [650], from: '64 · 10 + 10' },
    { after: '28 × 28 → ', values: [1, 10], from: 'ten maps, a mean of each' },
    { after: '64 × 64 → ', values: [1, 10], from: 'ten maps, a mean of each' },
  ],
  pictures: ['moved', 'features', 'receptive-fields', 'invariance'],
};

import type { Expectation } from './expectation.ts';

const exact = 'a sum of means is the mean of the sum';

export const expectation: Expectation = {
  printed: [
    { after: 'MeanNet: names ', values: [[88, 100]], from: 'far above the 10% of guessing' },
    { after: '\nNet: names ', values: [[80, 100]], from: 'far above the 10% of guessing' },
    {
      // Two columns, the score and what the map gives; what is missing between them is checked below.
      after: ['mean of its map + bias', '\n    0'],
      values: [
        [-20, 20],
        [-20, 20],
      ],
      from: 'scores of a network',
    },
    { after: 'largest difference of the two: below ', values: [0.0001], from: exact },
    {
      after: 'on the left: ',
      values: [[75, 100]],
      from: 'the text: the map is where its digit is; 50 by chance',
    },
    { after: 'on the right: ', values: [[75, 100]], from: 'the same' },
    { after: 'CAM divided by Grad-CAM: ', values: [196], from: '14 · 14: ∂s/∂A = w / (H · W)' },
    { after: '196 times Grad-CAM: below ', values: [0.00001], from: 'the same' },
    {
      after: 'missing between map and score, place by place: ',
      values: [0],
      from: 'the score is piecewise linear in the features (Euler)',
    },
    {
      after: 'missing between map and score, by the mean: ',
      values: [[1, 100]],
      from: 'no such law: gradients differ from place to place',
    },
    ...(
      [
        ['CAM ', [0.4, 20], 'the text: what it marks matters most'],
        ['Grad-CAM ', [-1, 1], 'the text: the mean of the gradients does not tell'],
        ['place by place ', [1.5, 20], 'the text: what it marks matters most'],
      ] as const
    ).map(([map, difference, from]) => ({
      after: ['difference\n', `\n${map}`],
      values: [[-20, 20], [-20, 20], difference] as const,
      from,
    })),
  ],
  pictures: ['cam', 'two-digits', 'four-views', 'covering'],
};

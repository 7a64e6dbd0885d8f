import type { Expectation } from './expectation.ts';

/** What PyTorch reaches on all of MNIST, in the order of the last table. */
const reference = 'PyTorch 1.13, 60,000 images';

export const expectation: Expectation = {
  printed: [
    {
      after: ['all weights', 'two convolutions'],
      values: [16 * 9 + 16 + 32 * 16 * 9 + 32, 800 * 10 + 10, 12_810],
      from: 'outputs · inputs · 3 · 3 + outputs',
    },
    {
      after: ['all weights', 'a third one'],
      values: [4800 + 64 * 32 * 9 + 64, 64 * 10 + 10, 23_946],
      from: 'outputs · inputs · 3 · 3 + outputs',
    },
    { after: 'to be tested on\n', values: [500, 10], from: '10 · 800 / 16' },
    {
      after: ['training loss', '─\n'],
      values: [1, [1.5, 2.4], [30, 75], 5, [0.1, 0.5], [84, 97], 10, [0.001, 0.09], [88, 99]],
      from: 'the lesson: the loss falls to the end, the share rises steeply and then hardly',
    },
    {
      after: ['spread of the scores', 'two convolutions'],
      values: [
        [0.018, 0.035],
        [0.024, 0.04],
      ],
      from: 'the lesson: both larger than those of the deeper network',
    },
    {
      after: ['spread of the scores', 'a third one'],
      values: [
        [0.006, 0.016],
        [0.01, 0.023],
      ],
      from: 'the lesson: both smaller than those of the other network',
    },
    {
      after: ['silent maps of 32', 'no training'],
      values: [0, [0, 8], [20, 60]],
      from: 'the same weights',
    },
    {
      after: ['silent maps of 32', 'rate 0.001'],
      values: [
        [1, 25],
        [0, 8],
        [20, 60],
      ],
      from: 'the lesson: small steps move the weights least',
    },
    {
      after: ['silent maps of 32', 'rate 0.01'],
      values: [
        [40, 200],
        [0, 8],
        [10, 60],
      ],
      from: 'the lesson: further than at 0.001',
    },
    {
      after: ['silent maps of 32', 'rate 0.1'],
      values: [
        [200, 2000],
        [24, 32],
        [0, 10],
      ],
      from: 'the lesson: too long a step silences filters',
    },
    {
      after: ['right here', 'two convolutions, 5 epochs'],
      values: [[84, 97], [0.7, 1.7], 98.42],
      from: `√(p (1 − p) / 500); ${reference}`,
    },
    {
      after: ['right here', 'two convolutions, 10 epochs'],
      values: [[88, 99], [0.4, 1.5], 98.76],
      from: `√(p (1 − p) / 500); ${reference}`,
    },
    {
      after: ['right here', 'a third one, 10 epochs'],
      values: [[82, 98], [0.6, 1.8], 98.33],
      from: `√(p (1 − p) / 500); ${reference}`,
    },
    {
      after: ['right here', 'a third one, rate 0.1'],
      values: [[4, 60], [0.8, 2.24], 97.25],
      from: `too long steps; ${reference}`,
    },
    {
      after: ['right here', 'a third one, rate 0.001'],
      values: [[4, 60], [0.8, 2.24], 97.2],
      from: `too short steps; ${reference}`,
    },
  ],
  pictures: ['layers', 'rates', 'maps', 'reference', 'all'],
};

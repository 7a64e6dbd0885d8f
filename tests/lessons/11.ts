import type { Expectation } from './expectation.ts';

/** What a share of a network lies between; only differences are claimed. */
const any = [0, 100] as const;

export const expectation: Expectation = {
  printed: [
    { after: 'test digits named: ', values: [[90, 100]], from: 'far above the 10% of guessing' },
    {
      after: 'one divided by the other: ',
      values: [[0.8, 1.2]],
      from: "Taylor's first term, ε Σ |g|; kinks and curvature make the difference",
    },
    {
      after: ['ε = 0.3\n', 'random signs '],
      values: [[90, 100], any, any, any, [80, 100], any, any],
      from: 'the text: the network hardly minds, up to 0.2',
    },
    {
      after: ['ε = 0.3\n', "the gradient's signs "],
      values: [[90, 100], any, any, any, [0, 45], [0, 30], [0, 15]],
      from: 'the text: most are read wrongly',
    },
    {
      after: ['ε = 0.3\n', 'ε = 0.3\n', 'plain '],
      values: [[90, 100], any, any, any, [0, 20], any, [0, 10]],
      from: 'the same attack once more',
    },
    {
      after: ['ε = 0.3\n', 'ε = 0.3\n', 'augmented '],
      values: [[90, 100], any, any, any, [0, 30], any, [0, 15]],
      from: 'the text: hardly safer for it',
    },
    {
      after: ['ε = 0.3\n', 'ε = 0.3\n', 'adversarial '],
      values: [[90, 100], any, any, any, [50, 90], any, [25, 90]],
      from: 'the text: far better, by more than 20 points at 0.2',
    },
    ...(
      [
        ['plain ', [75, 89]],
        ['augmented ', [90, 100]],
        ['adversarial ', [75, 89]],
      ] as const
    ).map(([name, moved]) => ({
      after: ['turned, shifted, noisy', name],
      values: [[90, 100], moved] as const,
      from: 'the text: read best by the network that was trained on such',
    })),
    ...(
      [
        ['plain ', [0, 20], [0, 5]],
        ['augmented ', [0, 30], [0, 5]],
        ['adversarial ', [45, 90], [3, 40]],
      ] as const
    ).map(([name, one, eight]) => ({
      after: ['eight steps', name],
      values: [one, eight],
      from: 'the text: all fall further',
    })),
  ],
  pictures: ['fooled', 'accuracy', 'augmented', 'defences'],
};

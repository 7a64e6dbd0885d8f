import type { Expectation } from './expectation.ts';

const explosion = 'fully connected to 1,000   convolution, 64 filters';
const [height, width] = [64, 64];

export const expectation: Expectation = {
  printed: [
    { after: 'row 1, column 4: ', values: [255], from: 'the matrix in the lesson' },
    {
      after: 'mean brightness: ',
      // Full pixels, then the shades between.
      values: [(7 * 255 + 2 * 60 + 2 * 200 + 2 * 120) / (8 * 6 * 255)],
      from: 'the matrix in the lesson, summed by hand',
    },
    {
      after: 'image: shape ',
      values: [3, height, width, 3 * height * width],
      from: 'channels × height × width',
    },
    { after: ['place', 'sun'], values: [1, 0.84, 0.2], from: "the scene's colour of the sun" },
    {
      after: ['place', 'sky'],
      values: [0.45, 0.3, 0.1].map((slope, c) => (slope * 2.5) / 64 + ([0.35, 0.6, 0.9][c] as number)),
      from: "the scene's sky: a line in y = (2 + ½) / 64",
    },
    { after: ['place', 'roof'], values: [0.72, 0.26, 0.2], from: "the scene's colour of the roof" },
    {
      after: 'strides of (3, 64, 64): ',
      values: [height * width, width, 1],
      from: 'products of the later sizes',
    },
    { after: 'at position ', values: [4979, 0.84], from: '4096 + 13 · 64 + 51; the green of the sun' },
    { after: 'strides of (64, 64, 3): ', values: [width, 1, height * width], from: 'the same, reordered' },
    {
      after: 'batch: ',
      values: [100, 3, height, width, 1_228_800, 4_915_200],
      from: '100 · 12,288, and four bytes each',
    },
    { after: [explosion, '16 × 16 × 3'], values: [768_000, 1728], from: 's² · 3 · 1,000; 3 · 3 · 3 · 64' },
    { after: [explosion, '64 × 64 × 3'], values: [12_288_000, 1728], from: '64 · 64 · 3 · 1,000' },
    { after: [explosion, '224 × 224 × 3'], values: [150_528_000, 1728], from: '224² · 3 · 1,000' },
    { after: '784 → 196: ', values: [153_664], from: '28 · 28 · 14 · 14' },
    { after: '2 × 2, stride 2: ', values: [4], from: '2 · 2' },
    { after: 'times as many: ', values: [38_416], from: '153,664 / 4' },
  ],
  pictures: ['seven', 'channels', 'explosion', 'shuffled'],
};

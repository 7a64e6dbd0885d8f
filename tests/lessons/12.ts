import type { Expectation } from './expectation.ts';

/** VGG16 as Simonyan and Zisserman list it (table 1, column D): inputs, outputs, and pixels a side of the result. */
const convolutions = [
  [3, 64, 224],
  [64, 64, 224],
  [64, 128, 112],
  [128, 128, 112],
  [128, 256, 56],
  [256, 256, 56],
  [256, 256, 56],
  [256, 512, 28],
  [512, 512, 28],
  [512, 512, 28],
  [512, 512, 14],
  [512, 512, 14],
  [512, 512, 14],
] as const;
const fully = [
  [25_088, 4096],
  [4096, 4096],
  [4096, 1000],
] as const;
const layers = [
  ...convolutions.map(([i, o, side]) => [o * (9 * i + 1), 9 * i * o * side ** 2] as const),
  ...fully.map(([i, o]) => [o * (i + 1), i * o] as const),
];
const names = ['1_1', '1_2', '2_1', '2_2', '3_1', '3_2', '3_3', '4_1', '4_2', '4_3', '5_1', '5_2', '5_3'];
const rows = [...names.map((name) => `conv${name} `), 'fc6 ', 'fc7 ', 'fc8 '];
const multiplications = layers.reduce((sum, [, products]) => sum + products, 0);

/** KL of N(0, σ²) from N(0, 1). */
const divergence = (sigma: number) => (sigma ** 2 - Math.log(sigma ** 2) - 1) / 2;

export const expectation: Expectation = {
  printed: [
    { after: 'VGG16: ', values: [138_357_544, 553.43], from: "torchvision's vgg16; four bytes each" },
    ...layers.map(([parameters, products], i) => ({
      after: ['multiplications', rows[i] as string],
      values: [parameters, products, Math.round(products / parameters)],
      from: 'o · (9i + 1) and 9io per pixel; o · (i + 1) and io',
    })),
    {
      after: ['multiplications', '\nall '],
      values: [138_357_544, multiplications, Math.round(multiplications / 138_357_544)],
      from: 'the sums of the columns',
    },
    { after: 'one half everywhere costs ', values: [784 * Math.LN2], from: '784 · ln 2' },
    ...[1, 0.5, 0.1].map((sigma) => ({
      after: `spread ${sigma}: KL `,
      values: [divergence(sigma)],
      from: '½ (σ² − ln σ² − 1)',
    })),
    {
      after: ['misfit', '─\n    1 '],
      values: [[200, 400]],
      from: 'better than one half everywhere from the start',
    },
    { after: ['misfit', '\n   10 '], values: [[150, 190]], from: 'it has learned' },
    {
      after: 'mean squared error: ',
      values: [
        [0.015, 0.03],
        [0.035, 0.05],
      ],
      from: 'the drawing is nearer than the mean image',
    },
    { after: 'the judge reads ', values: [[80, 100]], from: 'it is a judge' },
    { after: 'test digits\nand ', values: [[85, 100]], from: 'what is drawn is legible' },
  ],
  pictures: ['layers', 'reconstructions', 'samples', 'walk'],
};

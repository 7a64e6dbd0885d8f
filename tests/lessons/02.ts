import type { Expectation } from './expectation.ts';

const eye = [0.299, 0.587, 0.114];
const grey = (colour: readonly number[]) => colour.reduce((sum, c, i) => sum + c * (eye[i] as number), 0);
const slope = grey([0.45, 0.3, 0.1]);
/** The scene's sky in the middle of a row, and its wall. */
const sky = (row: number) => grey([0.35, 0.6, 0.9]) + (slope * (row + 0.5)) / 64;
const wall = grey([0.93, 0.87, 0.76]);

const bell = [2, 1, 0, 1, 2].map((u) => Math.exp(-(u * u) / 2));
const total = bell.reduce((sum, w) => sum + w) ** 2;

/** The midpoint rule for e⁻ᵗ: a geometric series, Δ Σ e^{−(j + ½) Δ} up to t = 1. */
const midpoint = (delta: number) => ((1 - Math.exp(-1)) * (delta / 2)) / Math.sinh(delta / 2);
const exact = 1 - Math.exp(-1);

export const expectation: Expectation = {
  printed: [
    // The three matrices stand side by side; the result has two rows.
    {
      after: 'image ⋆ kernel',
      values: [1, 1, 5, 5, 5, -1, 0, 1, 16, 16, 0, 1, 1, 5, 5, 5, -2, 0, 2, 16, 16, 0],
      from: 'by hand: 4 · (5 − 1)',
    },
    { after: 'sky ', values: [sky(35), wall, 4 * (wall - sky(35))], from: "the scene's colours" },
    {
      after: 'Gx there: ',
      values: [4 * (wall - sky(35))],
      from: "Sobel's kernel on a step",
    },
    {
      after: 'Gy there: ',
      values: [(3 * 2 * slope) / 64],
      from: 'three of four columns are sky, two rows apart',
    },
    {
      after: ['sharpen', ''],
      values: bell.map((w) => (w * (bell[0] as number)) / total),
      from: 'exp(−(u² + v²) / 2), normalised',
    },
    { after: 'a step, sharpened: ', values: [0, -1, 2, 1], from: 'by hand: 5x less four neighbours' },
    {
      after: ['formula', 'F.conv2d', '─', '\n'],
      values: [
        [7, 3, 0, 1, 5, 5],
        [7, 3, 1, 1, 7, 7],
        [7, 3, 0, 2, 3, 3],
        [7, 3, 1, 2, 4, 4],
        [28, 5, 2, 1, 28, 28],
        [64, 2, 0, 2, 32, 32],
        [224, 7, 3, 2, 112, 112],
      ].flat(),
      from: '⌊(n + 2p − k) / s⌋ + 1, by hand',
    },
    {
      after: ['maximum', 'average'],
      values: [1, 2, 0, 0, 4, 8, 2.5, 2, 3, 4, 0, 8, 5, 3, 5, 1],
      from: 'by hand',
    },
    ...[0.5, 0.25, 0.125].map((delta) => ({
      after: ['at t = 1', `${delta} `],
      values: [midpoint(delta), exact, exact - midpoint(delta)],
      from: 'the geometric series; 1 − 1/e',
    })),
    { after: 'video ', values: [6, 12, 12, 5, 12, 12], from: 'a kernel of two frames fits at five places' },
    { after: 'from frame to frame: ', values: [4, 4, 4, 4, 4], from: 'a column of the square' },
    { after: 'moving right: ', values: [2], from: 'both frames fit' },
    { after: 'moving left: ', values: [1], from: 'one frame fits' },
    { after: 'standing still: ', values: [1], from: 'one frame fits' },
  ],
  pictures: ['sobel', 'blur', 'pooling', 'box-and-spike', 'video', 'motion'],
};

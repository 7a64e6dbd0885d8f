// %% [markdown]
// # 2. Filters by hand
//
// A filter is a small window of weights that slides over an image. Choose the weights by hand, and it finds edges, blurs or
// sharpens. Then what stride, padding and pooling do to sizes, and the same idea along a line and through a video.

// %%
import { arange, stack, type Tensor, tensor, zeros } from '@retrograd/core';
import { F } from '@retrograd/nn';
import { compare, imageGrid, plot } from '@retrograd/viz';
import { number, picture, printMatrices, printTable } from '../lib/lesson.ts';
import { grey, scene } from '../lib/scene.ts';

// %% [markdown]
// ## One window at a time
//
// Lay a 3 × 3 *kernel* of weights on a 3 × 3 part of the image, multiply what lies on each other, and add up: that is one
// number of the result. Move the kernel on by one pixel for the next. For an image *x* and a kernel *w*,
//
// y[i, j] = Σ w[u, v] · x[i + u, j + v], over all rows u and columns v of the kernel.
//
// Two loops over the places, and inside them one multiplication and one sum, are all of it. Mathematics calls this
// *cross-correlation*, and libraries for neural networks call it convolution; lesson 4 explains the difference.

// %%
function correlate(x: Tensor, w: Tensor): Tensor {
  const [kh, kw] = w.shape as [number, number];
  const [height, width] = [x.size(0) - kh + 1, x.size(1) - kw + 1];
  const y = zeros([height, width]);
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++) {
      const window = x.narrow(0, i, kh).narrow(1, j, kw);
      y.setAt(i, j, window.mul(w).sum());
    }
  return y;
}

const sobelX = tensor([
  [-1, 0, 1],
  [-2, 0, 2],
  [-1, 0, 1],
]);
const sobelY = sobelX.t();

// %% [markdown]
// This is Sobel's kernel. Its left column is negative and its right one positive: it measures how much brighter it is on
// the right than on the left. Its weights add up to zero, so that it says nothing about even ground, bright or dark. The
// middle row counts double, which makes it steadier against noise. Turned on its side it compares below with above.
//
// The image is dark (1) on the left and bright (5) on the right. In the first window the right column gives
// 5 + 2 · 5 + 5 = 20 and the left one −(1 + 2 · 1 + 1) = −4, together 16. In the last window all is bright: 0.

// %%
const edge = tensor([1, 1, 5, 5, 5]).expand([4, 5]);
const byHand = correlate(edge, sobelX);
/** `F.conv2d` takes batches `(N, C, H, W)` and kernels `(outputs, inputs, height, width)`. */
const single = (x: Tensor) => x.reshape([1, 1, ...x.shape]);
const filter = (x: Tensor, w: Tensor, options = {}) =>
  F.conv2d(single(x), single(w), undefined, options).at(0, 0);
printMatrices({ image: edge, kernel: sobelX, 'image ⋆ kernel': byHand });
console.log(`F.conv2d says the same: ${filter(edge, sobelX).equal(byHand)}`);

// %% [markdown]
// ## Edges
//
// On a picture, Sobel's two kernels answer at upright and at level edges. Together they are an arrow at each pixel, which
// points to where it becomes brighter; its length, √(Gx² + Gy²), is large at every edge, whatever its direction. In the
// two pictures in the middle grey is zero, white positive and black negative: the door's left side leads into the dark, its right side out of it.
//
// Before filtering, the image's outermost pixels are repeated around it, so that the border is no edge and the size stays.

// %%
const image = scene(64);
const bright = grey(image);
const bordered = (x: Tensor, by: number) => F.pad(single(x), [by, by, by, by], 'replicate').at(0, 0);
const gx = filter(bordered(bright, 1), sobelX);
const gy = filter(bordered(bright, 1), sobelY);
const magnitude = gx.square().add(gy.square()).sqrt();
await picture(
  'sobel',
  compare(
    { image, 'Gx: upright edges': gx, 'Gy: level edges': gy, magnitude },
    { title: "Sobel's filters", columns: 4 },
  ),
  { thumbnail: true },
);

// %% [markdown]
// Check a place: row 35 is beside the house, and column 12 the last of the sky before the wall. On the right of it is wall,
// on the left sky, so that Gx is (1 + 2 + 1) times the difference of the two. From top to bottom there is next to nothing:
// the sky grows a little brighter towards the horizon.

// %%
const [sky, wall] = [bright.at(35, 11).item(), bright.at(35, 13).item()];
console.log(
  `sky ${number(sky, 4)}, wall ${number(wall, 4)}, four times the difference ${number(4 * (wall - sky), 4)}`,
);
console.log(`Gx there: ${number(gx.at(35, 12).item(), 4)}, Gy there: ${number(gy.at(35, 12).item(), 4)}`);

// %% [markdown]
// ## Blur and sharpen
//
// A kernel whose weights add up to 1 leaves even ground as it is. If all of them are positive, each pixel becomes a mean of
// its neighbourhood: a *blur*. Gauss's bell gives near neighbours more weight than far ones: w ∝ exp(−(u² + v²) / 2σ²).
//
// To *sharpen*, do the opposite: add to each pixel what sets it apart from its neighbours. Five times itself less its four
// neighbours is one such kernel. On a step from 0 to 1 it overshoots on both sides, to −1 and 2, and that is what looks crisp.

// %%
const u = arange(-2, 3);
const bell = u.square().div(-2).exp();
const gauss = bell.outer(bell).div(bell.sum().square());
const sharpen = tensor([
  [0, -1, 0],
  [-1, 5, -1],
  [0, -1, 0],
]);
printMatrices({ 'Gauss, σ = 1': gauss, sharpen }, { digits: 3 });
const step = tensor([0, 0, 0, 1, 1, 1]).expand([3, 6]);
console.log(`a step, sharpened: ${filter(step, sharpen).data.join(' ')}`);

const perChannel = (w: Tensor, by: number) =>
  stack(image.unbind(0).map((channel) => filter(bordered(channel, by), w)));
const [blurred, sharpened] = [perChannel(gauss, 2), perChannel(sharpen, 1).clamp(0, 1)];
await picture('blur', compare({ image, blurred, sharpened }, { title: 'Smoother and crisper' }));

// %% [markdown]
// ## Stride and padding
//
// A kernel of size *k* fits into *n* pixels at n − k + 1 places. *Padding* adds *p* pixels, mostly zeros, on each side.
// With a *stride* of *s* the kernel moves on by s pixels at a time. The result has
//
// ⌊(n + 2p − k) / s⌋ + 1
//
// pixels. With k = 3 and p = 1 the size stays; with s = 2 it is halved.

// %%
const cases = [
  { n: 7, k: 3, p: 0, s: 1 },
  { n: 7, k: 3, p: 1, s: 1 },
  { n: 7, k: 3, p: 0, s: 2 },
  { n: 7, k: 3, p: 1, s: 2 },
  { n: 28, k: 5, p: 2, s: 1 },
  { n: 64, k: 2, p: 0, s: 2 },
  { n: 224, k: 7, p: 3, s: 2 },
];
printTable(
  ['pixels n', 'kernel k', 'padding p', 'stride s', 'formula', 'F.conv2d'],
  cases.map(({ n, k, p, s }) => {
    const result = filter(zeros([n, n]), zeros([k, k]), { padding: p, stride: s });
    return [n, k, p, s, Math.floor((n + 2 * p - k) / s) + 1, result.size(0)];
  }),
);

// %% [markdown]
// ## Pooling
//
// *Pooling* makes an image smaller without any weights: each window becomes one number, its maximum or its average. In the
// upper right a lone 8 stays 8 under the maximum ("there is something here"), while the average waters it down to 2. On even
// ground, lower left, both say the same. Below, the edges of the picture are pooled: thin lines survive under the maximum,
// and all but drown in the average.

// %%
const values = tensor([
  [1, 2, 0, 0],
  [3, 4, 0, 8],
  [5, 5, 1, 0],
  [5, 5, 0, 3],
]);
const maximum = F.maxPool2d(values.unsqueeze(0), 2).squeeze(0);
const average = F.avgPool2d(values.unsqueeze(0), 2).squeeze(0);
printMatrices({ values, maximum, average });

const edges = magnitude.unsqueeze(0);
await picture(
  'pooling',
  compare(
    {
      '64 × 64': magnitude,
      'maximum, 8 × 8': F.maxPool2d(edges, 8),
      'average, 8 × 8': F.avgPool2d(edges, 8),
    },
    { title: 'Edges, pooled: eight by eight pixels become one', min: 0, max: magnitude.max().item() },
  ),
);

// %% [markdown]
// ## Along a line: from an integral to a sum
//
// Convolution is older than pixels. For functions of time it is an integral, (f ∗ g)(t) = ∫ f(τ) g(t − τ) dτ: everything that
// came in at a time τ still rings, t − τ later, as g says. Let f be a *box*, a switch that is on from 0 to 1, and g a *spike*,
// a bell that is struck and dies away as e⁻ᵗ. While the switch is on, the answer rises as 1 − e⁻ᵗ; afterwards it dies away.
//
// A computer samples both at distances of Δ and sums: Δ · Σ f[i] g[n − i]. The index of g runs backwards, so for `conv1d`,
// which slides without turning anything round, g is flipped first.

// %%
const spikeAt = (t: Tensor) => t.neg().exp();
const exact = (t: number) => (t <= 1 ? 1 - Math.exp(-t) : Math.exp(-t) * (Math.E - 1));

function sampled(delta: number, until = 3): { t: number[]; y: number[] } {
  const steps = until / delta;
  const middles = arange(steps).add(0.5).mul(delta);
  const box = middles.lt(1).to('float32').reshape([1, 1, steps]);
  const spike = spikeAt(middles).flip([0]).reshape([1, 1, steps]);
  const y = F.conv1d(box, spike, undefined, { padding: steps - 1 })
    .narrow(2, 0, steps)
    .mul(delta);
  return { t: Array.from({ length: steps }, (_, n) => (n + 1) * delta), y: [...y.flatten().data] };
}

const widths = [0.5, 0.25, 0.125];
printTable(
  ['Δ', 'at t = 1', 'exact', 'error'],
  widths.map((delta) => {
    const y = sampled(delta).y[1 / delta - 1] as number;
    return [String(delta), number(y, 5), number(exact(1), 5), number(exact(1) - y, 5)];
  }),
);

// %% [markdown]
// Each time that Δ is halved, the error becomes a quarter: the sum grows into the integral. The points below are those
// for Δ = 0.25.

// %%
const fine = arange(0, 3.01, 0.02);
const { t, y } = sampled(0.25);
await picture(
  'box-and-spike',
  plot.line(
    {
      'box f': { x: [-0.2, 0, 0, 1, 1, 3], y: [0, 0, 1, 1, 0, 0] },
      'spike g': { x: [-0.2, 0, ...fine.data], y: [0, 0, ...spikeAt(fine).data] },
      'f ∗ g, integral': { x: [-0.2, ...fine.data], y: [0, ...Array.from(fine.data, exact)] },
      // A gap after each value, so that they are points and no line.
      'f ∗ g, sum': { x: t.flatMap((x) => [x, x]), y: y.flatMap((value) => [value, Number.NaN]) },
    },
    { title: 'A box, a spike, and their convolution', xLabel: 't', yLabel: 'value' },
  ),
);

// %% [markdown]
// ## Through time: a moving square
//
// A video is an image with one more dim, `(time, height, width)`, and a kernel with one more dim sees motion. Here a square of
// 4 × 4 pixels moves to the right, one pixel a frame. The kernel (−1, 1) along time takes each frame from the next: what
// stands still vanishes, and 1 is left where the square arrives, −1 where it leaves.

// %%
const frames = [0, 1, 2, 3, 4, 5];
const video = stack(
  frames.map((time) => {
    const frame = zeros([12, 12]);
    frame.setAt('4:8', `${1 + time}:${5 + time}`, 1);
    return frame;
  }),
);
const through = (x: Tensor, w: Tensor) => F.conv3d(single(x), single(w)).at(0, 0);
const motion = through(video, tensor([-1, 1]).reshape([2, 1, 1]));
console.log(`video (${video.shape.join(', ')}), motion (${motion.shape.join(', ')})`);
console.log(`pixels that become bright from frame to frame: ${motion.eq(1).sum([1, 2]).toArray()}`);
await picture(
  'video',
  imageGrid(video, { title: 'The video', titles: frames.map((i) => `frame ${i}`), columns: 6 }),
);
await picture(
  'motion',
  imageGrid(motion, {
    title: 'What moves',
    titles: frames.map((i) => `${i} → ${i + 1}`).slice(0, 5),
    columns: 5,
    colorMap: 'coolwarm',
  }),
);

// %% [markdown]
// A kernel can even know a direction. This one looks for a bright-to-dark edge that is one pixel further to the right in
// the next frame. On the square that moves right, both of its frames fit and its answer is 2. Played backwards, the square
// moves left: then only one of them ever fits.

// %%
const toTheRight = tensor([
  [1, -1, 0],
  [0, 1, -1],
]).reshape([2, 1, 3]);
console.log(`moving right: ${through(video, toTheRight).max().item()}`);
console.log(
  `moving left: ${through(video.flip([0]), toTheRight)
    .max()
    .item()}`,
);
console.log(
  `standing still: ${through(video.narrow(0, 0, 1).expand([2, -1, -1]), toTheRight)
    .max()
    .item()}`,
);

// %% [markdown]
// All the weights of this lesson were chosen by hand. A convolutional network chooses them itself, by gradient descent; what it
// computes with them is what you have seen here.

// %% [markdown]
// # 8. Why it works
//
// A convolutional network looks at small windows, with the same weights at every place. Both are measured here: what
// happens to features and answers when a digit moves, how much of the image a feature sees, and what can be saved.

// %%
import { manualSeed, noGrad, rand, type Tensor } from '@retrograd/core';
import * as nn from '@retrograd/nn';
import { F } from '@retrograd/nn';
import { Adam } from '@retrograd/optim';
import { imageGrid, plot } from '@retrograd/viz';
import { number, picture, printTable } from '../lib/lesson.ts';
import { lessonDigits } from '../lib/lesson-digits.ts';
import { train } from '../lib/train.ts';

// %% [markdown]
// ## Two networks that only know the middle
//
// Digits at half their size lie in the middle of a black field of 28 × 28 pixels, so that there are seven pixels on each
// side to move them, and nothing is cut off. The networks learn from digits in the middle and from no others.

// %%
const digits = await lessonDigits({ train: 2000, test: 500 });

/** Digits at half their size, `right` pixels beside the middle of a field. */
const placed = (images: Tensor, right = 0) => F.pad(F.avgPool2d(images, 2), [7 + right, 7 - right, 7, 7]);

async function taught(layers: nn.Layer[]): Promise<nn.Sequential> {
  const model = new nn.Sequential(...layers);
  const optimizer = new Adam(model.parameters(), { lr: 0.003 });
  await train(model, digits.train, {
    epochs: 4,
    batchSize: 32,
    optimizer,
    augment: (images) => placed(images),
  });
  model.eval();
  return model;
}

const size = (module: nn.Module) => [...module.parameters()].reduce((sum, { numel }) => sum + numel, 0);

const block = (from: number, to: number) => [new nn.Conv2d(from, to, 3), new nn.ReLU(), new nn.MaxPool2d(2)];

manualSeed(8);
const connected = await taught([
  new nn.Flatten(),
  new nn.Linear(28 * 28, 100),
  new nn.ReLU(),
  new nn.Linear(100, 10),
]);
const convolutional = await taught([
  ...block(1, 16),
  ...block(16, 32),
  new nn.Flatten(),
  new nn.Linear(32 * 5 * 5, 10),
]);
const conv1 = convolutional.slice(0, 1);
console.log(`weights: ${number(size(connected))} and ${number(size(convolutional))}`);

// %% [markdown]
// Now the digits of the test set are moved to the left and to the right, and both networks read them again.

// %%
const moves = [-6, -4, -2, 0, 2, 4, 6];
const [images, labels] = digits.test.getBatch(Array.from({ length: digits.test.length }, (_, i) => i));
const percent = (model: nn.Sequential, inputs: Tensor) =>
  noGrad(() => 100 * model.forward(inputs).argmax(1).eq(labels).to('float32').mean().item());
const curve = (model: nn.Sequential) => moves.map((move) => percent(model, placed(images, move)));

const curves = { 'fully connected': curve(connected), convolutional: curve(convolutional) };
const printCurves = (all: Record<string, number[]>) =>
  printTable(
    ['read right, in %', ...moves.map((move) => `at ${move}`)],
    Object.entries(all).map(([name, shares]) => [name, ...shares.map((share) => number(share, 1))]),
  );
printCurves(curves);
const axes = { x: moves, xLabel: 'pixels to the right', yLabel: 'read right, in %', points: true };
await picture('moved', plot.line(curves, { ...axes, title: 'Moved digits, read by two networks' }));

// %% [markdown]
// In the middle both read well. The fully connected network has a weight for each pixel, and a digit two pixels further on
// meets weights that were made for something else: most answers are wrong. The convolutional one bears two pixels much better.
// But at four it fails as well. Why better, and why no better than that?
//
// ## The features move along
//
// Below are one digit at five places, and one channel of the first convolution. The feature is found wherever the digit is:
// the map moves as the digit moves. This is *equivariance*: to move and then to convolve is the same as to convolve and then
// to move.

// %%
const shown = [-4, -2, 0, 2, 4];
const seen = shown.map((move) => placed(images.narrow(0, 0, 1), move));
const maps = noGrad(() => {
  const features = seen.map((input) => conv1.forward(input).relu().at(0));
  const strongest = (features[2] as Tensor).amax([1, 2]).argmax().item();
  return features.map((channels) => channels.at(strongest));
});
const answer = (model: nn.Layer, input: Tensor) => noGrad(() => model.forward(input).argmax(1).item());
const answers = seen.map((x) => `connected ${answer(connected, x)}, conv. ${answer(convolutional, x)}`);
await picture(
  'features',
  imageGrid([...seen.map((input) => input.at(0)), ...maps], {
    title: `A ${labels.at(0).item()} at five places: what it is read as, and one of its features`,
    titles: [...answers, ...shown.map((move) => `feature at ${move}`)],
    columns: 5,
    size: 130,
  }),
);

// %% [markdown]
// How exactly? Move the digit by 1 to 4 pixels, compute the features, and compare them with the old features, moved. A
// convolution keeps step exactly. Pooling takes every second place, so after it one step is two pixels of the image, after
// another pooling four: a digit moved by three lies between the steps, and its features come out differently.

// %%
/** By how much features at most differ from those of the digits in the middle, moved by as many whole steps as fit. */
function misfit(features: nn.Layer, move: number, step: number): number {
  const [before, after] = noGrad(() => [
    features.forward(placed(images)),
    features.forward(placed(images, move)),
  ]);
  const steps = Math.floor(move / step);
  const width = before.size(3) - steps;
  return before
    .narrow(3, 0, width)
    .sub(after.narrow(3, steps, width))
    .abs()
    .max()
    .item();
}

printTable(
  ['largest difference', 'moved by 1', 'by 2', 'by 3', 'by 4'],
  (
    [
      ['first convolution', 1, 1],
      ['first pooling', 3, 2],
      ['second pooling', 6, 4],
    ] as const
  ).map(([name, layers, step]) => [
    name,
    ...[1, 2, 3, 4].map((move) => number(misfit(convolutional.slice(0, layers), move, step), 3)),
  ]),
);

// %% [markdown]
// So the features do arrive at the end, one place further on for every four pixels. There the last layer, which is fully connected, has a
// weight for each feature *at each place*, and knows features only at the places where it met them. That is the weak spot. We
// come back to it.
//
// ## Locality
//
// Each feature sees only its window. Change one pixel: of the first convolution's 26 · 26 places, 3 · 3 have that pixel in
// their window, and only they can change. In the fully connected network all hundred units do.

// %%
noGrad(() => {
  const digit = placed(images.narrow(0, 0, 1));
  const spotted = digit.clone();
  spotted.setAt(0, 0, 14, 14, digit.at(0, 0, 14, 14).item() + 1);
  const changes = (features: nn.Layer) => features.forward(digit).ne(features.forward(spotted)).at(0);
  const places = changes(conv1).amax(0);
  const units = changes(connected.slice(0, 2));
  console.log(`convolution: ${places.sum().item()} of ${places.numel} places change`);
  console.log(`fully connected: ${units.sum().item()} of ${units.numel} units change`);
});

// %% [markdown]
// ## Receptive fields
//
// A feature of the second convolution sees a window of features, and each of these sees a window of the image. What it sees
// altogether is its *receptive field*. Let r be its size and j how many pixels lie between the fields of neighbours. In the
// image itself, r = j = 1. A layer with a window of k that moves by s makes of them
//
// r ← r + (k − 1) · j, and j ← s · j.
//
// `nn.summary` does this sum for us. The gradient shows it without any formula: a pixel is in the field of a feature if the
// feature's derivative by the pixel is not zero. Below, many images of noise are sent through a stack of layers, and the
// derivatives of one place in the middle added up, without their signs.

// %%
manualSeed(8);
const stack = new nn.Sequential(
  new nn.Conv2d(1, 16, 3),
  new nn.MaxPool2d(2),
  new nn.Conv2d(16, 32, 3),
  new nn.MaxPool2d(2),
  new nn.Conv2d(32, 64, 3),
);
const windows: [name: string, k: number, s: number][] = [
  ['conv 1', 3, 1],
  ['pool 1', 2, 2],
  ['conv 2', 3, 1],
  ['pool 2', 2, 2],
  ['conv 3', 3, 1],
];
const summarised = nn.summary(stack, [1, 1, 28, 28]).rows;

/** How strongly the middle one of a layer's places depends on each pixel. */
function dependence(layers: number): Tensor {
  const noise = rand([100, 1, 28, 28]).requiresGrad_();
  const features = stack.slice(0, layers).forward(noise);
  const middle = Math.floor(features.size(2) / 2);
  features.at(':', ':', middle, middle).sum().backward();
  return (noise.grad as Tensor).abs().sum([0, 1]);
}

const fields = windows.map((_, i) => dependence(i + 1));
let [r, j] = [1, 1];
printTable(
  ['layer', 'k', 's', 'field r', 'step j', 'nn.summary', 'columns with a gradient'],
  windows.map(([name, k, s], i) => {
    [r, j] = [r + (k - 1) * j, s * j];
    const columns = (fields[i] as Tensor).sum(0).gt(0).sum().item();
    return [name, k, s, r, j, summarised[i]?.receptiveField?.[1] ?? Number.NaN, columns];
  }),
);
await picture(
  'receptive-fields',
  imageGrid(fields, {
    title: 'What one feature in the middle depends on',
    titles: windows.map(([name]) => name),
    columns: 5,
    size: 112,
    colorMap: 'viridis',
    bar: false,
  }),
);

// %% [markdown]
// The fields are squares of the sizes computed. The larger ones are brighter towards the middle: from there
// many ways lead to the feature, from the rim only few.
//
// With a field of 18 pixels a feature can see a whole digit, and each of its layers needed only small windows.
//
// ## 1 × 1 convolution
//
// A window of one pixel sounds pointless. But it has as many weights as there are channels: at each place it makes a weighted
// sum of all the features found there. It is a fully connected layer over channels, the same one at every place. Give both
// the same weights, and they agree.

// %%
const pointwise = new nn.Conv2d(32, 10, 1);
const linear = new nn.Linear(32, 10);
noGrad(() => {
  linear.weight.copy_(pointwise.weight.reshape([10, 32]));
  linear.bias?.copy_(pointwise.bias as Tensor);
  const features = convolutional.slice(0, 6).forward(placed(images));
  const here = pointwise.forward(features);
  const there = linear.forward(features.permute([0, 2, 3, 1])).permute([0, 3, 1, 2]);
  console.log(`1 × 1 convolution: (${features.shape.join(', ')}) → (${here.shape.join(', ')})`);
  console.log(`parameters: ${size(pointwise)} and ${size(linear)}`);
  console.log(`they agree to within 0.0001: ${here.sub(there).abs().max().item() < 1e-4}`);
});

// %% [markdown]
// ## Depthwise-separable convolution
//
// An ordinary convolution looks around and mixes channels in one go: k · k · I weights for each of O outputs. One can do it
// one after the other: first a window for each channel by itself (*depthwise*, `groups: I`), then a 1 × 1 convolution that
// mixes them. Without biases that is k · k · I + I · O weights in place of k · k · I · O, or 1/O + 1/k² of them; for many
// outputs and k = 3 about a ninth. The same network again, with its second convolution taken apart:

// %%
manualSeed(8);
const separated = [new nn.Conv2d(16, 16, 3, { groups: 16 }), new nn.Conv2d(16, 32, 1)];
const separable = await taught([
  ...block(1, 16),
  ...separated,
  new nn.ReLU(),
  new nn.MaxPool2d(2),
  new nn.Flatten(),
  new nn.Linear(32 * 5 * 5, 10),
]);
const middleOf = (model: nn.Sequential) => number(percent(model, placed(images)), 1);
printTable(
  ['second convolution', 'parameters', 'multiplications', 'digits read right, in %'],
  [
    ['full', size(convolutional.slice(3, 4)), 11 * 11 * 9 * 16 * 32, middleOf(convolutional)],
    ['separable', size(separable.slice(3, 5)), 11 * 11 * (9 * 16 + 16 * 32), middleOf(separable)],
  ],
);

// %% [markdown]
// About a seventh of the parameters and of the work, and nearly as many digits read. What a full convolution can do and this one
// cannot, to give each pair of channels a window of its own, is hardly missed here.
//
// ## Global pooling
//
// Back to the weak spot. The last layer had a weight for each feature at each place. Take the places away: let a 1 × 1
// convolution say for each place how much it speaks for each digit, ten maps, and take the mean of each map. This is
// *global pooling*. A digit that moves now moves its evidence within the maps, and a mean does not care where.

// %%
manualSeed(8);
const pooled = await taught([
  ...block(1, 16),
  ...block(16, 32),
  new nn.Conv2d(32, 64, 3),
  new nn.ReLU(),
  new nn.Conv2d(64, 10, 1),
  new nn.AdaptiveAvgPool2d(1),
  new nn.Flatten(),
]);
const allCurves = { ...curves, 'with global pooling': curve(pooled) };
printCurves(allCurves);
printTable(
  ['last layers', 'parameters'],
  [
    ['flatten, fully connected', size(convolutional.slice(6))],
    ['1 × 1, global pooling', size(pooled.slice(8))],
  ],
);
await picture(
  'invariance',
  plot.line(allCurves, { ...axes, title: 'Moved digits, read by three networks' }),
  {
    thumbnail: true,
  },
);

// %% [markdown]
// The third curve falls much more slowly: this network has learnt from digits in the middle, and reads most of them where it
// has never seen one. A mean is *invariant*: move the map, and it stays as it is. The network is not quite, for two reasons.
// Pooling keeps step only with moves of two and of four pixels. And at the edge of the field the windows are missing that would
// see the digit from further outside: what is lost at four pixels, where pooling does keep step, is lost there.
//
// It costs something: with the places, knowledge of what lies above what is given up, except for what fits into a receptive
// field. In the middle, after as much training, this network reads fewer digits right than the one before it. And nothing in
// it depends any longer on the size of the image: any size goes in, and ten numbers come out.

// %%
noGrad(() => {
  for (const side of [28, 40, 64])
    console.log(`${side} × ${side} → (${pooled.forward(rand([1, 1, side, side])).shape.join(', ')})`);
});

// %% [markdown]
// # 1. Images as tensors
//
// What a picture is to a computer: a block of numbers, and where each number lies. And why a network that looks at every
// pixel separately needs millions of weights where a convolution needs a handful.

// %%
import { arange, manualSeed, noGrad, randperm, type Tensor, tensor } from '@retrograd/core';
import * as nn from '@retrograd/nn';
import { compare, imshow, plot } from '@retrograd/viz';
import { number, picture, printMatrices, printTable } from '../lib/lesson.ts';
import { scene } from '../lib/scene.ts';

// %% [markdown]
// ## A grey image is a matrix
//
// One number for each pixel says how bright it is. Files mostly store whole numbers from 0, black, to 255, white: one byte
// each. Here is a 7, six pixels wide and eight high. Row 0 is at the top, and the row comes first in an index, then the
// column: `seven.at(1, 4)` is the pixel in the second row, fifth from the left.

// %%
const seven = tensor(
  [
    [0, 0, 0, 0, 0, 0],
    [0, 255, 255, 255, 255, 0],
    [0, 0, 0, 60, 255, 0],
    [0, 0, 0, 200, 120, 0],
    [0, 0, 60, 255, 0, 0],
    [0, 0, 200, 120, 0, 0],
    [0, 0, 255, 0, 0, 0],
    [0, 0, 0, 0, 0, 0],
  ],
  { dtype: 'uint8' },
);
printMatrices({ [`shape (${seven.shape.join(', ')})`]: seven });
console.log(`row 1, column 4: ${seven.at(1, 4).item()}`);
await picture('seven', imshow(seven, { title: 'Eight rows, six columns' }));

// %% [markdown]
// Networks learn better from small numbers around 0 than from numbers up to 255, so the first thing that is done to an
// image is to divide it by 255. Nothing is lost; only the unit changes.

// %%
const bright = seven.to('float32').div(255);
printMatrices({ 'from 0 to 1': bright });
console.log(`mean brightness: ${number(bright.mean().item(), 4)}`);

// %% [markdown]
// ## A colour image is three matrices
//
// A colour is a mixture of red, green and blue light. So a colour image is three grey ones, its *channels*, one on top of
// the other: a tensor with three dims, `(channels, height, width)`. The picture below is drawn by a few lines of code, 64
// pixels wide and high. Each channel by itself is a grey image: white where there is much of that colour's light.

// %%
const image = scene(64);
const [red, green, blue] = image.unbind(0) as [Tensor, Tensor, Tensor];
console.log(`image: shape (${image.shape.join(', ')}), ${number(image.numel)} numbers`);
await picture(
  'channels',
  compare({ image, red, green, blue }, { title: 'One image, three matrices', min: 0, max: 1, columns: 4 }),
  { thumbnail: true },
);

// %% [markdown]
// The sun (row 13, column 51) is yellow: much red and green, little blue. The sky above the house (row 2, column 20) is
// blue, and the roof (row 25, column 27) red. The red channel is therefore bright at the sun and dark in the sky.

// %%
const places: [name: string, row: number, column: number][] = [
  ['sun', 13, 51],
  ['sky', 2, 20],
  ['roof', 25, 27],
];
printTable(
  ['place', 'red', 'green', 'blue'],
  places.map(([name, y, x]) => [name, ...[red, green, blue].map((c) => number(c.at(y, x).item(), 2))]),
);

// %% [markdown]
// ## Where a number lies in memory
//
// Memory is one long row. A tensor lays its dims out in order: the whole red channel, row after row, then the green one,
// then the blue one. Its *strides* say how far it is to the neighbour along each dim: a whole channel, a whole row, one
// number. The number of channel *c*, row *y*, column *x* is at c · 4096 + y · 64 + x.
//
// Files often keep the three colours of a pixel together instead, `(height, width, channels)`. `permute` turns one order
// into the other and moves nothing: it only reorders the strides.

// %%
const at = 1 * 4096 + 13 * 64 + 51;
console.log(`strides of (3, 64, 64): ${image.contiguous().strides.join(', ')}`);
console.log(`green of the sun, at position ${number(at)}: ${number(image.data[at] as number, 2)}`);
console.log(`strides of (64, 64, 3): ${image.contiguous().permute([1, 2, 0]).strides.join(', ')}`);

// %% [markdown]
// Networks take many images at once, a *batch*: one more dim in front, `(N, C, H, W)`. A batch of 100 such images has
// 100 · 3 · 64 · 64 numbers of four bytes.

// %%
const batch = image.unsqueeze(0).expand([100, -1, -1, -1]);
console.log(
  `batch: (${batch.shape.join(', ')}), ${number(batch.numel)} numbers, ${number(batch.numel * 4)} bytes`,
);

// %% [markdown]
// ## The parameter explosion
//
// The plainest layer of a network is *fully connected*: each of its outputs is a weighted sum of all its inputs. Every
// input therefore has a weight for every output. For our small image and 1,000 outputs that is
//
// 64 · 64 · 3 · 1,000 = 12,288,000,
//
// 12.3 million weights, in one layer, for an image the size of an icon. A *convolution* looks at a small window instead,
// say 3 × 3 pixels, and uses the same weights at every place: 64 different filters over three channels have
// 3 · 3 · 3 · 64 weights, however large the image is.

// %%
const weightsOf = (layer: nn.Module) => [...layer.parameters()].reduce((sum, { numel }) => sum + numel, 0);
const convolution = weightsOf(new nn.Conv2d(3, 64, 3, { bias: false }));
const sides = [16, 32, 64, 128, 224];
const connected = sides.map((side) => side * side * 3 * 1000);
printTable(
  ['image', 'fully connected to 1,000', 'convolution, 64 filters'],
  sides.map((side, i) => [`${side} × ${side} × 3`, connected[i] as number, convolution]),
);
await picture(
  'explosion',
  plot.line(
    {
      'fully connected': { x: sides, y: connected },
      convolution: { x: sides, y: sides.map(() => convolution) },
    },
    {
      title: 'Weights of one layer',
      xLabel: 'side of the image',
      yLabel: 'weights',
      yScale: 'log',
      points: true,
    },
  ),
);

// %% [markdown]
// A smaller case, with both layers built: an image of 28 × 28 pixels is to become one of 14 × 14. Fully connected,
// 784 inputs have weights for 196 outputs. A convolution with a window of 2 × 2 that moves on by two pixels does it with
// four weights: each output is a weighted sum of its own four pixels.

// %%
const dense = new nn.Linear(28 * 28, 14 * 14, { bias: false });
const small = new nn.Conv2d(1, 1, 2, { stride: 2, bias: false });
console.log(`fully connected, 784 → 196: ${number(weightsOf(dense))} weights`);
console.log(`convolution, 2 × 2, stride 2: ${number(weightsOf(small))} weights`);
console.log(`times as many: ${number(weightsOf(dense) / weightsOf(small))}`);

// %% [markdown]
// ## What is thrown away
//
// Weights are not the only loss. To a fully connected layer the inputs are a list, and their order means nothing. Shuffle
// the pixels, the same way in every image, and shuffle its weights likewise: it answers just the same. Whatever it can learn
// from pictures, it can learn from the noise on the right. That a pixel has neighbours, and that neighbours belong
// together, it would have to find out by itself.

// %%
manualSeed(1);
const order = randperm(64 * 64);
const shuffle = (image: Tensor) =>
  image
    .reshape([-1, 64 * 64])
    .indexSelect(1, order)
    .reshape([-1, 64, 64]);
await picture('shuffled', compare({ image, shuffled: shuffle(image) }, { title: 'The same pixels' }));

const layer = new nn.Linear(3 * 64 * 64, 10, { bias: false });
const columns = arange(3 * 64 * 64).reshape([3, 64, 64]);
noGrad(() => {
  const answer = layer.forward(image.flatten());
  const weight = layer.weight.indexSelect(1, shuffle(columns).flatten().to('int32'));
  const shuffled = weight.mv(shuffle(image).flatten());
  console.log(`the ten answers agree to within 0.0001: ${answer.sub(shuffled).abs().max().item() < 1e-4}`);
});

// %% [markdown]
// A convolution is built on the opposite assumption: that what is near belongs together, and that a thing is the same thing
// wherever it is. The next lesson takes convolutions apart, by hand.

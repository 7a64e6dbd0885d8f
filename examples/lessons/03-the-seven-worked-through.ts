// %% [markdown]
// # 3. The 7 worked through
//
// A whole convolutional network, small enough to be worked out with a pencil: cross-correlation, ReLU, pooling, a fully
// connected layer. Every matrix on the way from a drawn 7 to the answer "seven" is shown, and every weight has a reason.

// %%
import { noGrad, stack, type Tensor, tensor } from '@retrograd/core';
import * as nn from '@retrograd/nn';
import { F } from '@retrograd/nn';
import { imageGrid } from '@retrograd/viz';
import { number, picture, printMatrices, printTable } from '../lib/lesson.ts';
import { lessonDigits } from '../lib/lesson-digits.ts';

// %% [markdown]
// ## Three digits of 6 × 6 pixels
//
// The network is to tell a 7 from a 2 and from a 1. The digits are as plain as can be: 1 is ink, 0 is paper (the
// picture shows ink white on black, as data sets of digits do). A 7 is a bar on top and a slanted stroke. The 2 has the
// same two and another bar at the bottom. The 1 is an upright stroke.

// %%
const drawn = (...rows: string[]) => tensor(rows.map((row) => [...row].map((c) => (c === '#' ? 1 : 0))));
const seven = drawn('......', '.####.', '...#..', '..#...', '.#....', '......');
const two = drawn('......', '.####.', '...#..', '..#...', '.####.', '......');
const one = drawn('......', '...#..', '...#..', '...#..', '...#..', '......');
printMatrices({ seven, two, one });
await picture('digits', imageGrid([seven, two, one], { titles: ['seven', 'two', 'one'], columns: 3 }));

// %% [markdown]
// ## Step 1: cross-correlation
//
// Two kernels look for the two parts of a 7. *Bar* has twos along its middle row: ink there counts for it, ink above or
// below against it. *Slant* has its twos on the rising diagonal. The weights of each add up to zero, so that an evenly inked
// window says nothing.

// %%
const bar = tensor([
  [-1, -1, -1],
  [2, 2, 2],
  [-1, -1, -1],
]);
const slant = tensor([
  [-1, -1, 2],
  [-1, 2, -1],
  [2, -1, -1],
]);
printMatrices({ bar, slant });

// %% [markdown]
// Lay *bar* on the upper left corner, multiply what lies on each other, and add up. The window's middle row is (0, 1, 1),
// which gives 2 · 0 + 2 · 1 + 2 · 1 = 4; the rows above and below it are paper and give 0. One pixel further to the right the
// middle row is full, which gives 6, but a pixel of ink below takes 1 away: 5. And where *slant* lies on the whole stroke,
// in row 2 and column 1, its three twos add up to 6, the most that it can say.

// %%
const window = (image: Tensor, row: number, column: number) => image.narrow(0, row, 3).narrow(1, column, 3);
const worked = (name: string, kernel: Tensor, row: number, column: number) => {
  const pixels = window(seven, row, column);
  const products = pixels.mul(kernel);
  printMatrices({ [`pixels at (${row}, ${column})`]: pixels, [name]: kernel, products });
  console.log(`sum of the products, ${name} at (${row}, ${column}): ${number(products.sum().item())}\n`);
};
worked('bar', bar, 0, 0);
worked('bar', bar, 0, 1);
worked('slant', slant, 2, 1);

// %% [markdown]
// A kernel of 3 × 3 fits into 6 × 6 pixels at 6 − 3 + 1 = 4 places in each direction. Its sixteen answers are again a small
// image, a *feature map*: a map of where the feature is. `F.conv2d` computes both maps at once. It takes a batch of images
// with channels, `(N, C, H, W)`, here one image with one channel, and gives a channel for each kernel.

// %%
const kernels = stack([bar, slant]).unsqueeze(1);
const correlated = F.conv2d(seven.reshape([1, 1, 6, 6]), kernels);
const [barMap, slantMap] = correlated.at(0).unbind(0) as [Tensor, Tensor];
console.log(
  `kernels (${kernels.shape.join(', ')}), image (1, 1, 6, 6), result (${correlated.shape.join(', ')})`,
);
printMatrices({ 'seven ⋆ bar': barMap, 'seven ⋆ slant': slantMap });

// %% [markdown]
// The first map is large along the top, where the bar is, and negative just below, where ink lies above the window's middle
// row. In the second the fours and the six follow the slanted stroke.
//
// ## Step 2: ReLU
//
// A negative answer says "certainly not here". How certainly does not matter, so it is set to zero: ReLU(x) = max(0, x).
//
// The simple function does an important job. Cross-correlations are weighted sums, and weighted sums of weighted sums are
// weighted sums again: without something in between that is not a straight line, any number of layers could be replaced by one.

// %%
const rectified = correlated.relu();
const [barOnly, slantOnly] = rectified.at(0).unbind(0) as [Tensor, Tensor];
printMatrices({ 'ReLU, bar': barOnly, 'ReLU, slant': slantOnly });

// %% [markdown]
// ## Step 3: pooling
//
// For the answer it matters that there is a bar somewhere near the top, not in which pixel. So each block of 2 × 2 becomes
// one number, its maximum. Of 4 × 4 numbers 2 × 2 remain: top left, top right, bottom left, bottom right.

// %%
const pooled = F.maxPool2d(rectified, 2);
const [barPooled, slantPooled] = pooled.at(0).unbind(0) as [Tensor, Tensor];
printMatrices({ 'pooled, bar': barPooled, 'pooled, slant': slantPooled });

// %% [markdown]
// Here are the three steps as pictures, a row for each kernel. Grey is zero, red positive, blue negative.

// %%
await picture(
  'steps',
  imageGrid([bar, barMap, barOnly, barPooled, slant, slantMap, slantOnly, slantPooled], {
    title: 'From kernel to feature',
    titles: ['bar', 'cross-correlation', 'ReLU', 'pooled', 'slant', 'cross-correlation', 'ReLU', 'pooled'],
    columns: 4,
    size: 120,
    colorMap: 'coolwarm',
    min: -6,
    max: 6,
  }),
  { thumbnail: true },
);

// %% [markdown]
// ## Step 4: fully connected
//
// The eight numbers are laid in a row, and each digit gets a *score*, a weighted sum of them plus a constant, its *bias*:
//
// - **seven**: a bar at the top speaks for it (+1), a bar at the bottom against it (−1), slanted strokes for it (+1).
// - **two**: bars speak for it (+1), at the top and at the bottom.
// - **one**: bars speak against it (−1), so it starts with a bias of 16.

// %%
const features = pooled.flatten();
const weight = tensor([
  [1, 1, -1, -1, 1, 1, 1, 1],
  [1, 1, 1, 1, 0, 0, 0, 0],
  [-1, -1, -1, -1, 0, 0, 0, 0],
]);
const bias = tensor([0, 0, 16]);
const names = ['seven', 'two', 'one'];
const scores = weight.mv(features).add(bias);
printMatrices({ features, 'products for "seven"': (weight.at(0) as Tensor).mul(features) });
printTable(
  ['digit', 'weights on bar', 'weights on slant', 'bias', 'score'],
  names.map((name, i) => {
    const row = [...(weight.at(i) as Tensor).data].map(String);
    const [b, score] = [bias.at(i).item(), scores.at(i).item()];
    return [name, row.slice(0, 4).join(' '), row.slice(4).join(' '), b, score];
  }),
);

// %% [markdown]
// The score of "seven" is 5 + 5 − 1 − 1 from the bars and 1 + 4 + 6 + 0 from the slants: 19. It is the greatest, so the
// answer is "seven".
//
// ## From scores to probabilities
//
// Scores can be anything; probabilities are positive and add up to 1. *Softmax* makes the ones of the others:
// pᵢ = exp(sᵢ) / Σ exp(sⱼ). Only differences count: "seven" is 19 − 12 = 7 points ahead of "two", and so e⁷ ≈ 1,097
// times as probable.

// %%
const probabilities = F.softmax(scores, 0);
printTable(
  ['digit', 'score', 'probability'],
  names.map((name, i) => [name, scores.at(i).item(), number(probabilities.at(i).item(), 7)]),
);
console.log(
  `"seven" to "two": ${number(probabilities.at(0).item() / probabilities.at(1).item())} times as probable`,
);

// %% [markdown]
// ## The same as a module
//
// As a network it is four lines. `Conv2d` and `Linear` hold the weights; they begin at random, and we write ours into them.
// Usually training does that (lesson 6). What it finds is of this kind, if not as easy to read.

// %%
class Net extends nn.Module {
  conv = new nn.Conv2d(1, 2, 3, { bias: false });
  fc = new nn.Linear(8, 3);

  override forward(images: Tensor): Tensor {
    const maps = this.conv.forward(images).relu();
    return this.fc.forward(F.maxPool2d(maps, 2).flatten(1));
  }
}

const net = new Net();
noGrad(() => {
  net.conv.weight.copy_(kernels);
  net.fc.weight.copy_(weight);
  net.fc.bias?.copy_(bias);
});
const weights = [...net.parameters()].reduce((sum, { numel }) => sum + numel, 0);
console.log(`${weights} weights; the same scores as step by step: ${scoresOf([seven]).at(0).equal(scores)}`);

function scoresOf(images: readonly Tensor[]): Tensor {
  return noGrad(() => net.forward(stack(images).unsqueeze(1)));
}

function printScores(images: Readonly<Record<string, Tensor>>): void {
  const all = scoresOf(Object.values(images));
  printTable(
    ['image', 'seven', 'two', 'one', 'answer'],
    Object.keys(images).map((name, i) => {
      const row = all.at(i) as Tensor;
      return [name, ...row.data, names[row.argmax().item()] as string];
    }),
  );
}
printScores({ seven, two, one });

// %% [markdown]
// ## What pooling is good for
//
// Move the 7 by a pixel: down, to the right, or both. Most pixels change. The feature maps move along with it, and after
// pooling mostly the same blocks are large: the bar is still in the upper half. All three still are sevens.

// %%
const moved = (image: Tensor, down: number, right: number) =>
  F.pad(image, [right, 0, down, 0]).narrow(0, 0, 6).narrow(1, 0, 6);
const sevens = {
  seven,
  'one down': moved(seven, 1, 0),
  'one right': moved(seven, 0, 1),
  'one down, one right': moved(seven, 1, 1),
};
printScores(sevens);

// %% [markdown]
// Now compare the pixels themselves instead. The inner product with the drawn 7 counts the ink that they share: 7 pixels of 7
// for the 7 itself, few for the moved ones. By this measure the 2, which has all the ink of the 7 and more, is a perfect 7,
// and the 1 is more like a 7 than the 7 that moved down.

// %%
const shared = (image: Tensor) => image.mul(seven).sum().item();
printTable(
  ['image', 'ink shared with the 7'],
  Object.entries({ ...sevens, two, one }).map(([name, image]) => [name, shared(image)]),
);

// %% [markdown]
// ## The same kernels on a larger 7
//
// The first 7 of the test digits has 28 × 28 pixels and strokes that are too wide for kernels of 3 × 3. Averaged
// over blocks of 2 × 2, it has 14 × 14 pixels and thinner strokes. The same two kernels, ReLU and pooling give maps of
// 12 × 12 and 6 × 6. *Bar* lights up where the stroke lies level, *slant* where it comes down. For both, a stroke that is
// neither quite level nor quite slanted counts a little.

// %%
const { test } = await lessonDigits({ train: 10, test: 200 });
const [images, labels] = test.getBatch([...Array(200).keys()]);
const first = labels.eq(7).to('int32').argmax().item();
const original = images.narrow(0, first, 1);
const digit = F.avgPool2d(original, 2);
const found = noGrad(() => net.conv.forward(digit).relu());
const summary = F.maxPool2d(found, 2);
console.log(
  `image (${digit.shape.join(', ')}), maps (${found.shape.join(', ')}), pooled (${summary.shape.join(', ')})`,
);
const channels = (x: Tensor) => x.at(0).unbind(0);
await picture(
  'larger',
  imageGrid([original, found, digit, summary].flatMap(channels), {
    title: 'Level and slanted strokes of a 7',
    titles: ['28 × 28', 'bar', 'slant', '14 × 14', 'bar, pooled', 'slant, pooled'],
    columns: 3,
    size: 140,
  }),
);

// %% [markdown]
// A map of a part, then a map of where parts are together: deeper networks repeat the two steps, and their later kernels look
// at maps of parts instead of pixels. The next lesson looks at the sliding sum itself, forwards and backwards.

// %% [markdown]
// # 9. Seeing what a layer looks for
//
// Training changes the weights until they suit the images. Turn it round: keep the weights, and change the image until a
// filter answers as strongly as it can. Four grey pixels grow into the piece of a stroke that the filter looks for.

// %%
import { grad, manualSeed, noGrad, rand, randn, stack, type Tensor } from '@retrograd/core';
import * as nn from '@retrograd/nn';
import { F } from '@retrograd/nn';
import { filters, imageGrid } from '@retrograd/viz';
import { number, picture, printTable } from '../lib/lesson.ts';
import { lessonDigits } from '../lib/lesson-digits.ts';
import { accuracy, train } from '../lib/train.ts';

// %% [markdown]
// ## A network that has learnt
//
// It is the network of lesson 6: two convolutions, each with ReLU and pooling, and a fully connected layer. From now on its
// weights stay as they are.

// %%
const digits = await lessonDigits({ train: 2000, test: 500 });
manualSeed(5);
const [conv1, conv2] = [new nn.Conv2d(1, 16, 3), new nn.Conv2d(16, 32, 3)];
const model = new nn.Sequential(
  ...[conv1, new nn.ReLU(), new nn.MaxPool2d(2)],
  ...[conv2, new nn.ReLU(), new nn.MaxPool2d(2)],
  ...[new nn.Flatten(), new nn.Linear(800, 10)],
);
await train(model, digits.train, { epochs: 3, batchSize: 32, lr: 0.02 });
model.requiresGrad_(false);
console.log(`names ${number(100 * (await accuracy(model, digits.test)), 1)}% of the test digits`);

// %% [markdown]
// ## The first layer: read the weights
//
// A filter of the first layer looks straight at 3 × 3 pixels. Its answer is a = Σ w_ij · x_ij + b. The derivative says of each
// pixel how much more light there would change the answer: ∂a/∂x_ij = w_ij, whatever the image is. So the weights themselves
// are a picture of what the filter looks for: light where they are positive (red), dark where they are negative (blue).

// %%
manualSeed(1);
const pixels = rand([1, 1, 3, 3]).requiresGrad_();
const [slope] = grad(conv1.forward(pixels).at(0, 0, 0, 0), [pixels]);
const apart = slope
  .sub(conv1.weight.narrow(0, 0, 1))
  .abs()
  .max()
  .item();
console.log(`largest difference between ∂a/∂x and the weights of filter 0: ${number(apart, 6)}`);
await picture('conv1', filters(conv1.weight, { title: 'The sixteen filters of the first layer' }));

// %% [markdown]
// A filter of the second layer does not look at pixels. It has sixteen windows of weights, on sixteen feature maps, and nobody
// sees an image in them. And its answer is no longer linear: which ReLUs are open and which pixel wins the pooling depends on
// the image. So ∂a/∂x is different for each image, and one gradient does not tell the whole story.
//
// ## How much it sees
//
// One of its answers comes from 3 × 3 places after the pooling; each of these from 2 × 2 places before it; and each of those
// from 3 × 3 pixels. Neighbours overlap. Count along one direction: 3 places are 6 before the pooling, and these look at
// 6 + 2 = 8 pixels. If that is right, an image of 8 × 8 pixels has one answer of each filter, and no more.

// %%
const layers = model.slice(0, 4); // As far as the second convolution, before its ReLU.
const side = 8;
const { shape } = noGrad(() => layers.forward(rand([1, 1, side, side])));
console.log(`answers to an image of 8 × 8 pixels: ${shape.slice(1).join(' × ')}`);

/** What filter i answers to image i of a batch `(32, 1, 8, 8)`. */
const answersTo = (images: Tensor) => layers.forward(images).flatten(1).diagonal();

// %% [markdown]
// ## Uphill
//
// *Gradient ascent* begins with noise, takes a small step along the gradient, asks for the gradient there, and so on:
//
// x ← x + η · g / ‖g‖, with g = ∂a/∂x.
//
// It is training with the sign turned, and with the pixels as parameters. Dividing by ‖g‖, here the root of the mean
// square, makes steps equally long for filters with small weights and with large ones. After each step the pixels are put back
// between 0 and 1, as in all images that the network has seen.
//
// The images of all 32 filters are one batch. Their answers are added up, and as each depends on its own image alone, so does
// each gradient.

// %%
/** Climbs from 32 images, each for a filter of its own. They may be smaller than the filter's field: it is shown them enlarged. */
function climb(start: Tensor, steps: number): Tensor {
  let x = start;
  for (let step = 0; step < steps; step++) {
    const image = x.detach().requiresGrad_();
    const [g] = grad(answersTo(enlarged(image, side)).sum(), [image]);
    const length = g.square().mean([1, 2, 3], true).sqrt().add(1e-8);
    x = image.detach().add(g.div(length).mul(0.05)).clamp(0, 1);
  }
  return x;
}
/** Images with `size` × `size` pixels, smooth in between. */
const enlarged = (images: Tensor, size: number) =>
  F.interpolate(images, { size: [size, size], mode: 'bilinear' });
const greyNoise = (size: number) => randn([32, 1, size, size]).mul(0.05).add(0.5);

manualSeed(9);
const noise = greyNoise(side);
const atOnce = climb(noise, 60);
const meanAnswer = (images: Tensor) =>
  number(
    noGrad(() => answersTo(images).mean().item()),
    2,
  );
console.log(`mean answer: to noise ${meanAnswer(noise)}, after 60 steps ${meanAnswer(atOnce)}`);

// %% [markdown]
// ## Small, climb, enlarge, again
//
// That is one way; its images are the first row of the next picture. They crackle: single pixels go to black or white. The
// filter is right to ask for that, for each of them adds a little, but nothing tells the climb that neighbours belong together,
// as they do in every digit.
//
// So let them belong together at first. Begin with 2 × 2 pixels. The filter is shown them enlarged to 8 × 8, and the gradient
// goes back through the enlarging, which is differentiable, to the four. They can only say where it should be light and where dark.
// Climb; enlarge to 4 × 4; climb from there; enlarge to 8 × 8, and climb once more. What was found small is there already, and
// the last steps add the details. There are 20 steps of each size, 60 in all, as before.

// %%
manualSeed(9);
const stages: Tensor[] = [];
for (const size of [2, 4, 8]) {
  const before = stages.at(-1);
  stages.push(climb(before ? enlarged(before, size) : greyNoise(size), 20));
}
const grown = stages.at(-1) as Tensor;
console.log(`sizes: ${stages.map((stage) => stage.shape.slice(2).join(' × ')).join(', ')}`);

// %% [markdown]
// ## And in real digits?
//
// An image made for a filter is a claim: "this is what it looks for". The digits can bear witness. The test digits contain
// 11 · 11 = 121 windows of 8 × 8 pixels each, one for each place of the second layer, and we have the answers to all of them.
// For each filter, take its favourite digits, and cut from each the window that it likes best. Place (i, j) sees the
// pixels from row 2i and column 2j on, because the pooling moves on by two.
//
// Filters differ in how much digits have to say to them. We look at the sixteen with the strongest answers.

// %%
const [images] = digits.test.getBatch([...digits.test.labels.data.keys()]);
const answers = noGrad(() => layers.forward(images)); // (digits, 32, 11, 11)
const likes = answers.amax([2, 3]); // (digits, 32): to the window of each digit that each filter likes best
const strongest = likes.amax(0); // (32)

/** The windows that a filter likes best, from as many different digits. */
function favourites(filter: number, count: number): Tensor[] {
  const order = likes.select(1, filter).argsort(0, true);
  return [...order.data.slice(0, count)].map((n) => {
    const place = answers.at(n, filter).argmax().item();
    const [row, column] = [2 * Math.floor(place / 11), 2 * (place % 11)];
    return images.at(n, 0).narrow(0, row, side).narrow(1, column, side);
  });
}
const shown = [...strongest.argsort(0, true).data.slice(0, 16)];

// %% [markdown]
// First five of them, step by step. Columns are filters; on top, the climb with all pixels at once, then the growing image, and
// last the favourite window of all the digits.

// %%
const rowsOfFive: [string, (filter: number) => Tensor][] = [
  ['at once', (filter) => atOnce.at(filter, 0)],
  ...stages.map((stage): [string, (filter: number) => Tensor] => [
    stage.shape.slice(2).join(' × '),
    (filter) => stage.at(filter, 0),
  ]),
  ['in a digit', (filter) => favourites(filter, 1)[0] as Tensor],
];
await picture(
  'growing',
  imageGrid(
    rowsOfFive.flatMap(([, image]) => shown.slice(0, 5).map(image)),
    {
      title: 'What a filter looks for, growing',
      titles: rowsOfFive.flatMap(([name]) => shown.slice(0, 5).map((_, i) => (i === 0 ? name : ''))),
      columns: 5,
      size: 80,
      min: 0,
      max: 1,
    },
  ),
  { thumbnail: true },
);

// %% [markdown]
// Now all sixteen. Under the number of each filter stands the image that grew, and under that three windows from digits.

// %%
const block = (chosen: number[]) => [
  ...chosen.map((filter) => grown.at(filter, 0)),
  ...[0, 1, 2].flatMap((k) => chosen.map((filter) => favourites(filter, 3)[k] as Tensor)),
];
const titles = (chosen: number[]) => [...chosen.map(String), ...Array.from({ length: 24 }, () => '')];
const halves = [shown.slice(0, 8), shown.slice(8)];
await picture(
  'sixteen',
  imageGrid(halves.flatMap(block), {
    title: 'Made for a filter, and below it found in digits',
    titles: halves.flatMap(titles),
    columns: 8,
    size: 64,
    min: 0,
    max: 1,
  }),
);

// %% [markdown]
// ## What is seen
//
// Pieces of strokes. The edge of a stroke, level or slanting, light on one side and dark on the other; a whole stroke in one
// direction; now and then a bend. Most images are of the same kind as the windows below them,
// though no digit was used to make them: the same edge, in the same direction, at the same place. Some filters want almost
// the same.
//
// What is not seen: digits, or loops. A window of 8 × 8 pixels has no room for them; that is left to the last layer, which puts
// pieces together. Nor are the images clean: here and there is a speck of which no digit knows. The sixteen filters left out
// have less to say to digits. Several of them look for darkness, and like a window best that is black but for a corner.
//
// ## Measured
//
// Eyes are easily convinced, so here is the same in numbers, for the sixteen.
//
// - *answer*: the mean answer of the filters, each to its own image.
// - *roughness*: the mean difference of a pixel from its right neighbour; it measures crackle.
// - *like its own*: the correlation with the favourite window of the same filter, 1 for the same picture up to brightness and
//   contrast, 0 for nothing in common. Beside it *like others*: the same with the windows of the fifteen other filters.

// %%
const windows = stack(shown.map((filter) => favourites(filter, 1)[0] as Tensor)).unsqueeze(1);
const ofShown = (all: Tensor) => stack(shown.map((filter) => all.at(filter)));
const roughness = (x: Tensor) =>
  x
    .narrow(3, 1, 7)
    .sub(x.narrow(3, 0, 7))
    .abs()
    .mean()
    .item();
/** Rows of length 1 and mean 0, so that the products of rows are correlations. */
const standard = (x: Tensor) => {
  const centred = x.flatten(1).sub(x.flatten(1).mean(1, true));
  return centred.div(centred.norm(2, 1, true).add(1e-8));
};
function measure(name: string, x: Tensor, answer: Tensor): (string | number)[] {
  const likeness = standard(x).matmul(standard(windows).t());
  const own = likeness.trace().item() / 16;
  const others = (likeness.sum().item() - 16 * own) / (16 * 15);
  return [name, ...[answer.mean().item(), roughness(x), own, others].map((value) => number(value, 2))];
}
const answerOf = (x: Tensor) => noGrad(() => answersTo(x));
printTable(
  ['image', 'answer', 'roughness', 'like its own', 'like others'],
  [
    measure('best window', windows, ofShown(strongest)),
    measure('climbed at once', ofShown(atOnce), ofShown(answerOf(atOnce))),
    measure('grown', ofShown(grown), ofShown(answerOf(grown))),
  ],
);
const windowCount = number(digits.test.length * 121);
const wins = (x: Tensor) => ofShown(answerOf(x)).gt(ofShown(strongest)).sum().item();
console.log(
  `filters that like the grown image more than any of ${windowCount} windows: ${wins(grown)} of 16`,
);
console.log(`filters that like the image climbed at once more than any of them: ${wins(atOnce)} of 16`);

// %% [markdown]
// To nearly all of the sixteen, the images made are worth more than any of tens of thousands of windows from digits, and that
// after sixty steps from noise. Those that grew are smoother than those climbed at once, and more like what the filter meets in
// digits. They may pay for it with a little of the answer: crackle is worth something to the filter, though not to us.
//
// Both lessons hold for larger networks. Pictures like these show what *would* excite a filter, not what does; look at real
// images beside them. And part of what one sees is our own doing: begin small, and the picture is smooth because we asked for
// smooth ones.

// %% [markdown]
// # 6. The MNIST CNN
//
// A whole network: two convolutions, ReLU, pooling, and one fully connected layer. It begins with random weights, and learns
// to read handwritten digits by being shown some. Then a look inside: what do its maps show?

// %%
import { arange, cat, manualSeed, noGrad, type Tensor } from '@retrograd/core';
import { DataLoader } from '@retrograd/datasets';
import * as nn from '@retrograd/nn';
import { F } from '@retrograd/nn';
import { SGD } from '@retrograd/optim';
import { featureMaps, filters, imageGrid, Logger } from '@retrograd/viz';
import { full, number, picture, printTable } from '../lib/lesson.ts';
import { lessonDigits } from '../lib/lesson-digits.ts';
import { mean } from '../lib/train.ts';

// %% [markdown]
// ## The digits
//
// Each is a grey image of 28 × 28 pixels from 0 to 1, with a label from 0 to 9. There are two piles: one to learn from, and
// one that the network never learns from. What it makes of the second says whether it has learnt to read or only knows the
// first by heart. (`--full` takes all digits there are, and some minutes.)

// %%
const { train, test } = await lessonDigits(
  full ? { train: 60_000, test: 10_000 } : { train: 3000, test: 500 },
);
const [samples, labels] = train.getBatch([...Array(20).keys()]);
console.log(`twenty images: (${samples.shape.join(', ')}), their labels: ${labels.data.join(' ')}`);

// %% [markdown]
// ## The network
//
// A convolution of 3 × 3 makes a side shorter by 2, pooling halves it and drops what is left over: 28 → 26 → 13 → 11 → 5. The
// first one makes 16 maps of the image, the second 32 maps of those. Their 32 · 5 · 5 = 800 numbers are the inputs of the last
// layer, whose ten outputs are scores: one for each digit, and the highest is the answer.

// %%
class Net extends nn.Module {
  conv1 = new nn.Conv2d(1, 16, 3);
  conv2 = new nn.Conv2d(16, 32, 3);
  fc1 = new nn.Linear(800, 10);

  override forward(x: Tensor): Tensor {
    x = F.maxPool2d(F.relu(this.conv1.forward(x)), 2);
    x = F.maxPool2d(F.relu(this.conv2.forward(x)), 2);
    return this.fc1.forward(x.flatten(1));
  }
}

manualSeed(5);
const model = new Net();
printTable(
  ['parameter', 'shape', 'numbers'],
  [...model.namedParameters()].map(([name, { shape, numel }]) => [name, `(${shape.join(', ')})`, numel]),
);
console.log(`together: ${number([...model.parameters()].reduce((sum, { numel }) => sum + numel, 0))}`);

// %% [markdown]
// ## What is to become small
//
// Softmax makes probabilities of the scores (lesson 3), and *cross-entropy* is −ln of the one that the true digit got: 0 if
// it is 1, and the larger the less the network believed in it. Before training it believes in nothing: each digit gets about
// a tenth, and −ln 0.1 = 2.3026.

// %%
const before = noGrad(() => F.crossEntropy(model.forward(samples), labels).item());
console.log(`loss before training: ${number(before, 2)}, guessing: ${number(Math.log(10), 4)}`);

// %% [markdown]
// ## Training
//
// All of it is five lines, for one batch of 64 digits after the other: forget the last gradients, compute the loss, find how
// it changes with each weight (lesson 5), and move each weight a little against that. How little, `lr` says; `momentum` lets
// a step keep nine tenths of the one before, which evens out the differences between batches. An *epoch* is once through all
// digits, in a new order each time. After each, the test digits are read.

// %%
const epochs = 5;
const loader = new DataLoader(train, { batchSize: 64, shuffle: true });
const optimizer = new SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
const logger = new Logger({ progress: false });
for (let epoch = 1; epoch <= epochs; epoch++) {
  for await (const [images, truth] of loader) {
    optimizer.zeroGrad();
    const loss = F.crossEntropy(model.forward(images), truth);
    loss.backward();
    optimizer.step();
    logger.log({ loss });
  }
  const share = await accuracy();
  logger.log({ 'test accuracy': share });
  const loss = mean(logger.history.loss?.values.slice(-loader.length) ?? []);
  console.log(
    `epoch ${epoch}: mean loss ${number(loss, 4)}, test digits read right ${number(100 * share, 2)}%`,
  );
}

/** The share of the test digits whose highest score is that of the true digit. */
async function accuracy(): Promise<number> {
  let right = 0;
  for await (const [images, truth] of new DataLoader(test, { batchSize: 250 }))
    right += noGrad(() => model.forward(images).argmax(1).eq(truth).sum().item());
  return right / test.length;
}

// %% [markdown]
// A `Logger` keeps what it is told and plots it. (With `progress` it also shows a bar while it runs; with `dir` it writes
// files that TensorBoard opens.) Each value of the loss is that of another batch, hence the jitter. At first the loss
// stays near 2.3. The weights then are still so random that no single one has much to gain; once some filters make sense,
// those behind them have something to work with, and it falls fast. Then it flattens: the easy digits are learnt.

// %%
await picture('training', logger.plot());

// %% [markdown]
// ## What it says
//
// In the upper row the first five test digits, in the lower one five that it gets wrong. Softmax says how sure it is of each
// answer. Some of the mistakes would give a reader pause, too. Others would not: of that way of writing, it has seen too
// little.

// %%
const [images, truth] = test.getBatch([...Array(test.length).keys()]);
const probabilities = noGrad(() => F.softmax(model.forward(images), 1));
const { values: certainty, indices: predicted } = probabilities.max(1);
const mistakes = predicted.ne(truth).nonzero().flatten();
console.log(`mistakes: ${mistakes.numel} of ${number(test.length)}`);
const shown = cat([arange(5, { dtype: 'int32' }), mistakes.narrow(0, 0, Math.min(5, mistakes.numel))]);
const says = [...shown.data].map((i) => ({
  predicted: predicted.at(i).item(),
  truth: truth.at(i).item(),
  certainty: certainty.at(i).item(),
}));
printTable(
  ['test digit', 'predicted', 'true', 'sure'],
  says.map((one, row) => [
    shown.at(row).item(),
    one.predicted,
    one.truth,
    `${number(100 * one.certainty, 1)}%`,
  ]),
);
await picture(
  'predictions',
  imageGrid(images.indexSelect(0, shown), {
    titles: says.map((one) => `predicted ${one.predicted} · true ${one.truth}`),
    wrong: says.map((one) => one.predicted !== one.truth),
    columns: 5,
    size: 84,
  }),
);

// %% [markdown]
// Over all test digits, it is less sure where it is wrong, but by no means unsure: nothing in the loss asks it to know what
// it does not know.

// %%
const right = predicted.eq(truth);
const average = (which: Tensor) => `${number(100 * certainty.maskedSelect(which).mean().item(), 1)}%`;
console.log(`sure where right: ${average(right)}, where wrong: ${average(right.logicalNot())}`);

// %% [markdown]
// ## What the first layer sees
//
// These are the 16 kernels that training has made, blue for negative weights and red for positive ones, and below them what
// they make of the first test digit: the maps of 26 × 26 that come out of the first convolution and ReLU. Lesson 2 chose
// such kernels by hand. Where a kernel is blue on one side and red on the other, it does what Sobel's does: its map lights
// up along the strokes' edges on one side of them. Others take the whole stroke, or all that is not stroke.

// %%
const digit = images.narrow(0, 0, 1);
const conv1 = noGrad(() => F.relu(model.conv1.forward(digit)));
const conv2 = noGrad(() => F.relu(model.conv2.forward(F.maxPool2d(conv1, 2))));
console.log(`maps of conv1: (${conv1.shape.join(', ')}), of conv2: (${conv2.shape.join(', ')})`);
await picture('kernels', filters(model.conv1.weight, { title: 'The 16 kernels of conv1', columns: 8 }));
const answers = featureMaps(conv1, { title: 'What they answer to the digit', columns: 8, size: 52 });
await picture('conv1', answers, { thumbnail: true });

// %% [markdown]
// ## What the second layer sees
//
// The second layer's maps are 11 × 11, made from all 16 maps of the first, pooled. Each of their places sees 8 × 8 pixels of
// the image. Many now answer to a stroke of one direction and not to others, some stay dark for this digit: a map is less
// a picture than a list of places where something was found. The last layer adds up what was found where.

// %%
await picture('conv2', featureMaps(conv2, { title: 'The 32 maps of conv2', columns: 8, size: 44 }));

// %% [markdown]
// Nobody told the network what an edge is or that digits consist of strokes. It was told for some digits what they are, and
// all of this followed from making one number small. The next lesson changes the network, and how it is trained, to see
// what matters.

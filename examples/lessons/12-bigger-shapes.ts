// %% [markdown]
// # 12. Bigger shapes
//
// The same few layers, stacked until they fill half a gigabyte: VGG16, as its paper lists it. Where its parameters are, where
// its work is, and why these are two different places. Then a network turned round, which draws digits instead of reading them.

// %%
import {
  arange,
  cat,
  linspace,
  manualSeed,
  noGrad,
  randn,
  randnLike,
  setMemoryLimits,
  type Tensor,
  tensor,
  zeros,
} from '@retrograd/core';
import { DataLoader } from '@retrograd/datasets';
import * as nn from '@retrograd/nn';
import { F } from '@retrograd/nn';
import { Adam } from '@retrograd/optim';
import { imageGrid, plot, profile } from '@retrograd/viz';
import { full, number, picture, printTable } from '../lib/lesson.ts';
import { lessonDigits } from '../lib/lesson-digits.ts';
import { scene } from '../lib/scene.ts';
import { accuracy, mean, train as teach } from '../lib/train.ts';

// %% [markdown]
// ## A network in two lines
//
// VGG16 (Simonyan and Zisserman, 2014, configuration D) has one kind of convolution, 3 × 3 with a border of one pixel, which
// keeps the size, and one kind of pooling, 2 × 2, which halves it. Five blocks of convolutions, each followed by pooling, take
// an image from 224 to 7 pixels a side. Three fully connected layers decide between 1,000 classes.

// %%
const channels = [64, 128, 256, 512, 512]; // that the convolutions of each block make
const counts = [2, 2, 3, 3, 3]; // how many there are in it

function convolutions(): nn.Sequential {
  const layers: Record<string, nn.Layer> = {};
  let inputs = 3;
  for (const [b, outputs] of channels.entries()) {
    for (let i = 0; i < (counts[b] as number); i++) {
      layers[`conv${b + 1}_${i + 1}`] = new nn.Conv2d(inputs, outputs, 3, { padding: 1 });
      layers[`relu${b + 1}_${i + 1}`] = new nn.ReLU();
      inputs = outputs;
    }
    layers[`pool${b + 1}`] = new nn.MaxPool2d(2);
  }
  return new nn.Sequential(layers);
}

class VGG16 extends nn.Module {
  features = convolutions();
  classifier = new nn.Sequential({
    fc6: new nn.Linear(512 * 7 * 7, 4096),
    relu6: new nn.ReLU(),
    dropout6: new nn.Dropout(),
    fc7: new nn.Linear(4096, 4096),
    relu7: new nn.ReLU(),
    dropout7: new nn.Dropout(),
    fc8: new nn.Linear(4096, 1000),
  });

  override forward(x: Tensor): Tensor {
    return this.classifier.forward(this.features.forward(x).flatten(1));
  }
}

// %% [markdown]
// ## Building it
//
// A convolution from *i* to *o* channels has a 3 × 3 window for each pair of them, and a bias for each output: o · (9i + 1)
// parameters. A fully connected layer has o · (i + 1). Each parameter takes four bytes.
//
// The memory in which tensors are at hand is kept small by default, and what was not used for a while is moved out of it. A
// model larger than that would be moved in and out all the time, so we allow as much as it needs, and some room. Nothing is
// downloaded: the weights are random, and 138 million random numbers take a few seconds and, for a moment, more than 1 GB.

// %%
const sizeOf = (module: nn.Module) => [...module.parameters()].reduce((sum, { numel }) => sum + numel, 0);
setMemoryLimits({ soft: 700 * 2 ** 20 });
manualSeed(12);
const vgg = new VGG16().eval();
console.log(`VGG16: ${number(sizeOf(vgg))} parameters, ${number((4 * sizeOf(vgg)) / 1e6)} MB`);

// %% [markdown]
// ## One image through it
//
// The first run of a layer also compiles its kernels, so the image goes through once unmeasured. Each output of a layer is a
// sum of products, one for each weight that leads to it. A convolution uses its weights again at every pixel, a fully
// connected layer uses each once. In the table, *uses* is how often: multiplications over parameters.

// %%
const look = () => noGrad(() => vgg.forward(scene(224).unsqueeze(0)));
look();
const { rows } = profile(look, { model: vgg });
const spent = (layer: string, what: 'flops' | 'self') =>
  rows.filter(({ module }) => module?.endsWith(`.${layer}`)).reduce((sum, row) => sum + row[what], 0);

const layers = [...vgg.features.namedChildren(), ...vgg.classifier.namedChildren()]
  .filter(([, layer]) => sizeOf(layer) > 0)
  .map(([name, layer]) => ({
    name,
    parameters: sizeOf(layer),
    multiplications: spent(name, 'flops') / 2, // the other half are additions
    time: spent(name, 'self'),
  }));
const measures = ['parameters', 'multiplications', 'time'] as const;
const sumOf = (what: (typeof measures)[number]) => layers.reduce((sum, layer) => sum + layer[what], 0);
const [parameters, multiplications, time] = measures.map(sumOf) as [number, number, number];
printTable(
  ['layer', 'parameters', 'multiplications', 'uses', 'time'],
  [...layers, { name: 'all', parameters, multiplications, time }].map((layer) => [
    layer.name,
    layer.parameters,
    layer.multiplications,
    Math.round(layer.multiplications / layer.parameters),
    `${number(layer.time, 1)} ms`.padStart(10),
  ]),
);

// %% [markdown]
// ## Two different places
//
// The parameters are where nothing is shared: fc6 alone has three quarters of them. The work is where windows slide over many
// pixels: the convolutions do 99% of it. Time mostly follows the work. But fc6, which multiplies little, has to fetch every
// weight from memory for a single use, and waits. In a batch of images each weight, once there, would be used for all.
//
// Why 3 × 3 everywhere? Three such layers on top of each other see 7 × 7 pixels. Between C channels they have 3 · 9 · C² = 27 C²
// weights where one layer of 7 × 7 has 49 C², and a ReLU after each instead of only one. That is the paper's argument.

// %%
const shares = layers.map((layer) => [
  layer.name,
  Object.fromEntries(measures.map((what) => [what, (100 * layer[what]) / sumOf(what)])),
]);
const title = 'Where the parameters are, and where the work is';
const chart = { title, yLabel: '% of all', width: 640, height: 260 };
await picture('layers', plot.bar(Object.fromEntries(shares), chart), { thumbnail: true });

// %% [markdown]
// ## A network that draws
//
// A classifier makes one number of many pixels. To draw is the other way round: many pixels of a few numbers. A *variational
// autoencoder* (Kingma and Welling, 2013) learns both ways at once. Its *encoder* looks at a digit and says in a few numbers,
// the *latent code* z, how it is written; its *decoder* draws the digit again from z.
//
// Here z has four numbers, and both halves are told which digit it is, as a row of ten numbers of which one is 1. So z need not
// say what is written, only how: slanted, bold, narrow.
//
// If any z is to give a digit, codes must lie close together and without gaps. So the encoder does not give a point but a
// cloud, a mean μ and a spread σ for each number, and z = μ + σ · ε is drawn from it, with ε normal.

// %%
const styles = 4;

class Autoencoder extends nn.Module {
  encoder = new nn.Sequential(new nn.Linear(784 + 10, 256), new nn.ReLU(), new nn.Linear(256, 2 * styles));
  decoder = new nn.Sequential(
    new nn.Linear(styles + 10, 256),
    new nn.ReLU(),
    new nn.Linear(256, 784),
    new nn.Unflatten(1, [1, 28, 28]),
  );

  /** μ and log σ² of the codes of images: `(N, 1, 28, 28)`, `(N, 10)` → two of `(N, 4)`. */
  encode(images: Tensor, digits: Tensor): [mu: Tensor, logVariance: Tensor] {
    return this.encoder.forward(cat([images.flatten(1), digits], 1)).chunk(2, 1) as [Tensor, Tensor];
  }

  /** Digits drawn from codes, as logits: `(N, 4)`, `(N, 10)` → `(N, 1, 28, 28)`. */
  decode(z: Tensor, digits: Tensor): Tensor {
    return this.decoder.forward(cat([z, digits], 1));
  }
}

/** Ten numbers for each digit, of which one is 1: `(N)` → `(N, 10)`. */
const told = (labels: Tensor) => F.oneHot(labels.to('int32'), 10).to('float32');

// %% [markdown]
// ## Its loss
//
// The loss has two parts, both in *nats*, the natural logarithm's unit of information. The first says how badly the drawing
// fits: cross-entropy at each pixel. To say "one half" everywhere costs 784 · ln 2. The second, the Kullback–Leibler divergence,
// says how far a cloud is from the standard one, of mean 0 and spread 1:
//
// KL = ½ Σ (μ² + σ² − ln σ² − 1).
//
// It is 0 for the standard cloud itself, ½ for one that is moved by 1, and grows if one shrinks to a point. It holds all
// clouds together around zero, so that afterwards a normal random z lies where the decoder has learned to draw.

// %%
const misfit = (logits: Tensor, images: Tensor) =>
  F.binaryCrossEntropyWithLogits(logits, images, { reduction: 'sum' }).div(images.size(0));
const divergence = (mu: Tensor, logVariance: Tensor) => {
  const terms = mu.square().add(logVariance.exp()).sub(logVariance).sub(1);
  return terms.sum().div(2 * mu.size(0));
};

const { train, test } = await lessonDigits({ train: 3000, test: 500 });
const [images, labels] = test.getBatch([...Array(test.length).keys()]);
console.log(`one half everywhere costs ${number(misfit(zeros(images.shape), images).item())} nats`);
for (const sigma of [1, 0.5, 0.1]) {
  const kl = divergence(tensor([[0]]), tensor([[2 * Math.log(sigma)]]));
  console.log(`mean 0, spread ${sigma}: KL ${number(kl.item(), 3)}`);
}

// %% [markdown]
// ## Training
//
// The misfit falls as far as four numbers can take it. The KL is what they cost: codes that say something must differ.

// %%
const model = new Autoencoder();
const optimizer = new Adam(model.parameters(), { lr: 2e-3 });
const table: (string | number)[][] = [];
for (let epoch = 1; epoch <= (full ? 60 : 10); epoch++) {
  const [fits, kls]: [number[], number[]] = [[], []];
  for await (const [x, labels] of new DataLoader(train, { batchSize: 64, shuffle: true })) {
    const y = told(labels);
    const [mu, logVariance] = model.encode(x, y);
    const z = mu.add(logVariance.div(2).exp().mul(randnLike(mu)));
    const [fit, kl] = [misfit(model.decode(z, y), x), divergence(mu, logVariance)];
    optimizer.zeroGrad();
    fit.add(kl).backward();
    optimizer.step();
    fits.push(fit.item());
    kls.push(kl.item());
  }
  table.push([epoch, number(mean(fits), 1), number(mean(kls), 1)]);
}
printTable(['epoch', 'misfit', 'KL'], table);

// %% [markdown]
// Below are digits of the test set, which the network has not seen, and what the decoder makes of their μ: the same digit in
// much the same manner, a little blurred. What four numbers cannot say is averaged over.

// %%
const drawn = (z: Tensor, digits: Tensor) => noGrad(() => model.decode(z, digits).sigmoid());
const [codes] = noGrad(() => model.encode(images, told(labels)));
const again = drawn(codes, told(labels));
const pairs = cat([images.narrow(0, 0, 8), again.narrow(0, 0, 8)]);
const pairsTitle = 'Test digits, and their drawings';
await picture('reconstructions', imageGrid(pairs, { title: pairsTitle, columns: 8, size: 28 }));
const error = (guess: Tensor) => number(guess.sub(images).square().mean().item(), 4);
console.log(`mean squared error: ${error(again)}; of the mean image: ${error(images.mean(0))}`);

// %% [markdown]
// ## Digits that nobody wrote
//
// Now the encoder is left out. Each row has a random z, in each column another digit is asked for. A row is
// one handwriting; where its z is far from the middle, where few codes were, digits fail.

// %%
/** All ten digits from each of some codes: `(N, 4)` → `(N · 10, 1, 28, 28)`. */
function allDigits(z: Tensor): Tensor {
  const digits = told(arange(10)).repeat([z.size(0), 1]);
  return drawn(z.unsqueeze(1).expand([-1, 10, -1]).reshape([-1, styles]), digits);
}
const asked = 'Four random codes, ten digits of each';
await picture('samples', imageGrid(allDigits(randn([4, styles])), { title: asked, columns: 10, size: 28 }));

// %% [markdown]
// Are they legible? Ask a judge: a classifier that has seen the same digits, but no drawn ones. It reads test digits, and then
// 1,000 drawn ones, of which we count those that it reads as what was asked for.

// %%
const judge = new nn.Sequential(new nn.Flatten(), new nn.Linear(784, 10));
await teach(judge, train, { epochs: 4, lr: 0.05 });
const answers = noGrad(() => judge.forward(allDigits(randn([100, styles]))).reshape([100, 10, 10]));
const right = answers.argmax(2).eq(arange(10)).sum().item();
console.log(`the judge reads ${number(100 * (await accuracy(judge, test)), 1)}% of the test digits`);
console.log(`and ${number(right / 10, 1)}% of the drawn ones`);

// %% [markdown]
// ## A walk
//
// Take the codes of two test digits of the same kind, and go from one to the other in seven steps: z = (1 − t) · a + t · b. Every
// step is a digit, too, and its style changes little by little. Mix the two images' pixels in the same way, and there are
// two ghosts on top of each other. In the last row z stays 0, and what the decoder is told goes from a 3 to an 8.

// %%
const t = linspace(0, 1, 7).reshape([7, 1]);
const between = (a: Tensor, b: Tensor) => a.mul(t.neg().add(1)).add(b.mul(t));
const [a, b] = labels.eq(2).nonzero().flatten().toArray() as [number, number];
const byCodes = drawn(between(codes.at(a), codes.at(b)), told(labels.at(a)).expand([7, 10]));
const byPixels = between(images.at(a).flatten(), images.at(b).flatten()).reshape(byCodes.shape);
const byDigit = drawn(zeros([7, styles]), between(told(tensor(3)), told(tensor(8))));
const walk = cat([byCodes, byPixels, byDigit]);
const walkTitle = 'By codes, by pixels, and from a 3 to an 8';
await picture('walk', imageGrid(walk, { title: walkTitle, columns: 7, size: 28 }));

// %% [markdown]
// Half a gigabyte of weights, and a network that draws: both are made of the layers of the lessons before, and learn by the
// same gradients. What changes from model to model is the shape, and what the loss asks for.

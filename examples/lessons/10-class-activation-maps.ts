// %% [markdown]
// # 10. Class activation maps and Grad-CAM
//
// A network says "five". Which pixels made it say so? For one kind of network the answer is a plain sum that it computes
// anyway; for all others the gradient finds it. And a test of whether to believe the maps: cover what they mark, and look.

// %%
import { cat, grad, manualSeed, noGrad, randperm, stack, type Tensor, where } from '@retrograd/core';
import * as nn from '@retrograd/nn';
import { F } from '@retrograd/nn';
import { Adam, ExponentialLR } from '@retrograd/optim';
import { imageGrid, plot } from '@retrograd/viz';
import { number, picture, printTable } from '../lib/lesson.ts';
import { lessonDigits } from '../lib/lesson-digits.ts';
import { overlay } from '../lib/overlay.ts';
import { accuracy, train } from '../lib/train.ts';

// %% [markdown]
// ## Two networks
//
// Both begin with convolutions, which keep places: what stands at the top left of a feature map comes from the top left of
// the image. They differ in how they end. The first takes the mean of each feature map, *global average pooling*, and weighs
// these means: one weight for each class and feature. The second is that of lesson 6: it weighs every number of every map
// by itself. `features` and `scores` are the two halves of each.
//
// A network that only sees means learns slowly, because it is not told where to look. Batch normalisation helps it along. Its
// dilated kernels have gaps between their weights, so that each feature sees a good part of the digit.

// %%
class MeanNet extends nn.Module {
  layers = new nn.Sequential(
    ...[new nn.Conv2d(1, 16, 5, { stride: 2, padding: 2 }), new nn.BatchNorm2d(16), new nn.ReLU()],
    ...[new nn.Conv2d(16, 24, 3, { padding: 1 }), new nn.BatchNorm2d(24), new nn.ReLU()],
    ...[new nn.Conv2d(24, 24, 3, { padding: 2, dilation: 2 }), new nn.BatchNorm2d(24), new nn.ReLU()],
    ...[new nn.Conv2d(24, 24, 3, { padding: 2, dilation: 2 }), new nn.BatchNorm2d(24), new nn.ReLU()],
  );
  fc = new nn.Linear(24, 10);
  features(images: Tensor): Tensor {
    return this.layers.forward(images);
  }
  scores(features: Tensor): Tensor {
    return this.fc.forward(features.mean([2, 3]));
  }
  override forward(images: Tensor): Tensor {
    return this.scores(this.features(images));
  }
}

class Net extends nn.Module {
  conv1 = new nn.Conv2d(1, 16, 3);
  conv2 = new nn.Conv2d(16, 32, 3);
  fc1 = new nn.Linear(800, 10);
  features(images: Tensor): Tensor {
    return F.relu(this.conv2.forward(F.maxPool2d(F.relu(this.conv1.forward(images)), 2)));
  }
  scores(features: Tensor): Tensor {
    return this.fc1.forward(F.maxPool2d(features, 2).flatten(1));
  }
  override forward(images: Tensor): Tensor {
    return this.scores(this.features(images));
  }
}

const digits = await lessonDigits({ train: 1500, test: 400 });
async function trained<M extends MeanNet | Net>(model: M, epochs: number, lr: number): Promise<M> {
  const optimizer = new Adam(model.parameters(), { lr });
  const schedule = new ExponentialLR(optimizer, 0.4);
  await train(model, digits.train, { epochs, batchSize: 32, optimizer, onEpoch: () => schedule.step() });
  const share = number(100 * (await accuracy(model, digits.test)), 1);
  console.log(`${model.constructor.name}: names ${share}% of the test digits`);
  return model;
}
manualSeed(5);
const meanNet = await trained(new MeanNet(), 3, 0.01);
const net = await trained(new Net(), 3, 0.005);
const [meanSize, size] = [meanNet, net].map((each) =>
  [...each.parameters()].reduce((n, p) => n + p.numel, 0),
);
console.log(`weights: ${number(Number(meanSize))} and ${number(Number(size))}`);

// %% [markdown]
// ## The class activation map
//
// Let A_k be the k-th feature map of the first network, H high and W wide, and w_ck the weight of feature k for class c.
// The score of the class is a sum over features of means over places. Sums can be swapped:
//
// s_c = b_c + Σ_k w_ck · mean(A_k) = b_c + mean(Σ_k w_ck · A_k).
//
// What stands in the last brackets is an image: M_c = Σ_k w_ck · A_k, the *class activation map* (Zhou et al., 2016). Each of
// its pixels says how much this place speaks for the class, or, if negative, against it. Nothing is estimated: the mean of
// the map, and the class's bias, *are* the score. The map is a 1 × 1 convolution of the features with the class's weights.

// %%
const [images, labels] = digits.test.getBatch([...digits.test.labels.data.keys()]);
const cam = (features: Tensor) => F.conv2d(features, meanNet.fc.weight.reshape([10, 24, 1, 1]));
const features = noGrad(() => meanNet.features(images));
const maps = noGrad(() => cam(features));
const scores = noGrad(() => meanNet.scores(features));
const sums = noGrad(() => maps.mean([2, 3]).add(meanNet.fc.bias as Tensor));
printTable(
  ['class', 'score of the first digit', 'mean of its map + bias'],
  [0, 1, 2, 3].map((c) => [c, number(scores.at(0, c).item(), 4), number(sums.at(0, c).item(), 4)]),
);
const gap = sums.sub(scores).abs().max().item();
console.log(
  `of all digits and classes, largest difference of the two: ${gap < 1e-4 ? 'below' : 'above'} 0.0001`,
);

// %% [markdown]
// The maps have 14 × 14 pixels, because the first layer moves on by two. Enlarged and laid over the digit in orange, what
// speaks for the answer is seen at once. It is rarely the whole digit: it is what sets this one apart from the nine others.

// %%
/** Maps `(N, H, W)` as large as the images. */
const large = (maps: Tensor) =>
  F.interpolate(maps.unsqueeze(1), { size: [28, 28], mode: 'bilinear' }).squeeze(1);
/** Of each image its map for one class. `(N, C, H, W)`, `(N,)` → `(N, H, W)` */
const ofClass = (maps: Tensor, classes: Tensor) => stack([...classes.data].map((c, i) => maps.at(i, c)));
const each = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => labels.data.indexOf(digit));
const answers = scores.argmax(1);
const heat = large(ofClass(maps, answers));
await picture(
  'cam',
  imageGrid(
    each.map((i) => overlay(images.at(i, 0), heat.at(i))),
    { titles: each.map((i) => `"${answers.at(i).item()}"`), columns: 5, title: 'What speaks for the answer' },
  ),
);

// %% [markdown]
// ## Two digits, and where they are
//
// This network has nothing that depends on the size of an image: means can be taken of any. So give it something that it
// has never seen, two digits side by side, and ask for the map of each. No one ever told it where a digit is. It learned
// *what* is there, and its features keep the places. (A map
// that had nothing to do with it would be half on either side.)

// %%
manualSeed(1);
const partners = randperm(labels.numel);
const pairs = cat([images, images.indexSelect(0, partners)], 3);
const others = labels.indexSelect(0, partners);
const pairMaps = noGrad(() => cam(meanNet.features(pairs)));
const [left, right] = [ofClass(pairMaps, labels), ofClass(pairMaps, others)];
const differ = labels.ne(others);
const percentIn = (maps: Tensor, from: number) => {
  const map = maps.relu().mul(differ.to('float32').reshape([-1, 1, 1]));
  return number((100 * map.narrow(2, from, 14).sum().item()) / map.sum().item(), 1);
};
console.log(`the left digit's map, on the left: ${percentIn(left, 0)}%`);
console.log(`the right digit's map, on the right: ${percentIn(right, 14)}%`);

const shown = [...differ.data.keys()].filter((i) => differ.data[i]).slice(0, 2);
const wide = (map: Tensor) =>
  F.interpolate(map.reshape([1, 1, 14, 28]), { size: [28, 56], mode: 'bilinear' }).at(0, 0);
await picture(
  'two-digits',
  imageGrid(
    shown.flatMap((i) => [left, right].map((maps) => overlay(pairs.at(i, 0), wide(maps.at(i))))),
    {
      title: 'Where is it?',
      titles: shown.flatMap((i) => [`map of "${labels.at(i).item()}"`, `map of "${others.at(i).item()}"`]),
      columns: 2,
      size: 168,
    },
  ),
  { thumbnail: true },
);

// %% [markdown]
// ## Grad-CAM: the gradient knows the weights
//
// Most networks do not end in means. Then there is no weight w_ck of a whole map. But there is something to take its place:
// how much the score changes when a feature map changes, the gradient. Grad-CAM (Selvaraju et al., 2017) takes its mean,
//
// α_ck = mean over places of ∂s_c / ∂A_k, and the map is Σ_k α_ck · A_k.
//
// (Its authors show the positive part only, as our pictures do.) The gradient is asked for at the features, not at any parameter.

// %%
function gradCam(model: MeanNet | Net, images: Tensor, classes: Tensor, { mean = true } = {}): Tensor {
  const features = noGrad(() => model.features(images)).requiresGrad_();
  const score = model.scores(features).gather(1, classes.unsqueeze(1)).sum();
  const [gradient] = grad(score, [features]);
  const alpha = mean ? gradient.mean([2, 3], true) : gradient;
  return features.detach().mul(alpha).sum(1);
}

// %% [markdown]
// On the first network this must be the map that we have. There s_c = b_c + Σ_k w_ck · Σ A_k / (H · W), so that ∂s_c / ∂A_k is
// w_ck / (H · W) at every place, and so is its mean. Grad-CAM is CAM divided by H · W = 14 · 14 = 196.

// %%
const ours = gradCam(meanNet, images, answers);
const theirs = ofClass(maps, answers);
console.log(`CAM divided by Grad-CAM: ${number(theirs.norm().item() / ours.norm().item(), 2)}`);
const off = ours.mul(196).sub(theirs).abs().max().item() / theirs.abs().max().item();
console.log(`relative difference from 196 times Grad-CAM: ${off < 1e-5 ? 'below' : 'above'} 0.00001`);

// %% [markdown]
// ## Where the mean misleads
//
// On the second network there is no other way than to ask the gradient. But there the gradient differs from place to place: a
// feature at the top may speak for a class and the same feature at the bottom against it. Their mean, one number for the
// whole map, says what is true nowhere. Without it, each place keeps its own:
//
// M(i, j) = Σ_k ∂s_c / ∂A_k(i, j) · A_k(i, j) (HiResCAM; Draelos and Carin, 2020).
//
// From the features on, this network is a choice of maxima and a weighted sum. So each feature counts with its gradient,
// exactly, and the sum of the map and the bias is once more the score.

// %%
const netAnswers = noGrad(() => net.forward(images)).argmax(1);
const byMean = gradCam(net, images, netAnswers);
const byPlace = gradCam(net, images, netAnswers, { mean: false });
const netScores = noGrad(() => net.forward(images).amax(1)); // Those of the answers.
const biases = (net.fc1.bias as Tensor).detach().indexSelect(0, netAnswers);
const missing = (map: Tensor) => map.sum([1, 2]).add(biases).sub(netScores).abs().mean().item();
console.log(`missing between map and score, place by place: ${number(missing(byPlace), 3)}`);
console.log(`missing between map and score, by the mean: ${number(missing(byMean), 3)}`);

// %% [markdown]
// Look at them. The first row is the first network, the others the second. The last asks more simply: cover a square of 5 × 5
// pixels with paper, here and there and everywhere, and see how far the score falls. That needs 144 answers for a digit where
// the maps need one gradient.

// %%
/** How far a class's score falls when a square is covered that begins at each second row and column. `(12, 12)` */
function falls(image: Tensor, label: number): Tensor {
  const copies = image.expand([145, 1, 28, 28]).clone(); // The last stays as it is.
  for (let i = 0; i < 144; i++) {
    const [top, left] = [2 * Math.floor(i / 12), 2 * (i % 12)];
    copies.at(i, 0).narrow(0, top, 5).narrow(1, left, 5).zero_();
  }
  const scores = noGrad(() => net.forward(copies).select(1, label));
  return scores
    .at(144)
    .sub(scores.narrow(0, 0, 144))
    .reshape([12, 12]);
}
const five = each.slice(0, 5);
const of = (maps: Tensor) => stack(five.map((i) => maps.at(i)));
const rows = {
  CAM: of(ofClass(maps, answers)),
  'Grad-CAM': of(byMean),
  'place by place': of(byPlace),
  covering: stack(five.map((i) => falls(images.at(i), netAnswers.at(i).item()))),
};
await picture(
  'four-views',
  imageGrid(
    Object.values(rows).flatMap((maps) => five.map((i, n) => overlay(images.at(i, 0), large(maps).at(n)))),
    {
      title: 'Which pixels decided?',
      titles: Object.keys(rows).flatMap((name) => five.map((_, n) => (n === 0 ? name : ''))),
      columns: 5,
    },
  ),
);

// %% [markdown]
// ## Does the map tell the truth?
//
// A map can look convincing and be wrong. So test it: cover three tenths of a digit's ink, those that the map marks most, and
// see how far the score falls. Then, of the fresh digit, the three tenths that it marks least. Only ink is covered: to cover
// paper with paper would change nothing, and make any map look good that marks ink.

// %%
/** Images without 30% of their ink: those pixels that `order`, `(N, H, W)`, ranks highest. */
function covered(order: Tensor): Tensor {
  const ink = images.gt(0.2).flatten(1);
  const rank = where(ink, order.flatten(1), -Infinity).argsort(1, true).argsort(1);
  const gone = rank.lt(ink.sum(1, true).mul(0.3));
  return where(gone.reshape(images.shape), 0, images);
}
/** How far the scores of the answers fall, in the mean, when the ink is covered that a map marks most, and least. */
function fall(model: MeanNet | Net, map: Tensor, answers: Tensor) {
  const score = (images: Tensor) =>
    noGrad(() => model.forward(images).gather(1, answers.unsqueeze(1)).mean().item());
  const before = score(images);
  return { most: before - score(covered(map)), least: before - score(covered(map.neg())) };
}
const tests = {
  CAM: fall(meanNet, large(ofClass(maps, answers)), answers),
  'Grad-CAM': fall(net, large(byMean), netAnswers),
  'place by place': fall(net, large(byPlace), netAnswers),
};
printTable(
  ['score falls by', 'most marked covered', 'least marked covered', 'difference'],
  Object.entries(tests).map(([name, { most, least }]) => [name, most, least, most - least]),
);
await picture(
  'covering',
  plot.bar(tests, {
    title: 'Cover the ink that a map marks most, or least',
    yLabel: 'the score falls by',
    annotate: false,
  }),
);

// %% [markdown]
// Where a map is the score, spread over the places, its test comes out as it should: what it marks matters most. The mean of
// the gradients passes it only where all gradients are alike. Ask of every such picture what it is a picture of.

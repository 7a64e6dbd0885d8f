// %% [markdown]
// # 11. Fooling it, and defending
//
// The gradient that teaches a network also tells how to deceive it. Change every pixel a little, each in the direction that
// hurts most, and a 7 that anyone can read is read as something else. Then two defences, and what they cost.

// %%
import { cat, grad, manualSeed, noGrad, rand, randn, stack, type Tensor, tensor } from '@retrograd/core';
import * as nn from '@retrograd/nn';
import { F } from '@retrograd/nn';
import { Adam } from '@retrograd/optim';
import { imageGrid, plot } from '@retrograd/viz';
import { number, picture, printTable } from '../lib/lesson.ts';
import { lessonDigits } from '../lib/lesson-digits.ts';
import { type TrainOptions, train } from '../lib/train.ts';

// %% [markdown]
// ## The network
//
// It is that of lesson 6, with one step before it. Networks are often fed *normalised* images, less their mean and divided by
// their spread. Here the network does so itself. Its input is an image as it can be stored and shown, from 0 to 1, and that
// is what an attacker may change: a pixel darker than 0 or brighter than 1 is in no picture.

// %%
class Net extends nn.Module {
  conv1 = new nn.Conv2d(1, 16, 3);
  conv2 = new nn.Conv2d(16, 32, 3);
  fc1 = new nn.Linear(800, 10);
  override forward(pixels: Tensor): Tensor {
    let x = pixels.sub(0.1307).div(0.3081);
    x = F.maxPool2d(F.relu(this.conv1.forward(x)), 2);
    x = F.maxPool2d(F.relu(this.conv2.forward(x)), 2);
    return this.fc1.forward(x.flatten(1));
  }
}

const digits = await lessonDigits({ train: 1500, test: 300 });
const [images, labels] = digits.test.getBatch([...digits.test.labels.data.keys()]);
async function trained(name: string, augment?: (net: Net) => TrainOptions['augment']): Promise<Net> {
  manualSeed(5);
  const net = new Net();
  const started = performance.now();
  const optimizer = new Adam(net.parameters(), { lr: 0.003 });
  await train(net, digits.train, { epochs: 4, batchSize: 32, optimizer, augment: augment?.(net) });
  console.log(`${name}: trained in ${number((performance.now() - started) / 1000, 1)} s`);
  return net;
}
const answers = (net: Net, images: Tensor) => noGrad(() => net.forward(images).argmax(1));
/** In per cent. */
const accuracy = (net: Net, images: Tensor) =>
  100 *
  answers(net, images)
    .eq(labels.narrow(0, 0, images.size(0)))
    .to('float32')
    .mean()
    .item();
const plain = await trained('plain');
console.log(`test digits named: ${number(accuracy(plain, images), 1)}%`);

// %% [markdown]
// ## The direction that hurts most
//
// Training asks how the loss L changes with the weights. Ask instead how it changes with the *pixels*: g = ∂L/∂x, one number
// for each of them. If pixel i changes by a small d_i, the loss changes by about Σ g_i · d_i.
//
// Let no pixel change by more than ε. The sum is largest if each pixel goes as far as it may, up where g_i is positive and
// down where it is negative: d = ε · sign(g). Then the loss rises by about ε · Σ |g_i|. This is the *fast gradient sign
// method* (Goodfellow et al., 2015). First see whether the estimate holds, for a thousandth of the range from black to white.
// It can be no better than "about": at a kink, such as two equal pixels under max pooling, the gradient knows one side only.

// %%
function gradient(net: Net, images: Tensor, labels: Tensor): Tensor {
  const pixels = images.detach().requiresGrad_();
  return grad(F.crossEntropy(net.forward(pixels), labels, { reduction: 'sum' }), [pixels])[0];
}
const g = gradient(plain, images, labels);
const lossOf = (images: Tensor) =>
  noGrad(() => F.crossEntropy(plain.forward(images), labels, { reduction: 'sum' }).item());
const rise = lossOf(images.add(g.sign().mul(0.001))) - lossOf(images);
console.log(
  `rise of the loss: ${number(rise, 3)}, by the formula: ${number(0.001 * g.abs().sum().item(), 3)}`,
);
console.log(`one divided by the other: ${number(rise / (0.001 * g.abs().sum().item()), 3)}`);

// %% [markdown]
// Each pixel contributes next to nothing, but there are 784 of them, and all pull the same way. That is why a change that
// hardly shows can turn the answer.

// %%
const attacked = (images: Tensor, g: Tensor, epsilon: number | Tensor) =>
  images.add(g.sign().mul(epsilon)).clamp(0, 1);
const epsilon = 0.2;
const before = answers(plain, images);
const after = answers(plain, attacked(images, g, epsilon));
const fooled = [...labels.data.keys()]
  .filter((i) => before.data[i] === labels.data[i] && after.data[i] !== labels.data[i])
  .slice(0, 4);
const at = tensor(fooled, { dtype: 'int32' });
const clean = images.indexSelect(0, at);
const bad = attacked(images, g, epsilon).indexSelect(0, at);
const named = (kind: string, names: Tensor) => fooled.map((i) => `${kind} ${names.data[i]}`);
await picture(
  'fooled',
  imageGrid(cat([clean, bad.sub(clean).add(0.5), bad]), {
    title: `Read wrongly after a change of at most ${epsilon}`,
    titles: [...named('true', labels), ...fooled.map(() => 'change'), ...named('read as', after)],
    wrong: [...fooled.map(() => false), ...fooled.map(() => false), ...fooled.map(() => true)],
    columns: 4,
    min: 0,
    max: 1,
  }),
);

// %% [markdown]
// In the middle row grey is no change, white brighter and black darker. Where the paper is already black, it cannot become
// darker, so that part of the change is lost.
//
// Is any change of this size as bad? Let each pixel go up or down by ε at random. For a while the network hardly minds, and
// later far less than under attack. It matters little how much is changed, and very much which way.

// %%
const epsilons = [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3];
const under = (net: Net, direction: Tensor) =>
  epsilons.map((epsilon) => accuracy(net, attacked(images, direction, epsilon)));
manualSeed(1);
const plainCurve = under(plain, g);
const noiseCurve = under(plain, randn(images.shape));
const percents = (values: readonly number[]) => values.map((value) => number(value, 1));
const head = ['digits named, %', ...epsilons.map((epsilon) => `ε = ${epsilon}`)];
printTable(head, [
  ['random signs', ...percents(noiseCurve)],
  ["the gradient's signs", ...percents(plainCurve)],
]);
await picture(
  'accuracy',
  plot.line(
    { 'random signs': noiseCurve, "the gradient's signs": plainCurve },
    {
      x: epsilons,
      title: 'A small change in the worst direction',
      xLabel: 'ε, the most that a pixel changes',
      yLabel: 'digits named, %',
      points: true,
    },
  ),
);

// %% [markdown]
// ## First defence: more kinds of digits
//
// *Augmentation* changes the training images anew each time, in ways that leave the digit what it is: turned by up to 15°,
// shifted by up to two pixels, so that a part may be cropped off, and with noise on top. Turning by an angle a and shifting
// are a matrix, (cos a, −sin a, shift; sin a, cos a, shift), which tells for each place of the new image where in the
// old one to look. Each image of a batch has its own.

// %%
function augmented(images: Tensor): Tensor {
  const count = images.size(0);
  const between = (most: number) =>
    rand([count])
      .sub(0.5)
      .mul(2 * most);
  const angle = between((15 * Math.PI) / 180);
  const [cos, sin] = [angle.cos(), angle.sin()];
  // Places are counted from −1 to 1: two pixels of 28 are 2 / 14.
  const entries = [cos, sin.neg(), between(2 / 14), sin, cos, between(2 / 14)];
  const theta = stack(entries, 1).reshape([count, 2, 3]);
  const moved = F.gridSample(images, F.affineGrid(theta, images.shape, false), { alignCorners: false });
  return moved.add(randn(images.shape).mul(0.1)).clamp(0, 1);
}
const robustToMotion = await trained('augmented', () => augmented);
manualSeed(2);
const some = images.narrow(0, 0, 5);
await picture(
  'augmented',
  imageGrid(cat([some, augmented(some)]), {
    size: 56,
    title: 'Digits, and what augmentation makes of them',
    columns: 5,
    min: 0,
    max: 1,
  }),
);

// %% [markdown]
// ## Second defence: train on the attack
//
// *Adversarial training* attacks the network, as it is at this moment, before each step, and teaches it the true names of
// what comes out. Each image has an ε of its own between 0 and 0.3, so that nearly clean ones are among them. Every step
// needs a second forward and backward pass, for the gradient at the pixels: twice the work.

// %%
const adversarial = await trained('adversarial', (net) => (images, labels) => {
  const epsilon = rand([images.size(0), 1, 1, 1]).mul(0.3);
  return attacked(images, gradient(net, images, labels), epsilon).detach();
});
const nets = { plain, augmented: robustToMotion, adversarial };
const each = <T>(f: (net: Net) => T) =>
  Object.fromEntries(Object.entries(nets).map(([name, net]) => [name, f(net)])) as Record<string, T>;
const curves = each((net) => under(net, gradient(net, images, labels)));
printTable(
  head,
  Object.entries(curves).map(([name, values]) => [name, ...percents(values)]),
);
await picture(
  'defences',
  plot.line(curves, {
    x: epsilons,
    title: 'Three ways to train, under attack',
    xLabel: 'ε, the most that a pixel changes',
    yLabel: 'digits named, %',
    points: true,
  }),
  { thumbnail: true },
);

// %% [markdown]
// Turning, shifting and noise are not what the attack does, and a network that has learned to bear them is hardly safer for
// it. The one that has been trained on the attack stands far better. Each defence helps against what it was made for: turned,
// shifted and noisy digits, in the second column below, are read best by the network that was trained on such. The first
// column is the price on clean images. It is small here, a digit or two in a hundred at most; the other price is the time.

// %%
manualSeed(3);
const moved = augmented(images);
printTable(
  ['trained', 'clean', 'turned, shifted, noisy', 'ε = 0.2'],
  Object.entries(nets).map(([name, net]) => [
    name,
    ...percents([accuracy(net, images), accuracy(net, moved), (curves[name] as number[])[4] as number]),
  ]),
);

// %% [markdown]
// ## A stronger attacker
//
// One step along the gradient is the simplest attack. A stronger one takes many small steps, asks for the gradient anew
// after each, and never leaves the box of ± ε around the image (*projected gradient descent*, Madry et al., 2018).

// %%
function manySteps(net: Net, images: Tensor, labels: Tensor, epsilon: number, steps = 8): Tensor {
  let x = images;
  for (let step = 0; step < steps; step++) {
    const next = attacked(x, gradient(net, x, labels), epsilon / 4);
    x = next.sub(images).clamp(-epsilon, epsilon).add(images);
  }
  return x;
}
const [few, names] = [images.narrow(0, 0, 100), labels.narrow(0, 0, 100)];
printTable(
  ['ε = 0.2, 100 digits', 'one step', 'eight steps'],
  Object.entries(nets).map(([name, net]) => [
    name,
    ...percents([
      accuracy(net, attacked(few, gradient(net, few, names), 0.2)),
      accuracy(net, manySteps(net, few, names, 0.2)),
    ]),
  ]),
);

// %% [markdown]
// All fall further. Whoever claims that a network cannot be fooled has to say by whom: a defence is only as good as the best
// attack that was tried on it.

// %% [markdown]
// # 5. Backpropagation from nothing
//
// How a network learns, from a single neuron on: a rule of 1958, four points on which it fails, the chain rule that mends it,
// link by link, and why the same chain rule starves deep networks of sigmoids.

// %%
import { arange, autograd, manualSeed, randn, stack, type Tensor, tensor } from '@retrograd/core';
import * as nn from '@retrograd/nn';
import { F } from '@retrograd/nn';
import { graph, plot } from '@retrograd/viz';
import { number, picture, printMatrices, printTable } from '../lib/lesson.ts';
import { lessonDigits } from '../lib/lesson-digits.ts';
import { accuracy, train } from '../lib/train.ts';

// %% [markdown]
// ## A neuron, and how it learns
//
// A *perceptron* weighs its inputs, adds a bias, and says yes or no: y = 1 if w₁x₁ + w₂x₂ + b > 0, else 0. Frank Rosenblatt
// gave it a learning rule in 1958. Show it an example with the right answer t. If its answer is right, do nothing. If not,
// add the inputs to the weights where it should have said yes, and take them away where it should have said no:
//
// w ← w + (t − y) x,  b ← b + (t − y).
//
// Let it learn AND: yes only if both inputs are 1. All weights begin at 0. A pass shows it all four examples in turn.

// %%
const points = tensor([
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
]);
const and = tensor([0, 0, 0, 1]);
const xor = tensor([0, 1, 1, 0]);

function perceptron(name: string, answers: Tensor, passes = 6) {
  const w = tensor([0, 0]);
  const b = tensor(0);
  const log = Array.from({ length: passes }, (_, pass) => {
    let mistakes = 0;
    for (const [i, x] of points.unbind(0).entries()) {
      const y = w.dot(x).add(b).gt(0).to('float32');
      const error = answers.at(i).sub(y);
      w.add_(x.mul(error));
      b.add_(error);
      mistakes += error.abs().item();
    }
    return [pass + 1, mistakes, ...w.data, b.item()];
  });
  console.log(name);
  printTable(['pass', 'mistakes', 'w₁', 'w₂', 'b'], log);
  return { w, b };
}
const neurons = { and: perceptron('AND', and), xor: perceptron('XOR', xor) };

// %% [markdown]
// AND is learnt in five passes, and the sixth makes no mistake: 2x₁ + x₂ − 2 > 0 holds for (1, 1) alone. XOR, yes if exactly
// one input is 1, is never learnt. From the second pass on, the weights are the same after every pass, and so the mistakes
// repeat: all four answers are wrong, for ever.
//
// No weights could do better. XOR wants b ≤ 0, w₁ + b > 0, w₂ + b > 0 and w₁ + w₂ + b ≤ 0. Add the two in the middle:
// w₁ + w₂ + 2b > 0. Take away the last: b > 0, which contradicts the first. In a picture: a neuron cuts the plane along a
// straight line, and no straight line has (0, 1) and (1, 0) on one side, (0, 0) and (1, 1) on the other.
//
// ## Two layers can
//
// XOR is "OR, but not AND". With one neuron for each, and a third that looks at these two, it is done by hand:

// %%
const step = (z: Tensor) => z.gt(0).to('float32');
const [x1, x2] = points.unbind(1) as [Tensor, Tensor];
const or = step(x1.add(x2));
const both = step(x1.add(x2).sub(1));
printMatrices({
  'x₁ x₂': points,
  'x₁ + x₂ > 0': or.unsqueeze(1),
  'x₁ + x₂ − 1 > 0': both.unsqueeze(1),
  'first − second > 0': step(or.sub(both)).unsqueeze(1),
});

// %% [markdown]
// But how could it be learnt? The rule needs the right answer of each neuron, and nobody knows what the two in the middle
// *should* say. Perhaps a weight could be tried: a bit more, a bit less, is the result better? It will not change at all, for
// a yes stays a yes until it suddenly becomes a no.
//
// So make the step smooth. The *sigmoid* σ(z) = 1 / (1 + e⁻ᶻ) rises from 0 to 1 without a jump, and a small change of any
// weight now has a small effect on the result. How large an effect, is a derivative; and derivatives of things that are
// made of parts are found by the chain rule.
//
// ## The chain rule, link by link
//
// One neuron with one input: x = 2, weight w = 3, bias b = −6. It should answer t = 1. We compute how wrong it is, L, in five
// small steps.

// %%
const leaf = (value: number) => tensor(value, { requiresGrad: true });
const [w, x, b] = [leaf(3), leaf(2), leaf(-6)];
const u = w.mul(x);
const z = u.add(b);
const a = z.sigmoid();
const e = a.sub(1);
const L = e.square();
printMatrices({ 'u = w·x': u, 'z = u + b': z, 'a = σ(z)': a, 'e = a − t': e, 'L = e²': L });

// %% [markdown]
// Each step is so simple that its derivative stands in every schoolbook: its *local* derivative says by how much its result
// changes, for each small change of what goes in. If e changes L twofold, and a changes e threefold, then a changes L
// sixfold: along a chain, factors multiply. Walk it from the end to the start, and multiply as you go:
//
// ∂L/∂w = ∂L/∂e · ∂e/∂a · ∂a/∂z · ∂z/∂u · ∂u/∂w.
//
// "By autograd" asks the tape for the same: it has recorded the steps, and knows each one's local derivative.

// %%
const links: [link: string, rule: string, by: number, of: Tensor, at: Tensor, name: string][] = [
  ['∂L/∂e', '2e', 2 * e.item(), L, e, '∂L/∂e'],
  ['∂e/∂a', '1', 1, e, a, '∂L/∂a'],
  ['∂a/∂z', 'a(1 − a)', a.item() * (1 - a.item()), a, z, '∂L/∂z'],
  ['∂z/∂u', '1', 1, z, u, '∂L/∂u'],
  ['∂u/∂w', 'x', x.item(), u, w, '∂L/∂w'],
];
const derivative = (of: Tensor, at: Tensor) => autograd.grad(of, [at], { retainGraph: true })[0]?.item() ?? 0;
let product = 1;
printTable(
  ['link', 'rule', 'value', 'by autograd', 'up to here', 'product', 'by autograd'],
  links.map(([link, rule, by, of, at, name]) => {
    product *= by;
    return [link, rule, by, derivative(of, at), name, product, derivative(L, at)];
  }),
);

// %% [markdown]
// The bias branches off at z, with the local derivative 1, and the input at u, with w. What has been multiplied up to there is
// used again: ∂L/∂b = ∂L/∂z · 1 = −0.25, and ∂L/∂x = ∂L/∂u · w = −0.25 · 3 = −0.75. This is what makes *backpropagation* fast.
// One walk backwards gives the derivatives of all weights, however many there are.
//
// `graph` draws the tape. After `backward` it also shows how large the gradients are at each step, and there they are again:
// 1, 1, 0.25, 0.25, 0.5. From e two arrows lead to L, because a square is computed as e · e. What is used twice changes the
// result along both ways, and what comes back along them is *added*: e + e = 2e. So in a convolution, whose weights are used
// at every place, the gradient is a sum over all places.

// %%
const drawn = graph(L, { parameters: { w, x, b }, direction: 'right' });
L.backward();
console.log(`∂L/∂w = ${w.grad?.item()}, ∂L/∂b = ${b.grad?.item()}, ∂L/∂x = ${x.grad?.item()}`);
await picture('tape', drawn);

// %% [markdown]
// ## Two layers that learn XOR
//
// Now with matrices: the four points are the rows of X. The hidden layer has four neurons, H = σ(X W₁ + b₁), and the last
// one gives a probability, y = σ(H W₂ + b₂). With the loss −log(probability of the right answer), averaged over the points,
// the links at the end multiply to something very short, ∂L/∂z₂ = (y − t) / 4. From there:
//
// - δ₂ = (y − t) / 4,  ∂L/∂W₂ = Hᵀ δ₂,  ∂L/∂b₂ = Σ δ₂
// - δ₁ = δ₂ W₂ᵀ ⊙ H (1 − H),  ∂L/∂W₁ = Xᵀ δ₁,  ∂L/∂b₁ = Σ δ₁
//
// where ⊙ multiplies numbers in the same place, and sums go over the points. That is all of backpropagation, twice. A step
// of *gradient descent* then moves every weight against its gradient.

// %%
manualSeed(5);
type Weights = readonly [W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor];
const weights: Weights = [randn([2, 4]), randn([4]), randn([4, 1]), randn([1])];
const t = xor.unsqueeze(1);

function forward(X: Tensor, [W1, b1, W2, b2]: Weights) {
  const H = X.matmul(W1).add(b1).sigmoid();
  return { H, y: H.matmul(W2).add(b2).sigmoid() };
}

function gradients(X: Tensor, [W1, b1, W2, b2]: Weights): Weights {
  const { H, y } = forward(X, [W1, b1, W2, b2]);
  const d2 = y.sub(t).div(4);
  const d1 = d2.matmul(W2.t()).mul(H).mul(H.neg().add(1));
  return [X.t().matmul(d1), d1.sum(0), H.t().matmul(d2), d2.sum(0)];
}

const lossOf = (weights: Weights) => F.binaryCrossEntropy(forward(points, weights).y, t);
const leaves = weights.map((weight) => weight.clone().requiresGrad_()) as unknown as Weights;
const taped = autograd.grad(lossOf(leaves), leaves);
const agree = gradients(points, weights).every((gradient, i) => gradient.allclose(taped[i] as Tensor));
console.log(`formulas and tape agree: ${agree}`);

const losses: [step: number, loss: string][] = [];
for (let step = 0; step <= 1000; step++) {
  if ([0, 10, 100, 1000].includes(step)) losses.push([step, number(lossOf(weights).item(), 4)]);
  const gradient = gradients(points, weights);
  for (const [i, weight] of weights.entries()) weight.sub_((gradient[i] as Tensor).mul(2));
}
printTable(['step', 'loss'], losses);
printMatrices({ 'x₁ x₂': points, XOR: t, answer: forward(points, weights).y }, { digits: 3 });

// %% [markdown]
// Everything that the two networks say, for inputs between the four points and around them: on the left the straight cut of
// the perceptron that learnt AND, on the right what two layers made of XOR.

// %%
const ticks = arange(-0.5, 1.51, 0.1);
const plane = stack([ticks.expand([21, 21]), ticks.flip([0]).unsqueeze(1).expand([21, 21])], -1);
const labels = Array.from(ticks.data, (value, i) => (i % 5 === 0 ? number(value, 1) : ''));
const size = { width: 320, height: 270 };
const axes = { xLabel: 'x₁', yLabel: 'x₂', xLabels: labels, yLabels: [...labels].reverse() };
await picture(
  'planes',
  plot.grid([
    plot.heatmap(step(plane.matmul(neurons.and.w).add(neurons.and.b)), {
      title: 'One neuron: AND',
      ...axes,
      ...size,
    }),
    plot.heatmap(forward(plane, weights).y.squeeze(-1), { title: 'Two layers: XOR', ...axes, ...size }),
  ]),
);

// %% [markdown]
// ## Gradients that vanish
//
// Look at δ₁ once more: on its way back through a layer the gradient is multiplied by the weights and by the derivative of
// the sigmoid, σ′ = a(1 − a). Since a is between 0 and 1, this product is greatest at a = ½, and there it is ¼. So each layer
// of sigmoids takes away three quarters, at least, if the weights do not make up for it. After twenty layers (¼)²⁰, a
// millionth of a millionth, is left at best. The derivative of ReLU is 0 or 1: what is let through, is let through whole.

// %%
const zs = arange(-6, 6.01, 0.1);
const sigmoids = zs.sigmoid();
const slopes = { sigmoid: sigmoids.mul(sigmoids.neg().add(1)), ReLU: zs.gt(0).to('float32') };
const [steepest, relu] = [slopes.sigmoid.max().item(), slopes.ReLU.max().item()];
console.log(`greatest slope: sigmoid ${number(steepest, 3)}, ReLU ${relu}`);
await picture(
  'slopes',
  plot.line(slopes, { x: zs, title: 'Slopes', xLabel: 'z', yLabel: 'slope', width: 420, height: 220 }),
);

// %% [markdown]
// Measure it: a network of twenty layers, 64 neurons each, once with sigmoids and once with ReLU, with the same weights. They
// are random with a variance of 2/64, which He and others (2015) worked out for ReLU: half of its outputs are zero, and the 2
// makes up for that. For sigmoids the same calculation gives a factor of at most √2 · ¼ = 0.354 per layer.

// %%
const [depth, width, std] = [20, 64, Math.sqrt(2 / 64)];
function gradientNorms(activation: (z: Tensor) => Tensor): number[] {
  manualSeed(5);
  const layers = Array.from({ length: depth }, () => randn([width, width]).mul(std).requiresGrad_());
  const head = randn([width, 10]).mul(std);
  const last = layers.reduce((h, W) => activation(h.matmul(W)), randn([128, width]));
  const loss = F.crossEntropy(last.matmul(head), arange(128).remainder(10).to('int32'));
  return autograd.grad(loss, layers).map((gradient) => gradient.norm().item());
}
const norms = { sigmoid: gradientNorms((z) => z.sigmoid()), ReLU: gradientNorms((z) => z.relu()) };
/** What a layer multiplies the gradient by, on average (the geometric mean, away from the ends). */
const factor = ([, second = 0, ...rest]: number[]) => (second / (rest.at(-2) ?? 0)) ** (1 / (depth - 3));
printTable(
  ['', 'layer 20', 'layer 10', 'layer 1', 'factor per layer'],
  Object.entries(norms).map(([name, norms]) => [
    name,
    ...[19, 9, 0].map((i) => (norms[i] as number).toExponential(1)),
    number(factor(norms), 3),
  ]),
);
await picture(
  'vanishing',
  plot.line(norms, {
    x: arange(1, depth + 1),
    title: 'What is left of the gradient, layer by layer',
    xLabel: 'layer (1 is next to the input)',
    yLabel: 'norm of ∂L/∂W',
    yScale: 'log',
    points: true,
  }),
  { thumbnail: true },
);

// %% [markdown]
// The line of the sigmoid is straight on a logarithmic scale: a constant factor per layer, a little below what was calculated,
// as not all of its neurons are at their steepest. What the loss has to say hardly reaches the first layers. With ReLU all
// layers hear about as much. So it goes in training, too: two networks of ten layers are to name digits, all else equal.

// %%
const digits = await lessonDigits({ train: 2000, test: 500 });
function deep(Activation: typeof nn.Sigmoid | typeof nn.ReLU): nn.Sequential {
  manualSeed(5);
  const layers = Array.from({ length: 10 }, (_, i) => {
    const linear = new nn.Linear(i === 0 ? 784 : 64, 64);
    nn.init.kaimingNormal_(linear.weight, { nonlinearity: 'relu' });
    return [linear, new Activation()];
  });
  return new nn.Sequential(new nn.Flatten(), ...layers.flat(), new nn.Linear(64, 10));
}
for (const Activation of [nn.Sigmoid, nn.ReLU]) {
  const model = deep(Activation);
  await train(model, digits.train, { epochs: 5, lr: 0.02 });
  const right = 100 * (await accuracy(model, digits.test));
  console.log(`${Activation.name}: ${number(right, 1)} % of the test digits named right`);
}

// %% [markdown]
// The network of sigmoids does little better than guessing, one in ten. That deep networks learn at all is owed to remedies
// for just this: ReLU, weights that begin at the right size, normalisation, and connections that bypass layers.

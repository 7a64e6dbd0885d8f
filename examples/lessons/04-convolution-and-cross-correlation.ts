// %% [markdown]
// # 4. Convolution and cross-correlation
//
// Mathematics turns the kernel round before it slides it over the image; networks do not bother. What the difference is,
// why it comes back as soon as gradients flow backwards, and how both become one multiplication of matrices.

// %%
import { autograd, eye, manualSeed, randn, type Tensor, tensor, zeros } from '@retrograd/core';
import { F } from '@retrograd/nn';
import { imageGrid, plot } from '@retrograd/viz';
import { number, picture, printMatrices, printTable } from '../lib/lesson.ts';

// %% [markdown]
// ## Along a line
//
// Slide the kernel (4, 5) over (1, 2, 3), beginning where the two just touch and ending where they part. Written as sums,
// where whatever lies outside is zero:
//
// - *cross-correlation*, x ⋆ w: y[n] = Σ w[k] · x[n + k]. The kernel is laid on as it is.
// - *convolution*, x ∗ w: y[n] = Σ w[k] · x[n − k]. The kernel is laid on back to front, as (5, 4).
//
// `F.conv1d` computes the first of them, with zeros on both sides if it is given padding. To get the second, flip the kernel.

// %%
const line = (values: Tensor) => values.reshape([1, 1, -1]);
const correlate1 = (x: Tensor, w: Tensor) =>
  F.conv1d(line(x), line(w), undefined, { padding: w.numel - 1 }).flatten();
const convolve1 = (x: Tensor, w: Tensor) => correlate1(x, w.flip([0]));

const a = tensor([1, 2, 3]);
const b = tensor([4, 5]);
const list = (values: Tensor) => [...values.data].map((value) => number(value)).join(', ');
console.log(`a = ${list(a)} and b = ${list(b)}`);
console.log(`convolution:       a ∗ b = ${list(convolve1(a, b))}   b ∗ a = ${list(convolve1(b, a))}`);
console.log(`cross-correlation: a ⋆ b = ${list(correlate1(a, b))}   b ⋆ a = ${list(correlate1(b, a))}`);

// %% [markdown]
// Convolution is what happens when polynomials are multiplied: (1 + 2x + 3x²)(4 + 5x) = 4 + 13x + 22x² + 15x³. The number
// before x² collects all products whose powers add up to 2, 2 · 5 + 3 · 4, and "indices that add up to n" is the sum with
// n − k. As in any product, the order does not matter: a ∗ b = b ∗ a. For cross-correlation it does: exchange the two, and
// the result comes out back to front.
//
// ## On images
//
// In two dimensions the kernel is flipped from left to right and from top to bottom. Together that is a rotation by 180°.
//
// What it does is seen best on an image that is black but for a few bright pixels. Convolution puts a copy of the kernel at
// each of them: that is why a photographer's blurred point of light shows the shape of the lens. Cross-correlation puts a
// rotated copy. It asks at every place "does what is here look like my kernel?", and on its way over a single bright pixel
// each weight of the kernel meets it once, the last ones first.

// %%
const rotate180 = (w: Tensor) => w.flip([-2, -1]);
/** `F.conv2d` for one image `(H, W)` and one kernel. */
const correlate = (x: Tensor, w: Tensor, padding: [number, number] = [0, 0]) =>
  F.conv2d(x.reshape([1, 1, ...x.shape]), w.reshape([1, 1, ...w.shape]), undefined, { padding }).at(0, 0);

const letter = tensor([
  [1, 1, 1],
  [1, 0, 0],
  [1, 1, 0],
  [1, 0, 0],
  [1, 0, 0],
]);
const points = zeros([13, 13]);
for (const [row, column] of [
  [3, 3],
  [4, 9],
  [9, 5],
] as const)
  points.setAt(row, column, 1);
await picture(
  'flip',
  imageGrid(
    [letter, points, correlate(points, letter, [2, 1]), correlate(points, rotate180(letter), [2, 1])],
    {
      title: 'What becomes of a point',
      titles: ['kernel', 'points', 'cross-correlation', 'convolution'],
      columns: 4,
      size: 156,
    },
  ),
  { thumbnail: true },
);

// %% [markdown]
// Does a network care? No: its kernels are learnt. If the library convolved instead, training would find the same kernels,
// rotated, and the network would answer the same. So libraries leave out the flip, and go on saying "convolution". For a
// kernel that looks the same upside down, such as lesson 2's blur, there is no difference at all.
//
// ## Backwards: a small example
//
// To learn, a layer must know how the loss L changes with each of its weights and, for the layers before it, with each of
// its inputs. Here is a layer whose every number can be checked by hand: y = x ⋆ w + b, with the loss
// L = ½ Σ (y − t)², which compares y with a target t. Its gradient with respect to y is g = y − t.

// %%
const x = tensor([
  [1, 2, 0],
  [0, 1, 3],
  [2, 0, 1],
]);
const w = tensor([
  [1, 2],
  [0, -1],
]);
const bias = tensor(1);
const target = tensor([
  [4, 2],
  [1, 6],
]);
const y = correlate(x, w).add(bias);
const g = y.sub(target);
printMatrices({ x, w, y, t: target, g });
console.log(`L = ${number(g.square().sum().div(2).item())}`);

// %% [markdown]
// **The kernel's gradient.** The weight w[u, v] has been multiplied by x[i + u, j + v] for each output (i, j). A change of it
// changes them all, so all of them contribute:
//
// ∂L/∂w[u, v] = Σ g[i, j] · x[i + u, j + v],
//
// which is a cross-correlation again, of x with g: ∂L/∂w = x ⋆ g. At w[0, 1], for example, g lies on the upper right corner of
// x: 1 · 2 − 2 · 0 + 2 · 1 + 1 · 3 = 7. The bias is added to each output: ∂L/∂b = Σ g.
//
// **The input's gradient.** Ask which outputs a pixel took part in, and with which weight. It is clearest along a line, with
// a kernel (a, b, c):
//
// - y₀ = **a** x₀ + **b** x₁ + **c** x₂
// - y₁ = **a** x₁ + **b** x₂ + **c** x₃
// - y₂ = **a** x₂ + **b** x₃ + **c** x₄
//
// Each line reads a, b, c. But look for x₂ from the top down: it has the weight c, then b, then a. The window moves to the
// right, so the pixel moves to the left within the window. Hence ∂L/∂x₂ = c g₀ + b g₁ + a g₂: the kernel is laid on g *back
// to front*. In two dimensions that is the rotation by 180°. Pixels at the border, such as x₀, were seen by fewer outputs; g is
// surrounded by zeros so that they fit in, k − 1 on each side. This is the *full* convolution, ∂L/∂x = g ∗ w.

// %%
const full = (g: Tensor, w: Tensor) => correlate(g, rotate180(w), [w.size(0) - 1, w.size(1) - 1]);
const byFormula = { x: full(g, w), w: correlate(x, g), b: g.sum() };
printMatrices({ 'g with zeros around': F.pad(g, [1, 1, 1, 1]), 'w rotated': rotate180(w) });
printMatrices({ '∂L/∂x = g ∗ w': byFormula.x, '∂L/∂w = x ⋆ g': byFormula.w, '∂L/∂b = Σ g': byFormula.b });

// %% [markdown]
// ## Three ways, one answer
//
// Two other ways know nothing of these formulas. The *tape* records each operation as it is done and goes back through them
// (lesson 5). *Finite differences* need no calculus: move one number by a little, h, up and down, and see what becomes of the
// loss, (L(+h) − L(−h)) / 2h. That is the definition of a derivative, tried out; here it is done with h = 0.001 and 64-bit
// numbers. It is slow, two forward passes for every single number, and just right for checking.

// %%
const names = ['x', 'w', 'b'] as const;
const exact = (values: Tensor) => values.to('float64').requiresGrad_();
const inputs = [exact(x), exact(w), exact(bias)] as const;
const lossOf = ([x, w, b]: readonly [Tensor, Tensor, Tensor]) =>
  correlate(x, w).add(b).sub(target).square().sum().div(2);
const byTape = autograd.grad(lossOf(inputs), inputs);

function byDifference(input: number, position: number, h = 1e-3): number {
  const moved = (by: number) => {
    const [x, w, b] = inputs.map((values) => values.detach().clone()) as [Tensor, Tensor, Tensor];
    const numbers = [x, w, b][input]?.view([-1]);
    numbers?.setAt(position, numbers.at(position).add(by));
    return lossOf([x, w, b]).item();
  };
  return (moved(h) - moved(-h)) / (2 * h);
}

const rows = names.flatMap((name, input) =>
  Array.from(byFormula[name].data, (formula, position) => {
    const columns = byFormula[name].size(-1);
    const place = name === 'b' ? '' : `[${Math.floor(position / columns)}, ${position % columns}]`;
    const tape = byTape[input]?.data[position] as number;
    return [
      `∂L/∂${name}${place}`,
      ...[formula, tape, byDifference(input, position)].map((value) => number(value, 4)),
    ];
  }),
);
printTable(['', 'formula', 'tape', 'finite differences'], rows);

// %% [markdown]
// ## The whole layer as a matrix
//
// There is a picture in which all this is plain. A convolution is linear: it is a fully connected layer, y = C x, in whose
// matrix C most weights are zero and the others repeat. Along a line, for seven pixels and the kernel (1, 2, 3), C has a row
// for each output, and the kernel wanders to the right from row to row. Going backwards through y = C x means multiplying
// by its transpose, ∂L/∂x = Cᵀ g. Read a row of Cᵀ in the middle: 3, 2, 1.
//
// In two dimensions it is the same with more gaps. The picture shows C for the kernel 1, 2, …, 9: each of its three rows is
// one of the three bands.

// %%
/** The matrix of a linear function: its columns are what becomes of inputs with a single 1. */
const matrixOf = (layer: (x: Tensor) => Tensor, size: number) => layer(eye(size)).t();
const kernel = tensor([1, 2, 3]);
const c = matrixOf((x) => F.conv1d(x.unsqueeze(1), line(kernel)).squeeze(1), 7);
printMatrices({ C: c, 'C transposed': c.t() });

const nine = tensor([1, 2, 3, 4, 5, 6, 7, 8, 9]).reshape([1, 1, 3, 3]);
const c2 = matrixOf((x) => F.conv2d(x.reshape([-1, 1, 6, 6]), nine).flatten(1), 36);
await picture(
  'matrix',
  plot.heatmap(c2, {
    title: 'The matrix of a 3 × 3 kernel on 6 × 6 pixels',
    xLabel: 'pixel',
    yLabel: 'output',
  }),
);
console.log(
  `weights of C in two dimensions: ${number(c2.numel)}, not zero: ${number(c2.ne(0).sum().item())}`,
);

// %% [markdown]
// So a convolution is a fully connected layer that has been told two things about images: what is far away does not matter
// (the zeros), and what is worth seeing here is worth seeing there (the repeated weights).
//
// ## im2col: computing it as a product of matrices
//
// Nobody computes with all these zeros. The other way round, repeat the *pixels*: lay the numbers of each window in a column
// of their own. With the kernel as a row, its inner products with all columns are one product of matrices, which computers do
// faster than anything else. This is called *im2col*, image to columns; `F.unfold` does it. For our small layer the kernel
// is the row (1, 2, 0, −1), and the four columns are the four windows, read row by row:

// %%
const columns = F.unfold(x.reshape([1, 1, 3, 3]), 2).at(0) as Tensor;
const row = w.reshape([1, 4]);
printMatrices({ 'kernel as a row': row, 'windows as columns': columns, product: row.matmul(columns) });
console.log(
  `reshaped to 2 × 2, this is x ⋆ w: ${row.matmul(columns).reshape([2, 2]).equal(correlate(x, w))}`,
);

// %% [markdown]
// Backwards it is simple, too. From Y = W X follow ∂L/∂W = G Xᵀ and ∂L/∂X = Wᵀ G. The columns of the latter go back to the
// windows that they came from, and where windows overlap, they are added up: `F.fold`, or *col2im*. That is the full
// convolution once more, this time with no flip to be seen. It is in the adding up.

// %%
const flat = g.reshape([1, 4]);
const spread = row.t().matmul(flat);
const folded = F.fold(spread.unsqueeze(0), 3, 2).at(0, 0);
printMatrices({ 'G Xᵀ': flat.matmul(columns.t()), 'Wᵀ G': spread, 'folded: ∂L/∂x': folded });
console.log(`as by formula: ${folded.equal(byFormula.x)}`);

// %% [markdown]
// ## With channels, batches and strides
//
// A real layer has a batch of N images, C channels in and O channels out. The windows of all channels go into one column of
// C · k · k numbers, and each of the O kernels is a row. Backwards, the two kinds of channels change places. With a stride of 2
// a pixel has met only every second weight; to make up for it, zeros are put between the numbers of g. `F.convTranspose2d` is
// that backward pass as an operation in its own right, and networks that draw images use it to make them larger.

// %%
manualSeed(4);
const batch = randn([2, 3, 9, 9], { requiresGrad: true });
const weight = randn([4, 3, 3, 3]);
const options = { stride: 2, padding: 1 };
const output = F.conv2d(batch, weight, undefined, options);
const product = weight
  .reshape([4, 27])
  .matmul(F.unfold(batch, 3, options))
  .reshape(output.shape);
const gradient = randn(output.shape);
const [tape] = autograd.grad(output, [batch], { gradOutputs: [gradient] }) as [Tensor];
const transposed = F.convTranspose2d(gradient, weight, undefined, options);
const agree = (one: Tensor, other: Tensor) => one.sub(other).abs().max().item() < 1e-4;
console.log(`output (${output.shape.join(', ')}), by im2col the same: ${agree(output, product)}`);
console.log(
  `∂L/∂x (${tape.shape.join(', ')}), by convTranspose2d the same: ${agree(tape as Tensor, transposed)}`,
);

// %% [markdown]
// The price of im2col is memory. With a kernel of 3 × 3 and stride 1 each pixel is in nine windows, so the columns hold nine
// times as many numbers as the image.

// %%
printTable(
  ['layer', 'image', 'columns', 'times'],
  [
    [3, 32],
    [64, 56],
    [512, 14],
  ].map(([channels = 0, side = 0]) => {
    const image = zeros([1, channels, side, side]);
    const { numel } = F.unfold(image, 3, { padding: 1 });
    return [`${channels} channels, ${side} × ${side}`, image.numel, numel, numel / image.numel];
  }),
);

// %% [markdown]
// Forwards a sliding sum, backwards a sliding sum with the kernel turned round, and both a product of matrices: this is the
// whole of a convolutional layer. How gradients travel through *all* layers of a network is the subject of the next lesson.

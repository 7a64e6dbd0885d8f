import { describe, expect, it } from 'vitest';
import {
  ArgumentError,
  autograd,
  fuse,
  grad,
  noGrad,
  observe,
  randn,
  sigmoid,
  sum,
  type Tensor,
  tanh,
  tensor,
  where,
} from '../index.ts';

const float64 = { dtype: 'float64' } as const;
const leaf = { ...float64, requiresGrad: true } as const;

/** Compositions whose operands broadcast, take part in several ways, or in none. */
const gated = (x: Tensor, b: Tensor, scale: Tensor) =>
  where(x.gt(b), x.mul(sigmoid(x.mul(scale))).sub(b.div(x.abs().add(1))), tanh(b).mul(0.1).add(x));
const weighted = (x: Tensor, a: Tensor, b: Tensor) => x.add(a.mul(b).mul(3));

const compositions = {
  gated: [gated, [[3, 4], [4]], [1.5]],
  weighted: [weighted, [[2, 1], [3], []], []],
} as const;

describe.each(Object.entries(compositions))('%s', (name, [f, shapes, numbers]) => {
  const fused = fuse(name, f, numbers.length);
  const plain = (...xs: Tensor[]) =>
    f(...([...xs, ...numbers.map((n) => tensor(n, float64))] as [Tensor, Tensor, Tensor]));

  it.each(['float32', 'float64'] as const)('gives what its ops give, to the last bit: %s', (dtype) => {
    const xs = shapes.map((shape) => randn(shape, { dtype, requiresGrad: true }));
    const ys = xs.map((x) => x.detach().requiresGrad_());
    const scalars = numbers.map((n) => tensor(n, { dtype }));
    const [y, z] = [fused(...xs, ...numbers), f(...([...ys, ...scalars] as [Tensor, Tensor, Tensor]))];
    expect(y).toEqualTensor(z.detach());
    const g = randn(y.shape, { dtype });
    const gradients = grad(y, xs, { gradOutputs: g });
    const wanted = grad(z, ys, { gradOutputs: g });
    // Sums over what was broadcast may be added up in another order.
    for (const [i, gradient] of gradients.entries()) expect(gradient).toBeCloseToTensor(wanted[i] as Tensor);
  });

  it('has gradients of both orders, also where one operand is made of another', () => {
    const xs = shapes.map((shape) => randn(shape, leaf));
    expect((...given: Tensor[]) => fused(...given, ...numbers)).toPassGradcheck(xs, { order: 2 });
    const [x] = xs as [Tensor];
    const made = (a: Tensor) => fused(a, a.mul(2), ...(numbers.length > 0 ? numbers : [a.exp()]));
    expect(made).toPassGradcheck([x], { order: 2 });
  });

  it('runs as one primitive', () => {
    const xs = shapes.map((shape) => randn(shape, { requiresGrad: true }));
    const seen: string[] = [];
    const stop = observe((primitive) => seen.push(primitive.name));
    const y = fused(...xs, ...numbers);
    stop();
    expect(seen).toEqual([name]);
    expect(y.gradFn?.name).toBe(name);
  });

  it('writes over an operand', () => {
    const xs = shapes.map((shape) => randn(shape, float64));
    const expected = plain(...xs);
    const target = xs[0]?.expand(expected.shape).clone() as Tensor;
    expect(fused.into(target, target, ...xs.slice(1), ...numbers)).toBe(target);
    expect(target).toEqualTensor(expected);
  });
});

it('writes in place where the tape looks on', () => {
  const swish = fuse('swish', (x) => x.mul(sigmoid(x)));
  const x = tensor([0.5, -1], leaf);
  const y = x.mul(1);
  swish.into(y, x);
  y.sum().backward();
  const z = x.detach().requiresGrad_();
  z.mul(sigmoid(z)).sum().backward();
  expect(x.grad).toBeCloseToTensor(z.grad as Tensor);
  expect(() => swish.into(x, x)).toThrow('leaf');
});

it('saves only what gradients read', () => {
  const fused = fuse('addcmul', (x, a, b) => x.add(a.mul(b)));
  const [x, a] = [randn([3], leaf), randn([3], float64)];
  const before = randn([3], float64);
  const y = fused(before, a, x);
  // The gradient of x reads a alone.
  before.add_(1);
  x.detach().mul_(2);
  y.sum().backward();
  expect(x.grad).toEqualTensor(a);
});

it('is written down out of sight', () => {
  const square = fuse('hidden', (x) => x.mul(x).log());
  const [seen, saved]: [string[], number[]] = [[], []];
  const x = tensor([2, 3], leaf);
  const stop = observe((primitive) => seen.push(primitive.name));
  const y = autograd.detectAnomaly(() =>
    autograd.savedTensorsHooks(
      (t) => {
        saved.push(t.numel);
        return t;
      },
      (t) => t,
      () => square(x),
    ),
  );
  stop();
  expect(saved.every((numel) => numel === 2)).toBe(true);
  expect(seen.length).toBeLessThanOrEqual(2);
  expect(noGrad(() => y.exp())).toBeCloseToTensor([4, 9]);
});

it('composes with itself', () => {
  const inner = fuse('inner', (x, scale) => x.mul(scale).add(1), 1);
  const outer = fuse('outer', (x) => inner(x, 3).mul(inner(x, 2)));
  expect(outer(tensor([2], float64))).toEqualTensor(tensor([35], float64));
  expect(outer).toPassGradcheck(randn([4], leaf), { order: 2 });
});

it('takes numbers and integers as the ops do, and refuses the rest', () => {
  const half = fuse('half', (x, by) => x.mul(by), 1);
  expect(half(tensor([1, 3], { dtype: 'int32' }), 0.5)).toEqualTensor(tensor([0.5, 1.5]));
  expect(half(3, 0.5).item()).toBe(1.5);
  expect(() => half(tensor([1]))).toThrow(ArgumentError);
  expect(() => half(tensor([1]), tensor(1))).toThrow(ArgumentError);
  expect(() => fuse('sum', (x) => sum(x))(tensor([1]))).toThrow(ArgumentError);
  expect(() => fuse('bits', (x) => x.to('int32'))(tensor([1]))).toThrow(ArgumentError);
  expect(() => fuse('truth', (x) => x.gt(0))(tensor([1]))).toThrow(ArgumentError);
  expect(() => fuse('nothing', () => tensor(1))).toThrow(ArgumentError);
  expect(() => fuse('odd', (x) => x, 1)).toThrow(ArgumentError);
});

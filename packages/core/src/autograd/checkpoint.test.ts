import { describe, expect, it } from 'vitest';
import {
  autograd,
  defaultGenerator,
  grad,
  gradcheck,
  gradgradcheck,
  manualSeed,
  noGrad,
  rand,
  randn,
  type Tensor,
  tensor,
} from '../index.ts';

const { checkpoint, savedTensorsHooks } = autograd;
const leaf = (values: number | number[]) => tensor(values, { dtype: 'float64', requiresGrad: true });
const double = (...shape: number[]) => randn(shape, { dtype: 'float64', requiresGrad: true });

describe('checkpoint', () => {
  const block = (x: Tensor, w: Tensor) => x.matmul(w).tanh().mul(x).exp();

  it('gives the value and the gradients of all orders that it gives without', () => {
    const through = (x: Tensor, w: Tensor) => checkpoint(block, x, w);
    const inputs = [double(2, 3), double(3, 3)];
    expect(gradcheck(through as never, inputs)).toBe(true);
    expect(gradgradcheck(through as never, inputs)).toBe(true);
    const [x, w] = inputs as [Tensor, Tensor];
    expect(through(x, w)).toEqualTensor(block(x, w));
    const want = grad(block(x, w).sum(), [x, w]);
    const got = grad(through(x, w).sum(), [x, w]);
    expect(got[0]).toEqualTensor(want[0]);
    expect(got[1]).toEqualTensor(want[1]);
  });

  it('runs the function once forward and once backward, with the same random numbers', () => {
    manualSeed(1);
    const masks: number[][] = [];
    const dropout = (x: Tensor) => {
      const mask = rand(4).lt(0.5);
      masks.push([...mask.data]);
      return x.mul(mask).exp();
    };
    const x = leaf([1, 2, 3, 4]);
    const y = checkpoint(dropout, x);
    expect(masks.length).toBe(1);
    rand(7);
    const next = defaultGenerator.clone().random();
    y.sum().backward();
    expect(masks.length).toBe(2);
    expect(masks[1]).toEqual(masks[0]);
    expect(defaultGenerator.random()).toBe(next);
    // d e^(m·x) = m·e^(m·x)
    const mask = masks[0] ?? [];
    expect(new Set(mask).size).toBe(2);
    expect(x.grad).toBeCloseToTensor(mask.map((m, i) => m * Math.exp(m * (i + 1))));
  });

  it('reaches what the function uses besides its inputs', () => {
    const [x, w] = [leaf([1, 2]), leaf([3, 4])];
    checkpoint((y) => y.mul(w).square(), x)
      .sum()
      .backward();
    // d Σ (xw)² = 2xw·(w, x)
    expect(w.grad).toEqualTensor([6, 32]);
    expect(x.grad).toEqualTensor([18, 64]);
  });

  it('nests, takes what is no tensor, and goes through again with retainGraph', () => {
    let runs = 0;
    const inner = (x: Tensor, power: number) => {
      runs++;
      return x.pow(power);
    };
    const x = leaf([2, 3]);
    const y = checkpoint((z: Tensor) => checkpoint(inner, z.mul(2), 3).mul(z), x).sum();
    expect(runs).toBe(1);
    y.backward(null, { retainGraph: true });
    // d 8x⁴ = 32x³
    expect(x.grad).toEqualTensor([256, 864]);
    y.backward();
    expect(x.grad).toEqualTensor([512, 1728]);
    expect(() => y.backward()).toThrow(/freed/);
  });

  it('refuses a second run that differs, inputs that were overwritten, and no function', () => {
    let runs = 0;
    const fickle = (x: Tensor) => (runs++ ? x.exp().exp() : x.exp());
    expect(() => checkpoint(fickle, leaf(1)).backward()).toThrow(/1 tensors.*2 in the second/);
    let size = 2;
    const growing = (x: Tensor) => x.expand(size++).exp().sum();
    expect(() => checkpoint(growing, leaf([1])).backward()).toThrow(/\(3,\).*\(2,\)/);
    const x = leaf([1, 2]);
    const y = checkpoint((z) => z.exp(), x);
    noGrad(() => x.mul_(2));
    expect(() => y.sum().backward()).toThrow(/overwritten/);
    expect(() => checkpoint(3 as never)).toThrow(/number 3/);
  });

  it('refuses an in-place op on what was saved, as it would be without', () => {
    const spoiling = (x: Tensor) => {
      const y = x.exp();
      y.add_(1);
      return y;
    };
    expect(() => spoiling(leaf([1])).backward()).toThrow(/add_/);
    expect(() => checkpoint(spoiling, leaf([1])).backward()).toThrow(/add_/);
  });
});

describe('savedTensorsHooks', () => {
  it('pack what is saved and unpack it when it is asked for', () => {
    const packed: Float64Array[] = [];
    const pack = (x: Tensor) => packed.push(x.data as Float64Array) - 1;
    const unpack = (at: number) => tensor(packed[at] as Float64Array);
    const x = leaf([1, 2]);
    const y = savedTensorsHooks(pack, unpack, () => x.exp().sin());
    expect(packed.length).toBe(2);
    x.mul(x);
    expect(packed.length).toBe(2);
    const [g] = grad(y.sum(), x, { createGraph: true });
    // d sin eˣ = eˣ·cos eˣ, and d of that = eˣ·cos eˣ − e²ˣ·sin eˣ
    const e = [Math.E, Math.E ** 2];
    expect(g).toBeCloseToTensor(e.map((v) => v * Math.cos(v)));
    expect(grad(g.sum(), x)[0]).toBeCloseToTensor(e.map((v) => v * Math.cos(v) - v * v * Math.sin(v)));
  });

  it('hold for a block, and for custom functions', () => {
    const seen: number[] = [];
    class Square extends autograd.Function {
      static forward(ctx: autograd.FunctionCtx<[Tensor]>, x: Tensor) {
        ctx.saveForBackward(x);
        return x.square();
      }

      static backward(ctx: autograd.FunctionCtx<[Tensor]>, g: Tensor) {
        const [x] = ctx.savedTensors;
        return g.mul(x).mul(2);
      }
    }
    const x = leaf(3);
    let y: Tensor;
    {
      using _hooks = savedTensorsHooks(
        (saved) => {
          seen.push(saved.item());
          return saved.mul(2);
        },
        (kept) => kept.div(2),
      );
      y = Square.apply(x);
    }
    y.backward();
    expect(seen).toEqual([3]);
    expect(x.grad).toEqualTensor(6);
  });

  it('refuse what is not the tensor that was packed, and one that was overwritten', () => {
    const run = (unpack: (x: Tensor) => unknown) =>
      savedTensorsHooks(
        (x) => x,
        unpack as never,
        () => leaf([1, 2]).mul(2).exp(),
      );
    expect(() =>
      run((x) => x.narrow(0, 0, 1))
        .sum()
        .backward(),
    ).toThrow(/unpack hook/);
    expect(() =>
      run(() => 3)
        .sum()
        .backward(),
    ).toThrow(/number 3/);
    const y = run((x) => x);
    y.mul_(2);
    expect(() => y.sum().backward()).toThrow(/mul_/);
    expect(() => savedTensorsHooks(3 as never, (x: Tensor) => x)).toThrow(/function/);
  });
});

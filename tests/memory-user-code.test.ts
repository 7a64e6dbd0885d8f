import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { autograd, noGrad, ones, type Tensor } from '@retrograd/core';
import { describe, expect, it } from 'vitest';

const { checkpoint, savedTensorsHooks } = autograd;

/** Large enough for the backward walk to free it by hand. */
const n = 5000;

const leaf = (value: number) => ones(n).mul(value).detach().requiresGrad_();

/** Overwrites what is free in the heap. */
function scribble(): void {
  noGrad(() => {
    for (let i = 0; i < 8; i++) ones(n).mul(-777);
  });
}

function expectAll(kept: readonly (Tensor | null)[], values: readonly number[]): void {
  scribble();
  expect(kept.map((each) => [...new Set(each?.data)])).toEqual(values.map((value) => [value]));
}

describe('what code of the user keeps in a backward stays what it was', () => {
  const kept: Tensor[] = [];

  class Keeping extends autograd.Function {
    static forward(ctx: autograd.FunctionCtx<[Tensor]>, x: Tensor) {
      ctx.saveForBackward(x);
      return x.mul(1);
    }

    static backward(ctx: autograd.FunctionCtx<[Tensor]>, g: Tensor) {
      const [x] = ctx.savedTensors;
      const made = g.mul(x);
      kept.push(g, made);
      return g.mul(1);
    }
  }

  it('of gradients and of what it made of them, in a custom function', () => {
    kept.length = 0;
    const x = leaf(3);
    Keeping.apply(x.mul(2)).mul(5).mul(x).sum().backward();
    expectAll([...kept, x.grad], [15, 90, 60]);
  });

  it('of what hooks of nodes see', () => {
    kept.length = 0;
    const x = leaf(3);
    const y = x.mul(2);
    y.gradFn?.registerPrehook(([g]) => void kept.push(g as Tensor));
    y.gradFn?.registerHook(([g]) => void kept.push(g as Tensor));
    x.registerPostAccumulateGradHook((leaf) => void kept.push(leaf.grad as Tensor));
    y.mul(5).sum().backward();
    expectAll(kept, [5, 10, 10]);
  });

  it('of what a hook of a leaf makes, with nodes yet to come', () => {
    kept.length = 0;
    const y = leaf(3).mul(2);
    const w = leaf(5);
    w.registerPostAccumulateGradHook(({ grad }) => void kept.push(grad?.mul(2) as Tensor));
    y.mul(w).sum().backward();
    expectAll([...kept, w.grad], [12, 6]);
  });

  it('of what a retained gradient is', () => {
    const x = leaf(3);
    const y = x.mul(2);
    y.retainGrad();
    y.mul(5).sum().backward();
    expectAll([y.grad, x.grad], [5, 10]);
  });

  it('of what a checkpoint computes anew, and unpacking', () => {
    kept.length = 0;
    const x = leaf(2);
    const block = (z: Tensor) => {
      const h = z.square();
      kept.push(h);
      return h.mul(z).mul(h);
    };
    checkpoint(block, x.mul(1)).sum().backward();
    // d z⁵ = 5z⁴
    expectAll([...kept, x.grad], [4, 4, 80]);

    kept.length = 0;
    const unpack = (packed: Tensor) => {
      const made = packed.mul(2);
      kept.push(made);
      return made.div(2);
    };
    const y = leaf(3);
    savedTensorsHooks(
      (z) => z,
      unpack,
      () => y.mul(1).square().neg(),
    )
      .sum()
      .backward();
    expectAll([kept[0] as Tensor, y.grad], [6, -6]);
  });
});

describe('what is saved', () => {
  setFlagsFromString('--expose-gc');
  const collect = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve));
    runInNewContext('gc')();
  };

  /** Whether the activation in the middle lives on, while its result does. */
  function forward(through: (f: (x: Tensor) => Tensor, x: Tensor) => Tensor) {
    const seen: WeakRef<object>[] = [];
    const sum = through((z) => {
      const h = z.exp();
      seen.push(new WeakRef(h.storage));
      return h.mul(h);
    }, leaf(1)).sum();
    return { sum, lives: () => seen.map((ref) => ref.deref() !== undefined) };
  }

  it('is kept until the backward, and goes with it', async () => {
    const { sum, lives } = forward((f, x) => f(x));
    await collect();
    expect(lives()).toEqual([true]);
    sum.backward();
    await collect();
    expect(lives()).toEqual([false]);
    expect(sum.requiresGrad).toBe(true);
  });

  it('is not kept by a checkpoint, nor when its backward is done', async () => {
    const { sum, lives } = forward((f, x) => checkpoint(f, x));
    await collect();
    expect(lives()).toEqual([false]);
    sum.backward();
    await collect();
    expect(lives()).toEqual([false, false]);
    expect(sum.requiresGrad).toBe(true);
  });

  it('goes with the backward of a custom function', async () => {
    class Exp extends autograd.Function {
      static forward(ctx: autograd.FunctionCtx<[Tensor]>, x: Tensor) {
        const y = x.exp();
        ctx.saveForBackward(y);
        return y;
      }

      static backward(ctx: autograd.FunctionCtx<[Tensor]>, g: Tensor) {
        const [y] = ctx.savedTensors;
        return g.mul(y);
      }
    }
    const run = () => {
      const y = Exp.apply(leaf(1));
      return { sum: y.sum(), storage: new WeakRef(y.storage) };
    };
    const { sum, storage } = run();
    await collect();
    expect(storage.deref()).toBeDefined();
    sum.backward();
    await collect();
    expect(storage.deref()).toBeUndefined();
    expect(sum.requiresGrad).toBe(true);
  });
});

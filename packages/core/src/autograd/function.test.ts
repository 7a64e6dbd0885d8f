import { describe, expect, it } from 'vitest';
import {
  autograd,
  GradError,
  grad,
  gradcheck,
  gradgradcheck,
  noGrad,
  ones,
  randn,
  type Tensor,
  tensor,
} from '../index.ts';

const leaf = (values: number[] | number[][] | number) =>
  tensor(values, { dtype: 'float64', requiresGrad: true });
const double = (...shape: number[]) => randn(shape, { dtype: 'float64', requiresGrad: true });

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

/** scale · a · b and a + b, with a number among the inputs. */
class Scaled extends autograd.Function {
  static forward(
    ctx: autograd.FunctionCtx<[Tensor, Tensor]> & { scale?: number },
    a: Tensor,
    scale: number,
    b: Tensor,
  ) {
    ctx.saveForBackward(a, b);
    ctx.scale = scale;
    return [a.mul(b).mul(scale), a.add(b)];
  }

  static backward(ctx: autograd.FunctionCtx<[Tensor, Tensor]> & { scale?: number }, g: Tensor, h: Tensor) {
    const [a, b] = ctx.savedTensors;
    const scale = ctx.scale ?? 0;
    return [g.mul(b).mul(scale).add(h), null, g.mul(a).mul(scale).add(h)];
  }
}

/** Gives `backward` back whatever it is told to. */
function giving(backward: (g: Tensor) => unknown) {
  return class Odd extends autograd.Function {
    static forward(_: autograd.FunctionCtx, x: Tensor, _factor: number) {
      return x.mul(2);
    }

    static backward(_: autograd.FunctionCtx, g: Tensor) {
      return backward(g) as Tensor;
    }
  };
}

describe('Function', () => {
  it('has the gradient that its backward gives, and the gradient of that', () => {
    expect(gradcheck((x) => Exp.apply(x), double(2, 3))).toBe(true);
    expect(gradgradcheck((x) => Exp.apply(x), double(2, 3))).toBe(true);
    const both = (a: Tensor, b: Tensor) => Scaled.apply(a, 3, b);
    expect(gradcheck(both as never, [double(3), double(3)])).toBe(true);
    expect(gradgradcheck(both as never, [double(3), double(3)])).toBe(true);
    const fourth = (x: Tensor) => {
      let y: Tensor = Exp.apply(x.mul(2));
      for (let i = 0; i < 4; i++) [y] = grad(y, x, { createGraph: true });
      return y;
    };
    // d⁴ e²ˣ = 16 e²ˣ
    expect(fourth(leaf(0.5)).item()).toBeCloseTo(16 * Math.E, 9);
  });

  it('takes part in a graph of other ops, and stands in it under its name', () => {
    const x = leaf([0, 1]);
    const y = Exp.apply(x.mul(2));
    expect(y.gradFn?.name).toBe('Exp');
    y.add(x).sum().backward();
    expect(x.grad).toBeCloseToTensor([2 * Math.exp(0) + 1, 2 * Math.exp(2) + 1]);
  });

  it('does not record its forward, and is not recorded under noGrad or without need', () => {
    let recorded = true;
    class Watching extends Exp {
      static override forward(ctx: autograd.FunctionCtx<[Tensor]>, x: Tensor) {
        recorded = x.mul(1).requiresGrad;
        return Exp.forward(ctx, x);
      }
    }
    expect(Watching.apply(leaf(1)).requiresGrad).toBe(true);
    expect(recorded).toBe(false);
    expect(noGrad(() => Exp.apply(leaf(1))).requiresGrad).toBe(false);
    expect(Exp.apply(ones(2)).requiresGrad).toBe(false);
  });

  it('says which gradients are wanted', () => {
    const seen: (readonly boolean[])[] = [];
    class Product extends autograd.Function {
      static forward(ctx: autograd.FunctionCtx<[Tensor, Tensor]>, a: Tensor, b: Tensor, _?: string) {
        seen.push(ctx.needsInputGrad);
        ctx.saveForBackward(a, b);
        return a.mul(b);
      }

      static backward(ctx: autograd.FunctionCtx<[Tensor, Tensor]>, g: Tensor) {
        seen.push(ctx.needsInputGrad);
        const [a, b] = ctx.savedTensors;
        return [ctx.needsInputGrad[0] ? g.mul(b) : null, ctx.needsInputGrad[1] ? g.mul(a) : null, null];
      }
    }
    const [a, b] = [leaf(2), leaf(5)];
    Product.apply(a, b.detach(), 'x').backward();
    expect(a.grad).toEqualTensor(5);
    expect(grad(Product.apply(a, b, 'x'), [b])[0]).toEqualTensor(2);
    expect(seen).toEqual([
      [true, false, false],
      [true, false, false],
      [true, true, false],
      [false, true, false],
    ]);
  });

  it('gives zeros for outputs that no gradient came to, or null where that is asked for', () => {
    const seen: (readonly number[] | null)[] = [];
    const split = (materialize: boolean) =>
      class Split extends autograd.Function {
        static forward(ctx: autograd.FunctionCtx, x: Tensor) {
          ctx.setMaterializeGrads(materialize);
          return [x.mul(2), x.mul(3)];
        }

        static backward(_: autograd.FunctionCtx, g: Tensor | null, h: Tensor | null) {
          seen.push(g && [...g.data], h && [...h.data]);
          return g ? g.mul(2) : (h as Tensor).mul(3);
        }
      };
    const x = leaf([1, 1]);
    (split(true).apply(x)[0] as Tensor).sum().backward();
    (split(false).apply(x)[1] as Tensor).sum().backward();
    expect(seen).toEqual([[1, 1], [0, 0], null, [1, 1]]);
    expect(x.grad).toEqualTensor([5, 5]);
    const [first, second] = split(true).apply(x) as [Tensor, Tensor];
    expect(grad(first.sum(), [second], { allowUnused: true })).toEqual([null]);
  });

  it('keeps outputs outside the tape that are marked so, and integers', () => {
    class Sorted extends autograd.Function {
      static forward(ctx: autograd.FunctionCtx, x: Tensor) {
        const floor = x.floor();
        ctx.markNonDifferentiable(floor);
        return [x.mul(1), floor, x.argmax()];
      }

      static backward(_: autograd.FunctionCtx, g: Tensor) {
        return g;
      }
    }
    const outputs = Sorted.apply(leaf([1.5, 2.5]));
    expect(outputs.map((each) => each.requiresGrad)).toEqual([true, false, false]);
  });

  it('takes over an input that it has overwritten', () => {
    class Double_ extends autograd.Function {
      static forward(ctx: autograd.FunctionCtx, x: Tensor) {
        x.mul_(2);
        ctx.markDirty(x);
        return x;
      }

      static backward(_: autograd.FunctionCtx, g: Tensor) {
        return g.mul(2);
      }
    }
    const x = leaf([1, 2, 3]);
    const y = x.mul(1);
    expect(Double_.apply(y)).toBe(y);
    y.square().sum().backward();
    // d Σ (2x)² = 8x
    expect(x.grad).toEqualTensor([8, 16, 24]);
    expect(() => Double_.apply(leaf([1]))).toThrow(/leaf/);

    const z = leaf([1, 2, 3]);
    const base = z.mul(1);
    Double_.apply(base.narrow(0, 0, 2));
    base.sum().backward();
    expect(z.grad).toEqualTensor([2, 2, 1]);
  });

  it('gives an input that is given back a place of its own', () => {
    class Reversed extends autograd.Function {
      static forward(_: autograd.FunctionCtx, x: Tensor) {
        return x;
      }

      static backward(_: autograd.FunctionCtx, g: Tensor) {
        return g.neg();
      }
    }
    const x = leaf([1, 2]);
    const y = Reversed.apply(x);
    expect(y === x).toBe(false);
    y.add_(1);
    expect(x).toEqualTensor([1, 2]);
    y.add(x.mul(3)).sum().backward();
    expect(x.grad).toEqualTensor([2, 2]);
  });

  it('frees what it saved, and refuses what was overwritten', () => {
    const y = Exp.apply(leaf([1]));
    y.backward();
    expect(() => y.backward()).toThrow(/Exp.*freed/s);
    const z = Exp.apply(leaf([1]));
    z.mul_(2);
    expect(() => z.backward()).toThrow(/Exp.*mul_/s);
  });

  it('refuses a second derivative where it says so, and allows the first', () => {
    class Once extends Exp {
      static override readonly onceDifferentiable = true;
    }
    const x = leaf(1);
    const [g] = grad(Once.apply(x), x, { createGraph: true });
    expect(g.item()).toBeCloseTo(Math.E);
    expect(() => grad(g, x)).toThrow(/Once.*once/s);
  });

  it.each([
    ['too few gradients', (g: Tensor) => [g], /1 gradients.*2: one for each input/],
    ['too many gradients', (g: Tensor) => [g, null, g], /3 gradients/],
    ['a gradient for a number', (g: Tensor) => [g, g], /input 1.*no tensor/],
    ['no tensor', () => [3, null], /number 3.*input 0/],
    ['nothing', () => undefined, /nothing from backward/],
    ['another shape', () => [ones(3), null], /shape \(3,\).*input 0 of shape \(2,\)/],
    ['fewer elements', () => [ones([]), null], /shape \(\).*input 0 of shape \(2,\)/],
  ])('refuses a backward that gives %s', (_, backward, message) => {
    expect(() =>
      giving(backward)
        .apply(leaf([1, 2]), 1)
        .sum()
        .backward(),
    ).toThrow(message);
  });

  it('sums a gradient that is broadcast, casts it, and lets null stand for none', () => {
    const x = leaf([1, 2]);
    giving(() => [ones(3, 2), null])
      .apply(x, 1)
      .sum()
      .backward();
    expect(x.grad).toEqualTensor([3, 3]);
    const out = giving(() => [null, null])
      .apply(x, 1)
      .sum();
    expect(grad(out, [x], { allowUnused: true, retainGraph: true })).toEqual([null]);
    expect(() => grad(out, [x])).toThrow(GradError);
  });

  it('refuses outputs that are no tensors, and a class without a backward', () => {
    class Number_ extends Exp {
      static override forward(_: autograd.FunctionCtx<[Tensor]>, _x: Tensor) {
        return 3 as never;
      }
    }
    expect(() => Number_.apply(leaf(1))).toThrow(/Number_.*number 3/);
    expect(() => autograd.Function.apply.call(class Empty {} as never)).toThrow(/Empty.*forward/);
  });
});

import { describe, expect, it } from 'vitest';
import { isObserved } from './dispatch.ts';
import {
  ArgumentError,
  autograd,
  kernelFallbacks,
  linalg,
  observe,
  ones,
  type Probe,
  probe,
  rand,
  ShapeError,
  type Tensor,
  tensor,
} from './index.ts';

const one = tensor([1]);

/** What a probe is shown while a function runs. */
function seenIn(run: () => unknown): string[] {
  const seen: string[] = [];
  const stop = probe(({ primitive, inputs, into }) => {
    const at = `${primitive.name}(${inputs.map(({ shape }) => shape.join('×')).join(', ')})`;
    seen.push(`> ${at}${into ? ' in place' : ''}`);
    return (out) =>
      void seen.push(`< ${primitive.name} ${out.shape.join('×')}${out === into ? ' in place' : ''}`);
  });
  try {
    run();
  } finally {
    stop();
  }
  return seen;
}

describe('probe', () => {
  it('is called before and after each primitive', () => {
    const a = ones([2, 3]);
    expect(seenIn(() => a.mul(2).exp())).toEqual(['> mul(2×3, )', '< mul 2×3', '> exp(2×3)', '< exp 2×3']);
  });

  it('sees what in-place ops write to', () => {
    const a = ones([2]);
    expect(seenIn(() => a.mul_(2))).toEqual(['> mul(2, ) in place', '< mul 2 in place']);
    const b = tensor([3, 4]);
    expect(seenIn(() => a.copy_(b))).toEqual(['> clone(2) in place', '< clone 2 in place']);
    expect(a.toArray()).toEqual([3, 4]);
  });

  it('sees nothing before and after', () => {
    let calls = 0;
    const stop = probe(() => {
      calls++;
      return undefined;
    });
    one.neg();
    expect(stop()).toBe(true);
    expect(stop()).toBe(false);
    one.neg();
    expect(calls).toBe(1);
  });

  it('may watch twice, and begin and end while ops run', () => {
    const seen: string[] = [];
    const inner: Probe = ({ primitive }) => {
      seen.push(primitive.name);
      return undefined;
    };
    const stops = [probe(inner), probe(inner)];
    one.neg();
    stops[0]?.();
    one.exp();
    stops[1]?.();
    expect(seen).toEqual(['neg', 'neg', 'exp']);
  });

  it('is not told the end of what throws', () => {
    const [a, b] = [ones([2]), ones([3])];
    const seen = seenIn(() => expect(() => a.add(b)).toThrow(ShapeError));
    expect(seen).toEqual(['> add(2, 3)']);
  });

  it('does not count as somebody who keeps what they see', () => {
    const stops = [probe(() => undefined)];
    expect(isObserved()).toBe(false);
    const stop = observe(() => {});
    expect(isObserved()).toBe(true);
    stop();
    stop();
    expect(isObserved()).toBe(false);
    for (const each of stops) each();
  });

  it.each([
    ['probe', probe],
    ['observe', observe],
  ])('%s refuses what is no function', (_, watch) => {
    expect(() => watch(3 as never)).toThrow(ArgumentError);
    one.neg();
  });
});

describe('what tools ask of the tape', () => {
  const parts = () => {
    const x = tensor([1, 2], { requiresGrad: true });
    return { x, y: x.mul(tensor([3, 4])).exp() };
  };
  const saved = ({ gradFn }: Tensor) =>
    gradFn?.saved.map(({ which, shape, dtype, isPacked }) => ({ which, shape, dtype, isPacked }));

  it('a node tells what it saves, until a backward has freed it', () => {
    const { y } = parts();
    const product = y.gradFn?.nextFunctions[0]?.[0];
    expect(saved(y)).toEqual([{ which: 'out', shape: [2], dtype: 'float32', isPacked: false }]);
    // d(x · c)/dx = c: the constant is kept, and x is not.
    expect(product?.saved).toEqual([{ which: 1, shape: [2], dtype: 'float32', isPacked: false }]);
    expect(product?.inputs.map((input) => input?.shape)).toEqual([[2], [2]]);
    y.sum().backward();
    expect(saved(y)).toEqual([]);
  });

  it('a node tells that hooks have packed what it saves', () => {
    const y = autograd.savedTensorsHooks(
      (x) => x.to('float64'),
      (x) => x.to('float32'),
      () => parts().y,
    );
    expect(saved(y)).toEqual([{ which: 'out', shape: [2], dtype: 'float32', isPacked: true }]);
  });

  it('so does that of a custom function', () => {
    class Scale extends autograd.Function {
      static forward(ctx: autograd.FunctionCtx<[Tensor]>, x: Tensor, _factor: number, by: Tensor) {
        ctx.saveForBackward(by);
        return x.mul(by);
      }
      static backward(ctx: autograd.FunctionCtx<[Tensor]>, g: Tensor) {
        return [g.mul(ctx.savedTensors[0]), null, null];
      }
    }
    const y = Scale.apply(tensor([1, 2], { requiresGrad: true }), 2, ones([1]));
    expect(saved(y)).toEqual([{ which: 0, shape: [1], dtype: 'float32', isPacked: false }]);
    expect(y.gradFn?.inputs.map((input) => input?.shape ?? null)).toEqual([[2], null, [1]]);
    y.sum().backward();
    expect(saved(y)).toEqual([]);
  });

  it('nextSequence parts what was recorded before from what is recorded after', () => {
    const { y } = parts();
    const between = autograd.nextSequence();
    const z = y.sin();
    expect(y.gradFn?.sequence).toBeLessThan(between);
    expect(z.gradFn?.sequence).toBe(between);
  });

  it('currentNode is the node whose gradients are computed', () => {
    const { x, y } = parts();
    const seen: (string | undefined)[] = [];
    const stop = probe(({ primitive }) => {
      seen.push(`${autograd.currentNode()?.name}: ${primitive.name}`);
      return undefined;
    });
    const loss = y.sum();
    expect(autograd.currentNode()).toBe(null);
    seen.length = 0;
    loss.backward();
    stop();
    // The gradient of exp is g · eˣ, that of the product g · c.
    expect(seen).toContain('exp: mul');
    expect(seen).toContain('mul: mul');
    expect(seen.every((each) => !each?.startsWith('undefined'))).toBe(true);
    expect(x.grad?.shape).toEqual([2]);
    expect(autograd.currentNode()).toBe(null);
  });

  it('currentNode is none again after a backward that throws', () => {
    const x = tensor([1], { requiresGrad: true });
    x.registerHook(() => {
      throw new Error('from a hook');
    });
    expect(() => x.exp().backward()).toThrow('from a hook');
    expect(autograd.currentNode()).toBe(null);
  });
});

describe('kernelFallbacks', () => {
  it('counts what runs on the reference backend for want of a kernel', () => {
    const calls = () => kernelFallbacks().get('factorize') ?? 0;
    const before = calls();
    linalg.det(rand([3, 3]));
    expect(calls() - before).toBe(process.env.RETROGRAD_BACKEND === 'reference' ? 0 : 1);
  });
});

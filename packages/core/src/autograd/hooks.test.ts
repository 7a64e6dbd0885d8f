import { describe, expect, it } from 'vitest';
import { apply } from '../dispatch.ts';
import {
  type autograd,
  GradError,
  grad,
  noGrad,
  ones,
  RetrogradError,
  type Tensor,
  tensor,
} from '../index.ts';
import { given, primitive } from './primitive.ts';

const leaf = (values: number[] | number[][] | number) =>
  tensor(values, { dtype: 'float64', requiresGrad: true });

/** A step, whose rule says zero with `null`. */
const stepRow = primitive<null>({
  name: 'stepWithNullGradient',
  vjp: given([], () => null),
  samples: [],
  infer: ([x]) => x,
  forward: (backend, [x], out) => backend.unary('sign', x, out),
});
const step = (x: Tensor) => apply(stepRow, [x], null);

describe('walking the graph', () => {
  it('goes from node to node down to the leaves', () => {
    const [a, b] = [leaf([1, 2]), leaf([3, 4])];
    const y = a.mul(b.detach()).add(b.exp());
    const names: string[] = [];
    const walk = (node: autograd.Node | null, depth: number): void => {
      names.push(`${' '.repeat(depth)}${node?.name ?? '-'}`);
      for (const [next] of node?.nextFunctions ?? []) walk(next, depth + 1);
    };
    walk(y.gradFn, 0);
    expect(names).toEqual(['add', ' mul', '  accumulateGrad', '  -', ' exp', '  accumulateGrad']);
    const mul = y.gradFn?.nextFunctions[0]?.[0] as autograd.Node;
    const [[end, index]] = mul.nextFunctions as [[autograd.Leaf, number]];
    expect(end.variable).toBe(a);
    expect(index).toBe(0);
    expect([a.gradFn, a.isLeaf, y.isLeaf, ones(1).isLeaf]).toEqual([null, true, false, true]);
  });
});

describe('hooks of nodes', () => {
  it('see the gradients before and after, and are taken off again', () => {
    const x = leaf([1, 2]);
    const y = x.mul(3);
    const seen: unknown[] = [];
    const lists = (gs: readonly (Tensor | null)[]) => gs.map((g) => g && [...g.data]);
    const before = y.gradFn?.registerPrehook((g) => void seen.push(lists(g)));
    const after = y.gradFn?.registerHook((g, h) => void seen.push(lists(g), lists(h)));
    y.sum().backward(null, { retainGraph: true });
    expect(seen).toEqual([[[1, 1]], [[3, 3], null], [[1, 1]]]);
    before?.remove();
    after?.remove();
    y.sum().backward();
    expect(seen.length).toBe(3);
  });

  it('may put other gradients in their place', () => {
    const [x, w] = [leaf([1, 2]), leaf([5])];
    const y = x.mul(w);
    y.gradFn?.registerPrehook(([g]) => [g?.mul(10) ?? null]);
    y.gradFn?.registerHook(([g, h]) => [g ?? null, h?.neg() ?? null]);
    y.sum().backward();
    expect(x.grad).toEqualTensor([50, 50]);
    // The gradient is summed to the input's shape before the hook sees it.
    expect(w.grad).toEqualTensor([-30]);
  });

  it.each([
    ['too few', () => []],
    ['another shape', () => [ones([3], { dtype: 'float64' }), null]],
    ['no array', () => 3],
  ])('are refused if they give %s', (_, hook) => {
    const y = leaf([1, 2]).mul(2);
    y.gradFn?.registerHook(hook as never);
    expect(() => y.sum().backward()).toThrow(RetrogradError);
  });
});

describe('registerPostAccumulateGradHook', () => {
  it('is called when grad is up to date, once a backward, and may forget it', () => {
    const x = leaf([1, 2]);
    const seen: unknown[] = [];
    const handle = x.registerPostAccumulateGradHook((w) => {
      seen.push(w === x, w.grad?.toArray());
      w.grad = null;
    });
    x.mul(x).add(x).sum().backward();
    expect(seen).toEqual([true, [3, 5]]);
    expect(x.grad).toBeNull();
    grad(x.sum(), x);
    handle.remove();
    x.sum().backward();
    expect(seen.length).toBe(2);
    expect(() => x.mul(2).registerPostAccumulateGradHook(() => {})).toThrow(/leaf/);
    expect(() => x.registerPostAccumulateGradHook(3 as never)).toThrow(RetrogradError);
  });
});

describe('retainGrad', () => {
  it('keeps what the hooks leave, whichever came first', () => {
    const y = leaf([1, 2]).mul(2);
    expect(y.retainsGrad).toBe(false);
    y.retainGrad();
    y.registerHook((g) => g.mul(10));
    expect(y.retainsGrad).toBe(true);
    y.sum().backward();
    expect(y.grad).toEqualTensor([10, 10]);
    expect(leaf(1).retainsGrad).toBe(false);
    expect(() => ones(1).retainGrad()).toThrow(/retainGrad/);
  });

  it('goes along with a tensor that is written to', () => {
    const y = leaf([1, 2]).mul(2);
    y.retainGrad();
    y.mul_(3);
    expect(y.retainsGrad).toBe(true);
    y.mul(5).sum().backward();
    expect(y.grad).toEqualTensor([5, 5]);
  });
});

describe('a rule that says zero with null', () => {
  it('has a gradient of zeros, which is not missing', () => {
    const x = leaf([1, -2]);
    step(x).sum().backward();
    expect(x.grad).toEqualTensor([0, 0]);
    expect(grad(step(x.mul(2)).sum(), x)[0]).toEqualTensor([0, 0]);
  });

  it('is shown to hooks as zeros, and kept as such', () => {
    const x = leaf([1, -2]);
    const y = x.mul(2);
    const seen: unknown[] = [];
    y.retainGrad();
    y.registerHook((g) => void seen.push(g.toArray()));
    x.registerHook((g) => void seen.push(g.toArray()));
    step(y).sum().backward();
    expect(y.grad).toEqualTensor([0, 0]);
    expect(seen).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it('lets a hook put something in its place', () => {
    const x = leaf([1, -2]);
    const y = x.mul(2);
    y.registerHook((g) => g.add(1));
    step(y).sum().backward();
    expect(x.grad).toEqualTensor([2, 2]);
  });

  it('adds nothing to what comes by other ways, in either order', () => {
    for (const both of [(x: Tensor) => step(x).add(x.mul(3)), (x: Tensor) => x.mul(3).add(step(x))]) {
      const x = leaf([1, -2]);
      both(x.mul(2)).sum().backward();
      expect(x.grad).toEqualTensor([6, 6]);
      const h = x.mul(2);
      expect(grad(both(h).sum(), [h, x]).map((g) => g.toArray())).toEqual([
        [3, 3],
        [6, 6],
      ]);
    }
  });

  it('leaves a gradient that is there as it is', () => {
    const x = leaf([1, -2]);
    x.sum().backward();
    step(x).sum().backward();
    expect(x.grad).toEqualTensor([1, 1]);
    x.grad?.mul_(2);
    const z = leaf([1, -2]);
    step(z).sum().backward();
    z.grad?.add_(1);
    expect(z.grad).toEqualTensor([1, 1]);
  });
});

describe('detach_', () => {
  it('makes a leaf of a result, and refuses a view', () => {
    const x = leaf([1, 2]);
    const y = x.mul(2);
    expect(y.detach_()).toBe(y);
    expect([y.isLeaf, y.requiresGrad]).toEqual([true, false]);
    y.requiresGrad_();
    y.mul(3).sum().backward();
    expect(y.grad).toEqualTensor([3, 3]);
    expect(x.grad).toBeNull();
    expect(() => x.mul(2).narrow(0, 0, 1).detach_()).toThrow(GradError);
  });
});

it('an in-place op whose kernel fails leaves no gradient that looks right', () => {
  const x = leaf([1, 2]);
  const target = ones([2], { dtype: 'float64' });
  const y = x.mul(target);
  const { backend } = target.storage;
  const { unary, binary, copy } = backend;
  const broken = () => {
    throw new Error('halfway');
  };
  Object.assign(backend, { unary: broken, binary: broken, copy: broken });
  try {
    expect(() => noGrad(() => target.mul_(3))).toThrow('halfway');
    expect(() => noGrad(() => target.copy_(x.detach()))).toThrow('halfway');
  } finally {
    Object.assign(backend, { unary, binary, copy });
  }
  expect(() => y.sum().backward()).toThrow(/overwritten/);
});

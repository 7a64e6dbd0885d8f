import { describe, expect, it } from 'vitest';
import {
  add,
  arange,
  autograd,
  conv2d,
  enableGrad,
  GradError,
  grad,
  isGradEnabled,
  noGrad,
  ones,
  RetrogradError,
  randn,
  type Tensor,
  tensor,
  zeros,
} from '../index.ts';

const leaf = (values: number[] | number[][] | number) =>
  tensor(values, { dtype: 'float64', requiresGrad: true });

describe('backward', () => {
  it('sums into grad, over uses and over calls', () => {
    const x = leaf([1, 2, 3]);
    x.mul(x).add(x).sum().backward();
    expect(x.grad).toEqualTensor([3, 5, 7]);
    x.sum().backward();
    expect(x.grad).toEqualTensor([4, 6, 8]);
  });

  it('takes a gradient for what is no scalar', () => {
    const x = leaf([1, 2]);
    x.mul(3).backward(tensor([1, 10], { dtype: 'float64' }));
    expect(x.grad).toEqualTensor([3, 30]);
    expect(() => x.mul(3).backward()).toThrow(GradError);
    expect(() => x.mul(3).backward(ones(3))).toThrow('same shape');
  });

  it('gives each leaf a gradient with memory of its own', () => {
    const [x, y] = [leaf([1, 2]), leaf([3, 4])];
    const g = tensor([1, 1], { dtype: 'float64' });
    add(x, y).backward(g);
    x.grad?.mul_(5);
    expect(y.grad).toEqualTensor([1, 1]);
    expect(g).toEqualTensor([1, 1]);
  });

  it('refuses a second walk through what the first has freed, and allows it with retainGraph', () => {
    const x = leaf([2]);
    const y = x.mul(x).sum();
    y.backward(null, { retainGraph: true });
    y.backward();
    expect(x.grad).toEqualTensor([8]);
    expect(() => y.backward()).toThrow(/mul .*freed.*retainGraph/s);
  });

  it.each<[string, (y: Tensor) => void]>([
    ['by name', (y) => y.backward({ retainGraph: true })],
    ['by position', (y) => y.backward(null, true)],
    ['with the gradient', (y) => y.backward({ gradient: y.detach().mul(0).add(1), retainGraph: true })],
    ['with createGraph', (y) => y.backward({ createGraph: true })],
    ['of autograd', (y) => autograd.backward(y, { retainGraph: true })],
    ['of several', (y) => autograd.backward([y], { gradTensors: [null], retainGraph: true })],
  ])('takes its options alone: %s', (_, first) => {
    const x = leaf([2]);
    const y = x.mul(x).sum();
    first(y);
    y.backward();
    expect(x.grad?.detach()).toEqualTensor([8]);
    expect(() => y.backward()).toThrow(GradError);
  });

  it('takes inputs and createGraph without a gradient', () => {
    const [x, w] = [leaf([2]), leaf([3])];
    const y = x.pow(3).mul(w).sum();
    y.backward({ inputs: [x], createGraph: true });
    expect(x.grad?.detach()).toEqualTensor([36]); // 3x²w
    expect(w.grad).toBeNull();
    const [second] = grad((x.grad as Tensor).sum(), [x]);
    expect(second).toEqualTensor([36]); // 6xw
    autograd.backward(y, { inputs: w });
    expect(w.grad).toEqualTensor([8]);
  });

  it('does not overflow the stack on a chain of 100,000 ops', () => {
    const x = leaf(1);
    let y: Tensor = x;
    for (let i = 0; i < 100_000; i++) y = y.add(1e-6);
    y.backward();
    expect(x.grad).toEqualTensor(1);
  });

  it('visits a diamond of depth 60 once per node', () => {
    const x = leaf(1);
    let y: Tensor = x;
    for (let i = 0; i < 60; i++) y = y.add(y).mul(0.5);
    y.backward();
    expect(x.grad).toEqualTensor(1);
  });

  it('refuses tensors that nothing recorded', () => {
    expect(() => ones(1).backward()).toThrow(GradError);
    expect(() => arange(3).requiresGrad_()).toThrow(/int32/);
  });

  it('sums out what was broadcast', () => {
    const [row, column, scalar] = [leaf([1, 2, 3]), leaf([[1], [2]]), leaf(2)];
    row.mul(column).mul(scalar).sum().backward();
    expect(row.grad).toEqualTensor([6, 6, 6]);
    expect(column.grad).toEqualTensor([[12], [12]]);
    expect(scalar.grad).toEqualTensor(18);
  });

  it('brings a cotangent back to the dtype of the input', () => {
    const x = tensor([1, 2], { requiresGrad: true });
    x.mul(tensor([3, 4], { dtype: 'float64' }))
      .sum()
      .backward();
    expect(x.grad?.dtype).toBe('float32');
    expect(x.grad).toEqualTensor([3, 4]);
  });
});

describe('backward of several, and into some', () => {
  it('sums over the roots, each with its gradient', () => {
    const x = leaf([1, 2]);
    autograd.backward([x.mul(2), x.sum()], [tensor([1, 0], { dtype: 'float64' }), null]);
    expect(x.grad).toEqualTensor([3, 1]);
    expect(() => autograd.backward([x.sum(), x.sum()], [null])).toThrow(/1 gradients for 2/);
  });

  it('leaves alone all but the inputs that are named, leaves or not', () => {
    const [x, w] = [leaf([1, 2]), leaf([3, 4])];
    const h = x.mul(w);
    const seen: string[] = [];
    for (const [name, each] of Object.entries({ x, w }))
      each.registerPostAccumulateGradHook(() => void seen.push(name));
    h.square()
      .sum()
      .backward(null, { inputs: [x, h] });
    // d Σ h² = 2h, and 2hw
    expect(h.grad).toEqualTensor([6, 16]);
    expect(x.grad).toEqualTensor([18, 64]);
    expect(w.grad).toBeNull();
    expect(seen).toEqual(['x']);
    expect(() => x.sum().backward(null, { inputs: ones(1) })).toThrow(/number 0.*requiresGrad/s);
  });
});

describe('grad', () => {
  it('gives gradients without touching any grad, for leaves and for results', () => {
    const x = leaf([1, 2]);
    const h = x.mul(2);
    const [dx, dh] = grad(h.mul(h).sum(), [x, h]);
    expect(dx).toEqualTensor([8, 16]);
    expect(dh).toEqualTensor([4, 8]);
    expect(x.grad).toBeNull();
  });

  it('differentiates to any order', () => {
    const x = leaf(2);
    let y: Tensor = x.pow(5);
    const derivatives: number[] = [];
    for (let order = 1; order <= 6; order++) {
      const [dy] = grad(y, [x], { createGraph: true }) as [Tensor];
      derivatives.push(dy.item());
      y = dy;
    }
    // d⁵x⁵ … at 2: 5·16, 20·8, 60·4, 120·2, 120, 0
    expect(derivatives).toEqual([80, 160, 240, 240, 120, 0]);
  });

  it('says which input is not used, unless that is allowed', () => {
    const [x, y] = [leaf(1), leaf(1)];
    expect(() => grad(x.mul(2), [x, y])).toThrow(/number 1.*allowUnused/s);
    expect(grad(x.mul(2), [y], { allowUnused: true })).toEqual([null]);
    expect(() => grad(x.mul(2), [ones(1)])).toThrow(GradError);
  });

  it('accumulates several outputs, each with its cotangent', () => {
    const x = leaf([1, 2]);
    const gradOutputs = [tensor([1, 0], { dtype: 'float64' }), null];
    const [dx] = grad([x.mul(2), x.sum()], [x], { gradOutputs });
    expect(dx).toEqualTensor([3, 1]);
  });

  it('reaches leaves through createGraph, as a gradient penalty needs', () => {
    const x = leaf([1, 2]);
    const [g] = grad(x.pow(3).sum(), [x], { createGraph: true }) as [Tensor];
    g.pow(2).sum().backward();
    // d Σ (3x²)² = 36 x³
    expect(x.grad).toEqualTensor([36, 288]);
  });
});

describe('modes', () => {
  it('records nothing under noGrad, and again under enableGrad', () => {
    const x = leaf(1);
    noGrad(() => {
      expect(isGradEnabled()).toBe(false);
      expect(x.mul(2).requiresGrad).toBe(false);
      enableGrad(() => expect(x.mul(2).requiresGrad).toBe(true));
    });
    expect(isGradEnabled()).toBe(true);
  });

  it('is restored by an exception, and refuses asynchronous functions', () => {
    expect(() =>
      noGrad(() => {
        throw new Error('mine');
      }),
    ).toThrow('mine');
    expect(isGradEnabled()).toBe(true);
    expect(() => noGrad(async () => {})).toThrow(/promise/);
  });

  it('detach leaves the tape and keeps the memory', () => {
    const x = leaf([1, 2]);
    const d = x.detach();
    expect(d.requiresGrad).toBe(false);
    noGrad(() => d.mul_(2));
    expect(x).toEqualTensor([2, 4]);
    expect(() => x.mul(2).requiresGrad_(false)).toThrow(/detach/);
  });
});

describe('hooks', () => {
  it('see the whole gradient of a leaf once, and may replace it', () => {
    const x = leaf([1, 2]);
    const seen: number[][] = [];
    const handle = x.registerHook((g) => {
      seen.push([...g.data]);
      return g.mul(10);
    });
    x.mul(x).add(x).sum().backward();
    expect(seen).toEqual([[3, 5]]);
    expect(x.grad).toEqualTensor([30, 50]);
    handle.remove();
    x.sum().backward();
    expect(x.grad).toEqualTensor([31, 51]);
  });

  it('work in the middle of the graph, as does retainGrad', () => {
    const x = leaf([1, 2]);
    const h = x.mul(2);
    h.registerHook((g) => g.mul(-1));
    h.retainGrad();
    h.sum().backward();
    expect(h.grad).toEqualTensor([-1, -1]);
    expect(x.grad).toEqualTensor([-2, -2]);
    expect(() => ones(1).registerHook(() => {})).toThrow(GradError);
  });
});

describe('what a hook gives', () => {
  it.each([
    ['a number', () => 3 as never],
    ['another shape', () => ones([3], { dtype: 'float64' })],
    ['another dtype', () => ones(2)],
  ])('is refused if it is %s', (_, hook) => {
    const x = leaf([1, 2]);
    x.registerHook(hook);
    expect(() => x.mul(x).sum().backward()).toThrow(/registerHook/);
  });
});

describe('a gradient that is there already', () => {
  it('grows in place, as whoever holds it sees', () => {
    const x = leaf([1, 2]);
    x.mul(3).sum().backward();
    const held = x.grad;
    x.mul(x).sum().backward();
    expect(x.grad).toBe(held);
    expect(held).toEqualTensor([5, 7]);
  });

  it('is another one where the walk is recorded', () => {
    const x = leaf([1, 2]);
    x.mul(3).sum().backward();
    const held = x.grad;
    x.pow(3).sum().backward({ createGraph: true });
    expect(held).toEqualTensor([3, 3]);
    expect(x.grad?.detach()).toEqualTensor([6, 15]);
    expect(grad((x.grad as Tensor).sum(), [x])[0]).toEqualTensor([6, 12]); // 6x
  });

  it('that was put there may be broadcast, or be the cotangent itself', () => {
    const x = leaf([1, 2, 3]);
    const one = leaf([1]).detach();
    x.grad = one.expand(3);
    x.mul(2).sum().backward();
    expect(x.grad).toEqualTensor([3, 3, 3]);
    expect(one).toEqualTensor([1]);
    x.mul(1).backward(x.grad);
    expect(x.grad).toEqualTensor([6, 6, 6]);
  });

  it('cannot be what a recorded op has saved', () => {
    const x = leaf([2]);
    x.mul(x).sum().backward();
    const w = leaf([3]);
    const y = w.mul(x.grad as Tensor).sum();
    x.mul(x).sum().backward();
    expect(() => y.backward()).toThrow(GradError);
  });
});

describe('retainGrad', () => {
  it('sums over walks, in memory of its own, and does so once if asked twice', () => {
    const y = leaf([1, 2]).mul(2);
    y.retainGrad();
    y.retainGrad();
    y.sum().backward(null, { retainGraph: true });
    y.sum().backward();
    expect(y.grad).toEqualTensor([2, 2]);
    y.grad?.mul_(2);
    expect(y.grad).toEqualTensor([4, 4]);
  });
});

describe('arguments that make no sense', () => {
  it.each([
    ['an option of another name', () => leaf([1]).backward(null, { create_graph: true } as never)],
    ['an option twice', () => leaf([1]).backward(null, true, { retainGraph: true } as never)],
    ['a Map for the gradient', () => leaf([1]).backward(new Map([['retainGraph', true]]) as never)],
    ['an array for the gradient of a tensor', () => leaf([1]).backward([1] as never)],
    [
      'an option of another name in grad',
      () => grad(leaf([1]).mul(1), [leaf([1])], { create: true } as never),
    ],
    ['no tensors', () => grad(1 as never, 2 as never)],
    ['no function for noGrad', () => noGrad(3 as never)],
    ['no function for enableGrad', () => enableGrad(undefined as never)],
  ])('are refused: %s', (_, call) => {
    expect(call).toThrow(RetrogradError);
  });
});

describe('slopes where a formula has a hole', () => {
  it('of the deviation of equal elements are 0, as in PyTorch', () => {
    const x = leaf([2, 2, 2]);
    x.std().backward();
    expect(x.grad).toEqualTensor([0, 0, 0]);
  });

  it.each([0.5, 1.5, 2, 3])('of the norm of order %d of zeros are 0', (p) => {
    const x = leaf([0, 0]);
    x.norm(p).backward();
    expect(x.grad).toEqualTensor([0, 0]);
  });

  it('of the slope of relu are 0, and not missing', () => {
    const x = leaf([-1, 2]);
    const [g] = grad(x.relu().sum(), [x], { createGraph: true });
    expect(grad(g.sum(), [x])[0]).toEqualTensor([0, 0]);
  });
});

it('a chain of 20,000 views does not overflow the stack when its base is written to', () => {
  const base = leaf([[1, 2]]).mul(1);
  let view: Tensor = base;
  for (let i = 0; i < 20_000; i++) view = view.t();
  base.mul_(3);
  expect(view.requiresGrad).toBe(true);
  view.sum().backward();
});

it('a result too large for any memory is an error of ours', () => {
  expect(() => ones(1).expand(1e6, 1e6).exp()).toThrow(/too large/);
  // There are no elements, and yet the strides would be beyond whole numbers.
  expect(() => ones(0, 1).diagEmbed(-1e10)).toThrow(/too large/);
  expect(() => zeros(0, 1e10, 1e10)).toThrow(/too large/);
  expect(() => zeros(0, 0).unflatten(0, [0, 2 ** 53])).toThrow(/0 elements/);
  expect(() => zeros(0).reshape(0, 1e10, 1e10)).toThrow(/0 elements/);
});

it('a tensor becomes its elements in JSON', () => {
  expect(JSON.stringify({ x: tensor([[1, 2]]), yes: tensor(true) })).toBe('{"x":[[1,2]],"yes":true}');
});

describe('in-place ops', () => {
  it('refuse leaves that require a gradient, and views of them', () => {
    const x = leaf([1, 2]);
    expect(() => x.add_(1)).toThrow(/add_.*leaf/s);
    expect(() => x.narrow(0, 0, 1).zero_()).toThrow(/view of a leaf/);
    noGrad(() => x.add_(1));
    expect(x).toEqualTensor([2, 3]);
  });

  it('are seen through every view of the same memory', () => {
    const base = zeros(2, 3);
    const [row, column] = [base.select(0, 0), base.select(1, 1)];
    row.fill_(1);
    column.add_(5);
    expect(base).toEqualTensor([
      [1, 6, 1],
      [0, 5, 0],
    ]);
    expect(row).toEqualTensor([1, 6, 1]);
  });

  it('on a view change the gradient of the base and of other views', () => {
    const x = leaf([
      [1, 2],
      [3, 4],
    ]);
    const y = x.mul(1);
    const other = y.t();
    y.select(0, 0).mul_(10);
    other
      .mul(
        tensor(
          [
            [1, 2],
            [3, 4],
          ],
          { dtype: 'float64' },
        ),
      )
      .sum()
      .backward();
    // other = [[10·1, 3], [10·2, 4]]
    expect(x.grad).toEqualTensor([
      [10, 30],
      [2, 4],
    ]);
  });

  it('on the base change the gradient of a view made before', () => {
    const x = leaf([1, 2, 3]);
    const y = x.mul(1);
    const tail = y.slice(0, 1);
    y.mul_(4);
    tail.sum().backward();
    expect(x.grad).toEqualTensor([0, 4, 4]);
  });

  it('take in gradients from outside: a constant with a row written into it', () => {
    const x = leaf([1, 2]);
    const y = zeros([2, 2], { dtype: 'float64' });
    y.select(0, 1).copy_(x.mul(3));
    y.mul(y).sum().backward();
    // d Σ (3x)² = 18 x
    expect(x.grad).toEqualTensor([18, 36]);
  });

  it('cut the gradient of what they overwrite', () => {
    const x = leaf([1, 2]);
    const y = x.mul(2);
    y.select(0, 0).fill_(7);
    y.sum().backward();
    expect(x.grad).toEqualTensor([0, 2]);
    const z = x.mul(2);
    z.zero_();
    z.sum().backward();
    expect(x.grad).toEqualTensor([0, 2]);
  });

  it('make an error of both names when they spoil what an op has saved', () => {
    const x = leaf([1, 2]);
    const y = x.exp();
    y.add_(1);
    expect(() => y.sum().backward()).toThrow(/exp.*add_.*version 1, saved at 0/s);
    const w = leaf([1, 2]);
    const z = x.mul(w);
    noGrad(() => w.fill_(0));
    expect(() => z.sum().backward()).toThrow(/mul.*fill_/s);
  });

  it('leave alone what was not saved', () => {
    const x = leaf([1, 2]);
    const y = x.mul(2);
    const z = y.add(1);
    y.zero_();
    z.sum().backward();
    expect(x.grad).toEqualTensor([2, 2]);
  });

  it('refuse tensors that share memory with themselves, and results that do not fit', () => {
    expect(() => zeros(1).expand(3).add_(1)).toThrow(/clone/);
    expect(() => zeros(2).add_(zeros(3, 2))).toThrow(/\(3, 2\)/);
    expect(() => arange(3).add_(0.5)).toThrow(/int32/);
  });

  it('refuse views made under noGrad, which the tape does not follow', () => {
    const y = leaf([1, 2]).mul(2);
    const blind = noGrad(() => y.narrow(0, 0, 1));
    expect(() => blind.mul_(2)).toThrow(/noGrad/);
  });

  it('copy through overlapping regions as if the source had been set aside', () => {
    const x = arange(5);
    x.slice(0, 1).copy_(x.slice(0, 0, -1));
    expect(x).toEqualTensor([0, 0, 1, 2, 3]);
  });

  it('keep a leaf that is a view a leaf when an optimiser writes to it', () => {
    const w = arange(4).to('float64').reshape(2, 2).requiresGrad_();
    noGrad(() => w.mul_(2));
    expect(w.isLeaf).toBe(true);
    w.sum().backward();
    expect(w.grad).toEqualTensor([
      [1, 1],
      [1, 1],
    ]);
  });
});

it('a convolution trained by hand lowers its loss', () => {
  const [x, target] = [randn(4, 1, 6, 6), randn(4, 2, 4, 4)];
  const w = randn([2, 1, 3, 3], { requiresGrad: true });
  const losses = Array.from({ length: 20 }, () => {
    const loss = conv2d(x, w).sub(target).square().mean();
    w.grad = null;
    loss.backward();
    noGrad(() => w.sub_(w.grad as Tensor, { alpha: 0.1 }));
    return loss.item();
  });
  expect(losses.at(-1)).toBeLessThan((losses[0] as number) * 0.8);
});

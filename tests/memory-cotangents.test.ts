import {
  enableGrad,
  grad,
  memoryStats,
  noGrad,
  observe,
  ones,
  randn,
  setMemoryLimits,
  type Tensor,
  tensor,
} from '@retrograd/core';
import { describe, expect, it } from 'vitest';

/**
 * The backward walk frees cotangents by hand. To touch one of these afterwards is an error, or shows what was written
 * there since; but the memory of small tensors is not freed by hand, so all here are larger than that.
 */
const n = 5000;
const shape = [50, 100] as const;

const leaf = (value: number, size: readonly number[] = [n]) => ones(size).mul(value).detach().requiresGrad_();

/** Overwrites what is free in the heap. */
function scribble(): void {
  noGrad(() => {
    for (let i = 0; i < 8; i++) ones(n).mul(-777);
  });
}

function expectAll(got: Tensor | null, value: number): void {
  scribble();
  expect(got).not.toBeNull();
  expect(new Set(got?.data)).toEqual(new Set([value]));
}

describe('what hooks keep stays what it was', () => {
  it('of every tensor on the way', () => {
    const x = leaf(3);
    const kept: Tensor[] = [];
    let y: Tensor = x;
    for (let i = 0; i < 6; i++) {
      y = y.mul(2);
      y.registerHook((g) => void kept.push(g));
    }
    y.sum().backward();
    expectAll(x.grad, 64);
    expect(kept).toHaveLength(6);
    for (const [i, g] of kept.entries()) expectAll(g, 2 ** i);
  });

  it('of a leaf, whose grad has memory of its own', () => {
    const x = leaf(3);
    let kept: Tensor | null = null;
    x.registerHook((g) => {
      kept = g;
    });
    x.mul(x).sum().backward();
    noGrad(() => x.grad?.mul_(100));
    expectAll(kept, 6);
    expectAll(x.grad, 600);
  });

  it('also as a view', () => {
    const x = leaf(3, shape);
    const kept: Tensor[] = [];
    const h = x.mul(2);
    h.registerHook((g) => void kept.push(g.t(), g.narrow(0, 10, 20)));
    h.mul(h).sum().backward();
    for (const view of kept) expectAll(view, 12);
    expectAll(x.grad, 24);
  });

  it('also what they computed, and what they gave in its place', () => {
    const x = leaf(3);
    const kept: Tensor[] = [];
    const h = x.mul(2);
    h.registerHook((g) => {
      const other = g.mul(10);
      kept.push(other, other.add(1));
      return other;
    });
    const k = h.mul(1);
    k.registerHook((g) => g.narrow(0, 0, 1).expand(n));
    k.mul(5).sum().backward();
    expectAll(kept[0] as Tensor, 50);
    expectAll(kept[1] as Tensor, 51);
    expectAll(x.grad, 100);
  });

  it('also where they walk another graph in the meantime', () => {
    const [x, z] = [leaf(3), leaf(4)];
    let inner: Tensor | null = null;
    const h = x.mul(2);
    h.registerHook((g) => {
      enableGrad(() => z.mul(g).mul(z).sum().backward());
      inner = z.grad;
    });
    h.mul(h).sum().backward();
    // d Σ z² g = 2 z g, with g = 2 h = 12
    expectAll(inner, 96);
    expectAll(x.grad, 24);
  });

  it('also if one throws, after which other walks are right', () => {
    const x = leaf(3);
    const kept: Tensor[] = [];
    const h = x.mul(2);
    h.registerHook((g) => {
      kept.push(g);
      throw new Error('mine');
    });
    expect(() => h.mul(h).sum().backward()).toThrow('mine');
    const y = x.mul(x);
    y.sum().backward();
    expectAll(kept[0] as Tensor, 12);
    expectAll(x.grad, 6);
    expectAll(y, 9);
  });

  it('with retainGrad', () => {
    const x = leaf(3);
    const h = x.mul(2);
    const k = h.add(1);
    h.retainGrad();
    k.retainGrad();
    k.mul(k).sum().backward();
    expectAll(k.grad, 14);
    expectAll(h.grad, 14);
    expectAll(x.grad, 28);
  });
});

describe('what is given back stays what it is', () => {
  it('from grad, for leaves and for results on the way to them', () => {
    const x = leaf(3);
    const h = x.mul(2);
    const k = h.mul(h);
    const [dk, dh, dx, again] = grad(k.mul(2).sum(), [k, h, x, h]);
    expectAll(dk, 2);
    expectAll(dh, 24);
    expectAll(again, 24);
    expectAll(dx, 48);
  });

  it('from grad, where cotangents pass through unchanged', () => {
    const x = leaf(3);
    const h = x.add(1);
    const k = h.add(1);
    const [dk, dh, dx] = grad(k.mul(k).sum(), [k, h, x]);
    for (const g of [dk, dh, dx]) expectAll(g, 10);
  });

  it('from grad of several outputs, whose cotangents stay the caller’s', () => {
    const x = leaf(3);
    const [a, b] = [ones(n).mul(5), ones(n).mul(7)];
    const [dx] = grad([x.mul(2), x.add(1)], [x], { gradOutputs: [a, b] });
    expectAll(dx, 17);
    expectAll(a, 5);
    expectAll(b, 7);
  });

  it('from backward, whose gradient stays the caller’s', () => {
    const x = leaf(3);
    const g = ones(n).mul(5);
    x.add(1).backward(g);
    noGrad(() => x.grad?.mul_(2));
    expectAll(g, 5);
    expectAll(x.grad, 10);
  });

  it('but for a grad of before, which is added to', () => {
    const x = leaf(3);
    x.mul(2).sum().backward();
    const before = x.grad;
    x.mul(x).sum().backward();
    expectAll(before, 8);
    expect(x.grad).toBe(before);
  });
});

describe('gradients that share memory on the way', () => {
  it('of two leaves have memory of their own', () => {
    const [x, y] = [leaf(1), leaf(2)];
    const sum = x.add(y);
    sum.mul(sum).sum().backward();
    noGrad(() => x.grad?.mul_(10));
    expectAll(x.grad, 60);
    expectAll(y.grad, 6);
  });

  it('of a leaf and of what goes on through other ops', () => {
    const [x, y] = [leaf(1), leaf(2)];
    const sum = x.add(y.mul(3).add(y));
    sum.mul(sum).sum().backward();
    expectAll(x.grad, 18);
    expectAll(y.grad, 72);
  });

  it('by one leaf that is used on many ways', () => {
    const x = leaf(1);
    const a = x.add(1);
    a.add(x).add(a.mul(a)).add(x.mul(2)).sum().backward();
    // d (a + x + a² + 2x) = 1 + 1 + 2·2 + 2
    expectAll(x.grad, 8);
  });

  it('of a leaf that is younger than ops whose turn is still to come', () => {
    const x = leaf(1);
    const h = x.mul(2).mul(2);
    const y = leaf(3);
    h.mul(y).sum().backward();
    expectAll(y.grad, 4);
    expectAll(x.grad, 12);
  });

  it.each<[string, (x: Tensor) => Tensor]>([
    ['its transpose', (x) => x.t()],
    ['itself in another shape', (x) => x.reshape(n)],
    ['itself with dims moved about', (x) => x.reshape(10, 5, 100).permute(2, 0, 1)],
    ['itself backwards', (x) => x.flip([0])],
  ])('as a view: %s', (_, look) => {
    const [x, y] = [leaf(3, shape), leaf(4, shape)];
    const view = look(x);
    view.mul(view).add(look(y)).sum().backward();
    expectAll(x.grad, 6);
    expectAll(y.grad, 1);
    expect(x.grad?.shape).toEqual(shape);
  });

  it('as parts of one: slices, halves and what was put side by side', () => {
    const x = leaf(3, shape);
    const [a, b] = x.chunk(2) as [Tensor, Tensor];
    a.mul(b).sum().backward();
    expectAll(x.grad, 3);
    const [y, z] = [leaf(1, shape), leaf(2, shape)];
    tensor(5).mul(y.t().add(z.t())).sum().backward();
    expectAll(y.grad, 5);
    expectAll(z.grad, 5);
  });

  it('by being broadcast', () => {
    const [row, matrix] = [leaf(2, [100]), leaf(3, [100, 100])];
    const product = row.mul(matrix);
    product.mul(product).sum().backward();
    // d Σ (r m)² : 2 r m² · 100, 2 r² m
    expectAll(row.grad, 3600);
    expectAll(matrix.grad, 24);
    const x = leaf(3);
    x.mean().mul(n).backward();
    expectAll(x.grad, 1);
  });
});

describe('graphs that are walked more than once', () => {
  it('with retainGraph', () => {
    const x = leaf(3);
    const y = x.mul(2).mul(x).mul(x);
    y.sum().backward(null, { retainGraph: true });
    expectAll(x.grad, 54);
    y.sum().backward(null, { retainGraph: true });
    expectAll(x.grad, 108);
    expectAll(grad(y.sum(), [x])[0], 54);
  });

  it('with createGraph, whose gradients are differentiated again', () => {
    const x = leaf(2);
    const [dx] = grad(x.pow(3).sum(), [x], { createGraph: true });
    const [ddx] = grad(dx.mul(dx).sum(), [x], { createGraph: true });
    expectAll(dx, 12);
    // d 9x⁴ = 36 x³, d² = 108 x²
    expectAll(ddx, 288);
    ddx.sum().backward();
    expectAll(x.grad, 432);
    expectAll(dx, 12);
    expectAll(ddx, 288);
  });

  it('backward with createGraph leaves a grad that has a history', () => {
    const x = leaf(2);
    x.mul(x).mul(x).sum().backward(null, { createGraph: true });
    const g = x.grad as Tensor;
    expectAll(g, 12);
    expectAll(grad(g.sum(), [x])[0], 12);
  });
});

describe('observers may keep what they see', () => {
  const keepAll = (kept: Tensor[]) =>
    observe((_, inputs, out) => {
      kept.push(...inputs, out);
    });
  const readable = (kept: readonly Tensor[]) => {
    scribble();
    for (const seen of kept) expect(seen.data).toHaveLength(seen.numel);
  };

  it('when they were there before the walk', () => {
    const x = leaf(3);
    const kept: Tensor[] = [];
    const stop = keepAll(kept);
    x.mul(2).mul(x).mul(x).sum().backward();
    stop();
    expect(kept.length).toBeGreaterThan(15);
    readable(kept);
    expectAll(x.grad, 54);
  });

  it('when they come in the midst of it', () => {
    const x = leaf(3);
    const kept: Tensor[] = [];
    let stop = () => {};
    const h = x.mul(2).mul(x);
    const k = h.mul(2);
    k.registerHook(() => {
      stop = keepAll(kept);
    });
    k.mul(x).sum().backward();
    stop();
    expect(kept.length).toBeGreaterThan(5);
    readable(kept);
    expectAll(x.grad, 108);
  });
});

describe('memory', () => {
  const ops = 200;
  const size = 2 ** 16;
  const bytes = 4 * size;

  it('of cotangents is that of a few, however long the chain', () => {
    const x = randn([size], { requiresGrad: true });
    let y: Tensor = x;
    for (let i = 0; i < ops; i++) y = y.tanh();
    const loss = y.sum();
    const before = memoryStats();
    expect(before.live).toBeGreaterThan(ops * bytes); // the tape holds each result
    loss.backward();
    const after = memoryStats();
    // A cotangent of tanh is g (1 − y²), in three ops.
    expect(after.live - before.live).toBeLessThan(4 * bytes);
    // The heap never shrinks, so this bounds what there was in between.
    expect(after.reserved - before.reserved).toBeLessThan(5 * 2 ** 20);
    expect(after.evicted).toBe(before.evicted);
  });

  it('is also freed where ways part and meet', () => {
    const x = randn([size], { requiresGrad: true });
    let y: Tensor = x;
    for (let i = 0; i < ops / 4; i++) y = y.sin().add(y.mul(0.5));
    const loss = y.sum();
    const before = memoryStats();
    loss.backward();
    const after = memoryStats();
    expect(after.live - before.live).toBeLessThan(4 * bytes);
    expect(after.reserved - before.reserved).toBeLessThan(5 * 2 ** 20);
  });
});

it('elements that were read out stay what they were', () => {
  const x = ones(shape).mul(3);
  const outs = [x.data, x.t().data, x.narrow(1, 3, 80).data];
  const { evicted } = memoryStats();
  setMemoryLimits({ soft: 2 ** 20 });
  noGrad(() => {
    for (let i = 0; i < 1000 && memoryStats().evicted <= evicted; i++) ones(2 ** 20).mul(-777);
    for (let i = 0; i < 1000; i++) ones(shape).mul(-777);
  });
  expect(memoryStats().evicted).toBeGreaterThan(evicted);
  expect(outs.map((data) => data.every((element) => element === 3))).toEqual([true, true, true]);
});

describe('cotangents are added up in place only where nobody else has them', () => {
  const weights = (value: number) => ones(shape).mul(value);

  it('of the parts of a whole', () => {
    const x = leaf(1, shape);
    const [a, b, c] = [x.narrow(0, 0, 20), x.narrow(0, 10, 20), x.narrow(1, 0, 50)];
    const loss = a.mul(2).sum().add(b.mul(3).sum()).add(c.mul(4).sum());
    loss.add(x.mul(weights(10)).sum()).backward();
    scribble();
    const wanted = Array.from({ length: n }, (_, i) => {
      const [row, column] = [Math.floor(i / 100), i % 100];
      return 10 + (row < 20 ? 2 : 0) + (row >= 10 && row < 30 ? 3 : 0) + (column < 50 ? 4 : 0);
    });
    expect(Array.from(x.grad?.data ?? [])).toEqual(wanted);
  });

  it('of windows that overlap, and of parts that are read twice', () => {
    const x = leaf(1, shape);
    const first = x.narrow(0, 0, 10);
    x.unfold(0, 2, 1).sum().add(first.sum()).add(first.mul(5).sum()).add(x.mul(7).sum()).backward();
    scribble();
    const wanted = Array.from({ length: n }, (_, i) => {
      const row = Math.floor(i / 100);
      return 7 + (row === 0 || row === 49 ? 1 : 2) + (row < 10 ? 6 : 0);
    });
    expect(Array.from(x.grad?.data ?? [])).toEqual(wanted);
  });

  it('of one cotangent that goes to several places', () => {
    const [x, y] = [leaf(1, shape), leaf(2, shape)];
    const [u, v] = [x.mul(3), y.mul(5)];
    // The cotangent of the sum is that of u, of v, and of the part of u.
    const sum = u.add(v).add(u);
    const loss = sum
      .mul(2)
      .sum()
      .add(u.narrow(0, 0, 50).sum());
    loss.backward();
    expectAll(x.grad, 3 * 5);
    expectAll(y.grad, 5 * 2);
  });

  it('not of those that are given back', () => {
    const x = leaf(1, shape);
    const h = x.mul(2);
    const [part, rest] = [h.narrow(0, 0, 50), h.mul(3)];
    const [dh, dx] = grad(part.mul(4).sum().add(rest.sum()), [h, x]);
    expectAll(dh, 7);
    expectAll(dx, 14);
  });
});

import { describe, expect, it } from 'vitest';
import { noGrad } from '../../autograd/mode.ts';
import { randn } from '../../index.ts';
import { maxPool } from '../../primitives/pool.ts';
import { memoryStats } from '../../runtime.ts';
import { contiguousStrides } from '../../shape.ts';
import { Tensor } from '../../tensor.ts';
import { HeapStorage } from './memory/storage.ts';

/** Large enough for relu to be put off. */
const shape = [4, 4, 32, 32];
const bytes = 4 * 4 * 32 * 32 * 4;

const pairs = {
  kernel: [2, 2],
  stride: [2, 2],
  dilation: [1, 1],
  padding: [
    [0, 0],
    [0, 0],
  ],
  sizes: [16, 16],
} as const;

function clamped(x: Tensor): Float32Array {
  return Float32Array.from(x.data, (n) => Math.max(n, 0));
}

/** A tensor whose memory nobody has asked for yet. */
function fresh(sizes: number[]): Tensor {
  const { backend } = randn([1]).storage;
  const storage = backend.allocate(
    'float32',
    sizes.reduce((n, size) => n * size, 1),
  );
  return new Tensor(storage, { shape: sizes, strides: contiguousStrides(sizes), offset: 0 });
}

function isPutOff({ storage }: Tensor): boolean {
  return storage instanceof HeapStorage && storage.deferred !== null;
}

describe('relu is put off', () => {
  it('and takes no room if all that is done with it is to pool it', () => {
    const x = randn(shape);
    const before = memoryStats().live;
    const y = x.relu();
    maxPool(y, pairs);
    expect(isPutOff(y)).toBe(true);
    expect(memoryStats().live - before).toBe(bytes / 4);
  });

  it('until it is read', () => {
    const x = randn(shape);
    const wanted = clamped(x);
    const y = x.relu();
    const more = y.add(1);
    expect(isPutOff(y)).toBe(false);
    expect(y.data).toEqual(wanted);
    expect(more.data).toEqual(wanted.map((n) => n + 1));
  });

  it('at most until its operand is written to', () => {
    const writes: ((x: Tensor) => void)[] = [
      (x) => x.fill_(-7),
      (x) => x.add_(1),
      (x) => x.at(0).fill_(3),
      (x) => x.copy_(randn(shape)),
    ];
    for (const write of writes) {
      const x = randn(shape);
      const wanted = clamped(x);
      const y = x.relu();
      expect(isPutOff(y)).toBe(true);
      write(x);
      expect(y.data).toEqual(wanted);
    }
  });

  it('for the operand of another that is, and for a part of a tensor', () => {
    const x = randn([8, 4, 32, 32]);
    const part = x.at('4:');
    const wanted = clamped(part);
    const y = part.relu().relu();
    expect(isPutOff(y)).toBe(true);
    x.fill_(-1);
    expect(y.data).toEqual(wanted);
  });

  it('for a few results of one tensor, lest they pile up', () => {
    const x = randn(shape);
    const all = Array.from({ length: 20 }, () => x.relu());
    expect(all.filter(isPutOff).length).toBe(4);
    const wanted = clamped(x);
    for (const y of all) expect(y.data).toEqual(wanted);
  });

  it('not where it is written in place, nor for little or what does not fill its memory', () => {
    const x = randn(shape);
    const wanted = clamped(x);
    noGrad(() => x.relu_());
    expect(isPutOff(x)).toBe(false);
    expect(x.data).toEqual(wanted);
    expect(isPutOff(randn([8]).relu())).toBe(false);
    expect(isPutOff(randn(shape).transpose(2, 3).relu())).toBe(false);
  });
});

describe('the gradient of what is pooled after relu', () => {
  /** Where each window's gradient goes: to its first largest element; none to x where that is not above 0. */
  function expected(x: Tensor, g: Tensor): { y: Float32Array; x: Float32Array } {
    const [data, along] = [clamped(x), g.data];
    const [atY, atX] = [new Float32Array(data.length), new Float32Array(data.length)];
    for (let plane = 0; plane < 16; plane++)
      for (let row = 0; row < 16; row++)
        for (let column = 0; column < 16; column++) {
          const first = plane * 1024 + 64 * row + 2 * column;
          const places = [first, first + 1, first + 32, first + 33];
          const values = places.map((place) => data[place] as number);
          const largest = Math.max(...values);
          const place = places[values.indexOf(largest)] as number;
          atY[place] = along[plane * 256 + 16 * row + column] as number;
          if (largest > 0) atX[place] = atY[place] as number;
        }
    return { y: atY, x: atX };
  }

  it('reaches the operand, also where relu was read, and relu itself where that keeps its gradient', () => {
    for (const isRead of [false, true])
      for (const isKept of [false, true]) {
        const x = randn(shape, { requiresGrad: true });
        const g = randn([4, 4, 16, 16]);
        const y = x.relu();
        if (isRead) y.sum().item();
        if (isKept) y.retainGrad();
        maxPool(y, pairs).backward(g);
        const wanted = expected(x.detach(), g);
        expect(x.grad?.data).toEqual(wanted.x);
        if (isKept) expect(y.grad?.data).toEqual(wanted.y);
      }
  });

  it('is gated before it is led anywhere, so that what is led is never computed', () => {
    const [x, g] = [randn(shape), randn([4, 4, 16, 16])];
    const { backend } = x.storage;
    const [y, led, gated] = [x.relu(), fresh(shape), fresh(shape)];
    backend.maxPoolGradient(y, g, led, pairs);
    backend.binary('gate', led, y, gated);
    expect([y, led, gated].map(isPutOff)).toEqual([true, true, false]);
    expect(gated.data).toEqual(expected(x, g).x);
    expect([y, led].map(isPutOff)).toEqual([true, true]);
  });

  it('is added to that of others', () => {
    const x = randn(shape, { requiresGrad: true });
    const g = randn([4, 4, 16, 16]);
    const y = x.relu();
    maxPool(y, pairs).mul(g).sum().add(y.mul(3).sum()).add(x.sum()).backward();
    const led = expected(x.detach(), g).x;
    const slope = Float32Array.from(x.detach().data, (n, i) => (led[i] as number) + (n > 0 ? 3 : 0) + 1);
    const off = Float32Array.from(x.grad?.data ?? [], (n, i) => Math.abs(n - (slope[i] as number)));
    expect(Math.max(...off)).toBeLessThan(1e-6);
  });
});

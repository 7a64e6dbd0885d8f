import { describe, expect, it } from 'vitest';
import type { DType, TypedArray } from '../../dtype.ts';
import type { View } from '../backend.ts';
import { reference } from '../reference/reference.ts';
import { elementwise } from './elementwise.ts';
import { Engine, type Stream } from './engine.ts';
import { detectFeatures } from './features.ts';
import { Heap } from './memory/heap.ts';
import { HeapStorage } from './memory/storage.ts';
import { createWasm } from './wasm.ts';

const { backend, fallen } = createWasm({ features: detectFeatures(), shared: false });

function vectorOf(dtype: DType, data: TypedArray, on = backend): View {
  return { storage: on.adopt(dtype, data), shape: [data.length], strides: [1], offset: 0 };
}

function emptyLike({ shape, strides }: View, dtype: DType): View {
  return { storage: backend.allocate(dtype, shape[0] as number), shape, strides, offset: 0 };
}

describe('elements beyond a kernel', () => {
  const far = [0.5, 1e9, -3e38, 1, 2, 3, Number.POSITIVE_INFINITY, Number.NaN, 355];

  it.each(['sin', 'cos'] as const)('has reference compute %s far out', (kernel) => {
    const before = fallen.get('unary') ?? 0;
    const x = vectorOf('float32', Float32Array.from(far));
    const out = emptyLike(x, 'float32');
    backend.unary(kernel, x, out);
    expect(fallen.get('unary')).toBe(before + 1);
    expect(Array.from(out.storage.data)).toEqual(
      far.map((value) => Math.fround(Math[kernel](Math.fround(value)))),
    );
  });

  it('has them right in place, too', () => {
    const x = vectorOf('float32', Float32Array.from(far));
    backend.unary('sin', x, x);
    expect(Array.from(x.storage.data)).toEqual(far.map((value) => Math.fround(Math.sin(Math.fround(value)))));
  });

  it.each(['int32', 'uint8'] as const)('wraps floats that %s cannot hold as typed arrays do', (dtype) => {
    const values = [
      1.9,
      -1.9,
      2 ** 31,
      -(2 ** 31) - 5,
      2 ** 32 + 7,
      1e12,
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      300,
    ];
    for (const from of ['float32', 'float64'] as const) {
      const data = from === 'float32' ? Float32Array.from(values) : Float64Array.from(values);
      const x = vectorOf(from, data);
      const out = emptyLike(x, dtype);
      backend.copy(x, out);
      const wanted = dtype === 'int32' ? Int32Array.from(data) : Uint8Array.from(data);
      expect(Array.from(out.storage.data)).toEqual(Array.from(wanted));
    }
  });
});

describe('powers to an exponent that all elements share', () => {
  const special = [0, -0, 1, -1, 2.5, -3, 1e-40, 1e20, 3e38, 1 / 0, -1 / 0, Number.NaN];
  const bases = Float32Array.from([...special, ...Array.from({ length: 100 }, (_, i) => (i + 1) / 7)]);

  it.each([0, 1, 2, 3, -1, 0.5, -0.5, 2.5])('x ** %f is as reference has it', (exponent) => {
    const x = vectorOf('float32', bases);
    const out = emptyLike(x, 'float32');
    const repeated = (on: typeof backend) => ({
      ...vectorOf('float32', Float32Array.of(exponent), on),
      shape: [bases.length],
      strides: [0],
    });
    backend.binary('pow', x, repeated(backend), out);
    const wanted = vectorOf('float32', new Float32Array(bases.length), reference);
    reference.binary('pow', vectorOf('float32', bases, reference), repeated(reference), wanted);
    for (const [i, got] of out.storage.data.entries()) {
      const truth = wanted.storage.data[i] as number;
      // Two roundings where reference has one.
      const near = Math.abs(got - truth) <= Math.abs(truth) * 2 ** -22;
      expect(Object.is(got, truth) || near, `${bases[i]} ** ${exponent}: ${got}, not ${truth}`).toBe(true);
      if (truth === 0) expect(got).toBe(truth);
    }
  });
});

it('takes dims in any order and number', () => {
  const shape = [2, 3, 2, 3, 2, 3, 2, 3];
  const strides = [1, 2, 6, 12, 36, 72, 216, 432];
  const data = Float32Array.from({ length: 1296 }, (_, i) => i % 17);
  const x = { storage: backend.adopt('float32', data), shape, strides, offset: 0 };
  const contiguous = strides.map((_, d) => shape.slice(d + 1).reduce((n, size) => n * size, 1));
  const out = { storage: backend.allocate('float32', 1296), shape, strides: contiguous, offset: 0 };
  backend.binary('add', x, { ...x, strides: contiguous }, out);
  for (let place = 0; place < 1296; place++) {
    const at = contiguous.reduce(
      (sum, stride, d) => sum + (Math.floor(place / stride) % (shape[d] as number)) * (strides[d] as number),
      0,
    );
    expect(out.storage.data[place]).toBe((data[at] as number) + (data[place] as number));
  }
});

it('says that parts which overwrite what they read cannot be run again', () => {
  const heap = new Heap({ shared: false });
  const told: boolean[] = [];
  const stream: Stream = {
    descriptor: 2048,
    numbers: 4096,
    launch({ run }, parts, again) {
      told.push(again);
      for (let part = 0; part < parts; part++) run(this.descriptor, part, 0);
    },
    synchronize() {},
  };
  const engine = new Engine(heap, detectFeatures(), stream);
  const { binary, addScaled, accumulate } = elementwise(engine, reference);
  const vector = (): View => {
    const storage = new HeapStorage(reference, heap, 'float32', 200_000);
    return { storage, shape: [200_000], strides: [1], offset: 0 };
  };
  const [a, b, out] = [vector(), vector(), vector()];
  binary('add', a, b, out);
  addScaled(a, b, 0.5, out);
  binary('add', a, b, a);
  addScaled(a, b, 0.5, b);
  accumulate(a, out);
  expect(told).toEqual([true, true, false, false, false]);
});

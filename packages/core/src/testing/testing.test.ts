import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { broadcastShapes, IndexError, ones, type Tensor, tensor, zeros } from '../index.ts';
import { mayOverlap, numelOf } from '../shape.ts';
import {
  broadcastableShapes,
  laidOut,
  layouts,
  shapes,
  tensorEquality,
  tensorMatchers,
  tensors,
} from './index.ts';

describe('the matchers', () => {
  const x = tensor([1, 2, Number.NaN]);

  it('tell equal tensors from others', () => {
    expect(x).toEqualTensor([1, 2, Number.NaN]);
    expect(x).not.toEqualTensor([1, 2.0001, Number.NaN]);
    expect(tensor([0])).toEqualTensor([-0]);
    expect(x).not.toEqualTensor(x.to('float64'));
    expect(x).not.toEqualTensor(x.reshape(1, 3));
    expect(ones(2)).not.toEqualTensor([1, Number.NaN]);
    expect([1, 2]).not.toEqualTensor([1, 2]);
  });

  it('tell close tensors from others', () => {
    expect(tensor([1, 1000])).toBeCloseToTensor([1.000009, 1000.0013]);
    expect(tensor([1])).not.toBeCloseToTensor([1.0001]);
    expect(tensor([1])).toBeCloseToTensor([1.0001], { atol: 1e-3 });
    expect(tensor([Infinity, Number.NaN])).toBeCloseToTensor([Infinity, Number.NaN]);
    expect(tensor([Infinity])).not.toBeCloseToTensor([1e30]);
    expect(tensor([1], { dtype: 'int32' })).not.toBeCloseToTensor([2]);
  });

  it('say where tensors differ', () => {
    const outcome = tensorMatchers.toEqualTensor(tensor([1, 2, 3]), [1, 5, 4]);
    expect(outcome.message()).toMatch(/2 of 3 elements differ, by up to 3; first at 1: 2 and 5/);
    expect(tensorMatchers.toEqualTensor(ones(2), ones(3)).message()).toMatch(/\(2,\) and \(3,\)/);
    expect(tensorMatchers.toEqualTensor(7, ones(3)).message()).toMatch(/a Tensor/);
  });
});

describe('deep comparisons', () => {
  it("Node's and those of others that see public fields alone find no different tensors equal", () => {
    const x = tensor([1, 2]);
    expect(isDeepStrictEqual(x, tensor([1, 3]))).toBe(false);
    expect(isDeepStrictEqual({ x: zeros([3000]) }, { x: ones([3000]) })).toBe(false);
    expect(isDeepStrictEqual(x.view([2, 1]), x.view([2, 1]))).toBe(true);
  });

  it('toEqual compares elements where it is told how', () => {
    expect.addEqualityTesters([tensorEquality]);
    const [x, like] = [ones(2, 3), ones(3, 2).t()];
    expect(x).toEqual(like);
    expect({ deep: [x] }).toStrictEqual({ deep: [like] });
    expect([tensor(7)]).toEqual([tensor(7)]);
    expect(x).not.toEqual(zeros(2, 3));
    expect(x).not.toEqual(x.view([6]));
    expect(x).not.toEqual(x.to('float64'));
    expect({ x: tensor(7) }).not.toEqual({ x: 7 });
    expect({ x: tensor([7]) }).not.toEqual({ x: [7] });
    expect([1, 'a']).toEqual([1, 'a']);
  });

  it('that iterate a tensor without dims are told what to use', () => {
    expect(() => [...tensor(7)]).toThrow(IndexError);
    expect(() => [...tensor(7)]).toThrow(/without dims.*item\(\).*tensorEquality/);
  });
});

describe('layouts', () => {
  it.each(Object.entries(layouts))('%s keeps the elements and shares none', (_, layout) => {
    const values = Array.from({ length: 24 }, (__, i) => i);
    const x = laidOut(values, [2, 3, 4], 'float64', layout(3));
    expect([...x.data]).toEqual(values);
    expect(mayOverlap(x.shape, x.strides)).toBe(false);
  });

  it('are all different', () => {
    const strides = Object.values(layouts).map((layout) =>
      laidOut([], [2, 3, 4], 'float64', layout(3)).strides.join(),
    );
    expect(new Set(strides).size).toBe(strides.length);
  });
});

describe('the arbitraries', () => {
  it('give shapes within their bounds', () => {
    const bounds = { minDims: 1, maxDims: 3, minSize: 1, maxSize: 4 };
    fc.assert(
      fc.property(shapes(bounds), (shape) => {
        expect(shape.length).toBeGreaterThanOrEqual(1);
        expect(shape.length).toBeLessThanOrEqual(3);
        for (const size of shape) expect([1, 2, 3, 4]).toContain(size);
      }),
    );
  });

  it('give shapes that broadcast', () => {
    fc.assert(fc.property(broadcastableShapes(3), (all) => void broadcastShapes(...all)));
  });

  it('give tensors in layouts of all kinds', () => {
    const seen = { contiguous: 0, strided: 0, backwards: 0, empty: 0 };
    const count = (x: Tensor) => {
      expect(x.data).toHaveLength(numelOf(x.shape));
      expect(x.data.every(Number.isFinite as (value: number) => boolean)).toBe(true);
      if (x.numel === 0) seen.empty++;
      else if (x.strides.some((stride) => stride < 0)) seen.backwards++;
      else if (x.isContiguous) seen.contiguous++;
      else seen.strided++;
    };
    fc.assert(fc.property(tensors(), count), { numRuns: 300 });
    for (const number of Object.values(seen)) expect(number).toBeGreaterThan(10);
  });

  it('give elements of every dtype', () => {
    for (const dtype of ['float32', 'int32', 'uint8', 'bool'] as const) {
      fc.assert(
        fc.property(tensors({ dtype, shape: [5] }), (x) => {
          expect(x.dtype).toBe(dtype);
        }),
      );
    }
  });
});

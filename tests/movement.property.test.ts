import { arange, ShapeError, type Tensor, tensor } from '@retrograd/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anyChain,
  anyShape,
  applied,
  type Chain,
  counting,
  type Draw,
  elementsOf,
  filledShape,
  viewChain,
  writableChain,
} from './views/model.ts';

/** A property of whatever `body` draws. */
function holds(body: (draw: Draw) => void): void {
  fc.assert(
    fc.property(fc.gen(), (g) => body((arbitrary) => g(() => arbitrary))),
    // A drawn chain of four steps is short enough to read as it is.
    { numRuns: 300, endOnFailure: true },
  );
}

/** 0, 1, 2 … in a shape: each element is its own place in memory. */
function numbered(shape: readonly number[]): Tensor {
  return arange(elementsOf(counting(shape)).length, { dtype: 'float64' }).reshape(shape);
}

function numbers(x: Tensor): number[] {
  return Array.from(x.data);
}

describe('views', () => {
  it('show what the same steps give on a function of the index', () =>
    holds((draw) => {
      const shape = draw(anyShape);
      const chain = anyChain(counting(shape), draw);
      const view = applied(numbered(shape), chain);
      expect(view.shape).toEqual(chain.model.shape);
      expect(numbers(view)).toEqual(elementsOf(chain.model));
    }));

  it('carry gradients back to the elements that they show', () =>
    holds((draw) => {
      const shape = draw(anyShape);
      const chain = anyChain(counting(shape), draw);
      const x = numbered(shape).requiresGrad_();
      const places = elementsOf(chain.model);
      const weights = places.map((_, k) => k + 1);
      const view = applied(x, chain);
      view
        .mul(tensor(weights, { dtype: 'float64' }).reshape(view.shape))
        .sum()
        .backward();
      const wanted = new Array<number>(x.numel).fill(0);
      for (const [k, place] of places.entries()) wanted[place] = (wanted[place] as number) + k + 1;
      expect(x.grad && numbers(x.grad)).toEqual(wanted);
    }));

  it('alias their base: what is written through one is seen in the base and in every other', () =>
    holds((draw) => {
      const shape = draw(filledShape);
      const base = numbered(shape);
      const written = writableChain(counting(shape), draw);
      const other = viewChain(counting(shape), draw);
      const read = applied(base, other);
      const places = new Set(elementsOf(written.model));
      const memory = numbers(base).map((value) => (places.has(value) ? -value - 1 : value));

      const view = applied(base, written);
      view.neg_().sub_(1);

      expect(numbers(base)).toEqual(memory);
      expect(numbers(read)).toEqual(elementsOf(other.model).map((place) => memory[place]));
    }));

  it('refuse to be written where elements share memory', () =>
    holds((draw) => {
      const shape = draw(filledShape);
      const chain = viewChain(counting(shape), draw);
      const places = elementsOf(chain.model);
      const view = applied(numbered(shape), chain);
      if (new Set(places).size < places.length) expect(() => view.zero_()).toThrow(ShapeError);
    }));
});

/** What is done to a view in place: the new element, and its derivatives by the old one and by the operand. */
interface Write {
  readonly name: string;
  run(view: Tensor, operand: Tensor): void;
  value(old: number, operand: number): number;
  byOld(old: number, operand: number): number;
  byOperand(old: number, operand: number): number;
}

const writes: readonly Write[] = [
  { name: 'mul_', run: (v, w) => v.mul_(w), value: (y, w) => y * w, byOld: (_, w) => w, byOperand: (y) => y },
  { name: 'add_', run: (v, w) => v.add_(w), value: (y, w) => y + w, byOld: () => 1, byOperand: () => 1 },
  { name: 'copy_', run: (v, w) => v.copy_(w), value: (_, w) => w, byOld: () => 0, byOperand: () => 1 },
  { name: 'zero_', run: (v) => v.zero_(), value: () => 0, byOld: () => 0, byOperand: () => 0 },
  { name: 'square_', run: (v) => v.pow_(2), value: (y) => y * y, byOld: (y) => 2 * y, byOperand: () => 0 },
  { name: 'cos_', run: (v) => v.cos_(), value: Math.cos, byOld: (y) => -Math.sin(y), byOperand: () => 0 },
];

interface Written {
  readonly write: Write;
  readonly places: readonly number[];
  readonly operand: Tensor;
  /** The memory before. */
  readonly before: readonly number[];
}

/** The chain rule by hand, element by element, backwards through the writes. */
function derivatives(done: readonly Written[], atTheEnd: readonly number[]) {
  const g = [...atTheEnd];
  const byOperands = [...done].reverse().map(({ write, places, operand, before }) => {
    const w = numbers(operand);
    return places.map((place, k) => {
      const [old, weight] = [before[place] as number, g[place] as number];
      g[place] = weight * write.byOld(old, w[k] as number);
      return weight * write.byOperand(old, w[k] as number);
    });
  });
  return { byInput: g, byOperands: byOperands.reverse() };
}

describe('in-place ops through views', () => {
  it('give the gradients of the chain rule, by the base, its views old and new, and the operands', () =>
    holds((draw) => {
      const shape = draw(filledShape);
      const x = numbered(shape).div(4).sub(1).requiresGrad_();
      const y = x.clone();
      // A view from before the writes must learn of them.
      const early = writableChain(counting(shape), draw);
      const earlyView = applied(y, early);

      let memory = numbers(y);
      const done: Written[] = [];
      for (const write of draw(fc.array(fc.constantFrom(...writes), { minLength: 1, maxLength: 3 }))) {
        const chain: Chain = writableChain(counting(shape), draw);
        const places = elementsOf(chain.model);
        const view = applied(y, chain);
        const values = places.map((_, k) => (k % 3) - 0.5);
        const operand = tensor(values, { dtype: 'float64' }).reshape(view.shape).requiresGrad_();
        write.run(view, operand);
        done.push({ write, places, operand, before: memory });
        memory = memory.map((old, place) => {
          const k = places.indexOf(place);
          return k < 0 ? old : write.value(old, values[k] as number);
        });
      }
      expectClose(numbers(y), memory);

      // Σ (place + 1) · y, and the early view once more.
      const weights = memory.map((_, place) => place + 1);
      const loss = y
        .mul(tensor(weights, { dtype: 'float64' }).reshape(shape))
        .sum()
        .add(earlyView.sum());
      loss.backward();
      const seen = new Set(elementsOf(early.model));
      const { byInput, byOperands } = derivatives(
        done,
        weights.map((weight, place) => weight + Number(seen.has(place))),
      );
      expectClose(gradientOf(x), byInput);
      for (const [i, { operand }] of done.entries()) expectClose(gradientOf(operand), byOperands[i] ?? []);
    }));

  it('leave the hooks of what was copied in alone', () => {
    const [x, y] = [tensor([1, 2], { requiresGrad: true }), tensor([0, 0])];
    const value = x.mul(3);
    y.copy_(value);
    const seen: number[][] = [];
    y.registerHook((g) => void seen.push(numbers(g)));
    value.sum().mul(10).add(y.sum()).backward();
    expect(seen).toEqual([[1, 1]]);
    expect(x.grad && numbers(x.grad)).toEqual([33, 33]);
  });
});

/** No gradient at all counts as zeros. */
function gradientOf(x: Tensor): number[] {
  return x.grad ? numbers(x.grad) : new Array<number>(x.numel).fill(0);
}

function expectClose(got: readonly number[], want: readonly number[]): void {
  expect(got.length).toBe(want.length);
  for (const [i, value] of want.entries()) expect(got[i]).toBeCloseTo(value, 9);
}

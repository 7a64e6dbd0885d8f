import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../methods.ts';
import { gradcheck, gradgradcheck } from '../autograd/gradcheck.ts';
import { ArgumentError, DTypeError, GradError, IndexError, RetrogradError, ShapeError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { shapes, tensors } from '../testing/arbitraries.ts';
import { arange, ones, tensor, zeros } from './creation.ts';
import { at } from './indexing.ts';
import { type Index, slice } from './indices.ts';

type Draw = <T>(arbitrary: fc.Arbitrary<T>) => T;

/** A part of an index as the slow implementation knows it: the positions it takes, in as many dims as it has lists. */
type Meaning =
  | { readonly kind: 'fixed'; readonly position: number }
  | { readonly kind: 'range'; readonly positions: readonly number[] }
  | { readonly kind: 'new' }
  | {
      readonly kind: 'lookup';
      readonly shape: readonly number[];
      readonly lists: readonly (readonly number[])[];
    };

interface Drawn {
  readonly index: Index;
  readonly meaning: readonly Meaning[];
}

const int32 = { dtype: 'int32' } as const;

function counted(from: number, length: number, step = 1): number[] {
  return Array.from({ length }, (_, i) => from + i * step);
}

function indicesIn(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, size) => all.flatMap((index) => counted(0, size).map((i) => [...index, i])),
    [[]],
  );
}

function nested(values: readonly number[], shape: readonly number[]): unknown {
  const [size = 0, ...inner] = shape;
  if (shape.length === 0) return values[0];
  const each = values.length / Math.max(size, 1);
  return counted(0, size).map((i) => nested(values.slice(i * each, (i + 1) * each), inner));
}

/** Python's range(*slice.indices(size)). */
function drawSlice(size: number, draw: Draw): Drawn {
  const end = fc.option(fc.integer({ min: -size - 2, max: size + 2 }));
  const [start, stop, step] = [draw(end), draw(end), draw(fc.integer({ min: 1, max: 3 }))];
  const from = start === null ? 0 : start < 0 ? start + size : start;
  const to = stop === null ? size : stop < 0 ? stop + size : stop;
  const positions = counted(0, size).filter(
    (i) => i >= from && i < to && (i - Math.max(from, 0)) % step === 0,
  );
  const text = `${start ?? ''}:${stop ?? ''}${draw(fc.boolean()) || step > 1 ? `:${step}` : ''}`;
  return {
    index: draw(fc.boolean()) ? text : slice(start, stop, step),
    meaning: [{ kind: 'range', positions }],
  };
}

function drawPositions(size: number, common: readonly number[], draw: Draw): Drawn {
  const lead = draw(fc.nat(common.length - 1));
  const shape = common.slice(lead).map((n) => (draw(fc.nat(4)) === 0 ? 1 : n));
  const length = shape.reduce((a, b) => a * b, 1);
  const values = draw(
    fc.array(fc.integer({ min: -size, max: size - 1 }), { minLength: length, maxLength: length }),
  );
  const asTensor = tensor(values, int32).reshape(shape);
  const list = values.map((value) => (value < 0 ? value + size : value));
  return {
    index: draw(fc.boolean()) && length > 0 ? (nested(values, shape) as Index) : asTensor,
    meaning: [{ kind: 'lookup', shape, lists: [list] }],
  };
}

function drawMask(sizes: readonly number[], draw: Draw): Drawn {
  const all = indicesIn(sizes);
  const kept = all.map(() => draw(fc.boolean()));
  const found = all.filter((_, i) => kept[i]);
  return {
    index: tensor(kept, { dtype: 'bool' }).reshape([...sizes]),
    meaning: [
      {
        kind: 'lookup',
        shape: [found.length],
        lists: sizes.map((_, d) => found.map((index) => index[d] ?? 0)),
      },
    ],
  };
}

/** An index for a shape, of any parts; those with dims of their own mostly broadcast. */
function drawIndex(shape: readonly number[], draw: Draw): Drawn[] {
  const common = draw(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 2 }));
  const parts: Drawn[] = [];
  let [dim, hasEllipsis] = [0, false];
  while (dim < shape.length) {
    const size = shape[dim] as number;
    const kind = draw(
      fc.constantFrom('fixed', 'slice', 'slice', 'positions', 'positions', 'mask', 'new', 'rest', 'stop'),
    );
    if (kind === 'stop') break;
    if (kind === 'new') parts.push({ index: null, meaning: [{ kind: 'new' }] });
    else if (kind === 'rest') {
      if (hasEllipsis) continue;
      hasEllipsis = true;
      const taken = draw(fc.integer({ min: 0, max: shape.length - dim }));
      const whole = shape.slice(dim, dim + taken);
      parts.push({ index: '...', meaning: whole.map((n) => ({ kind: 'range', positions: counted(0, n) })) });
      dim += taken;
    } else if (kind === 'mask') {
      const taken = draw(fc.integer({ min: 0, max: Math.min(2, shape.length - dim) }));
      parts.push(drawMask(shape.slice(dim, dim + taken), draw));
      dim += taken;
    } else {
      if (kind === 'slice') parts.push(drawSlice(size, draw));
      else if (size === 0) break;
      else if (kind === 'positions') parts.push(drawPositions(size, common, draw));
      else {
        const position = draw(fc.nat(size - 1));
        const index = draw(fc.constantFrom(position, position - size, tensor(position, int32)));
        parts.push({ index, meaning: [{ kind: 'fixed', position }] });
      }
      dim++;
    }
  }
  const rest = shape.slice(dim).map((n): Meaning => ({ kind: 'range', positions: counted(0, n) }));
  if (!hasEllipsis || rest.length === 0)
    return [...parts, { index: '...', meaning: rest }].slice(0, hasEllipsis ? -1 : undefined);
  // The ellipsis takes what the others leave: these are taken one by one.
  return [...parts, ...rest.map((each): Drawn => ({ index: ':', meaning: [each] }))];
}

function broadcast(all: readonly (readonly number[])[]): number[] | null {
  const rank = Math.max(0, ...all.map((shape) => shape.length));
  const sizes = counted(0, rank).map((d) => {
    const here = new Set(
      all.map((shape) => shape[d - rank + shape.length] ?? 1).filter((size) => size !== 1),
    );
    return here.size > 1 ? null : ([...here][0] ?? 1);
  });
  return sizes.includes(null) ? null : (sizes as number[]);
}

function flatOf(index: readonly number[], shape: readonly number[]): number {
  return shape.reduce((flat, size, d) => {
    const i = index[d + index.length - shape.length] ?? 0;
    return flat * size + (size === 1 ? 0 : i);
  }, 0);
}

/** For each element of the result, in row-major order, where it comes from; `null` where positions do not broadcast. */
function slowly(parts: readonly Meaning[]): { shape: number[]; sources: number[][] } | null {
  const lookups = parts.filter((part) => part.kind === 'lookup');
  const common = broadcast(lookups.map(({ shape }) => shape));
  if (common === null) return null;
  const axes = parts.filter((part) => part.kind !== 'fixed');
  const [first, last] = [axes.findIndex(isLookup), axes.findLastIndex(isLookup)];
  const together = axes.slice(first, last + 1).every(isLookup);
  const front = lookups.length === 0 || !together ? 0 : first;
  const own = axes
    .filter((part) => !isLookup(part))
    .map((part) => (part.kind === 'range' ? part.positions.length : 1));
  const inserted = lookups.length === 0 ? [] : common;
  const shape = [...own.slice(0, front), ...inserted, ...own.slice(front)];
  const sources = indicesIn(shape).map((index) => {
    const chosen = index.slice(front, front + inserted.length);
    const others = index.filter((_, d) => d < front || d >= front + inserted.length);
    let axis = 0;
    return parts.flatMap((part) => {
      if (part.kind === 'fixed') return [part.position];
      if (part.kind === 'lookup') return part.lists.map((list) => list[flatOf(chosen, part.shape)] as number);
      const i = others[axis++] as number;
      return part.kind === 'range' ? [part.positions[i] as number] : [];
    });
  });
  return { shape, sources };
}

function isLookup(part: Meaning): boolean {
  return part.kind === 'lookup';
}

function numbered(shape: readonly number[]): Tensor {
  return arange(
    shape.reduce((a, b) => a * b, 1),
    { dtype: 'float64' },
  ).reshape([...shape]);
}

/** A property of a tensor's shape and an index for it; without a second argument, where the index is to be refused. */
function holds(
  body: (
    draw: Draw,
    shape: number[],
    index: Index[],
    wanted: { shape: number[]; places: number[] } | null,
  ) => void,
) {
  fc.assert(
    fc.property(fc.gen(), (g) => {
      const draw: Draw = (arbitrary) => g(() => arbitrary);
      const shape = draw(shapes({ maxDims: 4, maxSize: 4 }));
      const parts = drawIndex(shape, draw);
      const found = slowly(parts.flatMap(({ meaning }) => meaning));
      const places = found?.sources.map((source) => flatOf(source, shape));
      const index = parts.map((part) => part.index);
      body(draw, shape, index, found && places ? { shape: found.shape, places } : null);
    }),
    { numRuns: 500, endOnFailure: true },
  );
}

describe('x.at', () => {
  it('gives what a walk over the result gives, for any index in any layout', () =>
    holds((draw, shape, index, wanted) => {
      const x = draw(tensors({ shape }));
      if (wanted === null) return expect(() => x.at(...index)).toThrow(RetrogradError);
      const found = x.at(...index);
      expect(found.shape).toEqual(wanted.shape);
      const elements = x.data;
      expect(Array.from(found.data)).toEqual(wanted.places.map((place) => elements[place]));
    }));

  it('brings gradients back to the elements that it took', () =>
    holds((_, shape, index, wanted) => {
      if (wanted === null) return;
      const x = numbered(shape).requiresGrad_();
      const found = x.at(...index);
      found.backward(numbered(wanted.shape));
      const sums = new Array<number>(x.numel).fill(0);
      for (const [i, place] of wanted.places.entries()) sums[place] = (sums[place] as number) + i;
      expect(Array.from(x.grad?.data ?? [])).toEqual(sums);
    }));

  const x = numbered([4, 5, 3]);

  it('shares memory if there are only positions, slices, new axes and ellipses', () => {
    const y = numbered([4, 5]);
    y.at(1, '1:3').fill_(-1);
    y.at('...', slice(null, null, 4), null).mul_(10);
    y.at().sub_(1);
    expect(y.toArray()).toEqual([
      [-1, 0, 1, 2, 39],
      [49, -2, -2, 7, 89],
      [99, 10, 11, 12, 139],
      [149, 15, 16, 17, 189],
    ]);
    expect(y.at(':').storage).toBe(y.storage);
    expect(y.at(tensor(1, int32)).storage).toBe(y.storage);
  });

  it('copies if there are tensors or arrays', () => {
    const y = zeros(3);
    for (const index of [[0, 1, 2], tensor([true, true, true]), arange(3)]) y.at(index).fill_(1);
    expect(y.toArray()).toEqual([0, 0, 0]);
  });

  it('takes masks in arrays and booleans, which make a new axis', () => {
    expect(x.at([true, false, false, true]).shape).toEqual([2, 5, 3]);
    expect(x.at(true).shape).toEqual([1, 4, 5, 3]);
    expect(x.at(false).shape).toEqual([0, 4, 5, 3]);
    expect(x.at([]).shape).toEqual([0, 5, 3]);
  });

  // As in PyTorch, and unlike in NumPy: a position leaves before anything is looked up.
  it('keeps dims of neighbours where they were, also if a position stood between them', () => {
    expect(x.at(':', 0, [0, 1, 0, 1]).shape).toEqual([4, 4]);
    expect(x.at([0, 1], 0, [0, 1]).shape).toEqual([2]);
    expect(x.at([0, 1], ':', [0, 1]).shape).toEqual([2, 5]);
    expect(x.at([0, 1], null, [0, 1]).shape).toEqual([2, 1, 3]);
  });

  it.each<[string, () => unknown, new (...args: never[]) => Error]>([
    ['too many parts', () => x.at(0, 0, 0, 0), IndexError],
    ['too many dims of a mask', () => x.at(0, ones(4, 5, 3).gt(0)), IndexError],
    ['a position outside', () => x.at(4), IndexError],
    ['a position below', () => x.at(0, -6), IndexError],
    ['a position outside in a tensor', () => x.at([0, 4]), IndexError],
    ['a position below in a tensor', () => x.at([0], [-6]), IndexError],
    ['a mask of another size', () => x.at([true, false, true]), IndexError],
    ['positions that do not broadcast', () => x.at([0, 1], [0, 1, 2]), ShapeError],
    ['several ellipses', () => x.at('...', '...'), IndexError],
    ['a negative step', () => x.at('::-1'), ArgumentError],
    ['a step of 0', () => x.at('::0'), ArgumentError],
    ['fractions', () => x.at(0.5), IndexError],
    ['fractions in arrays', () => x.at([0.5]), ArgumentError],
    ['ragged arrays', () => x.at([[0], [1, 2]]), ShapeError],
    ['a float tensor', () => x.at(tensor([0, 1])), DTypeError],
    [
      'a uint8 tensor, which may be meant as a mask',
      () => x.at(tensor([0, 1], { dtype: 'uint8' })),
      DTypeError,
    ],
    ['a word', () => x.at('first'), ArgumentError],
    ['nothing', () => x.at(undefined as never), ArgumentError],
    ['a slice of one end', () => (slice as (stop: number) => unknown)(1), ArgumentError],
    ['a tensor that is none', () => at(1 as never, 0), ArgumentError],
  ])('refuses %s', (_, run, kind) => expect(run).toThrow(kind));

  it('has right gradients of every order, also where positions repeat', () => {
    const input = numbered([3, 4, 2]).sin().detach().requiresGrad_();
    const run = (y: Tensor) => y.at([0, 2, 2], ':', [1, 0, 0]);
    expect(gradcheck(run, [input])).toBe(true);
    expect(gradgradcheck((y) => run(y.mul(y)), [input])).toBe(true);
  });
});

describe('x.setAt', () => {
  it('writes what a walk over the places writes, in any layout, on the tape or off it', () =>
    holds((draw, shape, index, wanted) => {
      const x = draw(tensors({ shape }));
      if (wanted === null) return expect(() => x.setAt(...index, 1)).toThrow(RetrogradError);
      const values = draw(fc.constantFrom(numbered(wanted.shape), tensor(7, { dtype: 'float64' })));
      const memory = Array.from(x.data);
      for (const [i, place] of wanted.places.entries())
        memory[place] = values.numel === 1 ? values.item() : i;
      const recorded = x.clone().requiresGrad_().mul(1);
      expect(recorded.setAt(...index, values)).toBe(recorded);
      expect(Array.from(recorded.data)).toEqual(memory);
      x.setAt(...index, values);
      expect(Array.from(x.data)).toEqual(memory);
    }));

  it('brings gradients to what was written, and none to what was there', () =>
    holds((_, shape, index, wanted) => {
      if (wanted === null) return;
      const [x, values] = [numbered(shape).requiresGrad_(), numbered(wanted.shape).requiresGrad_()];
      const y = x.mul(1);
      const beside = y.view(-1);
      y.setAt(...index, values);
      // Read through another view, which must have learnt of it.
      beside.backward(numbered([beside.numel]).add(1));
      const written = new Set(wanted.places);
      expect(Array.from(x.grad?.data ?? [])).toEqual(
        counted(1, x.numel).map((g, i) => (written.has(i) ? 0 : g)),
      );
      // Also what was overwritten in its turn gets the gradient of its place, as in PyTorch.
      expect(Array.from(values.grad?.data ?? [])).toEqual(wanted.places.map((place) => place + 1));
    }));

  it('casts numbers, and drops leading dims of size 1 from the value', () => {
    const x = zeros([2, 3], int32);
    x.setAt(0, 1.5);
    x.setAt([1, 1], ':', tensor([[[4, 5, 6]]], int32));
    expect(x.toArray()).toEqual([
      [1, 1, 1],
      [4, 5, 6],
    ]);
  });

  it('reads a value that lies in the tensor itself before it writes', () => {
    const x = arange(5);
    x.setAt([1, 2, 3, 4], x.at('0:4'));
    expect(x.toArray()).toEqual([0, 0, 1, 2, 3]);
  });

  it.each<[string, () => unknown, new (...args: never[]) => Error]>([
    ['values that do not broadcast', () => zeros(3).setAt([0, 1], ones(3)), ShapeError],
    ['values with more dims', () => zeros(3).setAt(0, ones(2)), ShapeError],
    ['values of another dtype', () => zeros(3).setAt([0, 1], ones([2], int32)), DTypeError],
    ['positions outside', () => zeros(3).setAt([0, 3], 1), IndexError],
    ['leaves', () => zeros([3], { requiresGrad: true }).setAt([0], 1), GradError],
    ['views of leaves', () => zeros([3], { requiresGrad: true }).at('1:').setAt(0, 1), GradError],
    ['expanded tensors', () => zeros(1).expand(3).setAt([0], 1), ShapeError],
    ['no value', () => (zeros(3).setAt as () => unknown).call(zeros(3)), ArgumentError],
  ])('refuses %s', (_, run, kind) => expect(run).toThrow(kind));

  it('moves the version on, so that a gradient that needs the old elements is an error', () => {
    const x = ones([3], { requiresGrad: true }).mul(2);
    const y = x.mul(x);
    x.setAt([0], 5);
    expect(() => y.sum().backward()).toThrow(GradError);
  });
});

describe('indexPut', () => {
  const x = numbered([3, 4]).sin().detach().requiresGrad_();
  const values = numbered([2, 4]).cos().detach().requiresGrad_();

  it('leaves the tensor as it is, and has right gradients of every order', () => {
    const before = x.toArray();
    const put = (a: Tensor, v: Tensor) => a.indexPut([tensor([2, 0], int32)], v);
    expect(put(x, values).at([2, 0]).toArray()).toEqual(values.toArray());
    expect(x.toArray()).toEqual(before);
    expect(gradcheck(put, [x, values])).toBe(true);
    expect(gradgradcheck((a, v) => put(a.mul(a), v.mul(v)), [x, values])).toBe(true);
  });

  it('adds up what meets, if it is to accumulate', () => {
    const add = (a: Tensor, v: Tensor) => a.indexPut([null, [1, 1, 3]], v.at(0, null, ':3'), true);
    expect(
      zeros(2)
        .indexPut([[1, 1, 0]], tensor([1, 2, 3]), true)
        .toArray(),
    ).toEqual([3, 3]);
    expect(gradcheck(add, [x, values])).toBe(true);
  });

  it('writes in place, also where the dims do not lie together', () => {
    const y = zeros(2, 3, 2);
    expect(y.indexPut_([[0, 1], null, [1, 0]], tensor([1, 2, 3]))).toBe(y);
    expect(y.toArray()).toEqual([
      [
        [0, 1],
        [0, 2],
        [0, 3],
      ],
      [
        [1, 0],
        [2, 0],
        [3, 0],
      ],
    ]);
  });

  it('refuses an index without tensors', () => {
    expect(() => x.indexPut([], 1)).toThrow(ArgumentError);
    expect(() => x.indexPut([null], 1)).toThrow(ArgumentError);
    expect(() => x.indexPut([0] as never, 1)).toThrow(ArgumentError);
  });
});

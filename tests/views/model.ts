import type { Tensor } from '@retrograd/core';
import * as fc from 'fast-check';

/** A tensor as a function of its index: slow, and obviously right. */
export interface Model {
  readonly shape: readonly number[];
  at(index: readonly number[]): number;
}

/** An op on a tensor, and the same on its model. */
export interface Step {
  readonly name: string;
  onTensor(x: Tensor): Tensor;
  onModel(x: Model): Model;
}

/** The numbers 0, 1, 2 … in row-major order. */
export function counting(shape: readonly number[]): Model {
  return { shape, at: (index) => index.reduce((flat, i, d) => flat * (shape[d] as number) + i, 0) };
}

/** All elements in row-major order. */
export function elementsOf({ shape, at }: Model): number[] {
  const count = shape.reduce((n, size) => n * size, 1);
  return Array.from({ length: count }, (_, flat) => at(unravel(flat, shape)));
}

function unravel(flat: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = flat;
  for (const size of [...shape].reverse()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return index;
}

/** `list` with the item at `d` put in the place of one, or (without `item`) taken out. */
function replaced(list: readonly number[], d: number, ...item: readonly number[]): number[] {
  return [...list.slice(0, d), ...item, ...list.slice(d + 1)];
}

/** Draws a value from an arbitrary. */
export type Draw = <T>(arbitrary: fc.Arbitrary<T>) => T;

const whole = (min: number, max: number) => fc.integer({ min, max });

/** Draws a step that fits a shape; `null` where this kind of step has none. */
type Kind = (shape: readonly number[], draw: Draw) => Step | null;

/** Kinds of steps along one dim of a shape that has dims. */
function alongOne(
  make: (d: number, size: number, draw: Draw, shape: readonly number[]) => Step | null,
): Kind {
  return (shape, draw) => {
    if (shape.length === 0) return null;
    const d = draw(whole(0, shape.length - 1));
    return make(d, shape[d] as number, draw, shape);
  };
}

/** `dim` from the front or from the back, whichever is drawn. */
function spelled(d: number, rank: number, draw: Draw): number {
  return draw(fc.boolean()) ? d : d - rank;
}

const permute: Kind = (shape, draw) => {
  const order = draw(fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }));
  return {
    name: `permute(${order})`,
    onTensor: (x) => x.permute(order),
    onModel: (x) => ({
      shape: order.map((d) => x.shape[d] as number),
      at: (index) => x.at(x.shape.map((_, d) => index[order.indexOf(d)] as number)),
    }),
  };
};

const select = alongOne((d, size, draw, shape) => {
  if (size === 0) return null;
  const [dim, i] = [spelled(d, shape.length, draw), draw(whole(0, size - 1))];
  const given = draw(fc.boolean()) ? i : i - size;
  return {
    name: `select(${dim}, ${given})`,
    onTensor: (x) => x.select(dim, given),
    onModel: (x) => ({
      shape: replaced(x.shape, d),
      at: (index) => x.at([...index.slice(0, d), i, ...index.slice(d)]),
    }),
  };
});

const slice = alongOne((d, size, draw, shape) => {
  const [from, to] = [draw(whole(0, size)), draw(whole(0, size))].sort((a, b) => a - b) as [number, number];
  const [step, dim] = [draw(whole(1, 3)), spelled(d, shape.length, draw)];
  return {
    name: `slice(${dim}, ${from}, ${to}, ${step})`,
    onTensor: (x) => x.slice(dim, from, to, step),
    onModel: (x) => ({
      shape: replaced(x.shape, d, Math.ceil((to - from) / step)),
      at: (index) => x.at(replaced(index, d, from + step * (index[d] as number))),
    }),
  };
});

const flip = alongOne((d, size, draw, shape) => {
  const dim = spelled(d, shape.length, draw);
  return {
    name: `flip(${dim})`,
    onTensor: (x) => x.flip(dim),
    onModel: (x) => ({
      shape: x.shape,
      at: (index) => x.at(replaced(index, d, size - 1 - (index[d] as number))),
    }),
  };
});

const unfold = alongOne((d, length, draw, shape) => {
  const [size, step, dim] = [draw(whole(1, 3)), draw(whole(1, 3)), spelled(d, shape.length, draw)];
  if (size > length) return null;
  return {
    name: `unfold(${dim}, ${size}, ${step})`,
    onTensor: (x) => x.unfold(dim, size, step),
    onModel: (x) => ({
      shape: [...replaced(x.shape, d, Math.floor((length - size) / step) + 1), size],
      at: (index) =>
        x.at(replaced(index.slice(0, -1), d, step * (index[d] as number) + (index.at(-1) as number))),
    }),
  };
});

const diagonal: Kind = (shape, draw) => {
  if (shape.length < 2) return null;
  const [a, b] = draw(fc.shuffledSubarray([...shape.keys()], { minLength: 2, maxLength: 2 })) as [
    number,
    number,
  ];
  const offset = draw(whole(-2, 2));
  const [rows, columns] = [shape[a] as number, shape[b] as number];
  const [down, across] = [Math.max(-offset, 0), Math.max(offset, 0)];
  const rest = [...shape.keys()].filter((d) => d !== a && d !== b);
  return {
    name: `diagonal(${offset}, ${a}, ${b})`,
    onTensor: (x) => x.diagonal({ offset, dim1: a, dim2: b }),
    onModel: (x) => ({
      shape: [...rest.map((d) => x.shape[d] as number), Math.max(0, Math.min(rows - down, columns - across))],
      at: (index) => {
        const i = index.at(-1) as number;
        return x.at(
          x.shape.map((_, d) =>
            d === a ? i + down : d === b ? i + across : (index[rest.indexOf(d)] as number),
          ),
        );
      },
    }),
  };
};

const unsqueeze: Kind = (shape, draw) => {
  const d = draw(whole(0, shape.length));
  const dim = spelled(d, shape.length + 1, draw);
  return {
    name: `unsqueeze(${dim})`,
    onTensor: (x) => x.unsqueeze(dim),
    onModel: (x) => ({
      shape: [...x.shape.slice(0, d), 1, ...x.shape.slice(d)],
      at: (index) => x.at(replaced(index, d)),
    }),
  };
};

/** Only of dims of size 1, in which each element is repeated. */
const expand: Kind = (shape, draw) => {
  const target = shape.map((size) => (size === 1 ? draw(whole(0, 3)) : size));
  const lead = draw(fc.array(whole(1, 2), { maxLength: 1 }));
  return {
    name: `expand(${[...lead, ...target]})`,
    onTensor: (x) => x.expand([...lead, ...target]),
    onModel: (x) => ({
      shape: [...lead, ...target],
      at: (index) => x.at(index.slice(lead.length).map((i, d) => (x.shape[d] === 1 ? 0 : i))),
    }),
  };
};

const reshape: Kind = (shape, draw) => {
  const count = shape.reduce((n, size) => n * size, 1);
  const divisors = Array.from({ length: count }, (_, i) => i + 1).filter((n) => count % n === 0);
  const first = count === 0 ? 0 : draw(fc.constantFrom(...divisors));
  const target = count === 0 ? [0, 2] : [first, count / first];
  return {
    name: `reshape(${target})`,
    onTensor: (x) => x.reshape(target),
    onModel: (x) => ({ shape: target, at: (index) => x.at(unravel(counting(target).at(index), x.shape)) }),
  };
};

/** Views whose elements have memory of their own, so that they can be written. */
const writable: readonly Kind[] = [permute, select, slice, flip, diagonal, unsqueeze];
/** Views of any kind. */
const views: readonly Kind[] = [...writable, unfold, expand];
/** Views, and what may have to copy. */
const any: readonly Kind[] = [...views, reshape];

export interface Chain {
  readonly steps: readonly Step[];
  readonly model: Model;
}

function chainOf(choices: readonly Kind[]) {
  return (from: Model, draw: Draw): Chain => {
    let model = from;
    const steps: Step[] = [];
    for (const kind of draw(fc.array(fc.constantFrom(...choices), { maxLength: 4 }))) {
      const step = kind(model.shape, draw);
      if (step === null) continue;
      steps.push(step);
      model = step.onModel(model);
    }
    return { steps, model };
  };
}

/** Up to four steps that follow each other, of kinds that can be written through, that alias, or of all. */
export const writableChain = chainOf(writable);
export const viewChain = chainOf(views);
export const anyChain = chainOf(any);

export function applied(x: Tensor, { steps }: Chain): Tensor {
  return steps.reduce((view, step) => step.onTensor(view), x);
}

export const anyShape = fc.array(whole(0, 4), { maxLength: 4 });
export const filledShape = fc.array(whole(1, 4), { minLength: 1, maxLength: 3 });

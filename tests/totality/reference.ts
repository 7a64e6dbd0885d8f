/** What NumPy-style code gives: nested loops over index tuples, and `null` for shapes that must be refused. */

export type Shape = readonly number[];

/** Elements as a function of the index tuple. */
export interface Model {
  readonly shape: Shape;
  at(index: readonly number[]): number;
}

/** All index tuples of a shape in row-major order. */
export function indicesOf(shape: Shape): number[][] {
  return shape.reduce<number[][]>(
    (tuples, size) => tuples.flatMap((tuple) => Array.from({ length: size }, (_, i) => [...tuple, i])),
    [[]],
  );
}

export function elementsOf({ shape, at }: Model): number[] {
  return indicesOf(shape).map(at);
}

/** Right-aligned, sizes equal or 1. */
export function broadcast(...shapes: readonly Shape[]): Shape | null {
  const rank = Math.max(0, ...shapes.map(({ length }) => length));
  const result: number[] = [];
  for (let d = 1; d <= rank; d++) {
    const sizes = new Set(shapes.map((shape) => shape.at(-d)).filter((n) => n !== undefined && n !== 1));
    if (sizes.size > 1) return null;
    result.unshift([...sizes][0] ?? 1);
  }
  return result;
}

/** Read as if broadcast to any larger shape. */
function broadcastAt({ shape, at }: Model, index: readonly number[]): number {
  const own = index.slice(index.length - shape.length);
  return at(own.map((i, d) => (shape[d] === 1 ? 0 : i)));
}

export function elementwise(f: (...values: number[]) => number, ...models: readonly Model[]): Model | null {
  const shape = broadcast(...models.map((model) => model.shape));
  return shape && { shape, at: (index) => f(...models.map((model) => broadcastAt(model, index))) };
}

export function matmul(a: Model, b: Model): Model | null {
  if (a.shape.length === 0 || b.shape.length === 0) return null;
  const [row, column] = [a.shape.length === 1, b.shape.length === 1];
  const left = row ? { shape: [1, ...a.shape], at: ([, ...i]: readonly number[]) => a.at(i) } : a;
  const right = column ? { shape: [...b.shape, 1], at: (i: readonly number[]) => b.at(i.slice(0, -1)) } : b;
  const inner = left.shape.at(-1) ?? 0;
  const batch = broadcast(left.shape.slice(0, -2), right.shape.slice(0, -2));
  if (inner !== right.shape.at(-2) || batch === null) return null;
  const element = (lead: readonly number[], i: number, j: number) => {
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += matrixAt(left, lead, i, k) * matrixAt(right, lead, k, j);
    return sum;
  };
  return {
    shape: [...batch, ...(row ? [] : [left.shape.at(-2) ?? 0]), ...(column ? [] : [right.shape.at(-1) ?? 0])],
    at: (index) => {
      const rest = index.slice(batch.length);
      return element(index.slice(0, batch.length), row ? 0 : (rest[0] ?? 0), column ? 0 : (rest.at(-1) ?? 0));
    },
  };
}

function matrixAt({ shape, at }: Model, lead: readonly number[], i: number, j: number): number {
  const batch = shape.slice(0, -2);
  const own = lead.slice(lead.length - batch.length).map((n, d) => (batch[d] === 1 ? 0 : n));
  return at([...own, i, j]);
}

/** A dim counted from the front, or `null` if there is none such. */
export function dimOf(dim: number, rank: number): number | null {
  const from = dim < 0 ? dim + rank : dim;
  return from >= 0 && from < rank ? from : null;
}

/** Folds over some dims (all if there are none), which go or stay with size 1. */
export function reduce(
  x: Model,
  dims: readonly number[],
  keepdim: boolean,
  fold: (values: readonly number[]) => number,
): Model | null {
  const rank = x.shape.length;
  const found = dims.map((dim) => dimOf(dim, rank));
  if (found.includes(null) || new Set(found).size < found.length) return null;
  const over = (d: number) => dims.length === 0 || found.includes(d);
  const kept = x.shape.map((_, d) => d).filter((d) => !over(d));
  return {
    shape: x.shape.flatMap((size, d) => (over(d) ? (keepdim ? [1] : []) : [size])),
    at: (index) => {
      const own = (d: number) => index[keepdim ? d : kept.indexOf(d)] ?? 0;
      const inside = indicesOf(x.shape.map((size, d) => (over(d) ? size : 1)));
      return fold(inside.map((moved) => x.at(moved.map((i, d) => (over(d) ? i : own(d))))));
    },
  };
}

export function cat(models: readonly Model[], dim: number): Model | null {
  // PyTorch lets the empty vector join anything.
  const joining = models.filter(({ shape }) => !(shape.length === 1 && shape[0] === 0));
  const first = joining[0] ?? models[0];
  const at = first && dimOf(dim, first.shape.length);
  if (!first || at === null || at === undefined) return null;
  const agree = joining.every(
    ({ shape }) =>
      shape.length === first.shape.length && shape.every((n, d) => d === at || n === first.shape[d]),
  );
  if (!agree) return null;
  return {
    shape: first.shape.map((n, d) =>
      d === at ? joining.reduce((sum, { shape }) => sum + (shape[d] ?? 0), 0) : n,
    ),
    at: (index) => {
      let place = index[at] ?? 0;
      for (const model of joining) {
        const size = model.shape[at] ?? 0;
        if (place < size) return model.at(index.map((i, d) => (d === at ? place : i)));
        place -= size;
      }
      return Number.NaN;
    },
  };
}

export function stack(models: readonly Model[], dim: number): Model | null {
  const [first] = models;
  if (!first || models.some(({ shape }) => String(shape) !== String(first.shape))) return null;
  const at = dimOf(dim, first.shape.length + 1);
  if (at === null) return null;
  return {
    shape: [...first.shape.slice(0, at), models.length, ...first.shape.slice(at)],
    at: (index) => models[index[at] ?? 0]?.at(index.filter((_, d) => d !== at)) ?? Number.NaN,
  };
}

export function reshape(x: Model, target: Shape): Model | null {
  const elements = elementsOf(x);
  const holes = target.filter((size) => size === -1).length;
  const known = target.reduce((n, size) => (size === -1 ? n : n * size), 1);
  if (holes > 1 || target.some((size) => size < -1) || (holes === 1 && known === 0)) return null;
  const shape = target.map((size) => (size === -1 ? elements.length / known : size));
  if (
    shape.some((size) => !Number.isInteger(size)) ||
    shape.reduce((n, size) => n * size, 1) !== elements.length
  )
    return null;
  const position = (index: readonly number[]) => index.reduce((n, i, d) => n * (shape[d] ?? 1) + i, 0);
  return { shape, at: (index) => elements[position(index)] ?? Number.NaN };
}

export function expand(x: Model, target: Shape): Model | null {
  const lead = target.length - x.shape.length;
  if (lead < 0 || target.some((size, d) => size < 0 && (size !== -1 || d < lead))) return null;
  const shape = target.map((size, d) => (size === -1 ? (x.shape[d - lead] ?? 0) : size));
  const fits = x.shape.every((size, d) => size === 1 || size === shape[d + lead]);
  return fits ? { shape, at: (index) => broadcastAt(x, index) } : null;
}

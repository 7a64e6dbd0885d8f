import {
  ArgumentError,
  cat,
  checkTensor,
  constantPad,
  type Optional,
  optional,
  ShapeError,
  showShape,
  type Tensor,
} from '@retrograd/core';

export type PadMode = 'constant' | 'reflect' | 'replicate' | 'circular';

export interface PadOptions {
  /**
   * `'constant'` (default) adds `value`, `'reflect'` what lies behind the edge's elements, `'replicate'` the edge's,
   * `'circular'` what lies at the other end.
   */
  mode?: PadMode;
  /** Default 0. */
  value?: number | null;
}

const order = ['mode', 'value'] as const;

/** `n` elements of a dim of `size`, of which there must be `n + spare`, to stand before or after it. */
interface Border {
  /** How many elements a dim must have more than are added. */
  readonly spare: number;
  before(x: Tensor, dim: number, n: number): Tensor;
  after(x: Tensor, dim: number, n: number): Tensor;
}

const sizeOf = (x: Tensor, dim: number) => x.shape[dim] as number;

const borders: Readonly<Record<Exclude<PadMode, 'constant'>, Border>> = {
  reflect: {
    spare: 1,
    before: (x, dim, n) => x.narrow(dim, 1, n).flip(dim),
    after: (x, dim, n) => x.narrow(dim, sizeOf(x, dim) - 1 - n, n).flip(dim),
  },
  replicate: {
    spare: Number.NEGATIVE_INFINITY,
    before: (x, dim, n) => repeated(x.narrow(dim, 0, 1), dim, n),
    after: (x, dim, n) => repeated(x.narrow(dim, -1, 1), dim, n),
  },
  circular: {
    spare: 0,
    before: (x, dim, n) => x.narrow(dim, sizeOf(x, dim) - n, n),
    after: (x, dim, n) => x.narrow(dim, 0, n),
  },
};

function repeated(x: Tensor, dim: number, n: number): Tensor {
  return x.expand(x.shape.map((size, d) => (d === dim ? n : size)));
}

/**
 * Elements added around the last dims, in PyTorch's order: `[left, right, top, bottom, …]`, the last dim first.
 * Negative numbers crop. All modes but `'constant'` take one, two or three dims behind `(N, C)` or `(C)`.
 *
 * @example
 * ```ts
 * F.pad(x, [1, 1, 2, 2]); // (N, C, H, W) → (N, C, H + 4, W + 2)
 * F.pad(x, [1, 1], 'reflect');
 * ```
 * @throws ShapeError where an edge has fewer elements than are to be taken from it
 */
export function pad(
  x: Tensor,
  padding: readonly number[],
  ...rest: Optional<PadOptions, typeof order>
): Tensor {
  const op = 'pad';
  const { mode = 'constant', value = null } = optional<PadOptions>(op, rest, order);
  if (mode === 'constant') return constantPad(x, padding, value ?? 0);
  if (!Object.hasOwn(borders, mode)) {
    const want = `'constant', '${Object.keys(borders).join("', '")}'`;
    throw new ArgumentError({ op, got: `mode '${mode}'`, want });
  }
  if (value !== null && value !== 0)
    throw new ArgumentError({ op, got: `a value of ${value} with mode '${mode}'`, want: "mode 'constant'" });
  checkBorder(op, x, padding);
  // Cropped elements are still there to be reflected, but a circle closes without them.
  const crop = padding.map((n) => Math.min(n, 0));
  const cropped = mode === 'circular' ? constantPad(x, crop) : x;
  const padded = borders[mode];
  const grown = Array.from({ length: padding.length / 2 }, (_, i) => i).reduce((y, i) => {
    const [before, after] = [
      Math.max(padding[2 * i] as number, 0),
      Math.max(padding[2 * i + 1] as number, 0),
    ];
    return bordered(op, y, x.ndim - 1 - i, [before, after], padded);
  }, cropped);
  return mode === 'circular' || crop.every((n) => n === 0) ? grown : constantPad(grown, crop);
}

function bordered(
  op: string,
  x: Tensor,
  dim: number,
  [before, after]: readonly [number, number],
  border: Border,
): Tensor {
  if (Math.max(before, after) + border.spare > sizeOf(x, dim)) {
    throw new ShapeError({
      op,
      got: `${before} elements before and ${after} after dim ${dim} of shape ${showShape(x.shape)}`,
      want: `at most ${sizeOf(x, dim) - border.spare}`,
    });
  }
  const pieces = [
    ...(before > 0 ? [border.before(x, dim, before)] : []),
    x,
    ...(after > 0 ? [border.after(x, dim, after)] : []),
  ];
  return cat(pieces, dim);
}

function checkBorder(op: string, x: Tensor, padding: readonly number[]): void {
  const { ndim, shape } = checkTensor(op, x);
  const wanted = Array.isArray(padding) && padding.every(Number.isSafeInteger) ? padding : [];
  const dims = wanted.length / 2;
  const left = shape.map((size, d) => {
    const at = 2 * (ndim - 1 - d);
    return size + (wanted[at] ?? 0) + (wanted[at + 1] ?? 0);
  });
  const fits = [1, 2, 3].includes(dims) && (ndim === dims + 1 || ndim === dims + 2);
  if (fits && !shape.slice(-dims - 1).includes(0) && left.slice(-dims).every((size) => size > 0)) return;
  throw new ShapeError({
    op,
    got: `padding ${String(padding)} for shape ${showShape(shape)}`,
    want: 'two whole numbers for each of one to three dims behind (N, C) or (C), which leave something',
  });
}

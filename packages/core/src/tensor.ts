import type { Primitive } from './autograd/primitive.ts';
import { type Edge, edgeOf, Leaf } from './autograd/tape.ts';
import { type DType, isFloat, type TypedArray } from './dtype.ts';
import { ArgumentError, DTypeError, GradError, ShapeError } from './errors.ts';
import { formatTensor, type Nested, toNested } from './format.ts';
import {
  contiguousStrides,
  type Geometry,
  isContiguous,
  normalizeDim,
  numelOf,
  type Shape,
  type Strides,
  showShape,
} from './shape.ts';
import type { Storage } from './storage.ts';

/** How a view came from its parent, so that its history can be told again after an in-place op. */
export interface Viewed {
  readonly parent: Tensor;
  readonly primitive: Primitive<unknown>;
  readonly params: unknown;
  /** False for a view made under `noGrad`, which the tape does not follow. */
  readonly recorded: boolean;
  /** The storage version up to which the view's history is known. */
  version: number;
}

/**
 * A strided view on a storage, with PyTorch's methods. Made by `tensor`, `zeros`, `rand` … and by ops; never by `new`.
 *
 * @example
 * ```ts
 * const x = tensor([[1, 2], [3, 4]], { requiresGrad: true });
 * x.mul(x).sum().backward();
 * x.grad?.toArray(); // [[2, 4], [6, 8]]
 * ```
 */
export class Tensor implements Geometry {
  readonly storage: Storage;
  readonly shape: Shape;
  readonly strides: Strides;
  /** The storage index of the first element. */
  readonly offset: number;
  /** The gradient that `backward` has summed up here; `null` before the first. */
  grad: Tensor | null = null;
  /** @internal What made this tensor; `null` if the tape takes no part. Read it with `edgeOf`. */
  history: Edge | null = null;
  /** @internal */
  readonly viewed: Viewed | null;

  /** @internal */
  constructor(storage: Storage, { shape, strides, offset }: Geometry, viewed: Viewed | null = null) {
    this.storage = storage;
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
    this.viewed = viewed;
  }

  get dtype(): DType {
    return this.storage.dtype;
  }

  /** Where the elements live. */
  get device(): 'cpu' {
    return 'cpu';
  }

  /** Number of dims. */
  get ndim(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get numel(): number {
    return numelOf(this.shape);
  }

  get isFloatingPoint(): boolean {
    return isFloat(this.dtype);
  }

  /** True if the elements lie in row-major order without gaps. */
  get isContiguous(): boolean {
    return isContiguous(this.shape, this.strides);
  }

  /** The shape, or the size of one dim. */
  size(): Shape;
  size(dim: number): number;
  size(dim?: number): Shape | number {
    return dim === undefined ? this.shape : (this.shape[normalizeDim('size', dim, this.ndim)] as number);
  }

  /** True if gradients flow to or through this tensor. Setting it makes or unmakes a leaf. */
  get requiresGrad(): boolean {
    return edgeOf(this) !== null;
  }

  set requiresGrad(wanted: boolean) {
    this.requiresGrad_(wanted);
  }

  /** True if no recorded op made this tensor. */
  get isLeaf(): boolean {
    const edge = edgeOf(this);
    return edge === null || edge.node instanceof Leaf;
  }

  /** The recorded op that made this tensor; `null` for a leaf. */
  get gradFn(): Edge['node'] | null {
    const edge = edgeOf(this);
    return edge === null || edge.node instanceof Leaf ? null : edge.node;
  }

  /**
   * Asks for a gradient here, or stops asking.
   * @throws DTypeError for integers, GradError for the result of a recorded op
   */
  requiresGrad_(wanted = true): this {
    if (wanted && !this.isFloatingPoint) {
      throw new DTypeError({
        op: 'requiresGrad',
        got: `a tensor of ${this.dtype}`,
        want: 'float32 or float64: only these have gradients',
        fix: "Convert it first: x.to('float32').",
      });
    }
    if (!this.isLeaf) {
      if (wanted) return this;
      throw new GradError({
        op: 'requiresGrad',
        got: `false for the result of ${this.gradFn?.name}`,
        want: 'a leaf',
        fix: 'Use detach() for a tensor that stands outside the tape.',
      });
    }
    if (!wanted) this.history = null;
    else if (this.history === null) this.history = { node: new Leaf(this), index: 0 };
    return this;
  }

  /** The same elements outside the tape. */
  detach(): Tensor {
    return new Tensor(this.storage, this);
  }

  /** @internal This tensor, or an alias of it, with the history it had once. */
  withHistory(edge: Edge | null): Tensor {
    const now = edgeOf(this);
    if (now === edge || (now?.node === edge?.node && now?.index === edge?.index)) return this;
    const alias = new Tensor(this.storage, this);
    alias.history = edge;
    return alias;
  }

  /**
   * The elements in row-major order, as a copy.
   * `bool` gives zeros and ones.
   */
  get data(): TypedArray {
    const { storage, offset } = this;
    if (this.isContiguous) return storage.data.slice(offset, offset + this.numel);
    const copy = storage.backend.allocate(this.dtype, this.numel);
    storage.backend.copy(this, {
      storage: copy,
      shape: this.shape,
      strides: contiguousStrides(this.shape),
      offset: 0,
    });
    const elements = copy.data.slice();
    copy.free();
    return elements;
  }

  /**
   * The one element of a tensor of any shape that has just one; `bool` gives 0 or 1.
   * @throws ShapeError if there are more or none
   */
  item(): number {
    if (this.numel !== 1) {
      throw new ShapeError({
        op: 'item',
        got: `a tensor of shape ${showShape(this.shape)} (${this.numel} elements)`,
        want: 'exactly one element',
        fix: 'Reduce it first (sum, mean), select one, or use toArray().',
      });
    }
    return this.storage.data[this.offset] as number;
  }

  /** The elements as nested arrays (of booleans for `bool`); a plain value for a 0-d tensor. */
  toArray(): Nested {
    return toNested(this.data, this.shape, this.dtype);
  }

  /** `JSON.stringify`: the nested arrays of `toArray`. */
  toJSON(): Nested {
    return this.toArray();
  }

  toString(): string {
    return formatTensor(this);
  }

  /** `util.inspect` and the Node REPL. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** Deno's `console.log`. */
  [Symbol.for('Deno.customInspect')](): string {
    return this.toString();
  }

  /**
   * A 0-d tensor in arithmetic of numbers is its element; anything else would give nonsense, and throws.
   * @throws ArgumentError for tensors with dims
   */
  [Symbol.toPrimitive](hint: string): number | string {
    if (hint === 'string') return this.toString();
    if (this.numel === 1) return this.item();
    throw new ArgumentError({
      op: 'valueOf',
      got: `a tensor of shape ${showShape(this.shape)} where a number is wanted`,
      want: 'a single element',
      fix: 'JavaScript has no operators for tensors: use add(), mul(), lt() …',
    });
  }
}

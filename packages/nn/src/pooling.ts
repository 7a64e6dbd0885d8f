import {
  type AvgPoolOptions,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  type MaxPoolOptions,
  maxPool1dWithIndices,
  maxPool2dWithIndices,
  maxPool3dWithIndices,
  type Optional,
  optional,
  type PerDim,
  perDim,
  type Tensor,
  type ValuesAndIndices,
} from '@retrograd/core';
import { Module } from './module.ts';
import { extra } from './repr.ts';
import type { Window, Windowed } from './window.ts';

type MaxPoolFunction = (x: Tensor, kernelSize: PerDim, options: MaxPoolOptions) => ValuesAndIndices;
type AvgPoolFunction = (x: Tensor, kernelSize: PerDim, options: AvgPoolOptions) => Tensor;

/** With `returnIndices`, a layer gives `{ values, indices }`. */
export interface MaxPoolLayerOptions<Indices extends boolean> extends MaxPoolOptions {
  /** Give the positions, too. Default false. */
  returnIndices?: Indices;
}

/** What a layer of maxima gives: with the positions, or without. */
export type Maxima<Indices extends boolean> = Indices extends true ? ValuesAndIndices : Tensor;

const maxOrder = ['stride', 'padding', 'dilation', 'returnIndices', 'ceilMode'] as const;
const averageOrder = ['stride', 'padding', 'ceilMode', 'countIncludePad', 'divisorOverride'] as const;
type MaxPoolRest<I extends boolean> = Optional<MaxPoolLayerOptions<I>, typeof maxOrder>;
type AvgPoolRest = Optional<AvgPoolOptions, typeof averageOrder>;

abstract class MaxPool<I extends boolean> extends Module implements Windowed {
  readonly #pool: MaxPoolFunction;
  readonly #dims: number;
  readonly kernelSize: PerDim;
  readonly stride: PerDim;
  readonly padding: PerDim;
  readonly dilation: PerDim;
  readonly returnIndices: boolean;
  readonly ceilMode: boolean;

  constructor(pool: MaxPoolFunction, dims: number, kernelSize: PerDim, rest: MaxPoolRest<I>) {
    super();
    const options = optional<MaxPoolLayerOptions<I>>(new.target.name, rest, maxOrder);
    this.#pool = pool;
    this.#dims = dims;
    this.kernelSize = kernelSize;
    this.stride = options.stride ?? kernelSize;
    this.padding = options.padding ?? 0;
    this.dilation = options.dilation ?? 1;
    this.returnIndices = options.returnIndices ?? false;
    this.ceilMode = options.ceilMode ?? false;
    perDim(new.target.name, 'kernelSize', kernelSize, dims, 1);
  }

  override forward(x: Tensor): Maxima<I> {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    const found = this.#pool(x, kernelSize, { stride, padding, dilation, ceilMode });
    return (this.returnIndices ? found : found.values) as Maxima<I>;
  }

  get window(): Window {
    return windowOf(this.#dims, this.kernelSize, this.stride, this.dilation);
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    return extra([], { kernelSize, stride, padding, dilation, ceilMode });
  }
}

abstract class AvgPool extends Module implements Windowed {
  readonly #pool: AvgPoolFunction;
  readonly #dims: number;
  readonly kernelSize: PerDim;
  readonly stride: PerDim;
  readonly padding: PerDim;
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;
  readonly divisorOverride: number | null;

  constructor(pool: AvgPoolFunction, dims: number, kernelSize: PerDim, rest: AvgPoolRest) {
    super();
    const options = optional<AvgPoolOptions>(new.target.name, rest, averageOrder);
    this.#pool = pool;
    this.#dims = dims;
    this.kernelSize = kernelSize;
    this.stride = options.stride ?? kernelSize;
    this.padding = options.padding ?? 0;
    this.ceilMode = options.ceilMode ?? false;
    this.countIncludePad = options.countIncludePad ?? true;
    this.divisorOverride = options.divisorOverride ?? null;
    perDim(new.target.name, 'kernelSize', kernelSize, dims, 1);
  }

  override forward(x: Tensor): Tensor {
    const { kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride } = this;
    return this.#pool(x, kernelSize, { stride, padding, ceilMode, countIncludePad, divisorOverride });
  }

  get window(): Window {
    return windowOf(this.#dims, this.kernelSize, this.stride, 1);
  }

  override extraRepr(): string {
    // PyTorch prints the arguments of the 1-d layer alone as tuples.
    const shown = (value: PerDim) => (this.#dims === 1 ? [value].flat() : value);
    const { kernelSize, stride, padding } = this;
    return extra([], { kernelSize: shown(kernelSize), stride: shown(stride), padding: shown(padding) });
  }
}

function windowOf(dims: number, kernelSize: PerDim, step: PerDim, spread: PerDim): Window {
  return {
    kernel: perDim('window', 'kernelSize', kernelSize, dims, 1),
    stride: perDim('window', 'stride', step, dims, 1),
    dilation: perDim('window', 'dilation', spread, dims, 1),
  };
}

/** Largest elements of windows, `(N, C, L) → (N, C, L')`. @see MaxPool2d */
export class MaxPool1d<Indices extends boolean = false> extends MaxPool<Indices> {
  constructor(kernelSize: PerDim, ...rest: MaxPoolRest<Indices>) {
    super(maxPool1dWithIndices, 1, kernelSize, rest);
  }
}

/**
 * Largest elements of windows, `(N, C, H, W) → (N, C, H', W')`. `stride` defaults to the kernel size.
 *
 * @example
 * ```ts
 * new nn.MaxPool2d(2);
 * new nn.MaxPool2d(3, { stride: 2, padding: 1 }); // or, as in PyTorch, MaxPool2d(3, 2, 1)
 * const { values, indices } = new nn.MaxPool2d(2, { returnIndices: true }).forward(x);
 * ```
 */
export class MaxPool2d<Indices extends boolean = false> extends MaxPool<Indices> {
  constructor(kernelSize: PerDim, ...rest: MaxPoolRest<Indices>) {
    super(maxPool2dWithIndices, 2, kernelSize, rest);
  }
}

/** Largest elements of windows, `(N, C, D, H, W) → (N, C, D', H', W')`. @see MaxPool2d */
export class MaxPool3d<Indices extends boolean = false> extends MaxPool<Indices> {
  constructor(kernelSize: PerDim, ...rest: MaxPoolRest<Indices>) {
    super(maxPool3dWithIndices, 3, kernelSize, rest);
  }
}

/** Means of windows, `(N, C, L) → (N, C, L')`. @see MaxPool2d */
export class AvgPool1d extends AvgPool {
  constructor(kernelSize: PerDim, ...rest: AvgPoolRest) {
    super(avgPool1d, 1, kernelSize, rest);
  }
}

/** Means of windows, `(N, C, H, W) → (N, C, H', W')`. @see MaxPool2d */
export class AvgPool2d extends AvgPool {
  constructor(kernelSize: PerDim, ...rest: AvgPoolRest) {
    super(avgPool2d, 2, kernelSize, rest);
  }
}

/** Means of windows, `(N, C, D, H, W) → (N, C, D', H', W')`. @see MaxPool2d */
export class AvgPool3d extends AvgPool {
  constructor(kernelSize: PerDim, ...rest: AvgPoolRest) {
    super(avgPool3d, 3, kernelSize, rest);
  }
}

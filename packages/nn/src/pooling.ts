import {
  type AvgPoolOptions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  type Optional,
  optional,
  type PerDim,
  perDim,
  type Tensor,
} from '@retrograd/core';
import { Module } from './module.ts';
import { extra } from './repr.ts';
import type { Window, Windowed } from './window.ts';

type MaxPoolFunction = (x: Tensor, kernelSize: PerDim, options: MaxPoolOptions) => Tensor;
type AvgPoolFunction = (x: Tensor, kernelSize: PerDim, options: AvgPoolOptions) => Tensor;
type OutputSize = number | null | readonly (number | null)[];
type AdaptiveFunction = (x: Tensor, outputSize: OutputSize) => Tensor;

const maxOrder = ['stride', 'padding', 'dilation'] as const;
const averageOrder = ['stride', 'padding', 'ceilMode', 'countIncludePad', 'divisorOverride'] as const;
type MaxPoolRest = Optional<MaxPoolOptions, typeof maxOrder>;
type AvgPoolRest = Optional<AvgPoolOptions, typeof averageOrder>;

abstract class MaxPool extends Module implements Windowed {
  readonly #pool: MaxPoolFunction;
  readonly #dims: number;
  readonly kernelSize: PerDim;
  readonly stride: PerDim;
  readonly padding: PerDim;
  readonly dilation: PerDim;
  readonly ceilMode: boolean;

  constructor(pool: MaxPoolFunction, dims: number, kernelSize: PerDim, rest: MaxPoolRest) {
    super();
    const options = optional<MaxPoolOptions>(new.target.name, rest, maxOrder, ['ceilMode']);
    this.#pool = pool;
    this.#dims = dims;
    this.kernelSize = kernelSize;
    this.stride = options.stride ?? kernelSize;
    this.padding = options.padding ?? 0;
    this.dilation = options.dilation ?? 1;
    this.ceilMode = options.ceilMode ?? false;
    perDim(new.target.name, 'kernelSize', kernelSize, dims, 1);
  }

  override forward(x: Tensor): Tensor {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    return this.#pool(x, kernelSize, { stride, padding, dilation, ceilMode });
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

abstract class AdaptiveAvgPool extends Module {
  readonly #pool: AdaptiveFunction;
  readonly outputSize: OutputSize;

  constructor(pool: AdaptiveFunction, outputSize: OutputSize) {
    super();
    this.#pool = pool;
    this.outputSize = outputSize;
  }

  override forward(x: Tensor): Tensor {
    return this.#pool(x, this.outputSize);
  }

  override extraRepr(): string {
    return extra([], { outputSize: this.outputSize });
  }
}

/** Largest elements of windows, `(N, C, L) → (N, C, L')`. @see MaxPool2d */
export class MaxPool1d extends MaxPool {
  constructor(kernelSize: PerDim, ...rest: MaxPoolRest) {
    super(maxPool1d, 1, kernelSize, rest);
  }
}

/**
 * Largest elements of windows, `(N, C, H, W) → (N, C, H', W')`. `stride` defaults to the kernel size.
 *
 * @example
 * ```ts
 * new nn.MaxPool2d(2);
 * new nn.MaxPool2d(3, { stride: 2, padding: 1 }); // or, as in PyTorch, MaxPool2d(3, 2, 1)
 * ```
 */
export class MaxPool2d extends MaxPool {
  constructor(kernelSize: PerDim, ...rest: MaxPoolRest) {
    super(maxPool2d, 2, kernelSize, rest);
  }
}

/** Largest elements of windows, `(N, C, D, H, W) → (N, C, D', H', W')`. @see MaxPool2d */
export class MaxPool3d extends MaxPool {
  constructor(kernelSize: PerDim, ...rest: MaxPoolRest) {
    super(maxPool3d, 3, kernelSize, rest);
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

/** Means of as many windows as wanted, `(N, C, L) → (N, C, T)`. */
export class AdaptiveAvgPool1d extends AdaptiveAvgPool {
  constructor(outputSize: OutputSize) {
    super(adaptiveAvgPool1d, outputSize);
  }
}

/** Means of as many windows as wanted, `(N, C, H, W) → (N, C, tH, tW)`; `null` keeps a size. */
export class AdaptiveAvgPool2d extends AdaptiveAvgPool {
  constructor(outputSize: OutputSize) {
    super(adaptiveAvgPool2d, outputSize);
  }
}

/** Means of as many windows as wanted, `(N, C, D, H, W) → (N, C, tD, tH, tW)`. */
export class AdaptiveAvgPool3d extends AdaptiveAvgPool {
  constructor(outputSize: OutputSize) {
    super(adaptiveAvgPool3d, outputSize);
  }
}

import {
  type AdaptiveSize,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
  type FractionalMaxPoolOptions,
  fractionalMaxPool2d,
  fractionalMaxPool3d,
  type Optional,
  optional,
  type PerDim,
  type ReturnIndicesOptions,
  type Tensor,
  type ValuesAndIndices,
} from '@retrograd/core';
import { Module } from './module.ts';
import type { Maxima } from './pooling.ts';
import { extra } from './repr.ts';

// Layers that are told how many windows there are to be, and not how large.

abstract class AdaptivePool extends Module {
  readonly outputSize: AdaptiveSize;

  constructor(outputSize: AdaptiveSize) {
    super();
    this.outputSize = outputSize;
  }

  override extraRepr(): string {
    return extra([], { outputSize: this.outputSize });
  }
}

/** Means of as many windows as wanted, `(N, C, L) → (N, C, T)`. */
export class AdaptiveAvgPool1d extends AdaptivePool {
  override forward(x: Tensor): Tensor {
    return adaptiveAvgPool1d(x, this.outputSize);
  }
}

/** Means of as many windows as wanted, `(N, C, H, W) → (N, C, tH, tW)`; `null` keeps a size. */
export class AdaptiveAvgPool2d extends AdaptivePool {
  override forward(x: Tensor): Tensor {
    return adaptiveAvgPool2d(x, this.outputSize);
  }
}

/** Means of as many windows as wanted, `(N, C, D, H, W) → (N, C, tD, tH, tW)`. */
export class AdaptiveAvgPool3d extends AdaptivePool {
  override forward(x: Tensor): Tensor {
    return adaptiveAvgPool3d(x, this.outputSize);
  }
}

type WithIndices = (x: Tensor, outputSize: AdaptiveSize, returnIndices: true) => ValuesAndIndices;
type AdaptiveMaxOptions<Indices extends boolean> = Omit<ReturnIndicesOptions, 'returnIndices'> & {
  /** Give the positions, too. Default false. */
  returnIndices?: Indices;
};
const maxOrder = ['returnIndices'] as const;
type AdaptiveMaxRest<I extends boolean> = Optional<AdaptiveMaxOptions<I>, typeof maxOrder>;

abstract class AdaptiveMaxPool<I extends boolean> extends AdaptivePool {
  readonly #pool: WithIndices;
  readonly returnIndices: boolean;

  constructor(pool: WithIndices, outputSize: AdaptiveSize, rest: AdaptiveMaxRest<I>) {
    super(outputSize);
    this.#pool = pool;
    const { returnIndices = false } = optional<AdaptiveMaxOptions<I>>(new.target.name, rest, maxOrder);
    this.returnIndices = returnIndices;
  }

  override forward(x: Tensor): Maxima<I> {
    const found = this.#pool(x, this.outputSize, true);
    return (this.returnIndices ? found : found.values) as Maxima<I>;
  }
}

/** The largest elements of as many windows as wanted, `(N, C, L) → (N, C, T)`. @see AdaptiveMaxPool2d */
export class AdaptiveMaxPool1d<Indices extends boolean = false> extends AdaptiveMaxPool<Indices> {
  constructor(outputSize: AdaptiveSize, ...rest: AdaptiveMaxRest<Indices>) {
    super(adaptiveMaxPool1d, outputSize, rest);
  }
}

/**
 * The largest elements of as many windows as wanted, `(N, C, H, W) → (N, C, tH, tW)`; `null` keeps a size. With
 * `returnIndices` it gives `{ values, indices }`.
 */
export class AdaptiveMaxPool2d<Indices extends boolean = false> extends AdaptiveMaxPool<Indices> {
  constructor(outputSize: AdaptiveSize, ...rest: AdaptiveMaxRest<Indices>) {
    super(adaptiveMaxPool2d, outputSize, rest);
  }
}

/** The largest elements of as many windows as wanted, `(N, C, D, H, W) → (N, C, tD, tH, tW)`. @see AdaptiveMaxPool2d */
export class AdaptiveMaxPool3d<Indices extends boolean = false> extends AdaptiveMaxPool<Indices> {
  constructor(outputSize: AdaptiveSize, ...rest: AdaptiveMaxRest<Indices>) {
    super(adaptiveMaxPool3d, outputSize, rest);
  }
}

type FractionalFunction = (
  x: Tensor,
  kernelSize: PerDim,
  options: FractionalMaxPoolOptions & { returnIndices: true },
) => ValuesAndIndices;
type FractionalOptions<Indices extends boolean> = Omit<FractionalMaxPoolOptions, 'returnIndices'> & {
  /** Give the positions, too. Default false. */
  returnIndices?: Indices;
};
const fractionalOrder = ['outputSize', 'outputRatio', 'returnIndices', 'randomSamples'] as const;
type FractionalRest<I extends boolean> = Optional<FractionalOptions<I>, typeof fractionalOrder>;

abstract class FractionalMaxPool<I extends boolean> extends Module {
  readonly #pool: FractionalFunction;
  readonly #options: FractionalOptions<I>;
  readonly kernelSize: PerDim;
  readonly returnIndices: boolean;

  constructor(pool: FractionalFunction, kernelSize: PerDim, rest: FractionalRest<I>) {
    super();
    this.#pool = pool;
    this.#options = optional<FractionalOptions<I>>(new.target.name, rest, fractionalOrder, ['generator']);
    this.kernelSize = kernelSize;
    this.returnIndices = this.#options.returnIndices ?? false;
  }

  override forward(x: Tensor): Maxima<I> {
    const found = this.#pool(x, this.kernelSize, { ...this.#options, returnIndices: true });
    return (this.returnIndices ? found : found.values) as Maxima<I>;
  }
}

/**
 * The largest elements of windows whose distances are drawn anew in each forward (Graham, 2014):
 * `new nn.FractionalMaxPool2d(3, { outputRatio: 0.5 })`.
 */
export class FractionalMaxPool2d<Indices extends boolean = false> extends FractionalMaxPool<Indices> {
  constructor(kernelSize: PerDim, ...rest: FractionalRest<Indices>) {
    super(fractionalMaxPool2d, kernelSize, rest);
  }
}

/** The same for volumes `(N, C, D, H, W)`. @see FractionalMaxPool2d */
export class FractionalMaxPool3d<Indices extends boolean = false> extends FractionalMaxPool<Indices> {
  constructor(kernelSize: PerDim, ...rest: FractionalRest<Indices>) {
    super(fractionalMaxPool3d, kernelSize, rest);
  }
}

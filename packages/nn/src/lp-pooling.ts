import { optional, type PerDim, perDim, type Tensor } from '@retrograd/core';
import {
  type LPPoolOptions,
  type LPPoolRest,
  lpOrder,
  lpPool1d,
  lpPool2d,
  lpPool3d,
} from './functional/pooling.ts';
import { Module } from './module.ts';
import { extra } from './repr.ts';
import type { Window, Windowed } from './window.ts';

type LPPoolFunction = (x: Tensor, normType: number, kernelSize: PerDim, options: LPPoolOptions) => Tensor;

abstract class LPPool extends Module implements Windowed {
  readonly #pool: LPPoolFunction;
  readonly #dims: number;
  readonly normType: number;
  readonly kernelSize: PerDim;
  readonly stride: PerDim | null;
  readonly ceilMode: boolean;

  constructor(pool: LPPoolFunction, dims: number, normType: number, kernelSize: PerDim, rest: LPPoolRest) {
    super();
    const { stride = null, ceilMode = false } = optional<LPPoolOptions>(new.target.name, rest, lpOrder);
    this.#pool = pool;
    this.#dims = dims;
    this.normType = normType;
    this.kernelSize = kernelSize;
    this.stride = stride;
    this.ceilMode = ceilMode;
    perDim(new.target.name, 'kernelSize', kernelSize, dims, 1);
  }

  override forward(x: Tensor): Tensor {
    const { normType, kernelSize, stride, ceilMode } = this;
    return this.#pool(x, normType, kernelSize, { stride, ceilMode });
  }

  get window(): Window {
    const each = (value: PerDim) => perDim('window', 'kernelSize', value, this.#dims, 1);
    return { kernel: each(this.kernelSize), stride: each(this.stride ?? this.kernelSize), dilation: each(1) };
  }

  override extraRepr(): string {
    const { normType, kernelSize, stride, ceilMode } = this;
    return extra([], { normType, kernelSize, stride, ceilMode });
  }
}

/** The p-norms (Σ xᵖ)^(1/p) of windows, `(N, C, L) → (N, C, L')`: `new nn.LPPool1d(2, 3)`. */
export class LPPool1d extends LPPool {
  constructor(normType: number, kernelSize: PerDim, ...rest: LPPoolRest) {
    super(lpPool1d, 1, normType, kernelSize, rest);
  }
}

/** The p-norms (Σ xᵖ)^(1/p) of windows, `(N, C, H, W) → (N, C, H', W')`. */
export class LPPool2d extends LPPool {
  constructor(normType: number, kernelSize: PerDim, ...rest: LPPoolRest) {
    super(lpPool2d, 2, normType, kernelSize, rest);
  }
}

/** The p-norms (Σ xᵖ)^(1/p) of windows, `(N, C, D, H, W) → (N, C, D', H', W')`. */
export class LPPool3d extends LPPool {
  constructor(normType: number, kernelSize: PerDim, ...rest: LPPoolRest) {
    super(lpPool3d, 3, normType, kernelSize, rest);
  }
}

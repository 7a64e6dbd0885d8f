import { flatten, type Optional, optional, type Shape, type Tensor, unflatten } from '@retrograd/core';
import { Module } from './module.ts';
import { extra } from './repr.ts';

/** The input itself. */
export class Identity extends Module {
  override forward(x: Tensor): Tensor {
    return x;
  }
}

export interface FlattenOptions {
  /** The first dim to flatten. Default 1, which keeps the batch. */
  startDim?: number;
  /** The last dim to flatten. Default −1. */
  endDim?: number;
}

const flattenOrder = ['startDim', 'endDim'] as const;

/** Some dims as one: `(N, C, H, W) → (N, C·H·W)`. */
export class Flatten extends Module {
  readonly startDim: number;
  readonly endDim: number;

  constructor(...rest: Optional<FlattenOptions, typeof flattenOrder>) {
    super();
    const options = optional<FlattenOptions>('Flatten', rest, flattenOrder);
    this.startDim = options.startDim ?? 1;
    this.endDim = options.endDim ?? -1;
  }

  override forward(x: Tensor): Tensor {
    return flatten(x, this.startDim, this.endDim);
  }

  override extraRepr(): string {
    return extra([], { startDim: this.startDim, endDim: this.endDim });
  }
}

/** One dim as several: `(N, C·H·W) → (N, C, H, W)` for `new nn.Unflatten(1, [C, H, W])`. */
export class Unflatten extends Module {
  readonly dim: number;
  readonly unflattenedSize: Shape;

  constructor(dim: number, unflattenedSize: Shape) {
    super();
    this.dim = dim;
    this.unflattenedSize = unflattenedSize;
  }

  override forward(x: Tensor): Tensor {
    return unflatten(x, this.dim, this.unflattenedSize);
  }

  override extraRepr(): string {
    return extra([], { dim: this.dim, unflattenedSize: this.unflattenedSize });
  }
}

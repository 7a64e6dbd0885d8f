import {
  fold,
  type Optional,
  optional,
  type PerDim,
  type Tensor,
  unfold,
  type WindowOptions,
} from '@retrograd/core';
import { Module } from './module.ts';
import { extra } from './repr.ts';

const order = ['dilation', 'padding', 'stride'] as const;
type Rest = Optional<WindowOptions, typeof order>;

/** What `Unfold` and `Fold`, its transpose, have in common. */
abstract class Folding extends Module {
  readonly kernelSize: PerDim;
  readonly dilation: PerDim;
  readonly padding: PerDim;
  readonly stride: PerDim;

  constructor(kernelSize: PerDim, rest: Rest) {
    super();
    const options = optional<WindowOptions>(new.target.name, rest, order);
    this.kernelSize = kernelSize;
    this.dilation = options.dilation ?? 1;
    this.padding = options.padding ?? 0;
    this.stride = options.stride ?? 1;
  }

  protected get windows() {
    const { dilation, padding, stride } = this;
    return { dilation, padding, stride };
  }
}

/** The windows of images as columns: `(N, C, H, W) → (N, C·kH·kW, L)`. @see unfold */
export class Unfold extends Folding {
  constructor(kernelSize: PerDim, ...rest: Rest) {
    super(kernelSize, rest);
  }

  override forward(x: Tensor): Tensor {
    return unfold(x, this.kernelSize, this.windows);
  }

  override extraRepr(): string {
    return extra([], { kernelSize: this.kernelSize, ...this.windows });
  }
}

/** Columns added up where they came from: `(N, C·kH·kW, L) → (N, C, ...outputSize)`. @see fold */
export class Fold extends Folding {
  readonly outputSize: PerDim;

  constructor(outputSize: PerDim, kernelSize: PerDim, ...rest: Rest) {
    super(kernelSize, rest);
    this.outputSize = outputSize;
  }

  override forward(x: Tensor): Tensor {
    return fold(x, this.outputSize, this.kernelSize, this.windows);
  }

  override extraRepr(): string {
    const { outputSize, kernelSize, windows } = this;
    return extra([], { outputSize, kernelSize, ...windows });
  }
}

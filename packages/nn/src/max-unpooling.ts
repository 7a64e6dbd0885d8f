import { type Optional, optional, type PerDim, perDim, type Shape, type Tensor } from '@retrograd/core';
import { type MaxUnpoolOptions, maxUnpool1d, maxUnpool2d, maxUnpool3d } from './functional/pooling.ts';
import { Module } from './module.ts';
import { extra } from './repr.ts';

type UnpoolFunction = (x: Tensor, indices: Tensor, kernelSize: PerDim, options: MaxUnpoolOptions) => Tensor;
const unpoolOrder = ['stride', 'padding'] as const;
type UnpoolRest = Optional<Omit<MaxUnpoolOptions, 'outputSize'>, typeof unpoolOrder>;

abstract class MaxUnpool extends Module {
  readonly #unpool: UnpoolFunction;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];

  constructor(unpool: UnpoolFunction, dims: number, kernelSize: PerDim, rest: UnpoolRest) {
    super();
    const op = new.target.name;
    const { stride = null, padding = 0 } = optional<Omit<MaxUnpoolOptions, 'outputSize'>>(
      op,
      rest,
      unpoolOrder,
    );
    this.#unpool = unpool;
    this.kernelSize = perDim(op, 'kernelSize', kernelSize, dims, 1);
    this.stride = perDim(op, 'stride', stride ?? kernelSize, dims, 1);
    this.padding = perDim(op, 'padding', padding, dims, 0);
  }

  override forward(x: Tensor, indices: Tensor, outputSize: Shape | null = null): Tensor {
    const { kernelSize, stride, padding } = this;
    return this.#unpool(x, indices, kernelSize, { stride, padding, outputSize });
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding } = this;
    return extra([], { kernelSize, stride, padding });
  }
}

/** Undoes `MaxPool1d`, but that all elements which were no maximum are 0. @see MaxUnpool2d */
export class MaxUnpool1d extends MaxUnpool {
  constructor(kernelSize: PerDim, ...rest: UnpoolRest) {
    super(maxUnpool1d, 1, kernelSize, rest);
  }
}

/**
 * Undoes `MaxPool2d`, but that all elements which were no maximum are 0, `(N, C, H, W) → (N, C, H', W')`. Of the output
 * sizes that a stride allows, a third argument of `forward` chooses.
 *
 * @example
 * ```ts
 * const { values, indices } = new nn.MaxPool2d(2, { returnIndices: true }).forward(x);
 * new nn.MaxUnpool2d(2).forward(values, indices, x.shape);
 * ```
 */
export class MaxUnpool2d extends MaxUnpool {
  constructor(kernelSize: PerDim, ...rest: UnpoolRest) {
    super(maxUnpool2d, 2, kernelSize, rest);
  }
}

/** Undoes `MaxPool3d`. @see MaxUnpool2d */
export class MaxUnpool3d extends MaxUnpool {
  constructor(kernelSize: PerDim, ...rest: UnpoolRest) {
    super(maxUnpool3d, 3, kernelSize, rest);
  }
}

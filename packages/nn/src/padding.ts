import { type PerDim, perDim, type Tensor } from '@retrograd/core';
import { type PadMode, pad } from './functional/pad.ts';
import { Module } from './module.ts';
import { extra } from './repr.ts';

/** Layers that add elements around the last dims; they differ in what they add, and to how many dims. */
abstract class Padding extends Module {
  readonly #mode: PadMode;
  readonly #value: number;
  /** `[left, right, top, bottom, …]`, the last dim first; negative numbers crop. */
  readonly padding: readonly number[];

  constructor(mode: PadMode, dims: number, padding: PerDim, value = 0) {
    super();
    this.#mode = mode;
    this.#value = value;
    this.padding = perDim(new.target.name, 'padding', padding, 2 * dims, Number.NEGATIVE_INFINITY);
  }

  override forward(x: Tensor): Tensor {
    return pad(x, this.padding, this.#mode, this.#value);
  }

  override extraRepr(): string {
    return extra([this.padding]);
  }
}

/** The layers that say which value they add. */
abstract class ConstantPad extends Padding {
  readonly value: number;

  constructor(dims: number, padding: PerDim, value: number) {
    super('constant', dims, padding, value);
    this.value = value;
  }

  override extraRepr(): string {
    return extra([], { padding: this.padding, value: this.value });
  }
}

/** A constant around `(N, C, L)`: `new nn.ConstantPad1d([left, right], value)`, or one number for all sides. */
export class ConstantPad1d extends ConstantPad {
  constructor(padding: PerDim, value: number) {
    super(1, padding, value);
  }
}

/** A constant around `(N, C, H, W)`: `new nn.ConstantPad2d([left, right, top, bottom], value)`, or one number for all sides. */
export class ConstantPad2d extends ConstantPad {
  constructor(padding: PerDim, value: number) {
    super(2, padding, value);
  }
}

/** A constant around `(N, C, D, H, W)`: `new nn.ConstantPad3d([left, right, top, bottom, front, back], value)`, or one number for all sides. */
export class ConstantPad3d extends ConstantPad {
  constructor(padding: PerDim, value: number) {
    super(3, padding, value);
  }
}

/** Zeros around `(N, C, L)`: `new nn.ZeroPad1d([left, right])`, or one number for all sides. */
export class ZeroPad1d extends Padding {
  constructor(padding: PerDim) {
    super('constant', 1, padding);
  }
}

/** Zeros around `(N, C, H, W)`: `new nn.ZeroPad2d([left, right, top, bottom])`, or one number for all sides. */
export class ZeroPad2d extends Padding {
  constructor(padding: PerDim) {
    super('constant', 2, padding);
  }
}

/** Zeros around `(N, C, D, H, W)`: `new nn.ZeroPad3d([left, right, top, bottom, front, back])`, or one number for all sides. */
export class ZeroPad3d extends Padding {
  constructor(padding: PerDim) {
    super('constant', 3, padding);
  }
}

/** What lies behind the elements at the edge around `(N, C, L)`: `new nn.ReflectionPad1d([left, right])`, or one number for all sides. */
export class ReflectionPad1d extends Padding {
  constructor(padding: PerDim) {
    super('reflect', 1, padding);
  }
}

/** What lies behind the elements at the edge around `(N, C, H, W)`: `new nn.ReflectionPad2d([left, right, top, bottom])`, or one number for all sides. */
export class ReflectionPad2d extends Padding {
  constructor(padding: PerDim) {
    super('reflect', 2, padding);
  }
}

/** What lies behind the elements at the edge around `(N, C, D, H, W)`: `new nn.ReflectionPad3d([left, right, top, bottom, front, back])`, or one number for all sides. */
export class ReflectionPad3d extends Padding {
  constructor(padding: PerDim) {
    super('reflect', 3, padding);
  }
}

/** The elements at the edge around `(N, C, L)`: `new nn.ReplicationPad1d([left, right])`, or one number for all sides. */
export class ReplicationPad1d extends Padding {
  constructor(padding: PerDim) {
    super('replicate', 1, padding);
  }
}

/** The elements at the edge around `(N, C, H, W)`: `new nn.ReplicationPad2d([left, right, top, bottom])`, or one number for all sides. */
export class ReplicationPad2d extends Padding {
  constructor(padding: PerDim) {
    super('replicate', 2, padding);
  }
}

/** The elements at the edge around `(N, C, D, H, W)`: `new nn.ReplicationPad3d([left, right, top, bottom, front, back])`, or one number for all sides. */
export class ReplicationPad3d extends Padding {
  constructor(padding: PerDim) {
    super('replicate', 3, padding);
  }
}

/** What lies at the other end around `(N, C, L)`: `new nn.CircularPad1d([left, right])`, or one number for all sides. */
export class CircularPad1d extends Padding {
  constructor(padding: PerDim) {
    super('circular', 1, padding);
  }
}

/** What lies at the other end around `(N, C, H, W)`: `new nn.CircularPad2d([left, right, top, bottom])`, or one number for all sides. */
export class CircularPad2d extends Padding {
  constructor(padding: PerDim) {
    super('circular', 2, padding);
  }
}

/** What lies at the other end around `(N, C, D, H, W)`: `new nn.CircularPad3d([left, right, top, bottom, front, back])`, or one number for all sides. */
export class CircularPad3d extends Padding {
  constructor(padding: PerDim) {
    super('circular', 3, padding);
  }
}

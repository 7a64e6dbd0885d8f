import {
  logSoftmax,
  type Optional,
  optional,
  ShapeError,
  showShape,
  softmax,
  type Tensor,
} from '@retrograd/core';
import { type GluOptions, glu, gluOrder, softmin } from '../functional/activation/along-dim.ts';
import { Module } from '../module.ts';
import { extra } from '../repr.ts';

abstract class AlongDim extends Module {
  readonly dim: number;

  constructor(dim: number) {
    super();
    this.dim = dim;
  }

  override extraRepr(): string {
    return extra([], { dim: this.dim });
  }
}

/** eˣ / Σ eˣ along a dim. */
export class Softmax extends AlongDim {
  override forward(x: Tensor): Tensor {
    return softmax(x, this.dim);
  }
}

/** The logarithm of softmax along a dim. */
export class LogSoftmax extends AlongDim {
  override forward(x: Tensor): Tensor {
    return logSoftmax(x, this.dim);
  }
}

/** e⁻ˣ / Σ e⁻ˣ along a dim. */
export class Softmin extends AlongDim {
  override forward(x: Tensor): Tensor {
    return softmin(x, this.dim);
  }
}

/** Softmax over the channels at each place of an image, `(N, C, H, W)` or `(C, H, W)`. */
export class Softmax2d extends Module {
  override forward(x: Tensor): Tensor {
    if (x.ndim === 3 || x.ndim === 4) return softmax(x, -3);
    throw new ShapeError({
      op: 'Softmax2d',
      got: `shape ${showShape(x.shape)}`,
      want: '(N, C, H, W) or (C, H, W)',
    });
  }
}

/** a · σ(b), a and b being the halves of x along a dim (default −1). */
export class GLU extends Module {
  readonly dim: number;

  constructor(...rest: Optional<GluOptions, typeof gluOrder>) {
    super();
    this.dim = optional<GluOptions>('GLU', rest, gluOrder).dim ?? -1;
  }

  override forward(x: Tensor): Tensor {
    return glu(x, this.dim);
  }

  override extraRepr(): string {
    return extra([], { dim: this.dim });
  }
}

import { type Optional, optional, type Tensor } from '@retrograd/core';
import { checkProbability, dropout, dropout2d } from './functional/dropout.ts';
import { Module } from './module.ts';
import { extra } from './repr.ts';

export interface DropoutOptions {
  /** The probability with which an element is dropped. Default 0.5. */
  p?: number;
}

const order = ['p'] as const;

abstract class DropoutBase extends Module {
  readonly p: number;

  /** `new nn.Dropout(0.25)` or `new nn.Dropout({ p: 0.25 })`. */
  constructor(...rest: Optional<DropoutOptions, typeof order>) {
    super();
    const { p = 0.5 } = optional<DropoutOptions>(new.target.name, rest, order);
    this.p = checkProbability(new.target.name, p);
  }

  override extraRepr(): string {
    return extra([], { p: this.p, inplace: false });
  }
}

/** In training, makes elements 0 with probability `p` and the others 1/(1 − p) times larger. Nothing in evaluation. */
export class Dropout extends DropoutBase {
  override forward(x: Tensor): Tensor {
    return dropout(x, { p: this.p, training: this.training });
  }
}

/** In training, drops whole channels of `(N, C, H, W)`. @see Dropout */
export class Dropout2d extends DropoutBase {
  override forward(x: Tensor): Tensor {
    return dropout2d(x, { p: this.p, training: this.training });
  }
}

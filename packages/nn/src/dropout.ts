import { type Optional, optional, type Tensor } from '@retrograd/core';
import {
  alphaDropout,
  checkProbability,
  type DropoutFunctionOptions,
  dropout,
  dropout1d,
  dropout2d,
  dropout3d,
  featureAlphaDropout,
} from './functional/dropout.ts';
import { Module } from './module.ts';
import { extra } from './repr.ts';

export interface DropoutOptions {
  /** The probability with which an element is dropped. Default 0.5. */
  p?: number;
}

const order = ['p'] as const;

type Drop = (x: Tensor, options: DropoutFunctionOptions) => Tensor;

abstract class DropoutBase extends Module {
  readonly p: number;

  /** `new nn.Dropout(0.25)` or `new nn.Dropout({ p: 0.25 })`. */
  constructor(...rest: Optional<DropoutOptions, typeof order>) {
    super();
    const { p = 0.5 } = optional<DropoutOptions>(new.target.name, rest, order);
    this.p = checkProbability(new.target.name, p);
  }

  protected abstract get drop(): Drop;

  override forward(x: Tensor): Tensor {
    return this.drop(x, { p: this.p, training: this.training });
  }

  override extraRepr(): string {
    return extra([], { p: this.p, inplace: false });
  }
}

/** In training, makes elements 0 with probability `p` and the others 1/(1 − p) times larger. Nothing in evaluation. */
export class Dropout extends DropoutBase {
  protected get drop(): Drop {
    return dropout;
  }
}

/** In training, drops whole channels of `(N, C, L)` or `(C, L)`. @see Dropout */
export class Dropout1d extends DropoutBase {
  protected get drop(): Drop {
    return dropout1d;
  }
}

/** In training, drops whole channels of `(N, C, H, W)`. @see Dropout */
export class Dropout2d extends DropoutBase {
  protected get drop(): Drop {
    return dropout2d;
  }
}

/** In training, drops whole channels of `(N, C, D, H, W)` or `(C, D, H, W)`. @see Dropout */
export class Dropout3d extends DropoutBase {
  protected get drop(): Drop {
    return dropout3d;
  }
}

/** Dropout that keeps the mean and the variance of what a SELU gives. @see alphaDropout */
export class AlphaDropout extends DropoutBase {
  protected get drop(): Drop {
    return alphaDropout;
  }
}

/** The same for whole channels of `(N, C, …)`. @see AlphaDropout */
export class FeatureAlphaDropout extends DropoutBase {
  protected get drop(): Drop {
    return featureAlphaDropout;
  }
}

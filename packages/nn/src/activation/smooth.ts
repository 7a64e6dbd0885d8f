import { type Optional, optional, sigmoid, type Tensor, tanh } from '@retrograd/core';
import {
  celu,
  type EluOptions,
  elu,
  eluOrder,
  type GeluOptions,
  gelu,
  logsigmoid,
  mish,
  type SoftplusOptions,
  selu,
  silu,
  softplus,
  softplusOrder,
  softsign,
  tanhshrink,
} from '../functional/activation/smooth.ts';
import { Module } from '../module.ts';
import { extra, pythonFloat } from '../repr.ts';
import { InplaceActivation, withInplace } from './base.ts';

/** 1 / (1 + e⁻ˣ) */
export class Sigmoid extends Module {
  override forward(x: Tensor): Tensor {
    return sigmoid(x);
  }
}

/** Hyperbolic tangent. */
export class Tanh extends Module {
  override forward(x: Tensor): Tensor {
    return tanh(x);
  }
}

/** log σ(x) */
export class LogSigmoid extends Module {
  override forward(x: Tensor): Tensor {
    return logsigmoid(x);
  }
}

/** x / (1 + |x|) */
export class Softsign extends Module {
  override forward(x: Tensor): Tensor {
    return softsign(x);
  }
}

/** x − tanh(x) */
export class Tanhshrink extends Module {
  override forward(x: Tensor): Tensor {
    return tanhshrink(x);
  }
}

/** x · σ(x) */
export class SiLU extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return silu(x, this.inplace);
  }
}

/** x · tanh(softplus(x)) */
export class Mish extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return mish(x, this.inplace);
  }
}

/** An `ELU` that keeps mean 0 and variance 1 from layer to layer. */
export class SELU extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return selu(x, this.inplace);
  }
}

abstract class WithAlpha extends Module {
  readonly alpha: number;
  readonly inplace: boolean;

  /** `new nn.ELU(2)` or `new nn.ELU({ alpha: 2 })`. */
  constructor(...rest: Optional<EluOptions, typeof eluOrder>) {
    super();
    const { alpha = 1, inplace = false } = optional<EluOptions>(new.target.name, rest, eluOrder);
    this.alpha = alpha;
    this.inplace = inplace;
  }

  override extraRepr(): string {
    return withInplace(`alpha=${pythonFloat(this.alpha)}`, this);
  }
}

/** x above 0, alpha · (eˣ − 1) below. */
export class ELU extends WithAlpha {
  override forward(x: Tensor): Tensor {
    return elu(x, this.alpha, this.inplace);
  }
}

/** x above 0, alpha · (e^(x / alpha) − 1) below. */
export class CELU extends WithAlpha {
  override forward(x: Tensor): Tensor {
    return celu(x, this.alpha, this.inplace);
  }
}

/** x · Φ(x) */
export class GELU extends Module {
  readonly approximate: 'none' | 'tanh';

  /** `new nn.GELU('tanh')` or `new nn.GELU({ approximate: 'tanh' })`. */
  constructor(...rest: Optional<GeluOptions, ['approximate']>) {
    super();
    this.approximate = optional<GeluOptions>('GELU', rest, ['approximate']).approximate ?? 'none';
  }

  override forward(x: Tensor): Tensor {
    return gelu(x, { approximate: this.approximate });
  }

  override extraRepr(): string {
    return `approximate='${this.approximate}'`;
  }
}

/** log(1 + e^(beta · x)) / beta */
export class Softplus extends Module {
  readonly beta: number;
  readonly threshold: number;

  constructor(...rest: Optional<SoftplusOptions, typeof softplusOrder>) {
    super();
    const options = optional<SoftplusOptions>('Softplus', rest, softplusOrder);
    this.beta = options.beta ?? 1;
    this.threshold = options.threshold ?? 20;
  }

  override forward(x: Tensor): Tensor {
    return softplus(x, this.beta, this.threshold);
  }

  override extraRepr(): string {
    return extra([], { beta: this.beta, threshold: this.threshold });
  }
}

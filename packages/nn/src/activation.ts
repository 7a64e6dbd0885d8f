import {
  checkOptions,
  logSoftmax,
  type Optional,
  optional,
  relu,
  sigmoid,
  softmax,
  type Tensor,
  tanh,
} from '@retrograd/core';
import {
  type EluOptions,
  elu,
  eluOrder,
  type GeluOptions,
  gelu,
  type LeakyReluOptions,
  leakyRelu,
  leakyReluOrder,
  logSigmoid,
  type SoftplusOptions,
  silu,
  softplus,
  softplusOrder,
} from './functional/activation.ts';
import { Module } from './module.ts';
import { extra } from './repr.ts';

/** max(x, 0) */
export class ReLU extends Module {
  override forward(x: Tensor): Tensor {
    return relu(x);
  }
}

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

/** x · σ(x) */
export class SiLU extends Module {
  override forward(x: Tensor): Tensor {
    return silu(x);
  }
}

/** log σ(x) */
export class LogSigmoid extends Module {
  override forward(x: Tensor): Tensor {
    return logSigmoid(x);
  }
}

/** x above 0, `negativeSlope` · x below. */
export class LeakyReLU extends Module {
  readonly negativeSlope: number;

  constructor(...rest: Optional<LeakyReluOptions, typeof leakyReluOrder>) {
    super();
    const options = optional<LeakyReluOptions>('LeakyReLU', rest, leakyReluOrder);
    this.negativeSlope = options.negativeSlope ?? 0.01;
  }

  override forward(x: Tensor): Tensor {
    return leakyRelu(x, { negativeSlope: this.negativeSlope });
  }

  override extraRepr(): string {
    return extra([], { negativeSlope: this.negativeSlope });
  }
}

/** x above 0, alpha · (eˣ − 1) below. */
export class ELU extends Module {
  readonly alpha: number;

  constructor(...rest: Optional<EluOptions, typeof eluOrder>) {
    super();
    const options = optional<EluOptions>('ELU', rest, eluOrder);
    this.alpha = options.alpha ?? 1;
  }

  override forward(x: Tensor): Tensor {
    return elu(x, { alpha: this.alpha });
  }

  override extraRepr(): string {
    return `alpha=${Number.isInteger(this.alpha) ? this.alpha.toFixed(1) : this.alpha}`;
  }
}

/** x · Φ(x) */
export class GELU extends Module {
  readonly approximate: 'none' | 'tanh';

  constructor(options: GeluOptions = {}) {
    super();
    checkOptions('GELU', options, ['approximate']);
    this.approximate = options.approximate ?? 'none';
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
    return softplus(x, { beta: this.beta, threshold: this.threshold });
  }

  override extraRepr(): string {
    return extra([], { beta: this.beta, threshold: this.threshold });
  }
}

/** eˣ / Σ eˣ along a dim. */
export class Softmax extends Module {
  readonly dim: number;

  constructor(dim: number) {
    super();
    this.dim = dim;
  }

  override forward(x: Tensor): Tensor {
    return softmax(x, this.dim);
  }

  override extraRepr(): string {
    return extra([], { dim: this.dim });
  }
}

/** The logarithm of softmax along a dim. */
export class LogSoftmax extends Module {
  readonly dim: number;

  constructor(dim: number) {
    super();
    this.dim = dim;
  }

  override forward(x: Tensor): Tensor {
    return logSoftmax(x, this.dim);
  }

  override extraRepr(): string {
    return extra([], { dim: this.dim });
  }
}

import { full, type Optional, optional, type Tensor } from '@retrograd/core';
import { type InplaceOptions, inplaceOrder } from '../functional/activation/in-place.ts';
import {
  type HardtanhOptions,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  hardtanhOrder,
  type LeakyReluOptions,
  leakyRelu,
  leakyReluOrder,
  prelu,
  relu,
  relu6,
  rrelu,
  type ShrinkOptions,
  shrinkOrder,
  softshrink,
  threshold,
} from '../functional/activation/piecewise.ts';
import { Module } from '../module.ts';
import { Parameter } from '../parameter.ts';
import { extra, pythonFloat } from '../repr.ts';
import { InplaceActivation, withInplace } from './base.ts';

/** max(x, 0) */
export class ReLU extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return relu(x, this.inplace);
  }
}

/** min(max(x, 0), 6) */
export class ReLU6 extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return relu6(x, this.inplace);
  }
}

/** min(max(x + 3, 0), 6) / 6 */
export class Hardsigmoid extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return hardsigmoid(x, this.inplace);
  }

  override extraRepr(): string {
    return '';
  }
}

/** x · min(max(x + 3, 0), 6) / 6 */
export class Hardswish extends InplaceActivation {
  override forward(x: Tensor): Tensor {
    return hardswish(x, this.inplace);
  }

  override extraRepr(): string {
    return '';
  }
}

/** x above 0, `negativeSlope` · x below. */
export class LeakyReLU extends Module {
  readonly negativeSlope: number;
  readonly inplace: boolean;

  constructor(...rest: Optional<LeakyReluOptions, typeof leakyReluOrder>) {
    super();
    const options = optional<LeakyReluOptions>('LeakyReLU', rest, leakyReluOrder);
    this.negativeSlope = options.negativeSlope ?? 0.01;
    this.inplace = options.inplace ?? false;
  }

  override forward(x: Tensor): Tensor {
    return leakyRelu(x, this.negativeSlope, this.inplace);
  }

  override extraRepr(): string {
    return withInplace(extra([], { negativeSlope: this.negativeSlope }), this);
  }
}

export interface PReLUOptions {
  /** One for all channels (1, the default), or as many as there are channels. */
  numParameters?: number;
  /** The slope that training begins with. Default 0.25. */
  init?: number;
  /** Default `'float32'`. */
  dtype?: 'float32' | 'float64';
}

const preluOrder = ['numParameters', 'init'] as const;

/** x above 0, weight · x below, with a weight that is learnt, for all channels or for each `(N, C, …)`. */
export class PReLU extends Module {
  readonly numParameters: number;
  weight: Parameter;

  constructor(...rest: Optional<PReLUOptions, typeof preluOrder>) {
    super();
    const options = optional<PReLUOptions>('PReLU', rest, preluOrder, ['dtype']);
    const { numParameters = 1, init = 0.25, dtype = 'float32' } = options;
    this.numParameters = numParameters;
    this.weight = new Parameter(full([numParameters], init, { dtype }));
  }

  override forward(x: Tensor): Tensor {
    return prelu(x, this.weight);
  }

  override extraRepr(): string {
    return extra([], { numParameters: this.numParameters });
  }
}

export interface RReLULayerOptions extends InplaceOptions {
  /** The least slope below 0. Default 1/8. */
  lower?: number;
  /** The largest slope below 0. Default 1/3. */
  upper?: number;
}

const rreluOrder = ['lower', 'upper', 'inplace'] as const;

/** x above 0; below, x times a slope that is drawn anew in training, and is the middle of the two in evaluation. */
export class RReLU extends Module {
  readonly lower: number;
  readonly upper: number;
  readonly inplace: boolean;

  constructor(...rest: Optional<RReLULayerOptions, typeof rreluOrder>) {
    super();
    const options = optional<RReLULayerOptions>('RReLU', rest, rreluOrder);
    this.lower = options.lower ?? 1 / 8;
    this.upper = options.upper ?? 1 / 3;
    this.inplace = options.inplace ?? false;
  }

  override forward(x: Tensor): Tensor {
    const { lower, upper, training, inplace } = this;
    return rrelu(x, { lower, upper, training, inplace });
  }

  override extraRepr(): string {
    return withInplace(extra([], { lower: this.lower, upper: this.upper }), this);
  }
}

/** x between `minVal` and `maxVal`, which are the ends. */
export class Hardtanh extends Module {
  readonly minVal: number;
  readonly maxVal: number;
  readonly inplace: boolean;

  constructor(...rest: Optional<HardtanhOptions, typeof hardtanhOrder>) {
    super();
    const options = optional<HardtanhOptions>('Hardtanh', rest, hardtanhOrder);
    this.minVal = options.minVal ?? -1;
    this.maxVal = options.maxVal ?? 1;
    this.inplace = options.inplace ?? false;
  }

  override forward(x: Tensor): Tensor {
    return hardtanh(x, this.minVal, this.maxVal, this.inplace);
  }

  override extraRepr(): string {
    const ends = { minVal: pythonFloat(this.minVal), maxVal: pythonFloat(this.maxVal) };
    return withInplace(extra([], ends), this);
  }
}

abstract class Shrink extends Module {
  readonly lambd: number;

  constructor(...rest: Optional<ShrinkOptions, typeof shrinkOrder>) {
    super();
    this.lambd = optional<ShrinkOptions>(new.target.name, rest, shrinkOrder).lambd ?? 0.5;
  }

  override extraRepr(): string {
    return extra([this.lambd]);
  }
}

/** 0 from −lambd to lambd, x elsewhere. */
export class Hardshrink extends Shrink {
  override forward(x: Tensor): Tensor {
    return hardshrink(x, this.lambd);
  }
}

/** 0 from −lambd to lambd, x brought nearer to 0 by lambd elsewhere. */
export class Softshrink extends Shrink {
  override forward(x: Tensor): Tensor {
    return softshrink(x, this.lambd);
  }
}

/** x above a threshold, `value` elsewhere. */
export class Threshold extends Module {
  readonly threshold: number;
  readonly value: number;
  readonly inplace: boolean;

  constructor(threshold: number, value: number, ...rest: Optional<InplaceOptions, typeof inplaceOrder>) {
    super();
    this.threshold = threshold;
    this.value = value;
    this.inplace = optional<InplaceOptions>('Threshold', rest, inplaceOrder).inplace ?? false;
  }

  override forward(x: Tensor): Tensor {
    return threshold(x, this.threshold, this.value, this.inplace);
  }

  override extraRepr(): string {
    return withInplace(extra([], { threshold: this.threshold, value: this.value }), this);
  }
}

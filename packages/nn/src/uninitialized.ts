import { ArgumentError, type DType, type Shape, Tensor, zeros } from '@retrograd/core';
import { Parameter } from './parameter.ts';

export interface UninitializedOptions {
  /** Default `float32`. */
  dtype?: DType;
}

export interface UninitializedParameterOptions extends UninitializedOptions {
  /** Whether it collects a gradient. Default true. */
  requiresGrad?: boolean;
}

/**
 * A parameter that has its dtype and its place, in a module and in an optimiser, before it has a shape. Whatever asks for
 * the shape, as every op does, is told to wait. With `materialize` it becomes an ordinary parameter, and stays the object
 * that it is.
 */
export class UninitializedParameter extends Parameter {
  constructor({ dtype = 'float32', requiresGrad = true }: UninitializedParameterOptions = {}) {
    super(zeros([0], { dtype }), { requiresGrad });
    withhold(this);
  }

  /** Gives it a shape, and zeros. */
  materialize(shape: Shape): void {
    settle(this, shape, Parameter.prototype);
  }

  override toString(): string {
    return '<UninitializedParameter>';
  }
}

/** The same for a buffer. @see UninitializedParameter */
export class UninitializedBuffer extends Tensor {
  constructor({ dtype = 'float32' }: UninitializedOptions = {}) {
    const nothing = zeros([0], { dtype });
    super(nothing.storage, nothing);
    withhold(this);
  }

  /** Gives it a shape, and zeros. */
  materialize(shape: Shape): void {
    settle(this, shape, Tensor.prototype);
  }

  override toString(): string {
    return '<UninitializedBuffer>';
  }
}

export type Uninitialized = UninitializedParameter | UninitializedBuffer;

/** True for what has no shape yet. */
export function isUninitialized(value: unknown): value is Uninitialized {
  return value instanceof UninitializedParameter || value instanceof UninitializedBuffer;
}

/** Changes the dtype that it will have. */
export function convertUninitialized(waiting: Uninitialized, dtype: DType): void {
  if (waiting.isFloatingPoint) Object.assign(waiting, { storage: zeros([0], { dtype }).storage });
}

const geometry = ['shape', 'strides', 'offset'] as const;

function withhold(tensor: Uninitialized): void {
  const get = () => {
    throw new ArgumentError({
      op: tensor.constructor.name,
      got: 'a question for the shape, or an op',
      want: 'an input first, from which a lazy layer learns its sizes',
      fix: 'Call forward() once, or load a state dict.',
    });
  };
  for (const name of geometry) Object.defineProperty(tensor, name, { get, configurable: true });
}

function settle(tensor: Uninitialized, shape: Shape, becomes: Tensor): void {
  const made = zeros(shape, { dtype: tensor.dtype });
  for (const name of ['storage', ...geometry] as const)
    Object.defineProperty(tensor, name, {
      value: made[name],
      configurable: true,
      enumerable: true,
      writable: true,
    });
  Object.setPrototypeOf(tensor, becomes);
}

import { ArgumentError, type DType, Tensor } from '@retrograd/core';

export interface ParameterOptions {
  /** Whether it collects a gradient, and so is trained. Default true. */
  requiresGrad?: boolean;
}

/**
 * A tensor that a module owns and an optimiser trains: a field of a module that holds one is found by
 * `parameters()`. It shares the memory of `data`, and stands outside its history.
 *
 * @example
 * ```ts
 * class Scale extends nn.Module {
 *   factor = new nn.Parameter(ones(1));
 *   forward(x: Tensor) {
 *     return x.mul(this.factor);
 *   }
 * }
 * ```
 * @throws ArgumentError for what is no tensor, DTypeError for integers that are to collect a gradient
 */
export class Parameter extends Tensor {
  // Makes the type its own: a plain tensor in a parameter's field would compile, and `parameters()` would not find it.
  declare protected readonly isParameter: true;

  constructor(data: Tensor, { requiresGrad = true }: ParameterOptions = {}) {
    if (!(data instanceof Tensor)) {
      throw new ArgumentError({
        op: 'Parameter',
        got: data === null ? 'null' : typeof data,
        want: 'a Tensor',
        fix: 'Make one with tensor(value).',
      });
    }
    super(data.storage, data);
    this.requiresGrad_(requiresGrad);
  }

  override toString(): string {
    return `Parameter containing:\n${super.toString()}`;
  }
}

/**
 * Converts a parameter, and its gradient, where it stands: it stays the object that optimisers hold.
 * This is what `param.data = …` does in PyTorch.
 */
export function convertInPlace(parameter: Parameter, dtype: DType): void {
  if (parameter.dtype === dtype) return;
  const { storage, strides, offset } = parameter.detach().to(dtype);
  Object.assign(parameter, { storage, strides, offset, grad: parameter.grad?.detach().to(dtype) ?? null });
}

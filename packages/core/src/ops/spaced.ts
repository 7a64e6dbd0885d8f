import { defaultDtype, isFloat } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, checkNumber, optional } from './arguments.ts';
import { type CreationOptions, checkCreation, generated } from './creation.ts';

/** The i-th of `steps` numbers that lead from one to another, both included. */
function spaced(
  op: string,
  start: number,
  end: number,
  steps: number,
  options: CreationOptions,
): (i: number) => number {
  checkCreation(op, options);
  if (!Number.isInteger(steps) || steps < 0) {
    throw new ArgumentError({ op, got: `${steps} steps`, want: 'a whole number ≥ 0' });
  }
  checkNumber(op, 'start', start);
  checkNumber(op, 'end', end);
  // Whole numbers run from a whole start to a whole end, as in PyTorch.
  const [first, last] = isFloat(checkDType(op, options.dtype ?? defaultDtype))
    ? [start, end]
    : [Math.trunc(start), Math.trunc(end)];
  if (steps === 1) return () => first;
  const step = (last - first) / (steps - 1);
  // From both ends towards the middle, so that the last is exactly `end`.
  return (i) => (i < steps / 2 ? first + i * step : last - (steps - 1 - i) * step);
}

/** `steps` evenly spaced numbers from `start` to `end`, both included. */
export function linspace(start: number, end: number, steps: number, options: CreationOptions = {}): Tensor {
  return generated(
    'linspace',
    [steps],
    options,
    defaultDtype,
    spaced('linspace', start, end, steps, options),
  );
}

export interface LogspaceOptions extends CreationOptions {
  /** Default 10. */
  base?: number;
}

/** The powers of a base whose exponents are evenly spaced, from baseˢᵗᵃʳᵗ to baseᵉⁿᵈ, both included. */
export function logspace(
  start: number,
  end: number,
  steps: number,
  ...rest: [LogspaceOptions?] | [base: number, options?: CreationOptions]
): Tensor {
  const { base = 10, ...options } = optional<LogspaceOptions>(
    'logspace',
    rest.filter((value) => value !== undefined),
    ['base'],
    ['dtype', 'requiresGrad', 'device'],
  );
  const exponent = spaced('logspace', start, end, steps, options);
  checkNumber('logspace', 'base', base);
  return generated('logspace', [steps], options, defaultDtype, (i) => base ** exponent(i));
}

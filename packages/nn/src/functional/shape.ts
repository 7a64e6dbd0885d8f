import { ArgumentError, constantPad, type Optional, optional, type Tensor } from '@retrograd/core';

export { flatten, fold, oneHot, unflatten, unfold } from '@retrograd/core';

export interface PadOptions {
  /** What is added. Default (and the only one so far) `'constant'`. */
  mode?: 'constant';
  /** Default 0. */
  value?: number;
}

const padOrder = ['mode', 'value'] as const;

/**
 * Elements added around the last dims, in PyTorch's order: `[left, right, top, bottom, …]`, the last dim first.
 * Negative numbers crop.
 */
export function pad(
  x: Tensor,
  padding: readonly number[],
  ...rest: Optional<PadOptions, typeof padOrder>
): Tensor {
  const { mode = 'constant', value = 0 } = optional<PadOptions>('pad', rest, padOrder);
  if (mode !== 'constant') throw new ArgumentError({ op: 'pad', got: `mode '${mode}'`, want: "'constant'" });
  return constantPad(x, padding, value);
}

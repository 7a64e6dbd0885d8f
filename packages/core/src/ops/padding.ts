import { ShapeError } from '../errors.ts';
import * as base from '../primitives/movement.ts';
import { checkTensor, constant } from '../primitives/operand.ts';
import { checkRoom, showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkIntegers, checkScalar, type Optional, optional } from './arguments.ts';

export interface ConstantPadOptions {
  /** Default 0. */
  value?: number;
}

/**
 * Elements added around the last dims, PyTorch's order: `[left, right, top, bottom, …]`, the last dim first.
 * Negative numbers crop.
 */
export function constantPad(
  x: Tensor,
  padding: readonly number[],
  ...rest: Optional<ConstantPadOptions, ['value']>
): Tensor {
  const { value = 0 } = optional<ConstantPadOptions>('pad', rest, ['value']);
  checkTensor('pad', x);
  const filling = checkScalar('pad', 'value', value);
  const pairs = checkIntegers('pad', 'padding', padding).length / 2;
  if (!Number.isInteger(pairs) || pairs > x.ndim) {
    throw new ShapeError({
      op: 'pad',
      got: `[${padding.join(', ')}] for shape ${showShape(x.shape)}`,
      want: 'two whole numbers for each padded dim',
    });
  }
  const around = x.shape.map((_, d) => {
    const at = 2 * (x.ndim - 1 - d);
    return [padding[at] ?? 0, padding[at + 1] ?? 0] as const;
  });
  const shape = x.shape.map((size, d) => size + (around[d]?.[0] ?? 0) + (around[d]?.[1] ?? 0));
  if (shape.some((size) => size < 0)) {
    throw new ShapeError({
      op: 'pad',
      got: `[${padding.join(', ')}] for shape ${showShape(x.shape)}`,
      want: 'crops that leave something',
    });
  }
  checkRoom('pad', shape);
  const kept = base.slice(x, {
    starts: around.map(([before], d) => Math.min(Math.max(0, -before), x.shape[d] as number)),
    sizes: x.shape.map((size, d) =>
      Math.max(0, size + Math.min(0, around[d]?.[0] ?? 0) + Math.min(0, around[d]?.[1] ?? 0)),
    ),
    steps: x.shape.map(() => 1),
  });
  const whole = base.contiguous(shape);
  const inner = around.reduce(
    (offset, [before], d) => offset + Math.max(0, before) * (whole.strides[d] as number),
    0,
  );
  return base.overwrite(constant(shape, filling, x.dtype), kept, {
    base: whole,
    region: { shape: kept.shape, strides: whole.strides, offset: kept.numel === 0 ? 0 : inner },
  });
}

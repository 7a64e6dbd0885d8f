import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { reshape } from '../primitives/movement.ts';
import { checkTensor } from '../primitives/operand.ts';
import { showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkNumbers } from './product-checks.ts';

/** Checks ranks and dtypes; an input without a batch gets one of size 1. */
export function batched(
  op: string,
  input: Tensor,
  weight: Tensor,
  n: number,
): { x: Tensor; unbatched: boolean } {
  checkNumbers(op, checkTensor(op, input));
  const dims = ['D', 'H', 'W'].slice(-n).join(', ');
  if (checkTensor(op, weight).ndim !== n + 2 || (input.ndim !== n + 2 && input.ndim !== n + 1)) {
    throw new ShapeError({
      op,
      got: `an input of shape ${showShape(input.shape)} and a weight of shape ${showShape(weight.shape)}`,
      want: `an input (N, C, ${dims}) or (C, ${dims}), and a weight of ${n + 2} dims`,
      fix: 'Add a dim with unsqueeze(), or use the convolution for another number of dims.',
    });
  }
  if (input.dtype !== weight.dtype) {
    throw new DTypeError({
      op,
      got: `an input of ${input.dtype} and a weight of ${weight.dtype}`,
      want: 'one dtype',
      fix: `Convert the input: x.to('${weight.dtype}').`,
    });
  }
  const unbatched = input.ndim === n + 1;
  return { x: unbatched ? reshape(input, [1, ...input.shape]) : input, unbatched };
}

export function checkChannels(
  op: string,
  x: Tensor,
  weight: Tensor,
  groups: number,
  wanted: number,
  name: string,
): void {
  if (x.shape[1] === wanted) return;
  throw new ShapeError({
    op,
    got: `an input of ${x.shape[1]} channels (shape ${showShape(x.shape)}) for a weight of shape ${showShape(weight.shape)} and groups ${groups}`,
    want: `${name} = ${wanted} channels`,
    fix: 'The channels are dim 1 of (N, C, …); images that end in channels need permute().',
  });
}

export function checkGroups(op: string, channels: number, groups: number, what: string): void {
  if (Number.isInteger(groups) && groups >= 1 && channels % groups === 0) return;
  throw new ArgumentError({
    op,
    got: `groups ${groups} for ${channels} ${what}`,
    want: `a divisor of ${channels}`,
  });
}

export function checkWindows(op: string, x: Tensor, weight: Tensor, sizes: readonly number[]): void {
  if (sizes.every((size) => size > 0) && weight.shape.slice(1).every((size) => size > 0)) return;
  throw new ShapeError({
    op,
    got: `an input of shape ${showShape(x.shape)} and a kernel of shape ${showShape(weight.shape.slice(2))}, which leave an output of ${showShape(sizes)}`,
    want: 'a padded input at least as large as the (dilated) kernel',
    fix: 'Pad more, or use a smaller kernel or dilation.',
  });
}

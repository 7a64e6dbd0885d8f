import { checkTensor, type DType, DTypeError, type Tensor } from '@retrograd/core';

/** @throws DTypeError unless the elements are floats */
export function checkFloat(op: string, input: Tensor): void {
  if (checkTensor(op, input).isFloatingPoint) return;
  throw new DTypeError({ op, got: `an input of ${input.dtype}`, want: 'float32 or float64' });
}

/** @throws DTypeError unless what goes with an input is of its dtype */
export function checkSameDtype(op: string, input: Tensor, name: string, dtype: DType): void {
  if (input.dtype === dtype) return;
  throw new DTypeError({
    op,
    got: `an input of ${input.dtype} and a ${name} of ${dtype}`,
    want: 'one dtype',
    fix: `Convert one of them with to('${input.dtype}').`,
  });
}

import type { Sample, SampleInput } from '../autograd/primitive.ts';
import { isFloat } from '../dtype.ts';
import { numelOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type Layout, laidOut, layouts } from './layouts.ts';

/** The fraction of the golden ratio: its multiples modulo 1 fill the unit interval evenly and never repeat. */
const golden = (Math.sqrt(5) - 1) / 2;

/** The tensors of a sample: distinct values between the bounds that its row gives, in a layout. */
export function inputsOf(
  sample: Sample<unknown>,
  layout: (rank: number) => Layout = layouts.contiguous as (rank: number) => Layout,
  requiresGrad = false,
): Tensor[] {
  return sample.inputs.map((input, i) => {
    const dtype = input.dtype ?? 'float64';
    const tensor = laidOut(valuesOf(input, i), input.shape, dtype, layout(input.shape.length));
    return requiresGrad && isFloat(dtype) ? tensor.requiresGrad_() : tensor;
  });
}

function valuesOf({ shape, dtype = 'float64', ...bounds }: SampleInput, which: number): number[] {
  const { from = dtype === 'bool' ? 0 : -2, to = 2, diagonal = 0 } = bounds;
  const [rows = 1, columns = 1] = shape.slice(-2);
  return Array.from({ length: numelOf(shape) }, (_, i) => {
    const fraction = ((i + 1) * golden + which * 0.317) % 1;
    const onDiagonal = i % columns === Math.floor(i / columns) % rows;
    const value = from + (to - from) * fraction + (onDiagonal ? diagonal : 0);
    return isFloat(dtype) ? value : Math.floor(value);
  });
}

import type { Tensor } from '../../tensor.ts';
import { tensor } from '../creation.ts';

/** Numbers that look random, the same in every run. */
export function some(shape: readonly number[], seed = 1): Tensor {
  const length = shape.reduce((n, size) => n * size, 1);
  const values = Array.from(
    { length },
    (_, i) => 2 * ((Math.sin((i + 1) * 12.9898 * seed) * 43758.5453) % 1),
  );
  return tensor(values, { dtype: 'float64' }).reshape(shape);
}

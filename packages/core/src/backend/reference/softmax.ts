import type { SoftmaxKernel, View } from '../backend.ts';
import { forEachRun } from './iterate.ts';

/**
 * The numbers less the largest of them, so that no exponential overflows, give `eˣ / Σ eˣ` or `x − log Σ eˣ`, in
 * float64 and rounded once.
 */
export function softmax(kernel: SoftmaxKernel, x: View, dim: number, out: View): void {
  const [source, target] = [x.storage.data, out.storage.data];
  const size = x.shape[dim] as number;
  const [step, outStep] = [x.strides[dim] as number, out.strides[dim] as number];
  const kept = x.shape.map((length, d) => (d === dim ? 1 : length));
  forEachRun(kept, [x, out], (length, [from = 0, to = 0], [along = 0, outAlong = 0]) => {
    for (let i = 0; i < length; i++) {
      const [first, result] = [from + i * along, to + i * outAlong];
      let top = Number.NEGATIVE_INFINITY;
      for (let n = 0; n < size; n++) top = Math.max(top, source[first + n * step] as number);
      let total = 0;
      for (let n = 0; n < size; n++) total += Math.exp((source[first + n * step] as number) - top);
      const logarithm = Math.log(total);
      for (let n = 0; n < size; n++) {
        const shifted = (source[first + n * step] as number) - top;
        target[result + n * outStep] = kernel === 'softmax' ? Math.exp(shifted) / total : shifted - logarithm;
      }
    }
  });
}

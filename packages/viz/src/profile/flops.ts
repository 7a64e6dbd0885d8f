import type { Tensor } from '@retrograd/core';

type Count = (inputs: readonly Tensor[], out: Tensor, params: unknown) => number;

/** A multiplication and an addition for each term that is summed into each element of the result. */
const counts: Readonly<Record<string, Count>> = {
  matmul: ([a], out) => 2 * out.numel * (a?.shape.at(-1) ?? 0),
  correlate: ([, w], out, params) => {
    const terms = (w?.shape ?? []).slice(1).reduce((product, size) => product * size, 1);
    // Of an input that is spread out only every so many-th element is not zero.
    const { inputDilation = [] } = params as { inputDilation?: readonly number[] };
    return (2 * out.numel * terms) / inputDilation.reduce((product, step) => product * step, 1);
  },
};

/** How many floating-point operations a primitive does, for those that most of the work is in; 0 for others. */
export function flopsOf(name: string, inputs: readonly Tensor[], out: Tensor, params: unknown): number {
  return counts[name]?.(inputs, out, params) ?? 0;
}

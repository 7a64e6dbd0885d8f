import { manualSeed, Tensor } from '@retrograd/core';
import { type Layout, laidOut } from '@retrograd/core/testing';
import { decodeInputs, type Spelling } from './call.ts';
import type { TorchCase } from './case.ts';
import { inputPaths } from './replay.ts';
import { tensorsIn, type Value } from './values.ts';

/** Recorded gradients further than this from a slope are PyTorch's convention at a kink, a tie or a jump. */
const smooth = 1e-4;

/** Cases of a call whose gradients are slopes, the smallest first. */
export function smoothCases(cases: readonly TorchCase[]): TorchCase[] {
  return cases
    .filter(({ kind, dtype, source, fd_relerr = 0, flags = [] }) => {
      const isOrdinary = !flags.some((flag) => flag.startsWith('nonfinite') || flag === 'empty_tensor');
      const isSlope = fd_relerr <= smooth && source !== 'supplement.convention';
      return kind === 'forward_backward' && dtype === 'float64' && isSlope && isOrdinary;
    })
    .sort((a, b) => sizeOf(a) - sizeOf(b));
}

function sizeOf({ args, kwargs }: TorchCase): number {
  return JSON.stringify([args, kwargs]).length;
}

/** A recorded call as a function of the inputs that asked for a gradient, and these in a layout. */
export function asFunction(torchCase: TorchCase, spelling: Spelling, layout: (rank: number) => Layout) {
  const inputs = decodeInputs(torchCase);
  const leaves = [...inputPaths(inputs)].filter(([, tensor]) => tensor.requiresGrad);
  const fn = (...given: Tensor[]): Tensor[] => {
    const replaced = new Map(leaves.map(([, leaf], i) => [leaf, given[i] as Tensor]));
    const args = replace([...inputs.args], replaced) as Value[];
    const kwargs = replace({ ...inputs.kwargs }, replaced) as Record<string, Value>;
    manualSeed(0);
    return tensorsIn(spelling.run(args, kwargs), 'output')
      .map(([, tensor]) => tensor)
      .filter((tensor) => tensor.isFloatingPoint);
  };
  const start = leaves.map(([, { data, shape }]) =>
    laidOut(data, shape, 'float64', layout(shape.length)).requiresGrad_(),
  );
  return { fn, inputs: start };
}

function replace(value: Value, by: ReadonlyMap<Tensor, Tensor>): Value {
  if (value instanceof Tensor) return by.get(value) ?? value;
  if (Array.isArray(value)) return value.map((item) => replace(item, by));
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replace(item, by)]));
  return value;
}

import type { View } from '../backend.ts';
import type { Program, Step } from '../program.ts';
import { forEachRun } from './iterate.ts';
import { binaryScalars, unaryScalars } from './scalars.ts';

/** Gives the value of a step, of those of earlier steps and of the operands. */
type Evaluate = (values: Float64Array, operands: Float64Array) => number;

function evaluation(step: Step): Evaluate {
  switch (step.kind) {
    case 'operand':
      return (_, operands) => operands[step.index] as number;
    case 'number':
      return () => step.value;
    case 'toNumber':
      return (values) => values[step.of[0]] as number;
    case 'where': {
      const [condition, a, b] = step.of;
      return (values) => values[values[condition] ? a : b] as number;
    }
    case 'unary': {
      const [{ real }, [x]] = [unaryScalars[step.kernel], step.of];
      return (values) => real(values[x] as number);
    }
    case 'binary': {
      const [{ real }, [a, b]] = [binaryScalars[step.kernel], step.of];
      return (values) => real(values[a] as number, values[b] as number);
    }
  }
}

/** Rounds after every step, as the kernels do when they run one by one. */
export function fused(
  { steps }: Program,
  inputs: readonly View[],
  numbers: readonly number[],
  out: View,
): void {
  const round = out.storage.dtype === 'float32' ? Math.fround : (value: number) => value;
  const evaluations = steps.map(evaluation);
  const values = new Float64Array(steps.length);
  const operands = Float64Array.of(...inputs.map(() => 0), ...numbers);
  const sources = inputs.map(({ storage }) => storage.data);
  const target = out.storage.data;
  forEachRun(out.shape, [...inputs, out], (length, at, step) => {
    for (let n = 0; n < length; n++) {
      for (const [i, source] of sources.entries()) {
        operands[i] = source[(at[i] as number) + n * (step[i] as number)] as number;
      }
      for (const [i, evaluate] of evaluations.entries()) values[i] = round(evaluate(values, operands));
      target[(at.at(-1) as number) + n * (step.at(-1) as number)] = values.at(-1) as number;
    }
  });
}

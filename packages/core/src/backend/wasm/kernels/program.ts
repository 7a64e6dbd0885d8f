import type { Program, Step } from '../../program.ts';
import type { V128 } from '../assembler/code.ts';
import type { FunctionBuilder } from '../assembler/function.ts';
import { v128 } from '../assembler/instructions.ts';
import { bytesPerElement } from '../engine.ts';
import { binaryFormula, type Formula, unaryFormula } from './formulas.ts';
import { type FloatDType, lanesOf } from './lanes.ts';
import type { ElementMap } from './map.ts';
import { powers } from './powers.ts';

interface StepFormula {
  /** Gives the vector of a step, of those of earlier steps and of the operands. Truth values are masks. */
  readonly of: (f: FunctionBuilder, values: readonly V128[], operands: readonly V128[]) => V128;
  readonly isLong?: boolean;
}

/** Formulas of so many steps are short enough for a turn of the loop to compute several vectors. */
const fewSteps = 12;

/** A program as the formula of an elementwise kernel; `undefined` where one of its steps has none. */
export function programMap(
  { steps }: Program,
  operands: number,
  dtype: FloatDType,
  relaxed: boolean,
): ElementMap | undefined {
  const formulas = steps.map((_, i) => formulaOf(steps, i, dtype, relaxed));
  if (!formulas.every((formula) => formula !== undefined)) return undefined;
  const bytes = bytesPerElement[dtype];
  const isShort = steps.length <= fewSteps && !formulas.some(({ isLong }) => isLong);
  return {
    inputs: new Array<number>(operands).fill(bytes),
    out: bytes,
    width: 16 / bytes,
    formula: (f, ...inputs) => {
      const values: V128[] = [];
      for (const [i, formula] of formulas.entries()) {
        const value = formula.of(f, values, inputs);
        values.push(steps[i]?.kind === 'number' ? value : f.let(value));
      }
      return values.at(-1) as V128;
    },
    unroll: isShort ? 2 : 1,
  };
}

function formulaOf(
  steps: readonly Step[],
  i: number,
  dtype: FloatDType,
  relaxed: boolean,
): StepFormula | undefined {
  const step = steps[i] as Step;
  const { const: constant } = lanesOf(dtype, relaxed);
  switch (step.kind) {
    case 'operand':
      return { of: (_, __, operands) => operands[step.index] as V128 };
    case 'number':
      return { of: () => constant(step.value) };
    case 'toNumber':
      return { of: (_, values) => v128.and(values[step.of[0]] as V128, constant(1)) };
    case 'where': {
      const [condition, a, b] = step.of;
      return {
        of: (_, values) => v128.select(values[condition] as V128, values[a] as V128, values[b] as V128),
      };
    }
    case 'unary':
      return inStep(unaryFormula(step.kernel, dtype, relaxed), step.of);
    case 'binary': {
      const [a, b] = step.of;
      const exponent = steps[b];
      if (step.kernel === 'pow') {
        // Op by op, an exponent that all elements share may turn out to be one of `powers`.
        if (exponent?.kind !== 'number') return undefined;
        const power = dtype === 'float32' ? powers.get(exponent.value) : undefined;
        if (power) return { of: (_, values) => power(values[a] as V128) };
      }
      return inStep(binaryFormula(step.kernel, dtype, relaxed), step.of);
    }
  }
}

function inStep(formula: Formula | undefined, of: readonly number[]): StepFormula | undefined {
  return formula && { ...formula, of: (f, values) => formula.of(f, ...of.map((i) => values[i] as V128)) };
}

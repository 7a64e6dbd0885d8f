import type { Program, Step } from '../../program.ts';
import type { V128 } from '../assembler/code.ts';
import type { FunctionBuilder } from '../assembler/function.ts';
import { v128 } from '../assembler/instructions.ts';
import { bytesPerElement } from '../engine.ts';
import { binaryFormula, powers, unaryFormula } from './formulas.ts';
import { type FloatDType, lanesOf } from './lanes.ts';
import type { ElementMap } from './map.ts';

/** Gives the vector of a step, of those of earlier steps and of the operands. Truth values are masks. */
type Formula = (f: FunctionBuilder, values: readonly V128[], operands: readonly V128[]) => V128;

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
  const isShort = steps.length <= fewSteps && !steps.some((step) => isLong(step, dtype, relaxed));
  return {
    inputs: new Array<number>(operands).fill(bytes),
    out: bytes,
    width: 16 / bytes,
    formula: (f, ...inputs) => {
      const values: V128[] = [];
      for (const [i, formula] of formulas.entries()) {
        const value = formula(f, values, inputs);
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
): Formula | undefined {
  const step = steps[i] as Step;
  const { const: constant } = lanesOf(dtype, relaxed);
  switch (step.kind) {
    case 'operand':
      return (_, __, operands) => operands[step.index] as V128;
    case 'number':
      return () => constant(step.value);
    case 'toNumber':
      return (_, values) => v128.and(values[step.of[0]] as V128, constant(1));
    case 'where': {
      const [condition, a, b] = step.of;
      return (_, values) => v128.select(values[condition] as V128, values[a] as V128, values[b] as V128);
    }
    case 'unary': {
      const unary = unaryFormula(step.kernel, dtype, relaxed);
      return unary && ((f, values) => unary.of(f, values[step.of[0]] as V128));
    }
    case 'binary': {
      const [a, b] = step.of;
      const binary = binaryFormula(step.kernel, dtype);
      if (binary) return (_, values) => binary(values[a] as V128, values[b] as V128);
      const exponent = steps[b];
      const isPower = step.kernel === 'pow' && dtype === 'float32' && exponent?.kind === 'number';
      const power = isPower ? powers.get(exponent.value) : undefined;
      return power && ((_, values) => power(values[a] as V128));
    }
  }
}

function isLong(step: Step, dtype: FloatDType, relaxed: boolean): boolean {
  return step.kind === 'unary' && unaryFormula(step.kernel, dtype, relaxed)?.isLong === true;
}

import { gradcheck, gradgradcheck } from '@retrograd/core';
import { layouts } from '@retrograd/core/testing';
import { describe, expect, it } from 'vitest';
import { spellingsOf } from './torch-cases/call.ts';
import { asFunction, smoothCases } from './torch-cases/gradient-cases.ts';
import { absentOps } from './torch-cases/known-gaps.ts';
import { casesByOp } from './torch-cases/ops.ts';

// Gradients of first and second order against central differences: of every recorded op that has any, on its smallest
// recorded inputs, side by side in memory and apart. The primitives are checked on their own samples, beside their code.

const layoutNames = ['contiguous', 'spaced'] as const;

/** What cannot be checked so, by op or by case and layout. */
const exceptions: Readonly<Record<string, string>> = {
  'Tensor.float': 'The result is float32, too coarse for differences.',
  'Tensor.view_as//float64/op_db.reference/14 spaced': 'Elements that lie apart cannot be viewed so.',
  'as_strided spaced': 'It reads memory, gaps and all.',
  'linalg.det/singular/float64/op_db.noncontiguous/0':
    'Singular but for rounding, which the second derivative divides by.',
};

function isException(...names: string[]): boolean {
  return names.some((name) => name in exceptions);
}

for (const [op, cases] of casesByOp) {
  const chosen = smoothCases(cases).slice(0, 2);
  if (absentOps.has(op) || chosen.length === 0 || isException(op)) continue;
  describe(`torch.${op}`, () => {
    for (const torchCase of chosen) {
      const { id } = torchCase;
      const names = layoutNames.filter((name) => !isException(id, `${id} ${name}`, `${op} ${name}`));
      it.each(names)(`${id} %s`, (name) => {
        const [spelling] = spellingsOf(torchCase);
        if (spelling === undefined) throw new Error('no spelling of it');
        const { fn, inputs } = asFunction(torchCase, spelling, layouts[name] as (typeof layouts)[string]);
        expect(gradcheck(fn, inputs, { fastMode: true })).toBe(true);
        expect(gradgradcheck(fn, inputs, { fastMode: true })).toBe(true);
      });
    }
  });
}

import { describe, expect, it } from 'vitest';
import { spellingsOf } from './torch-cases/call.ts';
import { absentOps, knownGaps } from './torch-cases/known-gaps.ts';
import { moduleCases } from './torch-cases/modules.ts';
import { cases, casesByOp, problemWith } from './torch-cases/ops.ts';

// Calls recorded from PyTorch's own operator tests: results, the gradient of every input, and what must be refused,
// in each spelling that exists here (function, method, in place).

for (const [op, recorded] of casesByOp) {
  if (absentOps.has(op)) {
    it(`has no torch.${op}, as listed`, () => expect(recorded.flatMap(spellingsOf)).toEqual([]));
    continue;
  }
  describe(`torch.${op}`, () => {
    for (const torchCase of recorded) {
      // A gap that has closed must leave the list.
      const test = knownGaps.has(torchCase.id) ? it.fails : it;
      test(torchCase.id, () => expect(problemWith(torchCase)).toBe(null));
    }
  });
}

it('lists no gap that is not among the cases', () => {
  const ids = new Set([...cases, ...moduleCases].map(({ id }) => id));
  expect([...knownGaps].filter((id) => !ids.has(id))).toEqual([]);
  expect([...absentOps].filter((op) => !casesByOp.has(op))).toEqual([]);
});

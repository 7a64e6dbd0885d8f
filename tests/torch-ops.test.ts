import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { spellingsOf } from './torch-cases/call.ts';
import type { TorchCase } from './torch-cases/case.ts';
import { knownGaps } from './torch-cases/known-gaps.ts';
import { replay } from './torch-cases/replay.ts';

// Calls recorded from PyTorch's own operator tests: results, the gradient of every input, and what must be refused,
// in each spelling that exists here (function, method, in place).
const lines = gunzipSync(readFileSync(new URL('./fixtures/torch-ops.jsonl.gz', import.meta.url))).toString();
const cases = lines
  .trim()
  .split('\n')
  .map((line): TorchCase => JSON.parse(line));

for (const op of new Set(cases.map((torchCase) => torchCase.op))) {
  describe(`torch.${op}`, () => {
    for (const torchCase of cases.filter((candidate) => candidate.op === op)) {
      // A gap that has closed must leave the list.
      const test = knownGaps.has(torchCase.id) ? it.fails : it;
      test(torchCase.id, () => {
        const spellings = spellingsOf(torchCase);
        expect(spellings, 'no spelling of it').not.toEqual([]);
        for (const spelling of spellings) expect(replay(torchCase, spelling), spelling.name).toBe(null);
      });
    }
  });
}

it('lists no gap that is not among the cases', () => {
  const ids = new Set(cases.map(({ id }) => id));
  expect([...knownGaps].filter((id) => !ids.has(id))).toEqual([]);
});

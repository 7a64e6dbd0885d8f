import { describe, expect, it } from 'vitest';
import { absentModules, knownGaps } from './torch-cases/known-gaps.ts';
import { classOf, moduleCases, problemWithModule } from './torch-cases/modules.ts';

// Modules recorded from PyTorch's own module tests: constructed, filled from a state dict, called and differentiated.

for (const module of new Set(moduleCases.map((each) => each.module))) {
  if (absentModules.has(module)) {
    it(`has no ${module}, as listed`, () => expect(classOf(module)).toBe(undefined));
    continue;
  }
  describe(module, () => {
    for (const recorded of moduleCases.filter((each) => each.module === module)) {
      const test = knownGaps.has(recorded.id) ? it.fails : it;
      test(recorded.id, () => expect(problemWithModule(recorded)).toBe(null));
    }
  });
}

it('lists no absent module that is not recorded', () => {
  const recorded = new Set(moduleCases.map((each) => each.module));
  expect([...absentModules].filter((module) => !recorded.has(module))).toEqual([]);
});

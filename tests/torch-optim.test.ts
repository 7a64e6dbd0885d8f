import { describe, expect, it } from 'vitest';
import { optimCases, problemWithOptim } from './torch-cases/optim.ts';

// Optimisers, schedules and gradient clipping as recorded from PyTorch.

describe.each(optimCases.map((recorded) => [recorded.id, recorded] as const))('%s', (_, recorded) => {
  it('goes PyTorch’s way', () => expect(problemWithOptim(recorded)).toBe(null));

  if (recorded.kind === 'optim')
    it('goes there with gradients of its own', () => expect(problemWithOptim(recorded, true)).toBe(null));
});

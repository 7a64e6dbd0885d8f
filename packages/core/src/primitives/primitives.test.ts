import { describe, expect, it } from 'vitest';
import '../methods.ts';
import { gradcheck, gradgradcheck } from '../autograd/gradcheck.ts';
import type { Primitive, Sample } from '../autograd/primitive.ts';
import { apply } from '../dispatch.ts';
import { GradError } from '../errors.ts';
import { layouts } from '../testing/layouts.ts';
import { inputsOf } from '../testing/samples.ts';
import { primitives } from './table.ts';

/** What the order of a few sums and products may change. */
const rounding = { rtol: 1e-14, atol: 1e-14 };

const layoutNames = Object.entries(layouts);

/** Without a rule for any input there is no gradient to check. */
function isDifferentiable({ vjp }: Primitive<unknown>): boolean {
  return !('none' in vjp);
}

function call(primitive: Primitive<unknown>, sample: Sample<unknown>) {
  return (...inputs: ReturnType<typeof inputsOf>) => apply(primitive, inputs, sample.params);
}

describe.each(primitives().map((primitive) => [primitive.name, primitive] as const))('%s', (_, primitive) => {
  it('has samples', () => {
    expect(primitive.samples.length).toBeGreaterThan(0);
  });

  for (const [i, sample] of primitive.samples.entries()) {
    it.each(layoutNames)(`gives the same for sample ${i} laid out %s`, (_name, layout) => {
      const run = call(primitive, sample);
      // A layout may have a kernel of its own, which sums in another order.
      expect(run(...inputsOf(sample, layout))).toBeCloseToTensor(run(...inputsOf(sample)), rounding);
    });

    if (!isDifferentiable(primitive)) continue;

    it.each(layoutNames)(
      `has right gradients of first and second order for sample ${i} laid out %s`,
      (_name, layout) => {
        // An input without a rule, of a primitive that has others, is a constant.
        const inputs = inputsOf(sample, layout, true).map((x, n) => (primitive.ruleOf(n) ? x : x.detach()));
        const run = call(primitive, sample);
        expect(gradcheck(run, inputs)).toBe(true);
        expect(gradgradcheck(run, inputs, { fastMode: true })).toBe(true);
      },
    );
  }
});

describe('primitives without a gradient', () => {
  const without = primitives().filter((primitive) => !isDifferentiable(primitive));

  it.each(without.map((primitive) => [primitive.name, primitive] as const))('%s says so', (_, primitive) => {
    const [sample] = primitive.samples as [Sample<unknown>];
    const out = apply(primitive, inputsOf(sample, undefined, true), sample.params);
    if (out.isFloatingPoint) expect(() => out.sum().backward()).toThrow(GradError);
    else expect(out.requiresGrad).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { apply } from '../dispatch.ts';
import {
  checkGradients,
  GradError,
  gradcheck,
  gradgradcheck,
  manualSeed,
  randn,
  type Tensor,
  tensor,
} from '../index.ts';
import { given, primitive } from './primitive.ts';

/** x² whose first derivative is off by a factor. */
function squareWithSlope(name: string, slope: number) {
  const row = primitive<null>({
    name,
    vjp: given([0], (g, [x]) => g.mul(x).mul(slope)),
    samples: [],
    infer: ([x]) => x,
    forward: (backend, [x], out) => backend.binary('mul', x, x, out),
  });
  return (x: Tensor) => apply(row, [x], null);
}

const right = squareWithSlope('rightSquare', 2);
const wrong = squareWithSlope('wrongSquare', 2.01);

/** x² with the right gradient, which claims to be constant. */
const row = primitive<null>({
  name: 'squareWithFrozenGradient',
  vjp: given([0], (g, [x]) => g.mul(x.detach()).mul(2)),
  samples: [],
  infer: ([x]) => x,
  forward: (backend, [x], out) => backend.binary('mul', x, x, out),
});
const frozen = (x: Tensor) => apply(row, [x], null);

const input = () => {
  manualSeed(3);
  return randn([3, 2], { dtype: 'float64', requiresGrad: true });
};

describe.each([false, true])('with fastMode %s', (fastMode) => {
  it('accepts a right gradient', () => {
    expect(gradcheck(right, input(), { fastMode })).toBe(true);
    expect(gradgradcheck(right, input(), { fastMode })).toBe(true);
    expect(right).toPassGradcheck(input(), { fastMode, order: 2 });
  });

  it('catches a wrong gradient', () => {
    expect(gradcheck(wrong, input(), { fastMode, raiseException: false })).toBe(false);
    expect(() => gradcheck(wrong, input(), { fastMode })).toThrow(GradError);
    expect(wrong).not.toPassGradcheck(input(), { fastMode });
  });

  it('catches a gradient that is right but has a wrong gradient itself', () => {
    expect(gradcheck(frozen, input(), { fastMode })).toBe(true);
    expect(gradgradcheck(frozen, input(), { fastMode, raiseException: false })).toBe(false);
    expect(frozen).not.toPassGradcheck(input(), { fastMode, order: 2 });
  });

  it('catches a missing part of a gradient', () => {
    const cut = (x: Tensor) => x.mul(x.detach());
    expect(gradcheck(cut, input(), { fastMode, raiseException: false })).toBe(false);
  });
});

it('reports where the worst disagreement is', () => {
  const x = tensor([1, 2, 3, 4], { dtype: 'float64', requiresGrad: true });
  // Only the third element's gradient is wrong.
  const mask = tensor([1, 1, 1.5, 1], { dtype: 'float64' });
  const fn = (t: Tensor) => t.mul(t.mul(mask).sub(t.mul(mask).detach()).add(t.detach()));
  const report = checkGradients(fn, x);
  expect(report.ok).toBe(false);
  expect(report.worst).toMatchObject({ input: 0, output: 0, inputIndex: [2], outputIndex: [2] });
  expect(String(report)).toMatch(/d output 0\[2\] \/ d input 0\[2\]/);
});

it('checks several inputs and outputs, and leaves alone inputs that need no gradient', () => {
  const [a, b] = [input(), randn([2], { dtype: 'float64', requiresGrad: true })];
  const c = randn([3, 1], { dtype: 'float64' });
  expect(
    gradcheck((x, y, z) => [(x as Tensor).mul(y as Tensor), (y as Tensor).sum().mul(z as Tensor)], [a, b, c]),
  ).toBe(true);
});

it('takes strided and expanded inputs', () => {
  const strided = randn([4, 6], { dtype: 'float64' }).t().slice(0, 0, null, 2).detach().requiresGrad_();
  expect(gradcheck((x) => x.sin(), strided)).toBe(true);
  const expanded = randn([3, 1], { dtype: 'float64' }).expand(3, 4).detach().requiresGrad_();
  expect(gradcheck((x) => x.cos(), expanded)).toBe(true);
});

it('refuses a result of float32, which promotion may have brought about unnoticed', () => {
  const single = randn([3]);
  expect(() => gradcheck((x) => x.sum().mul(single), input())).toThrow(/float32 for output 0/);
});

it('refuses float32 and inputs without a gradient', () => {
  expect(() => gradcheck((x) => x, randn([2], { requiresGrad: true }))).toThrow(/float64/);
  expect(() => gradcheck((x) => x, randn([2], { dtype: 'float64' }))).toThrow(GradError);
});

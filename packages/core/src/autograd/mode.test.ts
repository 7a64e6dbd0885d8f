import { afterEach, describe, expect, it } from 'vitest';
import {
  ArgumentError,
  autograd,
  enableGrad,
  inferenceMode,
  isGradEnabled,
  noGrad,
  ones,
  setGradEnabled,
} from '../index.ts';

afterEach(() => void setGradEnabled(true));

describe.each([
  ['noGrad', noGrad, isGradEnabled, false],
  ['inferenceMode', inferenceMode, isGradEnabled, false],
  ['enableGrad', enableGrad, isGradEnabled, true],
  ['detectAnomaly', autograd.detectAnomaly, autograd.isAnomalyEnabled, true],
] as const)('%s', (_, mode, now, value) => {
  it('holds while a function runs, and gives what it returns', () => {
    setGradEnabled(!value);
    const before = now();
    expect(before).toBe(!value);
    expect(mode(() => [now(), 7])).toEqual([value, 7]);
    expect(now()).toBe(before);
    expect(() =>
      mode(() => {
        throw new Error('mine');
      }),
    ).toThrow('mine');
    expect(now()).toBe(before);
  });

  it('holds to the end of a block with using', () => {
    setGradEnabled(!value);
    {
      using _mode = mode();
      expect(now()).toBe(value);
    }
    expect(now()).toBe(!value);
  });

  it('refuses what is no function', () => {
    expect(() => mode(undefined as never)).toThrow(ArgumentError);
    expect(() => mode(async () => 1)).toThrow(/promise/);
    expect(now()).toBe(now === isGradEnabled);
  });
});

it('setGradEnabled holds until further notice, in a block, or while a function runs', () => {
  setGradEnabled(false);
  expect(isGradEnabled()).toBe(false);
  {
    using _mode = setGradEnabled(true);
    expect(ones([1], { requiresGrad: true }).mul(2).requiresGrad).toBe(true);
  }
  expect(isGradEnabled()).toBe(false);
  expect(setGradEnabled(true, isGradEnabled)).toBe(true);
  expect(isGradEnabled()).toBe(false);
  expect(() => setGradEnabled('no' as never)).toThrow(ArgumentError);
});

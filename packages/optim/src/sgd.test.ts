import { ArgumentError, tensor } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import { SGD } from './sgd.ts';

const leaf = () => tensor([1, 2], { requiresGrad: true });

describe('SGD refuses', () => {
  it.each([
    { lr: -0.1 },
    { lr: Number.NaN },
    { lr: Infinity },
    { lr: '0.1' as unknown as number },
    { lr: null },
    { momentum: -0.5 },
    { momentum: Number.NaN },
    { weightDecay: -1 },
    { dampening: Number.NaN },
    { nesterov: true },
    { nesterov: true, momentum: 0.9, dampening: 0.1 },
    { weight_decay: 0.1 } as object,
  ])('%o', (options) => {
    expect(() => new SGD([leaf()], options)).toThrow(ArgumentError);
  });
});

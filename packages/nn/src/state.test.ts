import { ArgumentError, manualSeed, ones, RetrogradError, randn, tensor, zeros } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import * as nn from './index.ts';

const network = () => new nn.Sequential({ fc: new nn.Linear(3, 2), bn: new nn.BatchNorm1d(2) });

describe('a state dict', () => {
  it('shares memory with the module, outside the tape', () => {
    const model = new nn.Linear(2, 1, { bias: false });
    const { weight } = model.stateDict();
    weight?.fill_(3);
    expect(model.weight).toEqualTensor([[3, 3]]);
    expect(weight?.requiresGrad).toBe(false);
  });

  it('goes into another module, in place', () => {
    manualSeed(0);
    const [from, to] = [network(), network()];
    from.forward(randn(4, 3));
    const [weight] = to.parameters();
    expect(to.loadStateDict(from.stateDict())).toEqual({ missingKeys: [], unexpectedKeys: [] });
    for (const [key, value] of Object.entries(from.stateDict()))
      expect(to.stateDict()[key]).toEqualTensor(value);
    expect([...to.parameters()][0] === weight).toBe(true);
    expect(to.stateDict()['bn.num_batches_tracked']).toEqualTensor(tensor(1, { dtype: 'int32' }));
  });

  it('is cast to the dtype of the module', () => {
    const model = new nn.Linear(1, 1, { bias: false });
    model.loadStateDict({ weight: tensor([[0.1]], { dtype: 'float64' }) });
    expect(model.weight.data).toEqual(Float32Array.of(0.1));
  });

  it('that does not fit is refused with all that is wrong, and nothing is loaded', () => {
    const model = network();
    const before = model.stateDict()['fc.bias']?.clone();
    const { 'bn.weight': _, ...dict } = network().stateDict();
    const rest = { ...dict, 'fc.bias': ones(2), 'fc.weight': zeros(3, 2), extra: zeros(1) };
    let error: unknown;
    try {
      model.loadStateDict({ ...rest, 'bn.bias': 3 as never });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(nn.StateDictError);
    expect(error).toBeInstanceOf(RetrogradError);
    expect(error).toMatchObject({
      missingKeys: ['bn.weight'],
      unexpectedKeys: ['extra'],
      misfits: [
        { key: 'fc.weight', got: [3, 2], want: [2, 3] },
        { key: 'bn.bias', got: null, want: [2] },
      ],
    });
    expect(String(error)).toMatch(
      /missing bn\.weight; unexpected extra; misshapen fc\.weight \(3, 2\) for \(2, 3\)/,
    );
    expect(model.stateDict()['fc.bias']).toEqualTensor(before ?? zeros(0));
  });

  it('need not be complete unless it is strict', () => {
    const model = network();
    const { missingKeys, unexpectedKeys } = model.loadStateDict(
      { 'fc.bias': tensor([7, 8]), extra: zeros(1) },
      { strict: false },
    );
    expect(unexpectedKeys).toEqual(['extra']);
    expect(missingKeys).toContain('fc.weight');
    expect(model.stateDict()['fc.bias']).toEqualTensor([7, 8]);
  });

  it('must fit in shape even if it is not strict', () => {
    expect(() => network().loadStateDict({ 'fc.bias': zeros(3) }, { strict: false })).toThrow(
      nn.StateDictError,
    );
  });

  it.each([[null], [new Map()], [new Set()], [new Date()], [[]], ['weights']])('is not %j', (value) => {
    expect(() => network().loadStateDict(value as never)).toThrow(ArgumentError);
  });
});

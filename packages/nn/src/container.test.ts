import { runInNewContext } from 'node:vm';
import { ArgumentError, ones, type Tensor, zeros } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import * as nn from './index.ts';

describe('Sequential', () => {
  it('calls its layers in order, a shared one as often as it stands there', () => {
    class Plus extends nn.Module {
      override forward(x: Tensor): Tensor {
        return x.add(1);
      }
    }
    const plus = new Plus();
    const model = new nn.Sequential(plus, new nn.Flatten({ startDim: 0 }), plus);
    expect(model.forward(zeros(1, 2))).toEqualTensor([2, 2]);
    expect(model.length).toBe(3);
    expect([...model]).toEqual([plus, model[1], plus]);
    expect(new nn.Sequential().forward(ones(1))).toEqualTensor([1]);
  });

  it('keeps its order beyond ten layers', () => {
    const model = new nn.Sequential(...Array.from({ length: 12 }, (_, i) => new nn.Linear(i + 1, i + 2)));
    expect(model.forward(zeros(1, 1)).shape).toEqual([1, 13]);
    expect(Object.keys(model.stateDict()).slice(-2)).toEqual(['11.weight', '11.bias']);
  });

  it('takes names', () => {
    const model = new nn.Sequential({ fc: new nn.Linear(2, 1), act: new nn.ReLU() });
    model.registerModule('last', new nn.Linear(1, 4, { bias: false }));
    expect(model.forward(zeros(3, 2)).shape).toEqual([3, 4]);
    expect(Object.keys(model.stateDict())).toEqual(['fc.weight', 'fc.bias', 'last.weight']);
  });

  it('takes layers later, unless they would come before those that have names', () => {
    const numbered = new nn.Sequential().append(new nn.Linear(2, 1)).append(new nn.Linear(1, 4));
    expect(numbered.forward(zeros(3, 2)).shape).toEqual([3, 4]);
    expect(() => new nn.Sequential({ fc: new nn.Linear(2, 1) }).append(new nn.ReLU())).toThrow(ArgumentError);
  });

  it('takes a Map, as PyTorch takes an OrderedDict', () => {
    const layers = new Map<string, nn.Layer>([['fc', new nn.Linear(2, 1)]]).set('act', new nn.ReLU());
    const foreign = runInNewContext('new Map(pairs)', { pairs: [...layers] });
    for (const given of [layers, foreign]) {
      const model = new nn.Sequential(given);
      expect([...model]).toEqual([...layers.values()]);
      expect(Object.keys(model.stateDict())).toEqual(['fc.weight', 'fc.bias']);
    }
  });

  it('refuses names that an object would have in another order', () => {
    const [first, second] = [new nn.ReLU(), new nn.Tanh()];
    expect(
      () =>
        new nn.Sequential(
          new Map<string, nn.Layer>([
            ['a', first],
            ['0', second],
          ]),
        ),
    ).toThrow(/a, 0/);
    expect([
      ...new nn.Sequential(
        new Map<string, nn.Layer>([
          ['0', first],
          ['a', second],
        ]),
      ),
    ]).toEqual([first, second]);
  });

  it.each<[string, unknown]>([
    ['a Set', new Set([new nn.ReLU()])],
    ['an array', [new nn.ReLU()]],
    ['a class', nn.ReLU],
    ['a function', nn.F.relu],
    ['null', null],
    ['undefined', undefined],
    ['a number', 3],
    ['a string', 'relu'],
    ['a generator', new nn.Sequential(new nn.ReLU())[Symbol.iterator]()],
    ['a Map of other things', new Map([['act', nn.F.relu]])],
    ['a Map by numbers', new Map([[0, new nn.ReLU()]])],
    ['an object of other things', { act: Object.create(null) }],
  ])('refuses what is no module: %s', (_, given) => {
    expect(() => new nn.Sequential(given as never)).toThrow(ArgumentError);
    expect(() => new nn.Sequential(new nn.ReLU(), given as never)).toThrow(ArgumentError);
  });

  it.each([
    ['a function', nn.F.tanh],
    ['null', null],
    ['nothing', undefined],
  ])('says so when %s is put in the place of a layer', (_, other) => {
    const model = new nn.Sequential(new nn.Linear(2, 2), new nn.ReLU());
    Reflect.set(model, 1, other);
    expect(() => model.forward(ones(1, 2))).toThrow(/Sequential.*1.*Module/);
    expect(() => model.length).toThrow(ArgumentError);
    Reflect.set(model, 1, new nn.Tanh());
    expect(model.length).toBe(2);
  });
});

describe('ModuleList', () => {
  it('is a list whose modules belong to its owner', () => {
    const list = new nn.ModuleList([new nn.Linear(1, 2), new nn.Linear(2, 3)]);
    list.append(new nn.Linear(3, 4)).extend([new nn.Linear(4, 5)]);
    expect(list).toHaveLength(4);
    expect(list[0]).toBe(list.at(0));
    expect(list.at(-1)?.outFeatures).toBe(5);
    expect(list.at(9)).toBe(undefined);
    expect([...list].map(({ outFeatures }) => outFeatures)).toEqual([2, 3, 4, 5]);
    expect(Object.keys(list.stateDict()).slice(0, 2)).toEqual(['0.weight', '0.bias']);
    expect(() => list.forward()).toThrow(/ModuleList/);
  });
});

describe('ModuleDict', () => {
  it('holds modules by name', () => {
    const dict = new nn.ModuleDict({ a: new nn.Linear(1, 2), b: new nn.Linear(2, 3) });
    expect(dict.get('b').outFeatures).toBe(3);
    expect([...dict.keys()]).toEqual(['a', 'b']);
    expect([...dict.values()]).toHaveLength(2);
    expect([...dict.entries()]).toEqual([...dict]);
    dict.set('a', new nn.Linear(5, 6));
    expect([dict.size, dict.get('a').inFeatures]).toEqual([2, 5]);
    expect([dict.delete('a'), dict.delete('a'), dict.has('a'), dict.size]).toEqual([true, false, false, 1]);
  });

  it('takes a Map, and refuses what holds no pairs', () => {
    const relu = new nn.ReLU();
    expect([...new nn.ModuleDict(new Map([['act', relu]])).keys()]).toEqual(['act']);
    for (const wrong of [
      new Date(),
      new Set([relu]),
      [relu],
      nn.ReLU,
      3,
      null,
      new (class Layers {
        act = relu;
      })(),
    ])
      expect(() => new nn.ModuleDict(wrong as never)).toThrow(ArgumentError);
  });

  it('refuses names that it does not have, or that it uses itself', () => {
    const dict = new nn.ModuleDict({ a: new nn.ReLU() });
    expect(() => dict.get('b')).toThrow(ArgumentError);
    expect(() => dict.get('training')).toThrow(ArgumentError);
    expect(() => dict.set('forward', new nn.ReLU())).toThrow(ArgumentError);
  });
});

describe('numbered items', () => {
  const sizes = (list: Iterable<{ outFeatures: number }>) => [...list].map(({ outFeatures }) => outFeatures);
  const linear = (size: number) => new nn.Linear(1, size);

  it('go in between and come out again, and the others are numbered anew', () => {
    const list = new nn.ModuleList([linear(1), linear(2)]);
    list.insert(0, linear(3)).insert(-1, linear(4)).insert(4, linear(5));
    expect(sizes(list)).toEqual([3, 1, 4, 2, 5]);
    expect(sizes([list.pop(1), list.pop()])).toEqual([1, 5]);
    expect(sizes(list)).toEqual([3, 4, 2]);
    expect(Object.keys(list.stateDict()).map((key) => key[0])).toEqual(['0', '0', '1', '1', '2', '2']);
    expect(() => list.insert(9, linear(1))).toThrow(ArgumentError);
    expect(() => list.insert(0, 1 as never)).toThrow(ArgumentError);
    expect(() => new nn.ModuleList().pop()).toThrow(ArgumentError);
    expect(sizes(list)).toEqual([3, 4, 2]);
  });

  it('can be cut, a list with new numbers, a Sequential with its own', () => {
    expect(Object.keys(new nn.ModuleList([linear(1), linear(2)]).slice(1).stateDict())[0]).toBe('0.weight');
    const model = new nn.Sequential(linear(1), new nn.ReLU(), linear(2)).slice(1);
    expect(Object.keys(model.stateDict())).toEqual(['2.weight', '2.bias']);
    expect(model.length).toBe(2);
  });
});

describe('ParameterList and ParameterDict', () => {
  const parameter = (size: number) => new nn.Parameter(ones(size));

  it('belong to the module that holds them', () => {
    class Net extends nn.Module {
      list = new nn.ParameterList([parameter(1), parameter(2)]);
      dict = new nn.ParameterDict({ a: parameter(3) });
      override forward(): void {}
    }
    const net = new Net();
    net.dict.set('b', parameter(4));
    expect(Object.keys(net.stateDict())).toEqual(['list.0', 'list.1', 'dict.a', 'dict.b']);
    expect([...net.parameters()].map(({ numel }) => numel)).toEqual([1, 2, 3, 4]);
    expect(net.dict.pop('a').numel).toBe(3);
    expect([...net.dict.keys()]).toEqual(['b']);
    expect(() => net.list.append(ones(2) as never)).toThrow(ArgumentError);
    expect(() => net.dict.get('a')).toThrow(ArgumentError);
  });
});

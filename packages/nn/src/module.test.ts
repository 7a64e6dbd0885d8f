import {
  ArgumentError,
  DTypeError,
  manualSeed,
  ones,
  randn,
  type Tensor,
  tensor,
  zeros,
} from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import * as nn from './index.ts';

class Net extends nn.Module {
  conv1 = new nn.Conv2d(1, 2, 3);
  bn1 = new nn.BatchNorm2d(2);
  scale = new nn.Parameter(ones(1));
  blocks = [new nn.Linear(2, 2), new nn.Linear(2, 2, { bias: false })];
  head = new nn.Sequential(new nn.Flatten(), new nn.Linear(2, 3));

  override forward(x: Tensor): Tensor {
    const y = this.bn1.forward(this.conv1.forward(x)).mean([2, 3]).mul(this.scale);
    return this.head.forward(this.blocks.reduce((z, block) => block.forward(z), y));
  }
}

describe('a module', () => {
  it('has the parameters of its fields, its own first', () => {
    expect([...new Net().namedParameters()].map(([name, { shape }]) => [name, shape])).toEqual([
      ['scale', [1]],
      ['conv1.weight', [2, 1, 3, 3]],
      ['conv1.bias', [2]],
      ['bn1.weight', [2]],
      ['bn1.bias', [2]],
      ['blocks.0.weight', [2, 2]],
      ['blocks.0.bias', [2]],
      ['blocks.1.weight', [2, 2]],
      ['head.1.weight', [3, 2]],
      ['head.1.bias', [3]],
    ]);
  });

  it('finds buffers, children and modules', () => {
    const net = new Net();
    const names = (entries: Iterable<[string, unknown]>) => [...entries].map(([name]) => name);
    expect(names(net.namedBuffers())).toEqual([
      'bn1.running_mean',
      'bn1.running_var',
      'bn1.num_batches_tracked',
    ]);
    expect(names(net.namedChildren())).toEqual(['conv1', 'bn1', 'blocks.0', 'blocks.1', 'head']);
    expect(names(net.namedModules())).toEqual([
      '',
      'conv1',
      'bn1',
      'blocks.0',
      'blocks.1',
      'head',
      'head.0',
      'head.1',
    ]);
    expect([...net.parameters({ recurse: false })].map((p) => p === net.scale)).toEqual([true]);
    expect([...net.children()]).toHaveLength(5);
    expect([...net.buffers()].length).toBe(3);
  });

  it('opens arrays of arrays, also one that holds itself', () => {
    class Grid extends nn.Module {
      rows: unknown[] = [[new nn.Linear(1, 1, { bias: false })], null, 3];
      override forward(): void {}
    }
    const grid = new Grid();
    grid.rows.push(grid.rows);
    expect(Object.keys(grid.stateDict())).toEqual(['rows.0.0.weight']);
  });

  it('takes no plain tensor where a parameter is wanted', () => {
    const linear = new nn.Linear(1, 1);
    // @ts-expect-error `parameters()` would not find it
    linear.weight = randn(1, 1);
    expect([...linear.parameters()].map((found) => found === linear.bias)).toEqual([true]);
  });

  it('refuses options that it does not have', () => {
    const net = new Net();
    const typo = { persist: false } as nn.BufferOptions;
    expect(() => net.registerBuffer('mean', randn(1), typo)).toThrow(ArgumentError);
    expect('mean' in net).toBe(false);
    expect(() => net.loadStateDict({}, { Strict: false } as nn.LoadOptions)).toThrow(ArgumentError);
  });

  it('names itself when it has no forward', () => {
    class Headless extends nn.Module {}
    expect(() => new Headless().forward()).toThrow(ArgumentError);
    expect(() => new Headless().forward()).toThrow(/Headless/);
  });

  it('forgets gradients, and stops asking for them', () => {
    const net = new Net();
    net
      .forward(randn(2, 1, 4, 4))
      .sum()
      .backward();
    expect(net.scale.grad).not.toBe(null);
    net.zeroGrad();
    expect([...net.parameters()].every(({ grad }) => grad === null)).toBe(true);
    net.requiresGrad_(false);
    expect([...net.parameters()].some(({ requiresGrad }) => requiresGrad)).toBe(false);
    expect(net.forward(randn(2, 1, 4, 4)).requiresGrad).toBe(false);
  });

  it('goes into training and out of it with all below', () => {
    const net = new Net();
    expect(net.training).toBe(true);
    expect([...net.eval().modules()].some(({ training }) => training)).toBe(false);
    expect([...net.train().modules()].every(({ training }) => training)).toBe(true);
  });

  it('applies a function to children before their parents', () => {
    const visited: string[] = [];
    new Net().apply((module) => void visited.push(module.constructor.name));
    expect(visited).toEqual([
      'Conv2d',
      'BatchNorm2d',
      'Linear',
      'Linear',
      'Flatten',
      'Linear',
      'Sequential',
      'Net',
    ]);
  });
});

describe('shared parts', () => {
  class Tied extends nn.Module {
    encoder = new nn.Linear(2, 3, { bias: false });
    decoder = new nn.Linear(2, 3, { bias: false });
    again = this.encoder;

    constructor() {
      super();
      this.decoder.weight = this.encoder.weight;
    }

    override forward(x: Tensor): Tensor {
      return this.again.forward(x);
    }
  }

  it('count once among parameters and modules, and under each name in the state dict', () => {
    const tied = new Tied();
    expect([...tied.namedParameters()].map(([name]) => name)).toEqual(['encoder.weight']);
    expect([...tied.namedModules()].map(([name]) => name)).toEqual(['', 'encoder', 'decoder']);
    expect(Object.keys(tied.stateDict())).toEqual(['encoder.weight', 'decoder.weight', 'again.weight']);
  });

  it('stay shared when converted', () => {
    const tied = new Tied().double();
    expect(tied.decoder.weight).toBe(tied.encoder.weight);
  });

  it('do not send a walk in circles', () => {
    class Child extends nn.Module {
      weight = new nn.Parameter(zeros(1));
      parent: nn.Module | null = null;
      override forward(): void {}
    }
    class Parent extends nn.Module {
      child = new Child();
      self: nn.Module = this;
      override forward(): void {}
    }
    const parent = new Parent();
    parent.child.parent = parent;
    let visits = 0;
    parent.apply(() => void visits++);
    expect(visits).toBe(2);
    expect(Object.keys(parent.stateDict())).toEqual(['child.weight']);
    expect([...parent.modules()]).toEqual([parent, parent.child]);
    expect(String(parent)).toContain('(self): Parent(…)');
    expect(parent.eval().child.training).toBe(false);
  });
});

describe('registering', () => {
  class Stats extends nn.Module {
    mean = this.registerBuffer('mean', zeros(2));
    cache = this.registerBuffer('cache', ones(2), { persistent: false });
    spare = this.registerBuffer('spare', null);
    override forward(): void {}
  }

  it('makes buffers of fields, which persist unless told otherwise', () => {
    const stats = new Stats();
    expect([...stats.namedBuffers()].map(([name]) => name)).toEqual(['mean', 'cache']);
    expect(Object.keys(stats.stateDict())).toEqual(['mean']);
    stats.mean = ones(2);
    expect(stats.stateDict().mean).toEqualTensor([1, 1]);
  });

  it('makes parameters and modules of names that are known late', () => {
    const module = new nn.Module();
    module.registerParameter('w', new nn.Parameter(zeros(1)));
    module.registerParameter('none', null);
    module.registerModule('linear', new nn.Linear(1, 1, { bias: false }));
    module.registerParameter('w', new nn.Parameter(ones(2)));
    expect([...module.namedParameters()].map(([name, { shape }]) => [name, shape])).toEqual([
      ['w', [2]],
      ['linear.weight', [1, 1]],
    ]);
  });

  it.each(['forward', 'training', 'a.b', '', 'parameters'])('refuses the name %j', (name) => {
    expect(() => new nn.Module().registerBuffer(name, zeros(1))).toThrow(ArgumentError);
  });

  it('refuses what is of the wrong kind', () => {
    const module = new nn.Module();
    expect(() => module.registerBuffer('b', [1] as never)).toThrow(ArgumentError);
    expect(() => module.registerParameter('p', zeros(1) as never)).toThrow(ArgumentError);
    expect(() => module.registerModule('m', {} as never)).toThrow(ArgumentError);
    expect(() => new nn.Parameter([1] as never)).toThrow(ArgumentError);
  });
});

describe('a parameter', () => {
  it('asks for a gradient, shares memory, and prints as one', () => {
    const data = tensor([1, 2]);
    const parameter = new nn.Parameter(data);
    data.mul_(2);
    expect(parameter.requiresGrad && parameter.isLeaf).toBe(true);
    expect(parameter).toEqualTensor([2, 4]);
    expect(String(parameter)).toBe(`Parameter containing:\n${tensor([2, 4], { requiresGrad: true })}`);
    expect(new nn.Parameter(data, { requiresGrad: false }).requiresGrad).toBe(false);
    expect(() => new nn.Parameter(tensor([1], { dtype: 'int32' }))).toThrow(DTypeError);
  });

  it('stands outside the history of what it is made from', () => {
    const x = tensor([1, 2], { requiresGrad: true });
    expect(new nn.Parameter(x.mul(2)).isLeaf).toBe(true);
  });
});

describe('converting', () => {
  it('keeps parameters the objects they are, with their gradients', () => {
    const net = new Net();
    net
      .forward(randn(2, 1, 4, 4))
      .sum()
      .backward();
    const before = [...net.parameters()];
    expect(net.to('float64')).toBe(net);
    expect([...net.parameters()].every((p, i) => p === before[i] && p.dtype === 'float64')).toBe(true);
    expect(before.every(({ grad }) => grad?.dtype === 'float64')).toBe(true);
    expect(net.bn1.running_mean?.dtype).toBe('float64');
    expect(net.bn1.num_batches_tracked?.dtype).toBe('int32');
    net
      .forward(randn([2, 1, 4, 4], { dtype: 'float64' }))
      .sum()
      .backward();
    const { dtype, requiresGrad } = net.float().scale;
    expect([dtype, requiresGrad]).toEqual(['float32', true]);
  });

  it('keeps the values', () => {
    manualSeed(1);
    const weight = new nn.Linear(3, 2).weight;
    manualSeed(1);
    expect(new nn.Linear(3, 2).double().weight.data).toEqual(Float64Array.from(weight.data));
  });

  it('refuses whole numbers', () => {
    expect(() => new Net().to('int32')).toThrow(DTypeError);
    expect(() => new Net().to('half' as never)).toThrow(DTypeError);
  });
});

import { ArgumentError, conv2d, isGradEnabled, randn, type Tensor, tensor, zeros } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import * as nn from './index.ts';
import { F, summary } from './index.ts';

class Net extends nn.Module {
  conv1 = new nn.Conv2d(1, 16, 3);
  bn = new nn.BatchNorm2d(16);
  pool = new nn.MaxPool2d(2);
  conv2 = new nn.Conv2d(16, 32, [3, 5], { stride: 2, dilation: [2, 1] });
  fc = new nn.Linear(32 * 5 * 5, 10);

  override forward(x: Tensor): Tensor {
    const y = this.pool.forward(F.relu(this.bn.forward(this.conv1.forward(x))));
    return this.fc.forward(this.conv2.forward(y).flatten(1));
  }
}

describe('summary', () => {
  it('lists layers with output shapes, parameters and receptive fields', () => {
    const { rows, totalParameters, trainableParameters } = summary(new Net(), [1, 1, 28, 28]);
    expect(
      rows.map(({ path, type, outputShape, parameters }) => [path, type, outputShape, parameters]),
    ).toEqual([
      ['conv1', 'Conv2d', [1, 16, 26, 26], 160],
      ['bn', 'BatchNorm2d', [1, 16, 26, 26], 32],
      ['pool', 'MaxPool2d', [1, 16, 13, 13], 0],
      ['conv2', 'Conv2d', [1, 32, 5, 5], 16 * 32 * 15 + 32],
      ['fc', 'Linear', [1, 10], 8010],
    ]);
    // 3, then 3 + 1·1 with neighbours 2 apart, then 4 + 2·2·2 in one dim and 4 + 4·1·2 in the other.
    expect(rows.map(({ receptiveField }) => receptiveField)).toEqual([
      [3, 3],
      [3, 3],
      [4, 4],
      [12, 12],
      null,
    ]);
    expect([totalParameters, trainableParameters]).toEqual([15914, 15914]);
  });

  it.each<[nn.Module, number[], number]>([
    [new nn.Linear(12288, 1000), [1, 12288], 12_289_000],
    [new nn.Linear(784, 196, { bias: false }), [1, 784], 153_664],
    [new nn.Conv2d(1, 1, 2, { stride: 2, bias: false }), [1, 1, 28, 28], 4],
  ])('counts the parameters of %s', (layer, shape, parameters) => {
    const { rows, totalParameters } = summary(layer, shape);
    expect(rows.map((row) => row.parameters)).toEqual([parameters]);
    expect(totalParameters).toBe(parameters);
  });

  it('prints a table', () => {
    const model = new nn.Sequential(new nn.Conv2d(1, 2, [3, 1]), new nn.Flatten(), new nn.Linear(48, 1000));
    for (const parameter of (model[0] as nn.Conv2d).parameters()) parameter.requiresGrad_(false);
    expect(String(summary(model, [1, 1, 6, 6]))).toBe(
      [
        'Layer        Output shape  Parameters  Receptive field',
        '──────────────────────────────────────────────────────',
        '0 (Conv2d)   (1, 2, 4, 6)           8              3×1',
        '1 (Flatten)  (1, 48)                0              3×1',
        '2 (Linear)   (1, 1000)         49,000                -',
        '──────────────────────────────────────────────────────',
        'Parameters: 49,008, of which trainable: 49,000',
      ].join('\n'),
    );
  });

  it('shows a shared layer at each call, and counts it once', () => {
    const layer = new nn.Linear(2, 2);
    const { rows, totalParameters } = summary(new nn.Sequential(layer, layer), [1, 2]);
    expect(rows.map(({ parameters }) => parameters)).toEqual([6, 0]);
    expect(totalParameters).toBe(6);
  });

  it('follows a receptive field through branches, and not through what it does not know', () => {
    class Branches extends nn.Module {
      wide = new nn.Conv2d(1, 1, 5, { padding: 2 });
      narrow = new nn.Conv2d(1, 1, 3, { padding: 1 });
      after = new nn.Identity();
      unknown = new nn.Identity();
      override forward(x: Tensor): Tensor {
        const sum = this.after.forward(this.wide.forward(x).add(this.narrow.forward(x)));
        return this.unknown.forward(conv2d(sum, zeros(1, 1, 3, 3)));
      }
    }
    const { rows } = summary(new Branches(), [1, 1, 9, 9]);
    expect(rows.map(({ path, receptiveField }) => [path, receptiveField])).toEqual([
      ['wide', [5, 5]],
      ['narrow', [3, 3]],
      ['after', [5, 5]],
      ['unknown', null],
    ]);
  });

  it('does not know the field of a sum whose parts move at different paces', () => {
    class Uneven extends nn.Module {
      pooled = new nn.MaxPool2d(2);
      plain = new nn.Conv2d(1, 1, 3);
      sum = new nn.Identity();
      override forward(x: Tensor): Tensor {
        return this.sum.forward(this.pooled.forward(x).add(this.plain.forward(x)));
      }
    }
    const { rows } = summary(new Uneven(), [1, 1, 4, 4]);
    expect(rows.map(({ receptiveField }) => receptiveField)).toEqual([[2, 2], [3, 3], null]);
  });

  it('has a measured receptive field: as far as the gradient of one output reaches', () => {
    const model = new nn.Sequential(
      new nn.Conv2d(1, 1, 3, { stride: 2, dtype: 'float64' }),
      new nn.AvgPool2d(3, { stride: 1 }),
      new nn.Conv2d(1, 1, 2, { dilation: 3, dtype: 'float64' }),
    );
    const x = randn([1, 1, 40, 40], { dtype: 'float64', requiresGrad: true });
    model.forward(x).select(2, 5).select(2, 5).sum().backward();
    const reached = [...(x.grad?.ne(0).any(2).flatten().data ?? [])];
    const [first, last] = [reached.indexOf(1), reached.lastIndexOf(1)];
    expect(summary(model, [1, 1, 40, 40]).rows.at(-1)?.receptiveField).toEqual([
      last - first + 1,
      last - first + 1,
    ]);
  });

  it('leaves the model as it was, also when its forward throws', () => {
    const model = new Net();
    model.bn.eval();
    const seen: boolean[] = [];
    model.conv1.registerForwardHook((module) => void seen.push(module.training || isGradEnabled()));
    summary(model, [1, 1, 28, 28]);
    expect(() => summary(model, [1, 1, 9, 9])).toThrow();
    expect(seen).toEqual([false, false]);
    expect([model.training, model.bn.training, model.conv1.training]).toEqual([true, false, true]);
    expect([...model.modules()].map((module) => Object.hasOwn(module, 'forward'))).toEqual([
      false,
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(model.bn.numBatchesTracked?.item()).toBe(0);
  });

  it('sends zeros of the model’s dtype', () => {
    expect(summary(new nn.Linear(2, 3).double(), [4, 2]).rows[0]?.outputShape).toEqual([4, 3]);
  });

  it('sends an example through, where zeros will not do', () => {
    const model = new nn.Sequential(new nn.Embedding(5, 3), new nn.Linear(3, 2));
    const { rows } = summary(model, tensor([[1, 4, 0, 2]], { dtype: 'int32' }));
    expect(rows.map(({ outputShape }) => outputShape)).toEqual([
      [1, 4, 3],
      [1, 4, 2],
    ]);
  });

  it('refuses what is no module', () => {
    expect(() => summary({} as never, [1])).toThrow(ArgumentError);
  });
});

import { manualSeed, randn, type Tensor } from '@retrograd/core';
import * as nn from '@retrograd/nn';
import * as optim from '@retrograd/optim';
import { describe, expect, it } from 'vitest';

const network = () => new nn.Sequential(new nn.Linear(3, 4), new nn.BatchNorm1d(4), new nn.Linear(4, 1));

/** Trains a network, averages it, and gives both with all weights that there were. */
function trained(avgFn = optim.getSwaAvgFn()) {
  manualSeed(1);
  const [model, averaged] = [network(), new optim.AveragedModel(network(), { avgFn })];
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.05 });
  const schedule = new optim.SWALR(optimizer, 0.02, { annealEpochs: 3 });
  const history: number[][] = [];
  for (let i = 0; i < 6; i++) {
    const x = randn(8, 3);
    optimizer.zeroGrad();
    nn.F.mseLoss(model.forward(x) as Tensor, x.sum(1, true)).backward();
    optimizer.step();
    schedule.step();
    averaged.updateParameters(model);
    history.push([...model.parameters()].flatMap((param) => [...param.data]));
  }
  return { model, averaged, history };
}

describe('averaged weights', () => {
  it('are the means of all that there were, and load into a module of the same kind', () => {
    const { averaged, history } = trained();
    const got = [...averaged.module.parameters()].flatMap((param) => [...param.data]);
    for (const [i, value] of got.entries()) {
      expect(value).toBeCloseTo(history.reduce((sum, weights) => sum + (weights[i] as number), 0) / 6, 5);
    }
    const other = new optim.AveragedModel(network());
    other.loadStateDict(averaged.stateDict());
    expect([...other.module.parameters()].flatMap((param) => [...param.data])).toEqual(got);
  });

  it('get running statistics of their own, the means over all batches', async () => {
    const { averaged } = trained();
    const [linear, norm] = averaged.module.children() as Iterable<nn.Module> as unknown as [
      nn.Linear,
      nn.BatchNorm1d,
    ];
    const batches = [randn(5, 3), randn(7, 3), randn(2, 3)];
    averaged.module.eval();
    await optim.updateBn(
      batches.map((x) => [x, 'label']),
      averaged.module,
    );
    const features = batches.map((x) => linear.forward(x).detach());
    const mean = (values: Tensor[]) => values.reduce((sum, each) => sum.add(each)).div(values.length);
    const wanted = [mean(features.map((x) => x.mean(0))), mean(features.map((x) => x.var(0)))];
    for (const [i, stat] of [norm.running_mean, norm.running_var].entries()) {
      for (const [c, value] of (stat as Tensor).data.entries())
        expect(value).toBeCloseTo(wanted[i]?.data[c] as number, 5);
    }
    expect([norm.num_batches_tracked?.item(), norm.momentum, averaged.module.training]).toEqual([
      3,
      0.1,
      false,
    ]);
  });
});

import { ArgumentError, type Tensor, tensor, zeros } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import { LBFGS } from './lbfgs.ts';
import {
  camelKeys,
  expectClose,
  expectState,
  type LBFGSRun,
  lossOf,
  recorded,
  stateDictOf,
  tensorOf,
} from './testing/recorded.ts';

const [X, Y] = [tensorOf(recorded.data.X), tensorOf(recorded.data.Y)];
/** Quasi-Newton steps divide by small differences of gradients, and their rounding grows. */
const tolerance = 1e-8;

/** (1 − x)² + 100 (y − x²)², whose minimum 0 lies at (1, 1). */
function rosenbrock([x, y]: readonly [Tensor, Tensor]): Tensor {
  return x.sub(1).square().add(y.sub(x.square()).square().mul(100)).sum();
}

const objectives = {
  rosenbrock,
  regression: ([W, b]: readonly [Tensor, Tensor]) => lossOf(X, Y, { W, b }),
};

/** Parameters, an optimiser of them, and a closure that counts what it gave. */
function begun({ of, init, kwargs }: LBFGSRun) {
  const params = init.map((each) => tensorOf(each).requiresGrad_()) as [Tensor, Tensor];
  const make = () => new LBFGS(params, camelKeys(kwargs));
  const calls: number[] = [];
  const closureFor = (optimizer: LBFGS) => () => {
    optimizer.zeroGrad();
    const loss = objectives[of](params);
    loss.backward();
    calls.push(loss.item());
    return loss;
  };
  return { params, make, calls, closureFor };
}

describe.each(recorded.lbfgs)('LBFGS on $of with $kwargs', (run) => {
  it('goes PyTorch’s way, evaluation by evaluation', () => {
    const { params, make, calls, closureFor } = begun(run);
    const optimizer = make();
    for (const step of run.steps) {
      const loss = optimizer.step(closureFor(optimizer));
      expect(Math.abs(loss.item() - step.loss)).toBeLessThan(tolerance);
      for (const [i, wanted] of step.params.entries()) expectClose(params[i], wanted, tolerance);
    }
    expect(calls.length).toBe(run.calls.length);
    for (const [i, loss] of run.calls.entries()) {
      expect(Math.abs((calls[i] as number) - loss)).toBeLessThan(tolerance * Math.max(1, loss));
    }
    expect(optimizer.stateDict().param_groups).toEqual(run.state_dict.param_groups);
  });

  it('comes to the same bits when it is stopped and begun anew', () => {
    const [straight, broken] = [begun(run), begun(run)];
    const optimizer = straight.make();
    let other = broken.make();
    for (const _ of run.steps) {
      const saved = other.stateDict();
      other = broken.make();
      other.loadStateDict(saved);
      optimizer.step(straight.closureFor(optimizer));
      other.step(broken.closureFor(other));
      for (const [i, param] of straight.params.entries()) expect(broken.params[i]?.data).toEqual(param.data);
    }
    expect(broken.calls).toEqual(straight.calls);
  });

  it('has PyTorch’s state, and loads it', () => {
    const { make, closureFor } = begun(run);
    const optimizer = make();
    for (const _ of run.steps) optimizer.step(closureFor(optimizer));
    // Where the descent has ended, what is left of the gradient is rounding, and so are 1 / (y · s) and H.
    const [{ prev_loss = 0 } = {}] = Object.values(run.state_dict.state);
    if (Number(prev_loss) > 1e-6) expectState(optimizer.stateDict(), run.state_dict, 1e-5);
    const again = make();
    again.loadStateDict(stateDictOf(run.state_dict));
    expectState(again.stateDict(), run.state_dict, Number.MIN_VALUE);
  });
});

describe('LBFGS', () => {
  const leaf = () => tensor([-1.2, 1], { dtype: 'float64', requiresGrad: true });
  /** Σ (x − 3)², once more for each parameter. */
  const bowl = (params: Tensor[]) => {
    for (const param of params) param.grad = null;
    const loss = params.map((param) => param.sub(3).square().sum()).reduce((a, b) => a.add(b));
    loss.backward();
    return loss;
  };

  it('comes down to the minimum, the closure giving a number as well', () => {
    const params = [leaf(), zeros([2, 1], { dtype: 'float64', requiresGrad: true })];
    const optimizer = new LBFGS(params, { lineSearchFn: 'strong_wolfe' });
    for (let i = 0; i < 3; i++) optimizer.step(() => bowl(params).item());
    for (const param of params) for (const value of param.data) expect(value).toBeCloseTo(3, 9);
  });

  it('leaves what has no gradient, and stops at once at a minimum', () => {
    const [moving, still] = [leaf(), leaf()];
    const optimizer = new LBFGS([moving, still]);
    optimizer.step(() => bowl([moving]));
    expect(still.toArray()).toEqual([-1.2, 1]);
    let calls = 0;
    const flat = new LBFGS([leaf()]);
    flat.step(() => ++calls);
    expect(calls).toBe(1);
  });

  it('keeps what it compares with, though gradients are zeroed in place', () => {
    const [a, b] = [leaf(), leaf()];
    const [fresh, kept] = [new LBFGS([a], { maxIter: 4 }), new LBFGS([b], { maxIter: 4 })];
    const closure = (x: Tensor, optimizer: LBFGS, setToNone: boolean) => () => {
      optimizer.zeroGrad({ setToNone });
      const loss = rosenbrock([x.select(0, 0), x.select(0, 1)]);
      loss.backward();
      return loss;
    };
    for (let i = 0; i < 3; i++) {
      fresh.step(closure(a, fresh, true));
      kept.step(closure(b, kept, false));
    }
    expect(b.data).toEqual(a.data);
  });

  it('puts the parameters back where a closure throws within a line search', () => {
    const param = leaf();
    const optimizer = new LBFGS([param], { lineSearchFn: 'strong_wolfe' });
    let calls = 0;
    const closure = () => {
      if (++calls === 2) throw new RangeError('enough');
      return bowl([param]);
    };
    expect(() => optimizer.step(closure)).toThrow(RangeError);
    expect(param.toArray()).toEqual([-1.2, 1]);
  });

  it.each<[string, () => unknown]>([
    ['no closure', () => new LBFGS([leaf()]).step()],
    ['a closure that gives nothing', () => new LBFGS([leaf()]).step(() => undefined)],
    ['an asynchronous closure', () => new LBFGS([leaf()]).step(async () => 1)],
    ['several groups', () => new LBFGS([{ params: [leaf()] }, { params: [leaf()] }] as never)],
    ['a group that comes later', () => new LBFGS([leaf()]).addParamGroup({ params: leaf() })],
    ['another line search', () => new LBFGS([leaf()], { lineSearchFn: 'armijo' as never })],
    ['no iterations', () => new LBFGS([leaf()], { maxIter: 0 })],
  ])('refuses %s', (_, act) => {
    expect(act).toThrow(ArgumentError);
  });
});

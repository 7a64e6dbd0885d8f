import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type DType, type Tensor, tensor } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import { clipGradNorm, clipGradValue } from './clip-grad.ts';
import { StepLR } from './lr-scheduler/step-lr.ts';
import { SGD } from './sgd.ts';
import type { OptimizerStateDict } from './state-dict.ts';

const fixture = (name: string) => readFileSync(new URL(`../../../tests/fixtures/${name}`, import.meta.url));

interface Elements {
  shape: number[];
  data: number[];
}
type Parameter = 'W' | 'b';
type Params<T> = Record<Parameter, T>;
type Settings = Record<string, number | boolean>;

const tensorOf = ({ shape, data }: Elements, dtype: DType = 'float64') =>
  tensor(data, { dtype }).reshape(shape);
const leavesOf = ({ W, b }: Params<Elements>, dtype?: DType): Params<Tensor> => ({
  W: tensorOf(W, dtype).requiresGrad_(),
  b: tensorOf(b, dtype).requiresGrad_(),
});
const camelKeys = (values: Settings) => {
  const camel = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [camel(name), value]));
};

/** mean((tanh(X @ W + b) − Y)²), of which all recorded gradients are. */
const lossOf = (X: Tensor, Y: Tensor, { W, b }: Params<Tensor>) =>
  X.matmul(W).add(b).tanh().sub(Y).square().mean();

function expectClose(got: Tensor | null | undefined, wanted: Elements, tolerance = 1e-13): void {
  expect(got?.shape).toEqual(wanted.shape);
  const gaps = [...(got?.data ?? [])].map((value, i) => Math.abs(value - (wanted.data[i] as number)));
  expect(Math.max(...gaps)).toBeLessThan(tolerance);
}

/** What tests/fixtures/make-optim-cases.py records. */
interface Recorded {
  data: Params<Elements> & { X: Elements; Y: Elements };
  sgd: Run[];
  step_lr: { step_size: number; gamma: number; lrs: number[][] }[];
  clip: Clip[];
}

interface Run {
  given: {
    groups: { params: Parameter[]; lr?: number; weight_decay?: number }[] | null;
    none_grad: Parameter | null;
    scheduler: { step_size: number; gamma: number } | null;
    clip: number | null;
    kwargs: Settings;
  };
  steps: { loss: number; norm: number | null; lrs: number[]; params: Params<Elements> }[];
  state_dict: {
    state: Record<number, { momentum_buffer: Elements | null }>;
    param_groups: OptimizerStateDict['param_groups'];
  };
  schedule_state_dict: Record<string, unknown> | null;
}

interface Clip {
  by: 'clip_grad_norm_' | 'clip_grad_value_';
  args: string[];
  before: (Elements | null)[];
  total: number | null;
  after: (Elements | null)[];
}

const recorded: Recorded = JSON.parse(fixture('optim-cases.json').toString());

/** The optimiser and the schedule of a recorded run. */
function made({ given: { groups, kwargs, scheduler } }: Run, params: Params<Tensor>) {
  const own = groups?.map(({ params: names, ...settings }) => ({
    ...camelKeys(settings),
    params: names.map((name) => params[name]),
  }));
  const optimizer = new SGD(own ?? Object.values(params), camelKeys(kwargs));
  const schedule = scheduler && new StepLR(optimizer, scheduler.step_size, { gamma: scheduler.gamma });
  return { optimizer, schedule };
}

/** PyTorch's state dict, but for what chooses among its implementations. */
function stateDictOf({ state_dict: { state, param_groups } }: Run) {
  const groups = param_groups.map(({ foreach, differentiable, ...group }) => group);
  return {
    groups,
    buffers: Object.entries(state).map(([i, saved]) => [Number(i), saved.momentum_buffer] as const),
  };
}

describe('SGD, StepLR and clipGradNorm go PyTorch’s way', () => {
  const [X, Y] = [tensorOf(recorded.data.X), tensorOf(recorded.data.Y)];

  it.each(recorded.sgd)('$given', (run) => {
    const { given, steps, schedule_state_dict } = run;
    const params = leavesOf(recorded.data);
    let { optimizer, schedule } = made(run, params);
    for (const [i, step] of steps.entries()) {
      if (i === 4) {
        // As if the script had been stopped, and begun anew.
        const [saved, savedSchedule] = [optimizer.stateDict(), schedule?.stateDict()];
        ({ optimizer, schedule } = made(run, params));
        optimizer.loadStateDict(saved);
        if (savedSchedule) schedule?.loadStateDict(savedSchedule);
      }
      optimizer.zeroGrad();
      const loss = lossOf(X, Y, params);
      loss.backward();
      expect(Math.abs(loss.item() - step.loss)).toBeLessThan(1e-13);
      if (given.none_grad !== null) params[given.none_grad].grad = null;
      if (given.clip !== null) {
        const norm = clipGradNorm(Object.values(params), given.clip).item();
        expect(Math.abs(norm - (step.norm as number))).toBeLessThan(1e-13);
      }
      expect(optimizer.paramGroups.map(({ lr }) => lr)).toEqual(step.lrs);
      optimizer.step();
      schedule?.step();
      expectClose(params.W, step.params.W);
      expectClose(params.b, step.params.b);
    }
    const { groups, buffers } = stateDictOf(run);
    const { state, param_groups } = optimizer.stateDict();
    expect(param_groups).toEqual(groups);
    for (const [i, buffer] of buffers) {
      if (buffer === null) expect(state[i]).toBeUndefined();
      else expectClose(state[i]?.momentum_buffer as Tensor, buffer);
    }
    if (schedule !== null) expect(schedule_state_dict).toMatchObject(schedule.stateDict());
  });

  it.each(recorded.sgd)('loads the state that PyTorch saved of $given.kwargs', (run) => {
    const params = leavesOf(recorded.data);
    const { optimizer } = made(run, params);
    const { groups, buffers } = stateDictOf(run);
    const saved = buffers.map(([i, buffer]) => [i, { momentum_buffer: buffer && tensorOf(buffer) }]);
    const { param_groups } = run.state_dict;
    optimizer.loadStateDict({ param_groups, state: Object.fromEntries(saved) });
    const again = optimizer.stateDict();
    expect(again.param_groups).toEqual(groups);
    const kept = Object.entries(again.state).map(([i, state]) => [
      Number(i),
      [...(state.momentum_buffer as Tensor).data],
    ]);
    expect(kept).toEqual(buffers.flatMap(([i, buffer]) => (buffer ? [[i, buffer.data]] : [])));
  });

  it.each(recorded.sgd)('does so in float32 as well: $given', (run) => {
    const params = leavesOf(recorded.data, 'float32');
    const { optimizer, schedule } = made(run, params);
    for (const { params: wanted } of run.steps) {
      optimizer.zeroGrad();
      lossOf(X.to('float32'), Y.to('float32'), params).backward();
      if (run.given.none_grad !== null) params[run.given.none_grad].grad = null;
      if (run.given.clip !== null) clipGradNorm(Object.values(params), run.given.clip);
      optimizer.step();
      schedule?.step();
      expect(params.W.dtype).toBe('float32');
      expectClose(params.W, wanted.W, 2e-6);
      expectClose(params.b, wanted.b, 2e-6);
    }
  });
});

describe('StepLR', () => {
  it.each(recorded.step_lr)('every $step_size epochs by $gamma', ({ step_size, gamma, lrs }) => {
    const [a, b] = [tensor([0], { requiresGrad: true }), tensor([0], { requiresGrad: true })];
    const optimizer = new SGD([{ params: a }, { params: [b], lr: 0.02 }], { lr: 0.1 });
    const schedule = new StepLR(optimizer, step_size, { gamma });
    for (const [epoch, wanted] of lrs.entries()) {
      if (epoch > 0) schedule.step();
      expect(schedule.getLastLr()).toEqual(wanted);
      expect(optimizer.paramGroups.map(({ lr }) => lr)).toEqual(wanted);
    }
  });
});

describe('gradient clipping', () => {
  it.each(recorded.clip)('$by by $args', ({ by, args, before, total, after }) => {
    const params = before.map((grad) => {
      const param = tensor([0], { dtype: 'float64' });
      param.grad = grad && tensorOf(grad);
      return param;
    });
    const [limit = 0, normType = 2] = args.map((arg) => (arg === 'inf' ? Infinity : Number(arg)));
    if (by === 'clip_grad_value_') clipGradValue(params, limit);
    else {
      const norm = clipGradNorm(params, limit, { normType }).item();
      expect(Math.abs(norm - (total as number))).toBeLessThan(1e-14);
    }
    for (const [i, wanted] of after.entries()) {
      if (wanted === null) expect(params[i]?.grad).toBe(null);
      else expectClose(params[i]?.grad, wanted, 1e-15);
    }
  });
});

/** Cases of PyTorch's own recorded elsewhere: one line, one run. */
interface CorpusCase {
  id: string;
  kind: string;
  kwargs: Settings;
  data: { X: { tensor: Elements }; Y: { tensor: Elements } };
  init: Params<{ tensor: Elements }>;
  steps: {
    loss: number;
    grads: Params<{ tensor: Elements }>;
    lr: number[];
    params: Params<{ tensor: Elements }>;
  }[];
  state_after: Params<{ momentum_buffer: { tensor: Elements } }>;
}

const corpus: CorpusCase[] = gunzipSync(fixture('torch-optim.jsonl.gz'))
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

describe('the recorded corpus', () => {
  const runs = corpus.filter(({ kind }) => kind === 'optim');

  /** Goes through a run; `fill` computes the gradients of a step. */
  function replay(
    run: CorpusCase,
    fill: (params: Params<Tensor>, step: CorpusCase['steps'][number]) => void,
  ) {
    const params = leavesOf({ W: run.init.W.tensor, b: run.init.b.tensor });
    const optimizer = new SGD(Object.values(params), camelKeys(run.kwargs));
    for (const step of run.steps) {
      fill(params, step);
      for (const [i, group] of optimizer.paramGroups.entries()) group.lr = step.lr[i] as number;
      optimizer.step();
      expectClose(params.W, step.params.W.tensor, 1e-12);
      expectClose(params.b, step.params.b.tensor, 1e-12);
    }
    for (const name of ['W', 'b'] as const) {
      const { momentumBuffer } = optimizer.state.get(params[name]) ?? {};
      expectClose(momentumBuffer, run.state_after[name].momentum_buffer.tensor, 1e-12);
    }
  }

  it.each(runs)('$id, fed with its gradients', (run) => {
    replay(run, (params, { grads }) => {
      for (const name of ['W', 'b'] as const) params[name].grad = tensorOf(grads[name].tensor);
    });
  });

  it.each(runs)('$id, from its loss', (run) => {
    const [X, Y] = [tensorOf(run.data.X.tensor), tensorOf(run.data.Y.tensor)];
    replay(run, (params, step) => {
      for (const name of ['W', 'b'] as const) params[name].grad = null;
      const loss = lossOf(X, Y, params);
      expect(Math.abs(loss.item() - step.loss)).toBeLessThan(1e-12);
      loss.backward();
    });
  });
});

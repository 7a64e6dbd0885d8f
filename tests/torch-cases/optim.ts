import { Tensor, tensor, zeros, zerosLike } from '@retrograd/core';
import * as optim from '@retrograd/optim';
import { camelCase } from './call.ts';
import type { Recorded, Tagged } from './case.ts';
import { difference, first, type Tolerance } from './compare.ts';
import { recording } from './ops.ts';
import { labelled } from './replay.ts';
import { decode, type Value } from './values.ts';

type Dict = Readonly<Record<string, Recorded>>;
type Parameter = 'W' | 'b';
type Pair<T> = Readonly<Record<Parameter, T>>;

/** Ten steps of an optimiser on mean((tanh(X @ W + b) − Y)²). */
interface Trajectory {
  readonly id: string;
  readonly kind: 'optim';
  readonly optimizer: string;
  readonly kwargs: Dict;
  readonly param_groups?: readonly (Dict & { readonly params: readonly Parameter[] })[];
  readonly scheduler?: ScheduleSpec;
  readonly none_grad?: Parameter;
  readonly zero_grad_steps?: readonly number[];
  readonly data: Readonly<Record<'X' | 'Y', Tagged>>;
  readonly init: Pair<Tagged>;
  readonly steps: readonly TrajectoryStep[];
  readonly state_after: Pair<Dict | null>;
}

interface TrajectoryStep {
  readonly loss: number;
  readonly grads: Pair<Tagged | null>;
  readonly lr: readonly number[];
  readonly params: Pair<Tagged>;
}

interface ScheduleSpec {
  readonly scheduler: string;
  readonly kwargs: Dict;
}

/** The rates of two groups under a schedule. */
interface ScheduleRun extends ScheduleSpec {
  readonly id: string;
  readonly kind: 'sched';
  readonly optimizer: { readonly optimizer: string; readonly group_lrs: readonly number[] } & Dict;
  readonly parts?: readonly ScheduleSpec[];
  readonly metrics?: readonly number[];
  readonly lrs: readonly (readonly number[])[];
  readonly momenta?: readonly (readonly number[])[];
}

interface Clipping {
  readonly id: string;
  readonly kind: 'clip';
  readonly fn: string;
  readonly kwargs: Dict;
  readonly grads_before: readonly (Tagged | null)[];
  readonly total_norm?: number;
  readonly grads_after: readonly (Tagged | null)[];
}

export type OptimCase = Trajectory | ScheduleRun | Clipping;

/** Every recorded run of an optimiser, a schedule or gradient clipping. */
export const optimCases = recording<OptimCase>('torch-optim.jsonl.gz');

/** Rounding, through ten steps. */
const tolerance = (): Tolerance => ({ rtol: 1e-12, atol: 1e-12 });
const near = (got: unknown, want: unknown) => difference(tensorsOf(got), tensorsOf(want), tolerance, false);

/** Numbers as tensors, which are compared within a tolerance. */
function tensorsOf(value: unknown): Value {
  if (typeof value === 'number') return tensor(value, { dtype: 'float64' });
  return Array.isArray(value) ? value.map(tensorsOf) : (value as Value);
}

/** An argument; a function is recorded as its text in both languages. */
function argument(recorded: Recorded | Lambda): unknown {
  if (Array.isArray(recorded)) return recorded.map(argument);
  const { lambda } = Object(recorded) as Partial<Lambda>;
  return lambda === undefined ? decode(recorded as Recorded) : new Function(`return ${lambda}`)();
}

interface Lambda {
  readonly lambda: string;
}

function optionsOf(kwargs: Dict): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(kwargs).map(([name, value]) => [camelCase(name), argument(value)]),
  );
}

type Construct<T> = new (...args: unknown[]) => T;

/** A class or function under the last part of its PyTorch name. */
function named<T>(path: string): T {
  return (optim as unknown as Readonly<Record<string, T>>)[path.slice(path.lastIndexOf('.') + 1)] as T;
}

/** What comes before the options of a schedule, by position. */
const required = ['lrLambda', 'stepSize', 'milestones', 'TMax', 'T0', 'baseLr', 'maxLr', 'swaLr'];

function scheduleOf(
  { scheduler, kwargs, parts }: ScheduleSpec & Pick<ScheduleRun, 'parts'>,
  on: AnyOptimizer,
) {
  const Schedule = named<Construct<AnySchedule>>(scheduler);
  const options = Object.entries(optionsOf(kwargs));
  const isPositional = ([name]: [string, unknown]) =>
    required.includes(name) || (name === 'gamma' && scheduler.endsWith('ExponentialLR'));
  const positional = options.filter(isPositional).map(([, value]) => value);
  const others = Object.fromEntries(options.filter((option) => !isPositional(option)));
  if (parts === undefined) return new Schedule(on, ...positional, others);
  const schedules: AnySchedule[] = parts.map((part) => scheduleOf(part, on));
  if (scheduler.endsWith('ChainedScheduler')) return new Schedule(schedules);
  return new Schedule(on, schedules, ...positional, others);
}

interface AnySchedule {
  step(metric?: number): void;
  getLastLr(): number[];
}

type AnyOptimizer = optim.Optimizer;
type AnyGroup = { lr: number; momentum?: number; betas?: readonly number[] };

/** What is wrong with a recorded run here, or `null`; `closed`: with gradients of its own instead of the recorded ones. */
export function problemWithOptim(recorded: OptimCase, closed = false): string | null {
  if (recorded.kind === 'optim') return trajectory(recorded, closed);
  return recorded.kind === 'sched' ? schedule(recorded) : clipping(recorded);
}

function trajectory(recorded: Trajectory, closed: boolean): string | null {
  const [X, Y, W, b] = [recorded.data.X, recorded.data.Y, recorded.init.W, recorded.init.b].map(
    (each) => decode(each) as Tensor,
  ) as [Tensor, Tensor, Tensor, Tensor];
  const params = { W: W.requiresGrad_(), b: b.requiresGrad_() };
  const groups = recorded.param_groups?.map(({ params: names, ...settings }) => ({
    ...optionsOf(settings),
    params: names.map((name) => params[name]),
  }));
  const Optimizer = named<Construct<AnyOptimizer>>(recorded.optimizer);
  const optimizer = new Optimizer(groups ?? [params.W, params.b], optionsOf(recorded.kwargs));
  const scheduled = recorded.scheduler && scheduleOf(recorded.scheduler, optimizer);
  for (const [i, step] of recorded.steps.entries()) {
    const evaluate = () => fill(recorded, i, params, [X, Y], closed);
    const rates = near(
      optimizer.paramGroups.map(({ lr }) => lr),
      step.lr,
    );
    const loss = optimizer.step(evaluate);
    scheduled?.step();
    const problem = first([
      labelled('the rates', rates),
      labelled('the loss', near(loss, step.loss)),
      ...names.map((name) =>
        labelled(name, difference(params[name], decode(step.params[name]), tolerance, false)),
      ),
    ]);
    if (problem !== null) return labelled(`step ${i}`, problem);
  }
  const { state } = optimizer.stateDict();
  const order = optimizer.paramGroups.flatMap((group) => group.params);
  return first(
    names.map((name) => stateDiffers(state[order.indexOf(params[name])], recorded.state_after[name])),
  );
}

const names = ['W', 'b'] as const;

/** Gives the parameters the gradients of a step, and returns the loss. */
function fill(
  { steps, none_grad, zero_grad_steps }: Trajectory,
  i: number,
  params: Pair<Tensor>,
  [X, Y]: readonly [Tensor, Tensor],
  closed: boolean,
): number {
  for (const name of names) params[name].grad = null;
  const loss = X.matmul(params.W).add(params.b).tanh().sub(Y).square().mean();
  loss.backward();
  for (const name of names) {
    const grad = steps[i]?.grads[name] ?? null;
    if (!closed) params[name].grad = grad && (decode(grad) as Tensor);
    else if (name === none_grad) params[name].grad = null;
    else if (zero_grad_steps?.includes(i)) params[name].grad?.zero_();
  }
  return loss.item();
}

/** PyTorch has tensors of no dims for what are numbers here, and None for what is not there. */
function stateDiffers(got: Readonly<Record<string, unknown>> = {}, want: Dict | null): string | null {
  const entries = Object.entries(want ?? {}).filter(([name, value]) => value !== null && name !== 'al');
  const missing = entries.map(([name]) => name).find((name) => !(name in got));
  if (missing !== undefined) return `no ${missing} in the state`;
  return first(
    entries.map(([name, value]) => {
      const wanted = decode(value);
      return labelled(
        name,
        typeof got[name] === 'number' ? near(got[name], Number(scalar(wanted))) : near(got[name], wanted),
      );
    }),
  );
}

function scalar(value: Value): unknown {
  return value instanceof Tensor ? value.item() : value;
}

function schedule(recorded: ScheduleRun): string | null {
  const { optimizer: name, group_lrs, ...options } = recorded.optimizer;
  const groups = group_lrs.map((lr) => ({ params: [zeros(1)], lr }));
  const optimizer = new (named<Construct<AnyOptimizer>>(name))(groups, optionsOf(options as Dict));
  const made = scheduleOf(recorded, optimizer);
  for (const [t, rates] of recorded.lrs.entries()) {
    if (t > 0) made.step(recorded.metrics?.[t - 1]);
    const momenta = (optimizer.paramGroups as AnyGroup[]).map(
      ({ betas, momentum }) => betas?.[0] ?? momentum,
    );
    const problem = first([
      near(made.getLastLr(), rates),
      near(
        optimizer.paramGroups.map(({ lr }) => lr),
        rates,
      ),
      recorded.momenta ? labelled('momentum', near(momenta, recorded.momenta[t])) : null,
    ]);
    if (problem !== null) return labelled(`rates after ${t} steps`, problem);
  }
  return null;
}

function clipping({ fn, kwargs, grads_before, grads_after, total_norm }: Clipping): string | null {
  const tensors = (grads: readonly (Tagged | null)[]) =>
    grads.map((grad) => grad && (decode(grad) as Tensor));
  const params = tensors(grads_before).map((grad) => {
    const param = zerosLike(grad ?? zeros(1));
    param.grad = grad;
    return param;
  });
  const [limit, ...others] = Object.entries(optionsOf(kwargs));
  const clip = named<(params: Tensor[], limit: unknown, options?: object) => Tensor | undefined>(
    camelCase(fn),
  );
  const options = Object.fromEntries(others);
  const total = others.length > 0 ? clip(params, limit?.[1], options) : clip(params, limit?.[1]);
  return first([
    total_norm === undefined ? null : labelled('the norm', near(total, total_norm)),
    near(
      params.map(({ grad }) => grad),
      tensors(grads_after),
    ),
  ]);
}

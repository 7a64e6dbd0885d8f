import {
  ArgumentError,
  checkOptions,
  definedOnly,
  enableGrad,
  noGrad,
  type Optional,
  optional,
  type Shape,
  ShapeError,
  showShape,
  Tensor,
} from '@retrograd/core';
import { listOf, tensorsOf } from './check.ts';
import { checkKinds, type Kinds } from './hyperparameters.ts';
import { type OptimizerStateDict, type ParamState, packed, stateLike, unpacked } from './state-dict.ts';

/** Hyperparameters: every optimiser has at least a learning rate. */
export interface Hyperparameters {
  lr: number;
}

/** What schedules write down in a group, so that it is saved and loaded with the optimiser. */
export interface ScheduleNotes {
  /** The learning rate that a schedule started from. */
  initialLr?: number;
  /** The highest and the lowest rate of `OneCycleLR`. */
  maxLr?: number;
  minLr?: number;
  /** Between which `OneCycleLR` and `CyclicLR` move the momentum. */
  baseMomentum?: number;
  maxMomentum?: number;
  /** Where `SWALR` goes. */
  swaLr?: number;
}

const scheduleNotes = ['initialLr', 'maxLr', 'minLr', 'baseMomentum', 'maxMomentum', 'swaLr'] as const;

/** Parameters that share hyperparameters. These may be changed at any time: `optimizer.paramGroups[0].lr = 0.01`. */
export type ParamGroup<H extends Hyperparameters = Hyperparameters> = H &
  ScheduleNotes & { readonly params: readonly Tensor[] };

/** A group as it is given; the hyperparameters that it leaves out are the optimiser's own. */
export type ParamGroupInit<H extends Hyperparameters> = Partial<H> &
  ScheduleNotes & { readonly params: Tensor | Iterable<Tensor> };

/** What to optimise: parameters, or groups of them. */
export type Parameters<H extends Hyperparameters> = Iterable<Tensor> | Iterable<ParamGroupInit<H>>;

export interface ZeroGradOptions {
  /** Take gradients away, instead of making them zeros. Default `true`. */
  setToNone?: boolean;
}

const zeroGradOrder = ['setToNone'] as const;

/**
 * The base of all optimisers. One of your own says how a parameter moves, and what is remembered of it.
 *
 * @typeParam H The hyperparameters.
 * @typeParam S What is remembered of each parameter.
 *
 * @example
 * ```ts
 * class SignDescent extends Optimizer {
 *   protected updateParameter(param: Tensor, grad: Tensor, _: ParamState, { lr }: ParamGroup) {
 *     param.add_(grad.sign(), { alpha: -lr });
 *   }
 * }
 * const optimizer = new SignDescent(model.parameters(), { lr: 0.01 });
 * ```
 */
export abstract class Optimizer<
  H extends Hyperparameters = Hyperparameters,
  S extends ParamState = ParamState,
> {
  /** The hyperparameters of groups that do not say otherwise. */
  readonly defaults: Readonly<H>;
  readonly paramGroups: ParamGroup<H>[] = [];
  /** What is remembered of each parameter that has moved. */
  readonly state = new Map<Tensor, S>();
  readonly #kinds: Kinds<H>;

  /**
   * @param defaults The hyperparameters of groups that do not say otherwise.
   * @param kinds What they may be.
   */
  constructor(params: Parameters<H>, defaults: H, kinds: Kinds<H> = {}) {
    this.defaults = defaults;
    this.#kinds = kinds;
    const given = listOf<Tensor | ParamGroupInit<H>>(this.constructor.name, params);
    if (given.length === 0) {
      throw new ArgumentError({
        op: this.constructor.name,
        got: 'no parameters',
        want: 'at least one',
        fix: 'Has the model any, or has its parameters() iterator been used up before?',
      });
    }
    const groups = given.some(isGroup) ? given : [{ params: given }];
    for (const group of groups) this.addParamGroup(group as ParamGroupInit<H>);
  }

  /** @throws ArgumentError for hyperparameters that make no sense */
  protected checkHyperparameters(hyperparameters: H): void {
    checkKinds(this.constructor.name, hyperparameters, this.#kinds);
  }

  /** @throws ArgumentError for parameters that cannot be optimised so. Default: for none. */
  protected checkParameters(_params: readonly Tensor[]): void {}

  /** What is remembered of a parameter before it moves for the first time. Default: nothing. */
  protected initialState(_param: Tensor, _group: ParamGroup<H>): S {
    return {} as S;
  }

  /** The shape of the tensors that are remembered of a parameter: its own. */
  protected stateShape(param: Tensor): Shape {
    return param.shape;
  }

  /** Moves a parameter in place, and brings what is remembered of it up to date. Nothing is recorded meanwhile. */
  protected abstract updateParameter(param: Tensor, grad: Tensor, state: S, group: ParamGroup<H>): void;

  /**
   * Adds parameters with hyperparameters of their own.
   *
   * @throws ArgumentError for hyperparameters that are unknown or make no sense, and for parameters that are no tensors,
   * no leaves, or here already; nothing is added then
   */
  addParamGroup(group: ParamGroupInit<H>): void {
    const op = this.constructor.name;
    if (!isGroup(group)) {
      throw new ArgumentError({
        op,
        got: 'something else among groups',
        want: 'groups: { params: [...], lr: … }',
      });
    }
    checkOptions(op, group, ['params', ...this.#hyperparameterNames()]);
    const { params, ...own } = group;
    const whole = { ...this.defaults, ...definedOnly(own), params: tensorsOf(op, params) } as ParamGroup<H>;
    checkLeaves(op, whole.params, new Set(this.#params()));
    this.checkParameters(whole.params);
    this.checkHyperparameters(whole);
    this.paramGroups.push(whole);
  }

  /**
   * Moves every parameter that has a gradient.
   *
   * @param closure Computes the loss anew, gradients included; called once, before anything moves.
   * @returns What the closure gives.
   * @throws ShapeError for a gradient of another shape or dtype than its parameter; nothing moves then
   */
  step<Loss = undefined>(closure?: () => Loss): Loss | undefined {
    const loss = closure && enableGrad(closure);
    const moving = this.paramGroups.flatMap((group) =>
      group.params.flatMap((param) => (param.grad === null ? [] : { param, grad: param.grad, group })),
    );
    for (const { param, grad } of moving) checkGradient(this.constructor.name, param, grad);
    noGrad(() => {
      for (const { param, grad, group } of moving) {
        this.updateParameter(param, grad, this.stateOf(param, group), group);
      }
    });
    return loss;
  }

  /**
   * Forgets the gradients of all parameters.
   *
   * @param rest `zeroGrad(false)` or `zeroGrad({ setToNone: false })` makes zeros of them instead: the next step then
   * moves by momentum and decay, where a parameter without a gradient stays where it is.
   */
  zeroGrad(...rest: Optional<ZeroGradOptions, typeof zeroGradOrder>): void {
    const { setToNone = true } = optional<ZeroGradOptions>('zeroGrad', rest, zeroGradOrder);
    for (const param of this.#params()) {
      const { grad } = param;
      param.grad = setToNone || grad === null ? null : noGrad(() => grad.detach().zero_());
    }
  }

  /**
   * All that is needed to go on later, in PyTorch's layout and under its names. The tensors are copies: later steps do
   * not change them.
   */
  stateDict(): OptimizerStateDict {
    return packed(this.paramGroups, this.state);
  }

  /**
   * Goes on from a state dict, PyTorch's or ours. Hyperparameters that it does not tell are the optimiser's own; tensors
   * are copied, in the dtype of their parameters.
   *
   * @throws ArgumentError or ShapeError when it is of another optimiser or of other parameters; nothing changes then
   */
  loadStateDict(stateDict: OptimizerStateDict): void {
    const op = `${this.constructor.name}.loadStateDict`;
    const names = this.#hyperparameterNames();
    const { hyperparameters, state } = unpacked(op, stateDict, this.paramGroups, names);
    const groups = this.paramGroups.map(
      ({ params }, i) => ({ ...this.defaults, ...hyperparameters[i], params }) as ParamGroup<H>,
    );
    for (const group of groups) this.checkHyperparameters(group);
    const states = new Map<Tensor, S>();
    for (const group of groups) {
      for (const param of group.params) {
        const saved = state.get(param);
        if (saved === undefined) continue;
        const pattern = {
          initial: this.initialState(param, group),
          shape: this.stateShape(param),
          dtype: param.dtype,
        };
        states.set(param, stateLike(op, saved, pattern) as S);
      }
    }
    this.paramGroups.splice(0, groups.length, ...groups);
    this.state.clear();
    for (const [param, values] of states) this.state.set(param, values);
  }

  #hyperparameterNames(): string[] {
    return [...Object.keys(this.defaults), ...scheduleNotes];
  }

  #params(): Tensor[] {
    return this.paramGroups.flatMap(({ params }) => params);
  }

  /** What is remembered of a parameter, from now on. */
  protected stateOf(param: Tensor, group: ParamGroup<H>): S {
    const state = this.state.get(param) ?? this.initialState(param, group);
    this.state.set(param, state);
    return state;
  }
}

function isGroup(given: unknown): given is { readonly params: unknown } {
  return typeof given === 'object' && given !== null && !(given instanceof Tensor) && 'params' in given;
}

function checkLeaves(op: string, params: readonly Tensor[], taken: Set<Tensor>): void {
  for (const [i, param] of params.entries()) {
    // Asked only when it is told: a parameter of a lazy layer has no shape yet.
    const which = () => `parameter ${i} of shape ${showShape(param.shape)}`;
    if (!param.isLeaf) {
      throw new ArgumentError({
        op,
        got: `${which()}, which is the result of ${param.gradFn?.name}`,
        want: 'leaves: tensors that no recorded op has made',
        fix: 'Make it one: x.detach().requiresGrad_().',
      });
    }
    if (taken.has(param)) {
      throw new ArgumentError({ op, got: `${which()} twice`, want: 'each parameter once, in one group' });
    }
    taken.add(param);
  }
}

/** @throws ShapeError for a gradient of another shape or dtype than its parameter */
export function checkGradient(op: string, param: Tensor, grad: Tensor): void {
  const [got, want] = [grad, param].map(({ dtype, shape }) => `${dtype} ${showShape(shape)}`);
  if (got === want) return;
  throw new ShapeError({
    op: `${op}.step`,
    got: `a gradient ${got} for a parameter ${want}`,
    want: 'a gradient of the same dtype and shape',
  });
}

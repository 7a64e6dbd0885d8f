import {
  ArgumentError,
  checkOptions,
  noGrad,
  ShapeError,
  showShape,
  type Tensor,
  tensor,
} from '@retrograd/core';
import { checkKinds, fraction } from './hyperparameters.ts';

/** What a model must have for its parameters to be averaged; every module of `nn` does. */
export interface Averageable {
  namedParameters(): Iterable<readonly [name: string, parameter: Tensor]>;
  namedBuffers(): Iterable<readonly [name: string, buffer: Tensor]>;
  stateDict(): Record<string, Tensor>;
  loadStateDict(stateDict: Record<string, Tensor>): unknown;
}

/** The new average of a parameter, from the one so far, its value now, and how many values are in the average. */
export type AvgFn = (averaged: Tensor, current: Tensor, numAveraged: number) => Tensor;

export interface AveragedModelOptions {
  /** How to average. Default `getSwaAvgFn()`: all values count the same. */
  avgFn?: AvgFn;
  /** Average the buffers, too, instead of taking over their values. Default `false`. */
  useBuffers?: boolean;
}

/**
 * Exponential moving average, decay · averaged + (1 − decay) · current.
 *
 * @param decay Default 0.999.
 * @throws ArgumentError unless `decay` is between 0 and 1
 */
export function getEmaAvgFn(decay = 0.999): AvgFn {
  checkKinds('getEmaAvgFn', { decay }, { decay: fraction });
  return (averaged, current) => averaged.mul(decay).add(current, { alpha: 1 - decay });
}

/** Mean of all values, averaged + (current − averaged) / (n + 1), as stochastic weight averaging has it. */
export function getSwaAvgFn(): AvgFn {
  return (averaged, current, numAveraged) => averaged.add(current.sub(averaged).div(numAveraged + 1));
}

/**
 * A model whose parameters are averages of those of another, which is trained. JavaScript cannot copy a model, so this is
 * given a second one of the same kind; the first update makes it a copy.
 *
 * Source: P. Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization".
 *
 * @example
 * ```ts
 * const averaged = new AveragedModel(new Net(), { avgFn: getEmaAvgFn(0.99) });
 * for (const [x, y] of batches) {
 *   train(model, x, y);
 *   averaged.updateParameters(model);
 * }
 * const accuracy = evaluate(averaged.module);
 * ```
 * @see updateBn
 */
export class AveragedModel<M extends Averageable = Averageable> {
  /** The model with the averages. */
  readonly module: M;
  /** How many values are in the averages. */
  nAveraged = 0;
  readonly #avgFn: AvgFn;
  readonly #useBuffers: boolean;

  constructor(module: M, options: AveragedModelOptions = {}) {
    checkOptions('AveragedModel', options, ['avgFn', 'useBuffers']);
    const { avgFn = getSwaAvgFn(), useBuffers = false } = options;
    if (typeof avgFn !== 'function')
      throw new ArgumentError({ op: 'AveragedModel', got: `avgFn ${String(avgFn)}`, want: 'a function' });
    checkAverageable('AveragedModel', module);
    this.module = module;
    this.#avgFn = avgFn;
    this.#useBuffers = useBuffers;
  }

  /**
   * Takes the parameters of the model that is trained into the averages.
   *
   * @throws ArgumentError or ShapeError for a model of another kind, or for the one that holds the averages
   */
  updateParameters(model: Averageable): void {
    checkAverageable('AveragedModel.updateParameters', model);
    const parameters = paired(this.module.namedParameters(), model.namedParameters());
    const buffers = paired(this.module.namedBuffers(), model.namedBuffers());
    const averaged = this.#useBuffers ? [...parameters, ...buffers] : parameters;
    const copied = this.#useBuffers ? [] : buffers;
    noGrad(() => {
      for (const [own, current] of averaged) {
        own.copy_(
          this.nAveraged === 0 ? current : this.#avgFn(own.detach(), current.detach(), this.nAveraged),
        );
      }
      for (const [own, current] of copied) own.copy_(current);
    });
    this.nAveraged++;
  }

  /** In PyTorch's layout: `n_averaged`, and what the model has, under `module.`. */
  stateDict(): Record<string, Tensor> {
    const entries = Object.entries(this.module.stateDict()).map(([name, value]) => [`module.${name}`, value]);
    return { n_averaged: tensor(this.nAveraged, { dtype: 'int32' }), ...Object.fromEntries(entries) };
  }

  /** @throws ArgumentError, or what the model throws, for a state dict that does not fit */
  loadStateDict(stateDict: Readonly<Record<string, Tensor>>): void {
    const { n_averaged, ...others }: Partial<Record<string, Tensor>> = stateDict ?? {};
    const odd = Object.keys(others).find((name) => !name.startsWith('module.'));
    if (n_averaged === undefined || odd !== undefined) {
      throw new ArgumentError({
        op: 'AveragedModel.loadStateDict',
        got: odd === undefined ? 'a state dict without n_averaged' : `the entry ${odd}`,
        want: 'n_averaged, and entries that begin with module.',
      });
    }
    const count = n_averaged.item();
    const entries = Object.entries(others).map(([name, value]) => [name.slice('module.'.length), value]);
    this.module.loadStateDict(Object.fromEntries(entries));
    this.nAveraged = count;
  }
}

function checkAverageable(op: string, model: Averageable): void {
  if (typeof model?.namedParameters === 'function' && typeof model.namedBuffers === 'function') return;
  throw new ArgumentError({ op, got: String(model), want: 'a module' });
}

type Named = Iterable<readonly [name: string, value: Tensor]>;

/** The tensors of two models of one kind, side by side. */
function paired(own: Named, other: Named): (readonly [own: Tensor, other: Tensor])[] {
  const [mine, theirs] = [[...own], [...other]];
  const describe = ([name, { shape }]: readonly [string, Tensor]) => `${name} ${showShape(shape)}`;
  const [got, want] = [theirs, mine].map((list) => list.map(describe).join(', ')) as [string, string];
  if (got !== want) {
    throw new ShapeError({
      op: 'AveragedModel.updateParameters',
      got: `a model with ${got || 'nothing'}`,
      want: `one with ${want || 'nothing'}`,
    });
  }
  return mine.map(([name, tensor], i) => {
    const [, current] = theirs[i] as readonly [string, Tensor];
    if (current !== tensor) return [tensor, current] as const;
    throw new ArgumentError({
      op: 'AveragedModel.updateParameters',
      got: `a model whose ${name} is that of the averages`,
      want: 'another model than the one with the averages',
      fix: 'Give AveragedModel a model of its own: new AveragedModel(new Net()).',
    });
  });
}

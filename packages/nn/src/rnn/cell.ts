import {
  ArgumentError,
  type DType,
  type Optional,
  optional,
  type Shape,
  ShapeError,
  showShape,
  Tensor,
  zeros,
} from '@retrograd/core';
import { checkPositive } from '../checks.ts';
import { linear } from '../functional/linear.ts';
import { checkSize } from '../linear.ts';
import { Module } from '../module.ts';
import { Parameter } from '../parameter.ts';
import { extra } from '../repr.ts';
import { drawRecurrent } from './base.ts';
import { type CellKind, elmanKind, gruKind, lstmKind, type Nonlinearity } from './kinds.ts';
import { asGiven, type StateOptions, startState, stateOrder, type UserState } from './state.ts';

export interface CellOptions {
  /** Add the biases b_ih and b_hh. Default true. */
  bias?: boolean;
  /** Default `float32`. */
  dtype?: DType;
}

export interface RNNCellOptions extends CellOptions {
  /** Default `'tanh'`. */
  nonlinearity?: Nonlinearity;
}

const cellOrder = ['bias'] as const;
const rnnCellOrder = ['bias', 'nonlinearity'] as const;

/** What the cells share: one step of a recurrent network, for inputs `(N, inputSize)` or `(inputSize)`. */
abstract class CellBase<H extends UserState> extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** `(gates · hiddenSize, inputSize)`, under PyTorch's name. */
  weight_ih: Parameter;
  /** `(gates · hiddenSize, hiddenSize)`, under PyTorch's name. */
  weight_hh: Parameter;
  /** `(gates · hiddenSize)`, under PyTorch's name. */
  bias_ih: Parameter | null;
  /** `(gates · hiddenSize)`, under PyTorch's name. */
  bias_hh: Parameter | null;
  private readonly kind: CellKind;

  constructor(op: string, kind: CellKind, inputSize: number, hiddenSize: number, options: CellOptions) {
    super();
    const { bias = true, dtype = 'float32' } = options;
    this.inputSize = checkSize(op, 'inputSize', inputSize);
    this.hiddenSize = checkPositive(op, 'hiddenSize', hiddenSize);
    const rows = kind.gates * hiddenSize;
    this.weight_ih = new Parameter(zeros([rows, inputSize], { dtype }));
    this.weight_hh = new Parameter(zeros([rows, hiddenSize], { dtype }));
    this.bias_ih = bias ? new Parameter(zeros([rows], { dtype })) : null;
    this.bias_hh = bias ? new Parameter(zeros([rows], { dtype })) : null;
    this.kind = kind;
    this.resetParameters();
  }

  /** Draws all weights and biases anew, uniform within ±1/√hiddenSize. */
  resetParameters(): void {
    drawRecurrent(this, this.hiddenSize);
  }

  /** The state after one step from the state `hx`, or from zeros. */
  override forward(x: Tensor, ...rest: Optional<StateOptions<H>, typeof stateOrder>): H {
    const op = this.constructor.name;
    const { hx = null } = optional<StateOptions<H>>(op, rest, stateOrder);
    const batch = checkInput(op, x, this.inputSize);
    const shapes = new Array<Shape>(this.kind.states).fill([...batch, this.hiddenSize]);
    const state = startState(op, hx, shapes, x.dtype);
    const fromInput = linear(x, this.weight_ih, { bias: this.bias_ih });
    const fromHidden = linear(state[0] as Tensor, this.weight_hh, { bias: this.bias_hh });
    return asGiven(this.kind.step(fromInput, fromHidden, state));
  }

  override extraRepr(): string {
    return extra([this.inputSize, this.hiddenSize], { ...(this.bias_ih === null && { bias: false }) });
  }
}

/** One step of `RNN`: h′ `(N, hiddenSize)`, or `(hiddenSize)` for an input `(inputSize)`. */
export class RNNCell extends CellBase<Tensor> {
  readonly nonlinearity: Nonlinearity;

  constructor(inputSize: number, hiddenSize: number, ...rest: Optional<RNNCellOptions, typeof rnnCellOrder>) {
    const options = optional<RNNCellOptions>('RNNCell', rest, rnnCellOrder, ['dtype']);
    const { nonlinearity = 'tanh' } = options;
    super('RNNCell', elmanKind('RNNCell', nonlinearity), inputSize, hiddenSize, options);
    this.nonlinearity = nonlinearity;
  }

  override extraRepr(): string {
    const { nonlinearity } = this;
    return nonlinearity === 'tanh'
      ? super.extraRepr()
      : `${super.extraRepr()}, ${extra([], { nonlinearity })}`;
  }
}

/** One step of `LSTM`: `[h′, c′]`, `(N, hiddenSize)` each. `const [h, c] = cell.forward(x, [h0, c0])`. */
export class LSTMCell extends CellBase<[h: Tensor, c: Tensor]> {
  constructor(inputSize: number, hiddenSize: number, ...rest: Optional<CellOptions, typeof cellOrder>) {
    const options = optional<CellOptions>('LSTMCell', rest, cellOrder, ['dtype']);
    super('LSTMCell', lstmKind, inputSize, hiddenSize, options);
  }
}

/** One step of `GRU`: h′ `(N, hiddenSize)`. */
export class GRUCell extends CellBase<Tensor> {
  constructor(inputSize: number, hiddenSize: number, ...rest: Optional<CellOptions, typeof cellOrder>) {
    const options = optional<CellOptions>('GRUCell', rest, cellOrder, ['dtype']);
    super('GRUCell', gruKind, inputSize, hiddenSize, options);
  }
}

/** The dims in front of the features. */
function checkInput(op: string, x: unknown, features: number): Shape {
  const want = `(N, ${features}) or (${features},)`;
  if (!(x instanceof Tensor))
    throw new ArgumentError({ op, got: x === null ? 'null' : typeof x, want: `a Tensor ${want}` });
  if ((x.ndim === 1 || x.ndim === 2) && x.shape.at(-1) === features) return x.shape.slice(0, -1);
  throw new ShapeError({ op, got: `an input of shape ${showShape(x.shape)}`, want });
}

import { type Optional, optional, type Tensor } from '@retrograd/core';
import { RecurrentBase, type RecurrentOptions, type RecurrentSizes } from './base.ts';
import { elmanKind, gruKind, lstmKind, type Nonlinearity } from './kinds.ts';

export interface RNNOptions extends RecurrentOptions {
  /** Default `'tanh'`. */
  nonlinearity?: Nonlinearity;
}

export interface LSTMOptions extends RecurrentOptions {
  /** Features that one more weight brings the hidden state to; 0 for none. Default 0. */
  projSize?: number;
}

const sizes = ['inputSize', 'hiddenSize'] as const;
const common = ['bias', 'batchFirst', 'dropout', 'bidirectional'] as const;
const rnnOrder = ['numLayers', 'nonlinearity', ...common] as const;
const lstmOrder = ['numLayers', ...common, 'projSize'] as const;
const gruOrder = ['numLayers', ...common] as const;

/** The sizes by position, and behind them the optional arguments; or everything by name. */
type Arguments<O, Order extends readonly (keyof O)[]> =
  | [inputSize: number, hiddenSize: number, ...Optional<O, Order>]
  | [RecurrentSizes & O];

/**
 * Elman's recurrent network, h′ = tanh(W_ih·x + b_ih + W_hh·h + b_hh), or with relu. Gives the hidden states of the
 * last layer at all steps, `(T, N, directions · hiddenSize)`, and the last ones of each layer and direction,
 * `(layers · directions, N, hiddenSize)`.
 *
 * @example
 * ```ts
 * const rnn = new nn.RNN(8, 16, { numLayers: 2, batchFirst: true });
 * const [out, h] = rnn.forward(x); // (N, T, 8) → (N, T, 16) and (2, N, 16)
 * ```
 */
export class RNN extends RecurrentBase<Tensor> {
  readonly nonlinearity: Nonlinearity;

  constructor(...given: Arguments<RNNOptions, typeof rnnOrder>) {
    const order = [...sizes, ...rnnOrder] as const;
    const options = optional<RecurrentSizes & RNNOptions>('RNN', given, order, ['dtype']);
    const { nonlinearity = 'tanh', ...rest } = options;
    super('RNN', { ...rest, kind: elmanKind('RNN', nonlinearity) });
    this.nonlinearity = nonlinearity;
  }
}

/**
 * Long short-term memory: with i, f, g and o, each a sum of products with the input and the hidden state,
 * c′ = σ(f)·c + σ(i)·tanh(g) and h′ = σ(o)·tanh(c′). Gives what `RNN` gives, with a pair of last states: hidden and
 * cell.
 *
 * @example
 * ```ts
 * const lstm = new nn.LSTM(8, 16, { bidirectional: true });
 * const [out, [h, c]] = lstm.forward(x); // (T, N, 8) → (T, N, 32), and (2, N, 16) twice
 * ```
 */
export class LSTM extends RecurrentBase<[h: Tensor, c: Tensor]> {
  constructor(...given: Arguments<LSTMOptions, typeof lstmOrder>) {
    const order = [...sizes, ...lstmOrder] as const;
    const options = optional<RecurrentSizes & LSTMOptions>('LSTM', given, order, ['dtype']);
    super('LSTM', { ...options, kind: lstmKind });
  }
}

/**
 * Gated recurrent units: with r, z and n, h′ = (1 − σ(z))·n + σ(z)·h, where n = tanh(W_in·x + b_in + σ(r)·(W_hn·h +
 * b_hn)). Gives what `RNN` gives.
 */
export class GRU extends RecurrentBase<Tensor> {
  constructor(...given: Arguments<RecurrentOptions, typeof gruOrder>) {
    const order = [...sizes, ...gruOrder] as const;
    const options = optional<RecurrentSizes & RecurrentOptions>('GRU', given, order, ['dtype']);
    super('GRU', { ...options, kind: gruKind });
  }
}

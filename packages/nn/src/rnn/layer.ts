import { cat, matmul, stack, type Tensor } from '@retrograd/core';
import { linear } from '../functional/linear.ts';
import type { CellKind, State } from './kinds.ts';

/** What one layer in one direction multiplies with; what it does not have is `null`. */
export interface LayerWeights {
  /** `(gates · C, inputs)` */
  readonly ih: Tensor;
  /** `(gates · C, H)` */
  readonly hh: Tensor;
  readonly biasIh: Tensor | null;
  readonly biasHh: Tensor | null;
  /** `(H, C)`, what brings a hidden state of C features to H. */
  readonly hr: Tensor | null;
}

/**
 * Sequences as rows, step after step: of the first step `sizes[0]` rows, one for each sequence, then `sizes[1]` for
 * those that go on, and so on. Sequences of one length have the same number at every step.
 */
export interface Steps {
  /** `(Σ sizes, features)` */
  readonly rows: Tensor;
  /** One or more numbers, none larger than the one before. */
  readonly sizes: readonly number[];
}

/**
 * Layers one on the other, each with one direction or two: the hidden states of the last at all steps
 * `(Σ sizes, directions · H)`, and the last states of all, `(layers · directions, N, …)` as `start` is.
 *
 * @param between what happens to the outputs of a layer before the next one reads them
 */
export function runLayers(
  kind: CellKind,
  layers: readonly (readonly LayerWeights[])[],
  { rows, sizes }: Steps,
  start: State,
  between: (rows: Tensor) => Tensor,
): [rows: Tensor, last: State] {
  const lasts: State[] = [];
  let read = rows;
  for (const [n, directions] of layers.entries()) {
    const input = { rows: n === 0 ? read : between(read), sizes };
    const sides = directions.map((weights, direction) => {
      const state = start.map((x) => x.select(0, lasts.length));
      const { outputs, last } = runLayer(kind, weights, input, state, direction === 1);
      lasts.push(last);
      return outputs;
    });
    read = sides.length === 1 ? (sides[0] as Tensor) : cat(sides, 1);
  }
  return [read, start.map((_, k) => stack(lasts.map((last) => last[k] as Tensor)))];
}

/** One layer in one direction: the hidden states of all steps `(Σ sizes, H)`, and the last state of each sequence. */
function runLayer(
  kind: CellKind,
  weights: LayerWeights,
  { rows, sizes }: Steps,
  start: State,
  reverse: boolean,
): { outputs: Tensor; last: State } {
  const [inputBias, hiddenBias] = biasesOf(kind, weights);
  const inputs = cutRows(linear(rows, weights.ih, { bias: inputBias }), sizes);
  const [hh, hr] = [weights.hh.t(), weights.hr?.t()];
  const order = reverse ? [...sizes.keys()].reverse() : [...sizes.keys()];
  const outputs = new Array<Tensor>(sizes.length);
  let now = sizes[order[0] as number] as number;
  let state = part(start, 0, now);
  let left: State[] = [];
  for (const t of order) {
    // Walking forwards, the shorter sequences leave at the end of the batch; walking backwards they join there.
    const size = sizes[t] as number;
    if (size < now) left = [part(state, size, now), ...left];
    if (size < now) state = part(state, 0, size);
    if (size > now) state = joined([state, part(start, now, size)]);
    now = size;
    const product = matmul(state[0] as Tensor, hh);
    state = kind.step(inputs[t] as Tensor, hiddenBias ? product.add(hiddenBias) : product, state);
    if (hr) state = [matmul(state[0] as Tensor, hr), ...state.slice(1)];
    outputs[t] = state[0] as Tensor;
  }
  return { outputs: cat(outputs), last: joined([state, ...left]) };
}

/** The biases of the products with the input and with the state; one for both, where the two are only added. */
function biasesOf(kind: CellKind, { biasIh, biasHh }: LayerWeights): [Tensor | null, Tensor | null] {
  if (!kind.addsProducts || biasIh === null || biasHh === null) return [biasIh, biasHh];
  return [biasIh.add(biasHh), null];
}

/**
 * The rows of each step. They are cut in halves, and those in halves again: the gradient of a slice is as large as
 * what it was cut from, so T slices of the whole would cost T², and these cost T log T.
 */
function cutRows(rows: Tensor, sizes: readonly number[]): Tensor[] {
  if (sizes.length === 1) return [rows];
  const middle = sizes.length >> 1;
  const [head, tail] = [sizes.slice(0, middle), sizes.slice(middle)];
  const [before, after] = rows.split([total(head), total(tail)]) as [Tensor, Tensor];
  return [...cutRows(before, head), ...cutRows(after, tail)];
}

function total(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The states of some of the sequences. */
function part(state: State, from: number, to: number): State {
  return state.map((x) => x.narrow(0, from, to - from));
}

/** The states of all sequences of several batches. */
function joined(states: readonly State[]): State {
  const [first = []] = states;
  if (states.length === 1) return first;
  return first.map((_, k) => cat(states.map((state) => state[k] as Tensor)));
}

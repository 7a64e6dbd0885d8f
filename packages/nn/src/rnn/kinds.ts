import { ArgumentError, fuse, relu, sigmoid, type Tensor, tanh } from '@retrograd/core';

/** The hidden state, and behind it the cell state of an LSTM: `(N, H)` and `(N, C)`. */
export type State = readonly Tensor[];

/** A kind of recurrent cell: how many products it takes of its input and its state, and how it goes on from there. */
export interface CellKind {
  /** How many times as many rows as the state has features the weights have. */
  readonly gates: number;
  /** 2 for a cell state beside the hidden one. */
  readonly states: 1 | 2;
  /** Whether `step` only adds its products, so that one bias will do for both. */
  readonly addsProducts: boolean;
  /** @param x W_ih·x + b_ih, `(N, gates · C)`; @param h W_hh·h + b_hh, of the same shape */
  step(x: Tensor, h: Tensor, state: State): State;
}

export type Nonlinearity = 'tanh' | 'relu';

/** h′ = f(x + h) (Elman, 1990) */
const elmanKinds: Readonly<Record<Nonlinearity, CellKind>> = {
  tanh: { gates: 1, states: 1, addsProducts: true, step: (x, h) => [tanh(x.add(h))] },
  relu: { gates: 1, states: 1, addsProducts: true, step: (x, h) => [relu(x.add(h))] },
};

/** @throws ArgumentError for a nonlinearity that it does not have */
export function elmanKind(op: string, nonlinearity: Nonlinearity): CellKind {
  if (Object.hasOwn(elmanKinds, nonlinearity)) return elmanKinds[nonlinearity];
  throw new ArgumentError({ op, got: `nonlinearity '${String(nonlinearity)}'`, want: "'tanh' or 'relu'" });
}

const remember = fuse('lstmCell', (i, f, g, c) =>
  sigmoid(f)
    .mul(c)
    .add(sigmoid(i).mul(tanh(g))),
);
const show = fuse('lstmOutput', (o, c) => sigmoid(o).mul(tanh(c)));

/** c′ = σ(f)·c + σ(i)·tanh(g), h′ = σ(o)·tanh(c′) (Hochreiter and Schmidhuber, 1997; Gers and others, 2000) */
export const lstmKind: CellKind = {
  gates: 4,
  states: 2,
  addsProducts: true,
  step(x, h, state) {
    const [, c] = state as [Tensor, Tensor];
    const [i, f, g, o] = x.add(h).chunk(4, -1) as [Tensor, Tensor, Tensor, Tensor];
    const next = remember(i, f, g, c);
    return [show(o, next), next];
  },
};

const candidate = fuse('gruCandidate', (r, x, h) => tanh(x.add(sigmoid(r).mul(h))));
const towards = fuse('gruState', (z, n, h) => n.add(sigmoid(z).mul(h.sub(n))));

/**
 * n = tanh(x_n + σ(r)·h_n), h′ = (1 − σ(z))·n + σ(z)·h (Cho and others, 2014, but with r on the product with the
 * state, so that all three gates are one product)
 */
export const gruKind: CellKind = {
  gates: 3,
  states: 1,
  addsProducts: false,
  step(x, h, state) {
    const [before] = state as [Tensor];
    const size = before.shape.at(-1) as number;
    const [xGates, xNew] = x.split([2 * size, size], -1) as [Tensor, Tensor];
    const [hGates, hNew] = h.split([2 * size, size], -1) as [Tensor, Tensor];
    const [r, z] = xGates.add(hGates).chunk(2, -1) as [Tensor, Tensor];
    return [towards(z, candidate(r, xNew, hNew), before)];
  },
};

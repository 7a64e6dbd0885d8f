import {
  ArgumentError,
  DTypeError,
  gradcheck,
  gradgradcheck,
  manualSeed,
  ones,
  randn,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from '@retrograd/core';
import { beforeEach, describe, expect, it } from 'vitest';
import * as nn from '../index.ts';

const { packSequence, packPaddedSequence, unpackSequence } = nn.utils.rnn;
const near = { atol: 1e-12, rtol: 1e-12 };
const dtype = 'float64';
const float64 = { dtype } as const;

beforeEach(() => manualSeed(1));

const layers = { RNN: nn.RNN, LSTM: nn.LSTM, GRU: nn.GRU };
const cells = { RNN: nn.RNNCell, LSTM: nn.LSTMCell, GRU: nn.GRUCell };
type Kind = keyof typeof layers;

/** The kinds, with their differences in types left aside: a state is a list of tensors here. */
interface AnyLayer extends nn.Module {
  forward(x: unknown, hx?: unknown): [Tensor & nn.utils.rnn.PackedSequence, Tensor | Tensor[]];
}
interface AnyCell extends nn.Module {
  forward(x: Tensor, hx?: unknown): Tensor | Tensor[];
}
const layerOf = (kind: Kind, ...args: unknown[]) =>
  new layers[kind](...(args as [3, 4])) as unknown as AnyLayer;
const cellOf = (kind: Kind, ...args: unknown[]) => new cells[kind](...(args as [3, 4])) as unknown as AnyCell;
const listOf = (state: Tensor | Tensor[]): Tensor[] => (Array.isArray(state) ? state : [state]);
const given = (state: Tensor[]) => (state.length === 1 ? state[0] : state);
const statesOf = (kind: Kind, shape: number[]) =>
  (kind === 'LSTM' ? [1, 2] : [1]).map(() => randn(shape, float64));

function expectStates(state: Tensor | Tensor[], want: Tensor | Tensor[]): void {
  for (const [k, each] of listOf(want).entries()) expect(listOf(state)[k]).toBeCloseToTensor(each, near);
}

/** Loads the weights of one pass of a layer into a layer, or a cell, that has only one. */
function loadPass(into: nn.Module, from: nn.Module, suffix: string, own = '_l0'): void {
  const entries = Object.entries(from.stateDict()).filter(([key]) => key.endsWith(suffix));
  into.loadStateDict(
    Object.fromEntries(entries.map(([key, x]) => [key.slice(0, key.length - suffix.length) + own, x])),
  );
}

const σ = (x: number) => 1 / (1 + Math.exp(-x));

/** The published formulas, number by number: gate k of unit j is a sum `x(k, j)` of the input, and `h(k, j)` of the state. */
const formulas: Record<Kind, (x: Gate, h: Gate, j: number, before: number[]) => number[]> = {
  RNN: (x, h, j) => [Math.tanh(x(0, j) + h(0, j))],
  LSTM: (x, h, j, [, c = 0]) => {
    const [i, f, g, o] = [0, 1, 2, 3].map((k) => x(k, j) + h(k, j)) as [number, number, number, number];
    const cell = σ(f) * c + σ(i) * Math.tanh(g);
    return [σ(o) * Math.tanh(cell), cell];
  },
  GRU: (x, h, j, [before = 0]) => {
    const [r, z] = [σ(x(0, j) + h(0, j)), σ(x(1, j) + h(1, j))];
    return [(1 - z) * Math.tanh(x(2, j) + r * h(2, j)) + z * before];
  },
};
type Gate = (k: number, j: number) => number;

/** One step by the formulas, for one sequence. */
function stepped(kind: Kind, weights: Record<string, Tensor>, x: number[], state: number[][]): number[][] {
  const [hidden = []] = state;
  const gate = (end: string, input: number[]): Gate => {
    const [W, b] = [weights[`weight_${end}`]?.toArray(), weights[`bias_${end}`]?.toArray()] as [
      number[][],
      number[],
    ];
    return (k, j) => {
      const at = k * hidden.length + j;
      return input.reduce((sum, value, i) => sum + value * (W[at]?.[i] ?? Number.NaN), b[at] as number);
    };
  };
  const units = hidden.map((_, j) =>
    formulas[kind](
      gate('ih', x),
      gate('hh', hidden),
      j,
      state.map((part) => part[j] as number),
    ),
  );
  return state.map((_, part) => units.map((unit) => unit[part] as number));
}

describe.each(Object.keys(layers) as Kind[])('%s', (kind) => {
  const random = (...shape: number[]) => randn(shape, float64);

  it('computes what the formulas say, in a layer and in a cell', () => {
    const cell = cellOf(kind, 3, 2, float64);
    const layer = layerOf(kind, 3, 2, float64);
    loadPass(layer, cell, '', '_l0');
    const x = random(4, 3);
    const start = statesOf(kind, [1, 2]);
    let state = start.map((each) => each.squeeze(0).toArray() as number[]);
    let own: Tensor | Tensor[] = start.map((each) => each.squeeze(0));
    const [out, last] = layer.forward(x, given(start));
    for (const [t, xt] of x.unbind().entries()) {
      state = stepped(kind, cell.stateDict(), xt.toArray() as number[], state);
      own = cell.forward(xt, given(listOf(own)));
      expectStates(
        own,
        state.map((each) => tensor(each, float64)),
      );
      expect(out.select(0, t)).toBeCloseToTensor(tensor(state[0] as number[], float64), near);
    }
    expectStates(
      last,
      state.map((each) => tensor([each], float64)),
    );
  });

  it('has the gradients of a cell that goes step by step', () => {
    const [cell, layer] = [cellOf(kind, 3, 4, float64), layerOf(kind, 3, 4, float64)];
    loadPass(layer, cell, '', '_l0');
    const [x, y] = [random(7, 2, 3).requiresGrad_(), random(7, 2, 4)];
    let state: Tensor | Tensor[] = statesOf(kind, [2, 4]);
    const start = listOf(state).map((each) => each.unsqueeze(0).clone().requiresGrad_());
    const outputs = x
      .detach()
      .unbind()
      .map((xt) => {
        state = cell.forward(xt, given(listOf(state)));
        return listOf(state)[0] as Tensor;
      });
    outputs.reduce((sum, out, t) => sum.add(out.mul(y.select(0, t)).sum()), zeros([], float64)).backward();
    layer.forward(x, given(start))[0].mul(y).sum().backward();
    const grads = new Map([...layer.namedParameters()].map(([name, { grad }]) => [name, grad]));
    for (const [name, { grad }] of cell.namedParameters())
      expect(grads.get(`${name}_l0`)).toBeCloseToTensor(grad as Tensor, near);
  });

  it('passes gradcheck and gradgradcheck', () => {
    const layer = layerOf(kind, 2, 2, { bidirectional: true, ...float64 });
    const inputs = [random(3, 2, 2), ...statesOf(kind, [2, 2, 2])].map((x) => x.requiresGrad_());
    const f = (x: Tensor, ...state: Tensor[]) => {
      const [out, last] = layer.forward(x, given(state));
      return [out, ...listOf(last)].reduce((sum, y) => sum.add(y.sin().sum()), zeros([], float64));
    };
    expect(gradcheck(f, inputs)).toBe(true);
    expect(gradgradcheck(f, inputs)).toBe(true);
  });

  it('reads backwards, too: a second direction is a layer on the reversed sequence', () => {
    const both = layerOf(kind, 3, 4, { bidirectional: true, ...float64 });
    const [there, back] = [layerOf(kind, 3, 4, float64), layerOf(kind, 3, 4, float64)];
    loadPass(there, both, '_l0');
    loadPass(back, both, '_l0_reverse');
    const [x, start] = [random(5, 2, 3), statesOf(kind, [2, 2, 4])];
    const [out, last] = both.forward(x, given(start));
    const forth = there.forward(x, given(start.map((h) => h.narrow(0, 0, 1))));
    const reversed = back.forward(x.flip(0), given(start.map((h) => h.narrow(0, 1, 1))));
    expect(out.narrow(2, 0, 4)).toBeCloseToTensor(forth[0], near);
    expect(out.narrow(2, 4, 4)).toBeCloseToTensor(reversed[0].flip(0), near);
    expectStates(
      listOf(last).map((h) => h.narrow(0, 0, 1)),
      forth[1],
    );
    expectStates(
      listOf(last).map((h) => h.narrow(0, 1, 1)),
      reversed[1],
    );
  });

  it('stacks layers: each reads what the one before gives', () => {
    const two = layerOf(kind, 3, 4, { numLayers: 2, ...float64 });
    const [lower, upper] = [layerOf(kind, 3, 4, float64), layerOf(kind, 4, 4, float64)];
    loadPass(lower, two, '_l0');
    loadPass(upper, two, '_l1');
    const x = random(5, 2, 3);
    const [between, low] = lower.forward(x);
    const [top, high] = upper.forward(between);
    const [out, last] = two.forward(x);
    expect(out).toBeCloseToTensor(top, near);
    expectStates(
      listOf(last).map((h) => h.narrow(0, 0, 1)),
      low,
    );
    expectStates(
      listOf(last).map((h) => h.narrow(0, 1, 1)),
      high,
    );
  });

  it.each([
    [true, true],
    [true, false],
    [false, true],
  ])(
    'gives packed sequences what it gives each alone (bidirectional %s, sorted %s)',
    (bidirectional, sorted) => {
      const layer = layerOf(kind, 3, 4, { numLayers: 2, bidirectional, ...float64 });
      const lengths = sorted ? [5, 3, 3, 1] : [3, 1, 5, 3];
      const sequences = lengths.map((length) => random(length, 3));
      const start = statesOf(kind, [bidirectional ? 4 : 2, 4, 4]);
      const [packed, last] = layer.forward(packSequence(sequences, { enforceSorted: sorted }), given(start));
      const outputs = unpackSequence(packed);
      for (const [n, x] of sequences.entries()) {
        const [out, alone] = layer.forward(x, given(start.map((h) => h.select(1, n))));
        expect(outputs[n]).toBeCloseToTensor(out, near);
        expectStates(
          listOf(last).map((h) => h.select(1, n)),
          alone,
        );
      }
    },
  );

  it('passes gradcheck through packed sequences', () => {
    const layer = layerOf(kind, 2, 2, { bidirectional: true, ...float64 });
    const x = random(3, 3, 2).requiresGrad_();
    const f = (padded: Tensor) => {
      const [out, last] = layer.forward(packPaddedSequence(padded, [1, 3, 2], { enforceSorted: false }));
      return [out.data, ...listOf(last)].reduce((sum, y) => sum.add(y.sin().sum()), zeros([], float64));
    };
    expect(gradcheck(f as never, [x])).toBe(true);
  });

  it('takes batches first, and single sequences', () => {
    const [plain, first] = [
      layerOf(kind, 3, 4, float64),
      layerOf(kind, 3, 4, { batchFirst: true, ...float64 }),
    ];
    first.loadStateDict(plain.stateDict());
    const x = random(5, 2, 3);
    const [out, last] = plain.forward(x);
    const [swapped, same] = first.forward(x.transpose(0, 1));
    expect(swapped).toBeCloseToTensor(out.transpose(0, 1), near);
    expectStates(same, last);
    for (const layer of [plain, first]) {
      const [one, state] = layer.forward(x.select(1, 1));
      expect(one).toBeCloseToTensor(out.select(1, 1), near);
      expectStates(
        state,
        listOf(last).map((h) => h.select(1, 1)),
      );
    }
  });

  it('drops between layers in training only, and never behind the last', () => {
    const layer = layerOf(kind, 3, 4, { numLayers: 2, dropout: 1, bias: false, ...float64 });
    const x = random(5, 2, 3);
    // With nothing from below and no bias, the upper layer stays where it began, at 0.
    expect(layer.forward(x)[0]).toBeCloseToTensor(zeros([5, 2, 4], float64), near);
    expect(layer.eval().forward(x)[0].abs().sum().item()).toBeGreaterThan(0.1);
    const single = layerOf(kind, 3, 4, { dropout: 1, ...float64 });
    expect(single.forward(x)[0].abs().sum().item()).toBeGreaterThan(0.1);
  });

  it('takes an empty batch', () => {
    const [out, last] = layerOf(kind, 3, 4).forward(zeros(5, 0, 3));
    expect(out.shape).toEqual([5, 0, 4]);
    expect(listOf(last)[0]?.shape).toEqual([1, 0, 4]);
  });

  it('refuses what does not fit', () => {
    const layer = layerOf(kind, 3, 4);
    const state = given(statesOf(kind, [1, 2, 4]).map((h) => h.float()));
    expect(() => layer.forward(zeros(5, 2, 2))).toThrow(ShapeError);
    expect(() => layer.forward(zeros(3))).toThrow(ShapeError);
    expect(() => layer.forward(zeros(0, 2, 3))).toThrow(ShapeError);
    expect(() => layer.forward(zeros(5, 1, 3), state)).toThrow(ShapeError);
    expect(() => layer.forward(zeros(5, 3), state)).toThrow(ShapeError);
    expect(() => layer.forward(zeros([5, 2, 3], float64))).toThrow(DTypeError);
    expect(() => layer.forward([1, 2])).toThrow(ArgumentError);
    expect(() => layer.forward(zeros(5, 2, 3), 'zeros')).toThrow(ArgumentError);
    expect(() => layer.forward(packSequence([ones(2, 2)]))).toThrow(ShapeError);
    expect(() => cellOf(kind, 3, 4).forward(zeros(2, 4))).toThrow(ShapeError);
    expect(() => cellOf(kind, 3, 4).forward(zeros(3), given(statesOf(kind, [1, 4])))).toThrow(ShapeError);
    for (const [name, value] of Object.entries({
      hiddenSize: 0,
      inputSize: -1,
      numLayers: 0,
      dropout: 2,
      depth: 1,
    }))
      expect(() => layerOf(kind, { inputSize: 3, hiddenSize: 4, [name]: value })).toThrow(ArgumentError);
    expect(() => layerOf(kind, 3)).toThrow(ArgumentError);
  });
});

it('an LSTM takes a pair of states, of a projected and a whole one', () => {
  const lstm = new nn.LSTM(3, 4, { projSize: 2 });
  const x = zeros(5, 1, 3);
  const [out, [h, c]] = lstm.forward(x, [zeros(1, 1, 2), zeros(1, 1, 4)]);
  expect([out.shape, h.shape, c.shape]).toEqual([
    [5, 1, 2],
    [1, 1, 2],
    [1, 1, 4],
  ]);
  expect(() => lstm.forward(x, [zeros(1, 1, 4), zeros(1, 1, 4)])).toThrow(ShapeError);
  expect(() => lstm.forward(x, zeros(1, 1, 2) as never)).toThrow(ArgumentError);
  expect(() => new nn.LSTM(3, 4, { projSize: 4 })).toThrow(ArgumentError);
  expect(() => new nn.GRU(3, 4, { projSize: 2 } as never)).toThrow(ArgumentError);
});

it('an RNN may have another nonlinearity', () => {
  const [rnn, cell] = [new nn.RNN(1, 1, 1, 'relu'), new nn.RNNCell(1, 1, true, 'relu')];
  for (const parameter of [...rnn.parameters(), ...cell.parameters()]) nn.init.ones_(parameter);
  expect(rnn.forward(tensor([[1], [-9]]))[0]).toEqualTensor([[3], [0]]);
  expect(cell.forward(tensor([1]))).toEqualTensor([3]);
  expect(() => new nn.RNN(1, 1, { nonlinearity: 'sin' as never })).toThrow(ArgumentError);
  expect(() => new nn.RNNCell(1, 1, { nonlinearity: 'toString' as never })).toThrow(ArgumentError);
});

import { readFileSync } from 'node:fs';
import { arange, manualSeed, rand, type Tensor, tensor } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import * as nn from './index.ts';

// Recurrent networks and transformers as PyTorch draws, prints and computes them: tests/fixtures/make-torch-sequences.py.

const path = new URL('../../../tests/fixtures/torch-sequences.json', import.meta.url);
const recorded = JSON.parse(readFileSync(path, 'utf8'));

interface Recorded {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

function decoded({ shape, data }: Recorded, dtype: 'float64' | 'float32' | 'int32' = 'float64'): Tensor {
  return tensor(data, { dtype }).reshape(shape);
}

/** The inputs of the recording. */
function wave(shape: readonly number[], phase = 0): Tensor {
  const count = shape.reduce((n, size) => n * size, 1);
  return arange(count, { dtype: 'float64' }).mul(1.7).add(phase).sin().reshape(shape);
}

const { PackedSequence, packPaddedSequence, packSequence, padPackedSequence, padSequence } = nn.utils.rnn;
const near = { atol: 1e-12, rtol: 1e-12 };

const modules: Record<string, () => nn.Module> = {
  RNN: () => new nn.RNN(2, 3, { numLayers: 2, nonlinearity: 'relu', bidirectional: true }),
  LSTM: () => new nn.LSTM(2, 3, { numLayers: 2, batchFirst: true, dropout: 0.25 }),
  'LSTM, projected': () => new nn.LSTM(3, 4, { bidirectional: true, projSize: 2 }),
  GRU: () => new nn.GRU(2, 3, { bias: false }),
  RNNCell: () => new nn.RNNCell(2, 3, { nonlinearity: 'relu' }),
  LSTMCell: () => new nn.LSTMCell(2, 3, { bias: false }),
  GRUCell: () => new nn.GRUCell(2, 3),
  MultiheadAttention: () => new nn.MultiheadAttention(4, 2),
  'MultiheadAttention, other features': () =>
    new nn.MultiheadAttention(4, 2, { kdim: 3, vdim: 5, addBiasKv: true }),
  TransformerEncoder: () =>
    new nn.TransformerEncoder(new nn.TransformerEncoderLayer(4, 2, 3), 2, new nn.LayerNorm(4)),
  TransformerDecoder: () => new nn.TransformerDecoder(new nn.TransformerDecoderLayer(4, 2, 3), 2),
  Transformer: () => new nn.Transformer(4, 2, 1, 2, 3),
};

describe.each(Object.entries(modules))('a seeded %s', (name, make) => {
  const { state, next, printed } = recorded.drawn[name];

  it('begins with PyTorch’s numbers, and leaves the generator where PyTorch does', () => {
    manualSeed(0);
    const module = make();
    expect(rand(1).item()).toBe(next);
    const own = module.stateDict();
    expect(Object.keys(own)).toEqual(Object.keys(state));
    for (const [key, value] of Object.entries<Recorded>(state)) {
      expect([...(own[key]?.shape ?? [])]).toEqual(value.shape);
      expect([...(own[key]?.data ?? [])]).toEqual([...value.data]);
    }
  });

  it('prints as PyTorch prints it', () => {
    // The way out of PyTorch’s attention has a name of its own, for quantisation.
    expect(String(make())).toBe(printed.replaceAll('NonDynamicallyQuantizableLinear', 'Linear'));
  });
});

describe('packing', () => {
  const { packing } = recorded;
  const lengths = [2, 5, 3];
  const ragged = lengths.map((length) => wave([length, 2], length));

  const packed: Record<string, () => nn.utils.rnn.PackedSequence> = {
    pack_padded_sequence: () => packPaddedSequence(wave([5, 3, 2]), lengths, { enforceSorted: false }),
    sorted: () => packPaddedSequence(wave([5, 3, 2]), [5, 3, 3]),
    pack_sequence: () => packSequence(ragged, { enforceSorted: false }),
  };
  it.each(Object.entries(packed))('%s gives PyTorch’s parts', (name, make) => {
    const { data, batch_sizes, sorted_indices, unsorted_indices } = packing[name];
    const own = make();
    expect(own.data).toBeCloseToTensor(decoded(data), near);
    expect(own.batchSizes).toEqualTensor(decoded(batch_sizes, 'int32'));
    for (const [mine, theirs] of [
      [own.sortedIndices, sorted_indices],
      [own.unsortedIndices, unsorted_indices],
    ]) {
      if (theirs === null) expect(mine).toBe(null);
      else expect(mine).toEqualTensor(decoded(theirs, 'int32'));
    }
  });

  it('pads as PyTorch does', () => {
    const padded = padSequence(ragged, { batchFirst: true, paddingValue: -1 });
    expect(padded).toBeCloseToTensor(decoded(packing.pad_sequence), near);
    const unsorted = packPaddedSequence(wave([5, 3, 2]), lengths, { enforceSorted: false });
    const [unpacked, own] = padPackedSequence(unsorted, { paddingValue: -2, totalLength: 6 });
    expect(unpacked).toBeCloseToTensor(decoded(packing.pad_packed_sequence[0]), near);
    expect(own).toEqualTensor(decoded(packing.pad_packed_sequence[1], 'int32'));
  });
});

interface Trained {
  readonly output: unknown;
  readonly grads: Record<string, Recorded>;
}

/** What a module gives, as the list that the recording has. */
function listed(output: unknown): unknown[] {
  return Array.isArray(output) ? output : [output];
}

function compare(output: unknown, want: unknown): void {
  if (want === null) expect(output).toBe(null);
  else if (Array.isArray(want)) for (const [i, each] of want.entries()) compare(listed(output)[i], each);
  else if (output instanceof PackedSequence) compare(output.data, (want as { data: Recorded }).data);
  else expect(output).toBeCloseToTensor(decoded(want as Recorded), near);
}

/** Trains for one step what the recording trains: dropout draws on behind the weights. */
function trains<M extends nn.Module>(
  make: () => M,
  call: (module: M) => unknown,
  { output, grads }: Trained,
) {
  manualSeed(0);
  const module = make().double();
  const own = call(module);
  compare(own, output);
  const [first] = listed(own);
  const out = first instanceof PackedSequence ? first.data : (first as Tensor);
  out.mul(wave(out.shape, 0.5)).sum().backward();
  for (const [name, parameter] of module.namedParameters())
    expect(parameter.grad).toBeCloseToTensor(decoded(grads[name] as Recorded), near);
}

describe('in training', () => {
  const layer = { dimFeedforward: 3, dropout: 0.5 };
  const { packed, trained } = recorded;
  const sequences = () =>
    packPaddedSequence(wave([3, 5, 2]), tensor([2, 5, 3], { dtype: 'int32' }), true, false);

  it('a packed, bidirectional RNN is PyTorch’s', () => {
    trains(
      () => new nn.RNN(2, 3, { bidirectional: true }),
      (rnn) => rnn.forward(sequences(), wave([2, 3, 3])),
      packed.RNN,
    );
  });

  it('a packed, bidirectional LSTM of two layers drops what PyTorch drops', () => {
    trains(
      () => new nn.LSTM(2, 3, { numLayers: 2, dropout: 0.5, bidirectional: true }),
      (lstm) => lstm.forward(sequences(), { hx: [wave([4, 3, 3]), wave([4, 3, 3], 1)] }),
      packed.LSTM,
    );
  });

  it('a packed GRU of two layers drops what PyTorch drops', () => {
    trains(
      () => new nn.GRU({ inputSize: 2, hiddenSize: 3, numLayers: 2, dropout: 0.5 }),
      (gru) => gru.forward(sequences(), wave([2, 3, 3])),
      packed.GRU,
    );
  });

  it('an LSTM of three layers drops what PyTorch drops', () => {
    trains(
      () => new nn.LSTM(2, 3, { numLayers: 3, dropout: 0.5, batchFirst: true }),
      (lstm) => lstm.forward(wave([3, 4, 2])),
      trained.LSTM,
    );
  });

  it('multi-head attention drops the weights that PyTorch drops', () => {
    trains(
      () => new nn.MultiheadAttention(4, 2, { dropout: 0.5, batchFirst: true }),
      (attention) => attention.forward(wave([2, 3, 4]), wave([2, 5, 4], 1), wave([2, 5, 4], 2)),
      trained.MultiheadAttention,
    );
  });

  it('a layer of an encoder drops what PyTorch drops', () => {
    trains(
      () => new nn.TransformerEncoderLayer(4, 2, layer),
      (encoder) => encoder.forward(wave([3, 2, 4])),
      trained.TransformerEncoderLayer,
    );
  });

  it('a transformer with masks drops what PyTorch drops', () => {
    const memoryKeyPaddingMask = tensor([
      [false, false, true],
      [false, false, false],
    ]);
    trains(
      () => new nn.Transformer(4, 2, 1, 2, { activation: 'gelu', normFirst: true, ...layer }),
      (model) =>
        model.forward(wave([3, 2, 4]), wave([4, 2, 4], 1), {
          tgtMask: nn.Transformer.generateSquareSubsequentMask(4),
          memoryKeyPaddingMask,
        }),
      trained.Transformer,
    );
  });
});

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
import { checkProbability, dropout } from '../functional/dropout.ts';
import { uniform_ } from '../init.ts';
import { checkSize } from '../linear.ts';
import { Module } from '../module.ts';
import { Parameter } from '../parameter.ts';
import { extra } from '../repr.ts';
import type { CellKind, State } from './kinds.ts';
import { type LayerWeights, runLayers, type Steps } from './layer.ts';
import { PackedSequence } from './packed-sequence.ts';
import { asGiven, type StateOptions, startState, stateOrder, type UserState } from './state.ts';

/** The sizes that every recurrent layer must be given. */
export interface RecurrentSizes {
  /** Features of the input. */
  inputSize: number;
  /** Features of the hidden state. */
  hiddenSize: number;
}

export interface RecurrentOptions {
  /** How many layers, each of which reads the outputs of the one before. Default 1. */
  numLayers?: number;
  /** Add the biases b_ih and b_hh. Default true. */
  bias?: boolean;
  /** Whether batches are `(N, T, …)` instead of `(T, N, …)`; states are `(layers · directions, N, …)`. Default false. */
  batchFirst?: boolean;
  /** The probability with which, in training, an output of any layer but the last is dropped. Default 0. */
  dropout?: number;
  /** Read the sequence backwards, too, with weights of its own, and put both outputs side by side. Default false. */
  bidirectional?: boolean;
  /** Default `float32`. */
  dtype?: DType;
}

/** What a kind of recurrent network tells the base. */
interface Config extends RecurrentSizes, RecurrentOptions {
  readonly kind: CellKind;
  readonly projSize?: number;
}

type StateRest<H> = Optional<StateOptions<H>, typeof stateOrder>;

/**
 * What `RNN`, `LSTM` and `GRU` share. The weights are fields under PyTorch's names: `weight_ih_l0`, `weight_hh_l0`,
 * `bias_ih_l0`, `bias_hh_l0`, `weight_hr_l0`, then those of `l0_reverse`, and those of further layers.
 */
export abstract class RecurrentBase<H extends UserState> extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly bias: boolean;
  readonly batchFirst: boolean;
  readonly dropout: number;
  readonly bidirectional: boolean;
  readonly projSize: number;
  [weight: `weight_${string}`]: Parameter;
  [bias: `bias_${string}`]: Parameter;
  private readonly kind: CellKind;

  constructor(op: string, config: Config) {
    super();
    const { numLayers = 1, bias = true, batchFirst = false, bidirectional = false, projSize = 0 } = config;
    this.inputSize = checkSize(op, 'inputSize', config.inputSize);
    this.hiddenSize = checkPositive(op, 'hiddenSize', config.hiddenSize);
    this.numLayers = checkPositive(op, 'numLayers', numLayers);
    this.bias = bias;
    this.batchFirst = batchFirst;
    this.dropout = checkProbability(op, config.dropout ?? 0);
    this.bidirectional = bidirectional;
    this.projSize = checkSize(op, 'projSize', projSize);
    if (projSize >= this.hiddenSize)
      throw new ArgumentError({
        op,
        got: `projSize ${projSize}`,
        want: `less than hiddenSize ${this.hiddenSize}`,
      });
    this.kind = config.kind;
    for (const [layer, suffixes] of this.suffixes().entries())
      for (const suffix of suffixes)
        for (const [name, shape] of Object.entries(this.weightShapes(layer)))
          this.registerParameter(`${name}_${suffix}`, new Parameter(zeros(shape, { dtype: config.dtype })));
    this.resetParameters();
  }

  /** Draws all weights and biases anew, uniform within ±1/√hiddenSize. */
  resetParameters(): void {
    drawRecurrent(this, this.hiddenSize);
  }

  /** The outputs of the last layer, in the layout of the input, and the last states of all layers and directions. */
  override forward(input: Tensor, ...rest: StateRest<H>): [out: Tensor, state: H];
  override forward(input: PackedSequence, ...rest: StateRest<H>): [out: PackedSequence, state: H];
  override forward(input: Tensor | PackedSequence, ...rest: StateRest<H>): [Tensor | PackedSequence, H] {
    const { hx = null } = optional<StateOptions<H>>(this.constructor.name, rest, stateOrder);
    if (input instanceof PackedSequence) return this.runPacked(input, hx);
    const batched = checkSequences(this.constructor.name, input, this);
    return batched ? this.runBatch(input, hx) : this.runOne(input, hx);
  }

  private runBatch(input: Tensor, hx: H | null): [Tensor, H] {
    const x = this.batchFirst ? input.transpose(0, 1) : input;
    const [steps, count] = x.shape as [number, number];
    const sizes = new Array<number>(steps).fill(count);
    const [rows, last] = this.run({ rows: x.flatten(0, 1), sizes }, this.start(x, [count], hx));
    const out = rows.unflatten(0, [steps, count]);
    return [this.batchFirst ? out.transpose(0, 1) : out, asGiven(last)];
  }

  private runOne(input: Tensor, hx: H | null): [Tensor, H] {
    const sizes = new Array<number>(input.shape[0] as number).fill(1);
    const start = this.start(input, [], hx).map((h) => h.unsqueeze(1));
    const [out, last] = this.run({ rows: input, sizes }, start);
    return [out, asGiven(last.map((h) => h.squeeze(1)))];
  }

  private runPacked(packed: PackedSequence, hx: H | null): [PackedSequence, H] {
    const { data, batchSizes, sortedIndices, unsortedIndices } = packed;
    checkSequences(this.constructor.name, data, { inputSize: this.inputSize, batchFirst: false });
    const sizes = [...batchSizes.data];
    const moved = (state: State, order: Tensor | null) =>
      order === null ? state : state.map((h) => h.indexSelect(1, order));
    const start = moved(this.start(data, [sizes[0] as number], hx), sortedIndices);
    const [rows, last] = this.run({ rows: data, sizes }, start);
    return [packed.with(rows), asGiven(moved(last, unsortedIndices))];
  }

  /** The state to begin with: `(layers · directions, …batch, features)`, hidden and cell. */
  private start({ dtype }: Tensor, batch: Shape, hx: H | null): State {
    const passes = this.suffixes().flat().length;
    const features = [this.projSize || this.hiddenSize, this.hiddenSize].slice(0, this.kind.states);
    const shapes = features.map((size) => [passes, ...batch, size]);
    return startState(this.constructor.name, hx, shapes, dtype);
  }

  private run(steps: Steps, start: State): [rows: Tensor, last: State] {
    const { dropout: p, training } = this;
    const layers = this.suffixes().map((suffixes) => suffixes.map((suffix) => this.weightsOf(suffix)));
    return runLayers(this.kind, layers, steps, start, (rows) => dropout(rows, { p, training }));
  }

  /** What the names of the weights end in: for each layer, for each direction. */
  private suffixes(): string[][] {
    const directions = this.bidirectional ? ['', '_reverse'] : [''];
    return Array.from({ length: this.numLayers }, (_, layer) => directions.map((end) => `l${layer}${end}`));
  }

  /** The shapes of a layer's weights, in PyTorch's order. */
  private weightShapes(layer: number): Readonly<Record<string, Shape>> {
    const { kind, hiddenSize, projSize, bidirectional } = this;
    const [rows, outputs] = [kind.gates * hiddenSize, projSize || hiddenSize];
    return {
      weight_ih: [rows, layer === 0 ? this.inputSize : outputs * (bidirectional ? 2 : 1)],
      weight_hh: [rows, outputs],
      ...(this.bias && { bias_ih: [rows], bias_hh: [rows] }),
      ...(projSize > 0 && { weight_hr: [projSize, hiddenSize] }),
    };
  }

  private weightsOf(suffix: string): LayerWeights {
    return {
      ih: this[`weight_ih_${suffix}`] as Parameter,
      hh: this[`weight_hh_${suffix}`] as Parameter,
      biasIh: this[`bias_ih_${suffix}`] ?? null,
      biasHh: this[`bias_hh_${suffix}`] ?? null,
      hr: this[`weight_hr_${suffix}`] ?? null,
    };
  }

  override extraRepr(): string {
    const { inputSize, hiddenSize, projSize, numLayers, bias, batchFirst, dropout: p, bidirectional } = this;
    return extra([inputSize, hiddenSize], {
      ...(projSize !== 0 && { projSize }),
      ...(numLayers !== 1 && { numLayers }),
      ...(!bias && { bias }),
      ...(batchFirst && { batchFirst }),
      ...(p !== 0 && { dropout: p }),
      ...(bidirectional && { bidirectional }),
    });
  }
}

/** PyTorch's default for recurrent weights, in its order: all uniform within ±1/√hiddenSize. */
export function drawRecurrent(module: Module, hiddenSize: number): void {
  const bound = 1 / Math.sqrt(hiddenSize);
  for (const parameter of module.parameters()) uniform_(parameter, { a: -bound, b: bound });
}

interface Layout {
  readonly inputSize: number;
  readonly batchFirst: boolean;
}

/** True for a batch of sequences, false for the steps of one. */
function checkSequences(op: string, input: unknown, { inputSize, batchFirst }: Layout): boolean {
  const want = `(T, ${inputSize}) or ${batchFirst ? '(N, T' : '(T, N'}, ${inputSize}), with T ≥ 1`;
  if (!(input instanceof Tensor)) {
    const got = input === null ? 'null' : typeof input;
    throw new ArgumentError({ op, got, want: `a Tensor ${want}, or a PackedSequence` });
  }
  const { shape, ndim } = input;
  const batched = ndim === 3;
  const steps = shape[batched && batchFirst ? 1 : 0];
  if ((batched || ndim === 2) && shape.at(-1) === inputSize && steps !== 0) return batched;
  throw new ShapeError({ op, got: `an input of shape ${showShape(shape)}`, want });
}

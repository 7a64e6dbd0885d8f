import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A stretch of the noise, repeated as often as needed, times a scale. */
export interface ArraySpec {
  readonly shape: readonly number[];
  readonly offset: number;
  readonly scale: number;
}

/** What inputs.json holds: the same numbers for every peer. */
export interface Inputs {
  /** Weights and operands; those of a network begin with its name and a dot. */
  readonly arrays: Readonly<Record<string, ArraySpec>>;
  /** Of the batches of 64. */
  readonly labels: readonly number[];
  /** VGG16's convolutions by their output channels; 0 is a pooling. */
  readonly vgg: readonly number[];
  /** Of the epoch. */
  readonly seed: number;
}

export interface NamedArray {
  readonly data: Float32Array<ArrayBuffer>;
  readonly shape: number[];
}

/** Something to be repeated, and timed. */
export interface Work {
  readonly call: () => unknown;
  /** How many times one call does what is measured. Default 1. */
  readonly repeat?: number;
  /** The number to agree by; where it is known only after a call, a function. */
  readonly check?: number | (() => number | undefined);
  readonly dispose?: () => void;
}

/** What a peer's module gives when it has been set up. */
export interface Peer {
  readonly version: string;
  readonly threads: number;
  readonly note?: string;
  /** The cases that it knows. */
  readonly works: Readonly<Record<string, () => Work | Promise<Work>>>;
}

/** @throws Unavailable where it cannot take part */
export type OpenPeer = (workload: Workload, threads: number) => Peer | Promise<Peer>;

/** Why a peer cannot take part, or not in a case. */
export class Unavailable extends Error {}

/** The inputs, of which each peer makes its own tensors. */
export class Workload {
  readonly folder: string;
  readonly inputs: Inputs;
  readonly #noise: Float32Array;

  constructor(folder: string) {
    this.folder = folder;
    this.inputs = JSON.parse(readFileSync(join(folder, 'inputs.json'), 'utf8'));
    const { buffer, byteOffset, byteLength } = readFileSync(join(folder, 'noise.f32'));
    this.#noise = new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
  }

  array(name: string): NamedArray {
    const spec = this.inputs.arrays[name];
    if (spec === undefined) throw new Error(`no input is called ${name}`);
    const data = new Float32Array(spec.shape.reduce((a, b) => a * b, 1));
    const scale = Math.fround(spec.scale);
    for (let i = 0, at = spec.offset; i < data.length; i++) {
      // Products of two float32 are exact in float64, so that this rounds as float32 arithmetic does.
      data[i] = (this.#noise[at] as number) * scale;
      at = at + 1 === this.#noise.length ? 0 : at + 1;
    }
    return { data, shape: [...spec.shape] };
  }

  /** The weights of a network, by their names within it. */
  weights(network: string): [name: string, array: NamedArray][] {
    const prefix = `${network}.`;
    return Object.keys(this.inputs.arrays)
      .filter((name) => name.startsWith(prefix) && /\.(weight|bias)$/.test(name))
      .map((name) => [name.slice(prefix.length), this.array(name)]);
  }
}

/** Batches of shuffled digits, for peers that have no loader of their own: pixels from 0 to 1. */
export function* digitBatches({
  folder,
  inputs,
}: Workload): Generator<{ pixels: Float32Array<ArrayBuffer>; labels: Uint8Array }> {
  const images = readFileSync(join(folder, 'MNIST', 'raw', 'train-images-idx3-ubyte')).subarray(16);
  const digits = readFileSync(join(folder, 'MNIST', 'raw', 'train-labels-idx1-ubyte')).subarray(8);
  const order = shuffled(digits.length, inputs.seed);
  for (let start = 0; start < order.length; start += 64) {
    const rows = order.subarray(start, start + 64);
    const pixels = new Float32Array(rows.length * 784);
    rows.forEach((row, i) => {
      for (let k = 0; k < 784; k++) pixels[784 * i + k] = (images[784 * row + k] as number) / 255;
    });
    yield { pixels, labels: Uint8Array.from(rows, (row) => digits[row] as number) };
  }
}

/** R. Fisher and F. Yates' shuffle. */
function shuffled(length: number, seed: number): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  let state = seed;
  for (let i = length - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = Math.floor((state / 2 ** 32) * (i + 1));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}

/** A mean that is known once something was added. */
export class Mean {
  #sum = 0;
  #count = 0;

  add(value: number): void {
    this.#sum += value;
    this.#count++;
  }

  get value(): number | undefined {
    return this.#count === 0 ? undefined : this.#sum / this.#count;
  }
}

/** The loss of the fifth of five steps. */
export async function fifthLoss(step: () => number | Promise<number>): Promise<number> {
  let loss = Number.NaN;
  for (let i = 0; i < 5; i++) loss = await step();
  return loss;
}

export function sumOfMagnitudes(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.abs(values[i] as number);
  return sum;
}

import { dtypeOfArray } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';
import { fromTypedArray } from '../ops/creation.ts';
import { describe } from '../primitives/operand.ts';
import { Tensor } from '../tensor.ts';
import { Mt19937, mt19937Words } from './mt19937.ts';
import { join53 } from './words.ts';

/** A seed: an integer in [−2⁶³, 2⁶⁴), as a `bigint` where a number would not be exact. */
export type Seed = number | bigint;

/** What PyTorch seeds a new generator with, when nobody says otherwise. */
const defaultSeed = 67280421310721n;

/**
 * Where the fields of a saved state lie, in bytes: PyTorch's own layout (`torch.get_rng_state()`, CPU), little-endian.
 * Each word of the twister takes eight bytes, the upper four of them zero.
 */
const layout = {
  seed: 0,
  left: 8,
  seeded: 12,
  next: 16,
  words: 24,
  doubleSample: 5024,
  hasDoubleSample: 5040,
  floatSample: 5048,
  hasFloatSample: 5052,
  bytes: 5056,
} as const;

/**
 * A stream of random numbers: PyTorch's CPU generator, bit for bit.
 *
 * @example
 * ```ts
 * const generator = new Generator().manualSeed(42);
 * generator.random(); // 1608637542, the word that PyTorch draws first too
 * ```
 */
export class Generator {
  /** The cosine of a Box–Muller pair was used and its sine waits here (`normal` of fewer than 16 elements). */
  nextDoubleNormalSample: number | undefined;
  /** The same in float32. PyTorch's CPU kernels never fill it; it is kept so that states survive a round trip. */
  nextFloatNormalSample: number | undefined;

  #engine = new Mt19937(0);
  #initialSeed = 0n;

  /** A generator with PyTorch's default seed, 67280421310721. */
  constructor() {
    this.manualSeed(defaultSeed);
  }

  /**
   * Starts the stream anew. Negative seeds wrap to 2⁶⁴ + seed; only the low 32 bits reach the twister, as in PyTorch.
   *
   * @throws ArgumentError for anything but an integer in [−2⁶³, 2⁶⁴), or for a number beyond 2⁵³ that may have been rounded.
   */
  manualSeed(seed: Seed): this {
    this.#initialSeed = checkedSeed(seed);
    this.#engine.seed(Number(this.#initialSeed & 0xffffffffn));
    this.nextDoubleNormalSample = undefined;
    this.nextFloatNormalSample = undefined;
    return this;
  }

  /** The seed that the stream started from, in [0, 2⁶⁴): a `bigint` only where a number would not be exact. */
  initialSeed(): Seed {
    const seed = Number(this.#initialSeed);
    return Number.isSafeInteger(seed) ? seed : this.#initialSeed;
  }

  /** Seeds the stream with 53 bits that nobody can foresee, and returns them. */
  seed(): number {
    const words = crypto.getRandomValues(new Uint32Array(2));
    const seed = join53(words[0] as number, words[1] as number);
    this.manualSeed(seed);
    return seed;
  }

  /** The next 32 bits, in [0, 2³²). */
  random(): number {
    return this.#engine.next();
  }

  /** Fills `out` with the next words of 32 bits, which are faster to have all at once. */
  randomWords(out: Uint32Array): void {
    this.#engine.fill(out);
  }

  /** The next 64 bits, in [0, 2⁶⁴); the first of two words drawn is the upper one. */
  random64(): bigint {
    const high = this.#engine.next();
    return (BigInt(high) << 32n) | BigInt(this.#engine.next());
  }

  /** The low 53 of the next 64 bits, in [0, 2⁵³). */
  random53(): number {
    const high = this.#engine.next();
    return join53(high, this.#engine.next());
  }

  /**
   * Everything there is to know, as a `uint8` tensor of 5056 bytes, `(5056,)`; `torch.set_rng_state` understands them too.
   */
  getState(): Tensor {
    const bytes = this.#stateBytes();
    return fromTypedArray(bytes, [bytes.length], 'uint8');
  }

  #stateBytes(): Uint8Array {
    const state = new DataView(new ArrayBuffer(layout.bytes));
    const { words, spent } = this.#engine;
    state.setBigUint64(layout.seed, this.#initialSeed, true);
    state.setInt32(layout.left, mt19937Words + 1 - spent, true);
    state.setInt32(layout.seeded, 1, true);
    state.setUint32(layout.next, spent, true);
    for (let k = 0; k < mt19937Words; k++) state.setUint32(layout.words + 8 * k, words[k] as number, true);
    state.setFloat64(layout.doubleSample, this.nextDoubleNormalSample ?? 0, true);
    state.setInt32(layout.hasDoubleSample, Number(this.nextDoubleNormalSample !== undefined), true);
    state.setFloat32(layout.floatSample, this.nextFloatNormalSample ?? 0, true);
    state.setUint8(layout.hasFloatSample, Number(this.nextFloatNormalSample !== undefined));
    return new Uint8Array(state.buffer);
  }

  /**
   * Goes back to a state from `getState()`, or from PyTorch's `torch.get_rng_state()`; the bare bytes will do, too.
   *
   * @throws ArgumentError when the bytes are no such state; the generator is then as it was.
   */
  setState(state: Tensor | Uint8Array): this {
    const view = checkedState(state instanceof Tensor && state.dtype === 'uint8' ? state.data : state);
    const words = Uint32Array.from({ length: mt19937Words }, (_, k) =>
      view.getUint32(layout.words + 8 * k, true),
    );
    this.#engine.restore(words, mt19937Words + 1 - view.getInt32(layout.left, true));
    this.#initialSeed = view.getBigUint64(layout.seed, true);
    this.nextDoubleNormalSample = view.getInt32(layout.hasDoubleSample, true)
      ? view.getFloat64(layout.doubleSample, true)
      : undefined;
    this.nextFloatNormalSample = view.getUint8(layout.hasFloatSample)
      ? view.getFloat32(layout.floatSample, true)
      : undefined;
    return this;
  }

  /** A generator of its own that goes on from the same place. */
  clone(): Generator {
    return new Generator().setState(this.#stateBytes());
  }
}

/** The generator of everything that is not told to use another; seeded unforeseeably at the start. */
export const defaultGenerator = new Generator();
defaultGenerator.seed();

/**
 * Seeds the default generator and returns it.
 *
 * @example
 * ```ts
 * manualSeed(0); // what follows draws the numbers that PyTorch draws after torch.manual_seed(0)
 * ```
 */
export function manualSeed(seed: Seed): Generator {
  return defaultGenerator.manualSeed(seed);
}

/** The state of the default generator. @see Generator.getState */
export function getRngState(): Tensor {
  return defaultGenerator.getState();
}

/** Brings the default generator back to a state. @throws ArgumentError when it is none; nothing changes then */
export function setRngState(state: Tensor | Uint8Array): void {
  defaultGenerator.setState(state);
}

function checkedSeed(seed: Seed): bigint {
  const integer = typeof seed === 'bigint' || Number.isSafeInteger(seed) ? BigInt(seed) : undefined;
  if (integer === undefined || integer < -(2n ** 63n) || integer >= 2n ** 64n) {
    throw new ArgumentError({
      op: 'manualSeed',
      got: typeof seed === 'number' || typeof seed === 'bigint' ? `the ${typeof seed} ${seed}` : typeof seed,
      want: 'an integer in [-2^63, 2^64)',
      fix: 'Above 2^53 give a bigint (2n ** 60n), since a number would be rounded.',
    });
  }
  return BigInt.asUintN(64, integer);
}

function checkedState(state: unknown): DataView {
  if (dtypeOfArray(state) !== 'uint8') throw badState(describe(state));
  const { buffer, byteOffset, length } = state as Uint8Array;
  if (length !== layout.bytes) throw badState(`${length} bytes`);
  const view = new DataView(buffer, byteOffset, length);
  const left = view.getInt32(layout.left, true);
  const next = view.getUint32(layout.next, true);
  // A stream that was seeded and not yet drawn from: PyTorch writes next = 0, and left = 1 says that the block is spent.
  const fresh = left === 1 && next === 0;
  if (left < 1 || left > mt19937Words || (left + next !== mt19937Words + 1 && !fresh)) {
    throw badState(`bytes that count ${next} words used and ${left} left`);
  }
  if (view.getInt32(layout.seeded, true) !== 1) throw badState('bytes of a generator that was never seeded');
  let any = 0;
  for (let k = 0; k < mt19937Words; k++) {
    const at = layout.words + 8 * k;
    if (view.getUint32(at + 4, true) !== 0) throw badState(`a word of more than 32 bits at byte ${at}`);
    any |= view.getUint32(at, true);
  }
  if (any === 0) throw badState('nothing but zero words, from which only zeros would follow');
  if (
    !Number.isFinite(view.getFloat64(layout.doubleSample, true) + view.getFloat32(layout.floatSample, true))
  ) {
    throw badState('a waiting normal sample that is not finite');
  }
  return view;
}

function badState(got: string): ArgumentError {
  return new ArgumentError({
    op: 'setState',
    got,
    want: `the ${layout.bytes} bytes that getState() gives`,
    fix: 'Save and load the bytes of getState() whole.',
  });
}

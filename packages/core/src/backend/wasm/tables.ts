import type { Engine } from './engine.ts';

/** Offsets and the like that kernels read, gathered once for a geometry and copied to the heap at each call. */
export class Tables {
  readonly #words: number[] = [];
  #copy: Int32Array | undefined;

  /** Adds a table; gives its place, to which the address of `place` is added. */
  add(words: readonly number[]): number {
    const place = 4 * this.#words.length;
    for (const word of words) this.#words.push(word);
    return place;
  }

  /** Puts all tables where the running kernel can read them; gives their address. */
  place(engine: Engine): number {
    this.#copy ??= new Int32Array(this.#words);
    const address = engine.heap.scratch(this.#copy.byteLength);
    engine.words().set(this.#copy, address / 4);
    return address;
  }
}

/** Plans by what they depend on, so that a model's geometries are worked out once. */
export class PlanCache<P> {
  static readonly #most = 500;
  readonly #plans = new Map<string, P>();

  get(key: string, make: () => P): P {
    let plan = this.#plans.get(key);
    if (plan === undefined) {
      // Shapes that never come back must not pile up.
      if (this.#plans.size === PlanCache.#most) this.#plans.clear();
      plan = make();
      this.#plans.set(key, plan);
    }
    return plan;
  }
}

/** Where vectors of `lanes` elements begin in a run of `length`: the last overlaps, so that all are whole. */
export function vectorStarts(length: number, lanes: number): number[] {
  if (length <= lanes) return [0];
  const starts: number[] = [];
  for (let at = 0; at + lanes < length; at += lanes) starts.push(at);
  starts.push(length - lanes);
  return starts;
}

export function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

/** Parts that are worth handing out at all: fewer than this leave threads idle. */
export const partsWanted = 16;

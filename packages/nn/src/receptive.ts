import { type Observer, observe, type Tensor } from '@retrograd/core';
import type { Window } from './window.ts';

/** How many elements of the input, per spatial dim, an element sees, and how far apart what its neighbours see lies. */
interface Field {
  readonly size: readonly number[];
  readonly jump: readonly number[];
}

/** An element of the input sees itself; of how many dims is not known before the first window. */
const point: Field = { size: [], jump: [] };

/** Primitives whose outputs show the elements of their inputs elsewhere; elementwise ones leave them where they are. */
const moving = new Set(['reshape', 'permute', 'expand']);

/**
 * Follows receptive fields through a forward: a window of k taps, d apart, that moves by s makes a field of size r whose
 * neighbours are j apart one of size r + (k − 1)·d·j whose neighbours are s·j apart. Elementwise functions keep it; where
 * something else happens outside of a windowed layer, it is not known from there on.
 */
export class ReceptiveFields {
  /** `null` where a tensor depends on the input in a way that is not known; nothing where it does not depend on it. */
  readonly #fields = new WeakMap<Tensor, Field | null>();

  constructor(input: Tensor) {
    this.#fields.set(input, point);
  }

  /** Watches all ops from now on; gives a function that stops watching. */
  watch(): () => void {
    const observer: Observer = ({ name, isElementwise = moving.has(name) }, inputs, out) => {
      const fields = inputs.map((x) => this.#fields.get(x)).filter((field) => field !== undefined);
      if (fields.length > 0) this.#fields.set(out, isElementwise ? fields.reduce(joined) : null);
    };
    return observe(observer);
  }

  /** Says that `out` sees `input` through windows. */
  grow(input: Tensor, out: Tensor, { kernel, stride, dilation }: Window): void {
    const field = this.#fields.get(input);
    if (!field) return;
    const { size, jump } = field === point ? { size: kernel.map(() => 1), jump: kernel.map(() => 1) } : field;
    const grown = {
      size: size.map((r, d) => r + ((kernel[d] ?? 1) - 1) * (dilation[d] ?? 1) * (jump[d] as number)),
      jump: jump.map((j, d) => j * (stride[d] ?? 1)),
    };
    this.#fields.set(out, size.length === kernel.length ? grown : null);
  }

  /** The size of the field, per spatial dim; `null` if it is not known. */
  of(tensor: Tensor): readonly number[] | null {
    const field = this.#fields.get(tensor);
    if (!field) return null;
    return field === point ? [1] : field.size;
  }
}

/** What an element sees that is made of two. */
function joined(a: Field | null, b: Field | null): Field | null {
  if (a === null || b === null) return null;
  if (a === point || b === point) return a === point ? b : a;
  if (a.jump.length !== b.jump.length || a.jump.some((j, d) => j !== b.jump[d])) return null;
  return { size: a.size.map((r, d) => Math.max(r, b.size[d] as number)), jump: a.jump };
}

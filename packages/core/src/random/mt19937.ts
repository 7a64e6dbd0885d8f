/** Words of state. */
export const mt19937Words = 624;

/** How far ahead the recurrence looks: x[k+624] = x[k+397] ⊕ twist(x[k], x[k+1]). */
const ahead = 397;

/**
 * The Mersenne Twister of 32-bit words.
 * Source: M. Matsumoto and T. Nishimura, "Mersenne Twister", ACM TOMACS 8(1), 1998, with the seeding of 2002.
 */
export class Mt19937 {
  /** The state. */
  readonly words = new Uint32Array(mt19937Words);
  /** What is drawn of it, as far as it is not spent: each word, tempered. */
  readonly #drawn = new Uint32Array(mt19937Words);
  #spent = mt19937Words;

  constructor(seed: number) {
    this.seed(seed);
  }

  /** How many of `words` are spent; at 624 the next draw makes new ones. */
  get spent(): number {
    return this.#spent;
  }

  /** Starts anew from the low 32 bits of `seed`. */
  seed(seed: number): void {
    const { words } = this;
    words[0] = seed;
    for (let k = 1; k < mt19937Words; k++) {
      const before = words[k - 1] as number;
      words[k] = Math.imul(1812433253, before ^ (before >>> 30)) + k;
    }
    this.#spent = mt19937Words;
  }

  /** Goes on from a state of which so many words are spent. */
  restore(words: Uint32Array, spent: number): void {
    this.words.set(words);
    temper(this.words, this.#drawn);
    this.#spent = spent;
  }

  /** The next word, in [0, 2³²). */
  next(): number {
    if (this.#spent === mt19937Words) this.#refill();
    return this.#drawn[this.#spent++] as number;
  }

  /** Fills `out` with the next words. */
  fill(out: Uint32Array): void {
    for (let at = 0; at < out.length; ) {
      if (this.#spent === mt19937Words) this.#refill();
      const end = Math.min(this.#spent + out.length - at, mt19937Words);
      out.set(this.#drawn.subarray(this.#spent, end), at);
      at += end - this.#spent;
      this.#spent = end;
    }
  }

  #refill(): void {
    twist(this.words);
    temper(this.words, this.#drawn);
    this.#spent = 0;
  }
}

/** The next 624 words of the recurrence in the place of the last. */
function twist(words: Uint32Array): void {
  const last = words.length - 1;
  const wrap = words.length - ahead;
  let k = 0;
  for (; k < wrap; k++) words[k] = twisted(words, k, k + 1, k + ahead);
  for (; k < last; k++) words[k] = twisted(words, k, k + 1, k - wrap);
  words[k] = twisted(words, k, 0, ahead - 1);
}

/** The top bit of word `k` and the other 31 of its successor, times the twist matrix, ⊕ the word ahead. */
function twisted(words: Uint32Array, k: number, successor: number, far: number): number {
  const low = words[successor] as number;
  const joined = ((words[k] as number) & 0x80000000) | (low & 0x7fffffff);
  return (words[far] as number) ^ (joined >>> 1) ^ (-(low & 1) & 0x9908b0df);
}

/** Each word with its bits mixed, which evens out how they are distributed. */
function temper(words: Uint32Array, out: Uint32Array): void {
  for (let k = 0; k < words.length; k++) {
    let word = words[k] as number;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    out[k] = word ^ (word >>> 18);
  }
}

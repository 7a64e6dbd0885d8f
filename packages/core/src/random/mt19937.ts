/** Words of state. */
export const mt19937Words = 624;

/** How far ahead the recurrence looks: x[k+624] = x[k+397] ⊕ twist(x[k], x[k+1]). */
const ahead = 397;

/**
 * The Mersenne Twister of 32-bit words.
 * Source: M. Matsumoto and T. Nishimura, "Mersenne Twister", ACM TOMACS 8(1), 1998, with the seeding of 2002.
 */
export class Mt19937 {
  readonly words = new Uint32Array(mt19937Words);
  /** How many of `words` are spent; at 624 the next draw makes new ones. */
  spent = mt19937Words;

  constructor(seed: number) {
    this.seed(seed);
  }

  /** Starts anew from the low 32 bits of `seed`. */
  seed(seed: number): void {
    const { words } = this;
    words[0] = seed;
    for (let k = 1; k < mt19937Words; k++) {
      const before = words[k - 1] as number;
      words[k] = Math.imul(1812433253, before ^ (before >>> 30)) + k;
    }
    this.spent = mt19937Words;
  }

  /** The next word, in [0, 2³²). */
  next(): number {
    if (this.spent >= mt19937Words) this.refill();
    let word = this.words[this.spent++] as number;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    word ^= word >>> 18;
    return word >>> 0;
  }

  private refill(): void {
    const { words } = this;
    let k = 0;
    for (; k < mt19937Words - ahead; k++) words[k] = twisted(words, k, k + 1, k + ahead);
    for (; k < mt19937Words - 1; k++) words[k] = twisted(words, k, k + 1, k + ahead - mt19937Words);
    words[k] = twisted(words, k, 0, ahead - 1);
    this.spent = 0;
  }
}

/** The top bit of word `k` and the other 31 of its successor, times the twist matrix, ⊕ the word ahead. */
function twisted(words: Uint32Array, k: number, successor: number, far: number): number {
  const low = words[successor] as number;
  const joined = ((words[k] as number) & 0x80000000) | (low & 0x7fffffff);
  return (words[far] as number) ^ (joined >>> 1) ^ (-(low & 1) & 0x9908b0df);
}

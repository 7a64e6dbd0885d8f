import { ArgumentError } from '../errors.ts';

/** What a function with a scope takes: the body that runs in it, or nothing, for a `using` declaration. */
export type Body<T> = [] | [body: () => T];

/** A setting that holds while a function runs, to the end of a block with `using`, or until further notice. */
export class Scoped<V> {
  value: V;
  /** The public function that sets it until further notice, if there is one. */
  readonly #setter: string | null;

  constructor(value: V, setter: string | null = null) {
    this.value = value;
    this.#setter = setter;
  }

  /** Sets it; disposing of what this gives sets it back. */
  set(value: V): Disposable {
    const before = this.value;
    this.value = value;
    return {
      [Symbol.dispose]: () => {
        this.value = before;
      },
    };
  }

  /** Sets it while `body` runs and gives what that returns; without a body, until what this gives is disposed of. */
  over<T>(op: string, value: V, given: Body<T>): T | Disposable {
    return given.length === 0 ? this.set(value) : this.during(op, value, given[0]);
  }

  /** Sets it while `body` runs, and gives what that returns. */
  during<T>(op: string, value: V, body: () => T): T {
    if (typeof body !== 'function') {
      throw new ArgumentError({ op, got: `a ${typeof body}`, want: 'a function, which runs in that mode' });
    }
    const before = this.value;
    this.value = value;
    try {
      const result = body();
      if (result instanceof Promise) {
        throw new ArgumentError({
          op,
          got: 'a function that returns a promise',
          want: 'a synchronous function',
          fix: `The mode ends at the first await; wrap each synchronous part instead${this.#setter ? `, or use ${this.#setter}()` : ''}.`,
        });
      }
      return result;
    } finally {
      this.value = before;
    }
  }
}

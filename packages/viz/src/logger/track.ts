import { ArgumentError, checkOptions, RetrogradError } from '@retrograd/core';

export interface TrackOptions {
  /** Which epoch this is: the loop is called "Epoch 2". */
  epoch?: number | undefined;
  /** How many there will be: "Epoch 2/5". */
  epochs?: number | undefined;
  /** What the loop is called, instead. */
  label?: string | undefined;
  /** How many items there are, where `items` does not know. */
  total?: number | undefined;
  /** What they are called. Default `'steps'`. */
  unit?: string | undefined;
}

/** What is known of a loop before it begins. */
export interface LoopTraits {
  readonly label: string;
  readonly unit: string;
  /** `undefined` where nobody knows. */
  readonly total: number | undefined;
}

/** @throws ArgumentError for options that make no sense */
export function loopTraits(op: string, items: object, options: TrackOptions): LoopTraits {
  checkOptions(op, options, ['epoch', 'epochs', 'label', 'total', 'unit']);
  const { epoch, epochs, unit = 'steps', total = lengthOf(items) } = options;
  for (const [name, value] of Object.entries({ epoch, epochs, total }))
    if (value !== undefined) checkCount(op, name, value);
  const { label = epoch === undefined ? '' : `Epoch ${epoch}${epochs === undefined ? '' : `/${epochs}`}` } =
    options;
  for (const [name, value] of Object.entries({ label, unit }))
    if (typeof value !== 'string')
      throw new ArgumentError({ op, got: `${name} of type ${typeof value}`, want: 'a string' });
  return { label, unit, total };
}

function checkCount(op: string, name: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return;
  throw new ArgumentError({ op, got: `${name} ${String(value)}`, want: 'a whole number ≥ 0' });
}

/** How many items there are, if they know. */
function lengthOf(items: object): number | undefined {
  try {
    const { length, size } = items as { length?: unknown; size?: unknown };
    return [length, size].find((count) => typeof count === 'number');
  } catch (error) {
    if (error instanceof RetrogradError) return undefined; // A DataLoader over what has no length says so by an error.
    throw error;
  }
}

/** Something to go through: `items` themselves, or 0 to n − 1 for a number. @throws ArgumentError for anything else */
export function iterableOf<T>(
  op: string,
  items: number | Iterable<T> | AsyncIterable<T>,
): Iterable<number | T> | AsyncIterable<T> {
  if (typeof items === 'number') {
    checkCount(op, 'the number of steps', items);
    return range(items);
  }
  const given = Object(items) as object;
  if (given === items && (Symbol.iterator in given || Symbol.asyncIterator in given)) return items;
  throw new ArgumentError({
    op,
    got: items === null ? 'null' : typeof items,
    want: 'something to go through (a DataLoader, an array, a generator), or a number of steps',
  });
}

function range(length: number): Iterable<number> {
  const numbers = {
    length,
    *[Symbol.iterator]() {
      for (let i = 0; i < length; i++) yield i;
    },
  };
  return numbers;
}

/** What wants to know how a loop gets on. */
export interface Rounds {
  begin(): void;
  end(): void;
  /** `completed` is false if the loop was left early, by `break`, `return` or an error. */
  over(completed: boolean): void;
  /** Resolves when the last state can be seen. */
  shown(): Promise<void>;
}

/**
 * The same items, for `for` and `for await`; each of these begins a loop of its own.
 *
 * @throws ArgumentError when a plain `for` goes through what comes asynchronously
 */
export function watched<T>(
  op: string,
  items: Iterable<T> | AsyncIterable<T>,
  start: () => Rounds,
): Iterable<T> & AsyncIterable<T> {
  return {
    *[Symbol.iterator]() {
      const source = checkIterable(op, items);
      const rounds = start();
      let completed = false;
      try {
        for (const item of source) {
          rounds.begin();
          yield item;
          rounds.end();
        }
        completed = true;
      } finally {
        rounds.over(completed);
        void rounds.shown();
      }
    },
    async *[Symbol.asyncIterator]() {
      const rounds = start();
      let completed = false;
      try {
        for await (const item of items) {
          rounds.begin();
          yield item;
          rounds.end();
        }
        completed = true;
      } finally {
        rounds.over(completed);
        await rounds.shown();
      }
    },
  };
}

/** @throws ArgumentError for what only `for await` can go through */
export function checkIterable<T>(op: string, items: Iterable<T> | AsyncIterable<T>): Iterable<T> {
  if (Symbol.iterator in items) return items;
  throw new ArgumentError({
    op,
    got: 'items that come asynchronously, in a plain for loop',
    want: 'for await (const item of logger.track(items))',
  });
}

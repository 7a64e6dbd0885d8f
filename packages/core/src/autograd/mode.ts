import { ArgumentError } from '../errors.ts';

let enabled = true;

/** True where ops are recorded on the tape. */
export function isGradEnabled(): boolean {
  return enabled;
}

function within<T>(op: string, mode: boolean, body: () => T): T {
  if (typeof body !== 'function') {
    throw new ArgumentError({ op, got: `a ${typeof body}`, want: 'a function, which runs in that mode' });
  }
  const before = enabled;
  enabled = mode;
  try {
    const result = body();
    if (result instanceof Promise) {
      throw new ArgumentError({
        op,
        got: 'a function that returns a promise',
        want: 'a synchronous function',
        fix: 'The mode ends at the first await; wrap each synchronous part instead, or use setGradEnabled().',
      });
    }
    return result;
  } finally {
    enabled = before;
  }
}

/**
 * Runs `body` without recording on the tape, and gives what it returns.
 *
 * @example
 * ```ts
 * const accuracy = noGrad(() => model.forward(x).argmax(1).eq(y).mean({ dtype: 'float32' }).item());
 * ```
 * @throws ArgumentError if `body` is asynchronous
 */
export function noGrad<T>(body: () => T): T {
  return within('noGrad', false, body);
}

/** Runs `body` with recording switched on, also inside `noGrad`. */
export function enableGrad<T>(body: () => T): T {
  return within('enableGrad', true, body);
}

/** Switches recording on or off until further notice. */
export function setGradEnabled(mode: boolean): void {
  enabled = mode;
}

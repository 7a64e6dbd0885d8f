import { ArgumentError } from '../errors.ts';
import { type Body, Scoped } from './scoped.ts';

const recording = new Scoped(true, 'setGradEnabled');

/** True where ops are recorded on the tape. */
export function isGradEnabled(): boolean {
  return recording.value;
}

/**
 * Runs `body` without recording on the tape, and gives what it returns. Without a body, recording is off until the
 * end of the block: `using _ = noGrad();`.
 *
 * @example
 * ```ts
 * const accuracy = noGrad(() => model.forward(x).argmax(1).eq(y).mean({ dtype: 'float32' }).item());
 * ```
 * @throws ArgumentError if `body` is asynchronous
 */
export function noGrad(): Disposable;
export function noGrad<T>(body: () => T): T;
export function noGrad<T>(...body: Body<T>): T | Disposable {
  return recording.over('noGrad', false, body);
}

/** Runs `body`, or what is left of a block (`using _ = enableGrad();`), with recording on, also inside `noGrad`. */
export function enableGrad(): Disposable;
export function enableGrad<T>(body: () => T): T;
export function enableGrad<T>(...body: Body<T>): T | Disposable {
  return recording.over('enableGrad', true, body);
}

/**
 * `noGrad` under the name that PyTorch gives its stricter sibling. There is nothing to be gained by being stricter
 * here, so what is computed under it may take part in recorded ops afterwards.
 */
export function inferenceMode(): Disposable;
export function inferenceMode<T>(body: () => T): T;
export function inferenceMode<T>(...body: Body<T>): T | Disposable {
  return recording.over('inferenceMode', false, body);
}

/**
 * Switches recording on or off: while `body` runs, to the end of a block (`using _ = setGradEnabled(train);`), or, if
 * what it gives is not disposed of, until further notice.
 * @throws ArgumentError unless `mode` is true or false
 */
export function setGradEnabled(mode: boolean): Disposable;
export function setGradEnabled<T>(mode: boolean, body: () => T): T;
export function setGradEnabled<T>(mode: boolean, ...body: Body<T>): T | Disposable {
  if (typeof mode !== 'boolean')
    throw new ArgumentError({ op: 'setGradEnabled', got: `a ${typeof mode}`, want: 'true or false' });
  return recording.over('setGradEnabled', mode, body);
}

import { ArgumentError } from '../errors.ts';
import { type Body, Scoped } from './scoped.ts';

const detecting = new Scoped(false, 'setDetectAnomaly');

/** True where ops note the line that called them, and backward looks for NaN. */
export function isAnomalyEnabled(): boolean {
  return detecting.value;
}

/**
 * Runs `body`, or what is left of a block (`using _ = detectAnomaly();`), so that a backward that makes a NaN throws
 * an error that names the op and the line of your code that called it. The forward must run under it too, for the line
 * to be known. Slow: for looking for faults, not for training.
 *
 * @example
 * ```ts
 * autograd.detectAnomaly(() => model.forward(x).sum().backward());
 * // GradError: sqrt: got NaN in the gradient … Called at Net.forward (net.ts:12:20)
 * ```
 */
export function detectAnomaly(): Disposable;
export function detectAnomaly<T>(body: () => T): T;
export function detectAnomaly<T>(...body: Body<T>): T | Disposable {
  return detecting.over('detectAnomaly', true, body);
}

/** Switches the detection of anomalies on or off until further notice, or until what it gives is disposed of. */
export function setDetectAnomaly(mode: boolean): Disposable {
  if (typeof mode !== 'boolean')
    throw new ArgumentError({ op: 'setDetectAnomaly', got: `a ${typeof mode}`, want: 'true or false' });
  return detecting.set(mode);
}

/** Our own calls stand above the user's on the stack. */
const depth = 100;

/** Where we are: an error that is not thrown; `null` unless anomalies are detected. */
export function traceHere(): Error | null {
  if (!detecting.value) return null;
  const limits: { stackTraceLimit?: number } = Error;
  const before = limits.stackTraceLimit;
  limits.stackTraceLimit = depth;
  const trace = new Error('the call that the backward belongs to');
  trace.stack = `${trace.name}: ${trace.message}\n${callsOf(trace.stack ?? '').join('\n')}`;
  if (before === undefined) delete limits.stackTraceLimit;
  else limits.stackTraceLimit = before;
  return trace;
}

/** The innermost call of a trace: `train (train.ts:12:20)`. */
export function lineOf(trace: Error): string {
  const [, first = 'a place that is not known'] = trace.stack?.split('\n') ?? [];
  return first.replace(/^\s*(at )?/, '');
}

/** The calls of a stack that are not made by retrograd's packages; all, if that is all there are (in a bundle). */
function callsOf(stack: string): string[] {
  // V8 puts the message first; other engines give calls only.
  const calls = stack.split('\n').filter((line) => /:\d+:\d+\)?$/.test(line));
  const home = fileOf(calls[0] ?? '')
    .split('/')
    .slice(0, -4)
    .join('/');
  const others = calls.filter((call) => home === '' || !fileOf(call).startsWith(`${home}/`));
  return others.length > 0 ? others : calls;
}

/** V8: `at f (file:1:2)` and `at file:1:2`; Firefox and Safari: `f@file:1:2`. */
function fileOf(call: string): string {
  const place = /^\s*at /.test(call) ? call.replace(/^\s*at (.*\()?/, '') : call.slice(call.indexOf('@') + 1);
  return place.replace(/:\d+:\d+\)?$/, '');
}

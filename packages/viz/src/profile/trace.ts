import type { ModuleCall } from '../modules.ts';
import type { OpEvent, Recorded } from './recording.ts';
import { opOf } from './rows.ts';

/** An event of Chrome's trace format; times are in microseconds. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: 'X' | 'C' | 'M';
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly cat?: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** What Perfetto and chrome://tracing open. */
export interface ChromeTrace {
  readonly traceEvents: readonly TraceEvent[];
  readonly displayTimeUnit: 'ms';
}

const place = { pid: 1, tid: 1 };

/**
 * A complete event for the run, each forward of a module, each gradient in backward and each primitive, which lie within
 * each other, and a counter of live bytes.
 * Format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 */
export function traceOf({ events, calls, duration, began, liveBefore }: Recorded): ChromeTrace {
  const traceEvents: TraceEvent[] = [
    { name: 'process_name', ph: 'M', ...place, ts: 0, args: { name: 'retrograd' } },
    { name: 'thread_name', ph: 'M', ...place, ts: 0, args: { name: 'ops' } },
    complete('profile', 'run', 0, duration, {}),
    ...calls.map((call) => moduleEvent(call, began)),
    ...gradientEvents(events),
    ...events.map(opEvent),
    counter(0, liveBefore),
    ...events.map(({ start, duration, live }) => counter(start + duration, live)),
  ];
  return { traceEvents, displayTimeUnit: 'ms' };
}

function complete(
  name: string,
  cat: string,
  start: number,
  duration: number,
  args: Readonly<Record<string, unknown>>,
): TraceEvent {
  return { name, cat, ph: 'X', ...place, ts: start * 1000, dur: duration * 1000, args };
}

function counter(at: number, live: number): TraceEvent {
  return { name: 'live bytes', ph: 'C', ...place, ts: at * 1000, args: { live } };
}

function moduleEvent({ path, type, began, ended }: ModuleCall, start: number): TraceEvent {
  return complete(path || type, 'module', began - start, ended - began, { type });
}

/** From the first primitive of a gradient to its last. */
function gradientEvents(events: readonly OpEvent[]): TraceEvent[] {
  const visits = new Map<number, OpEvent[]>();
  for (const event of events) {
    if (event.gradientOf === null) continue;
    const known = visits.get(event.visit) ?? [];
    known.push(event);
    visits.set(event.visit, known);
  }
  return [...visits.values()].map((visit) => {
    const start = Math.min(...visit.map((event) => event.start));
    const end = Math.max(...visit.map((event) => event.start + event.duration));
    const first = visit[0] as OpEvent;
    return complete(`${opOf(first)} (backward)`, 'gradient', start, end - start, {
      module: first.modules.at(-1)?.path,
    });
  });
}

function opEvent({
  op,
  start,
  duration,
  shape,
  dtype,
  bytes,
  flops,
  fallbacks,
  modules,
}: OpEvent): TraceEvent {
  return complete(op, 'op', start, duration, {
    shape: shape.join('×'),
    dtype,
    bytes,
    ...(flops > 0 && { flops }),
    ...(fallbacks.length > 0 && { onReference: fallbacks.join(', ') }),
    ...(modules.length > 0 && { module: modules.at(-1)?.path }),
  });
}

import type { Backend, View } from '../backend.ts';
import { addressOf } from './engine.ts';

function isView(value: unknown): value is View {
  return typeof value === 'object' && value !== null && 'storage' in value;
}

/**
 * A backend for what has no kernel here, on operands in the heap.
 * @param note is told each time
 */
export function onHeap(backend: Backend, note: (kernel: string) => void): Backend {
  const watched = Object.entries(backend).map(([name, value]) => {
    if (typeof value !== 'function') return [name, value];
    const method = (...args: unknown[]) => {
      note(name);
      // Brings every operand into the heap before any is looked at, for the heap may move while it grows.
      for (const arg of args.flat()) if (isView(arg)) addressOf(arg);
      return value(...args);
    };
    return [name, method];
  });
  return Object.fromEntries(watched) as Backend;
}

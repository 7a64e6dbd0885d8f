/**
 * Resolves in a later turn of the event loop. Timers, input, rendering and the callbacks of the garbage collector
 * come in between; they would not if one only awaited a promise that is resolved already.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') {
      setImmediate(resolve);
      return;
    }
    if (typeof MessageChannel === 'undefined') {
      setTimeout(resolve, 0);
      return;
    }
    // Browsers hold back nested timeouts by 4 ms, but not messages.
    const { port1, port2 } = new MessageChannel() as unknown as Record<'port1' | 'port2', BrowserPort>;
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** The part of a browser's MessagePort that is used here; the types at hand are Node's. */
interface BrowserPort {
  onmessage: (() => void) | null;
  postMessage(message: null): void;
  close(): void;
}

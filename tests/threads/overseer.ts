/** The words that this process and its workers share: how many parts each thread has done, and the fuse. */
const mostThreads = 256;
const fuse = mostThreads;
const words = new Int32Array(new SharedArrayBuffer(4 * (mostThreads + 1))).fill(-1, fuse);

/** Comes before a worker's own source: counts the parts that it does, and has it die where the fuse burns down. */
const prelude = `{
  const { Instance } = WebAssembly;
  const { thread, words } = process.getBuiltinModule('node:worker_threads').workerData;
  WebAssembly.Instance = function (module, imports) {
    const exports = { ...new Instance(module, imports).exports };
    const [name, run] = Object.entries(exports).at(-1);
    exports[name] = (...args) => {
      if (Atomics.load(words, ${fuse}) >= 0 && Atomics.sub(words, ${fuse}, 1) === 0) throw new Error('dies here');
      run(...args);
      Atomics.add(words, thread, 1);
    };
    return { exports };
  };
}\n`;

interface Ended {
  terminate(): Promise<number>;
}

/**
 * Watches all workers that this process starts from now on, by taking the place of `Worker`; what runs in them is what
 * always does.
 */
export function oversee() {
  const node = process.getBuiltinModule('node:worker_threads');
  const workers: Ended[] = [];
  node.Worker = class extends node.Worker {
    constructor(source: string, options: import('node:worker_threads').WorkerOptions) {
      super(prelude + source, { ...options, workerData: { ...options.workerData, words } });
      workers.push(this);
    }
  };
  return {
    /** All that were ever started, in order. */
    workers: workers as readonly Ended[],
    /** How many parts each worker has done so far, whichever had its number. */
    partsByThread: (): number[] => [...words.subarray(1, mostThreads)],
    /** Lets some worker die, of an error, in its next part after so many others. */
    dieAfter: (parts: number) => void Atomics.store(words, fuse, parts),
    /** Whether one has done so. */
    hasDied: () => Atomics.load(words, fuse) < 0,
  };
}

/** Lets the event loop turn, so that workers can start and end. */
export function turn(milliseconds = 1): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

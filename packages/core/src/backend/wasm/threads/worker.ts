import { memoryImport } from '../assembler/module.ts';
import { blockWords, link, linkBytes, linkWords, queue, slot, word } from './protocol.ts';

/** What a worker is told when it starts. */
export interface Start {
  readonly memory: object;
  /** Address of its crew's words. */
  readonly block: number;
  /** Its number, from 1: 0 is the caller. */
  readonly thread: number;
}

/** Milliseconds for which a worker looks out for the next job before it sleeps: about as many as it takes to wake it. */
const spin = 0.08;

/**
 * The function `work(start)`, which returns when its crew is given up, as text: TypeScript's own worker files cannot be
 * started everywhere, nor can a bundler find them. `protocol.ts` says why it is right.
 */
export const workerSource = `
function work({ memory, block, thread }) {
  const words = new Int32Array(memory.buffer, block, ${blockWords});
  const slots = new Int32Array(memory.buffer, ${queue.address}, ${(queue.slots * queue.slotBytes) / 4});
  const pause = Atomics.pause ?? (() => {});
  const runs = [];

  /** The memory's buffer, at least so long; growing it by nothing brings it up to what the caller made of it. */
  function bufferOf(bytes) {
    if (memory.buffer.byteLength < bytes) memory.grow(0);
    return memory.buffer;
  }

  let last = new Int32Array(memory.buffer, 0, ${linkWords});

  /** Compiles the next kernel there is; false where there is none. */
  function learn() {
    const address = Atomics.load(last, ${link.next}) >>> 0;
    if (address === 0) return false;
    const start = address + ${linkBytes};
    last = new Int32Array(bufferOf(start), address, ${linkWords});
    const length = last[${link.length}];
    const bytes = new Uint8Array(bufferOf(start + length), start, length).slice();
    const imports = { ${memoryImport.module}: { ${memoryImport.name}: memory } };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports);
    runs[last[${link.kernel}]] = Object.values(exports).at(-1);
    return true;
  }

  function runParts() {
    for (;;) {
      if (Atomics.load(words, ${word.left}) <= 0 || Atomics.sub(words, ${word.left}, 1) <= 0) return;
      const part = thread % 2 ? Atomics.sub(words, ${word.back}, 1) - 1 : Atomics.add(words, ${word.front}, 1);
      const job = words[${word.job}];
      const kernel = slots[job + ${slot.kernel}];
      while (runs[kernel] === undefined) learn();
      runs[kernel](${queue.address} + 4 * (job + ${slot.descriptor}), part, thread);
      if (Atomics.sub(words, ${word.unfinished}, 1) === 1) finish();
    }
  }

  function finish() {
    if (Atomics.sub(words, ${word.pending}, 1) > 1 && !Atomics.load(words, ${word.failed})) open();
    if (Atomics.load(words, ${word.awaited})) Atomics.notify(words, ${word.pending});
  }

  function open() {
    const opened = words[${word.opened}];
    const job = (opened & ${queue.slots - 1}) * ${queue.slotBytes / 4};
    const parts = slots[job + ${slot.parts}];
    words[${word.opened}] = opened + 1;
    words[${word.job}] = job;
    words[${word.front}] = 0;
    words[${word.back}] = parts;
    Atomics.store(words, ${word.unfinished}, parts);
    Atomics.store(words, ${word.left}, parts);
    const sleepers = Atomics.load(words, ${word.sleepers});
    const missing = parts - (Atomics.load(words, ${word.ready}) - sleepers);
    if (sleepers === 0 || missing <= 0) return;
    Atomics.notify(words, ${word.left}, missing);
  }

  function comesSoon() {
    const until = performance.now() + ${spin};
    do {
      for (let i = 0; i < 64; i++) {
        if (Atomics.load(words, ${word.left}) > 0) return true;
        pause();
      }
    } while (performance.now() < until);
    return false;
  }

  function sleep() {
    const left = Atomics.load(words, ${word.left});
    if (left > 0 || Atomics.load(words, ${word.failed})) return;
    Atomics.add(words, ${word.sleepers}, 1);
    Atomics.wait(words, ${word.left}, left);
    Atomics.sub(words, ${word.sleepers}, 1);
  }

  try {
    Atomics.add(words, ${word.ready}, 1);
    while (!Atomics.load(words, ${word.failed})) {
      while (learn()); // before a part is claimed, lest the others have to wait for it
      runParts();
      if (!comesSoon()) sleep();
    }
  } catch (error) {
    Atomics.store(words, ${word.failed}, 1);
    Atomics.notify(words, ${word.pending});
    throw error;
  }
}
`;

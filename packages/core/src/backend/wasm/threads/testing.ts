import type { FunctionBuilder, Local } from '../assembler/function.ts';
import { atomic, i32 } from '../assembler/instructions.ts';
import { assemble, type Body, memoryImport } from '../assembler/module.ts';
import { type Arguments, body, type Kernel, named } from '../engine.ts';
import { type WasmMemory, webAssembly } from '../webassembly.ts';
import { type PoolOptions, ThreadPool } from './pool.ts';
import { controlBytes } from './protocol.ts';

/** Where the data of kernels begins. */
export const data = controlBytes;
const dataPages = 4;

/** All that a pool needs, and kernels for it. */
export function workshop({ shared = true, ...options }: Partial<PoolOptions> & { shared?: boolean } = {}) {
  if (webAssembly === undefined) throw new Error('there is no WebAssembly here');
  const { Memory, Module, Instance } = webAssembly;
  const memory: WasmMemory = new Memory({ initial: controlBytes / 65536 + dataPages, maximum: 2048, shared });
  // Every module lies in a page that did not exist when the workers started.
  const allocateForever = (bytes: number) => memory.grow(Math.ceil(bytes / 65536)) * 65536;
  const pool = new ThreadPool({ memory, allocateForever, ...options });
  let kernels = 0;

  function kernel(write: Body): Kernel {
    const bytes = assemble({ write }, shared);
    const instance = new Instance(new Module(bytes), {
      [memoryImport.module]: { [memoryImport.name]: memory },
    });
    return { id: kernels++, bytes, run: instance.exports.write as Kernel['run'] };
  }

  function enqueue(it: Kernel, fields: readonly number[], parts: number, again = true): void {
    new Int32Array(memory.buffer, pool.descriptor, fields.length).set(fields);
    pool.launch(it, parts, again);
  }

  /** Enqueues a job and waits for it. */
  function launch(it: Kernel, fields: readonly number[], parts: number, again = true): void {
    enqueue(it, fields, parts, again);
    pool.synchronize();
  }

  /** The data as words, good until the memory grows if it is not shared. */
  const words = new Int32Array(memory.buffer, data, (dataPages * 65536) / 4);
  return { memory, pool, kernel, enqueue, launch, words };
}

/** Gives the event loop turns until the pool's workers have started. */
export async function untilReady(pool: ThreadPool): Promise<void> {
  while (pool.ready < pool.getNumThreads()) await new Promise((resolve) => setTimeout(resolve, 1));
}

type Named<K extends string> = Record<K | 'part' | 'thread', Local<'i32'>>;

function kernelOf<K extends string>(
  names: readonly K[],
  write: (f: FunctionBuilder, args: Named<K>) => void,
) {
  return body(names.length, (f, { fields, part, thread }: Arguments) => {
    write(f, { ...named(names, fields), part, thread } as Named<K>);
  });
}

const wordOf = ({ part }: { part: Local<'i32'> }, array: Local<'i32'>) => i32.add(array, i32.shl(part, 2));

/** out[part] = factor · part + value, and counts[part] += 1. */
export function stamp(factor: number): Body {
  return kernelOf(['out', 'counts', 'value'], (f, args) => {
    const { out, counts, value, part } = args;
    const count = f.let(wordOf(args, counts));
    f.emit(i32.store(wordOf(args, out), i32.add(i32.mul(part, factor), value)));
    f.emit(i32.store(count, i32.add(i32.load(count), 1)));
  });
}

/** who[part] = thread + 1. */
export const sign: Body = kernelOf(['who'], (f, args) => {
  f.emit(i32.store(wordOf(args, args.who), i32.add(args.thread, 1)));
});

/** Each part's `length` words become steps of a linear congruential generator that starts from seed ^ part. */
export const recur: Body = kernelOf(['out', 'length', 'seed'], (f, { out, length, seed, part }) => {
  const value = f.let(i32.xor(seed, part));
  const at = f.let(i32.add(out, i32.shl(i32.mul(part, length), 2)));
  const end = f.let(i32.add(at, i32.shl(length, 2)));
  f.countUp(at, end, 4, () => {
    f.set(value, i32.add(i32.mul(value, 1_664_525), 1_013_904_223));
    f.emit(i32.store(at, value));
  });
});

/**
 * out[part] += part + 1, but not by workers: they set `caught` and never finish. The caller's parts wait until one is
 * caught.
 */
function treacherous(betray: (f: FunctionBuilder, never: Local<'i32'>) => void): Body {
  return kernelOf(['out', 'caught', 'never'], (f, args) => {
    const { out, caught, never, part, thread } = args;
    const own = f.let(wordOf(args, out));
    f.if(
      thread,
      () => {
        f.emit(i32.store(caught, i32.const(1)));
        betray(f, never);
      },
      () => f.while(i32.eqz(atomic.load(caught)), () => {}),
    );
    f.emit(i32.store(own, i32.add(i32.load(own), i32.add(part, 1))));
  });
}

export const hanging = treacherous((f, never) => f.while(i32.eqz(atomic.load(never)), () => {}));
export const trapping = treacherous((f, never) => void f.let(i32.div(never, i32.load(never))));

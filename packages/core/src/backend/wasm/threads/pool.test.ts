import { describe, expect, it, vi } from 'vitest';
import { ArgumentError, BackendError } from '../../../errors.ts';
import { type Spawn, spawn, type WorkerHandle } from './spawn.ts';
import { data, hanging, recur, sign, stamp, trapping, untilReady, workshop } from './testing.ts';

/** A reproducible stream of whole numbers below a limit. */
function dice(seed: number) {
  let state = seed;
  return (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) % Math.floor(limit);
  };
}

const address = (word: number) => data + 4 * word;

/** A workshop whose workers are there. */
async function crowded(threads: number, options: Parameters<typeof workshop>[0] = {}) {
  const shop = workshop(options);
  shop.pool.setNumThreads(threads);
  const warmUp = shop.kernel(sign);
  shop.launch(warmUp, [data], 2);
  await untilReady(shop.pool);
  shop.words.fill(0);
  return shop;
}

describe('the same bits', () => {
  /** What `recur` writes, written again in JavaScript. */
  function expected(length: number, seed: number, parts: number): number[] {
    return Array.from({ length: parts }, (_, part) => {
      let value = seed ^ part;
      return Array.from({ length }, () => (value = (Math.imul(value, 1_664_525) + 1_013_904_223) | 0));
    }).flat();
  }

  for (const threads of [1, 2, 4]) {
    it(`for ${threads} thread${threads > 1 ? 's' : ''}`, async () => {
      const { kernel, launch, words } = await crowded(threads);
      const fill = kernel(recur);
      const roll = dice(7);
      for (let job = 0; job < 200; job++) {
        const parts = 1 + roll(200);
        const [length, seed, at] = [roll(25_000 / parts), roll(1 << 20), roll(40_000)];
        const wanted = expected(length, seed, parts);
        words.fill(-1);
        launch(fill, [address(at), length, seed], parts);
        expect([...words.subarray(at, at + wanted.length)]).toEqual(wanted);
        expect(words.subarray(0, at).every((word) => word === -1)).toBe(true);
        expect(words.subarray(at + wanted.length).every((word) => word === -1)).toBe(true);
      }
    });
  }
});

describe('jobs', () => {
  it.each([2, 4])('run every part once, and none of a job that is over, on %i threads', async (threads) => {
    const { kernel, launch, words } = await crowded(threads);
    const [most, rooms] = [64, 8];
    const kernels = [3, -5, 1000, 77].map((factor) => ({ factor, it: kernel(stamp(factor)) }));
    const roll = dice(11);
    let wrong = 0;
    for (let job = 0; job < 25_000; job++) {
      const { factor, it } = kernels[roll(kernels.length)] as (typeof kernels)[0];
      const parts = 2 + roll(most - 2);
      const [out, counts] = [2 * most * roll(rooms), 2 * most * roll(rooms) + most];
      words.fill(0, out, out + most);
      words.fill(0, counts, counts + most);
      launch(it, [address(out), address(counts), job], parts);
      for (let part = 0; part < most; part++) {
        const within = part < parts;
        if (words[out + part] !== (within ? factor * part + job : 0)) wrong++;
        if (words[counts + part] !== Number(within)) wrong++;
      }
      if (job % 1000 === 0) await new Promise((resolve) => setTimeout(resolve, 1)); // the workers sleep
    }
    expect(wrong).toBe(0);
  });

  it('are shared by all threads', async () => {
    const { kernel, launch, words } = await crowded(3);
    const list = kernel(sign);
    const seen = new Set<number>();
    for (let job = 0; seen.size < 3; job++) {
      launch(list, [data], 5000);
      for (const thread of words.subarray(0, 5000)) seen.add(thread - 1);
      if (job % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect([...seen].sort()).toEqual([0, 1, 2]);
  });

  it.each([2, 4])('are taken from both ends, on %i threads', async (threads) => {
    const { kernel, launch, words } = await crowded(threads);
    const list = kernel(sign);
    const parts = 2000;
    let shared = 0;
    for (let job = 0; job < 300 || shared === 0; job++) {
      launch(list, [data], parts);
      // 1 is the caller.
      const ends = [...words.subarray(0, parts)].map((who) => (who % 2 === 1 ? 'front' : 'back'));
      const fromFront = ends.filter((end) => end === 'front').length;
      expect(ends).toEqual(ends.map((_, part) => (part < fromFront ? 'front' : 'back')));
      if (fromFront > 0 && fromFront < parts) shared++;
      if (job % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  });

  it('need not wait for workers', () => {
    const { pool, kernel, launch, words } = workshop();
    pool.setNumThreads(3);
    launch(kernel(sign), [data], 100);
    expect(pool.getNumThreads()).toBe(3);
    expect(new Set(words.subarray(0, 100))).toEqual(new Set([1]));
  });

  it('bring any number of kernels with them, also to workers that come later', async () => {
    const { pool, kernel, launch, words } = await crowded(2);
    for (let factor = 0; factor < 150; factor++) {
      launch(kernel(stamp(factor)), [data, address(1000), factor], 50);
      expect(words[49]).toBe(factor * 50);
      if (factor === 75) {
        pool.setNumThreads(3);
        launch(kernel(stamp(1)), [data, address(1000), 0], 2);
        await untilReady(pool);
      }
    }
    expect(words[1049]).toBe(150);
  });
});

describe('a stream', () => {
  it('runs jobs in their order, while the caller goes on', async () => {
    const { pool, kernel, enqueue, words } = await crowded(3);
    const kernels = Array.from({ length: 7 }, (_, factor) => kernel(stamp(factor)));
    const roll = dice(5);
    for (let round = 0; round < 200; round++) {
      const jobs = 1 + roll(150); // the queue has 64 slots
      let last: { factor: number; parts: number } = { factor: 0, parts: 0 };
      const widest: number[] = [];
      for (let job = 0; job < jobs; job++) {
        const [factor, parts] = [roll(kernels.length), 1 + roll(job % 5 === 0 ? 1 : 20)];
        enqueue(kernels[factor] as (typeof kernels)[0], [data, address(1000), job], parts);
        last = { factor, parts };
        for (let part = 0; part < parts; part++) widest[part] = factor * part + job;
      }
      pool.synchronize();
      expect([...words.subarray(0, last.parts)]).toEqual(widest.slice(0, last.parts));
      expect([...words.subarray(0, widest.length)]).toEqual(widest);
    }
  });

  it('runs on without the caller', async () => {
    const { kernel, enqueue, launch, words } = await crowded(2);
    launch(kernel(stamp(1)), [data, address(1000), 0], 20); // both modules are known to the worker
    const list = kernel(sign);
    launch(list, [address(2000)], 20);
    words.fill(0);
    enqueue(list, [address(2000)], 20);
    await vi.waitFor(() => expect(new Set(words.subarray(2000, 2020))).toEqual(new Set([2])), 5000);
  });

  it('keeps a job of one part behind those that are not done', async () => {
    const { pool, kernel, enqueue, launch, words } = await crowded(2);
    const [fill, count] = [kernel(recur), kernel(stamp(1))];
    launch(fill, [data, 1, 0], 2);
    launch(count, [address(30_000), address(31_000), 0], 2);
    for (let round = 0; round < 500; round++) {
      words.fill(0, 0, 20_000);
      enqueue(fill, [data, 1000, round], 20);
      enqueue(count, [data, address(30_000), -1], 1);
      pool.synchronize();
      expect(words[0]).toBe(-1);
    }
  });

  it('is as it was before a change of the number of threads', async () => {
    const { pool, kernel, enqueue, words } = await crowded(3);
    const count = kernel(stamp(1));
    for (const threads of [2, 1, 4, 3]) {
      words.fill(0);
      for (let job = 0; job < 40; job++) enqueue(count, [data, address(1000), job], 20);
      pool.setNumThreads(threads);
      for (let job = 40; job < 80; job++) enqueue(count, [data, address(1000), job], 20);
      pool.synchronize();
      expect([...words.subarray(1000, 1020)]).toEqual(new Array(20).fill(80));
      expect(words[19]).toBe(19 + 79);
      await untilReady(pool);
    }
  });
});

describe('workers that are no longer wanted', () => {
  // A platform may be unable to stop a thread that sleeps, as Deno is.
  it.each(['asleep', 'awake'])('end by themselves, %s', async (how) => {
    let ended = 0;
    const stubborn: Spawn = (start, died) => {
      spawn(start, () => {
        ended++;
        died();
      });
      return { terminate() {} };
    };
    const { pool, kernel, launch, words } = await crowded(3, { spawn: stubborn });
    const list = kernel(stamp(1));
    for (let round = 0; round < 4; round++) {
      launch(list, [data, address(1000), 0], 50);
      if (how === 'asleep') await new Promise((resolve) => setTimeout(resolve, 10));
      pool.setNumThreads(2 + (round % 2));
      launch(list, [data, address(1000), 0], 50);
      await untilReady(pool);
      await vi.waitFor(() => expect(ended).toBe([2, 3, 5, 6][round]), 5000);
    }
    expect(pool.getNumThreads()).toBe(3);
    expect(words[1049]).toBe(8);
  });
});

describe('a death', () => {
  /** Starts workers as usual, and keeps hold of them. */
  function overseer() {
    const workers: WorkerHandle[] = [];
    const warnings: string[] = [];
    const watched: Spawn = (start, died) => {
      const worker = spawn(start, died);
      workers.push(worker);
      return worker;
    };
    const options = { spawn: watched, warn: (message: string) => void warnings.push(message) };
    return { workers, warnings, options };
  }

  const untouched = (words: Int32Array, parts: number) =>
    expect([...words.subarray(0, parts)]).toEqual(Array.from({ length: parts }, (_, part) => part + 1));

  const patience = 300;

  for (const [how, body] of Object.entries({ hanging, trapping })) {
    it(`in the middle of a part (${how}) costs time and a warning, and others come`, async () => {
      const { workers, warnings, options } = overseer();
      const { pool, kernel, launch, words } = await crowded(3, { ...options, patience });
      launch(kernel(body), [data, address(1000), address(1001)], 20);
      // How many of the parts had been done before, and so are done twice, is chance; those of the dead are done once.
      for (let part = 0; part < 20; part++) expect((words[part] as number) % (part + 1)).toBe(0);
      expect(words.subarray(0, 20).every((word) => word > 0)).toBe(true);
      expect(warnings).toHaveLength(1);
      expect(workers).toHaveLength(2);

      words.fill(0);
      const count = kernel(stamp(1));
      launch(count, [data, address(1000), 1], 20);
      await untilReady(pool);
      expect(workers).toHaveLength(4);
      launch(count, [data, address(1000), 1], 20);
      untouched(words, 20);
      expect(warnings).toHaveLength(1);
    });

    it(`in the middle of a part (${how}) that must not be run again is an error`, async () => {
      const { kernel, launch, words } = await crowded(2, { ...overseer().options, patience });
      const deadly = kernel(body);
      const fields = [data, address(1000), address(1001)];
      expect(() => launch(deadly, fields, 20, false)).toThrow(BackendError);
      launch(kernel(stamp(1)), [data, address(2000), 1], 20);
      untouched(words, 20);
    });
  }

  for (const [how, body] of Object.entries({ hanging, trapping })) {
    it(`with jobs in the queue (${how}) leaves them to the caller, each once`, async () => {
      const { pool, kernel, enqueue, launch, words } = await crowded(2, { ...overseer().options, patience });
      const count = kernel(stamp(1));
      launch(count, [data, address(1000), 0], 2);
      words.fill(0);
      const deadly = kernel(body);
      enqueue(count, [address(100), address(1000), 1], 20);
      enqueue(deadly, [data, address(3000), address(3001)], 20, false);
      for (let job = 0; job < 30; job++) enqueue(count, [address(100), address(2000), job], 1 + (job % 20));
      expect(() => pool.synchronize()).toThrow(BackendError);
      expect([...words.subarray(1000, 1020)]).toEqual(new Array(20).fill(1));
      expect(words[2000]).toBe(30);
      expect(words[100]).toBe(29);
      pool.synchronize(); // and the error is told once
    });
  }

  it('of a worker that the event loop tells of loses nothing', async () => {
    const { workers, warnings, options } = overseer();
    const { pool, kernel, enqueue, launch, words } = await crowded(2, options);
    const count = kernel(stamp(1));
    launch(count, [data, address(1000), 0], 20);
    words.fill(0);
    await workers[0]?.terminate();
    for (let job = 0; job < 50; job++) enqueue(count, [data, address(1000), job], 20);
    await new Promise((resolve) => setTimeout(resolve, 20));
    pool.synchronize();
    expect([...words.subarray(1000, 1020)]).toEqual(new Array(20).fill(50));
    expect(warnings).toHaveLength(1);
  });

  it('between jobs goes unnoticed by the results', async () => {
    const { workers, warnings, options } = overseer();
    const { pool, kernel, launch, words } = await crowded(3, options);
    const count = kernel(stamp(2));
    let [killed, wrong] = [0, 0];
    let ended: unknown;
    for (let job = 0; job < 3000; job++) {
      launch(count, [data, address(1000), job], 60);
      for (let part = 0; part < 60; part++) if (words[part] !== 2 * part + job) wrong++;
      if (job % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      if (job === 500 || job === 1500) {
        await untilReady(pool);
        ended = workers.at(-1)?.terminate();
        killed++;
      }
      if (job % 1000 === 0) await ended;
    }
    expect([killed, wrong]).toEqual([2, 0]);
    expect(workers).toHaveLength(6);
    expect(warnings).toHaveLength(1);
    expect(words.subarray(1000, 1060).every((times) => times === 3000)).toBe(true);
  });

  it('that comes again and again ends in one thread', async () => {
    const { workers, warnings, options } = overseer();
    const { pool, kernel, launch, words } = await crowded(2, options);
    const [deadly, harmless] = [kernel(trapping), kernel(sign)];
    for (let loss = 0; loss < 3; loss++) {
      words.fill(0);
      launch(deadly, [data, address(1000), address(1001)], 20);
      launch(harmless, [data], 20);
      await untilReady(pool);
    }
    expect(pool.getNumThreads()).toBe(1);
    expect(workers).toHaveLength(3);
    expect(warnings).toHaveLength(1);
  });

  it("of the caller's own part is the caller's, after which all goes on", async () => {
    const { kernel, launch, words, memory } = await crowded(2);
    const count = kernel(stamp(1));
    const beyond = memory.buffer.byteLength + 2 ** 20;
    expect(() => launch(count, [beyond, beyond, 0], 20)).toThrow(/out of bounds/i);
    launch(count, [data, address(1000), 1], 20);
    untouched(words, 20);
  });
});

describe('the number of threads', () => {
  it('is that of the machine until it is set', () => {
    const { pool } = workshop();
    const machine = process.getBuiltinModule('node:os').availableParallelism();
    expect(pool.getNumThreads()).toBe(machine);
    pool.setNumThreads(7);
    expect(pool.getNumThreads()).toBe(7);
  });

  for (const wrong of [0, -1, 1.5, Number.NaN, 257, '2', null, undefined, Symbol('2')]) {
    it(`cannot be ${String(wrong)} (${typeof wrong})`, () => {
      const { pool } = workshop();
      expect(() => pool.setNumThreads(wrong as number)).toThrow(ArgumentError);
    });
  }

  it('of one uses no workers, also where there are some', async () => {
    const { pool, kernel, launch, words } = await crowded(2);
    pool.setNumThreads(1);
    const list = kernel(sign);
    for (let job = 0; job < 100; job++) launch(list, [data], 1000);
    expect(new Set(words.subarray(0, 1000))).toEqual(new Set([1]));
  });

  it('is one without shared memory', () => {
    const { pool, kernel, launch, words } = workshop({ shared: false });
    pool.setNumThreads(4);
    expect(pool.getNumThreads()).toBe(1);
    launch(kernel(sign), [data], 100);
    expect(new Set(words.subarray(0, 100))).toEqual(new Set([1]));
  });

  it('is one where workers cannot be had, without a word', () => {
    const warnings: string[] = [];
    let calls = 0;
    const none: Spawn = () => {
      calls++;
      throw new Error('no workers here');
    };
    const { pool, kernel, launch, words } = workshop({ spawn: none, warn: (it) => warnings.push(it) });
    pool.setNumThreads(4);
    const list = kernel(sign);
    for (let job = 0; job < 3; job++) launch(list, [data], 100);
    expect(pool.getNumThreads()).toBe(1);
    expect(new Set(words.subarray(0, 100))).toEqual(new Set([1]));
    expect([calls, warnings]).toEqual([1, []]);
  });

  it('is one where workers do not start, without a word', async () => {
    const warnings: string[] = [];
    const stillborn: Spawn = (_, died) => {
      setTimeout(died, 1);
      return { terminate() {} };
    };
    const { pool, kernel, launch } = workshop({ spawn: stillborn, warn: (it) => warnings.push(it) });
    pool.setNumThreads(4);
    launch(kernel(sign), [data], 100);
    await untilReady(pool);
    expect(pool.getNumThreads()).toBe(1);
    expect(warnings).toEqual([]);
  });
});

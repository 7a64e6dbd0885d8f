import { createInterface } from 'node:readline';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Hello, Reply, Request } from '../protocol.ts';
import { type OpenPeer, type Peer, Unavailable, type Work, Workload } from './workload.ts';

/** Serves one peer to the benchmark: `node serve.js MODULE INPUTS THREADS`. */

const [module = '', folder = '', threads = '1'] = process.argv.slice(2);

const workload = new Workload(folder);
const started = performance.now();
const peer = await open();
/** What a first result has cost before its call. */
const opened = performance.now() - started;

async function open(): Promise<Peer> {
  try {
    const { openPeer }: { openPeer: OpenPeer } = await import(module);
    return await openPeer(workload, Number(threads));
  } catch (why) {
    say({ missing: wordsOf(why) });
    process.exit();
  }
}

let current: { name: string; work: Work } | undefined;

async function workOf(name: string): Promise<Work> {
  if (current?.name === name) return current.work;
  current?.work.dispose?.();
  current = undefined;
  const make = peer.works[name];
  if (make === undefined) throw new Unavailable('not among what it can do');
  current = { name, work: await make() };
  return current.work;
}

/** A call and one turn of the event loop, which a data loader gives too: whatever was put off until then counts. */
async function timed({ call, repeat = 1 }: Work): Promise<number> {
  const before = performance.now();
  await call();
  await nextTurn();
  return (performance.now() - before) / repeat;
}

async function callsFor(milliseconds: number, work: Work): Promise<number[]> {
  const values: number[] = [];
  const end = performance.now() + milliseconds;
  do values.push(await timed(work));
  while (performance.now() < end);
  return values;
}

const answers: Record<Request['kind'], (request: Request) => Promise<Reply>> = {
  async time({ case: name, warm, measure }) {
    const work = await workOf(name);
    if (warm > 0) await callsFor(warm, work);
    const values = await callsFor(measure, work);
    const check = typeof work.check === 'function' ? work.check() : work.check;
    return { values, ...(check !== undefined && { check }) };
  },

  async cold({ case: name }) {
    const work = await workOf(name);
    return { values: [opened + (await timed(work))] };
  },

  async memory() {
    const work = await workOf('epoch');
    await work.call();
    const half = process.memoryUsage().rss;
    await work.call();
    return {
      values: [process.resourceUsage().maxRSS / 1024],
      note: grown(process.memoryUsage().rss - half),
    };
  },
};

function grown(bytes: number): string {
  const mebibytes = Math.round(bytes / 2 ** 20);
  return `${mebibytes < 0 ? '−' : '+'}${Math.abs(mebibytes)} MiB in the second epoch`;
}

function say(message: Hello | Reply): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function wordsOf(why: unknown): string {
  if (why instanceof Unavailable) return why.message;
  return String(why).split('\n')[0] as string;
}

const { version, note } = peer;
say({ version, threads: peer.threads, ...(note !== undefined && { note }) });
for await (const line of createInterface({ input: process.stdin })) {
  const request: Request = JSON.parse(line);
  say(await answers[request.kind](request).catch((why: unknown) => ({ missing: wordsOf(why) })));
}
process.exit();

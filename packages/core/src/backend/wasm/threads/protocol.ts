/**
 * How threads share the parts of a job without locks.
 *
 * A crew is a fixed number of workers and a block of words that no other crew ever uses at the same time. One thread of
 * JavaScript, the caller, owns the engine: it alone starts jobs, one after another. A kernel starts no jobs itself.
 *
 *     word              written by                                           when
 *     left              caller: the number of parts; all: −1, to claim one   caller: between jobs
 *     kernel … parts    caller                                               between jobs
 *     unfinished        caller: the number of parts; all: −1 for each done   caller: between jobs
 *     awaited           caller: 1 while it sleeps until `unfinished` is 0    within a job
 *     failed            workers: 1, as they die of an error                  at any time
 *     ready             workers: +1, once they have started                  at any time
 *     sleepers          workers: +1 before they sleep, −1 afterwards         at any time
 *
 * **A part is run once, and only while its job lasts.** To claim is to subtract 1 from `left`; whoever finds a positive
 * number there before has that part, and nobody else can find the same. Only then does it read which kernel and arguments
 * the part belongs to. They are those of the job that is on: that job ends when `unfinished` is 0, which it is not before
 * this part is reported, and the caller writes none of these words until then. So a worker that wakes late does no harm.
 * It either finds no part (`left` is 0 or less, and the caller's next write wipes out what it subtracted) or a part of
 * whatever job is on by now. Nothing that was read before the claim is relied on after it.
 *
 * **No wake-up is missed.** A worker reads `left`, counts itself among the sleepers, and waits on `left` unless that has
 * changed. The caller writes `left` and then reads `sleepers`. Atomic operations have one order: if the wait found `left`
 * unchanged before the caller's write, the caller finds the sleeper and wakes it. If after, nothing is left of the job.
 * Nothing could be lost but time, since the caller claims parts like everyone else. It is the same with the caller, which
 * sets `awaited` before it waits on `unfinished`, and the worker that does the last part, which reads it afterwards.
 *
 * **All writes are seen.** What the caller wrote comes before its write of `left`, which comes before each claim; what a
 * part wrote comes before its subtraction from `unfinished`, which comes before the caller sees 0.
 *
 * **A death ends the crew.** A part that was claimed by a worker that died stays unfinished, and which one it was is
 * not known. So the caller has all workers ended, gives that a moment to happen, and runs the whole job again by itself.
 * The next crew has words of its own, and a worker that is slow to end finds no part to claim in the old ones.
 */

/** The words of a crew's block. Those that many write at once lie on cache lines (in pairs: 128 bytes) of their own. */
export const word = {
  left: 0,
  kernel: 1,
  descriptor: 2,
  parts: 3,
  unfinished: 32,
  awaited: 33,
  failed: 34,
  ready: 35,
  sleepers: 48,
} as const;

const blockBytes = 256;
export const blockWords = blockBytes / 4;

/** The blocks lie between the descriptors of kernels and the heap. */
const [firstBlock, lastBlock] = [4096, 65536 - blockBytes];

/** Crews take the blocks in turn, so that what is left of a crew that was given up cannot meddle with the next 239. */
export function blockOfCrew(number: number): number {
  return firstBlock + ((number * blockBytes) % (lastBlock + blockBytes - firstBlock));
}

/**
 * Workers never look up from the memory, so no message reaches them: modules are handed to them there. Each lies behind
 * a link that is never changed but for one word: the address of the next link, 0 at first. The caller writes a link in
 * full before it sets that word of the one before. The first link is at address 0 and has no module.
 */
export const link = { next: 0, kernel: 1, length: 2 } as const;
export const linkWords = 3;
export const linkBytes = 4 * linkWords;

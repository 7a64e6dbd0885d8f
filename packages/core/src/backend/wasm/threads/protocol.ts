/**
 * How threads share the work without locks.
 *
 * One thread of JavaScript, the caller, owns the engine: it alone enqueues jobs, and goes on while they run. A job is a
 * kernel with its arguments, in parts that may run in any order; one job runs after the other, in the order in which they
 * were enqueued. A crew is a fixed number of workers and a block of words that no other crew ever uses at the same time.
 * A kernel starts no jobs itself.
 *
 * Parts are taken from both ends: by the caller and every second worker from the front, by the others from the back.
 * The same part of the next job mostly reads what that part of the last has written (parts are cut along the batch), and
 * so finds it in the caches of its own core.
 *
 *     word              written by                                             when
 *     left              the opener: the number of parts; all: −1, to claim one between jobs
 *     front, back       the opener: 0 and the number of parts; who has         between jobs
 *                       claimed a part at that end: +1, −1
 *     job               the opener: which slot of the queue it is              between jobs
 *     opened            the opener: how many jobs have been opened             between jobs
 *     unfinished        the opener: the number of parts; all: −1 for each done between jobs
 *     pending           caller: +1 for a job; the finisher: −1                 at any time
 *     awaited           caller: 1 while it sleeps until `pending` changes      at any time
 *     failed            1: workers, as they die of an error; caller, to end it at any time
 *     ready             workers: +1, once they have started                    at any time
 *     sleepers          workers: +1 before they sleep, −1 afterwards           at any time
 *
 * **Jobs are opened one after the other.** `pending` counts the jobs that are not finished, the one that runs among them.
 * The caller writes a job into the queue and adds 1. If it finds that nothing was pending, nobody else would begin the
 * job: it opens it. Whoever does the last part of a job, its finisher, subtracts 1; if more was pending than that job,
 * it opens the next. So a job has one opener, who opens it after the one before is finished.
 *
 * **A part is run once, and only while its job lasts.** To claim is to subtract 1 from `left`; whoever finds a positive
 * number there before has a part, and as many can find one as there are parts. Only then does it read, by adding 1 to
 * `front` or subtracting 1 from `back`, which part that is, and which job it belongs to. Parts taken from the front are
 * the first ones and those from the back the last; together they are no more than there are, so the two do not meet. The
 * job is the one that is open: it ends when `unfinished` is 0, which it is not before this part is reported, and none of
 * these words is written anew until then. So a thread that comes late does no harm. It either finds no
 * part (`left` is 0 or less, and the opener's next write wipes out what it subtracted) or a part of whatever job is
 * open by now. Nothing that was read before the claim is relied on after it.
 *
 * **A slot is not overwritten too soon.** Jobs end in their order, so the slots in use are those of the last `pending`
 * jobs. The caller leaves one slot free at least, in which it writes the arguments of the next job before that is one.
 *
 * **No wake-up is missed.** A worker reads `left`, counts itself among the sleepers, and waits on `left` unless that has
 * changed. The opener writes `left` and then reads `sleepers`. Atomic operations have one order: if the wait found `left`
 * unchanged before the opener's write, the opener finds the sleeper and wakes it. If after, nothing is left of the job.
 * The caller sets `awaited`, looks whether a part is left, and waits on `pending`; the finisher subtracts from `pending`,
 * opens the next job, and then reads `awaited`.
 *
 * **All writes are seen.** What the caller wrote comes before it adds to `pending`, which comes before the opener's write
 * of `left`, which comes before each claim; what a part wrote comes before its subtraction from `unfinished`, which
 * comes before the next job is opened, and before the caller sees that nothing is pending.
 *
 * **A death ends the crew.** A part that was claimed by a worker that died stays unfinished, and which one it was is
 * not known. So the caller has all workers ended, gives that a moment to happen, and runs the open job again by itself,
 * whole, and after it the others in the queue; workers open no job of a crew that has failed. The next crew has words of
 * its own, and a worker that is slow to end finds no part to claim in the old ones.
 *
 * **Workers end by themselves**, as not every platform can stop a thread that sleeps. To give a crew up the caller sets
 * `failed`, writes `over` to `left`, where it has never been before, and wakes all sleepers. A worker reads `left`, then
 * `failed`, and then waits on `left`: if it read `over` there, it finds `failed` set; if not, `left` has changed, or it is
 * woken.
 */

/** The words of a crew's block. Those that many write at once lie on cache lines (in pairs: 128 bytes) of their own. */
export const word = {
  left: 0,
  job: 1,
  opened: 2,
  front: 32,
  back: 64,
  unfinished: 96,
  pending: 97,
  awaited: 98,
  failed: 99,
  ready: 100,
  sleepers: 112,
} as const;

/** In `left` when a crew is given up: no parts, and more below 0 than threads that look for some can come. */
export const over = -(2 ** 30);

const blockBytes = 512;
export const blockWords = blockBytes / 4;

/** The blocks lie at the beginning of the memory. */
const [firstBlock, lastBlock] = [4096, 65536 - blockBytes];

/** Crews take the blocks in turn, so that what is left of a crew that was given up cannot meddle with the next 119. */
export function blockOfCrew(number: number): number {
  return firstBlock + ((number * blockBytes) % (lastBlock + blockBytes - firstBlock));
}

/** The queue: a ring of slots after the blocks, each with the words of `slot`, the arguments of the kernel, and numbers
 * among its operands. */
export const queue = { address: 65536, slots: 64, slotBytes: 1024 } as const;

/** The words of a slot. `again` is 1 where a part may be run a second time. */
export const slot = { kernel: 0, parts: 1, again: 2, descriptor: 4 } as const;

/** Arguments, and bytes of numbers among the operands, that a slot has room for. */
export const mostFields = 64;
export const numbersAt = 512;

/** The address of the slot of the n-th job. */
export function slotOf(n: number): number {
  return queue.address + (n & (queue.slots - 1)) * queue.slotBytes;
}

/** A word that kernels set where they have met what they could not do. */
export const noteAddress = 1024;

/** Where the heap begins. */
export const controlBytes = queue.address + queue.slots * queue.slotBytes;

/**
 * Workers never look up from the memory, so no message reaches them: modules are handed to them there. Each lies behind
 * a link that is never changed but for one word: the address of the next link, 0 at first. The caller writes a link in
 * full before it sets that word of the one before. The first link is at address 0 and has no module.
 */
export const link = { next: 0, kernel: 1, length: 2 } as const;
export const linkWords = 3;
export const linkBytes = 4 * linkWords;

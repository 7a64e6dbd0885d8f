import { data, sign, untilReady, workshop } from './testing.ts';

/**
 * Works on two threads and comes to its end, with workers that are still starting (`starting`), that look out for work
 * (`awake`) or that sleep (`asleep`). Prints how many threads there were.
 */
const [when] = process.argv.slice(2);
const { pool, kernel, launch } = workshop();
pool.setNumThreads(2);
const job = kernel(sign);
launch(job, [data], 100);
if (when !== 'starting') {
  await untilReady(pool);
  launch(job, [data], 100);
  console.log(pool.ready);
}
if (when === 'asleep') await new Promise((resolve) => setTimeout(resolve, 20));

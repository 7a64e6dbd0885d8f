import { nextTurn } from './next-turn.ts';

/** What takes the place of a result when there is none. */
export const none = Symbol('none');

/**
 * The results of tasks in their order, `depth` of which are under way at a time. A task is started when there is room; one
 * that fails does so when its turn comes. Leaving the loop starts no more.
 *
 * @param tasks Starts the next task when asked.
 * @param wait Waits for a result.
 */
export async function* prefetched<T>(
  tasks: Iterator<Promise<T | typeof none>>,
  depth: number,
  wait: <R>(result: Promise<R>) => Promise<R> = (result) => result,
): AsyncGenerator<T, void, undefined> {
  const ahead: Promise<T | typeof none>[] = [];
  const fill = () => {
    while (ahead.length < depth) {
      const task = start(tasks);
      if (task === undefined) return;
      task.catch(() => undefined); // it is noticed below, if anybody gets so far
      ahead.push(task);
    }
  };
  try {
    fill();
    for (let first = ahead.shift(); first !== undefined; first = ahead.shift()) {
      await nextTurn();
      const result = await wait(first);
      fill();
      if (result !== none) yield result;
    }
  } finally {
    tasks.return?.();
  }
}

function start<T>(tasks: Iterator<Promise<T>>): Promise<T> | undefined {
  try {
    const { done, value } = tasks.next();
    return done ? undefined : value;
  } catch (error) {
    return Promise.reject(error);
  }
}

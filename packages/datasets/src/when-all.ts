export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined | null)?.then === 'function';
}

/** What `join` makes of the values: at once, or when all of them are there if some are promises. */
export function whenAll<T, Result>(
  values: readonly T[],
  join: (values: Awaited<T>[]) => Result,
): Result | Promise<Result> {
  return values.some(isPromise) ? Promise.all(values).then(join) : join(values as Awaited<T>[]);
}

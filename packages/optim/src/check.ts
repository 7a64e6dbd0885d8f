import { ArgumentError, Tensor } from '@retrograd/core';

/**
 * What can be gone through, as a list.
 *
 * @throws ArgumentError for a tensor, whose slices nobody means, and for what cannot be gone through
 */
export function listOf<T>(op: string, values: Iterable<T>): T[] {
  const given: unknown = values;
  const lists = typeof given === 'object' && given !== null && Symbol.iterator in given;
  if (lists && !(given instanceof Tensor)) return [...values];
  throw new ArgumentError({
    op,
    got: given instanceof Tensor ? 'a tensor' : String(given),
    want: 'a list of tensors',
    fix: given instanceof Tensor ? 'Put it into a list: [tensor].' : 'Give model.parameters().',
  });
}

/** @throws ArgumentError unless `parameters` is a tensor or a list of them */
export function tensorsOf(op: string, parameters: Tensor | Iterable<Tensor>): Tensor[] {
  const list: unknown[] = parameters instanceof Tensor ? [parameters] : listOf(op, parameters);
  const odd = list.findIndex((parameter) => !(parameter instanceof Tensor));
  if (odd < 0) return list as Tensor[];
  throw new ArgumentError({
    op,
    got: `${Array.isArray(list[odd]) ? 'an array' : String(list[odd])} as parameter ${odd}`,
    want: 'tensors',
    fix: 'Give model.parameters(), which have no names.',
  });
}

import { ArgumentError } from '../errors.ts';
import { checkTensor, describe } from '../primitives/operand.ts';
import { Tensor } from '../tensor.ts';
import { checkOptions } from './arguments.ts';

/** Tensors one by one or as one array: `meshgrid(x, y)` and `meshgrid([x, y])`. */
export type Tensors = readonly Tensor[] | readonly [readonly Tensor[]];

/** The same, and options behind them. */
export type OptionsAfter<O> =
  | Tensors
  | readonly [...tensors: Tensor[], options: O]
  | readonly [readonly Tensor[], O];

/** Takes tensors, of which there must be at least one, and trailing options apart. */
export function listed<O extends object>(
  op: string,
  given: readonly unknown[],
  names: readonly (keyof O & string)[] = [],
): [tensors: readonly Tensor[], options: O] {
  const last = given.at(-1);
  const hasOptions = given.length > 0 && !(last instanceof Tensor) && !Array.isArray(last);
  const options = hasOptions ? last : {};
  checkOptions(op, options as object, names);
  const list = hasOptions ? given.slice(0, -1) : given;
  return [
    checkTensors(op, list.length === 1 && Array.isArray(list[0]) ? list[0] : list),
    (options ?? {}) as O,
  ];
}

/** @throws ArgumentError unless `tensors` is an array of tensors, and not empty */
export function checkTensors(op: string, tensors: unknown): readonly [Tensor, ...Tensor[]] {
  if (Array.isArray(tensors) && tensors.length > 0) {
    for (const x of tensors) checkTensor(op, x);
    return tensors as [Tensor, ...Tensor[]];
  }
  throw new ArgumentError({
    op,
    got: Array.isArray(tensors) ? 'no tensors' : describe(tensors),
    want: 'a list of at least one tensor',
  });
}

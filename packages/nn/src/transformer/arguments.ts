import { optional } from '@retrograd/core';
import { Module } from '../module.ts';

/** `optional`, for arguments of which some are modules: by position, too, one that comes last is no object of options. */
export function optionalOrModule<O extends object>(
  op: string,
  given: readonly unknown[],
  order: readonly (keyof O & string)[],
  named: readonly (keyof O & string)[] = [],
): O {
  const last = given.at(-1);
  const place = given.length - 1;
  const args = last instanceof Module ? [...given.slice(0, -1), { [order[place] ?? place]: last }] : given;
  return optional<O>(op, args, order, named);
}

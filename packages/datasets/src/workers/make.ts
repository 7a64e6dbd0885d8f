import { ArgumentError } from '@retrograd/core';
import { Dataset } from '../dataset.ts';
import { IterableDataset } from '../iterable-dataset.ts';

export type AnyDataset = Dataset<unknown, unknown> | IterableDataset<unknown>;

/** What makes a dataset: a function, which may take its time, or a class. */
export type DatasetMaker =
  | ((...args: never[]) => AnyDataset | Promise<AnyDataset>)
  | (new (
      ...args: never[]
    ) => AnyDataset);

export type MadeBy<Make> = Make extends new (
  ...args: never[]
) => infer Made
  ? Made
  : Make extends (...args: never[]) => infer Made
    ? Awaited<Made>
    : never;

export type ArgumentsOf<Make> = Make extends new (
  ...args: infer Args
) => unknown
  ? Args
  : Make extends (...args: infer Args) => unknown
    ? Args
    : never;

/** @throws ArgumentError when what was made is no dataset, and whatever `make` throws */
export async function madeBy(make: DatasetMaker, args: never[]): Promise<AnyDataset> {
  const made: unknown = await (isClass(make) ? new make(...args) : make(...args));
  if (isDataset(made)) return made;
  throw new ArgumentError({
    op: make.name || 'make',
    got: `${made === null ? 'null' : typeof made} as the result`,
    want: 'a Dataset or an IterableDataset',
  });
}

function isDataset(value: unknown): value is AnyDataset {
  return value instanceof Dataset || value instanceof IterableDataset;
}

function isClass(make: DatasetMaker): make is new (...args: never[]) => AnyDataset {
  return /^class\b/.test(Function.prototype.toString.call(make));
}

/**
 * What a module has to make a dataset with, and the name of it.
 *
 * @param name The name it is exported under. Default: that of the only function or class there.
 * @throws ArgumentError when there is none of that name, or no name and several
 */
export function makerIn(exports: object, module: string, name?: string): [name: string, make: DatasetMaker] {
  const makers = Object.entries(exports).filter(([, value]) => typeof value === 'function');
  const found = name === undefined ? makers : makers.filter(([key]) => key === name);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new ArgumentError({
    op: 'workerDataset',
    got: `${module}, which exports ${makers.map(([key]) => key).join(', ') || 'nothing that can be called'}`,
    want: name === undefined ? 'one function or class that makes the dataset' : `a function or class ${name}`,
    ...(makers.length > 1 && { fix: 'Say which one it is: { name: … }.' }),
  });
}

import {
  ArgumentError,
  checkOptions,
  describe,
  isPlainObject,
  noGrad,
  RetrogradError,
  type Shape,
  sameShape,
  showShape,
  Tensor,
} from '@retrograd/core';
import { isUninitialized } from './uninitialized.ts';

/** Parameters and buffers by their path, `{ 'conv1.weight': … }`, in PyTorch's order. */
export type StateDict = Record<string, Tensor>;

export interface LoadOptions {
  /** Refuse entries that are missing or unexpected, and not only those of another shape. Default true. */
  strict?: boolean;
}

/** What `loadStateDict` found no counterpart for. */
export interface KeyReport {
  /** Entries of the module that the dict lacks. */
  readonly missingKeys: readonly string[];
  /** Entries of the dict that the module lacks. */
  readonly unexpectedKeys: readonly string[];
}

/** An entry that is there on both sides and does not fit. */
export interface Misfit {
  readonly key: string;
  /** Its shape in the dict; `null` if it is no tensor, or one that waits for its shape. */
  readonly got: Shape | null;
  /** Its shape in the module; `null` if it waits for one. */
  readonly want: Shape | null;
}

/** A state dict that does not fit a module, with all that is wrong with it. */
export class StateDictError extends RetrogradError implements KeyReport {
  override name = 'StateDictError';
  readonly missingKeys: readonly string[];
  readonly unexpectedKeys: readonly string[];
  readonly misfits: readonly Misfit[];

  constructor(module: string, { missingKeys, unexpectedKeys }: KeyReport, misfits: readonly Misfit[]) {
    const faults = [
      ...listing('missing', missingKeys),
      ...listing('unexpected', unexpectedKeys),
      ...listing('misshapen', misfits.map(showMisfit)),
    ];
    const onlyKeys = misfits.length === 0;
    super({
      op: 'loadStateDict',
      got: `a state dict that does not fit ${module}: ${faults.join('; ')}`,
      want: 'the names and shapes of its parameters and buffers',
      fix: onlyKeys ? 'Nothing was loaded. Give { strict: false } to load what fits.' : 'Nothing was loaded.',
    });
    this.missingKeys = missingKeys;
    this.unexpectedKeys = unexpectedKeys;
    this.misfits = misfits;
  }
}

function listing(fault: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`${fault} ${items.join(', ')}`];
}

function showMisfit({ key, got, want }: Misfit): string {
  const there = want === null ? 'a tensor of any shape' : showShape(want);
  return `${key} ${got === null ? '(no tensor)' : showShape(got)} for ${there}`;
}

/** What has no shape yet takes any; what has one takes no other, nor nothing. */
function fits(target: Tensor, source: unknown): boolean {
  if (!(source instanceof Tensor)) return false;
  return isUninitialized(target) || (!isUninitialized(source) && sameShape(source.shape, target.shape));
}

/** Copies the entries of `dict` into `targets`: all that fit, or (on any fault that counts) none. */
export function loadEntries(
  module: string,
  targets: ReadonlyMap<string, Tensor>,
  dict: Readonly<StateDict>,
  options: LoadOptions,
): KeyReport {
  checkOptions('loadStateDict', options, ['strict']);
  const { strict = true } = options;
  if (!isPlainObject(dict)) {
    throw new ArgumentError({
      op: 'loadStateDict',
      got: describe(dict),
      want: 'a plain object of tensors by name, as stateDict() gives',
    });
  }
  const report: KeyReport = {
    missingKeys: [...targets.keys()].filter((key) => !Object.hasOwn(dict, key)),
    unexpectedKeys: Object.keys(dict).filter((key) => !targets.has(key)),
  };
  const pairs = [...targets].flatMap(([key, target]) =>
    Object.hasOwn(dict, key) ? [{ key, target, source: dict[key] as unknown }] : [],
  );
  const misfits: Misfit[] = pairs
    .filter(({ target, source }) => !fits(target, source))
    .map(({ key, target, source }) => ({
      key,
      got: isUninitialized(source) || !(source instanceof Tensor) ? null : source.shape,
      want: isUninitialized(target) ? null : target.shape,
    }));
  const strangers = report.missingKeys.length + report.unexpectedKeys.length;
  if (misfits.length > 0 || (strict && strangers > 0)) throw new StateDictError(module, report, misfits);
  noGrad(() => {
    for (const { target, source } of pairs) {
      if (isUninitialized(source)) continue;
      const tensor = source as Tensor;
      if (isUninitialized(target)) target.materialize(tensor.shape);
      target.copy_(tensor);
    }
  });
  return report;
}

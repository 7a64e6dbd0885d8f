import {
  ArgumentError,
  checkOptions,
  noGrad,
  RetrogradError,
  type Shape,
  sameShape,
  showShape,
  Tensor,
} from '@retrograd/core';

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
  /** Its shape in the dict; `null` if it is no tensor. */
  readonly got: Shape | null;
  /** Its shape in the module. */
  readonly want: Shape;
}

/** A state dict that does not fit a module, with all that is wrong with it. */
export class StateDictError extends RetrogradError implements KeyReport {
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
  return `${key} ${got === null ? '(no tensor)' : showShape(got)} for ${showShape(want)}`;
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
  if (typeof dict !== 'object' || dict === null || dict instanceof Map || Array.isArray(dict)) {
    throw new ArgumentError({
      op: 'loadStateDict',
      got: dict instanceof Map ? 'a Map' : Array.isArray(dict) ? 'an array' : String(dict),
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
    .filter(({ target, source }) => !(source instanceof Tensor && sameShape(source.shape, target.shape)))
    .map(({ key, target, source }) => ({
      key,
      got: source instanceof Tensor ? source.shape : null,
      want: target.shape,
    }));
  const strangers = report.missingKeys.length + report.unexpectedKeys.length;
  if (misfits.length > 0 || (strict && strangers > 0)) throw new StateDictError(module, report, misfits);
  noGrad(() => {
    for (const { target, source } of pairs) target.copy_(source as Tensor);
  });
  return report;
}

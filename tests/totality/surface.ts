import * as core from '@retrograd/core';
import { Tensor } from '@retrograd/core';

/** A public function, a method of `Tensor` or a getter, ready to be called with anything. */
export interface Callable {
  /** `add`, `x.add` or `x.T`. */
  readonly name: string;
  call(args: readonly unknown[]): unknown;
}

/** What is public and not called with anything, and why. */
const excluded: Readonly<Record<string, string>> = {
  Tensor: 'a class that is marked internal: tensors come from tensor(), zeros() …',
  Generator: 'a class whose constructor takes nothing',
  'autograd.Function': 'a class to be extended',
  'x.constructor': 'the class again',
  nodeLibrary: 'gives Node’s own modules',
  openFile: 'reads files',
  writeAtomically: 'writes files',
  checkOptions: 'takes lists of names from the code that calls it, not from its users',
  optional: 'the same',
  'distributions.Distribution': 'a class to be extended',
  perDim: 'takes the number of dims from the code that calls it',
};

type AnyFunction = (...args: readonly unknown[]) => unknown;

function isErrorClass(value: unknown): boolean {
  return value === core.RetrogradError || Object.getPrototypeOf(value) === core.RetrogradError;
}

/** A distribution as a function: made of some arguments, drawn from, and asked for what it says of itself. */
function tried(kind: new (...args: readonly unknown[]) => core.distributions.Distribution): AnyFunction {
  return (...args) => {
    const made = new kind(...args);
    const asked = [
      () => made.entropy(),
      () => made.mode,
      () => made.expand([2, ...made.batchShape]).sample(),
    ];
    const sample = made.sample([2]);
    return [sample, made.logProb(sample), made.mean, made.variance, ...asked.map(valueOrError)];
  };
}

/** Not every distribution says everything. */
function valueOrError(ask: () => unknown): unknown {
  try {
    return ask();
  } catch (error) {
    if (error instanceof core.RetrogradError) return null;
    throw error;
  }
}

/** Every function that the package exports, be it as part of an object (`special.erf`). */
function functions(home: object = core, path = ''): Callable[] {
  return Object.entries(home).flatMap(([name, value]) => {
    if (typeof value === 'object' && !Array.isArray(value)) return functions(value, `${path}${name}.`);
    if (typeof value !== 'function' || isErrorClass(value)) return [];
    const call = value.prototype instanceof core.distributions.Distribution ? tried(value) : value;
    return [{ name: `${path}${name}`, call: (args: readonly unknown[]) => (call as AnyFunction)(...args) }];
  });
}

/** Every method and getter of a tensor, called on the first argument. */
function members(): Callable[] {
  return Reflect.ownKeys(Tensor.prototype).map((key) => {
    const { value, get } = Object.getOwnPropertyDescriptor(Tensor.prototype, key) ?? {};
    const member: AnyFunction = get ?? value;
    return {
      name: `x.${typeof key === 'symbol' ? `[${key.description}]` : key}`,
      call: ([self, ...args]) => member.apply(self, args),
    };
  });
}

export const callables: readonly Callable[] = [...functions(), ...members()].filter(
  ({ name }) => !Object.hasOwn(excluded, name),
);

/** Names in the table of exclusions that are not public (any more). */
export const staleExclusions: readonly string[] = Object.keys(excluded).filter(
  (name) => ![...functions(), ...members()].some((callable) => callable.name === name),
);

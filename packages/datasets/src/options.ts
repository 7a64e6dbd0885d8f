import { ArgumentError, Generator } from '@retrograd/core';

/** One of a few words. @throws ArgumentError for another */
export function checkChoice<T extends string>(op: string, name: string, given: T, choices: readonly T[]): T {
  if (choices.includes(given)) return given;
  throw new ArgumentError({
    op,
    got: `${name} ${typeof given === 'string' ? `'${given}'` : typeof given}`,
    want: `one of '${choices.join("', '")}'`,
  });
}

/** @throws ArgumentError for what is no generator, nor absent */
export function checkGenerator(op: string, generator: unknown): Generator | undefined {
  if (generator === undefined || generator instanceof Generator) return generator;
  throw new ArgumentError({ op, got: `generator of type ${typeof generator}`, want: 'a Generator' });
}

import type { I32, Int } from '../assembler/code.ts';
import type { FunctionBuilder, Local } from '../assembler/function.ts';
import { i32 } from '../assembler/instructions.ts';

/** Into how many blocks of `per` a size falls. */
export function blocksOf(size: I32, per: Int): I32 {
  return i32.divU(i32.sub(i32.add(size, per), 1), per);
}

/**
 * Takes a part's number apart as if it were written in several bases: `digit(base)` gives the last digit, and leaves
 * `rest` to the next.
 */
export function digitsOf(
  f: FunctionBuilder,
  part: I32,
): { digit(base: I32): Local<'i32'>; rest: Local<'i32'> } {
  const rest = f.let(part);
  const digit = (base: I32) => {
    const divisor = f.let(base);
    const value = f.let(i32.remU(rest, divisor));
    f.set(rest, i32.divU(rest, divisor));
    return value;
  };
  return { digit, rest };
}

/** The types that WebAssembly computes with. */
export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

/** Bytes of code, nested as they were put together. */
export type Code = readonly (number | Code)[];

/** Code that leaves one value on the stack. Written twice, it is computed twice: `FunctionBuilder.let` keeps a value. */
export interface Expr<T extends ValueType = ValueType> {
  readonly type: T;
  readonly code: Code;
}

export type I32 = Expr<'i32'>;
export type V128 = Expr<'v128'>;

/** An i32 operand: an expression, or a constant. */
export type Int = I32 | number;

export const typeBytes: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

/** Unsigned LEB128. Source: WebAssembly core specification 3.0, 5.2.2. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return bytes;
}

/** Signed LEB128 of a 32-bit integer. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

/** The bytes that nested code consists of. */
export function flatten(code: Code, into: number[] = []): number[] {
  for (const part of code) {
    if (typeof part === 'number') into.push(part);
    else flatten(part, into);
  }
  return into;
}

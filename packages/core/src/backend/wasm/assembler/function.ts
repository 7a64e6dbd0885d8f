import {
  type Code,
  type Expr,
  flatten,
  type I32,
  type Int,
  typeBytes,
  unsigned,
  type ValueType,
} from './code.ts';
import { i32, int } from './instructions.ts';

/** A variable of a function: an expression that reads it, and a place to write. */
export interface Local<T extends ValueType = ValueType> extends Expr<T> {
  readonly index: number;
}

const blockStart = [0x02, 0x40];
const loopStart = [0x03, 0x40];
const end = 0x0b;

/**
 * Writes the body of one function, statement by statement, in the order of the calls.
 *
 * @example
 * ```ts
 * const f = new FunctionBuilder();
 * const [x, out, end] = [f.param('i32'), f.param('i32'), f.param('i32')];
 * f.while(i32.ltU(x, end), () => {
 *   f.emit(v128.store(out, f32x4.sqrt(v128.load(x))));
 *   f.increase(x, 16);
 *   f.increase(out, 16);
 * });
 * ```
 */
export class FunctionBuilder {
  readonly #params: ValueType[] = [];
  readonly #locals: ValueType[] = [];
  #body: (number | Code)[] = [];

  /** The next parameter; all of them come before the first local. */
  param<T extends ValueType = 'i32'>(type = 'i32' as T): Local<T> {
    if (this.#locals.length > 0) throw new TypeError('parameters come before locals');
    this.#params.push(type);
    return localAt(type, this.#params.length - 1);
  }

  /** A new variable, 0 at first. */
  local<T extends ValueType>(type: T): Local<T> {
    this.#locals.push(type);
    return localAt(type, this.#params.length + this.#locals.length - 1);
  }

  /** Computes a value here, once, to be read as often as needed. */
  let<T extends ValueType>(value: Expr<T>): Local<T> {
    const local = this.local(value.type);
    this.set(local, value);
    return local;
  }

  set<T extends ValueType>(local: Local<T>, value: Expr<T>): void {
    this.emit([value.code, 0x21, unsigned(local.index)]);
  }

  /** `local += by` */
  increase(local: Local<'i32'>, by: Int): void {
    this.set(local, i32.add(local, by));
  }

  emit(code: Code): void {
    this.#body.push(code);
  }

  /** Runs the body as long as the condition holds. */
  while(condition: I32, body: () => void): void {
    const inner = this.#within(body);
    this.emit([blockStart, loopStart, i32.eqz(condition).code, branchIf(1), inner, branch(0), end, end]);
  }

  /** Runs the body at least once, and again as long as the condition holds. */
  doWhile(body: () => void, condition: I32): void {
    const inner = this.#within(body);
    this.emit([blockStart, loopStart, inner, condition.code, branchIf(0), end, end]);
  }

  /** Runs the body once. */
  once(body: () => void): void {
    // As deep as a loop stands, for `leaveIf`.
    this.emit([blockStart, blockStart, this.#within(body), end, end]);
  }

  /** Leaves the `once` or the loop whose body this stands in directly, if the condition holds. */
  leaveIf(condition: I32): void {
    this.emit([condition.code, branchIf(1)]);
  }

  /** Runs the body for `counter` from its present value, by `step`, as long as it is below `limit`. */
  countUp(counter: Local<'i32'>, limit: Int, step: Int, body: () => void): void {
    this.while(i32.lt(counter, int(limit)), () => {
      body();
      this.increase(counter, step);
    });
  }

  if(condition: I32, then: () => void, otherwise?: () => void): void {
    const yes = this.#within(then);
    const no = otherwise && this.#within(otherwise);
    this.emit([condition.code, 0x04, 0x40, yes, ...(no ? [0x05, no] : []), end]);
  }

  /** Calls a function of the same module, for what it does. */
  call(index: number, ...args: Int[]): void {
    this.emit([...args.map((arg) => int(arg).code), 0x10, unsigned(index)]);
  }

  /** The types of parameters, and the code with its declarations of locals, as a module holds them. */
  finish(): { readonly params: readonly ValueType[]; readonly code: number[] } {
    const declared = runs(this.#locals).map(([type, count]) => [unsigned(count), typeBytes[type]]);
    const code = flatten([unsigned(declared.length), ...declared, this.#body, end]);
    return { params: this.#params, code: [...unsigned(code.length), ...code] };
  }

  #within(body: () => void): Code {
    const outer = this.#body;
    const inner: (number | Code)[] = [];
    this.#body = inner;
    body();
    this.#body = outer;
    return inner;
  }
}

function localAt<T extends ValueType>(type: T, index: number): Local<T> {
  return { type, index, code: [0x20, ...unsigned(index)] };
}

function branch(depth: number): Code {
  return [0x0c, depth];
}

function branchIf(depth: number): Code {
  return [0x0d, depth];
}

/** Neighbours that are equal, with their number. */
function runs(types: readonly ValueType[]): [ValueType, number][] {
  const found: [ValueType, number][] = [];
  for (const type of types) {
    const last = found.at(-1);
    if (last?.[0] === type) last[1]++;
    else found.push([type, 1]);
  }
  return found;
}

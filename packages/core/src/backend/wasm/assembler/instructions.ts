import {
  type Code,
  type Expr,
  type I32,
  type Int,
  signed,
  unsigned,
  type V128,
  type ValueType,
} from './code.ts';

// Opcodes: WebAssembly core specification 3.0, appendix A.7 (index of instructions). Those of vectors follow a prefix.
const vectorPrefix = 0xfd;
const atomicPrefix = 0xfe;

function plain<R extends ValueType>(type: R, ...opcode: number[]) {
  return (...operands: Expr[]): Expr<R> => ({ type, code: [...operands.map(({ code }) => code), opcode] });
}

function vector<R extends ValueType>(type: R, opcode: number) {
  return plain(type, vectorPrefix, ...unsigned(opcode));
}

/** Takes constants as well as expressions. */
function integer(opcode: number) {
  const op = plain('i32', opcode);
  return (...operands: Int[]): I32 => op(...operands.map(int));
}

/** An i32 operand as an expression. */
export function int(value: Int): I32 {
  return typeof value === 'number' ? { type: 'i32', code: [0x41, ...signed(value)] } : value;
}

/** Alignment is a hint, and the smallest is always right. */
function memory(prefix: readonly number[], opcode: number, offset: number, alignment = 0): Code {
  return [...prefix, ...unsigned(opcode), alignment, ...unsigned(offset)];
}

function load<R extends ValueType>(type: R, opcode: number, prefix: readonly number[] = []) {
  return (address: Int, offset = 0): Expr<R> => ({
    type,
    code: [int(address).code, memory(prefix, opcode, offset)],
  });
}

function store(opcode: number, prefix: readonly number[] = []) {
  return (address: Int, value: Expr, offset = 0): Code => [
    int(address).code,
    value.code,
    memory(prefix, opcode, offset),
  ];
}

const vectorLoad = (opcode: number) => load('v128', opcode, [vectorPrefix]);

function storeLane(opcode: number) {
  return (address: Int, value: V128, lane: number, offset = 0): Code => [
    int(address).code,
    value.code,
    memory([vectorPrefix], opcode, offset),
    lane,
  ];
}

function loadLane(opcode: number) {
  return (address: Int, into: V128, lane: number, offset = 0): V128 => ({
    type: 'v128',
    code: [int(address).code, into.code, memory([vectorPrefix], opcode, offset), lane],
  });
}

function constantBytes(view: ArrayBufferView<ArrayBuffer>): number[] {
  return [...new Uint8Array(view.buffer)];
}

export const i32 = {
  const: (value: number): I32 => int(value),
  load: load('i32', 0x28),
  load8u: load('i32', 0x2d),
  store: store(0x36),
  store8: store(0x3a),
  popcnt: integer(0x69),
  eqz: integer(0x45),
  eq: integer(0x46),
  ne: integer(0x47),
  lt: integer(0x48),
  ltU: integer(0x49),
  gt: integer(0x4a),
  le: integer(0x4c),
  ge: integer(0x4e),
  geU: integer(0x4f),
  add: integer(0x6a),
  sub: integer(0x6b),
  mul: integer(0x6c),
  div: integer(0x6d),
  divU: integer(0x6e),
  remU: integer(0x70),
  and: integer(0x71),
  or: integer(0x72),
  xor: integer(0x73),
  shl: integer(0x74),
  shr: integer(0x75),
  shrU: integer(0x76),
  /** One of two, without a branch. */
  select: (condition: Int, yes: Int, no: Int): I32 => ({
    type: 'i32',
    code: [int(yes).code, int(no).code, int(condition).code, 0x1b],
  }),
  truncSatF32: plain('i32', 0xfc, 0),
  truncSatF64: plain('i32', 0xfc, 2),
};

export const f32 = {
  const: (value: number): Expr<'f32'> => ({
    type: 'f32',
    code: [0x43, ...constantBytes(new Float32Array([value]))],
  }),
  load: load('f32', 0x2a),
  store: store(0x38),
  eq: plain('i32', 0x5b),
  ne: plain('i32', 0x5c),
  lt: plain('i32', 0x5d),
  gt: plain('i32', 0x5e),
  add: plain('f32', 0x92),
  sub: plain('f32', 0x93),
  mul: plain('f32', 0x94),
  convertI32: plain('f32', 0xb2),
};

export const f64 = {
  const: (value: number): Expr<'f64'> => ({
    type: 'f64',
    code: [0x44, ...constantBytes(new Float64Array([value]))],
  }),
  load: load('f64', 0x2b),
  store: store(0x39),
  eq: plain('i32', 0x61),
  ne: plain('i32', 0x62),
  lt: plain('i32', 0x63),
  gt: plain('i32', 0x64),
  add: plain('f64', 0xa0),
  sub: plain('f64', 0xa1),
  mul: plain('f64', 0xa2),
  convertI32: plain('f64', 0xb7),
};

export const v128 = {
  load: vectorLoad(0),
  splat8: vectorLoad(7),
  splat32: vectorLoad(9),
  splat64: vectorLoad(10),
  /** Lane 0 is loaded, the others are 0. */
  load32: vectorLoad(92),
  load64: vectorLoad(93),
  store: store(11, [vectorPrefix]),
  load32Lane: loadLane(86),
  store32Lane: storeLane(90),
  store64Lane: storeLane(91),
  zero: { type: 'v128', code: [vectorPrefix, 12, ...new Array<number>(16).fill(0)] } as V128,
  and: vector('v128', 78),
  /** a and not b. */
  andnot: vector('v128', 79),
  or: vector('v128', 80),
  xor: vector('v128', 81),
  /** Bits of `yes` where the mask has ones, of `no` elsewhere. */
  select: (mask: V128, yes: V128, no: V128): V128 => bitselect(yes, no, mask),
  anyTrue: vector('i32', 83),
  /** Bytes of two vectors, those of the second counted from 16. */
  shuffle: (a: V128, b: V128, bytes: readonly number[]): V128 => ({
    type: 'v128',
    code: [a.code, b.code, vectorPrefix, 13, ...bytes],
  }),
};
const bitselect = vector('v128', 82);

/** The bytes of a vector that another one names by their places. */
export const swizzle = vector('v128', 14);

/** 32-bit words of two vectors, those of the second counted from 4. */
export function shuffle32(a: V128, b: V128, words: readonly [number, number, number, number]): V128 {
  return v128.shuffle(
    a,
    b,
    words.flatMap((word) => [0, 1, 2, 3].map((byte) => 4 * word + byte)),
  );
}

function vectorConstant(view: ArrayBufferView<ArrayBuffer>): V128 {
  return { type: 'v128', code: [vectorPrefix, 12, ...constantBytes(view)] };
}

export const i32x4 = {
  const: (value: number): V128 => vectorConstant(new Int32Array(4).fill(value)),
  consts: (...values: [number, number, number, number]): V128 => vectorConstant(new Int32Array(values)),
  splat: vector('v128', 17),
  /** The lanes' highest bits, as a number. */
  bitmask: vector('i32', 164),
  eq: vector('v128', 55),
  ne: vector('v128', 56),
  lt: vector('v128', 57),
  gt: vector('v128', 59),
  le: vector('v128', 61),
  ge: vector('v128', 63),
  abs: vector('v128', 160),
  neg: vector('v128', 161),
  shl: (value: V128, by: Int): V128 => shift(171, value, by),
  shr: (value: V128, by: Int): V128 => shift(172, value, by),
  shrU: (value: V128, by: Int): V128 => shift(173, value, by),
  add: vector('v128', 174),
  sub: vector('v128', 177),
  mul: vector('v128', 181),
  min: vector('v128', 182),
  max: vector('v128', 184),
  truncSatF32: vector('v128', 248),
  truncSatF64: vector('v128', 252),
};

export const i64x2 = {
  shl: (value: V128, by: Int): V128 => shift(203, value, by),
  add: vector('v128', 206),
};

function shift(opcode: number, value: V128, by: Int): V128 {
  return { type: 'v128', code: [value.code, int(by).code, vectorPrefix, ...unsigned(opcode)] };
}

export const f32x4 = {
  const: (value: number): V128 => vectorConstant(new Float32Array(4).fill(value)),
  splat: vector('v128', 19),
  eq: vector('v128', 65),
  ne: vector('v128', 66),
  lt: vector('v128', 67),
  gt: vector('v128', 68),
  le: vector('v128', 69),
  ge: vector('v128', 70),
  ceil: vector('v128', 103),
  floor: vector('v128', 104),
  trunc: vector('v128', 105),
  nearest: vector('v128', 106),
  abs: vector('v128', 224),
  neg: vector('v128', 225),
  sqrt: vector('v128', 227),
  add: vector('v128', 228),
  sub: vector('v128', 229),
  mul: vector('v128', 230),
  div: vector('v128', 231),
  /** IEEE minimum: NaN wins, and −0 is less than 0. */
  min: vector('v128', 232),
  max: vector('v128', 233),
  /** b < a ? b : a */
  pmin: vector('v128', 234),
  /** a < b ? b : a */
  pmax: vector('v128', 235),
  convertI32: vector('v128', 250),
  demoteF64: vector('v128', 94),
};

export const f64x2 = {
  const: (value: number): V128 => vectorConstant(new Float64Array(2).fill(value)),
  splat: vector('v128', 20),
  eq: vector('v128', 71),
  ne: vector('v128', 72),
  lt: vector('v128', 73),
  gt: vector('v128', 74),
  le: vector('v128', 75),
  ge: vector('v128', 76),
  ceil: vector('v128', 116),
  floor: vector('v128', 117),
  trunc: vector('v128', 122),
  nearest: vector('v128', 148),
  abs: vector('v128', 236),
  neg: vector('v128', 237),
  sqrt: vector('v128', 239),
  add: vector('v128', 240),
  sub: vector('v128', 241),
  mul: vector('v128', 242),
  div: vector('v128', 243),
  min: vector('v128', 244),
  max: vector('v128', 245),
  pmin: vector('v128', 246),
  pmax: vector('v128', 247),
  promoteLowF32: vector('v128', 95),
  convertLowI32: vector('v128', 254),
};

/** a · b + c, rounded once or twice as the hardware likes it. */
export const relaxedMadd = { f32: vector('v128', 0x105), f64: vector('v128', 0x107) };

/** Alignment must be the natural one here: 2² bytes. */
export const atomic = {
  load: (address: Int, offset = 0): I32 => ({
    type: 'i32',
    code: [int(address).code, memory([atomicPrefix], 0x10, offset, 2)],
  }),
};

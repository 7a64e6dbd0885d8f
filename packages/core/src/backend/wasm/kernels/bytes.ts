import { type Code, type Int, unsigned, type V128 } from '../assembler/code.ts';
import { i32x4, int, v128 } from '../assembler/instructions.ts';

// Vectors of bytes, which hold uint8 and bool, and how few elements travel between memory and a vector.
// Opcodes: WebAssembly core specification 3.0, appendix A.7.

const prefix = 0xfd;

function vector(opcode: number) {
  return (...operands: V128[]): V128 => ({
    type: 'v128',
    code: [...operands.map(({ code }) => code), prefix, ...unsigned(opcode)],
  });
}

function byteConstant(value: number): V128 {
  return i32x4.const((value & 0xff) * 0x01010101);
}

export const u8x16 = {
  const: byteConstant,
  eq: vector(35),
  ne: vector(36),
  lt: vector(38),
  gt: vector(40),
  le: vector(42),
  ge: vector(44),
  neg: vector(97),
  add: vector(110),
  sub: vector(113),
  min: vector(119),
  max: vector(121),
};

function load16(address: Int, offset = 0): V128 {
  return { type: 'v128', code: [int(address).code, prefix, 8, 0, ...unsigned(offset)] };
}

function storeLane(opcode: number) {
  return (address: Int, value: V128, offset = 0): Code => [
    int(address).code,
    value.code,
    [prefix, opcode, 0, ...unsigned(offset), 0],
  ];
}

export interface Transfer {
  readonly load: (address: Int, offset?: number) => V128;
  readonly store: (address: Int, value: V128, offset?: number) => Code;
}

/** By the number of bytes that travel; they are the low ones of the vector, and what the others hold is nobody's. */
const transfers: Readonly<Record<number, Transfer>> = {
  2: { load: load16, store: storeLane(89) },
  4: { load: v128.load32, store: storeLane(90) },
  8: { load: v128.load64, store: storeLane(91) },
  16: { load: v128.load, store: v128.store },
};

/** The same for a single element, which is loaded into every lane, lest an idle one meet a slow case. */
const singles: Readonly<Record<number, Transfer>> = {
  1: { load: v128.splat8, store: storeLane(88) },
  4: { load: v128.splat32, store: storeLane(90) },
  8: { load: v128.splat64, store: storeLane(91) },
};

/** How `width` neighbouring elements of some bytes each, or one alone, get into a vector and back. */
export interface Access extends Transfer {
  readonly bytes: number;
  readonly one: Transfer;
}

export function accessOf(bytes: number, width: number): Access {
  const [many, one] = [transfers[bytes * width], singles[bytes]];
  if (many === undefined || one === undefined)
    throw new RangeError(`no vectors of ${width} × ${bytes} bytes`);
  return { bytes, one, ...many };
}

/** Bytes 0 … width − 1, each repeated all over a lane of its own. */
export function spreadBytes(bytes: V128, width: number): V128 {
  const each = 16 / width;
  return each === 1 ? bytes : shuffle(bytes, (i) => Math.floor(i / each));
}

/** Bytes 0 … width − 1 as whole numbers, in lanes of 32 bits. */
export function widenBytes(bytes: V128, width: number): V128 {
  return shuffle(bytes, (i) => (i % 4 === 0 ? Math.min(i / 4, width - 1) : 16));
}

/** The lowest byte of each lane, side by side. */
export function narrowToBytes(lanes: V128, width: number): V128 {
  const each = 16 / width;
  return each === 1 ? lanes : shuffle(lanes, (i) => (i % width) * each);
}

/** A mask over lanes as the bool that it stands for. */
export function maskToBool(mask: V128, width: number): V128 {
  return v128.and(narrowToBytes(mask, width), byteConstant(1));
}

/** Bools as a mask over lanes. */
export function boolToMask(bools: V128, width: number): V128 {
  return spreadBytes(u8x16.ne(bools, v128.zero), width);
}

/** Bytes of a vector; those from 16 on are 0. */
function shuffle(value: V128, byteAt: (i: number) => number): V128 {
  return v128.shuffle(
    value,
    v128.zero,
    Array.from({ length: 16 }, (_, i) => byteAt(i)),
  );
}

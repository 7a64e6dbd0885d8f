/**
 * Protocol Buffers' wire format, as much of it as event files need: a message is its fields, one after another, each
 * a key (number · 8 + wire type) and a value. https://protobuf.dev/programming-guides/encoding/
 */
const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** A whole number ≥ 0, seven bits a byte, the lowest first; a set high bit says that more follow. */
function base128(value: number): Uint8Array {
  const bytes: number[] = [];
  // Not by shifts, which end at 32 bits: steps may go up to 2⁵³.
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  bytes.push(value);
  return Uint8Array.from(bytes);
}

function key(field: number, type: keyof typeof wireTypes): Uint8Array {
  return base128(field * 8 + wireTypes[type]);
}

/** The pieces in one piece. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** int32, int64 or an enum, of a value ≥ 0. */
export function int(field: number, value: number): Uint8Array {
  return concat([key(field, 'varint'), base128(value)]);
}

export function float(field: number, value: number): Uint8Array {
  return concat([key(field, 'fixed32'), littleEndian([value], 4)]);
}

export function double(field: number, value: number): Uint8Array {
  return concat([key(field, 'fixed64'), littleEndian([value], 8)]);
}

/** A packed `repeated double`. */
export function doubles(field: number, values: readonly number[]): Uint8Array {
  return bytes(field, littleEndian(values, 8));
}

/** A message, a string or bytes: all three go with their length in front. */
export function bytes(field: number, value: Uint8Array | string): Uint8Array {
  const content = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return concat([key(field, 'bytes'), base128(content.length), content]);
}

/** A message within a message. */
export function message(field: number, ...fields: Uint8Array[]): Uint8Array {
  return bytes(field, concat(fields));
}

function littleEndian(values: readonly number[], size: 4 | 8): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * size));
  for (const [i, value] of values.entries()) {
    if (size === 4) view.setFloat32(4 * i, value, true);
    else view.setFloat64(8 * i, value, true);
  }
  return new Uint8Array(view.buffer);
}

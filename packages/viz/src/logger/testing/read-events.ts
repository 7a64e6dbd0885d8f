/** A slow reader of event files, written from the formats' descriptions and sharing nothing with what writes them. */

/** One field of a message: its number, and its value as a number (varint, float, double) or as bytes. */
export type ReadField = readonly [number: number, value: number | Uint8Array];

export interface ReadEvent {
  wallTime: number;
  step: number;
  fileVersion?: string;
  tag?: string;
  /** The fields of Summary.Value but for the tag. */
  value: ReadField[];
}

/** CRC-32C, one bit after another, by long division in GF(2). */
export function slowCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const top = (crc & 1) ^ ((byte >> bit) & 1);
      crc = (crc >>> 1) ^ (top === 1 ? 0x82f63b78 : 0);
    }
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function slowMask(crc: number): number {
  const turned = (BigInt(crc) >> 15n) | ((BigInt(crc) << 17n) & 0xffffffffn);
  return Number((turned + 0xa282ead8n) & 0xffffffffn);
}

/** The data of each record. Throws for a wrong check sum, and for a file that ends within a record. */
export function readRecords(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const records: Uint8Array[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    checkCrc(file.subarray(at, at + 8), view.getUint32(at + 8, true));
    const data = file.subarray(at + 12, at + 12 + length);
    checkCrc(data, view.getUint32(at + 12 + length, true));
    records.push(data);
    at += 16 + length;
  }
  return records;
}

function checkCrc(bytes: Uint8Array, stored: number): void {
  const computed = slowMask(slowCrc32c(bytes));
  if (computed !== stored) throw new Error(`check sum ${stored} where ${computed} belongs`);
}

/** The fields of a message in their order. */
export function readMessage(bytes: Uint8Array): ReadField[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: ReadField[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = view.getUint8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(value);
    }
  };
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new Error('a message ends within a field');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = varint();
    const [field, type] = [key >> 3, key & 7];
    if (type === 0) fields.push([field, varint()]);
    else if (type === 1) fields.push([field, asDouble(take(8))]);
    else if (type === 2) fields.push([field, take(varint())]);
    else if (type === 5) fields.push([field, asView(take(4)).getFloat32(0, true)]);
    else throw new Error(`wire type ${type}`);
  }
  return fields;
}

function asView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function asDouble(bytes: Uint8Array): number {
  return asView(bytes).getFloat64(0, true);
}

/** The one value of a field that is there once. */
export function only(fields: readonly ReadField[], number: number): number | Uint8Array {
  const found = fields.filter(([field]) => field === number);
  if (found.length !== 1) throw new Error(`field ${number} is there ${found.length} times`);
  return (found[0] as ReadField)[1];
}

export function onlyNumber(fields: readonly ReadField[], number: number): number {
  const value = only(fields, number);
  if (typeof value !== 'number') throw new Error(`field ${number} holds bytes`);
  return value;
}

/** The message that a field holds; follows one number after another. */
export function within(fields: readonly ReadField[], ...numbers: number[]): ReadField[] {
  return numbers.reduce<readonly ReadField[]>(
    (inner, number) => readMessage(onlyBytes(inner, number)),
    fields,
  ) as ReadField[];
}

export function onlyBytes(fields: readonly ReadField[], number: number): Uint8Array {
  const value = only(fields, number);
  if (typeof value === 'number') throw new Error(`field ${number} holds a number`);
  return value;
}

export function onlyText(fields: readonly ReadField[], number: number): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(onlyBytes(fields, number));
}

export function packedDoubles(bytes: Uint8Array): number[] {
  return Array.from({ length: bytes.length / 8 }, (_, i) => asDouble(bytes.subarray(8 * i, 8 * i + 8)));
}

/** The events of a file. */
export function readEvents(file: Uint8Array): ReadEvent[] {
  return readRecords(file).map((data) => {
    const event = readMessage(data);
    const wallTime = onlyNumber(event, 1);
    if (event.some(([field]) => field === 3))
      return { wallTime, step: 0, fileVersion: onlyText(event, 3), value: [] };
    const value = within(event, 5, 1);
    return {
      wallTime,
      step: onlyNumber(event, 2),
      tag: onlyText(value, 1),
      value: value.filter(([field]) => field !== 1),
    };
  });
}

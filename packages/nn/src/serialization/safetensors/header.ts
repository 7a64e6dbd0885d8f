import { type DType, numelOf, type Shape } from '@retrograd/core';
import { duplicateKey } from './duplicate-key.ts';
import { SafetensorsError, shown } from './error.ts';
import { type Format, formatOf, formats } from './formats.ts';

/** What else a file says: strings by name. */
export type Metadata = Readonly<Record<string, string>>;

/** One tensor in a file. */
export interface Entry {
  readonly name: string;
  readonly shape: Shape;
  readonly format: Format;
  /** Where it begins and ends in the body, in bytes. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly metadata: Metadata;
  /** In the order of their bytes. */
  readonly entries: readonly Entry[];
}

/*
 * A file is: the length n of the header, eight bytes; n bytes of JSON, spaces at its end allowed; and the tensors' bytes,
 * in which each begins where the one before it ends. Source: https://github.com/huggingface/safetensors, "Format".
 */

/** Bytes of the length. */
export const lengthBytes = 8;

/** The longest header that the format allows. */
const longest = 100_000_000;

const metadataKey = '__metadata__';

function broken(got: string, want: string): SafetensorsError {
  return new SafetensorsError({ op: 'load', got, want });
}

/** How files begin that `torch.save` writes, now and before 1.6, and pickles of protocol 4. */
const beginnings: readonly (readonly [kind: string, bytes: readonly number[]])[] = [
  ['a zip archive', [0x50, 0x4b, 3, 4]],
  ['a pickle', [0x80, 2, 0x8a]],
  ['a pickle', [0x80, 4, 0x95]],
];

/** What is wrong with a length, unless it is none, but the beginning of a file of PyTorch's own. */
function brokenLength(first: Uint8Array, got: string, want: string): SafetensorsError {
  const [kind] = beginnings.find(([, bytes]) => bytes.every((byte, i) => first[i] === byte)) ?? [];
  if (kind === undefined) return broken(got, want);
  return new SafetensorsError({
    op: 'load',
    got: `${kind}, which is PyTorch’s own format`,
    want: 'a safetensors file',
    fix: 'Write one there: safetensors.torch.save_file(model.state_dict(), "model.safetensors").',
  });
}

/**
 * The length of the header, from the first bytes of a file.
 * @throws SafetensorsError when it is too long for the format or for the file
 */
export function headerLength(first: Uint8Array, fileBytes: number): number {
  if (fileBytes < lengthBytes)
    throw brokenLength(first, `${fileBytes} bytes`, 'at least the 8 that a header’s length takes');
  const length = new DataView(first.buffer, first.byteOffset).getBigUint64(0, true);
  if (length > longest) throw brokenLength(first, `a header of ${length} bytes`, 'at most 100,000,000');
  if (length > fileBytes - lengthBytes)
    throw brokenLength(
      first,
      `a header of ${length} bytes in a file of ${fileBytes}`,
      'a file that holds its header',
    );
  return Number(length);
}

/**
 * Reads a header and checks all that it says.
 * @param bodyBytes How many bytes follow it.
 * @throws SafetensorsError for any departure from the format
 */
export function parseHeader(bytes: Uint8Array, bodyBytes: number): Header {
  if (bytes[0] !== 0x7b) throw broken('a header that does not begin with {', 'JSON in the header');
  const json = textOf(bytes);
  const fields = parsed(json);
  const { [metadataKey]: metadata = {}, ...tensors } = fields;
  const header = {
    metadata: checkMetadata('load', metadata),
    entries: Object.entries(tensors)
      .map(([name, fields]) => entryOf(name, fields))
      .sort((a, b) => a.begin - b.begin || a.end - b.end),
  };
  const twice = duplicateKey(json);
  if (twice !== undefined) throw broken(`the key ${shown(twice)} twice`, 'each key once');
  checkLayout(header.entries, bodyBytes);
  return header;
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw broken('a header that is no UTF-8', 'JSON in UTF-8');
  }
}

function parsed(json: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(json);
  } catch {
    throw broken(`a header that is no JSON: ${shown(json)}`, 'JSON');
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws SafetensorsError unless it is an object of strings that can be written as UTF-8 */
function checkMetadata(op: string, metadata: unknown): Metadata {
  if (!isObject(metadata))
    throw new SafetensorsError({ op, got: `metadata ${shown(metadata)}`, want: 'an object of strings' });
  for (const [name, value] of Object.entries(metadata)) {
    checkText(op, name);
    if (typeof value !== 'string')
      throw new SafetensorsError({
        op,
        got: `metadata ${shown(name)}: ${shown(value)}`,
        want: 'strings only',
      });
    checkText(op, value);
  }
  return metadata as Metadata;
}

/** @throws SafetensorsError for half a surrogate pair, which UTF-8 does not have */
function checkText(op: string, text: string): void {
  if (/\p{Surrogate}/u.test(text))
    throw new SafetensorsError({ op, got: `the text ${shown(text)}`, want: 'text without lone surrogates' });
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0);
}

function entryOf(name: string, fields: unknown): Entry {
  const fault = (got: string, want: string) => broken(`${got} for ${shown(name)}`, want);
  checkText('load', name);
  if (!isObject(fields)) throw fault(shown(fields), 'an object');
  const { dtype, shape, data_offsets: offsets, ...others } = fields;
  const [odd] = Object.keys(others);
  if (odd !== undefined) throw fault(`the field ${shown(odd)}`, 'dtype, shape and data_offsets');
  if (typeof dtype !== 'string' || !Object.hasOwn(formats, dtype))
    throw fault(`the dtype ${shown(dtype)}`, `one of ${Object.keys(formats).join(', ')}`);
  if (!Array.isArray(shape) || !shape.every(isSize))
    throw fault(`the shape ${shown(shape)}`, 'whole sizes ≥ 0');
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize))
    throw fault(`the offsets ${shown(offsets)}`, 'a beginning and an end');
  const [begin, end] = offsets as [number, number];
  const format = formats[dtype] as Format;
  let bytes = format.bytes;
  for (const size of shape) {
    bytes *= size;
    if (bytes > Number.MAX_SAFE_INTEGER) throw fault(`the shape ${shown(shape)}`, 'fewer than 2⁵³ bytes');
  }
  if (end - begin !== bytes)
    throw fault(`the offsets ${shown(offsets)}`, `${bytes} bytes for ${dtype} ${shown(shape)}`);
  return { name, shape, format, begin, end };
}

/** @throws SafetensorsError for a hole, an overlap, or bytes that belong to nobody */
function checkLayout(entries: readonly Entry[], bodyBytes: number): void {
  let at = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== at)
      throw broken(
        `${shown(name)} at byte ${begin}`,
        `each tensor to begin where another ends, here at ${at}`,
      );
    at = end;
  }
  if (at !== bodyBytes) throw broken(`${bodyBytes} bytes of tensors`, `the ${at} that the header tells of`);
}

/** What a header tells of a tensor. */
export interface Described {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

const order = Object.keys(formats);

/** The widest dtype first, so that all are aligned; then by name, as code points are ordered. */
function compare(a: Described, b: Described): number {
  const byFormat = order.indexOf(formatOf[a.dtype]) - order.indexOf(formatOf[b.dtype]);
  return byFormat || compareText(a.name, b.name);
}

function compareText(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => Array.from(text, (char) => char.codePointAt(0) as number)) as [
    number[],
    number[],
  ];
  const at = left.findIndex((code, i) => code !== right[i]);
  return at < 0 ? left.length - right.length : (left[at] as number) - (right[at] ?? -1);
}

/**
 * The first bytes of a file, up to the tensors'; these are to follow in the order given back.
 * @throws SafetensorsError for names and metadata that a file cannot have
 */
export function encodeHeader<T extends Described>(
  tensors: readonly T[],
  metadata: Metadata,
): { bytes: Uint8Array; ordered: readonly T[] } {
  const ordered = [...tensors].sort(compare);
  const given = Object.entries(checkMetadata('save', metadata)).length > 0;
  const fields: [string, unknown][] = given ? [[metadataKey, metadata]] : [];
  let at = 0;
  for (const { name, dtype, shape } of ordered) {
    checkText('save', name);
    if (name === metadataKey)
      throw new SafetensorsError({ op: 'save', got: `a tensor named ${name}`, want: 'another name' });
    const end = at + numelOf(shape) * (formats[formatOf[dtype]] as Format).bytes;
    fields.push([name, { dtype: formatOf[dtype], shape, data_offsets: [at, end] }]);
    at = end;
  }
  const members = fields.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  return { bytes: framed(`{${members.join(',')}}`), ordered };
}

/** The length, the JSON, and spaces up to a multiple of eight. */
function framed(json: string): Uint8Array {
  const text = new TextEncoder().encode(json);
  const length = Math.ceil(text.length / lengthBytes) * lengthBytes;
  if (length > longest)
    throw new SafetensorsError({
      op: 'save',
      got: `a header of ${length} bytes`,
      want: 'at most 100,000,000',
      fix: 'Save less metadata, or the tensors in several files.',
    });
  const bytes = new Uint8Array(lengthBytes + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, lengthBytes);
  return bytes;
}

import { ArgumentError, checkOptions, dtypeOfArray, fromTypedArray, Tensor } from '@retrograd/core';
import type { StateDict } from '../../state.ts';
import { SafetensorsError, shown } from './error.ts';
import { type Entry, encodeHeader, headerLength, lengthBytes, type Metadata, parseHeader } from './header.ts';

export interface LoadTensorsOptions {
  /** Load these alone: their names, or what says whether a name is wanted. Default: all. */
  only?: readonly string[] | ((name: string) => boolean);
}

/**
 * Tensors by name as the bytes of a safetensors file. Tensors that share memory are each written whole.
 *
 * @param metadata Strings by name that are kept with them. Default: none.
 * @throws SafetensorsError for names and metadata that a file cannot have
 */
export function save(tensors: Readonly<StateDict>, metadata: Metadata = {}): Uint8Array<ArrayBuffer> {
  const pieces = [...piecesOf(tensors, metadata)];
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/**
 * The tensors in the bytes of a safetensors file, by name. Integers of 64 bits, and the other integers that have no dtype
 * here, become `int32` (checked); half precision and `bfloat16` become `float32`.
 *
 * @throws SafetensorsError for bytes that are no such file, and for integers beyond int32
 */
export function load(bytes: Uint8Array, options: LoadTensorsOptions = {}): StateDict {
  if (dtypeOfArray(bytes) !== 'uint8')
    throw new ArgumentError({ op: 'load', got: shown(bytes), want: 'a Uint8Array' });
  const body = lengthBytes + headerLength(bytes, bytes.length);
  const { entries } = parseHeader(bytes.subarray(lengthBytes, body), bytes.length - body);
  const wanted = selected(entries, options);
  return Object.fromEntries(
    wanted.map((entry) => [
      entry.name,
      decoded(entry, Uint8Array.from(bytes.subarray(body + entry.begin, body + entry.end))),
    ]),
  );
}

/** A tensor of bytes that it may take over. */
export function decoded({ name, shape, format }: Entry, bytes: Uint8Array<ArrayBuffer>): Tensor {
  return fromTypedArray(format.decode(bytes, name), shape, format.dtype);
}

/** @throws ArgumentError for a name that is not there */
export function selected(entries: readonly Entry[], options: LoadTensorsOptions): readonly Entry[] {
  checkOptions('load', options, ['only']);
  const { only } = options;
  if (only === undefined) return entries;
  if (typeof only === 'function') return entries.filter(({ name }) => only(name));
  if (!Array.isArray(only))
    throw new ArgumentError({
      op: 'load',
      got: `only ${shown(only)}`,
      want: 'names, or a function of a name',
    });
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return only.map((name) => byName.get(name) ?? missing(name, entries));
}

export function missing(name: unknown, entries: readonly Entry[]): never {
  throw new ArgumentError({
    op: 'load',
    got: `the name ${shown(name)}`,
    want: `one that is there: ${shown(entries.map((entry) => entry.name))}`,
  });
}

/**
 * The bytes of a file in pieces: its header, made at once, and then each tensor's, made when asked for.
 * @throws SafetensorsError for names and metadata that a file cannot have; later, for a tensor that has changed meanwhile
 */
export function piecesOf(tensors: Readonly<StateDict>, metadata: Metadata): Iterable<Uint8Array> {
  const described = Object.entries(checkTensors(tensors)).map(([name, tensor]) => ({
    name,
    tensor,
    dtype: tensor.dtype,
    shape: tensor.shape,
    version: tensor.storage.version,
  }));
  const { bytes, ordered } = encodeHeader(described, metadata);
  return (function* () {
    yield bytes;
    for (const { name, tensor, version } of ordered) {
      const { buffer, byteOffset, byteLength } = tensor.data;
      // Half of the old and half of the new weights would be a file that looks whole.
      if (tensor.storage.version !== version) {
        throw new SafetensorsError({
          op: 'save',
          got: `${shown(name)}, which ${tensor.storage.writer} has overwritten while it was being saved`,
          want: 'tensors that stay as they are until they are saved',
          fix: 'Await the saving before training goes on, or save clones.',
        });
      }
      yield new Uint8Array(buffer, byteOffset, byteLength);
    }
  })();
}

function checkTensors(tensors: Readonly<StateDict>): Readonly<StateDict> {
  const plain = typeof tensors === 'object' && tensors !== null && !Array.isArray(tensors);
  const odd = plain ? Object.entries(tensors).find(([, value]) => !(value instanceof Tensor)) : ['', tensors];
  if (odd === undefined && !(tensors instanceof Map) && !(tensors instanceof Tensor)) return tensors;
  throw new ArgumentError({
    op: 'save',
    got: odd?.[0] ? `no tensor under ${shown(odd[0])}` : 'something else',
    want: 'an object of tensors by name, as stateDict() gives',
  });
}

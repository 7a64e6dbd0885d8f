import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import {
  ArgumentError,
  type DType,
  FileError,
  type RetrogradError,
  type Tensor,
  tensor,
  zeros,
} from '@retrograd/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { load, loadFile, SafetensorsError, safeOpen, save, saveFile } from './safetensors.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterAll(() => rm(folder, { recursive: true }));

const fixture = (name: string) =>
  new URL(`../../../../tests/fixtures/${name}.safetensors`, import.meta.url).pathname;

/** A file written out by hand: eight bytes of length, a header, a body. */
const file = (header: string | Uint8Array, body: readonly number[] = [], length?: number | bigint) => {
  const text = typeof header === 'string' ? Buffer.from(header) : header;
  const bytes = new Uint8Array(8 + text.length + body.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  bytes.set(text, 8);
  bytes.set(body, 8 + text.length);
  return bytes;
};

const one = (dtype: string, shape: readonly number[], body: readonly number[]) =>
  file(`{"x":{"dtype":"${dtype}","shape":[${shape}],"data_offsets":[0,${body.length}]}}`, body);

const facts = ({ dtype, shape, data }: Tensor) => ({ dtype, shape, data: [...data] });

describe('bytes written out by hand', () => {
  // IEEE 754: −2 is c0000000 in float32, 1.5 is 3ff8000000000000 in float64; little-endian.
  it.each<[string, number[], DType, number]>([
    ['F32', [0, 0, 0, 0xc0], 'float32', -2],
    ['F64', [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], 'float64', 1.5],
    ['F16', [0x00, 0x3e], 'float32', 1.5],
    ['F16', [0x01, 0x80], 'float32', -(2 ** -24)],
    ['F16', [0xff, 0x03], 'float32', 1023 / 2 ** 24],
    ['F16', [0x00, 0xfc], 'float32', -Infinity],
    ['F16', [0x01, 0x7c], 'float32', Number.NaN],
    ['F16', [0x00, 0x80], 'float32', -0],
    ['BF16', [0xc0, 0x3f], 'float32', 1.5],
    ['BF16', [0x80, 0xff], 'float32', -Infinity],
    ['I8', [0xff], 'int32', -1],
    ['I16', [0xfe, 0xff], 'int32', -2],
    ['I32', [1, 2, 3, 4], 'int32', 0x04030201],
    ['I64', [0, 0, 0, 0x80, 0xff, 0xff, 0xff, 0xff], 'int32', -(2 ** 31)],
    ['I64', [0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0], 'int32', 2 ** 31 - 1],
    ['U8', [0xff], 'uint8', 255],
    ['U16', [0xff, 0xff], 'int32', 65535],
    ['U32', [0xff, 0xff, 0xff, 0x7f], 'int32', 2 ** 31 - 1],
    ['U64', [7, 0, 0, 0, 0, 0, 0, 0], 'int32', 7],
    ['BOOL', [1], 'bool', 1],
    ['BOOL', [2], 'bool', 1],
  ])('%s %j', (format, body, dtype, value) => {
    const { x } = load(one(format, [], body));
    expect(facts(x as Tensor)).toEqual({ dtype, shape: [], data: [value] });
  });

  it.each<[string, number[]]>([
    ['I64', [0, 0, 0, 0x80, 0, 0, 0, 0]],
    ['I64', [0, 0, 0, 0, 1, 0, 0, 0]],
    ['I64', [0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff]],
    ['U32', [0, 0, 0, 0x80]],
    ['U64', [0, 0, 0, 0x80, 0, 0, 0, 0]],
    ['U64', [0, 0, 0, 0x80, 0xff, 0xff, 0xff, 0xff]],
  ])('%s %j is beyond int32', (format, body) => {
    expect(() => load(one(format, [1], body))).toThrow('element 0 of "x", which is beyond int32');
  });

  it('several tensors, in any order and with spaces', () => {
    const header = ` "b" : {"data_offsets":[4,5],"dtype":"U8","shape":[1]} ,
      "a":{"shape":[2,1],"dtype":"I16","data_offsets":[0,4]},"__metadata__":{"k":"v"}}   `;
    const tensors = load(file(`{${header}`, [1, 0, 2, 0, 9]));
    expect(facts(tensors.a as Tensor)).toEqual({ dtype: 'int32', shape: [2, 1], data: [1, 2] });
    expect(facts(tensors.b as Tensor)).toEqual({ dtype: 'uint8', shape: [1], data: [9] });
  });

  it('are what is written: aligned, the widest first, then by name', () => {
    const tensors = { b: tensor([1]), a: tensor([-2]), c: tensor(1.5, { dtype: 'float64' }) };
    const header =
      '{"__metadata__":{"k":"v"},"c":{"dtype":"F64","shape":[],"data_offsets":[0,8]},' +
      '"a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    const body = [0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0x80, 0x3f];
    expect(save(tensors, { k: 'v' })).toEqual(file(padded, body));
    expect(save({})).toEqual(file('{}      '));
  });

  it('may begin anywhere in memory, and are copied', () => {
    const bytes = one('F32', [1], [0, 0, 0, 0xc0]);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const { x } = load(shifted.subarray(3));
    shifted.fill(0);
    expect(x?.item()).toBe(-2);
  });
});

describe('the format’s rules', () => {
  const tensorOf = (fields: string, body: number[] = [0, 0, 0, 0]) => file(`{"x":{${fields}}}`, body);
  const two = (first: string, second: string, bytes: number) =>
    file(
      `{"a":{"dtype":"U8","shape":[2],"data_offsets":[${first}]},"b":{"dtype":"U8","shape":[2],"data_offsets":[${second}]}}`,
      Array(bytes).fill(0),
    );
  const huge = Number.MAX_SAFE_INTEGER;
  it.each<[string, Uint8Array, string]>([
    ['no bytes', new Uint8Array(0), '0 bytes; wanted at least the 8'],
    ['fewer than a length takes', new Uint8Array(7), '7 bytes'],
    ['a header beyond 100 MB', file('{}', [], 100_000_001), 'a header of 100000001 bytes; wanted at most'],
    ['a header of exabytes', file('{}', [], 2n ** 64n - 1n), 'a header of 18446744073709551615 bytes'],
    ['a header beyond the file', file('{}', [], 3), 'a header of 3 bytes in a file of 10'],
    ['an empty header', file(''), 'does not begin with {'],
    ['spaces first', file(' {}'), 'does not begin with {'],
    ['a byte order mark', file('\ufeff{}'), 'does not begin with {'],
    ['another kind of JSON', file('[]'), 'does not begin with {'],
    ['JSON cut short', file('{"x":'), 'no JSON'],
    ['something after the JSON', file('{}{}'), 'no JSON'],
    ['zeros after the JSON', file('{}\0\0'), 'no JSON'],
    ['a comment', file('{/**/}'), 'no JSON'],
    ['bytes that are no UTF-8', file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)), 'no UTF-8'],
    ['no shape', tensorOf('"dtype":"U8"'), 'the shape undefined'],
    [
      'a lone surrogate in a name',
      file('{"\\ud800":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'),
      'surrogates',
    ],
    ['a tensor that is no object', file('{"x":[]}'), '[] for "x"; wanted an object'],
    ['no dtype', tensorOf('"shape":[4],"data_offsets":[0,4]'), 'the dtype undefined for "x"'],
    ['an unknown dtype', tensorOf('"dtype":"F8","shape":[4],"data_offsets":[0,4]'), 'the dtype "F8" for "x"'],
    [
      'a dtype of Object’s',
      tensorOf('"dtype":"toString","shape":[4],"data_offsets":[0,4]'),
      'the dtype "toString"',
    ],
    ['a negative size', tensorOf('"dtype":"U8","shape":[-4],"data_offsets":[0,4]'), 'the shape [-4]'],
    ['half a size', tensorOf('"dtype":"U8","shape":[4.5],"data_offsets":[0,4]'), 'the shape [4.5]'],
    [
      'a size beyond 2⁵³',
      tensorOf('"dtype":"U8","shape":[9007199254740993],"data_offsets":[0,4]'),
      'the shape',
    ],
    ['sizes that are no list', tensorOf('"dtype":"U8","shape":4,"data_offsets":[0,4]'), 'the shape 4'],
    [
      'a product that overflows',
      tensorOf(`"dtype":"U8","shape":[${huge},${huge}],"data_offsets":[0,4]`),
      'fewer than 2⁵³',
    ],
    [
      'a product that wraps to 0',
      tensorOf(`"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]`),
      'fewer than 2⁵³',
    ],
    [
      'petabytes',
      tensorOf('"dtype":"F64","shape":[1000000000000],"data_offsets":[0,8000000000000]'),
      'the 8000000000000 that',
    ],
    ['one offset', tensorOf('"dtype":"U8","shape":[4],"data_offsets":[4]'), 'the offsets [4]'],
    ['a negative offset', tensorOf('"dtype":"U8","shape":[4],"data_offsets":[-4,0]'), 'the offsets [-4,0]'],
    [
      'an end before the beginning',
      tensorOf('"dtype":"U8","shape":[4],"data_offsets":[4,0]'),
      'wanted 4 bytes for U8 [4]',
    ],
    [
      'too few bytes for the shape',
      tensorOf('"dtype":"I16","shape":[4],"data_offsets":[0,4]'),
      'wanted 8 bytes for I16 [4]',
    ],
    [
      'an unknown field',
      tensorOf('"dtype":"U8","shape":[4],"data_offsets":[0,4],"stride":[1]'),
      'the field "stride"',
    ],
    [
      'an offset beyond the file',
      tensorOf('"dtype":"U8","shape":[5],"data_offsets":[0,5]'),
      '4 bytes of tensors; wanted the 5',
    ],
    [
      'bytes that nobody owns',
      tensorOf('"dtype":"U8","shape":[3],"data_offsets":[0,3]'),
      '4 bytes of tensors; wanted the 3',
    ],
    ['bytes without tensors', file('{}', [1]), '1 bytes of tensors; wanted the 0'],
    ['an overlap', two('0,2', '1,3', 3), '"b" at byte 1'],
    ['the same bytes twice', two('0,2', '0,2', 2), '"b" at byte 0'],
    ['a hole', two('0,2', '3,5', 5), '"b" at byte 3'],
    ['a hole at the beginning', two('1,3', '3,5', 5), '"a" at byte 1'],
    ['metadata of numbers', file('{"__metadata__":{"epoch":3}}'), 'metadata "epoch": 3; wanted strings only'],
    ['metadata that is no object', file('{"__metadata__":null}'), 'metadata null'],
    [
      'a tensor twice',
      file(
        '{"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0078":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
      ),
      'the key "x" twice',
    ],
    ['metadata twice', file('{"__metadata__":{},"__metadata__" : {}}'), 'the key "__metadata__" twice'],
    [
      'a field twice',
      tensorOf('"dtype":"I8","dtype":"U8","shape":[4],"data_offsets":[0,4]'),
      'the key "dtype" twice',
    ],
    ['a key of the metadata twice', file('{"__metadata__":{"a":"","a":""}}'), 'the key "a" twice'],
  ])('%s is refused', async (_, bytes, message) => {
    expect(() => load(bytes)).toThrow(SafetensorsError);
    expect(() => load(bytes)).toThrow(message);
    const path = join(folder, 'broken.safetensors');
    await writeFile(path, bytes);
    await expect(loadFile(path)).rejects.toThrow(message);
    await expect(loadFile(path)).rejects.toThrow(SafetensorsError);
  });

  it('names that look like syntax or like parts of objects are names', () => {
    const names = ['{', '}', '":', 'a"b', '\\', '\\"', '__proto__', 'constructor', '', '0', ' : '];
    const entries = names.map((name, i) => [name, tensor(i)] as const);
    const loaded = load(save(Object.fromEntries(entries)));
    expect(Object.keys(loaded).sort()).toEqual([...names].sort());
    for (const [i, name] of names.entries())
      expect(Object.getOwnPropertyDescriptor(loaded, name)?.value.item()).toBe(i);
  });

  it('messages stay short whatever a file says', () => {
    const name = 'x'.repeat(1e6);
    expect(() => load(file(`{"${name}":3}`))).toThrow(/^.{0,300}$/);
  });
});

describe('files', () => {
  it('of Hugging Face’s library are written again byte for byte', async () => {
    const bytes = new Uint8Array(readFileSync(fixture('torch-native')));
    const opened = await safeOpen(fixture('torch-native'));
    expect(opened.metadata()).toEqual({ format: 'pt' });
    expect(opened.keys().at(0)).toBe('z.float64');
    await opened.close();
    const tensors = await loadFile(fixture('torch-native'));
    expect(save(tensors, { format: 'pt' })).toEqual(bytes);
    const path = join(folder, 'native.safetensors');
    await saveFile(tensors, path, { format: 'pt' });
    expect(new Uint8Array(readFileSync(path))).toEqual(bytes);
  });

  it('of PyTorch’s other dtypes are loaded in the dtypes that are here', async () => {
    const tensors = await loadFile(fixture('torch-dtypes'));
    const values = (name: string) => [...(tensors[name] as Tensor).data];
    expect(values('int64')).toEqual([-(2 ** 31), -1, 0, 2 ** 31 - 1]);
    expect(values('int16')).toEqual([-(2 ** 15), 2 ** 15 - 1]);
    expect(values('int8')).toEqual([-128, 127]);
    // Which halves −3, 0, 1.5, 10⁻⁷, 65504, ∞ and NaN were rounded to: as PyTorch converts them back.
    expect(values('float16')).toEqual([-3, 0, 1.5, 2 ** -23, 65504, Infinity, Number.NaN]);
    expect(values('bfloat16')).toEqual([-3, 0, 1.5, 1.0011717677116394e-7, 65536, Infinity, Number.NaN]);
    expect(facts(tensors.num_batches_tracked as Tensor)).toEqual({ dtype: 'int32', shape: [], data: [3] });
  });

  it('give single tensors, and those that are wanted', async () => {
    const path = fixture('torch-native');
    expect(Object.keys(await loadFile(path, { only: ['int32', 'b'] }))).toEqual(['int32', 'b']);
    expect(Object.keys(await loadFile(path, { only: (name) => name.startsWith('u') }))).toEqual(['uint8']);
    await expect(loadFile(path, { only: ['nobody'] })).rejects.toThrow(ArgumentError);
    const opened = await safeOpen(path);
    expect((await opened.getTensor('uint8')).toArray()).toEqual([0, 255, 7]);
    await expect(opened.getTensor('nobody')).rejects.toThrow(ArgumentError);
    await opened.close();
  });

  it('that are not there, or cannot be written, are an error with the platform’s code', async () => {
    const lost = join(folder, 'lost', 'x.safetensors');
    await expect(loadFile(lost)).rejects.toThrow(FileError);
    await expect(loadFile(lost)).rejects.toMatchObject({ cause: { code: 'ENOENT' } });
    await expect(saveFile({}, lost)).rejects.toMatchObject({ name: 'FileError', cause: { code: 'ENOENT' } });
    await expect(loadFile(folder)).rejects.toThrow('which is no file');
    await expect(loadFile('')).rejects.toThrow(FileError);
  });

  it('are not touched by a saving that fails, of which nothing stays behind', async () => {
    const path = join(folder, 'kept.safetensors');
    await saveFile({ x: tensor([1]) }, path);
    const x = zeros(4);
    const saving = saveFile({ x }, path);
    x.fill_(1);
    await expect(saving).rejects.toThrow('"x", which fill_ has overwritten while it was being saved');
    await expect(saveFile({ x: 3 as never }, path)).rejects.toThrow(ArgumentError);
    expect((await loadFile(path)).x?.toArray()).toEqual([1]);
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it.each<[string, unknown, unknown, typeof RetrogradError]>([
    ['what is no tensor', { x: [1] }, {}, ArgumentError],
    ['a Map', new Map(), {}, ArgumentError],
    ['a tensor alone', zeros(1), {}, ArgumentError],
    ['nothing', null, {}, ArgumentError],
    ['the name of the metadata', { __metadata__: zeros(1) }, {}, SafetensorsError],
    ['a name that is no text', { '\ud800': zeros(1) }, {}, SafetensorsError],
    ['metadata of numbers', {}, { epoch: 3 }, SafetensorsError],
    ['metadata that is no text', {}, { epoch: '\udfff' }, SafetensorsError],
  ])('cannot hold %s', (_, tensors, metadata, error) => {
    expect(() => save(tensors as never, metadata as never)).toThrow(error);
  });
});

it('reads bytes of another realm', () => {
  const bytes = [...save({ x: tensor([1, 2]) })];
  const foreign: Uint8Array = runInNewContext(`new Uint8Array([${bytes.join(', ')}])`);
  expect(load(foreign).x?.toArray()).toEqual([1, 2]);
});

describe('what torch.save writes', () => {
  const zip = Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 8, 8, ...new Array(60).fill(0));
  // torch.save({}, _use_new_zipfile_serialization=False) begins with a pickled number, in protocol 2.
  const pickle = Uint8Array.of(0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, ...new Array(60).fill(0));
  const wanted = /PyTorch’s own format.*safetensors\.torch\.save_file/s;

  it.each([
    ['a zip archive', zip],
    ['a pickle', pickle],
    ['the beginning of one', zip.slice(0, 5)],
  ])('is told how to convert it: %s', async (_, bytes) => {
    expect(() => load(bytes)).toThrow(wanted);
    const path = join(folder, 'model.pt');
    await writeFile(path, bytes);
    await expect(loadFile(path)).rejects.toThrow(SafetensorsError);
    await expect(loadFile(path)).rejects.toThrow(wanted);
    await expect(safeOpen(path)).rejects.toThrow(wanted);
  });

  it('is not what a header of 640 bytes begins like', () => {
    const bytes = file('{}'.padEnd(640));
    expect([...bytes.slice(0, 4)]).toEqual([0x80, 2, 0, 0]);
    expect(load(bytes)).toEqual({});
  });
});

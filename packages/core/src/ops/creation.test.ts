import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import '../methods.ts';
import type { DType, TypedArray } from '../dtype.ts';
import { ArgumentError, IndexError, RetrogradError } from '../errors.ts';
import { getRngState, setRngState } from '../random/generator.ts';
import { fromTypedArray, type TensorData, tensor } from './creation.ts';

/** A typed array whose class is another than ours, as from a vm's context or Jest's jsdom. */
const foreign = (kind: string, ...values: number[]): TypedArray =>
  runInNewContext(`new ${kind}([${values.join(', ')}])`);

const int32 = (value: number) => tensor(value, { dtype: 'int32' });

describe('the dtype of nested data is what all of it promotes to', () => {
  const mixtures: readonly (readonly [string, TensorData, DType, unknown])[] = [
    ['booleans and numbers', [true, 2], 'float32', [1, 2]],
    ['numbers and booleans', [[0.5], [false]], 'float32', [[0.5], [0]]],
    ['a whole tensor and a fraction', [int32(1), 2.7], 'float32', [1, 2.7]],
    ['a byte and a whole tensor', [new Uint8Array([255]), int32(300).reshape(1)], 'int32', [[255], [300]]],
    ['arrays of both widths', [new Float32Array([1]), new Float64Array([0.1])], 'float64', [[1], [0.1]]],
    ['a double tensor and a number', [0.1, tensor(0.1, { dtype: 'float64' })], 'float64', [0.1, 0.1]],
    [
      'a mask and bytes',
      [[true, true], new Uint8Array([7, 8])],
      'uint8',
      [
        [1, 1],
        [7, 8],
      ],
    ],
    ['booleans alone', [[true], [false]], 'bool', [[true], [false]]],
    ['nothing, then something', [new Int32Array(0), new Float64Array(0)], 'float64', [[], []]],
    ['nothing at all', [[], []], 'float32', [[], []]],
  ];

  it.each(mixtures)('%s', (_, data, dtype, values) => {
    const x = tensor(data);
    expect(x.dtype).toBe(dtype);
    const rounded = JSON.stringify(values, (_key, value) =>
      typeof value === 'number' && dtype === 'float32' ? Math.fround(value) : value,
    );
    expect(JSON.stringify(x.toArray())).toBe(rounded);
  });
});

describe('what is no nested data is refused in our own words', () => {
  const cyclic: TensorData[] = [1];
  cyclic[0] = cyclic;
  let deep: TensorData = 1;
  for (let depth = 0; depth < 20_000; depth++) deep = [deep];

  const refused: Record<string, unknown> = {
    // biome-ignore lint/suspicious/noSparseArray: a hole is the point
    'a hole': [1, , 3],
    // biome-ignore lint/suspicious/noSparseArray: a hole is the point
    'a hole among rows': [[1], , [3]],
    'a row that is null': [null, [1]],
    'a string among rows': [[1], 'x'],
    'an array of itself': cyclic,
    'arrays in 20000 arrays': deep,
    'integers of 64 bits': new BigInt64Array(2),
    'bytes without a type': new DataView(new ArrayBuffer(2)),
    'a Set': new Set([1]),
    nothing: null,
  };

  it.each(Object.entries(refused))('%s', (_, data) => {
    expect(() => tensor(data as TensorData)).toThrow(ArgumentError);
    expect(() => tensor(data as TensorData, { dtype: 'int32' })).toThrow(ArgumentError);
  });

  it('but 64 dims are none too many', () => {
    let data: TensorData = 1;
    for (let depth = 0; depth < 64; depth++) data = [data];
    expect(tensor(data).ndim).toBe(64);
  });
});

describe('typed arrays of another realm', () => {
  it.each([
    ['Float32Array', 'float32'],
    ['Float64Array', 'float64'],
    ['Int32Array', 'int32'],
    ['Uint8Array', 'uint8'],
  ] as const)('%s', (kind, dtype) => {
    const x = tensor([foreign(kind, 1, 2)]);
    expect([x.dtype, x.toArray()]).toEqual([dtype, [[1, 2]]]);
    const y = fromTypedArray(foreign(kind, 1, 2), [2], dtype);
    expect([y.dtype, y.mul(y).toArray()]).toEqual([dtype, [1, 4]]);
    expect(() => fromTypedArray(foreign(kind, 1, 2), [2], 'int64' as never)).toThrow(ArgumentError);
  });

  it('keep numbers that float32 cannot hold', () => {
    expect(tensor(foreign('Int32Array', 16777217)).item()).toBe(16777217);
  });

  it('index, and set the state of a generator', () => {
    expect(
      tensor([5, 6, 7])
        .at(foreign('Int32Array', 2, 0))
        .toArray(),
    ).toEqual([7, 5]);
    const state = getRngState();
    setRngState(foreign('Uint8Array', ...state.data) as never);
    expect(getRngState().data).toEqual(state.data);
  });

  it('are refused where ours are', () => {
    expect(() => fromTypedArray(foreign('Float64Array', 1), [1], 'float32')).toThrow(ArgumentError);
    expect(() => fromTypedArray(foreign('Int16Array', 1) as never, [1], 'int32')).toThrow(ArgumentError);
    expect(() => tensor([5, 6]).at(foreign('Float32Array', 1) as never)).toThrow(RetrogradError);
    expect(() => tensor([5, 6]).at(foreign('Int32Array', 2))).toThrow(IndexError);
  });
});

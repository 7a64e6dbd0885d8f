import { allocate, type DType, type TypedArray } from '../../dtype.ts';
import { Storage } from '../../storage.ts';
import type { Backend } from '../backend.ts';
import { correlate } from './correlate.ts';
import { argScan, recurrence } from './cumulative.ts';
import { accumulate, addScaled, argReduce, binary, copy, fill, reduce, unary, where } from './elementwise.ts';
import { factorize, pinv, solve } from './factorize.ts';
import { gather, nonzero, scatter } from './gather.ts';
import { matmul } from './matmul.ts';
import { maxPool, maxPoolGradient, maxPoolIndices } from './pool.ts';
import { fused } from './program.ts';
import { softmax } from './softmax.ts';
import { argsort } from './sort.ts';

/** Elements in an ordinary typed array, which the collector frees. */
class ArrayStorage extends Storage {
  readonly data: TypedArray;

  constructor(dtype: DType, data: TypedArray) {
    super(reference, dtype, data.length);
    this.data = data;
  }

  free(): void {}
}

/** Plain TypeScript for any dtype and any strides: the oracle that other backends are held against. */
export const reference: Backend = {
  name: 'reference',
  allocate: (dtype, length) => new ArrayStorage(dtype, allocate(dtype, length)),
  adopt: (dtype, data) => new ArrayStorage(dtype, data),
  synchronize: () => {},
  fill,
  copy,
  accumulate,
  unary,
  binary,
  addScaled,
  where,
  fuses: () => true,
  fused,
  reduce,
  argReduce,
  recurrence,
  argScan,
  argsort,
  softmax,
  matmul,
  factorize,
  pinv,
  solve,
  correlate,
  maxPool,
  maxPoolGradient,
  maxPoolIndices,
  gather,
  scatter,
  nonzero,
};

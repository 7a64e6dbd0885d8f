import { type DType, dtypes, type Tensor, tensor } from '@retrograd/core';
import { shapes, tensors } from '@retrograd/core/testing';
import * as fc from 'fast-check';

/** Sizes stay small, so that no call takes long; the large ones are too large for any memory. */
const small = { maxDims: 4, maxSize: 3 };

const numbers: fc.Arbitrary<number> = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -2, max: 4 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      0.5,
      -2.5,
      1e10,
      -1e10,
      2 ** 53,
      1e300,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ),
  },
);

const dtype: fc.Arbitrary<DType> = fc.constantFrom(...dtypes);

/** A tensor of a shape in any layout, of floats half of the time; some floats are special, some want gradients. */
function tensorOf(shape: readonly number[]): fc.Arbitrary<Tensor> {
  const kinds = fc.oneof(fc.constantFrom<DType>('float32', 'float64'), dtype);
  return fc
    .tuple(
      kinds,
      fc.constantFrom([-8, 8], [0, 2], [0, 1]),
      fc.constantFrom('plain', 'plain', 'special', 'leaf'),
    )
    .chain(([kind, [min, max], look]) =>
      tensors({ shape, dtype: kind, min, max }).map((x) => {
        if (!x.isFloatingPoint || look === 'plain') return x;
        if (look === 'leaf') return x.requiresGrad_();
        const values = [Number.NaN, Number.POSITIVE_INFINITY, -0, Number.NEGATIVE_INFINITY];
        return tensor(Float64Array.from(x.data, (value, i) => (i % 3 ? value : (values[i % 4] ?? 0))))
          .to(kind)
          .reshape(shape);
      }),
    );
}

/** Shapes that have to do with one: the same, with dims of 1 or fewer of them, or any other. */
function related(shape: readonly number[]): fc.Arbitrary<readonly number[]> {
  return fc.oneof(
    { weight: 5, arbitrary: fc.constant(shape) },
    { weight: 1, arbitrary: fc.nat(shape.length).map((lead) => shape.slice(lead)) },
    { weight: 1, arbitrary: fc.constant(shape.map((size, d) => (d % 2 ? size : 1))) },
    { weight: 1, arbitrary: fc.constant([...shape].reverse()) },
    { weight: 1, arbitrary: shapes(small) },
  );
}

/** Option names that some op has, and some that none has. */
const optionNames = fc.constantFrom(
  ...[
    'dim',
    'keepdim',
    'dtype',
    'alpha',
    'correction',
    'p',
    'stride',
    'padding',
    'dilation',
    'groups',
    'bias',
  ],
  ...['generator', 'requiresGrad', 'device', 'decimals', 'min', 'max', 'size', 'rtol', 'dims', 'offset', 'k'],
  ...['gradOutputs', 'retainGraph', 'createGraph', 'ceilMode', 'outputPadding', 'numClasses', 'replacement'],
  ...['kernel', 'inputDilation', 'value', 'eps', 'nope', '__proto__', 'constructor'],
);

/** What has no place in any call. */
const nonsense: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, true, false, '', 'float32', 'cpu', 'same', 'nonsense', '2', 7n),
  fc.constantFrom<unknown>({}, { length: 2 }, new Date(0), /x/, new Map(), new Error('e')),
  fc.constantFrom<unknown>(new Float32Array(2), new Uint8Array(1), new BigInt64Array(1), new ArrayBuffer(2)),
  fc.constantFrom<unknown>(
    () => 1,
    () => undefined,
    async () => 1,
    (x: unknown) => x,
  ),
);

interface Pools {
  readonly value: unknown;
  readonly options: object;
}

/** Values of every kind; tensors have to do with `shape`. */
function anything(shape: readonly number[]): fc.Arbitrary<unknown> {
  return fc.letrec<Pools>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', maxDepth: 3 },
      { weight: 6, arbitrary: related(shape).chain(tensorOf) },
      { weight: 6, arbitrary: numbers },
      { weight: 3, arbitrary: fc.array(numbers, { maxLength: 4 }) },
      { weight: 1, arbitrary: fc.constant([...shape]) },
      { weight: 2, arbitrary: nonsense },
      { weight: 2, arbitrary: tie('options') },
      { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
      { weight: 1, arbitrary: fc.array(fc.constant(shape).chain(tensorOf), { minLength: 1, maxLength: 3 }) },
    ),
    options: fc.dictionary(optionNames, tie('value'), { maxKeys: 2, noNullPrototype: true }),
  })).value;
}

/** Arguments for any call: a tensor first, most of the time, and up to four more of any kind. */
export const argumentLists: fc.Arbitrary<readonly unknown[]> = shapes(small).chain((shape) =>
  fc
    .tuple(
      fc.oneof({ weight: 4, arbitrary: tensorOf(shape) }, { weight: 1, arbitrary: anything(shape) }),
      fc.array(anything(shape), { maxLength: 4 }),
    )
    .map(([first, rest]) => [first, ...rest]),
);

/** The same for a method, which always has a tensor to be called on. */
export const methodArguments: fc.Arbitrary<readonly unknown[]> = shapes(small).chain((shape) =>
  fc
    .tuple(tensorOf(shape), fc.array(anything(shape), { maxLength: 4 }))
    .map(([self, rest]) => [self, ...rest]),
);

// What is declared anew below has to be known first.
import type {} from 'vitest';
import {
  checkGradients,
  type Differentiable,
  type GradcheckOptions,
  gradgradcheck,
} from '../autograd/gradcheck.ts';
import { RetrogradError } from '../errors.ts';
import { tensor as makeTensor, type TensorData } from '../ops/creation.ts';
import { sameShape, showShape } from '../shape.ts';
import { Tensor } from '../tensor.ts';

interface Outcome {
  readonly pass: boolean;
  readonly message: () => string;
}

/** How far apart elements may be: |got − want| ≤ atol + rtol · |want|. */
export interface Tolerance {
  /** Default 1.3e-6 for float32, 1e-7 for float64. */
  rtol?: number;
  /** Default 1e-5 for float32, 1e-7 for float64. */
  atol?: number;
}

/** A tensor, or what `tensor()` takes, which is then compared in the received tensor's dtype. */
export type ExpectedTensor = Tensor | TensorData;

function compare(
  received: unknown,
  expected: ExpectedTensor,
  same: (got: number, want: number) => boolean,
): Outcome {
  const outcome = (pass: boolean, problem: string): Outcome => ({
    pass,
    message: () =>
      pass
        ? `expected tensors to differ, but both are\n${received}`
        : `${problem}\n\ngot:  ${received}\nwant: ${expected}`,
  });
  if (!(received instanceof Tensor)) return outcome(false, 'expected a Tensor');
  const want = expected instanceof Tensor ? expected : makeTensor(expected, { dtype: received.dtype });
  if (want.dtype !== received.dtype)
    return outcome(false, `dtypes differ: ${received.dtype} and ${want.dtype}`);
  if (!sameShape(want.shape, received.shape)) {
    return outcome(false, `shapes differ: ${showShape(received.shape)} and ${showShape(want.shape)}`);
  }
  const [a, b] = [received.data, want.data];
  let [wrong, first, worst] = [0, -1, 0];
  for (let i = 0; i < a.length; i++) {
    const [got, wanted] = [a[i] as number, b[i] as number];
    if (Object.is(got, wanted) || (Number.isNaN(got) && Number.isNaN(wanted)) || same(got, wanted)) continue;
    wrong++;
    if (first < 0) first = i;
    worst = Math.max(worst, Math.abs(got - wanted));
  }
  return outcome(
    wrong === 0,
    `${wrong} of ${a.length} elements differ, by up to ${worst}; first at ${first}: ${a[first]} and ${b[first]}`,
  );
}

const defaults: Record<string, Required<Tolerance>> = {
  float32: { rtol: 1.3e-6, atol: 1e-5 },
  float64: { rtol: 1e-7, atol: 1e-7 },
};

/**
 * Matchers for vitest and jest: `expect.extend(tensorMatchers)`.
 *
 * @example
 * ```ts
 * expect(x.add(1)).toEqualTensor([2, 3]);
 * expect(x.exp()).toBeCloseToTensor([2.71828, 7.38906], { atol: 1e-4 });
 * expect((x) => x.sin()).toPassGradcheck([x]);
 * ```
 */
export const tensorMatchers = {
  /** Same dtype, shape and elements (−0 equals 0, NaN equals NaN). */
  toEqualTensor(received: unknown, expected: ExpectedTensor): Outcome {
    return compare(received, expected, (got, want) => got === want);
  },

  /** Same dtype and shape, and elements within a tolerance. */
  toBeCloseToTensor(received: unknown, expected: ExpectedTensor, tolerance: Tolerance = {}): Outcome {
    const dtype = received instanceof Tensor ? received.dtype : 'float32';
    const { rtol, atol } = { ...(defaults[dtype] ?? { rtol: 0, atol: 0 }), ...tolerance };
    return compare(
      received,
      expected,
      (got, want) => got === want || Math.abs(got - want) <= atol + rtol * Math.abs(want),
    );
  },

  /** A function whose first (and, with `{ order: 2 }`, second) derivatives agree with finite differences. */
  toPassGradcheck(
    received: unknown,
    inputs: Tensor | readonly Tensor[],
    { order = 1, ...options }: GradcheckOptions & { order?: 1 | 2 } = {},
  ): Outcome {
    const fn = received as Differentiable;
    const first = checkGradients(fn, inputs, options);
    let [pass, text] = [first.ok, `gradcheck: ${first}`];
    if (pass && order === 2) {
      try {
        gradgradcheck(fn, inputs, options);
      } catch (error) {
        if (!(error instanceof RetrogradError)) throw error;
        [pass, text] = [false, error.message];
      }
    }
    return { pass, message: () => (pass ? `expected a wrong gradient, but ${text}` : text) };
  },
};

/**
 * Has `toEqual` and `toStrictEqual` of vitest and jest compare tensors by dtype, shape and elements, also within objects:
 * `expect.addEqualityTesters([tensorEquality])`.
 */
export function tensorEquality(a: unknown, b: unknown): boolean | undefined {
  const areTensors = [a, b].map((it) => it instanceof Tensor);
  if (!areTensors.includes(true)) return undefined;
  return !areTensors.includes(false) && tensorMatchers.toEqualTensor(a, b as Tensor).pass;
}

/** The matchers' types on vitest's `expect`. */
export interface TensorMatchers<R = unknown> {
  toEqualTensor(expected: ExpectedTensor): R;
  toBeCloseToTensor(expected: ExpectedTensor, tolerance?: Tolerance): R;
  toPassGradcheck(inputs: Tensor | readonly Tensor[], options?: GradcheckOptions & { order?: 1 | 2 }): R;
}

declare module 'vitest' {
  interface Matchers<T> extends TensorMatchers<T> {}
}

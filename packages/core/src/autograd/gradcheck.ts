import { ArgumentError, DTypeError, GradError } from '../errors.ts';
import { checkOptions } from '../ops/arguments.ts';
import { fromTypedArray } from '../ops/creation.ts';
import { checkTensor, describe } from '../primitives/operand.ts';
import { Generator } from '../random/generator.ts';
import { fillNormal } from '../random/normal.ts';
import { numelOf, type Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { grad } from './backward.ts';

/** A function to check: of tensors, to one tensor or several. */
export type Differentiable = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

export interface GradcheckOptions {
  /** How far inputs are moved. Default 1e-6. */
  eps?: number;
  /** Absolute tolerance. Default 1e-5. */
  atol?: number;
  /** Relative tolerance. Default 1e-3. */
  rtol?: number;
  /** Compare along one random direction for each input and output, instead of element by element. Default false. */
  fastMode?: boolean;
  /** Throw a GradError that shows the worst disagreement, instead of returning false. Default true. */
  raiseException?: boolean;
}

/** Where the tape and the finite differences were furthest apart. */
export interface Disagreement {
  /** Position of the input among the inputs. */
  readonly input: number;
  /** Position of the output among the outputs. */
  readonly output: number;
  /** Which element of the input was moved; `null` along a random direction. */
  readonly inputIndex: readonly number[] | null;
  /** Which element of the output was read; `null` along a random direction. */
  readonly outputIndex: readonly number[] | null;
  /** The derivative that the tape gives. */
  readonly analytical: number;
  /** The derivative by central differences. */
  readonly numerical: number;
  readonly difference: number;
  readonly tolerance: number;
}

export interface GradcheckReport {
  readonly ok: boolean;
  /** How many derivatives were compared. */
  readonly compared: number;
  /** The comparison of the largest difference relative to its tolerance; `null` if there was nothing to compare. */
  readonly worst: Disagreement | null;
  toString(): string;
}

/**
 * Compares the gradients of `fn` with central differences, (f(x + ε) − f(x − ε)) / 2ε, at float64 inputs.
 *
 * @example
 * ```ts
 * gradcheck((x, w) => conv2d(x, w, { stride: 2 }), [
 *   randn([1, 2, 5, 5], { dtype: 'float64', requiresGrad: true }),
 *   randn([3, 2, 3, 3], { dtype: 'float64', requiresGrad: true }),
 * ]); // true
 * ```
 * @returns true; false on a disagreement with `{ raiseException: false }`
 * @throws GradError on a disagreement, with the place of the worst; DTypeError unless inputs that require a gradient
 * are float64
 */
export function gradcheck(
  fn: Differentiable,
  inputs: Tensor | readonly Tensor[],
  options: GradcheckOptions = {},
): boolean {
  return verdict('gradcheck', checkGradients(fn, inputs, options), options);
}

/**
 * Compares the gradients of the gradients of `fn` with central differences: it checks `grad(fn)` as a function of the
 * inputs and of the cotangents, which are random.
 */
export function gradgradcheck(
  fn: Differentiable,
  inputs: Tensor | readonly Tensor[],
  options: GradcheckOptions = {},
): boolean {
  const list = checkedInputs('gradgradcheck', fn, inputs);
  const random = new Generator().manualSeed(1);
  const outputs = differentiable(fn, list);
  if (outputs.length === 0) return true;
  const cotangents = outputs.map(({ shape }) => randomTensor(shape, random).requiresGrad_());
  const gradient: Differentiable = (...given) => {
    const xs = given.slice(0, list.length);
    const wanted = xs.filter((x) => x.requiresGrad);
    const found = grad(differentiable(fn, xs), wanted, {
      gradOutputs: given.slice(list.length),
      createGraph: true,
      allowUnused: true,
    });
    return found.filter((g) => g !== null);
  };
  return verdict('gradgradcheck', checkGradients(gradient, [...list, ...cotangents], options), options);
}

function verdict(op: string, report: GradcheckReport, { raiseException = true }: GradcheckOptions): boolean {
  if (report.ok || !raiseException) return report.ok;
  throw new GradError({
    op,
    got: report.toString(),
    want: 'a gradient that agrees with central differences',
    fix: 'Look for a wrong rule, a kink near the inputs, or an eps or tolerance that does not fit.',
  });
}

/** What `gradcheck` finds, as a report. */
export function checkGradients(
  fn: Differentiable,
  inputs: Tensor | readonly Tensor[],
  options: GradcheckOptions = {},
): GradcheckReport {
  checkOptions('gradcheck', options, ['eps', 'atol', 'rtol', 'fastMode', 'raiseException']);
  const { eps = 1e-6, atol = 1e-5, rtol = 1e-3, fastMode = false } = options;
  const list = checkedInputs('gradcheck', fn, inputs);
  checkDouble('input', list);
  if (!list.some((x) => x.requiresGrad)) {
    throw new GradError({ op: 'gradcheck', got: 'no input that requires a gradient', want: 'at least one' });
  }
  const compare = fastMode ? alongDirections : elementByElement;
  return reportOf(compare(fn, list, eps), atol, rtol);
}

type Comparison = Omit<Disagreement, 'difference' | 'tolerance'>;

function reportOf(comparisons: Iterable<Comparison>, atol: number, rtol: number): GradcheckReport {
  let [compared, worst, worstRatio] = [0, null as Disagreement | null, -1];
  for (const comparison of comparisons) {
    compared++;
    const { analytical, numerical } = comparison;
    const tolerance = atol + rtol * Math.abs(numerical);
    const difference = Math.abs(analytical - numerical);
    const ratio = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference / tolerance;
    if (ratio > worstRatio) [worst, worstRatio] = [{ ...comparison, difference, tolerance }, ratio];
  }
  const ok = worstRatio <= 1;
  return { ok, compared, worst, toString: () => describeReport(ok, compared, worst) };
}

function describeReport(ok: boolean, compared: number, worst: Disagreement | null): string {
  if (worst === null) return 'nothing to compare';
  const at = (index: readonly number[] | null) =>
    index === null ? ' along a random direction' : `[${index.join(', ')}]`;
  return (
    `${ok ? 'agreement' : 'a disagreement'} (${compared} derivatives compared): worst at ` +
    `d output ${worst.output}${at(worst.outputIndex)} / d input ${worst.input}${at(worst.inputIndex)}: ` +
    `tape ${worst.analytical}, differences ${worst.numerical}, ` +
    `apart by ${worst.difference.toExponential(2)} of ${worst.tolerance.toExponential(2)} allowed`
  );
}

/** Every element of every Jacobian. */
function* elementByElement(
  fn: Differentiable,
  inputs: readonly Tensor[],
  eps: number,
): IterableIterator<Comparison> {
  const outputs = outputsOf(fn, inputs);
  for (const [input, x] of inputs.entries()) {
    if (!x.requiresGrad) continue;
    const jacobians = outputs.map((y) => jacobianRows(y, x));
    for (let i = 0; i < x.numel; i++) {
      const direction = new Float64Array(x.numel);
      direction[i] = 1;
      const slopes = slopesAlong(fn, inputs, input, direction, eps);
      for (const [output, y] of outputs.entries()) {
        for (let o = 0; o < y.numel; o++) {
          yield {
            input,
            output,
            inputIndex: unravel(i, x.shape),
            outputIndex: unravel(o, y.shape),
            analytical: jacobians[output]?.[o]?.[i] ?? 0,
            numerical: slopes[output]?.[o] ?? 0,
          };
        }
      }
    }
  }
}

/** One number for each pair of input and output: vᵀ J u for random v and u. */
function* alongDirections(
  fn: Differentiable,
  inputs: readonly Tensor[],
  eps: number,
): IterableIterator<Comparison> {
  const random = new Generator().manualSeed(0);
  const outputs = outputsOf(fn, inputs);
  const vs = outputs.map((y) => randomTensor(y.shape, random));
  for (const [input, x] of inputs.entries()) {
    if (!x.requiresGrad || x.numel === 0) continue;
    const u = unit(randomTensor(x.shape, random).data);
    const slopes = slopesAlong(fn, inputs, input, u, eps);
    for (const [output, y] of outputs.entries()) {
      const v = vs[output] as Tensor;
      yield {
        input,
        output,
        inputIndex: null,
        outputIndex: null,
        analytical: inner(vjpData(y, x, v), u),
        numerical: inner(slopes[output] ?? [], v.data),
      };
    }
  }
}

/** The derivatives of all outputs when one input moves along a direction. */
function slopesAlong(
  fn: Differentiable,
  inputs: readonly Tensor[],
  which: number,
  direction: ArrayLike<number>,
  eps: number,
): Float64Array[] {
  const moved = (step: number) => {
    const xs = inputs.map((x, i) => (i === which ? shifted(x, direction, step) : x));
    return listOf(fn(...xs)).map((y) => Float64Array.from(y.data));
  };
  const [ahead, behind] = [moved(eps), moved(-eps)];
  return ahead.map((y, output) => y.map((value, o) => (value - (behind[output]?.[o] ?? 0)) / (2 * eps)));
}

/** A contiguous copy of an input, moved: so a strided input is also held against a contiguous one. */
function shifted(x: Tensor, direction: ArrayLike<number>, step: number): Tensor {
  const data = Float64Array.from(x.data, (value, i) => value + step * (direction[i] ?? 0));
  return fromTypedArray(data, x.shape, 'float64', true);
}

/** One row of the Jacobian for each element of the output. */
function jacobianRows(y: Tensor, x: Tensor): ArrayLike<number>[] {
  return Array.from({ length: y.numel }, (_, o) => {
    const oneHot = new Float64Array(y.numel);
    oneHot[o] = 1;
    return vjpData(y, x, fromTypedArray(oneHot, y.shape, 'float64'));
  });
}

function vjpData(y: Tensor, x: Tensor, cotangent: Tensor): ArrayLike<number> {
  if (!y.requiresGrad) return new Float64Array(x.numel);
  const [g] = grad(y, x, { gradOutputs: cotangent.to(y.dtype), retainGraph: true, allowUnused: true });
  return g?.data ?? new Float64Array(x.numel);
}

function listOf<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}

function checkedInputs(
  op: string,
  fn: Differentiable,
  inputs: Tensor | readonly Tensor[],
): readonly Tensor[] {
  if (typeof fn !== 'function') {
    throw new ArgumentError({ op, got: describe(fn), want: 'a function of tensors' });
  }
  return listOf(inputs).map((x) => checkTensor(op, x));
}

function outputsOf(fn: Differentiable, inputs: readonly Tensor[]): readonly Tensor[] {
  const outputs = listOf(fn(...inputs)).map((y) => checkTensor('gradcheck', y));
  checkDouble('output', outputs);
  return outputs;
}

function checkDouble(what: string, tensors: readonly Tensor[]): void {
  const single = tensors.findIndex((x) => x.requiresGrad && x.dtype !== 'float64');
  if (single < 0) return;
  throw new DTypeError({
    op: 'gradcheck',
    got: `${tensors[single]?.dtype} for ${what} ${single}`,
    want: 'float64: differences of float32 are too coarse',
    fix: "Make every tensor that takes part with { dtype: 'float64' }.",
  });
}

function differentiable(fn: Differentiable, inputs: readonly Tensor[]): Tensor[] {
  return outputsOf(fn, inputs).filter((y) => y.requiresGrad);
}

function randomTensor(shape: Shape, generator: Generator): Tensor {
  return fromTypedArray(fillNormal(new Float64Array(numelOf(shape)), { generator }), shape, 'float64');
}

function unit(u: ArrayLike<number>): Float64Array {
  const length = Math.sqrt(inner(u, u));
  return Float64Array.from(u, (value) => value / length);
}

function inner(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** The index tuple of a position in row-major order. */
function unravel(position: number, shape: Shape): number[] {
  let rest = position;
  return shape.map((_, d) => {
    const inside = numelOf(shape.slice(d + 1));
    const index = Math.floor(rest / inside);
    rest -= index * inside;
    return index;
  });
}

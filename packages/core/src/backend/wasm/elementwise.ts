import type { DType } from '../../dtype.ts';
import { isContiguous, mayOverlap, numelOf } from '../../shape.ts';
import type { Backend, View } from '../backend.ts';
import type { Program } from '../program.ts';
import { type Axis, axesOf, countOf, perPartOf, pushDims } from './axes.ts';
import { beforeRelu, DeferredRelu, defer, gateOnItsWay } from './deferred.ts';
import { densityAfterBinary, densityAfterProgram, densityAfterUnary, noteDensity } from './density.ts';
import { addressOf, bytesPerElement, type Engine, type Kernel } from './engine.ts';
import { castMap } from './kernels/casts.ts';
import { addScaledMap, binaryMap, powerMap, unaryMap, whereMap } from './kernels/formulas.ts';
import { isFloatDType } from './kernels/lanes.ts';
import { type ElementMap, flatMap, flatPart, stridedMap, stridedWords } from './kernels/map.ts';
import { powers } from './kernels/powers.ts';
import { programMap } from './kernels/program.ts';
import { Numbers } from './memory/storage.ts';
import { copyTransposed } from './movement.ts';
import { mostFields, noteAddress } from './threads/protocol.ts';

type Elementwise = Pick<
  Backend,
  'fill' | 'copy' | 'accumulate' | 'unary' | 'binary' | 'addScaled' | 'where' | 'fuses' | 'fused'
>;

/** Ranks of the dims around a run for which there are kernels; smaller ones are filled up. */
const ranks = [2, 6] as const;

/** An elementwise kernel in all its forms, which are compiled when first needed. */
class ElementKernel {
  readonly map: ElementMap;
  readonly #engine: Engine;
  readonly #name: string;
  readonly #flat: (Kernel | undefined)[] = [];

  constructor(engine: Engine, name: string, map: ElementMap) {
    this.#engine = engine;
    this.#name = name;
    this.map = map;
  }

  /**
   * Runs on views of one shape, the output last.
   * @returns whether it could: whether there are few enough dims, and no element was beyond the formula
   */
  run(views: readonly View[]): boolean {
    const count = numelOf((views.at(-1) as View).shape);
    if (count === 0) return true;
    const flat = flatPattern(views);
    if (flat !== undefined) this.#runFlat(views, flat, count);
    else if (!this.#runStrided(views)) return false;
    return this.map.beyond === undefined || !this.#engine.wasNoted();
  }

  #runFlat(views: readonly View[], pattern: number, count: number): void {
    const perPart = perPartOf(count, 1, flatPart);
    const fields = views.map(addressOf);
    fields.push(noteAddress, count, perPart);
    this.#launch(this.#flatKernel(pattern), fields, Math.ceil(count / perPart), views);
  }

  #launch(kernel: Kernel, fields: readonly number[], parts: number, views: readonly View[]): void {
    this.#engine.launch(kernel, fields, parts, !overwritesInput(views));
  }

  #flatKernel(pattern: number): Kernel {
    const known = this.#flat[pattern];
    if (known !== undefined) return known;
    const kernel = this.#engine.kernel(`${this.#name} flat ${pattern}`, () =>
      flatMap(this.map, this.#steps(pattern)),
    );
    this.#flat[pattern] = kernel;
    return kernel;
  }

  #runStrided(views: readonly View[]): boolean {
    // Any order will do; that of the output makes its elements neighbours.
    const outer = axesOf((views.at(-1) as View).shape, views, views.length - 1);
    const inner = outer.shift() ?? { size: 1, steps: views.map(() => 0) };
    const pattern = this.#patternOf(inner);
    if (outer.length === 0 && pattern >= 0) {
      this.#runFlat(views, pattern, inner.size);
      return true;
    }
    const rank = ranks.find((most) => outer.length <= most && stridedWords(views.length, most) <= mostFields);
    if (rank === undefined) return false;
    const runs = countOf(outer);
    const perPart = perPartOf(runs, inner.size, flatPart);
    const fields = views.map(addressOf);
    fields.push(noteAddress, inner.size, ...inner.steps, runs, perPart);
    pushDims(fields, outer, rank, views.length);
    this.#launch(this.#stridedKernel(pattern, rank), fields, Math.ceil(runs / perPart), views);
    return true;
  }

  /** Which inputs step from element to element in a run, as bits, or −1 where some operand steps otherwise. */
  #patternOf({ steps }: Axis): number {
    const { inputs, out } = this.map;
    if (steps.at(-1) !== out) return -1;
    let pattern = 0;
    for (let i = 0; i < inputs.length; i++) {
      if (steps[i] === inputs[i]) pattern |= 1 << i;
      else if (steps[i] !== 0) return -1;
    }
    return pattern;
  }

  #stridedKernel(pattern: number, rank: number): Kernel {
    const key = `${this.#name} ${pattern} ${rank}`;
    return this.#engine.kernel(key, () =>
      stridedMap(this.map, pattern < 0 ? 'strided' : this.#steps(pattern), rank),
    );
  }

  #steps(pattern: number): boolean[] {
    return this.map.inputs.map((_, i) => (pattern & (1 << i)) !== 0);
  }
}

/** Which inputs step from element to element, as bits, where the others repeat one, and all lie side by side. */
function flatPattern(views: readonly View[]): number | undefined {
  const last = views.length - 1;
  let pattern = 0;
  for (let i = 0; i <= last; i++) {
    const { shape, strides } = views[i] as View;
    if (isContiguous(shape, strides)) pattern |= 1 << i;
    else if (i === last || !repeatsOne(strides)) return undefined;
  }
  return pattern & ~(1 << last);
}

/** Whether an input shares memory with the output, which stands last. */
function overwritesInput(views: readonly View[]): boolean {
  const last = views.length - 1;
  const { storage } = views[last] as View;
  for (let i = 0; i < last; i++) if (views[i]?.storage === storage) return true;
  return false;
}

function repeatsOne(strides: readonly number[]): boolean {
  for (let d = 0; d < strides.length; d++) if (strides[d] !== 0) return false;
  return true;
}

/** Elementwise kernels by name, made when first asked for; `undefined` stands for those that there are not. */
function library(engine: Engine) {
  const known = new Map<string, ElementKernel | undefined>();
  return (name: string, make: () => ElementMap | undefined): ElementKernel | undefined => {
    if (known.has(name)) return known.get(name);
    const map = make();
    const kernel = map && new ElementKernel(engine, name, map);
    known.set(name, kernel);
    return kernel;
  };
}

/** The exponent that all of a view's elements are, where there is a kernel for it. */
function powerOf({ storage, shape, strides, offset }: View): number | undefined {
  if (storage.dtype !== 'float32' || !repeatsOne(strides) || shape.includes(0)) return undefined;
  const exponent = storage.data[offset] as number;
  return powers.has(exponent) ? exponent : undefined;
}

export function elementwise(engine: Engine, fallback: Backend): Elementwise {
  const { heap, features } = engine;
  const kernelOf = library(engine);

  const copy: Elementwise['copy'] = (x, out) => {
    heap.begin();
    noteDensity(out, 1);
    const [from, to] = [x.storage.dtype, out.storage.dtype];
    const views = [x, out];
    if (flatPattern(views) === undefined && copyTransposed(engine, x, out)) return;
    const kernel = kernelOf(`copy ${from} ${to}`, () => castMap(from, to));
    if (!kernel?.run(views)) fallback.copy(x, out);
  };

  const unary: Elementwise['unary'] = (name, x, out) => {
    heap.begin();
    noteDensity(out, densityAfterUnary(name, x));
    const { dtype } = x.storage;
    const kernel = kernelOf(`${name} ${dtype}`, () => unaryMap(name, dtype, features.relaxed));
    if (name === 'relu' && dtype === 'float32' && kernel && isContiguous(x.shape, x.strides)) {
      if (defer(out, new DeferredRelu(x, kernel))) return;
    }
    // Where an element may turn out to be beyond the formula, the operand must outlive the attempt.
    const lost = kernel?.map.beyond !== undefined && x.storage === out.storage;
    if (lost || !kernel?.run([x, out])) fallback.unary(name, x, out);
  };

  const binary: Elementwise['binary'] = (name, a, b, out) => {
    heap.begin();
    noteDensity(out, densityAfterBinary(name, a, b));
    if (name !== 'gate') binaryNow(name, a, b, out);
    // Relu's operand says as well as its result where relu is open.
    else if (!gateOnItsWay(a, b, out)) binaryNow(name, a, beforeRelu(b), out);
  };

  const binaryNow: Elementwise['binary'] = (name, a, b, out) => {
    const { dtype } = a.storage;
    const power = name === 'pow' ? powerOf(b) : undefined;
    const done =
      power === undefined
        ? kernelOf(`${name} ${dtype}`, () => binaryMap(name, dtype, features.relaxed))?.run([a, b, out])
        : kernelOf(`pow ${power}`, () => powerMap(power))?.run([a, out]);
    if (!done) fallback.binary(name, a, b, out);
  };

  const where: Elementwise['where'] = (condition, a, b, out) => {
    heap.begin();
    noteDensity(out, 1);
    const { dtype } = out.storage;
    const isBytes = bytesPerElement[condition.storage.dtype] === 1;
    const kernel = isBytes ? kernelOf(`where ${dtype}`, () => whereMap(dtype)) : undefined;
    if (!kernel?.run([condition, a, b, out])) fallback.where(condition, a, b, out);
  };

  const accumulate: Elementwise['accumulate'] = (x, out) => {
    if (!mayOverlap(out.shape, out.strides)) return binary('add', out, x, out);
    heap.begin();
    fallback.accumulate(x, out);
  };

  const cells = new Map<DType, Numbers>();
  /** Numbers as operands of the next kernel. */
  const repeated = (values: readonly number[], out: View, others: readonly View[] = []): View[] => {
    if (values.length === 0) return [];
    const { dtype } = out.storage;
    const { shape } = out;
    // What is deferred is computed first: the numbers go beside the arguments of the very next kernel.
    for (const view of others) addressOf(view);
    addressOf(out);
    const storage = cells.get(dtype) ?? new Numbers(fallback, engine, dtype);
    cells.set(dtype, storage);
    storage.write(values);
    const strides = shape.map(() => 0);
    return values.map((_, offset) => ({ storage, shape, strides, offset }));
  };

  const fill: Elementwise['fill'] = (out, value) => copy(repeated([value], out)[0] as View, out);

  const addScaled: Elementwise['addScaled'] = (a, b, alpha, out) => {
    const [factor] = repeated([alpha], out, [a, b]) as [View];
    heap.begin();
    noteDensity(out, 1);
    const { dtype } = out.storage;
    const kernel = kernelOf(`addScaled ${dtype}`, () => addScaledMap(dtype, features.relaxed));
    if (!kernel?.run([a, b, factor, out])) fallback.addScaled(a, b, alpha, out);
  };

  const programs = new WeakMap<Program, Map<DType, ElementKernel | undefined>>();
  let programCount = 0;
  const programKernel = (program: Program, operands: number, dtype: DType): ElementKernel | undefined => {
    const kernels = programs.get(program) ?? new Map<DType, ElementKernel | undefined>();
    programs.set(program, kernels);
    if (kernels.has(dtype)) return kernels.get(dtype);
    const map = isFloatDType(dtype) ? programMap(program, operands, dtype, features.relaxed) : undefined;
    const kernel = map && new ElementKernel(engine, `${program.name} #${programCount++} ${dtype}`, map);
    kernels.set(dtype, kernel);
    return kernel;
  };

  const fuses: Elementwise['fuses'] = (program, operands, dtype) =>
    programKernel(program, operands, dtype) !== undefined;

  const fused: Elementwise['fused'] = (program, inputs, numbers, out) => {
    noteDensity(out, densityAfterProgram(program, inputs));
    const views = [...inputs, ...repeated(numbers, out, inputs), out];
    heap.begin();
    const kernel = programKernel(program, views.length - 1, out.storage.dtype);
    if (!kernel?.run(views)) fallback.fused(program, inputs, numbers, out);
  };

  return { fill, copy, unary, binary, addScaled, where, accumulate, fuses, fused };
}

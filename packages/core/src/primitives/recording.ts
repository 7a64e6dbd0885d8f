import { setDetectAnomaly } from '../autograd/anomaly.ts';
import { enableGrad } from '../autograd/mode.ts';
import type { Inputs } from '../autograd/primitive.ts';
import { savingHooks } from '../autograd/saved.ts';
import type { Backend, View } from '../backend/backend.ts';
import { needs, type Program, type Step } from '../backend/program.ts';
import { type Call, watchedBy } from '../dispatch.ts';
import { isFloat } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';
import type { Storage } from '../storage.ts';
import { Tensor } from '../tensor.ts';
import { constant } from './operand.ts';

/** A function that was written down. */
export interface Recording {
  readonly program: Program;
  /** Which of the function's tensors the program takes, in their order; after them come all of its numbers. */
  readonly reads: readonly number[];
  /** How many of its steps compute something. */
  readonly ops: number;
}

type Fusible = Pick<Backend, 'copy' | 'unary' | 'binary' | 'addScaled' | 'where' | 'fused'>;

/** Any will do, as no op decides by values what to do. */
const anyNumber = 0.5;

/**
 * Writes down what a function of tensors does, by calling it once with tensors that hold a single number, and looking on.
 * The program is pruned of what the result does not depend on.
 *
 * @returns `null` for a function that gives `null`
 * @throws ArgumentError for a function that calls other than elementwise ops, or gives something else than floats
 */
export function recorded(
  name: string,
  tensors: number,
  numbers: number,
  f: (...operands: Tensor[]) => Tensor | null,
): Recording | null {
  const recorder = new Recorder(name);
  const operands = Array.from({ length: tensors + numbers }, (_, index) => recorder.operand(index));
  const result = apart(() =>
    watchedBy(
      (call) => recorder.watch(call),
      () => f(...operands),
    ),
  );
  return result === null ? null : pruned(name, tensors, numbers, recorder.stepsTo(result));
}

/** Out of sight of whatever goes on around. */
function apart<T>(body: () => T): T {
  const anomalies = setDetectAnomaly(false);
  try {
    return savingHooks.during('fuse', null, () => enableGrad(body));
  } finally {
    anomalies[Symbol.dispose]();
  }
}

/** Runs nothing: a kernel that is called becomes a step, and the storages say where its operands come from. */
class Recorder {
  readonly #name: string;
  readonly #steps: Step[] = [];
  /** Equal steps are one. */
  readonly #known = new Map<string, number>();
  readonly #places = new Map<Storage, number>();
  readonly #backend: Backend;

  constructor(name: string) {
    this.#name = name;
    const place = (out: View, step: Step) => void this.#places.set(out.storage, this.#add(step));
    const of = (view: View) => this.#placeOf(view);
    const fusible: Fusible = {
      copy: (x, out) => this.#copy(x, out),
      unary: (kernel, x, out) => place(out, { kind: 'unary', kernel, of: [of(x)] }),
      binary: (kernel, a, b, out) => place(out, { kind: 'binary', kernel, of: [of(a), of(b)] }),
      addScaled: (a, b, alpha, out) => {
        const factor = this.#add({ kind: 'number', value: alpha });
        const product = this.#add({ kind: 'binary', kernel: 'mul', of: [of(b), factor] });
        place(out, { kind: 'binary', kernel: 'add', of: [of(a), product] });
      },
      where: (condition, a, b, out) => place(out, { kind: 'where', of: [of(condition), of(a), of(b)] }),
      fused: ({ steps }, inputs, numbers, out) => {
        const values = numbers.map((value) => this.#add({ kind: 'number', value }));
        this.#places.set(out.storage, this.#inline(steps, [...inputs.map(of), ...values]));
      },
    };
    this.#backend = new Proxy(fusible as Backend, {
      get: (kernels, kernel) => kernels[kernel as keyof Fusible] ?? (() => this.#refuse(String(kernel))),
    });
  }

  operand(index: number): Tensor {
    const x = constant([], anyNumber, 'float64').requiresGrad_();
    this.#places.set(x.storage, this.#add({ kind: 'operand', index }));
    return x;
  }

  /** Notes a call when it is over. A view of a single number is the number. */
  watch({ primitive, inputs, params }: Call): (out: Tensor) => void {
    return (out) => {
      if ('view' in primitive) return;
      primitive.forward(this.#backend, inputs as Inputs<Tensor>, out, params);
    };
  }

  stepsTo(result: unknown): readonly Step[] {
    if (!(result instanceof Tensor) || !isFloat(result.dtype) || result.ndim > 0) {
      return this.#refuse(result instanceof Tensor ? `a result of ${result.dtype}` : `a ${typeof result}`);
    }
    return this.#steps.slice(0, this.#placeOf(result) + 1);
  }

  #copy(x: View, out: View): void {
    const [from, to] = [x.storage.dtype, out.storage.dtype];
    const place = this.#placeOf(x);
    if (isFloat(to) && from === 'bool') {
      this.#places.set(out.storage, this.#add({ kind: 'toNumber', of: [place] }));
    } else if (to === 'bool' && isFloat(from)) {
      const zero = this.#add({ kind: 'number', value: 0 });
      this.#places.set(out.storage, this.#add({ kind: 'binary', kernel: 'ne', of: [place, zero] }));
    } else if (isFloat(from) === isFloat(to)) this.#places.set(out.storage, place);
    else this.#refuse(`a conversion from ${from} to ${to}`);
  }

  /** The steps of another program, on operands that are steps here. */
  #inline(steps: readonly Step[], operands: readonly number[]): number {
    const places: number[] = [];
    for (const step of steps) {
      if (step.kind === 'operand') places.push(operands[step.index] as number);
      else places.push(this.#add(withNeeds(step, (i) => places[i] as number)));
    }
    return places.at(-1) as number;
  }

  /** What nobody has seen being made is a constant. */
  #placeOf({ storage, offset }: View): number {
    return this.#places.get(storage) ?? this.#add({ kind: 'number', value: storage.data[offset] as number });
  }

  #add(step: Step): number {
    const key = Object.values(step).map(show).join(' ');
    const found = this.#known.get(key);
    if (found !== undefined) return found;
    this.#known.set(key, this.#steps.length);
    return this.#steps.push(step) - 1;
  }

  #refuse(what: string): never {
    throw new ArgumentError({
      op: this.#name,
      got: `${what} in a function to be fused`,
      want: 'elementwise ops on floats',
    });
  }
}

/** A step whose operands stand elsewhere. */
function withNeeds(step: Step, placeOf: (i: number) => number): Step {
  return 'of' in step ? ({ ...step, of: step.of.map(placeOf) } as unknown as Step) : step;
}

/** Numbers that differ look different. */
function show(part: unknown): string {
  return Object.is(part, -0) ? '-0' : String(part);
}

/** Of steps of which the last one is the result, those that it takes. */
function pruned(name: string, tensors: number, numbers: number, steps: readonly Step[]): Recording {
  const needed = steps.map((_, i) => i === steps.length - 1);
  for (let i = steps.length - 1; i >= 0; i--) {
    if (needed[i]) for (const j of needs(steps[i] as Step)) needed[j] = true;
  }
  const kept = steps.flatMap((step, i) => (needed[i] ? [{ step, i }] : []));
  const places = new Map(kept.map(({ i }, place) => [i, place]));
  const reads = Array.from({ length: tensors }, (_, index) => index).filter((index) =>
    kept.some(({ step }) => step.kind === 'operand' && step.index === index),
  );
  const operands = [...reads, ...Array.from({ length: numbers }, (_, n) => tensors + n)];
  const moved = (step: Step): Step => {
    if (step.kind === 'operand') return { ...step, index: operands.indexOf(step.index) };
    return withNeeds(step, (i) => places.get(i) as number);
  };
  const ops = kept.filter(({ step }) => 'of' in step).length;
  return { program: { name, steps: kept.map(({ step }) => moved(step)) }, reads, ops };
}

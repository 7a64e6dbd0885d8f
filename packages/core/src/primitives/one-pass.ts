import { isGradEnabled } from '../autograd/mode.ts';
import { completed, type KernelRow, notDifferentiable, type Primitive } from '../autograd/primitive.ts';
import { apply } from '../dispatch.ts';
import { isFloat } from '../dtype.ts';
import { broadcastShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { broadcastTo, constant } from './operand.ts';
import { type Recording, recorded } from './recording.ts';

/** A function of tensors, and of numbers after them, that is composed of elementwise ops. */
export type Composition = (...operands: Tensor[]) => Tensor | null;

type Row = KernelRow<readonly number[]>;

/**
 * A composition of elementwise ops in one pass over memory: as one kernel, if the backend has it and the tape takes no
 * part, else op by op. The results are the same to the last bit, but where an op itself multiplies and adds with a single
 * rounding. It is written down when it is first asked for.
 */
export class OnePass {
  readonly #name: string;
  readonly #tensors: number;
  readonly #numbers: number;
  readonly #compose: Composition;
  #recording: Recording | null | undefined;
  #row: (Row & Primitive<readonly number[]>) | undefined;

  constructor(name: string, tensors: number, numbers: number, compose: Composition) {
    this.#name = name;
    this.#tensors = tensors;
    this.#numbers = numbers;
    this.#compose = compose;
  }

  get recording(): Recording | null {
    if (this.#recording === undefined) {
      this.#recording = recorded(this.#name, this.#tensors, this.#numbers, this.#compose);
    }
    return this.#recording;
  }

  /** How many ops it is composed of. */
  get ops(): number {
    return this.recording?.ops ?? 0;
  }

  /** Which of the tensors the result depends on. */
  get reads(): readonly number[] {
    return this.recording?.reads ?? [];
  }

  /** Calls it with the tensors that it reads, all of one dtype. */
  call(read: readonly Tensor[], numbers: readonly number[]): Tensor | null {
    const [first] = read;
    if (this.recording === null || first === undefined) return null;
    if (this.ops === 0) return first;
    const isRecorded = isGradEnabled() && read.some(({ requiresGrad }) => requiresGrad);
    return !isRecorded && this.fits(read) ? apply(this.row, read, numbers) : this.#composed(read, numbers);
  }

  /** Whether there is a kernel for these tensors. */
  fits(read: readonly Tensor[]): boolean {
    const { recording } = this;
    const [first] = read;
    if (recording === null || first === undefined || !isFloat(first.dtype)) return false;
    return (
      read.every(({ dtype }) => dtype === first.dtype) &&
      first.storage.backend.fuses(recording.program, read.length + this.#numbers, first.dtype)
    );
  }

  /** The kernel as a primitive that knows no gradient. */
  get row(): Row & Primitive<readonly number[]> {
    this.#row ??= completed<readonly number[], Row>({
      ...this.kernel,
      vjp: notDifferentiable('what is recorded is composed'),
    });
    return this.#row;
  }

  /** What a row of the kernel is made of, but for its gradient. */
  get kernel(): Omit<Row, 'vjp'> {
    return {
      name: this.#name,
      isElementwise: true,
      samples: [],
      infer: (inputs) => ({
        shape: broadcastShapes(
          this.#name,
          inputs.map(({ shape }) => shape),
        ),
        dtype: inputs[0].dtype,
      }),
      forward: (backend, inputs, out, numbers) => {
        if (this.recording === null) return;
        const views = inputs.map((x) => broadcastTo(x, out));
        backend.fused(this.recording.program, views, numbers, out);
      },
    };
  }

  /** Op by op. What it does not read may be anything of the right shape. */
  #composed(read: readonly Tensor[], numbers: readonly number[]): Tensor | null {
    const { dtype } = read[0] as Tensor;
    const shape = broadcastShapes(
      this.#name,
      read.map((each) => each.shape),
    );
    const operands = Array.from({ length: this.#tensors }, () => constant(shape, 1, dtype));
    for (const [i, index] of this.reads.entries()) operands[index] = read[i] as Tensor;
    return this.#compose(...operands, ...numbers.map((value) => constant([], value, dtype)));
  }
}

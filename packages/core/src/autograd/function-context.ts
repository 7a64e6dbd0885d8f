import { checkTensor } from '../primitives/operand.ts';
import type { Tensor } from '../tensor.ts';
import { type SavedTensor, save } from './saved.ts';
import { type Edge, freed, type SavedMeta } from './tape.ts';

/**
 * What the forward of a custom `Function` leaves for its backward. Plain values may be put on it as fields:
 * `ctx: autograd.FunctionCtx<[Tensor]> & { scale: number }`.
 *
 * @typeParam S the tensors that are saved
 */
export class FunctionCtx<S extends readonly (Tensor | null)[] = Tensor[]> {
  /** For each input whether its gradient is wanted; in a backward, whether it is wanted of that backward. */
  needsInputGrad: readonly boolean[];
  /** @internal */
  readonly dirty = new Set<Tensor>();
  /** @internal */
  readonly nonDifferentiable = new Set<Tensor>();
  /** @internal */
  materializeGrads = true;
  readonly #name: string;
  #given: S | null = null;
  #saved: (SavedTensor | null)[] | null = [];

  /** @internal */
  constructor(name: string, needsInputGrad: readonly boolean[]) {
    this.#name = name;
    this.needsInputGrad = needsInputGrad;
  }

  /**
   * Keeps inputs, outputs or other tensors for `savedTensors`; to be called once. They are freed with the graph, and
   * an in-place op on one of them is an error in the backward.
   */
  saveForBackward(...tensors: S): void {
    for (const each of tensors) if (each !== null) checkTensor('saveForBackward', each);
    this.#given = tensors;
  }

  /** What `saveForBackward` was given: differentiable where it was an input or an output. */
  get savedTensors(): S {
    if (this.#given !== null) return this.#given;
    if (this.#saved === null) throw freed(this.#name);
    return this.#saved.map((each) => each?.unpack(this.#name) ?? null) as readonly (Tensor | null)[] as S;
  }

  /** Says which inputs the forward has overwritten; they must be outputs, too. */
  markDirty(...inputs: Tensor[]): void {
    for (const each of inputs) this.dirty.add(checkTensor('markDirty', each));
  }

  /** Says which outputs have no gradient. Integers never have one. */
  markNonDifferentiable(...outputs: Tensor[]): void {
    for (const each of outputs) this.nonDifferentiable.add(checkTensor('markNonDifferentiable', each));
  }

  /** Whether backward is given zeros for outputs that no gradient came to, or `null`. Default true. */
  setMaterializeGrads(value: boolean): void {
    this.materializeGrads = value;
  }

  /** @internal Ends the forward: what it gave is saved, with the history that each is to come back with. */
  seal(historyOf: (tensor: Tensor) => Edge | null): void {
    this.#saved = (this.#given ?? []).map((each) => each && save(each, historyOf(each)));
    this.#given = null;
  }

  /** @internal What a node shows of what is kept. */
  get kept(): SavedMeta[] {
    return (this.#saved ?? []).flatMap((each, which) =>
      each === null ? [] : [{ which, ...each.meta, isPacked: each.isPacked }],
    );
  }

  /** @internal */
  release(): void {
    if (this.#saved?.length) this.#saved = null;
  }
}

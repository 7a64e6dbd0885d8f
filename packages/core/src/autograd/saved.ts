import { GradError } from '../errors.ts';
import { sameShape, showShape } from '../shape.ts';
import type { Storage } from '../storage.ts';
import type { Tensor } from '../tensor.ts';
import { noGrad } from './mode.ts';
import type { Meta } from './primitive.ts';
import { Scoped } from './scoped.ts';
import type { Edge } from './tape.ts';

/** A tensor as it was when an op saved it. */
export interface SavedTensor {
  /** @throws GradError if it was overwritten since; `op` is who asks */
  unpack(op: string): Tensor;
  readonly meta: Meta;
  /** True if hooks have put something else in its place. */
  readonly isPacked: boolean;
}

/** What is kept in the place of a saved tensor, and how to come by the tensor again. */
export interface SavedTensorsHooks {
  pack(tensor: Tensor): unknown;
  unpack(packed: unknown): Tensor;
}

/** The hooks through which tensors are saved; `null` where they are kept as they are. */
export const savingHooks = new Scoped<SavedTensorsHooks | null>(null);

/** Saves a tensor with the history that it is to come back with. */
export function save(tensor: Tensor, history: Edge | null): SavedTensor {
  const hooks = savingHooks.value;
  return hooks === null ? new Kept(tensor, history) : new Packed(tensor, history, hooks);
}

/** Keeps the tensor itself. */
export class Kept implements SavedTensor {
  readonly isPacked = false;
  readonly #tensor: Tensor;
  readonly #version: number;
  readonly #history: Edge | null;

  constructor(tensor: Tensor, history: Edge | null) {
    this.#tensor = tensor;
    this.#version = tensor.storage.version;
    this.#history = history;
  }

  get meta(): Meta {
    const { shape, dtype } = this.#tensor;
    return { shape, dtype };
  }

  unpack(op: string): Tensor {
    checkVersion(op, this.#tensor, this.#version);
    return this.#tensor.withHistory(this.#history);
  }
}

class Packed implements SavedTensor {
  readonly isPacked = true;
  readonly meta: Meta;
  readonly #packed: unknown;
  readonly #hooks: SavedTensorsHooks;
  /** Not held: the hooks may have put the elements elsewhere so that it goes. */
  readonly #storage: WeakRef<Storage>;
  readonly #version: number;
  readonly #history: Edge | null;

  constructor(tensor: Tensor, history: Edge | null, hooks: SavedTensorsHooks) {
    const { shape, dtype, storage } = tensor;
    this.meta = { shape, dtype };
    this.#storage = new WeakRef(storage);
    this.#version = storage.version;
    this.#history = history;
    this.#hooks = hooks;
    this.#packed = noGrad(() => hooks.pack(tensor.detach()));
  }

  unpack(op: string): Tensor {
    const tensor = noGrad(() => this.#hooks.unpack(this.#packed));
    const { shape, dtype } = this.meta;
    if (!sameShape(tensor.shape, shape) || tensor.dtype !== dtype) {
      throw new GradError({
        op,
        got: `${tensor.dtype} ${showShape(tensor.shape)} from an unpack hook, for a saved tensor of ${dtype} ${showShape(shape)}`,
        want: 'the tensor that was packed',
      });
    }
    if (tensor.storage === this.#storage.deref()) checkVersion(op, tensor, this.#version);
    return tensor.detach().withHistory(this.#history);
  }
}

function checkVersion(op: string, { storage, shape }: Tensor, saved: number): void {
  if (storage.version === saved) return;
  throw new GradError({
    op,
    got: `a saved tensor of shape ${showShape(shape)} that ${storage.writer} has since overwritten (version ${storage.version}, saved at ${saved})`,
    want: `the elements that ${op} saw, to compute its gradient`,
    fix: `Use the op that ${storage.writer} is the in-place form of, or give ${op} a clone().`,
  });
}

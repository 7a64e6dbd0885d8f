import { isGradEnabled } from './autograd/mode.ts';
import type { Inputs, KernelRow, Meta, Primitive, ViewRow } from './autograd/primitive.ts';
import { record } from './autograd/tape.ts';
import type { Backend } from './backend/backend.ts';
import { defaultBackend } from './backend/select.ts';
import { ArgumentError, ShapeError } from './errors.ts';
import { checkRoom, contiguousStrides, numelOf, showShape } from './shape.ts';
import type { Storage } from './storage.ts';
import { Tensor } from './tensor.ts';

/** Called after each primitive: for tracers, profilers and pictures of the graph. */
export type Observer = (
  primitive: Primitive<unknown>,
  inputs: readonly Tensor[],
  out: Tensor,
  params: unknown,
) => void;

/** A call of a primitive that is about to run. */
export interface Call {
  readonly primitive: Primitive<unknown>;
  readonly inputs: readonly Tensor[];
  readonly params: unknown;
  /** What an in-place op writes its result to; `null` for a result that is a new tensor. */
  readonly into: Tensor | null;
}

/**
 * Called before each primitive; what it returns is called after it with the result, unless it threw. The tensors are
 * not to be kept: their memory may be freed soon.
 */
export type Probe = (call: Call) => ((out: Tensor) => void) | undefined;

const probes = new Set<Probe>();
let observers = 0;

/** Watches every primitive that runs from now on; gives a function that stops watching. */
export function observe(observer: Observer): () => void {
  checkWatcher('observe', observer);
  const stop = probe(
    ({ primitive, inputs, params }) =>
      (out) =>
        observer(primitive, inputs, out, params),
  );
  observers++;
  return () => {
    if (stop()) observers--;
  };
}

/**
 * Watches every primitive that runs from now on, before and after, without a change to what becomes of its memory: for
 * profilers. Gives a function that stops watching, which tells whether it did so just now. Kernels may still be running
 * afterwards: who measures time waits for them.
 *
 * @example
 * ```ts
 * const stop = probe(({ primitive }) => {
 *   synchronize();
 *   const start = performance.now();
 *   return () => {
 *     synchronize();
 *     console.log(primitive.name, performance.now() - start);
 *   };
 * });
 * ```
 */
export function probe(watcher: Probe): () => boolean {
  checkWatcher('probe', watcher);
  // An entry of its own, as the same function may watch twice.
  const entry: Probe = (call) => watcher(call);
  probes.add(entry);
  return () => probes.delete(entry);
}

/** Runs `body` while one looks on, and nobody else: for what runs ops to see how they hang together. */
export function watchedBy<T>(watcher: Probe, body: () => T): T {
  const others = [...probes];
  const watchOnly = (watchers: readonly Probe[]) => {
    probes.clear();
    for (const each of watchers) probes.add(each);
  };
  watchOnly([watcher]);
  try {
    return body();
  } finally {
    watchOnly(others);
  }
}

/** @throws ArgumentError for what would only fail at the next op */
function checkWatcher(op: string, watcher: unknown): void {
  if (typeof watcher === 'function') return;
  throw new ArgumentError({ op, got: `a ${typeof watcher}`, want: 'a function, called for each primitive' });
}

/** True while somebody watches who may keep what they are shown. */
export function isObserved(): boolean {
  return observers > 0;
}

let allocated: Set<Storage> | null = null;

/** Notes the storage of every result from now on; gives a function that goes back to what was before. */
export function trackAllocations(into: Set<Storage> | null): () => void {
  const before = allocated;
  allocated = into;
  return () => {
    allocated = before;
  };
}

/** The one point through which every op passes: runs a primitive and writes it on the tape. */
export function apply<P>(primitive: Primitive<P>, inputs: readonly Tensor[], params: P): Tensor {
  if (probes.size === 0) return perform(primitive, inputs, params);
  const call = { primitive: primitive as Primitive<unknown>, inputs, params, into: null };
  return watched(call, () => perform(primitive, inputs, params));
}

/** Runs a primitive's kernel into a tensor that is there already, for in-place ops; the tape takes no part. */
export function applyInto<P>(
  primitive: Primitive<P> & KernelRow<P>,
  inputs: readonly Tensor[],
  params: P,
  into: Tensor,
): void {
  into.storage.isInitial = false;
  into.storage.willChange();
  const fill = () => {
    primitive.forward(into.storage.backend, inputs as Inputs<Tensor>, into, params);
    return into;
  };
  if (probes.size === 0) fill();
  else watched({ primitive: primitive as Primitive<unknown>, inputs, params, into }, fill);
}

function watched(call: Call, run: () => Tensor): Tensor {
  const ends = [...probes].map((each) => each(call));
  const out = run();
  for (const end of ends) end?.(out);
  return out;
}

function perform<P>(primitive: Primitive<P>, inputs: readonly Tensor[], params: P): Tensor {
  const out = 'view' in primitive ? look(primitive, inputs, params) : run(primitive, inputs, params);
  record(primitive, params, inputs, out);
  return out;
}

function run<P>(row: KernelRow<P>, given: readonly Tensor[], params: P): Tensor {
  const inputs = given as Inputs<Tensor>;
  const backend = backendOf(inputs);
  const out = newTensor(row.name, backend, row.infer(inputs, params));
  row.forward(backend, inputs, out, params);
  return out;
}

function look<P>(row: Primitive<P> & ViewRow<P>, [parent]: readonly Tensor[], params: P): Tensor {
  if (parent === undefined) throw new TypeError(`${row.name} is a view of nothing`);
  const geometry = row.view(parent, params);
  if (geometry === null) return lookAtCopy(row, parent, params);
  return new Tensor(parent.storage, geometry, {
    parent,
    primitive: row,
    params,
    recorded: isGradEnabled(),
    version: parent.storage.version,
  });
}

function lookAtCopy<P>(row: Primitive<P> & ViewRow<P>, x: Tensor, params: P): Tensor {
  const copy = newTensor(row.name, x.storage.backend, x);
  x.storage.backend.copy(x, copy);
  const geometry = row.view(copy, params);
  if (geometry !== null) return new Tensor(copy.storage, geometry);
  throw new ShapeError({
    op: row.name,
    got: `shape ${showShape(x.shape)}`,
    want: 'as many elements as there are',
  });
}

function newTensor(op: string, backend: Backend, { shape, dtype }: Meta): Tensor {
  const storage = backend.allocate(dtype, numelOf(checkRoom(op, shape)));
  allocated?.add(storage);
  return new Tensor(storage, { shape, strides: contiguousStrides(shape), offset: 0 });
}

function backendOf(inputs: readonly Tensor[]): Backend {
  return inputs[0]?.storage.backend ?? defaultBackend;
}

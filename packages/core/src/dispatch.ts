import { isGradEnabled } from './autograd/mode.ts';
import type { Inputs, KernelRow, Meta, Primitive, ViewRow } from './autograd/primitive.ts';
import { record } from './autograd/tape.ts';
import type { Backend } from './backend/backend.ts';
import { defaultBackend } from './backend/select.ts';
import { ShapeError } from './errors.ts';
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

const observers = new Set<Observer>();

/** Watches every primitive that runs from now on; gives a function that stops watching. */
export function observe(observer: Observer): () => void {
  observers.add(observer);
  return () => void observers.delete(observer);
}

/** True while somebody watches, who may keep what they are shown. */
export function isObserved(): boolean {
  return observers.size > 0;
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
  const out = 'view' in primitive ? look(primitive, inputs, params) : run(primitive, inputs, params);
  record(primitive, params, inputs, out);
  for (const observer of observers) observer(primitive, inputs, out, params);
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

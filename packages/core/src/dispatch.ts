import { isGradEnabled } from './autograd/mode.ts';
import type { Inputs, KernelRow, Meta, Primitive, ViewRow } from './autograd/primitive.ts';
import { record } from './autograd/tape.ts';
import type { Backend } from './backend/backend.ts';
import { defaultBackend } from './backend/select.ts';
import { contiguousStrides, numelOf } from './shape.ts';
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
  const out = newTensor(backend, row.infer(inputs, params));
  row.forward(backend, inputs, out, params);
  return out;
}

function look<P>(row: Primitive<P> & ViewRow<P>, [parent]: readonly Tensor[], params: P): Tensor {
  if (parent === undefined) throw new TypeError(`${row.name} is a view of nothing`);
  const geometry = row.view(parent, params);
  if (geometry === null) return look(row, [contiguousCopy(parent)], params).detach();
  return new Tensor(parent.storage, geometry, {
    parent,
    primitive: row,
    params,
    recorded: isGradEnabled(),
    version: parent.storage.version,
  });
}

function contiguousCopy(x: Tensor): Tensor {
  const copy = newTensor(x.storage.backend, x);
  x.storage.backend.copy(x, copy);
  return copy;
}

function newTensor(backend: Backend, { shape, dtype }: Meta): Tensor {
  return new Tensor(backend.allocate(dtype, numelOf(shape)), {
    shape,
    strides: contiguousStrides(shape),
    offset: 0,
  });
}

function backendOf(inputs: readonly Tensor[]): Backend {
  return inputs[0]?.storage.backend ?? defaultBackend;
}

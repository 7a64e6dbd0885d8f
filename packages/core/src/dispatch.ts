import { isGradEnabled } from './autograd/mode.ts';
import type { Inputs, KernelRow, Primitive, ViewRow } from './autograd/primitive.ts';
import { record } from './autograd/tape.ts';
import type { Backend } from './backend/backend.ts';
import { defaultBackend } from './backend/select.ts';
import { contiguousStrides, numelOf } from './shape.ts';
import { Tensor } from './tensor.ts';

/** Called after each primitive: for tracers, profilers and pictures of the graph. */
export type Observer = (primitive: Primitive<unknown>, inputs: readonly Tensor[], out: Tensor) => void;

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
  for (const observer of observers) observer(primitive, inputs, out);
  return out;
}

function run<P>(row: KernelRow<P>, given: readonly Tensor[], params: P): Tensor {
  const inputs = given as Inputs<Tensor>;
  const { shape, dtype } = row.infer(inputs, params);
  const backend = backendOf(inputs);
  const storage = backend.allocate(dtype, numelOf(shape));
  const out = new Tensor(storage, { shape, strides: contiguousStrides(shape), offset: 0 });
  row.forward(backend, inputs, out, params);
  return out;
}

function look<P>(row: Primitive<P> & ViewRow<P>, [parent]: readonly Tensor[], params: P): Tensor {
  if (parent === undefined) throw new TypeError(`${row.name} is a view of nothing`);
  return new Tensor(parent.storage, row.view(parent, params), {
    parent,
    primitive: row,
    params,
    recorded: isGradEnabled(),
    version: parent.storage.version,
  });
}

function backendOf(inputs: readonly Tensor[]): Backend {
  return inputs[0]?.storage.backend ?? defaultBackend;
}

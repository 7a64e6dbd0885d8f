import type { Tensor } from '@retrograd/core';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { isUninitialized, UninitializedBuffer, UninitializedParameter } from './uninitialized.ts';

/**
 * A module like another, with parameters, buffers and modules of its own that begin with the same numbers; what is
 * shared within the module is shared within the copy. Everything else in its fields is the same, hooks are left behind.
 * No constructor runs, and nothing is drawn. `#private` fields of classes below `Module` do not come along.
 */
export function copyOf<M extends Module>(module: M): M {
  return copied(module, new Map()) as M;
}

function copied(value: unknown, made: Map<unknown, unknown>): unknown {
  if (made.has(value)) return made.get(value);
  if (value instanceof Module) return copiedModule(value, made);
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    made.set(value, list);
    for (const item of value) list.push(copied(item, made));
    return list;
  }
  if (!(value instanceof Parameter)) return value;
  const parameter = copiedParameter(value);
  made.set(value, parameter);
  return parameter;
}

function copiedParameter(parameter: Parameter): Parameter {
  const { requiresGrad, dtype } = parameter;
  if (isUninitialized(parameter)) return new UninitializedParameter({ requiresGrad, dtype });
  return new Parameter(parameter.detach().clone(), { requiresGrad });
}

function copiedBuffer(buffer: Tensor): Tensor {
  return isUninitialized(buffer) ? new UninitializedBuffer(buffer) : buffer.detach().clone();
}

function copiedModule(module: Module, made: Map<unknown, unknown>): Module {
  // Only the base's constructor runs, for an object of the module's own class.
  const copy: Module = Reflect.construct(Module, [], module.constructor);
  made.set(module, copy);
  const buffers = new Map<string, Tensor>(module.namedBuffers({ recurse: false }));
  const persistent = new Set([...module.ownState()].map(([name]) => name));
  for (const [name, value] of Object.entries(module)) {
    const buffer = buffers.get(name);
    if (buffer === undefined) Reflect.set(copy, name, copied(value, made));
    else copy.registerBuffer(name, copiedBuffer(buffer), { persistent: persistent.has(name) });
  }
  return copy;
}

import { gradcheck, gradgradcheck, manualSeed, Tensor } from '@retrograd/core';
import { type Layout, laidOut, layouts } from '@retrograd/core/testing';
import * as nn from '@retrograd/nn';
import { describe, expect, it } from 'vitest';
import { moduleSamples } from './module-samples.ts';
import { decodeInputs, plain } from './torch-cases/call.ts';
import { built, type ModuleCase, moduleCases, trailing } from './torch-cases/modules.ts';
import { inputPaths } from './torch-cases/replay.ts';
import { tensorsIn, type Value } from './torch-cases/values.ts';

// Gradients of first and second order against central differences: of every module, for its inputs and parameters, on
// its smallest recorded case, or else a sample. The list of modules is nn's own, so that none is left out.

/** Modules that are not called, and why. */
const exceptions: Readonly<Record<string, string>> = {
  ModuleDict: 'It has no forward.',
  ModuleList: 'It has no forward.',
  ParameterDict: 'It has no forward.',
  ParameterList: 'It has no forward.',
};

/** The names of all modules that there are. */
const names = Object.entries(nn)
  .filter(([, value]) => typeof value === 'function' && value.prototype instanceof nn.Module)
  .map(([name]) => name);

/** The smallest case whose gradients are slopes. */
function smallest(name: string): ModuleCase | undefined {
  const size = ({ args, state_dict }: ModuleCase) => JSON.stringify([args, state_dict]).length;
  return moduleCases
    .filter(({ module, dtype, grads, param_grads, fd_relerr = 0 }) => {
      const hasGradients = grads !== undefined || param_grads !== undefined;
      return module === `nn.${name}` && dtype === 'float64' && hasGradients && fd_relerr <= 1e-4;
    })
    .sort((a, b) => size(a) - size(b))[0];
}

/** A module and what it is called with. */
interface Call {
  readonly module: nn.Module;
  readonly args: readonly Value[];
  readonly kwargs: Readonly<Record<string, Value>>;
}

function callOf(name: string): Call | null {
  const recorded = smallest(name);
  if (recorded !== undefined) return { module: built(recorded), ...decodeInputs(recorded) };
  const [module, ...args] = moduleSamples[name]?.() ?? [];
  return module === undefined ? null : { module: module.to('float64'), args: args as Value[], kwargs: {} };
}

/** A module as a function of what has a gradient: inputs first, then parameters. */
function asFunction({ module, args, kwargs }: Call, layout: (rank: number) => Layout) {
  const parameters = [...module.namedParameters()];
  const leaves = [...inputPaths({ args, kwargs })]
    .filter(([, tensor]) => tensor.requiresGrad)
    .map(([, leaf]) => leaf);
  const fn = (...given: Tensor[]): Tensor[] => {
    const byLeaf = new Map(leaves.map((leaf, i) => [leaf, given[i] as Tensor]));
    const swapped = parameters.map(([name], i) => [name, given[leaves.length + i] as Tensor] as const);
    const call = [
      ...(replaced(args, byLeaf) as Value[]),
      ...trailing(replaced(kwargs, byLeaf) as Record<string, Value>),
    ];
    manualSeed(0);
    const output = nn.functionalCall(module, Object.fromEntries(swapped), call as never) as Value;
    return tensorsIn(plain(output), 'output')
      .map(([, tensor]) => tensor)
      .filter((tensor) => tensor.isFloatingPoint && tensor.requiresGrad);
  };
  const start = [...leaves, ...parameters.map(([, parameter]) => parameter)].map(({ data, shape }) =>
    laidOut(data, shape, 'float64', layout(shape.length)).requiresGrad_(),
  );
  return { fn, inputs: start };
}

function replaced(value: Value | Readonly<Record<string, Value>>, by: ReadonlyMap<Tensor, Tensor>): Value {
  if (value instanceof Tensor) return by.get(value) ?? value;
  if (Array.isArray(value)) return value.map((item) => replaced(item, by));
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaced(item, by)]));
  return value as Value;
}

describe.each(names.filter((name) => !(name in exceptions)))('nn.%s', (name) => {
  it.each(['contiguous', 'spaced'] as const)('%s', (layout) => {
    const call = callOf(name);
    if (call === null) throw new Error('neither a recorded case nor a sample in module-samples.ts');
    const { fn, inputs } = asFunction(call, layouts[layout] as (typeof layouts)[string]);
    expect(gradcheck(fn, inputs, { fastMode: true })).toBe(true);
    expect(gradgradcheck(fn, inputs, { fastMode: true })).toBe(true);
  });
});

it('has no sample or exception too many', () => {
  const listed = [...Object.keys(moduleSamples), ...Object.keys(exceptions)];
  expect(listed.filter((name) => !names.includes(name) || smallest(name) !== undefined)).toEqual([]);
});

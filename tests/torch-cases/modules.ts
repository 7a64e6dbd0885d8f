import type { DType, Tensor } from '@retrograd/core';
import * as nn from '@retrograd/nn';
import { camelCase, decodeInputs, plain } from './call.ts';
import type { Recorded } from './case.ts';
import { difference, first, toleranceFor } from './compare.ts';
import { recording } from './ops.ts';
import { type Gradients, gradients, inputPaths, labelled } from './replay.ts';
import { decode, type Value } from './values.ts';

type Dict = Readonly<Record<string, Recorded>>;

/** A module: how it was constructed, filled, called, and what came of it. */
export interface ModuleCase extends Gradients {
  readonly id: string;
  readonly module: string;
  readonly dtype: DType;
  readonly training: boolean;
  readonly ctor_args: readonly Recorded[];
  readonly ctor_kwargs: Dict;
  readonly state_dict: Dict;
  readonly args: readonly Recorded[];
  readonly kwargs: Dict;
  readonly output: Recorded;
  readonly param_grads?: Dict;
  readonly state_dict_after?: Dict;
  readonly f32_maxabs_err?: Readonly<{ output?: number; grads?: number }>;
  /** How far the recorded gradient is from central differences. */
  readonly fd_relerr?: number;
}

/** Every recorded use of a module. */
export const moduleCases = recording<ModuleCase>('torch-modules.jsonl.gz');

type AnyModule = nn.Module & { forward(...args: Value[]): Value };
type Construct = new (...args: unknown[]) => AnyModule;

/** The class of a recorded module (`nn.Conv2d`), if it exists here. */
export function classOf(module: string): Construct | undefined {
  return (nn as unknown as Readonly<Record<string, Construct>>)[module.replace('nn.', '')];
}

/** PyTorch's positions are ours, and its keywords are our options. */
export function trailing(kwargs: Readonly<Record<string, Value>>): Value[] {
  const options = Object.entries(kwargs).map(([key, value]) => [camelCase(key), value] as const);
  return options.length === 0 ? [] : [Object.fromEntries(options)];
}

function decodedTensors(dict: Dict = {}): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(dict).map(([key, value]) => [key, decode(value) as Tensor]));
}

/** A recorded module, filled and in its mode. @throws Error for one whose state dict differs */
export function built(recorded: ModuleCase): AnyModule {
  const Class = classOf(recorded.module);
  if (Class === undefined) throw new Error('no such module');
  const call = decodeInputs({ args: recorded.ctor_args, kwargs: recorded.ctor_kwargs });
  const module = new Class(...call.args, ...trailing(call.kwargs)).to(recorded.dtype);
  const state = decodedTensors(recorded.state_dict);
  const [keys, wanted] = [Object.keys(module.stateDict()), Object.keys(state)].map(String);
  if (keys !== wanted) throw new Error(`state dict of ${keys} instead of ${wanted}`);
  module.loadStateDict(state);
  return module.train(recorded.training);
}

/** What is wrong with a recorded module here, or `null`. */
export function problemWithModule(recorded: ModuleCase): string | null {
  const module = built(recorded);
  const inputs = decodeInputs(recorded);
  const output = plain(module.forward(...inputs.args, ...trailing(inputs.kwargs)));
  const tolerance = (dtype: string) => toleranceFor(dtype, recorded.f32_maxabs_err?.output);
  const after = module.stateDict();
  const leaves = new Map([...inputPaths(inputs), ...module.namedParameters()]);
  return first([
    difference(output, decode(recorded.output), tolerance, false),
    ...Object.entries(decodedTensors(recorded.state_dict_after)).map(([key, want]) =>
      labelled(`${key} afterwards`, difference(after[key], want, tolerance, false)),
    ),
    ...gradients({ ...recorded, grads: { ...recorded.grads, ...recorded.param_grads } }, leaves, output),
  ]);
}

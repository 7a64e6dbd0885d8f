import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { grad, Tensor } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import type { Recorded } from '../../../tests/torch-cases/case.ts';
import { difference, toleranceFor } from '../../../tests/torch-cases/compare.ts';
import { decode, type Value } from '../../../tests/torch-cases/values.ts';
import * as nn from './index.ts';

// Modules recorded from PyTorch's own module tests: constructed, filled from a state dict, called and differentiated.
// The recording has 4 more cases of these layers, with arguments that are not offered (return_indices, padding_mode).

type Dict = Readonly<Record<string, Recorded>>;

interface ModuleCase {
  readonly id: string;
  readonly module: string;
  readonly dtype: 'float32' | 'float64';
  readonly training: boolean;
  readonly ctor_args: readonly Recorded[];
  readonly ctor_kwargs: Dict;
  readonly state_dict: Dict;
  readonly args: readonly Recorded[];
  readonly output: Recorded;
  readonly cotangents?: Dict;
  readonly grads?: Dict;
  readonly param_grads?: Dict;
  readonly state_dict_after?: Dict;
  readonly f32_maxabs_err?: Readonly<{ output?: number; grads?: number }>;
}

const fixture = new URL('../../../tests/fixtures/torch-modules.jsonl.gz', import.meta.url);
const cases = gunzipSync(readFileSync(fixture))
  .toString()
  .trim()
  .split('\n')
  .map((line): ModuleCase => JSON.parse(line));

type Construct = new (...args: unknown[]) => nn.Module & { forward(...args: Value[]): Value };

/** The recorded call of the constructor: PyTorch's positions are ours, and its keywords are our options. */
function construct({ module, dtype, ctor_args, ctor_kwargs }: ModuleCase) {
  const layer = (nn as unknown as Record<string, Construct>)[module.replace('nn.', '')] as Construct;
  const options = Object.entries(ctor_kwargs).map(([key, value]) => [camelCase(key), decode(value)] as const);
  const trailing = options.length === 0 ? [] : [Object.fromEntries(options)];
  return new layer(...ctor_args.map(decode), ...trailing).to(dtype);
}

function camelCase(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

function decoded(dict: Dict = {}): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(dict).map(([key, value]) => [key, decode(value) as Tensor]));
}

describe.each(cases)('$id', (recorded) => {
  const noise = recorded.f32_maxabs_err ?? {};
  const expectSame = (got: Value, want: Value, what: string, scaled: boolean) => {
    const slack = scaled ? noise.grads : noise.output;
    expect(
      difference(got, want, (dtype) => toleranceFor(dtype, slack), scaled),
      what,
    ).toBe(null);
  };

  it('is PyTorch’s', () => {
    const module = construct(recorded);
    const state = decoded(recorded.state_dict);
    expect(Object.keys(module.stateDict())).toEqual(Object.keys(state));
    module.loadStateDict(state);
    module.train(recorded.training);

    const args = recorded.args.map(decode);
    const output = module.forward(...args);
    expectSame(output, decode(recorded.output), 'output', false);

    const after = module.stateDict();
    for (const [key, want] of Object.entries(decoded(recorded.state_dict_after)))
      expectSame(after[key], want, key, false);

    const parameters = new Map<string, Value>(module.namedParameters());
    const leafAt = (path: string) => args[Number(path.replace('args.', ''))];
    const gradients = [
      ...Object.entries(decoded(recorded.grads)).map(([path, want]) => ({ of: leafAt(path), want, path })),
      ...Object.entries(decoded(recorded.param_grads)).map(([path, want]) => ({
        of: parameters.get(path),
        want,
        path,
      })),
    ];
    const cotangent = decoded(recorded.cotangents).output;
    if (cotangent === undefined || !(output instanceof Tensor)) return;
    const leaves = gradients.map(({ of }) => of as Tensor);
    const found = grad(output, leaves, { gradOutputs: cotangent });
    for (const [i, { path, want }] of gradients.entries()) expectSame(found[i], want, `∂/∂ ${path}`, true);
  });
});

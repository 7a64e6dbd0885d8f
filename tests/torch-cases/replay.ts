import { grad, RetrogradError, Tensor } from '@retrograd/core';
import { type Decoded, decodeInputs, type Spelling } from './call.ts';
import type { Recorded, TorchCase } from './case.ts';
import { difference, first, toleranceFor } from './compare.ts';
import { decode, tensorsIn, type Value } from './values.ts';

/** Makes a recorded call in one spelling; says what is wrong with the result, or `null`. */
export function replay(torchCase: TorchCase, spelling: Spelling): string | null {
  const inputs = decodeInputs(torchCase);
  if (torchCase.kind === 'error') return refuses(spelling, inputs);
  const output = spelling.run(inputs.args, inputs.kwargs);
  const noise = torchCase.f32_maxabs_err ?? {};
  return first([
    difference(output, decode(torchCase.output ?? null), (dtype) => toleranceFor(dtype, noise.output), false),
    ...changes(torchCase, inputs),
    ...gradients(torchCase, inputPaths(inputs), output),
  ]);
}

/** The call must be refused by an error that teaches. */
function refuses(spelling: Spelling, { args, kwargs }: Decoded): string | null {
  try {
    spelling.run(args, kwargs);
    return 'nothing was thrown';
  } catch (error) {
    if (error instanceof RetrogradError) return null;
    return `a ${error instanceof Error ? error.stack : error} instead of a RetrogradError`;
  }
}

function changes({ inputs_after = {} }: TorchCase, inputs: Decoded): (string | null)[] {
  const now = inputPaths(inputs);
  return Object.entries(inputs_after).map(([path, after]) =>
    labelled(`${path} afterwards`, difference(now.get(path), decode(after), toleranceFor, false)),
  );
}

/** What the gradients of a call are compared with. */
export interface Gradients {
  readonly cotangents?: Readonly<Record<string, Recorded>>;
  readonly grads?: Readonly<Record<string, Recorded>>;
  readonly f32_maxabs_err?: Readonly<{ grads?: number }>;
}

/** Every recorded gradient of Σ ⟨output, cotangent⟩, of the leaves at the recorded paths. */
export function gradients(
  { cotangents = {}, grads, f32_maxabs_err = {} }: Gradients,
  leaves: ReadonlyMap<string, Tensor>,
  output: Value,
): (string | null)[] {
  if (grads === undefined) return [];
  const outputs = new Map(tensorsIn(output, 'output'));
  const wanted = Object.entries(cotangents).map(
    ([path, value]) => [outputs.get(path), decode(value)] as const,
  );
  const paths = Object.keys(grads);
  const roots = wanted.map(([root]) => root).filter((root) => root instanceof Tensor);
  const found = grad(
    roots,
    paths.map((path) => leaves.get(path) as Tensor),
    { gradOutputs: wanted.map(([, cotangent]) => cotangent as Tensor), allowUnused: true },
  );
  return paths.map((path, i) => {
    const [got, want] = [found[i] ?? null, decode(grads[path] ?? null)];
    const tolerance = (dtype: string) => toleranceFor(dtype, f32_maxabs_err.grads);
    // Where PyTorch's autograd gives None, zeros are as good, and the other way round.
    if (got === null || want === null) return labelled(`the gradient of ${path}`, onlyZeros(got ?? want));
    return labelled(`the gradient of ${path}`, difference(got, want, tolerance, true));
  });
}

function onlyZeros(value: Value): string | null {
  if (!(value instanceof Tensor)) return null;
  return value.data.every((x) => x === 0) ? null : 'is missing on one side and not zero on the other';
}

export function inputPaths({ args, kwargs }: Decoded): Map<string, Tensor> {
  const named = Object.entries(kwargs).flatMap(([name, value]) => tensorsIn(value, `kwargs.${name}`));
  return new Map([...tensorsIn(args, 'args'), ...named]);
}

export function labelled(what: string, problem: string | null): string | null {
  return problem && `${what}: ${problem}`;
}

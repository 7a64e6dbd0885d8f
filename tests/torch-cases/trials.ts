import { type Decoded, decodeInputs, spellingsOf } from './call.ts';
import type { TorchCase } from './case.ts';
import { classOf, type ModuleCase, moduleCases, trailing } from './modules.ts';
import { casesByOp } from './ops.ts';

/** A recorded call that can be made with other arguments. */
export interface Trial {
  readonly name: string;
  readonly inputs: Pick<TorchCase, 'args' | 'kwargs'>;
  run(inputs: Decoded): unknown;
}

function callsOf(recorded: TorchCase): Trial[] {
  if (recorded.kind === 'error') return [];
  return spellingsOf(recorded).map(({ name, run }) => ({
    name,
    inputs: recorded,
    run: ({ args, kwargs }) => run(args, kwargs),
  }));
}

function makingsOf(recorded: ModuleCase): Trial[] {
  const { module, ctor_args: args, ctor_kwargs: kwargs, dtype, training } = recorded;
  const Class = classOf(module);
  if (Class === undefined) return [];
  const run = ({ args, kwargs }: Decoded) => {
    const { args: inputs, kwargs: options } = decodeInputs(recorded);
    const made = new Class(...args, ...trailing(kwargs)).to(dtype).train(training);
    return made.forward(...inputs, ...trailing(options));
  };
  return [{ name: module, inputs: { args, kwargs }, run }];
}

/** All recorded calls of ops and makings of modules, by the name of what is called or made. */
export const trialGroups = new Map<string, Trial[]>(
  [...casesByOp].map(([op, cases]) => [`torch.${op}`, cases.flatMap(callsOf)]),
);
for (const recorded of moduleCases) {
  const { module } = recorded;
  trialGroups.set(module, [...(trialGroups.get(module) ?? []), ...makingsOf(recorded)]);
}

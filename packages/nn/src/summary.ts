import { ArgumentError, noGrad, type Shape, showShape, Tensor, zeros } from '@retrograd/core';
import type { HookHandle } from './hooks.ts';
import { childEntries, Module } from './module.ts';
import { ReceptiveFields } from './receptive.ts';
import { isWindowed } from './window.ts';

/** One call of one layer. */
export interface SummaryRow {
  /** The layer's path in the model, `features.0`; empty for the model itself. */
  readonly path: string;
  /** Its class. */
  readonly type: string;
  /** `null` if it gave something else than one tensor. */
  readonly outputShape: Shape | null;
  /** Its own parameters, counted at its first call. */
  readonly parameters: number;
  /** How many elements of the model's input an output sees, per spatial dim; `null` where that is not known. */
  readonly receptiveField: readonly number[] | null;
}

/** What `summary` finds; it prints as a table. */
export class Summary {
  readonly rows: readonly SummaryRow[];
  readonly totalParameters: number;
  readonly trainableParameters: number;

  constructor(rows: readonly SummaryRow[], model: Module) {
    const parameters = [...model.parameters()];
    this.rows = rows;
    this.totalParameters = count(parameters);
    this.trainableParameters = count(parameters.filter((parameter) => parameter.requiresGrad));
  }

  toString(): string {
    const heading = ['Layer', 'Output shape', 'Parameters', 'Receptive field'];
    const lines = this.rows.map(({ path, type, outputShape, parameters, receptiveField }) => [
      path === '' ? type : `${path} (${type})`,
      outputShape === null ? '-' : showShape(outputShape),
      grouped(parameters),
      receptiveField === null ? '-' : showField(receptiveField),
    ]);
    const table = [heading, ...lines];
    const widths = heading.map((_, c) => Math.max(...table.map((line) => (line[c] as string).length)));
    const [first = '', ...others] = table.map((line) =>
      line.map((cell, c) => (c < 2 ? cell.padEnd(widths[c] ?? 0) : cell.padStart(widths[c] ?? 0))).join('  '),
    );
    const rule = '─'.repeat(first.length);
    const totals = `Parameters: ${grouped(this.totalParameters)}, of which trainable: ${grouped(this.trainableParameters)}`;
    return [first, rule, ...others, rule, totals].join('\n');
  }

  /** `util.inspect` and the Node REPL. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** Deno's `console.log`. */
  [Symbol.for('Deno.customInspect')](): string {
    return this.toString();
  }
}

/**
 * The layers that a forward of the model goes through, with output shapes, parameters and receptive fields. An example
 * is sent through in evaluation mode, and the model left as it was.
 *
 * @param example the model's input, or its shape (with its batch) for one of zeros
 *
 * @example
 * ```ts
 * console.log(String(summary(model, [1, 1, 28, 28])));
 * ```
 * @throws ArgumentError for what is no module, and whatever the model's forward throws
 */
export function summary(model: Module, example: Shape | Tensor): Summary {
  if (!(model instanceof Module)) {
    throw new ArgumentError({
      op: 'summary',
      got: String(model),
      want: 'a Module, and its input or the shape of it',
    });
  }
  const [parameter] = model.parameters();
  const input =
    example instanceof Tensor ? example : zeros(example, { dtype: parameter?.dtype ?? 'float32' });
  const fields = new ReceptiveFields(input);
  const rows: SummaryRow[] = [];
  const modes = [...model.modules()].map((module) => ({ module, training: module.training }));
  const hooks: HookHandle[] = [];
  const stopWatching = fields.watch();
  try {
    for (const [path, module] of layersOf(model)) hooks.push(module.registerForwardHook(record(path)));
    model.eval();
    noGrad(() => (model.forward as (x: Tensor) => unknown)(input));
  } finally {
    stopWatching();
    for (const hook of hooks) hook.remove();
    for (const { module, training } of modes) module.training = training;
  }
  return new Summary(rows, model);

  function record(path: string) {
    let calls = 0;
    return (module: Module, [first]: readonly unknown[], output: unknown): void => {
      const out = output instanceof Tensor ? output : null;
      if (out && first instanceof Tensor && isWindowed(module)) fields.grow(first, out, module.window);
      rows.push({
        path,
        type: module.constructor.name,
        outputShape: out === null ? null : out.shape,
        parameters: calls++ === 0 ? count(module.parameters({ recurse: false })) : 0,
        receptiveField: out && fields.of(out),
      });
    };
  }
}

/** The modules that compute something themselves: those with no others in them, or with parameters of their own. */
function* layersOf(model: Module): Generator<[string, Module]> {
  for (const [path, module] of model.namedModules()) {
    const isLeaf = [...childEntries(module)].length === 0;
    if (isLeaf || [...module.parameters({ recurse: false })].length > 0) yield [path, module];
  }
}

function count(parameters: Iterable<Tensor>): number {
  let total = 0;
  for (const { numel } of parameters) total += numel;
  return total;
}

/** `12,289,000` */
function grouped(n: number): string {
  return n.toLocaleString('en-US');
}

function showField(field: readonly number[]): string {
  return new Set(field).size === 1 ? String(field[0]) : field.join('×');
}

import { ArgumentError, type Shape, showShape, type Tensor } from '@retrograd/core';
import * as nn from '@retrograd/nn';
import { jupyterDisplay, type MimeBundle } from '../picture.ts';
import { bytesPerElement, showBytes } from '../units.ts';
import { counted, grouped, type Table, tableHtml, tableText } from './table.ts';

/** A module of a model, and what is its own. */
export interface ModuleRow {
  /** Where it stands, `features.0`; empty for the model itself. */
  readonly path: string;
  /** How many modules it stands in. */
  readonly depth: number;
  /** Its class with its arguments, `Linear(in_features=2, …)`. */
  readonly description: string;
  /** Its own parameters by name. One that another module has, too, counts for the first. */
  readonly parameters: Readonly<Record<string, Shape>>;
  readonly parameterCount: number;
  /** What its first call gave; `null` if it was not called by itself, or gave something else than a tensor. */
  readonly outputShape: Shape | null;
}

/** What a model is made of. It prints as a table, and shows itself as one in notebooks. */
export class ModuleSummary {
  readonly rows: readonly ModuleRow[];
  readonly totalParameters: number;
  readonly trainableParameters: number;
  /** Elements of all buffers. */
  readonly bufferElements: number;
  readonly #bytes: number;
  readonly #hasOutputs: boolean;

  constructor(model: nn.Module, example?: Tensor | Shape) {
    const outputs = new Map<string, Shape | null>();
    for (const { path, outputShape } of example === undefined ? [] : nn.summary(model, example).rows)
      if (!outputs.has(path)) outputs.set(path, outputShape);
    const parameters = [...model.parameters()];
    const buffers = [...model.buffers()];
    this.rows = rowsOf(model, outputs);
    this.totalParameters = elements(parameters);
    this.trainableParameters = elements(parameters.filter(({ requiresGrad }) => requiresGrad));
    this.bufferElements = elements(buffers);
    this.#bytes = [...parameters, ...buffers].reduce((sum, x) => sum + x.numel * bytesPerElement[x.dtype], 0);
    this.#hasOutputs = example !== undefined;
  }

  toString(): string {
    return tableText(this.#table());
  }

  /** `util.inspect` and the Node REPL. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** Deno's `console.log`. */
  [Symbol.for('Deno.customInspect')](): string {
    return this.toString();
  }

  /** For notebooks. */
  async [jupyterDisplay](): Promise<MimeBundle> {
    return { 'text/html': `<div>${tableHtml(this.#table())}</div>`, 'text/plain': this.toString() };
  }

  #table(): Table {
    const output = this.#hasOutputs;
    return {
      title: '',
      columns: [
        { heading: 'Layer', align: 'left' },
        { heading: 'Module', align: 'left' },
        ...(output ? [{ heading: 'Output shape', align: 'left' } as const] : []),
        { heading: 'Parameters', align: 'left' },
        { heading: 'Count', align: 'right' },
      ],
      rows: this.rows.map(({ path, depth, description, parameters, parameterCount, outputShape }) => [
        '  '.repeat(Math.max(0, depth - 1)) + path.slice(path.lastIndexOf('.') + 1),
        description,
        ...(output ? [outputShape === null ? '' : showShape(outputShape)] : []),
        Object.entries(parameters)
          .map(([name, shape]) => `${name} ${showShape(shape)}`)
          .join(', '),
        parameterCount === 0 ? '' : grouped(parameterCount),
      ]),
      footer: [
        `Parameters: ${grouped(this.totalParameters)}, of which trainable: ${grouped(this.trainableParameters)}`,
        ...(this.bufferElements > 0 ? [`Buffers: ${counted(this.bufferElements, 'element')}`] : []),
        ...(this.#bytes > 0 ? [`Memory: ${showBytes(this.#bytes)}`] : []),
      ],
    };
  }
}

/**
 * What a model is made of: its modules as a tree, their parameters, how many they are in all, and how many are trained.
 *
 * @param example An input, or the shape of one: it is sent through the model (in evaluation mode, without gradients),
 * and the table shows what shapes come out of the layers.
 *
 * @example
 * ```ts
 * console.log(String(summary(model, [1, 1, 28, 28])));
 * ```
 * @throws ArgumentError for what is no module, and whatever the model's forward throws
 */
export function summary(model: nn.Module, example?: Tensor | Shape): ModuleSummary {
  if (model instanceof nn.Module) return new ModuleSummary(model, example);
  throw new ArgumentError({
    op: 'summary',
    got: typeof model,
    want: 'a Module, and perhaps an input for it',
  });
}

function rowsOf(model: nn.Module, outputs: ReadonlyMap<string, Shape | null>): ModuleRow[] {
  const seen = new Set<Tensor>();
  return [...model.namedModules()].map(([path, module]) => {
    const own = [...module.namedParameters({ recurse: false })];
    const first = own.filter(([, parameter]) => !seen.has(parameter)).map(([, parameter]) => parameter);
    for (const parameter of first) seen.add(parameter);
    return {
      path,
      depth: path === '' ? 0 : path.split('.').length,
      description: describe(module),
      parameters: Object.fromEntries(own.map(([name, { shape }]) => [name, shape])),
      parameterCount: elements(first),
      outputShape: outputs.get(path) ?? null,
    };
  });
}

/** A module's class with its arguments, on one line. */
function describe(module: nn.Module): string {
  const { name } = module.constructor;
  const given = module.extraRepr().replace(/\s*\n\s*/g, ' ');
  const isLeaf = module.children().next().done === true;
  return given === '' && !isLeaf ? name : `${name}(${given})`;
}

function elements(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, { numel }) => sum + numel, 0);
}

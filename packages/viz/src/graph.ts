import { ArgumentError, type autograd, checkOptions, Tensor } from '@retrograd/core';
import { Module } from '@retrograd/nn';
import type { NameOf } from './graph/dot.ts';
import { toDot } from './graph/dot.ts';
import { type Drawn, drawn } from './graph/drawn.ts';
import { type Chain, groupsByCalls, groupsByParameters } from './graph/groups.ts';
import { layOut } from './graph/layout.ts';
import { type Entry, readTape } from './graph/tape.ts';
import { ModuleWatch } from './modules.ts';
import { Drawing, type Format, type PngOptions } from './picture.ts';
import { svgSize } from './raster.ts';
import { palettes, type Scheme, type Theme } from './theme.ts';

export interface GraphOptions {
  /** The model, or tensors by the names they are to have. */
  parameters?: Module | Readonly<Record<string, Tensor>>;
  /**
   * Whether a module is one box: every one that has no others in it (`true`), or all at a depth of the model (1: the
   * modules that the model holds itself), or none (`false`), when it is a frame around its ops. Default: `true` for
   * graphs of more than 150 ops, where there is a model.
   */
  collapse?: boolean | number;
  /** Most ops that are drawn: those that are nearest to the result. Default 200. */
  maxOps?: number;
  /** Watch backward, so as to show the norms of gradients at ops, too, from then on. Default true. */
  gradients?: boolean;
  /** Which way it is read. Default `down`. */
  direction?: 'down' | 'right';
  theme?: Theme;
}

const known = ['parameters', 'collapse', 'maxOps', 'gradients', 'direction', 'theme'];

/**
 * The computation behind a tensor as the tape has it: parameters under their names, ops with the shape of what they
 * gave and what they keep for backward, constants (whatever no gradient flows to) dashed. Leaves show the norm of their
 * `grad`, ops that of the gradient that came to them in a backward which ran after the graph was made.
 *
 * Given a function, it is run, and each op is known to be of the module whose forward it ran in. Given a tensor, the
 * ops that a module's parameters go into are taken to be the module's.
 *
 * The picture has its text in Graphviz's language as `dot`, and can be saved as `.dot`.
 *
 * @example
 * ```ts
 * const picture = graph(() => F.crossEntropy(model.forward(x), y), { parameters: model, collapse: true });
 * await picture.save('model.svg');
 * graph(loss, { parameters: { w, b } }).dot; // 'digraph tape { …'
 * ```
 * @throws ArgumentError for what no recorded op has made
 */
export function graph(of: Tensor | (() => Tensor), options: GraphOptions = {}): Graph {
  checkOptions('graph', options, known);
  const { parameters, gradients = true, maxOps = 200, direction = 'down' } = options;
  checkParameters(parameters);
  checkCount(maxOps);
  checkDirection(direction);
  const model = parameters instanceof Module ? parameters : null;
  const { result, watch } = resultOf(of, model);
  const entries = readTape(rootOf(result), maxOps, gradients);
  const chains =
    watch !== null
      ? groupsByCalls(entries, watch)
      : model !== null
        ? groupsByParameters(entries, model)
        : new Map<Entry, Chain>();
  const depth = depthOf(options.collapse ?? (entries.length > 150 && chains.size > 0));
  return new Graph(drawn(entries, chains, depth), {
    nameOf: namesIn(parameters),
    value: result.numel === 1 ? result.item().toPrecision(4) : null,
    direction,
    theme: options.theme,
  });
}

/** A chain of ops is very long. */
const mostPixels = 16_000;

/** The picture of a computation. */
export class Graph extends Drawing {
  readonly #drawn: Drawn;
  readonly #look: { nameOf: NameOf; value: string | null; direction: 'down' | 'right' };

  /** @internal */
  constructor(
    what: Drawn,
    {
      theme,
      ...look
    }: { nameOf: NameOf; value: string | null; direction: 'down' | 'right'; theme?: Theme | undefined },
  ) {
    super(theme);
    this.#drawn = what;
    this.#look = look;
  }

  /** In Graphviz's language, with the norms of gradients as far as they are known by now. */
  get dot(): string {
    return this.#dotIn(this.theme === 'dark' ? 'dark' : 'light');
  }

  override toString(): string {
    const { boxes, edges } = this.#drawn;
    return `Graph of ${boxes.length} boxes and ${edges.length} arrows`;
  }

  /** By default as large as it may be, up to a scale of 2. */
  override async png(options: PngOptions = {}): Promise<Uint8Array> {
    const { width, height } = svgSize(await this.svg());
    return super.png({ scale: Math.min(2, mostPixels / Math.max(width, height)), ...options });
  }

  protected override draw(scheme: Scheme): Promise<string> {
    return layOut(this.#dotIn(scheme));
  }

  protected override formats(): readonly Format[] {
    return [{ extension: '.dot', content: () => this.dot }];
  }

  #dotIn(scheme: Scheme): string {
    return toDot(this.#drawn, { ...this.#look, palette: palettes[scheme] });
  }
}

function resultOf(of: unknown, model: Module | null): { result: Tensor; watch: ModuleWatch | null } {
  if (typeof of !== 'function') return { result: checkResult(of), watch: null };
  const watch = model && new ModuleWatch(model);
  try {
    return { result: checkResult(of()), watch };
  } finally {
    watch?.stop();
  }
}

function checkResult(result: unknown): Tensor {
  if (result instanceof Tensor) return result;
  throw new ArgumentError({
    op: 'graph',
    got: result instanceof Promise ? 'a promise' : typeof result,
    want: 'a tensor, or a function that gives one',
  });
}

/** @throws ArgumentError for what no recorded op has made */
function rootOf({ gradFn, requiresGrad }: Tensor): autograd.Node {
  if (gradFn !== null) return gradFn;
  throw new ArgumentError({
    op: 'graph',
    got: requiresGrad ? 'a leaf, which nothing was computed for' : 'a tensor that no recorded op made',
    want: 'the result of ops on tensors with requiresGrad',
    fix: 'Was it computed under noGrad(), or from detach()ed tensors?',
  });
}

function checkParameters(parameters: GraphOptions['parameters']): void {
  if (parameters === undefined || parameters instanceof Module) return;
  const isRecord =
    typeof parameters === 'object' &&
    parameters !== null &&
    Object.values(parameters).every((each) => each instanceof Tensor);
  if (isRecord) return;
  throw new ArgumentError({
    op: 'graph',
    got: 'other parameters',
    want: 'a Module, or an object of tensors by name',
  });
}

function checkCount(maxOps: unknown): void {
  if (Number.isInteger(maxOps) && (maxOps as number) > 0) return;
  throw new ArgumentError({ op: 'graph', got: `maxOps ${String(maxOps)}`, want: 'a whole number above 0' });
}

function checkDirection(direction: unknown): void {
  if (direction === 'down' || direction === 'right') return;
  throw new ArgumentError({ op: 'graph', got: `direction ${String(direction)}`, want: "'down' or 'right'" });
}

function depthOf(collapse: unknown): number | null {
  if (typeof collapse === 'boolean') return collapse ? Number.POSITIVE_INFINITY : null;
  if (Number.isInteger(collapse) && (collapse as number) >= 0) return collapse as number;
  throw new ArgumentError({
    op: 'graph',
    got: `collapse ${String(collapse)}`,
    want: 'true, false, or a depth from 0 on',
  });
}

/** Leaves are known by themselves, results by where they stand on the tape. */
function namesIn(parameters: GraphOptions['parameters']): NameOf {
  const named =
    parameters instanceof Module ? [...parameters.namedParameters()] : Object.entries(parameters ?? {});
  const leaves = new Map<Tensor, string>(named.map(([name, tensor]) => [tensor, name]));
  const results = new Map(
    named.flatMap(([name, { gradFn }]) => (gradFn === null ? [] : [[gradFn.sequence, name]])),
  );
  return ({ kind, variable, sequence }) =>
    variable !== null ? leaves.get(variable) : kind === 'op' ? results.get(sequence) : undefined;
}

import { ArgumentError, ShapeError } from '../errors.ts';
import * as base from '../primitives/movement.ts';
import { describe, promoted } from '../primitives/operand.ts';
import { showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { contract, type Labelled } from './contraction.ts';
import { checkTensors, type Tensors } from './lists.ts';
import { checkNumbers } from './product-checks.ts';

/** Letters, and `'...'` for any dims. */
type Subscripts = readonly string[];

/** The other form: each operand is followed by its subscripts as numbers, and at the end stand those of the result. */
type Interleaved = readonly (Tensor | readonly (number | '...')[])[];

/**
 * Einstein's summation convention: each letter names a dim, dims of one name run together, and the product of all
 * operands is summed over the dims that the output does not name.
 *
 * A letter twice in one operand is its diagonal. `...` stands for any number of dims, which broadcast, as do dims of
 * size 1. Without `->` the output names the letters that occur once, in alphabetical order, behind the dims of `...`.
 * Operands are brought together two at a time, the cheapest pair first, by batched matrix products. Dtypes promote.
 *
 * @example
 * ```ts
 * einsum('ij,jk->ik', a, b);          // a @ b
 * einsum('ii', a);                    // its trace
 * einsum('...ij->...ji', a);          // every matrix transposed
 * einsum('bhqd,bhkd->bhqk', q, k);    // the scores of attention
 * einsum(a, [0, 1], b, [1, 2], [0, 2]); // a @ b
 * ```
 * @throws ArgumentError for an equation that makes no sense, ShapeError for dims that do not fit it, DTypeError for sums
 * of truth values
 */
export function einsum(equation: string, ...operands: Tensors): Tensor;
export function einsum(...operandsAndSubscripts: Interleaved): Tensor;
export function einsum(...given: readonly unknown[]): Tensor {
  const call = typeof given[0] === 'string' ? parsed(given[0], given.slice(1)) : interleaved(given);
  const { inputs, tensors } = call;
  if (inputs.length !== tensors.length)
    throw complaint(`${inputs.length} subscripts for ${tensors.length} operands`, 'one for each');
  const operands = promoted('einsum', tensors).map((tensor, i) => labelled(tensor, inputs[i] as Subscripts));
  checkSizes(operands);
  const labels = operands.flatMap((operand) => operand.labels);
  const output = outputOf(call, labels);
  const summed = labels.some((label) => !output.includes(label));
  if (summed) for (const { tensor } of operands) checkNumbers('einsum', tensor);
  return contract(operands.map(diagonals), output);
}

/** The names of the output's dims, of which those of `...` are as many as in the longest operand. */
function outputOf({ inputs, output }: Call, labels: readonly string[]): string[] {
  const anonymous = anonymousOf(new Set(labels.filter(isAnonymous)).size);
  if (output === undefined) return [...anonymous, ...once(inputs)];
  const wanted = output.flatMap((label) => (label === '...' ? anonymous : [label]));
  const odd = wanted.find((label, i) => wanted.indexOf(label) !== i || !labels.includes(label));
  if (odd === undefined) return wanted;
  throw complaint(`${odd} in the output`, 'each of its subscripts once, and in some operand too');
}

const isAnonymous = (label: string) => label.startsWith('...');

/** Names for so many dims of `...`, by their place from the end, where they broadcast. */
function anonymousOf(count: number): string[] {
  return Array.from({ length: count }, (_, d) => `...${count - d}`);
}

function complaint(got: string, want: string): ArgumentError {
  return new ArgumentError({ op: 'einsum', got, want });
}

interface Call {
  readonly inputs: readonly Subscripts[];
  /** Undefined where it is left to the convention. */
  readonly output: Subscripts | undefined;
  readonly tensors: readonly Tensor[];
}

function parsed(equation: string, operands: readonly unknown[]): Call {
  const [left = '', right, more] = equation.replace(/\s/g, '').split('->');
  if (more !== undefined) throw complaint(`the equation '${equation}'`, "at most one '->'");
  const [first] = operands;
  const list = operands.length === 1 && Array.isArray(first) ? first : operands;
  return {
    inputs: left.split(',').map((term) => lettersOf(term, equation)),
    output: right === undefined ? undefined : lettersOf(right, equation),
    tensors: checkTensors('einsum', list),
  };
}

function lettersOf(term: string, equation: string): string[] {
  const letters = term.match(/\.\.\.|[A-Za-z]/g) ?? [];
  if (letters.join('') === term) return checkedOnce(letters);
  throw complaint(`'${term}' in the equation '${equation}'`, "letters and '...'");
}

function interleaved(given: readonly unknown[]): Call {
  const count = Math.floor(given.length / 2);
  const pairs = Array.from({ length: count }, (_, i) => [given[2 * i], given[2 * i + 1]] as const);
  return {
    tensors: checkTensors(
      'einsum',
      pairs.map(([tensor]) => tensor),
    ),
    inputs: pairs.map(([, subscripts]) => checkedSubscripts(subscripts)),
    output: given.length % 2 === 1 ? checkedSubscripts(given.at(-1)) : undefined,
  };
}

/** Numbers as PyTorch has them: 0 to 25 are A to Z, 26 to 51 are a to z. */
function checkedSubscripts(list: unknown): string[] {
  if (!Array.isArray(list)) throw complaint(describe(list), 'a list of subscripts behind each operand');
  const letters = list.map((subscript) => {
    if (subscript === '...') return subscript;
    const isNumber = Number.isInteger(subscript) && subscript >= 0 && subscript < 52;
    if (!isNumber)
      throw complaint(`the subscript ${describe(subscript)}`, "whole numbers from 0 to 51 and '...'");
    return String.fromCharCode(subscript < 26 ? 65 + subscript : 71 + subscript);
  });
  return checkedOnce(letters);
}

function checkedOnce(letters: string[]): string[] {
  if (letters.indexOf('...') === letters.lastIndexOf('...')) return letters;
  throw complaint("'...' twice in one place", 'at most once');
}

/** What the output has where it is left to the convention: the subscripts that occur once, in order. */
function once(inputs: readonly Subscripts[]): string[] {
  const all = inputs.flat().filter((label) => label !== '...');
  return all.filter((label) => all.indexOf(label) === all.lastIndexOf(label)).sort();
}

/** Names for the dims of an operand, one of which may still occur twice. */
function labelled(tensor: Tensor, subscripts: Subscripts): Labelled {
  const spare = tensor.ndim - subscripts.filter((label) => label !== '...').length;
  if (spare < 0 || (spare > 0 && !subscripts.includes('...'))) {
    throw new ShapeError({
      op: 'einsum',
      got: `shape ${showShape(tensor.shape)} for the subscripts ${subscripts.join('')}`,
      want: "a subscript for each dim, or '...'",
    });
  }
  return { tensor, labels: subscripts.flatMap((label) => (label === '...' ? anonymousOf(spare) : [label])) };
}

/** @throws ShapeError where dims of one name differ, unless one has size 1 and is of another operand */
function checkSizes(operands: readonly Labelled[]): void {
  const known = new Map<string, number>();
  for (const { tensor, labels } of operands) {
    for (const [d, label] of labels.entries()) {
      const size = tensor.shape[d] as number;
      const other = known.get(label) ?? 1;
      const twin = tensor.shape[labels.indexOf(label)] as number;
      if ((size !== 1 && other !== 1 && size !== other) || size !== twin) {
        throw new ShapeError({
          op: 'einsum',
          got: `size ${size} for ${label}, which is ${size === twin ? other : twin} elsewhere`,
          want: 'one size for each subscript, or 1',
        });
      }
      if (other === 1) known.set(label, size);
    }
  }
}

/** The operand with the diagonal of dims that have one name for these dims. */
function diagonals({ tensor, labels }: Labelled): Labelled {
  const second = labels.findIndex((label, d) => labels.indexOf(label) !== d);
  if (second === -1) return { tensor, labels };
  const first = labels.indexOf(labels[second] as string);
  return diagonals({
    tensor: base.diagonal(tensor, { offset: 0, dim1: first, dim2: second }),
    labels: [...labels.filter((_, d) => d !== first && d !== second), labels[second] as string],
  });
}

import { type DType, isFloat, type TypedArray } from './dtype.ts';
import type { Shape } from './shape.ts';

/** Arrays of arrays … of numbers (booleans for `bool`), as deep as a tensor has dims. */
export type Nested = number | boolean | Nested[];

/** A flat run of elements as nested arrays of a shape. */
export function toNested(data: TypedArray, shape: Shape, dtype: DType): Nested {
  let at = 0;
  const value = (): Nested => {
    const element = data[at++] as number;
    return dtype === 'bool' ? element !== 0 : element;
  };
  const build = (dim: number): Nested =>
    dim === shape.length ? value() : Array.from({ length: shape[dim] as number }, () => build(dim + 1));
  return build(0);
}

/** Elements above which only the edges are shown, and how many of them; as PyTorch has it. */
const threshold = 1000;
const edgeItems = 3;
const lineWidth = 80;

/** What a print shows of a tensor. */
interface Printable {
  readonly data: TypedArray;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly numel: number;
  readonly gradFn: { readonly name: string } | null;
  readonly requiresGrad: boolean;
}

/** A tensor as PyTorch prints it: `tensor([[1., 2.],\n        [3., 4.]], requiresGrad=true)`. */
export function formatTensor(tensor: Printable): string {
  const { shape, dtype, numel } = tensor;
  const summarise = numel > threshold;
  const nested = toNested(tensor.data, shape, dtype);
  const show = formatterFor(shownValues(nested, summarise), dtype);
  const body = numel === 0 ? '[]' : layOut(nested, show, 'tensor('.length, summarise);
  const facts: string[] = [];
  if (numel === 0 && shape.length !== 1) facts.push(`size=[${shape.join(', ')}]`);
  if (dtype !== 'float32' && dtype !== 'bool' && !(dtype === 'int32' && numel > 0))
    facts.push(`dtype=${dtype}`);
  if (tensor.gradFn !== null) facts.push(`gradFn=<${tensor.gradFn.name}>`);
  else if (tensor.requiresGrad) facts.push('requiresGrad=true');
  return `tensor(${[body, ...facts].join(', ')})`;
}

function shownValues(nested: Nested, summarise: boolean): (number | boolean)[] {
  if (!Array.isArray(nested)) return [nested];
  return edges(nested, summarise).flatMap((part) => (part === null ? [] : shownValues(part, summarise)));
}

/** The items to show; `null` stands for the gap. */
function edges(items: Nested[], summarise: boolean): (Nested | null)[] {
  if (!summarise || items.length <= 2 * edgeItems) return items;
  return [...items.slice(0, edgeItems), null, ...items.slice(-edgeItems)];
}

function layOut(
  nested: Nested,
  show: (value: number | boolean) => string,
  indent: number,
  summarise: boolean,
): string {
  if (!Array.isArray(nested)) return show(nested);
  const parts = edges(nested, summarise);
  const flat = !Array.isArray(nested[0]);
  const gap = flat ? ' ...' : '...';
  const texts = parts.map((part) => (part === null ? gap : layOut(part, show, indent + 1, summarise)));
  if (!flat) {
    const separator = `,${'\n'.repeat(depth(nested) - 1)}${' '.repeat(indent + 1)}`;
    return `[${texts.join(separator)}]`;
  }
  const width = Math.max(...texts.map((text) => text.length)) + 2;
  const perLine = Math.max(1, Math.floor((lineWidth - indent) / width));
  const lines: string[] = [];
  for (let i = 0; i < texts.length; i += perLine) lines.push(texts.slice(i, i + perLine).join(', '));
  return `[${lines.join(`,\n${' '.repeat(indent + 1)}`)}]`;
}

function depth(nested: Nested): number {
  return Array.isArray(nested) ? 1 + depth(nested[0] ?? 0) : 0;
}

/**
 * One format for all shown values: whole numbers as `1.`, otherwise four decimals, or exponents where sizes differ
 * too much (largest over smallest > 1000, largest > 10⁸ or smallest < 10⁻⁴), padded to one width.
 */
function formatterFor(
  values: readonly (number | boolean)[],
  dtype: DType,
): (value: number | boolean) => string {
  const isFloating = isFloat(dtype);
  const showFloat = floatFormat(values.map(Number));
  const format = (value: number | boolean) => (isFloating ? showFloat(Number(value)) : String(value));
  // Zeros and infinities have no say in the width of floats.
  const measured = isFloating ? values.filter((value) => Number.isFinite(value) && value !== 0) : values;
  const width = Math.max(0, ...measured.map((value) => format(value).length));
  return (value) => format(value).padStart(width);
}

function floatFormat(values: readonly number[]): (value: number) => string {
  const finite = values.filter((value) => Number.isFinite(value) && value !== 0).map(Math.abs);
  const largest = Math.max(0, ...finite);
  const smallest = Math.min(Number.POSITIVE_INFINITY, ...finite);
  const whole = finite.every(Number.isInteger);
  const scientific = whole
    ? largest / smallest > 1000 || largest > 1e8
    : largest / smallest > 1000 || largest > 1e8 || smallest < 1e-4;
  return (value) => {
    if (Number.isNaN(value)) return 'nan';
    if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
    if (scientific && finite.length > 0) return value.toExponential(4).replace(/e([+-])(\d)$/, 'e$10$2');
    const sign = Object.is(value, -0) ? '-' : '';
    return whole ? `${sign}${value.toFixed(0)}.` : sign + value.toFixed(4);
  };
}

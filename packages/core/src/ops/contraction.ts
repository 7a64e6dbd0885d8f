import { mul } from '../primitives/elementwise.ts';
import { matrixProduct } from '../primitives/matmul.ts';
import { permute, reshape } from '../primitives/movement.ts';
import { numelOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { sum } from './reduction.ts';

/** A tensor whose dims have names, each name once: dims of one name, in several tensors, run together. */
export interface Labelled {
  readonly tensor: Tensor;
  readonly labels: readonly string[];
}

/**
 * Σ over all dims that `output` does not name of the product of all operands, with the dims of `output`, each of which
 * some operand has. Dims of one name have one size, or 1, which is repeated.
 *
 * Two operands at a time, the cheapest pair first, are brought together by one batched matrix product.
 */
export function contract(operands: readonly Labelled[], output: readonly string[]): Tensor {
  let left = withoutOnes(operands);
  while (left.length > 1) {
    const [a, b] = cheapestPair(left);
    const others = left.filter((operand) => operand !== a && operand !== b);
    left = [...others, product(a, b, new Set([...output, ...others.flatMap(({ labels }) => labels)]))];
  }
  const [last] = left as [Labelled];
  return arranged(summed(last, new Set(output)), output);
}

/** Without the dims of size 1 that others of the same name make larger: not to be there is to be repeated. */
function withoutOnes(operands: readonly Labelled[]): Labelled[] {
  const larger = new Set(
    operands.flatMap(({ tensor, labels }) => labels.filter((_, d) => tensor.shape[d] !== 1)),
  );
  return operands.map(({ tensor, labels }) => {
    const kept = (label: string, d: number) => tensor.shape[d] !== 1 || !larger.has(label);
    if (labels.every(kept)) return { tensor, labels };
    const shape = tensor.shape.filter((_, d) => kept(labels[d] as string, d));
    return { tensor: reshape(tensor, shape), labels: labels.filter(kept) };
  });
}

function sizesOf({ tensor, labels }: Labelled): Map<string, number> {
  return new Map(labels.map((label, d) => [label, tensor.shape[d] as number]));
}

/** The pair whose product takes the fewest multiplications; the first of those that take as many. */
function cheapestPair(operands: readonly Labelled[]): [Labelled, Labelled] {
  let best: { cost: number; pair: [Labelled, Labelled] } | null = null;
  for (const [i, a] of operands.entries()) {
    for (const b of operands.slice(i + 1)) {
      const sizes = new Map([...sizesOf(a), ...sizesOf(b)]);
      const cost = numelOf([...sizes.values()]);
      if (best === null || cost < best.cost) best = { cost, pair: [a, b] };
    }
  }
  return best?.pair as [Labelled, Labelled];
}

/** Summed over the dims that nobody wants. */
function summed({ tensor, labels }: Labelled, wanted: ReadonlySet<string>): Labelled {
  const dims = labels.flatMap((label, d) => (wanted.has(label) ? [] : [d]));
  if (dims.length === 0) return { tensor, labels };
  return {
    tensor: sum(tensor, dims, { dtype: tensor.dtype }),
    labels: labels.filter((label) => wanted.has(label)),
  };
}

/** The product of two operands, summed over the dims that nobody else wants. */
function product(first: Labelled, second: Labelled, wanted: ReadonlySet<string>): Labelled {
  const a = summed(first, new Set([...wanted, ...second.labels]));
  const b = summed(second, new Set([...wanted, ...first.labels]));
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => wanted.has(label));
  const inner = shared.filter((label) => !wanted.has(label));
  const rows = a.labels.filter((label) => !shared.includes(label));
  const columns = b.labels.filter((label) => !shared.includes(label));
  const labels = [...batch, ...rows, ...columns];
  if (inner.length === 0) return { tensor: mul(spread(a, labels), spread(b, labels)), labels };
  const matrices = matrixProduct(grouped(a, [batch, rows, inner]), grouped(b, [batch, inner, columns]));
  const sizes = new Map([...sizesOf(a), ...sizesOf(b)]);
  const shape = labels.map((label) => sizes.get(label) as number);
  return { tensor: reshape(matrices, shape), labels };
}

/** The dims in the order of `labels`, with dims of size 1 for those that are not there. */
function spread(x: Labelled, labels: readonly string[]): Tensor {
  const sizes = sizesOf(x);
  const there = labels.filter((label) => sizes.has(label));
  return reshape(
    arranged(x, there),
    labels.map((label) => sizes.get(label) ?? 1),
  );
}

/** The dims of each group as one. */
function grouped(x: Labelled, groups: readonly (readonly string[])[]): Tensor {
  const sizes = sizesOf(x);
  return reshape(
    arranged(x, groups.flat()),
    groups.map((group) => numelOf(group.map((label) => sizes.get(label) as number))),
  );
}

/** The dims in the order of `labels`. */
function arranged({ tensor, labels }: Labelled, order: readonly string[]): Tensor {
  return permute(
    tensor,
    order.map((label) => labels.indexOf(label)),
  );
}

import { ShapeError } from '../errors.ts';
import * as base from '../primitives/movement.ts';
import { promoted } from '../primitives/operand.ts';
import { normalizeDim, sameShape, showShape, showShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { optional } from './arguments.ts';
import { type AtDim, type DimOption, dimOf } from './dims.ts';
import { checkTensors, listed, type Tensors } from './lists.ts';
import { constantPad } from './padding.ts';
import { unsqueeze } from './shape.ts';

/** Tensors one after the other along a dim. Dtypes promote; shapes agree but for that dim. */
export function cat(tensors: readonly Tensor[], ...rest: AtDim): Tensor {
  const { dim = 0 } = optional<DimOption>('cat', rest, ['dim']);
  checkTensors('cat', tensors);
  const all = promoted('cat', tensors);
  // PyTorch lets the empty tensor of one dim join anything.
  const joining = all.filter((x) => !sameShape(x.shape, [0]));
  const [first = all[0] as Tensor] = joining;
  const at = dimOf('cat', first, dim);
  const odd = joining.find(
    (x) => x.ndim !== first.ndim || x.shape.some((size, d) => d !== at && size !== first.shape[d]),
  );
  if (odd) {
    throw new ShapeError({
      op: 'cat',
      got: `shapes ${showShapes([first.shape, odd.shape])} along dim ${dim}`,
      want: 'sizes that agree in all other dims',
    });
  }
  return base.concat(joining.length > 0 ? joining : [first], at);
}

/** `cat`, under its other names. */
export { cat as concat, cat as concatenate };

/** Tensors of one shape along a new dim. */
export function stack(tensors: readonly Tensor[], ...rest: AtDim): Tensor {
  const { dim = 0 } = optional<DimOption>('stack', rest, ['dim']);
  const [first] = checkTensors('stack', tensors);
  const odd = tensors.find((x) => !sameShape(x.shape, first.shape));
  if (odd) {
    throw new ShapeError({
      op: 'stack',
      got: `shapes ${showShapes([first.shape, odd.shape])}`,
      want: 'tensors of one shape',
    });
  }
  return cat(
    tensors.map((x) => unsqueeze(x, dim)),
    normalizeDim('stack', dim, first.ndim + 1),
  );
}

/** A tensor, or each of several ones, brought to a rank. */
interface AtLeast {
  (x: Tensor): Tensor;
  (tensors: readonly Tensor[]): Tensor[];
  (...tensors: Tensor[]): Tensor[];
}

/** `lacking[ndim]`: where a tensor of so few dims gets new ones, one after the other. */
function atLeast(op: string, lacking: readonly (readonly number[])[]): AtLeast {
  const raised = (x: Tensor) => (lacking[x.ndim] ?? []).reduce(unsqueeze, x);
  return ((...given: Tensors) => {
    const [tensors] = listed(op, given);
    return given[0] === tensors[0] && given.length === 1 ? raised(tensors[0] as Tensor) : tensors.map(raised);
  }) as AtLeast;
}

/** At least one dim: a tensor without dims becomes `(1)`. Of several tensors, a list. */
export const atleast1d = atLeast('atleast1d', [[0]]);
/** At least two dims: `(n)` becomes `(1, n)`. Of several tensors, a list. */
export const atleast2d = atLeast('atleast2d', [[0, 0], [0]]);
/** At least three dims: `(n)` becomes `(1, n, 1)` and `(n, m)` becomes `(n, m, 1)`. Of several tensors, a list. */
export const atleast3d = atLeast('atleast3d', [[0, 0, 0], [0, 2], [2]]);

/** Tensors side by side: along dim 1, vectors along their only dim. */
export function hstack(tensors: readonly Tensor[]): Tensor {
  const [first, ...others] = atleast1d(checkTensors('hstack', tensors));
  return cat([first as Tensor, ...others], first?.ndim === 1 ? 0 : 1);
}

/** Tensors one below the other: along dim 0, vectors as rows. */
export function vstack(tensors: readonly Tensor[]): Tensor {
  return cat(atleast2d(checkTensors('vstack', tensors)), 0);
}

/** `vstack`, under its other name. */
export { vstack as rowStack };

/** Tensors one behind the other: along dim 2, vectors as `(1, n, 1)` and matrices as `(n, m, 1)`. */
export function dstack(tensors: readonly Tensor[]): Tensor {
  return cat(atleast3d(checkTensors('dstack', tensors)), 2);
}

/** Tensors side by side, vectors as columns. */
export function columnStack(tensors: readonly Tensor[]): Tensor {
  const columns = checkTensors('columnStack', tensors).map((x) =>
    x.ndim < 2 ? base.reshape(x, [x.numel, 1]) : x,
  );
  return hstack(columns);
}

/** Matrices along the diagonal of a matrix that is zero elsewhere; vectors count as rows. Dtypes promote. */
export function blockDiag(...given: Tensors): Tensor {
  const [tensors] = listed('blockDiag', given);
  const odd = tensors.find((x) => x.ndim > 2);
  if (odd)
    throw new ShapeError({ op: 'blockDiag', got: `shape ${showShape(odd.shape)}`, want: 'at most 2 dims' });
  const blocks = atleast2d(promoted('blockDiag', tensors));
  const widths = blocks.map((block) => block.shape[1] as number);
  const total = widths.reduce((sum, width) => sum + width, 0);
  let before = 0;
  const rows = blocks.map((block, i) => {
    const width = widths[i] as number;
    const row = constantPad(block, [before, total - before - width]);
    before += width;
    return row;
  });
  return cat(rows, 0);
}

import { ArgumentError, ShapeError } from '../errors.ts';
import * as base from '../primitives/movement.ts';
import { checkTensor, describe, promoted } from '../primitives/operand.ts';
import { normalizeDim, sameShape, showShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { optional } from './arguments.ts';
import { type AtDim, type DimOption, dimOf } from './dims.ts';
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

function checkTensors(op: string, tensors: readonly Tensor[]): readonly [Tensor, ...Tensor[]] {
  if (Array.isArray(tensors) && tensors.length > 0) {
    for (const x of tensors) checkTensor(op, x);
    return tensors as readonly [Tensor, ...Tensor[]] & Tensor[];
  }
  throw new ArgumentError({
    op,
    got: Array.isArray(tensors) ? 'no tensors' : describe(tensors),
    want: 'a list of at least one tensor',
  });
}

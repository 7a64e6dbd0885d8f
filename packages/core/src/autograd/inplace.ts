import { applyInto } from '../dispatch.ts';
import { GradError, ShapeError } from '../errors.ts';
import { cast, clone, cloneRow } from '../primitives/copy.ts';
import { expand, overwriteRow } from '../primitives/movement.ts';
import { broadcastShapes, mayOverlap, sameShape, showShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { isGradEnabled } from './mode.ts';
import type { Inputs, KernelRow, Primitive } from './primitive.ts';
import { edgeOf, Leaf, record } from './tape.ts';

/**
 * Gives `target` the elements of `value`, in place, as PyTorch's in-place ops do: the storage's version moves on, the
 * tensor takes over the history of the value, and if it is a view, its base learns that a region was overwritten, so
 * that all other views learn it from there.
 *
 * @throws GradError for leaves that require a gradient, ShapeError for tensors that overlap themselves
 */
export function writeInPlace<T extends Tensor>(op: string, target: T, value: Tensor): T {
  checkFits(op, target, value);
  const base = baseOf(target);
  const recording =
    isGradEnabled() && (edgeOf(target) !== null || edgeOf(base) !== null || edgeOf(value) !== null);
  if (recording) checkHistory(op, target);
  let source = expand(cast(value, target.dtype), target.shape);
  if (source.storage === target.storage) source = clone(source);
  // First: a kernel that fails halfway has overwritten elements, too.
  target.storage.touch(op);
  applyInto(cloneRow, [source], null, target);
  if (recording) recordWrite(target, source);
  return target;
}

/** Tells the tape that the elements of `target` are those of `source` from now on. */
export function recordWrite(target: Tensor, source: Tensor): void {
  const base = baseOf(target);
  // A whole tensor that was overwritten is a copy of the value: an op of its own, with hooks of its own, even where
  // the value is a leaf.
  if (base === target && edgeOf(source) !== null) record(cloneRow, null, [source], base);
  else record(overwriteRow, { base: geometryOf(base), region: geometryOf(target) }, [base, source], base);
}

/**
 * Computes a primitive straight into `target`, without a copy of the result; `false`, and nothing done, where the tape
 * takes part or the result would not fit.
 */
export function computeInPlace<P>(
  op: string,
  row: Primitive<P> & KernelRow<P>,
  target: Tensor,
  operands: readonly Tensor[],
  params: P,
): boolean {
  const taking = [target, baseOf(target), ...operands];
  if (isGradEnabled() && taking.some((tensor) => edgeOf(tensor) !== null)) return false;
  const inputs = operands as Inputs<Tensor>;
  const { shape, dtype } = row.infer(inputs, params);
  if (!sameShape(shape, target.shape) || dtype !== target.dtype) return false;
  if (mayOverlap(target.shape, target.strides)) return false;
  if (!operands.every((operand) => isApart(operand, target))) return false;
  // First: a kernel that fails halfway has overwritten elements, too.
  target.storage.touch(op);
  applyInto(row, operands, params, target);
  return true;
}

/** True where each element is written only after all that read it, whatever the order. */
function isApart(operand: Tensor, target: Tensor): boolean {
  if (operand.storage !== target.storage) return true;
  return (
    operand.offset === target.offset &&
    sameShape(operand.shape, target.shape) &&
    sameShape(operand.strides, target.strides)
  );
}

function geometryOf({ shape, strides, offset }: Tensor) {
  return { shape, strides, offset };
}

/** The tensor that a chain of views began with. */
function baseOf(tensor: Tensor): Tensor {
  let base = tensor;
  while (base.viewed !== null) base = base.viewed.parent;
  return base;
}

function checkFits(op: string, target: Tensor, value: Tensor): void {
  if (mayOverlap(target.shape, target.strides)) {
    throw new ShapeError({
      op,
      got: `a tensor of shape ${showShape(target.shape)} and strides (${target.strides.join(', ')}), of which several elements share memory`,
      want: 'a tensor whose elements have memory of their own',
      fix: 'clone() an expanded tensor before writing to it.',
    });
  }
  if (!sameShape(broadcastShapes(op, [target.shape, value.shape]), target.shape)) {
    throw new ShapeError({
      op,
      got: `a result of shape ${showShape(value.shape)} for a tensor of shape ${showShape(target.shape)}`,
      want: 'a result that fits in place',
      fix: `Use the form that is not in place: ${op.replace(/_$/, '')}().`,
    });
  }
}

/** Refuses what would leave a gradient wrong without a word. */
export function checkHistory(op: string, target: Tensor): void {
  for (let at = target; ; at = at.viewed.parent) {
    if (edgeOf(at)?.node instanceof Leaf) {
      throw new GradError({
        op,
        got: at === target ? 'a leaf that requires a gradient' : 'a view of a leaf that requires a gradient',
        want: 'the result of an op, or no recording',
        fix: 'Wrap updates of parameters in noGrad(() => …), or work on a clone().',
      });
    }
    if (at.viewed === null) return;
    if (!at.viewed.recorded) {
      throw new GradError({
        op,
        got: 'a view that was made under noGrad, which the tape does not follow',
        want: 'a view made while recording',
        fix: 'Make the view outside noGrad, or write under noGrad too.',
      });
    }
  }
}

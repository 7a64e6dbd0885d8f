import { ArgumentError, ShapeError } from '../errors.ts';
import { stack } from '../ops/joining.ts';
import { unbind } from '../ops/slicing.ts';
import { checkTensor, describe } from '../primitives/operand.ts';
import { showShapes } from '../shape.ts';
import { Tensor } from '../tensor.ts';

/** Along which dim each argument is a batch; `null` for one that every call is given whole. */
export type InDims = number | readonly (number | null)[];

/**
 * A function of a batch, made of a function of one example: it is called with each slice of the tensors, and what it
 * gives is stacked along `outDims`. This is a loop, and as fast as one: it spares you the batch dim, not the time. An
 * op that takes batches is faster.
 *
 * @param inDims the batch dim of each argument, one for all or one each; what is no tensor needs `null`. Default 0
 * @param outDims where the batch dim stands in the outputs. Default 0
 * @example
 * ```ts
 * const perSample = vmap((x, y) => autograd.functional.vjp((w) => loss(w, x, y), w)[1]);
 * perSample(xs, ys); // a gradient for each of the examples
 * ```
 * @throws ShapeError from the call, if the batches differ in size, or there is none
 */
export function vmap<A extends unknown[], O extends Tensor | readonly Tensor[]>(
  func: (...args: A) => O,
  inDims: InDims = 0,
  outDims = 0,
): (...args: A) => O {
  if (typeof func !== 'function')
    throw new ArgumentError({ op: 'vmap', got: describe(func), want: 'a function of tensors' });
  return (...args) => {
    const dims = args.map((_, i) => (Array.isArray(inDims) ? (inDims[i] ?? null) : (inDims as number)));
    const slices = args.map((arg, i) => slicesOf(arg, dims[i] ?? null));
    const sizes = new Set(slices.flatMap((each) => (each === null ? [] : [each.length])));
    const [size] = sizes;
    if (size === undefined || size === 0 || sizes.size > 1) {
      const shapes = args.flatMap((arg) => (arg instanceof Tensor ? [arg.shape] : []));
      throw new ShapeError({
        op: 'vmap',
        got: `shapes ${showShapes(shapes)}, batches along dims ${dims.join(', ')}`,
        want: 'batches of one size, at least 1',
      });
    }
    const results = Array.from({ length: size }, (_, n) =>
      func(...(args.map((arg, i) => slices[i]?.[n] ?? arg) as A)),
    );
    return stacked(results, outDims) as O;
  };
}

function slicesOf(arg: unknown, dim: number | null): Tensor[] | null {
  return dim === null ? null : unbind(checkTensor('vmap', arg), dim);
}

function stacked(results: readonly (Tensor | readonly Tensor[])[], dim: number): Tensor | Tensor[] {
  const [first] = results;
  if (!Array.isArray(first))
    return stack(
      results.map((each) => checkTensor('vmap', each)),
      dim,
    );
  return first.map((_, i) =>
    stack(
      results.map((each) => checkTensor('vmap', (each as Tensor[])[i])),
      dim,
    ),
  );
}

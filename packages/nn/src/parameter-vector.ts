import { ArgumentError, cat, checkTensor, noGrad, ShapeError, showShape, type Tensor } from '@retrograd/core';
import { checkIterable } from './checks.ts';

/** All elements of some parameters as one vector, in which gradients flow. */
export function parametersToVector(parameters: Iterable<Tensor>): Tensor {
  const op = 'parametersToVector';
  const flat = checkIterable(op, parameters).map((parameter) => checkTensor(op, parameter).flatten());
  if (flat.length === 0) throw new ArgumentError({ op, got: 'no parameters', want: 'at least one' });
  return cat(flat);
}

/**
 * Copies the elements of a vector into parameters, one after the other.
 * @throws ShapeError unless there are as many elements as the parameters have
 */
export function vectorToParameters(vector: Tensor, parameters: Iterable<Tensor>): void {
  const op = 'vectorToParameters';
  const targets = checkIterable(op, parameters).map((parameter) => checkTensor(op, parameter));
  const total = targets.reduce((sum, { numel }) => sum + numel, 0);
  if (checkTensor(op, vector).ndim !== 1 || vector.numel !== total)
    throw new ShapeError({ op, got: `shape ${showShape(vector.shape)}`, want: `(${total},)` });
  noGrad(() => {
    let start = 0;
    for (const target of targets) {
      target.copy_(vector.narrow(0, start, target.numel).reshape(target.shape));
      start += target.numel;
    }
  });
}

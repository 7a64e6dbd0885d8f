import * as base from '../primitives/movement.ts';
import { checkTensor } from '../primitives/operand.ts';
import { checkSizes, broadcastShapes as commonShape, type Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { type Sizes, sizesOf } from './arguments.ts';

/**
 * The shape that all shapes broadcast to; a number is a shape of one dim.
 * @throws ShapeError if there is none
 */
export function broadcastShapes(...shapes: readonly (Shape | number)[]): Shape {
  return commonShape(
    'broadcastShapes',
    shapes.map((shape) => checkSizes('broadcastShapes', sizesOf('broadcastShapes', [shape] as Sizes))),
  );
}

/** All tensors expanded to their common shape. */
export function broadcastTensors(...tensors: Tensor[]): Tensor[] {
  const shape = commonShape(
    'broadcastTensors',
    tensors.map((x) => checkTensor('broadcastTensors', x).shape),
  );
  return tensors.map((x) => base.expand(x, shape));
}

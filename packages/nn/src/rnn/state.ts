import { ArgumentError, type DType, type Shape, ShapeError, showShape, Tensor, zeros } from '@retrograd/core';
import type { State } from './kinds.ts';

/** What users see of a state: the hidden one, or that and the cell state of an LSTM. */
export type UserState = Tensor | [h: Tensor, c: Tensor];

export interface StateOptions<H> {
  /** The state to begin with. Default: zeros. */
  hx?: H | null;
}

export const stateOrder = ['hx'] as const;

/**
 * The state to begin with, as a list: one of `shapes` each.
 * @throws ArgumentError or ShapeError for what does not fit
 */
export function startState(
  op: string,
  hx: UserState | null | undefined,
  shapes: readonly Shape[],
  dtype: DType,
): State {
  if (hx === null || hx === undefined) return shapes.map((shape) => zeros(shape, { dtype }));
  const given: readonly unknown[] = Array.isArray(hx) ? hx : [hx];
  if (Array.isArray(hx) !== shapes.length > 1 || !given.every((x) => x instanceof Tensor)) {
    throw new ArgumentError({
      op,
      got: `${given.map((x) => (x instanceof Tensor ? 'a Tensor' : String(x))).join(' and ')} as state`,
      want: shapes.length > 1 ? 'an array [h, c] of two tensors' : 'a Tensor',
    });
  }
  const shown = (list: readonly Shape[]) => list.map(showShape).join(' and ');
  const shapesGiven = given.map((x) => (x as Tensor).shape);
  if (shown(shapesGiven) === shown(shapes)) return given as State;
  throw new ShapeError({
    op,
    got: `an initial state of shape ${shown(shapesGiven)}`,
    want: shown(shapes),
  });
}

/** A state as users see it. */
export function asGiven<H extends UserState>(state: State): H {
  return (state.length > 1 ? [...state] : state[0]) as H;
}

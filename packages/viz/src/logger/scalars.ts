import { ArgumentError, ShapeError, showShape, Tensor } from '@retrograd/core';

/** A metric's value: a number, or a tensor with one element. */
export type Scalar = number | Tensor;

/**
 * A value to be read later. A tensor is copied, since the loop may go on to write into it; the copy stands outside the
 * tape, which would keep the whole graph in memory.
 *
 * @throws ShapeError for a tensor that has not one element, ArgumentError for what is no number
 */
export function checkScalar(op: string, tag: string, value: unknown): Scalar {
  if (typeof value === 'number') return value;
  const want = 'a number, or a tensor with one element';
  if (!(value instanceof Tensor))
    throw new ArgumentError({ op, got: `${value === null ? 'null' : typeof value} for ${tag}`, want });
  if (value.numel === 1) return value.detach().clone();
  throw new ShapeError({
    op,
    got: `a tensor of shape ${showShape(value.shape)} (${value.numel} elements) for ${tag}`,
    want,
    fix: 'Reduce it first (mean, sum), or show how its values spread with addHistogram.',
  });
}

/** @throws ArgumentError for what is no record of metrics, and whatever `checkScalar` throws */
export function checkMetrics(op: string, metrics: unknown): [tag: string, value: Scalar][] {
  const isRecord = typeof metrics === 'object' && metrics !== null && !Array.isArray(metrics);
  if (!isRecord || metrics instanceof Tensor)
    throw new ArgumentError({
      op,
      got: metrics instanceof Tensor ? 'a tensor' : Array.isArray(metrics) ? 'an array' : String(metrics),
      want: 'metrics by name, such as { loss }',
    });
  return Object.entries(metrics).map(([tag, value]) => [checkTag(op, tag), checkScalar(op, tag, value)]);
}

/** @throws ArgumentError unless `tag` is a name, with slashes or without */
export function checkTag(op: string, tag: unknown): string {
  if (typeof tag === 'string' && tag !== '') return tag;
  throw new ArgumentError({
    op,
    got: tag === '' ? 'an empty name' : `a name of type ${typeof tag}`,
    want: 'a name, with slashes or without',
  });
}

/** @throws ArgumentError unless `step` is a whole number ≥ 0 */
export function checkStep(op: string, step: unknown): number {
  if (Number.isSafeInteger(step) && (step as number) >= 0) return step as number;
  const got = typeof step === 'number' ? `step ${step}` : `a step of type ${typeof step}`;
  throw new ArgumentError({ op, got, want: 'a whole number ≥ 0' });
}

/** @throws ArgumentError for what are no numbers, and for none */
export function checkNumbers(op: string, values: unknown): ArrayLike<number> {
  const numbers = values instanceof Tensor ? values.data : values;
  const isArray = Array.isArray(numbers) || (ArrayBuffer.isView(numbers) && !(numbers instanceof DataView));
  if (isArray && Array.from(numbers as ArrayLike<unknown>).every((number) => typeof number === 'number')) {
    const list = numbers as ArrayLike<number>;
    if (list.length > 0) return list;
  }
  throw new ArgumentError({
    op,
    got: isArray ? 'an array of other things, or of nothing' : numbers === null ? 'null' : typeof numbers,
    want: 'a tensor or an array of numbers',
  });
}

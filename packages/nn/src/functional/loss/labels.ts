import { checkTensor, DTypeError, gather, IndexError, type Tensor } from '@retrograd/core';

/** @throws DTypeError unless labels are whole numbers */
export function checkLabelDtype(op: string, target: Tensor): Tensor {
  const { dtype } = checkTensor(op, target);
  if (dtype === 'int32' || dtype === 'uint8') return target;
  throw new DTypeError({
    op,
    got: `labels of ${dtype}`,
    want: 'int32 or uint8',
    fix: "Make them with tensor(labels, { dtype: 'int32' }), or convert with to('int32').",
  });
}

/** The entries at labels; the gather finds those that are no class, so that labels are only read for the error. */
export function entriesAt(
  op: string,
  scores: Tensor,
  dim: number,
  labels: Tensor,
  fix = 'The first class is 0.',
): Tensor {
  try {
    return gather(scores, dim, labels);
  } catch (error) {
    if (!(error instanceof IndexError)) throw error;
    const classes = scores.shape[dim] as number;
    const given = [...labels.data];
    const at = given.findIndex((label) => label < 0 || label >= classes);
    throw new IndexError({
      op,
      got: `the label ${given[at]} (at position ${at})`,
      want: `labels from 0 to ${classes - 1}: the input has ${classes} classes`,
      fix,
      cause: error,
    });
  }
}

import { writeInPlace } from '../autograd/inplace.ts';
import { asTensor, checkTensor, constant, type TensorLike } from '../primitives/operand.ts';
import type { Tensor } from '../tensor.ts';
import { addbmm, addmm, addmv, addr, baddbmm } from './add-products.ts';
import { cumprod, cumsum } from './cumulative.ts';
import { maskedFill, maskedScatter } from './masked.ts';
import { type InPlace, inPlace } from './placing.ts';
import { asElement } from './positions.ts';
import { indexAdd, indexCopy, indexFill, indexReduce } from './rows.ts';
import { put, scatter, scatterAdd, scatterReduce } from './scatter.ts';
import { renorm } from './statistics.ts';

/** Copies the elements of `source`, which broadcasts and is cast, into `x`. */
export function copy_(x: Tensor, source: TensorLike): Tensor {
  return writeInPlace('copy_', checkTensor('copy_', x), asTensor('copy_', source));
}

/** Makes every element `value`, a number or a 0-d tensor. */
export function fill_(x: Tensor, value: TensorLike): Tensor {
  return writeInPlace('fill_', checkTensor('fill_', x), asElement('fill_', value, x.dtype));
}

/** Makes every element 0. */
export function zero_(x: Tensor): Tensor {
  return writeInPlace('zero_', checkTensor('zero_', x), constant([], 0, x.dtype));
}

/** Makes the elements under a mask `value`. */
export const maskedFill_: InPlace<typeof maskedFill> = inPlace('maskedFill', maskedFill);
/** Puts the elements of a source, in their order, under a mask. */
export const maskedScatter_: InPlace<typeof maskedScatter> = inPlace('maskedScatter', maskedScatter);
/** Puts elements at positions of the flattened tensor. */
export const put_: InPlace<typeof put> = inPlace('put', put);
/** Adds slices to those of a dim at the positions of a vector. */
export const indexAdd_: InPlace<typeof indexAdd> = inPlace('indexAdd', indexAdd);
/** Puts slices in the place of those of a dim at the positions of a vector. */
export const indexCopy_: InPlace<typeof indexCopy> = inPlace('indexCopy', indexCopy);
/** Makes the slices of a dim at the positions of a vector `value`. */
export const indexFill_: InPlace<typeof indexFill> = inPlace('indexFill', indexFill);
/** Folds slices into those of a dim at the positions of a vector. */
export const indexReduce_: InPlace<typeof indexReduce> = inPlace('indexReduce', indexReduce);
/** Puts `src[i][j]` at `[index[i][j]][j]` for dim 0, and so on. */
export const scatter_: InPlace<typeof scatter> = inPlace('scatter', scatter);
/** Folds `src[i][j]` into `[index[i][j]][j]` for dim 0, and so on. */
export const scatterReduce_: InPlace<typeof scatterReduce> = inPlace('scatterReduce', scatterReduce);
/** Adds `src[i][j]` at `[index[i][j]][j]` for dim 0, and so on. */
export const scatterAdd_: InPlace<typeof scatterAdd> = inPlace('scatterAdd', scatterAdd);
/** Makes every element the sum of all up to it along a dim. */
export const cumsum_: InPlace<typeof cumsum> = inPlace('cumsum', cumsum);
/** Makes every element the product of all up to it along a dim. */
export const cumprod_: InPlace<typeof cumprod> = inPlace('cumprod', cumprod);
/** Scales the slices of a dim down to a norm. */
export const renorm_: InPlace<typeof renorm> = inPlace('renorm', renorm);
/** x = beta · x + alpha · (a @ b) */
export const addmm_: InPlace<typeof addmm> = inPlace('addmm', addmm);
/** x = beta · x + alpha · (a @ b) for a matrix and a vector */
export const addmv_: InPlace<typeof addmv> = inPlace('addmv', addmv);
/** x = beta · x + alpha · a bᵀ */
export const addr_: InPlace<typeof addr> = inPlace('addr', addr);
/** x = beta · x + alpha · (a @ b) for batches */
export const baddbmm_: InPlace<typeof baddbmm> = inPlace('baddbmm', baddbmm);
/** x = beta · x + alpha · Σ (a[i] @ b[i]) */
export const addbmm_: InPlace<typeof addbmm> = inPlace('addbmm', addbmm);

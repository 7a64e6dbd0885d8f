import { ArgumentError, ShapeError } from '../errors.ts';
import { checkTensor, describe } from '../primitives/operand.ts';
import { showShape } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { checkIntegers, optional } from './arguments.ts';
import { type AtDim, type DimOption, dimOf } from './dims.ts';
import { slice, split } from './slicing.ts';

/** How many pieces, or where to cut: `[1, 3]` gives `[:1]`, `[1:3]` and `[3:]`. */
type Cuts = number | readonly number[];

/** Pieces along a dim that is as long as their sizes together, as views. */
export function splitWithSizes(x: Tensor, splitSizes: readonly number[], ...rest: AtDim): Tensor[] {
  return split(x, checkIntegers('splitWithSizes', 'splitSizes', splitSizes), ...rest);
}

/**
 * So many pieces along a dim, the first ones larger by one where they cannot be equal; or pieces between the given
 * cuts, which may lie outside the dim and count from the end if negative. A tensor of either is read. All are views.
 */
export function tensorSplit(x: Tensor, indicesOrSections: Cuts | Tensor, ...rest: AtDim): Tensor[] {
  const { dim = 0 } = optional<DimOption>('tensorSplit', rest, ['dim']);
  const at = dimOf('tensorSplit', x, dim);
  const cuts = indicesOrSections instanceof Tensor ? read(indicesOrSections) : indicesOrSections;
  return between(x, typeof cuts === 'number' ? evenly('tensorSplit', x, at, cuts) : cuts, at);
}

function read(cuts: Tensor): Cuts {
  if (cuts.dtype === 'int32' && cuts.ndim < 2) return cuts.ndim === 0 ? cuts.item() : [...cuts.data];
  throw new ArgumentError({
    op: 'tensorSplit',
    got: `a tensor of ${cuts.dtype} and shape ${showShape(cuts.shape)} for the cuts`,
    want: 'one of int32 with no dim (a count) or one (the cuts)',
  });
}

function between(x: Tensor, cuts: readonly number[], dim: number): Tensor[] {
  const ends = checkIntegers('tensorSplit', 'indices', cuts);
  return [...ends, undefined].map((end, i) => slice(x, dim, ends[i - 1], end));
}

/** Where to cut a dim for so many pieces, of which the first ones are larger by one if need be. */
function evenly(op: string, x: Tensor, dim: number, sections: number): number[] {
  const size = x.shape[dim] as number;
  if (!Number.isInteger(sections) || sections < 1 || sections > 2 ** 20)
    throw new ArgumentError({ op, got: `${sections} pieces`, want: 'a whole number ≥ 1' });
  const [least, larger] = [Math.floor(size / sections), size % sections];
  return Array.from({ length: sections - 1 }, (_, i) => (i + 1) * least + Math.min(i + 1, larger));
}

/** NumPy's splits, which cut along a dim of their own and want equal pieces. */
function splitAlong(op: string, least: number, dimFor: (ndim: number) => number) {
  return (x: Tensor, indicesOrSections: Cuts): Tensor[] => {
    if (checkTensor(op, x).ndim < least)
      throw new ShapeError({ op, got: `shape ${showShape(x.shape)}`, want: `at least ${least} dims` });
    const dim = dimFor(x.ndim);
    if (typeof indicesOrSections !== 'number')
      return between(x, checkIntegers(op, 'indices', indicesOrSections), dim);
    const size = x.shape[dim] as number;
    if (!(indicesOrSections > 0) || size % indicesOrSections !== 0) {
      throw new ArgumentError({
        op,
        got: `${describe(indicesOrSections)} pieces of a dim of ${size}`,
        want: `a number that divides ${size}`,
        fix: 'tensorSplit() makes pieces that are not equal.',
      });
    }
    return between(x, evenly(op, x, dim, indicesOrSections), dim);
  };
}

/** Equal pieces side by side, or pieces between cuts: along dim 1, or along the only dim. */
export const hsplit = splitAlong('hsplit', 1, (ndim) => (ndim === 1 ? 0 : 1));
/** Equal pieces one below the other, or pieces between cuts: along dim 0. */
export const vsplit = splitAlong('vsplit', 2, () => 0);
/** Equal pieces one behind the other, or pieces between cuts: along dim 2. */
export const dsplit = splitAlong('dsplit', 3, () => 2);

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../methods.ts';
import { gradcheck, gradgradcheck } from '../autograd/gradcheck.ts';
import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { tensors } from '../testing/arbitraries.ts';
import { ones, tensor } from './creation.ts';
import { einsum } from './einsum.ts';

/** All index tuples of a shape. */
function indicesOf(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (list, size) => list.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );
}

function elementAt({ shape, strides, offset, storage }: Tensor, index: readonly number[]): number {
  const place = index.reduce((sum, i, d) => sum + (shape[d] === 1 ? 0 : i) * (strides[d] as number), offset);
  return storage.data[place] as number;
}

/** By the definition: for each index of the output the sum, over all other letters, of the products. */
function slowly(terms: readonly string[], output: string, operands: readonly Tensor[]): number[] {
  const sizes = new Map<string, number>();
  for (const [i, term] of terms.entries()) {
    for (const [d, letter] of [...term].entries()) {
      const size = operands[i]?.shape[d] ?? 1;
      if (size !== 1 || !sizes.has(letter)) sizes.set(letter, size);
    }
  }
  const shapeOf = (letters: readonly string[]) => letters.map((letter) => sizes.get(letter) as number);
  const summed = [...sizes.keys()].filter((letter) => !output.includes(letter));
  return indicesOf(shapeOf([...output])).map((kept) =>
    indicesOf(shapeOf(summed)).reduce((sum, inner) => {
      const at = new Map([
        ...[...output].map((letter, d) => [letter, kept[d] as number] as const),
        ...summed.map((letter, d) => [letter, inner[d] as number] as const),
      ]);
      const factors = operands.map((x, i) =>
        elementAt(
          x,
          [...(terms[i] as string)].map((letter) => at.get(letter) as number),
        ),
      );
      return sum + factors.reduce((product, value) => product * value, 1);
    }, 0),
  );
}

const letters = ['a', 'b', 'c', 'D'] as const;

interface Case {
  readonly terms: readonly string[];
  readonly output: string;
  readonly operands: readonly Tensor[];
}

/** Up to three operands with letters that repeat, and dims that are sometimes 1; an output of some of the letters. */
const cases: fc.Arbitrary<Case> = fc
  .tuple(
    fc.array(fc.array(fc.constantFrom(...letters), { maxLength: 3 }), { minLength: 1, maxLength: 3 }),
    fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 }),
    fc.array(fc.nat(3), { minLength: 3, maxLength: 3 }),
    fc.shuffledSubarray([...letters]),
  )
  .chain(([list, sizes, repeated, wanted]) => {
    const terms = list.map((term) => term.join(''));
    // In each operand one letter at most is a dim of size 1, which is repeated.
    const shapes = list.map((term, i) =>
      term.map((letter) => {
        const at = letters.indexOf(letter);
        return at === repeated[i] ? 1 : (sizes[at] as number);
      }),
    );
    const output = wanted.filter((letter) => terms.some((term) => term.includes(letter))).join('');
    return fc
      .tuple(...shapes.map((shape) => tensors({ shape, min: -2, max: 2 })))
      .map((operands) => ({ terms, output, operands }));
  });

describe('einsum', () => {
  it('is what a loop over all letters gives', () => {
    fc.assert(
      fc.property(cases, ({ terms, output, operands }) => {
        const got = einsum(`${terms.join(', ')} -> ${output}`, ...operands);
        expect(Array.from(got.data, (value) => value + 0)).toEqual(
          slowly(terms, output, operands).map((value) => value + 0),
        );
      }),
      { numRuns: 300, includeErrorInReport: true },
    );
  });

  it('has right gradients of first and second order', () => {
    const some = (...shape: number[]) =>
      tensor(
        Array.from({ length: shape.reduce((n, size) => n * size, 1) }, (_, i) => Math.sin(i + shape.length)),
        {
          dtype: 'float64',
        },
      )
        .reshape(shape)
        .requiresGrad_();
    const calls: readonly (readonly [string, readonly Tensor[]])[] = [
      ['ij,jk->ik', [some(2, 3), some(3, 2)]],
      ['bij,bjk,k->bi', [some(2, 2, 3), some(1, 3, 2), some(2)]],
      ['ii->i', [some(3, 3)]],
      ['iji,j', [some(2, 3, 2), some(3)]],
      ['...i,i...->...', [some(2, 3), some(3, 2)]],
    ];
    for (const [equation, operands] of calls) {
      const leaves = operands.map((x) => x.detach().clone().requiresGrad_());
      expect(gradcheck((...list: Tensor[]) => einsum(equation, ...list), leaves)).toBe(true);
      expect(gradgradcheck((...list: Tensor[]) => einsum(equation, ...list), leaves)).toBe(true);
    }
  });

  const matrix = tensor([
    [1, 2],
    [3, 4],
  ]);

  it('orders an implicit output by the alphabet, capitals first, behind the dims of the dots', () => {
    expect(einsum('ba', matrix).toArray()).toEqual(matrix.T.toArray());
    expect(einsum('ii', matrix).item()).toBe(5);
    expect(einsum('aB', ones(2, 3)).shape).toEqual([3, 2]);
    expect(einsum('i...j', ones(2, 3, 4)).shape).toEqual([3, 2, 4]);
    expect(einsum('...i, ...i', ones(5, 1, 3), ones(4, 3)).shape).toEqual([5, 4]);
  });

  it('sums over the dots that an output does not name', () => {
    expect(einsum('...i->i', matrix).toArray()).toEqual([4, 6]);
  });

  it('moves truth values and multiplies them, but does not sum them', () => {
    const truth = ones(2, 3).gt(0);
    expect(einsum('ij->ji', truth).dtype).toBe('bool');
    expect(einsum('i,j->ij', truth.select(1, 0), truth.select(0, 0))).toEqualTensor(truth);
    expect(() => einsum('ij->i', truth)).toThrow(DTypeError);
    expect(() => truth.matmul(truth.T)).toThrow(DTypeError);
  });

  it('takes subscripts as lists behind the operands', () => {
    const product = matrix.matmul(matrix).toArray();
    expect(einsum(matrix, [0, 1], matrix, [1, 2], [0, 2]).toArray()).toEqual(product);
    expect(einsum(matrix, ['...', 0], matrix, [0, 51]).toArray()).toEqual(product);
  });

  it('is a view where there is nothing to sum', () => {
    const x = ones(2, 3, 3);
    einsum('bii->bi', x).zero_();
    expect(x.sum().item()).toBe(12);
  });

  it.each([
    ['ij,jk', [ones(2, 3)]],
    ['ij->ik', [ones(2, 3)]],
    ['ij->ii', [ones(2, 3)]],
    ['i1', [ones(2, 3)]],
    ['i->j->i', [ones(2)]],
    ['......', [ones(2)]],
    ['..', [ones(2)]],
  ])('refuses the equation %s', (equation, operands) => {
    expect(() => einsum(equation, ...operands)).toThrow(ArgumentError);
  });

  it.each([
    ['ij', [ones(2)]],
    ['i', [ones(2, 2)]],
    ['ii', [ones(2, 3)]],
    ['ij,jk', [ones(2, 3), ones(4, 2)]],
    ['...,...', [ones(2), ones(3)]],
  ])('refuses shapes that do not fit %s', (equation, operands) => {
    expect(() => einsum(equation, ...operands)).toThrow(ShapeError);
  });
});

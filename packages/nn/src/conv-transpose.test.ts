import { ArgumentError, arange, RetrogradError, type Shape, ShapeError, type Tensor } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import * as nn from './index.ts';

/** 1, 2, 3 … */
const counted = (...shape: number[]): Tensor =>
  arange(1, shape.reduce((n, size) => n * size, 1) + 1, { dtype: 'float32' }).reshape(shape);

const classes = { 1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d } as const;
const lazy = { 1: nn.LazyConvTranspose1d, 2: nn.LazyConvTranspose2d, 3: nn.LazyConvTranspose3d } as const;

interface Case {
  readonly dims: 1 | 2 | 3;
  readonly input: Shape;
  readonly weight: Shape;
  readonly outputSize: Shape;
  readonly options: nn.ConvTransposeLayerOptions;
  readonly shape: Shape;
  readonly elements: readonly number[];
}

/** What PyTorch 1.13 gives, with numbers that count up in input and weight, and no bias. */
const cases: readonly Case[] = [
  {
    dims: 1,
    input: [1, 1, 3],
    weight: [1, 1, 3],
    outputSize: [10],
    options: { stride: 3 },
    shape: [1, 1, 10],
    elements: [1, 2, 3, 2, 4, 6, 3, 6, 9, 0],
  },
  {
    dims: 1,
    input: [1, 3],
    weight: [1, 1, 3],
    outputSize: [1, 11],
    options: { stride: 3 },
    shape: [1, 11],
    elements: [1, 2, 3, 2, 4, 6, 3, 6, 9, 0, 0],
  },
  {
    dims: 1,
    input: [1, 1, 3],
    weight: [1, 1, 2],
    outputSize: [2, 5, 6], // Of a whole shape only the sizes count.
    options: { stride: 2 },
    shape: [1, 1, 6],
    elements: [1, 2, 2, 4, 3, 6],
  },
  {
    dims: 2,
    input: [1, 1, 2, 2],
    weight: [1, 1, 3, 3],
    outputSize: [4, 3],
    options: { stride: 2, padding: 1 },
    shape: [1, 1, 4, 3],
    elements: [5, 14, 10, 14, 36, 24, 15, 34, 20, 24, 55, 32],
  },
  {
    dims: 2,
    input: [1, 2, 2],
    weight: [1, 1, 3, 3],
    outputSize: [3, 4],
    options: { stride: 2, padding: 1 },
    shape: [1, 3, 4],
    elements: [5, 14, 10, 12, 14, 36, 24, 30, 15, 34, 20, 24],
  },
  {
    dims: 2,
    input: [1, 1, 2, 2],
    weight: [1, 1, 2, 2],
    outputSize: [1, 1, 6, 5],
    options: { stride: [3, 2], dilation: 2 },
    shape: [1, 1, 6, 5],
    elements: [
      ...[1, 0, 4, 0, 4, 0, 0, 0, 0, 0, 3, 0, 10, 0, 8],
      ...[3, 0, 10, 0, 8, 0, 0, 0, 0, 0, 9, 0, 24, 0, 16],
    ],
  },
  {
    dims: 3,
    input: [1, 1, 1, 2, 1],
    weight: [1, 1, 2, 1, 2],
    outputSize: [3, 3, 2],
    options: { stride: 2 },
    shape: [1, 1, 3, 3, 2],
    elements: [1, 2, 0, 0, 2, 4, 3, 4, 0, 0, 6, 8, 0, 0, 0, 0, 0, 0],
  },
];

describe('transposed convolutions of an output size', () => {
  it.each(cases)(
    '$dims: $input → $outputSize',
    ({ dims, input, weight, outputSize, options, shape, elements }) => {
      const given = { ...options, bias: false };
      const layers = [
        new classes[dims](1, 1, weight.slice(2), given),
        new lazy[dims](1, weight.slice(2), given),
      ] as const;
      for (const layer of layers) {
        if (layer === layers[1]) layer.forward(counted(...input));
        layer.loadStateDict({ weight: counted(...weight) });
        for (const y of [
          layer.forward(counted(...input), outputSize),
          layer.forward(counted(...input), { outputSize }),
        ]) {
          expect(y.shape).toEqual(shape);
          expect([...y.data]).toEqual(elements);
        }
      }
    },
  );

  it('take the place of the layer’s own output padding', () => {
    const layer = new nn.ConvTranspose1d(1, 1, 3, { stride: 3, outputPadding: 2 });
    const x = counted(1, 1, 3);
    expect(layer.forward(x).shape).toEqual([1, 1, 11]);
    expect(layer.forward(x, null).shape).toEqual([1, 1, 11]);
    expect(layer.forward(x, { outputSize: undefined }).shape).toEqual([1, 1, 11]);
    expect(layer.forward(x, [9]).shape).toEqual([1, 1, 9]);
  });

  it.each<[string, unknown]>([
    ['less than the least', [8]],
    ['more than the largest', [12]],
    ['no whole size', [9.5]],
    ['two sizes', [9, 9]],
    ['a dim too many', [1, 1, 1, 9]],
    ['no sizes', []],
    ['a number', 9],
    ['another option', { size: [9] }],
  ])('refuse %s', (_, outputSize) => {
    const layer = new nn.ConvTranspose1d(1, 1, 3, { stride: 3 });
    expect(() => layer.forward(counted(1, 1, 3), outputSize as never)).toThrow(RetrogradError);
  });

  it('say which sizes there are', () => {
    const layer = new nn.ConvTranspose2d(1, 1, 3, { stride: [3, 1] });
    expect(() => layer.forward(counted(1, 1, 3, 3), [12, 5])).toThrow(/12, 5.*9, 5.*11, 5/);
    expect(() => layer.forward(counted(3, 3), [9, 5])).toThrow(ShapeError);
    expect(() => layer.forward(3 as never, [9, 5])).toThrow(ArgumentError);
  });
});

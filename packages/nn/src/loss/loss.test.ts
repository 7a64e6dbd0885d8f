import { ArgumentError, rand, randn, type Tensor, tensor } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import * as nn from '../index.ts';
import { F } from '../index.ts';

const float64 = { dtype: 'float64' } as const;
const labels = (data: number[] | number[][]) => tensor(data, { dtype: 'int32' });
const sum = { reduction: 'sum' } as const;

const x = randn([3, 4], float64);
const y = rand([3, 4], float64);
const z = randn([3, 4], float64);
const probabilities = rand([3, 4], float64);
const signs = tensor([1, -1, 1], float64);
const classes = labels([0, 3, 1]);
const weight = rand([4], float64);

type AnyLoss = nn.Module & { forward(...inputs: Tensor[]): Tensor };

/** Each loss, what it is called with, and the function that it is. */
const losses: readonly (readonly [AnyLoss, readonly Tensor[], () => Tensor])[] = [
  [new nn.MSELoss(sum), [x, y], () => F.mseLoss(x, y, sum)],
  [new nn.L1Loss(), [x, y], () => F.l1Loss(x, y)],
  [new nn.SmoothL1Loss({ beta: 0.3 }), [x, y], () => F.smoothL1Loss(x, y, { beta: 0.3 })],
  [new nn.HuberLoss('sum', 0.3), [x, y], () => F.huberLoss(x, y, 'sum', 0.3)],
  [new nn.KLDivLoss({ reduction: 'batchmean' }), [x, y], () => F.klDiv(x, y, { reduction: 'batchmean' })],
  [new nn.KLDivLoss({ logTarget: true }), [x, y], () => F.klDiv(x, y, { logTarget: true })],
  [
    new nn.PoissonNLLLoss(false, true, { eps: 0.1 }),
    [probabilities, y],
    () => F.poissonNllLoss(probabilities, y, { logInput: false, full: true, eps: 0.1 }),
  ],
  [
    new nn.GaussianNLLLoss({ full: true, ...sum }),
    [x, y, probabilities],
    () => F.gaussianNllLoss(x, y, probabilities, { full: true, ...sum }),
  ],
  [new nn.BCELoss(weight), [probabilities, y], () => F.binaryCrossEntropy(probabilities, y, weight)],
  [
    new nn.BCEWithLogitsLoss({ weight, posWeight: weight }),
    [x, y],
    () => F.binaryCrossEntropyWithLogits(x, y, { weight, posWeight: weight }),
  ],
  [new nn.MultiLabelSoftMarginLoss(weight), [x, y], () => F.multilabelSoftMarginLoss(x, y, weight)],
  [new nn.SoftMarginLoss(sum), [x, y], () => F.softMarginLoss(x, y, sum)],
  [
    new nn.NLLLoss(weight, { ignoreIndex: 3 }),
    [x, classes],
    () => F.nllLoss(x, classes, { weight, ignoreIndex: 3 }),
  ],
  [
    new nn.CrossEntropyLoss({ weight, labelSmoothing: 0.2 }),
    [x, classes],
    () => F.crossEntropy(x, classes, { weight, labelSmoothing: 0.2 }),
  ],
  [
    new nn.MultiMarginLoss(2, 0.5, weight),
    [x, classes],
    () => F.multiMarginLoss(x, classes, { p: 2, margin: 0.5, weight }),
  ],
  [
    new nn.MultiLabelMarginLoss(sum),
    [
      x,
      labels([
        [1, 2, -1, 0],
        [0, -1, 0, 0],
        [3, 2, 1, 0],
      ]),
    ],
    () =>
      F.multilabelMarginLoss(
        x,
        labels([
          [1, 2, -1, 0],
          [0, -1, 0, 0],
          [3, 2, 1, 0],
        ]),
        sum,
      ),
  ],
  [new nn.CosineEmbeddingLoss(0.5), [x, y, signs], () => F.cosineEmbeddingLoss(x, y, signs, 0.5)],
  [new nn.HingeEmbeddingLoss(sum), [x, x.sign()], () => F.hingeEmbeddingLoss(x, x.sign(), sum)],
  [new nn.MarginRankingLoss(0.2, sum), [x, y, z.sign()], () => F.marginRankingLoss(x, y, z.sign(), 0.2, sum)],
  [
    new nn.TripletMarginLoss(0.5, 3, 1e-3, true),
    [x, y, z],
    () => F.tripletMarginLoss(x, y, z, { margin: 0.5, p: 3, eps: 1e-3, swap: true }),
  ],
  [
    new nn.TripletMarginWithDistanceLoss({ distanceFunction: (a, b) => a.sub(b).abs().sum(1), swap: true }),
    [x, y, z],
    () => F.tripletMarginLoss(x, y, z, { p: 1, eps: 0, swap: true }),
  ],
];

describe.each(losses.map((row) => [row[0].constructor.name, row] as const))(
  '%s',
  (name, [loss, inputs, wanted]) => {
    it('is its function, and prints without arguments', () => {
      expect(loss.forward(...inputs)).toBeCloseToTensor(wanted());
      expect(String(loss)).toBe(`${name}()`);
    });
  },
);

it('CTCLoss is its function', () => {
  const logp = F.logSoftmax(randn([5, 2, 3], float64), 2);
  const loss = new nn.CTCLoss(2, 'sum').forward(
    logp,
    labels([
      [0, 1],
      [1, 0],
    ]),
    [5, 4],
    [2, 1],
  );
  expect(loss).toEqualTensor(
    F.ctcLoss(
      logp,
      labels([
        [0, 1],
        [1, 0],
      ]),
      [5, 4],
      [2, 1],
      2,
      'sum',
    ),
  );
});

it('weights are buffers under PyTorch’s names', () => {
  const keys = (loss: nn.Module) => Object.keys(loss.stateDict());
  expect(keys(new nn.BCEWithLogitsLoss({ weight, posWeight: weight }))).toEqual(['weight', 'pos_weight']);
  expect(keys(new nn.MultiMarginLoss({ weight }))).toEqual(['weight']);
  expect(keys(new nn.MultiLabelSoftMarginLoss())).toEqual([]);
  expect(new nn.NLLLoss(weight).float().weight?.dtype).toBe('float32');
});

it('reductions and options are checked when a loss is made', () => {
  expect(() => new nn.MSELoss({ reduction: 'batchmean' as never })).toThrow(ArgumentError);
  expect(() => new nn.KLDivLoss({ reduction: 'max' as never })).toThrow(ArgumentError);
  expect(() => new nn.HuberLoss({ beta: 1 } as never)).toThrow(ArgumentError);
  expect(() => new nn.TripletMarginLoss(1, 2, 1e-6, false, 3 as never)).toThrow(ArgumentError);
});

import { ArgumentError, randn, ShapeError, type Tensor, tensor, zeros } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import * as nn from '../index.ts';
import { F } from '../index.ts';

const float64 = { dtype: 'float64' } as const;
const slopes = () => tensor([0.1, 0.2, 0.3], float64);

/** Each layer, the function that it is, and how PyTorch prints it. */
const layers: readonly (readonly [nn.Layer, (x: Tensor) => Tensor, string])[] = [
  [new nn.ReLU(), (x) => F.relu(x), 'ReLU()'],
  [new nn.ReLU6(), (x) => F.relu6(x), 'ReLU6()'],
  [new nn.SELU(), F.selu, 'SELU()'],
  [new nn.SiLU(), F.silu, 'SiLU()'],
  [new nn.Mish(), F.mish, 'Mish()'],
  [new nn.Sigmoid(), F.sigmoid, 'Sigmoid()'],
  [new nn.Tanh(), F.tanh, 'Tanh()'],
  [new nn.LogSigmoid(), F.logsigmoid, 'LogSigmoid()'],
  [new nn.Softsign(), F.softsign, 'Softsign()'],
  [new nn.Tanhshrink(), F.tanhshrink, 'Tanhshrink()'],
  [new nn.Hardsigmoid(), (x) => F.hardsigmoid(x), 'Hardsigmoid()'],
  [new nn.Hardswish(), (x) => F.hardswish(x), 'Hardswish()'],
  [new nn.ELU(2.5), (x) => F.elu(x, 2.5), 'ELU(alpha=2.5)'],
  [new nn.CELU(), (x) => F.celu(x), 'CELU(alpha=1.0)'],
  [new nn.LeakyReLU(0.2), (x) => F.leakyRelu(x, 0.2), 'LeakyReLU(negative_slope=0.2)'],
  [new nn.RReLU().eval(), (x) => F.rrelu(x), 'RReLU(lower=0.125, upper=0.3333333333333333)'],
  [new nn.Hardtanh(), (x) => F.hardtanh(x), 'Hardtanh(min_val=-1.0, max_val=1.0)'],
  [new nn.Hardtanh(-2, 2.5), (x) => F.hardtanh(x, -2, 2.5), 'Hardtanh(min_val=-2.0, max_val=2.5)'],
  [new nn.Hardshrink(1), (x) => F.hardshrink(x, 1), 'Hardshrink(1)'],
  [new nn.Softshrink(), (x) => F.softshrink(x), 'Softshrink(0.5)'],
  [new nn.Threshold(0.1, 20), (x) => F.threshold(x, 0.1, 20), 'Threshold(threshold=0.1, value=20)'],
  [new nn.GLU(0), (x) => F.glu(x, 0), 'GLU(dim=0)'],
  [new nn.Softmax(1), (x) => F.softmax(x, 1), 'Softmax(dim=1)'],
  [new nn.LogSoftmax(1), (x) => F.logSoftmax(x, 1), 'LogSoftmax(dim=1)'],
  [new nn.Softmin(1), (x) => F.softmin(x, 1), 'Softmin(dim=1)'],
  [new nn.GELU('tanh'), (x) => F.gelu(x, { approximate: 'tanh' }), "GELU(approximate='tanh')"],
  [new nn.Softplus(2, 10), (x) => F.softplus(x, 2, 10), 'Softplus(beta=2, threshold=10)'],
];

describe.each(layers.map((row) => [row[2], row] as const))('%s', (_, [layer, f, printed]) => {
  it('is its function, has no state, and prints as PyTorch prints it', () => {
    const x = randn([4, 3], float64);
    expect(layer.forward(x)).toEqualTensor(f(x));
    expect(Object.keys(layer.stateDict())).toEqual([]);
    expect(String(layer)).toBe(printed);
  });
});

describe('in place', () => {
  it.each<[nn.Layer, string]>([
    [new nn.ReLU(true), 'ReLU(inplace=True)'],
    [new nn.ReLU6({ inplace: true }), 'ReLU6(inplace=True)'],
    [new nn.SELU(true), 'SELU(inplace=True)'],
    [new nn.SiLU(true), 'SiLU(inplace=True)'],
    [new nn.Mish(true), 'Mish(inplace=True)'],
    [new nn.Hardsigmoid(true), 'Hardsigmoid()'],
    [new nn.Hardswish(true), 'Hardswish()'],
    [new nn.ELU(0.5, true), 'ELU(alpha=0.5, inplace=True)'],
    [new nn.CELU({ inplace: true }), 'CELU(alpha=1.0, inplace=True)'],
    [new nn.LeakyReLU(0.2, true), 'LeakyReLU(negative_slope=0.2, inplace=True)'],
    [new nn.RReLU(0.1, 0.2, true), 'RReLU(lower=0.1, upper=0.2, inplace=True)'],
    [new nn.Hardtanh(-2.5, 2.5, true), 'Hardtanh(min_val=-2.5, max_val=2.5, inplace=True)'],
    [new nn.Threshold(0.1, 20, true), 'Threshold(threshold=0.1, value=20, inplace=True)'],
  ])('%s writes over its input', (layer, printed) => {
    const x = randn([4, 3]);
    const wanted = layer.eval().forward(x.clone());
    expect(layer.forward(x)).toBe(x);
    expect(x).toEqualTensor(wanted);
    expect(String(layer)).toBe(printed);
  });
});

describe('PReLU', () => {
  it('learns a slope for all channels, or for each', () => {
    const layer = new nn.PReLU(3);
    expect(layer.weight).toEqualTensor([0.25, 0.25, 0.25]);
    expect(Object.keys(layer.stateDict())).toEqual(['weight']);
    expect(String(layer)).toBe('PReLU(num_parameters=3)');
    layer.double().loadStateDict({ weight: slopes() });
    const x = randn([2, 3, 4], float64);
    expect(layer.forward(x)).toEqualTensor(F.prelu(x, slopes()));
    expect(new nn.PReLU({ init: 0.5, dtype: 'float64' }).weight).toEqualTensor(tensor([0.5], float64));
  });
});

it('RReLU draws in training only', () => {
  const [layer, x] = [new nn.RReLU(0.1, 0.3), zeros(20).sub(1)];
  expect(new Set(layer.forward(x).data).size).toBeGreaterThan(1);
  expect(layer.eval().forward(x)).toBeCloseToTensor(x.mul(0.2));
});

it('Softmax2d is over the channels of images', () => {
  const x = randn([2, 3, 4, 5], float64);
  expect(new nn.Softmax2d().forward(x)).toEqualTensor(F.softmax(x, 1));
  expect(new nn.Softmax2d().forward(x.select(0, 0))).toEqualTensor(F.softmax(x, 1).select(0, 0));
  expect(() => new nn.Softmax2d().forward(zeros(2, 3))).toThrow(ShapeError);
});

it('unknown options are refused', () => {
  expect(() => new nn.ReLU({ inPlace: true } as never)).toThrow(ArgumentError);
  expect(() => new nn.ELU({ beta: 1 } as never)).toThrow(ArgumentError);
});

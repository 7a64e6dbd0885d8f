import { ArgumentError, noGrad, ones, randn, ShapeError, type Tensor, tensor } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import * as nn from './index.ts';

const { parametrizations, parametrize, parametersToVector, vectorToParameters } = nn.utils;

class Symmetric extends nn.Module {
  override forward(x: Tensor): Tensor {
    return x.triu().add(x.triu(1).t());
  }
}

class Doubled extends nn.Module {
  override forward(x: Tensor): Tensor {
    return x.mul(2);
  }
  rightInverse(x: Tensor): Tensor {
    return x.div(2);
  }
}

describe('registerParametrization', () => {
  it('computes the tensor of a parameter that is trained in its place', () => {
    const layer = new nn.Linear(3, 3);
    const { weight } = layer;
    parametrize.registerParametrization(layer, 'weight', new Symmetric());
    expect(Object.keys(layer.stateDict())).toEqual(['bias', 'parametrizations.weight.original']);
    expect([...layer.parameters()]).toContain(weight);
    expect(layer.weight).toEqualTensor(layer.weight.t());
    layer.forward(ones(1, 3)).sum().backward();
    // Above the diagonal a parameter stands twice, on it once, below it not at all.
    expect(weight.grad).toEqualTensor([
      [1, 2, 2],
      [0, 1, 2],
      [0, 0, 1],
    ]);
    expect(parametrize.isParametrized(layer, 'weight')).toBe(true);
    expect(parametrize.isParametrized(layer, 'bias')).toBe(false);
  });

  it('goes on from another one, and can be taken off', () => {
    const layer = new nn.Linear(2, 2);
    const before = layer.weight.detach().clone();
    parametrize.registerParametrization(layer, 'weight', new Doubled());
    expect(layer.weight.detach()).toEqualTensor(before);
    parametrize.registerParametrization(layer, 'weight', new Symmetric());
    const symmetric = before.triu().add(before.triu(1).t());
    expect(layer.weight.detach()).toEqualTensor(symmetric);
    parametrize.removeParametrizations(layer, 'weight');
    expect(layer.weight).toBeInstanceOf(nn.Parameter);
    expect(layer.weight.detach()).toEqualTensor(symmetric);
    expect(Object.keys(layer.stateDict()).sort()).toEqual(['bias', 'weight']);
    expect(parametrize.isParametrized(layer)).toBe(false);
  });

  it('can be assigned to where it has an inverse', () => {
    const layer = new nn.Linear(2, 2);
    parametrize.registerParametrization(layer, 'weight', new Doubled());
    layer.weight = ones(2, 2) as nn.Parameter;
    expect(layer.stateDict()['parametrizations.weight.original']).toEqualTensor([
      [0.5, 0.5],
      [0.5, 0.5],
    ]);
    parametrize.registerParametrization(layer, 'weight', new Symmetric());
    expect(() => {
      layer.weight = ones(2, 2) as nn.Parameter;
    }).toThrow(ArgumentError);
  });

  it('refuses fields that are no parameters, and what changes the shape', () => {
    const layer = new nn.Linear(2, 3);
    expect(() => parametrize.registerParametrization(layer, 'inFeatures', new Doubled())).toThrow(
      ArgumentError,
    );
    expect(() => parametrize.registerParametrization(layer, 'weight', new nn.Flatten(0))).toThrow(ShapeError);
    expect(() => parametrize.removeParametrizations(layer, 'weight')).toThrow(ArgumentError);
  });
});

describe('weightNorm', () => {
  it('is a direction and a length for each output', () => {
    const layer = new nn.Conv2d(2, 3, 2);
    const before = layer.weight.detach().clone();
    parametrizations.weightNorm(layer);
    const state = layer.stateDict();
    expect(Object.keys(state)).toEqual([
      'bias',
      'parametrizations.weight.original0',
      'parametrizations.weight.original1',
    ]);
    expect(state['parametrizations.weight.original0']?.shape).toEqual([3, 1, 1, 1]);
    expect(layer.weight.detach()).toBeCloseToTensor(before);
    noGrad(() => state['parametrizations.weight.original0']?.mul_(2));
    expect(layer.weight.detach()).toBeCloseToTensor(before.mul(2));
  });

  it('loads and trains under its keys', () => {
    const [from, to] = [new nn.Linear(3, 2), new nn.Linear(3, 2)].map((layer) =>
      parametrizations.weightNorm(layer, { dim: null }),
    ) as [nn.Linear, nn.Linear];
    to.loadStateDict(from.stateDict());
    const x = randn(4, 3);
    expect(to.forward(x)).toEqualTensor(from.forward(x));
    to.forward(x).sum().backward();
    expect([...to.parameters()].every(({ grad }) => grad !== null)).toBe(true);
  });
});

describe('spectralNorm', () => {
  it('makes the largest singular value 1', () => {
    const layer = parametrizations.spectralNorm(new nn.Linear(2, 2, { bias: false }), {
      nPowerIterations: 50,
    });
    noGrad(() =>
      layer.stateDict()['parametrizations.weight.original']?.copy_(
        tensor([
          [3, 0],
          [0, 1],
        ]),
      ),
    );
    expect(layer.weight.detach()).toBeCloseToTensor(
      [
        [1, 0],
        [0, 1 / 3],
      ],
      { atol: 1e-5 },
    );
    expect(() => parametrizations.spectralNorm(new nn.Linear(2, 2), { dim: 2 })).toThrow(ArgumentError);
    expect(() => parametrizations.spectralNorm(new nn.ReLU())).toThrow(ArgumentError);
  });
});

describe('parametersToVector and vectorToParameters', () => {
  it('are each other’s inverse', () => {
    const layer = new nn.Linear(2, 2);
    const vector = parametersToVector(layer.parameters());
    expect(vector.shape).toEqual([6]);
    vectorToParameters(tensor([1, 2, 3, 4, 5, 6]), layer.parameters());
    expect(layer.weight.detach()).toEqualTensor([
      [1, 2],
      [3, 4],
    ]);
    expect(layer.bias?.detach()).toEqualTensor([5, 6]);
    expect(parametersToVector(layer.parameters()).detach()).toEqualTensor([1, 2, 3, 4, 5, 6]);
    expect(() => vectorToParameters(ones(5), layer.parameters())).toThrow(ShapeError);
    expect(() => parametersToVector([])).toThrow(ArgumentError);
  });
});

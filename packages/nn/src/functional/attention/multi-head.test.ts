import {
  ArgumentError,
  DTypeError,
  gradcheck,
  manualSeed,
  ones,
  randn,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from '@retrograd/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { F, MultiheadAttention, type MultiheadAttentionOptions } from '../../index.ts';
import { attended, float64, type Matrix, matrix } from './slow-attention.ts';

const near = { atol: 1e-12, rtol: 1e-12 };
const random = (...shape: number[]) => randn(shape, { dtype: 'float64' });

beforeEach(() => manualSeed(2));

describe('multi-head attention', () => {
  /** Everything at once: masks, and keys and values behind those that are given; one batch entry and head at a time. */
  function slowly(module: MultiheadAttention, [query, key, value]: readonly Tensor[], hides: Hides) {
    const state = module.stateDict();
    const { numHeads, embedDim } = module;
    const size = embedDim / numHeads;
    const apart = ['q', 'k', 'v'].map((name) => state[`${name}_proj_weight`]);
    const weights = state.in_proj_weight?.chunk(3) ?? (apart as Tensor[]);
    const biases =
      state.in_proj_bias?.chunk(3) ?? [0, 0, 0].map(() => zeros([embedDim], { dtype: 'float64' }));
    const count = query?.shape[1] as number;
    return Array.from({ length: count }, (_, n) => {
      const [q, k, v] = [query, key, value].map((x, i) => {
        const rows = matrix(
          (x as Tensor)
            .select(1, n)
            .matmul((weights[i] as Tensor).t())
            .add(biases[i] as Tensor),
        );
        const learnt = state[i === 1 ? 'bias_k' : 'bias_v'];
        if (i > 0 && learnt) rows.push([...learnt.data]);
        if (i > 0 && module.addZeroAttn) rows.push(new Array<number>(embedDim).fill(0));
        return rows;
      }) as unknown as [Matrix, Matrix, Matrix];
      const given = key?.shape[0] as number;
      const heads = Array.from({ length: numHeads }, (_, head) => {
        const part = (rows: Matrix) => rows.map((row) => row.slice(head * size, (head + 1) * size));
        const bias = (i: number, j: number) => (j < given ? hides(n, head, i, j) : 0);
        return attended(part(q), part(k), part(v), bias);
      });
      const joined = q.map((_, i) => heads.flatMap(({ output }) => output[i] as number[]));
      return {
        output: module.out_proj.forward(float64(joined)),
        weights: heads.map(({ weights: own }) => float64(own)),
      };
    });
  }
  type Hides = (n: number, head: number, i: number, j: number) => number;

  const [L, S, N, E] = [3, 5, 2, 4];
  const variants: Record<string, MultiheadAttentionOptions> = {
    'one weight for all': {},
    'no biases': { bias: false },
    'weights apart': { kdim: 3, vdim: 6 },
    'a learnt key and one of zeros': { addBiasKv: true, addZeroAttn: true },
    'weights apart and a learnt key': { vdim: 6, addBiasKv: true },
  };

  describe.each(Object.entries(variants))('with %s', (_, options) => {
    const make = (further: MultiheadAttentionOptions = {}) => {
      const module = new MultiheadAttention(E, 2, { ...options, ...further, dtype: 'float64' });
      // Biases of 0 would hide mistakes.
      for (const parameter of module.parameters()) if (parameter.ndim === 1) parameter.detach().normal_();
      return module;
    };
    const inputs = () =>
      [random(L, N, E), random(S, N, options.kdim ?? E), random(S, N, options.vdim ?? E)] as const;

    it('gives what nested loops give, with masks of both kinds', () => {
      const module = make();
      const [q, k, v] = inputs();
      const numbers = random(N * 2, L, S);
      const padding = tensor([
        [false, false, false, false, true],
        [true, false, true, false, false],
      ]);
      const [out, weights] = module.forward(q, k, v, {
        attnMask: numbers,
        keyPaddingMask: padding,
        averageAttnWeights: false,
      });
      const hides: Hides = (n, head, i, j) =>
        padding.data[n * S + j]
          ? Number.NEGATIVE_INFINITY
          : (matrix(numbers.select(0, 2 * n + head))[i]?.[j] as number);
      for (const [n, want] of slowly(module, [q, k, v], hides).entries()) {
        expect(out.select(1, n)).toBeCloseToTensor(want.output, near);
        for (const [head, each] of want.weights.entries())
          expect(weights?.select(0, n).select(0, head)).toBeCloseToTensor(each, near);
      }
    });

    it('takes batches first, single sequences, and masks of one kind as of the other', () => {
      const [plain, first] = [make(), make({ batchFirst: true })];
      first.loadStateDict(plain.stateDict());
      const [q, k, v] = inputs();
      const hidden = random(L, S)
        .gt(0.5)
        .logicalAnd(tensor([[false, true, true, true, true]]));
      const [out, weights] = plain.forward(q, k, v, { attnMask: hidden });
      const swapped = [q, k, v].map((x) => x.transpose(0, 1)) as [Tensor, Tensor, Tensor];
      const numbers = zeros([L, S]).maskedFill(hidden, Number.NEGATIVE_INFINITY);
      const [batch, same] = first.forward(...swapped, { attnMask: numbers });
      expect(batch.transpose(0, 1)).toBeCloseToTensor(out, near);
      expect(same).toBeCloseToTensor(weights as Tensor, near);
      for (const module of [plain, first]) {
        const single = [q, k, v].map((x) => x.select(1, 1)) as [Tensor, Tensor, Tensor];
        const [one, own] = module.forward(...single, { attnMask: hidden });
        expect(one).toBeCloseToTensor(out.select(1, 1), near);
        expect(own).toBeCloseToTensor((weights as Tensor).select(0, 1), near);
      }
    });

    it('passes gradcheck', () => {
      const module = make();
      const leaves = inputs().map((x) => x.narrow(1, 0, 1).contiguous().requiresGrad_());
      const f = (...[q, k, v]: Tensor[]) =>
        module.forward(q as Tensor, k as Tensor, v as Tensor) as [Tensor, Tensor];
      expect(gradcheck(f, leaves)).toBe(true);
    });
  });

  it('averages weights over the heads, or gives none', () => {
    const module = new MultiheadAttention({ embedDim: E, numHeads: 2 });
    const x = randn(L, N, E);
    const [, each] = module.forward(x, x, x, { averageAttnWeights: false });
    const [, mean] = module.forward(x, x, x);
    expect(mean).toBeCloseToTensor((each as Tensor).mean(1), { atol: 1e-6 });
    expect(module.forward(x, x, x, { needWeights: false })[1]).toBe(null);
    expect(module.forward(x, x, x, null, false)[1]).toBe(null);
  });

  it('drops weights in training only', () => {
    const module = new MultiheadAttention(E, 2, { dropout: 1 });
    const x = randn(L, N, E);
    expect(module.forward(x, x, x)[1]).toEqualTensor(zeros(N, L, L));
    expect(module.eval().forward(x, x, x)[1]?.sum(-1)).toBeCloseToTensor(ones(N, L), { atol: 1e-6 });
  });

  it('is a function, too, to which keys and values may be given as they are', () => {
    const module = new MultiheadAttention(E, 2);
    const [q, k] = [randn(L, N, E), randn(S, N, E)];
    const { in_proj_weight, in_proj_bias, out_proj } = module;
    const parts = [
      in_proj_weight,
      in_proj_bias,
      null,
      null,
      false,
      0,
      out_proj.weight,
      out_proj.bias,
    ] as const;
    const [out] = F.multiHeadAttentionForward(q, k, k, E, 2, ...parts);
    expect(out).toBeCloseToTensor(module.forward(q, k, k)[0], { atol: 1e-6 });
    const [qProjWeight, kProjWeight, vProjWeight] = (in_proj_weight as Tensor).chunk(3) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const heads = (weight: Tensor, bias: Tensor) =>
      k.matmul(weight.t()).add(bias).unflatten(2, [2, 2]).permute(1, 2, 0, 3).flatten(0, 1);
    const [, ofK, ofV] = (in_proj_bias as Tensor).chunk(3) as [Tensor, Tensor, Tensor];
    const [same] = F.multiHeadAttentionForward(
      q,
      k,
      k,
      E,
      2,
      null,
      in_proj_bias,
      ...(parts.slice(2) as [null, null, false, 0, Tensor, Tensor]),
      {
        useSeparateProjWeight: true,
        qProjWeight,
        kProjWeight,
        vProjWeight,
        staticK: heads(kProjWeight, ofK),
        staticV: heads(vProjWeight, ofV),
      },
    );
    expect(same).toBeCloseToTensor(out, { atol: 1e-6 });
    expect(() => F.multiHeadAttentionForward(q, k, k, E + 1, 2, ...parts)).toThrow(ShapeError);
    expect(() => F.multiHeadAttentionForward(q, k, k, E, 3, ...parts)).toThrow(ArgumentError);
  });

  it('refuses what does not fit', () => {
    const module = new MultiheadAttention(E, 2);
    const x = zeros(L, N, E);
    const call = (options: object) => () => module.forward(x, x, x, options);
    expect(() => module.forward(x, zeros(S, N, E), x)).toThrow(ShapeError);
    expect(() => module.forward(x, zeros(S, 1, E), zeros(S, 1, E))).toThrow(ShapeError);
    expect(() => module.forward(x, zeros(S, E), zeros(S, E))).toThrow(ShapeError);
    expect(() => module.forward(zeros(L, N, 3), x, x)).toThrow(ShapeError);
    expect(() => module.forward(x.double(), x, x)).toThrow(DTypeError);
    expect(call({ attnMask: zeros(L, S) })).toThrow(ShapeError);
    expect(call({ attnMask: zeros([L, L], { dtype: 'int32' }) })).toThrow(DTypeError);
    expect(call({ keyPaddingMask: zeros(L, N).gt(0) })).toThrow(ShapeError);
    expect(call({ mask: null })).toThrow(ArgumentError);
    expect(() => new MultiheadAttention(E, 3)).toThrow(ArgumentError);
    expect(() => new MultiheadAttention(E, 0)).toThrow(ArgumentError);
  });
});

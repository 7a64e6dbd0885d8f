import { ArgumentError, manualSeed, randn, ShapeError, type Tensor, tensor, zeros } from '@retrograd/core';
import { beforeEach, describe, expect, it } from 'vitest';
import * as nn from '../index.ts';

const near = { atol: 1e-12, rtol: 1e-12 };
const options = { dimFeedforward: 6, dropout: 0, dtype: 'float64' } as const;
const random = (...shape: number[]) => randn(shape, { dtype: 'float64' });
const encoderLayer = (further: nn.TransformerLayerOptions = {}) =>
  new nn.TransformerEncoderLayer(4, 2, { ...options, ...further });
const decoderLayer = (further: nn.TransformerLayerOptions = {}) =>
  new nn.TransformerDecoderLayer(4, 2, { ...options, ...further });
const causal = nn.Transformer.generateSquareSubsequentMask;

beforeEach(() => manualSeed(3));

describe('a layer', () => {
  it.each([false, true])(
    'leads its input around each part and normalises, in front of it: %s',
    (normFirst) => {
      const [x, memory] = [random(3, 2, 4), random(5, 2, 4)];
      const layer = decoderLayer({ normFirst });
      const parts: [nn.LayerNorm, (y: Tensor) => Tensor][] = [
        [layer.norm1, (y) => layer.self_attn.forward(y, y, y)[0]],
        [layer.norm2, (y) => layer.multihead_attn.forward(y, memory, memory)[0]],
        [layer.norm3, (y) => layer.linear2.forward(nn.F.relu(layer.linear1.forward(y)))],
      ];
      let want = x;
      for (const [norm, part] of parts)
        want = normFirst ? want.add(part(norm.forward(want))) : norm.forward(want.add(part(want)));
      expect(layer.forward(x, memory)).toBeCloseToTensor(want, near);
    },
  );

  it('takes an activation by name, as a function or as a module', () => {
    const x = random(3, 2, 4);
    const plain = encoderLayer({ activation: 'gelu' });
    const layers = [
      encoderLayer({ activation: nn.F.gelu }),
      encoderLayer({ activation: new nn.GELU() }),
      new nn.TransformerEncoderLayer(4, 2, 6, 0, new nn.GELU()).double(),
    ];
    for (const layer of layers) {
      layer.loadStateDict(plain.stateDict());
      expect(layer.forward(x)).toBeCloseToTensor(plain.forward(x), near);
    }
    expect(() => encoderLayer({ activation: 'toString' as never })).toThrow(ArgumentError);
  });

  it('learns no biases if it is not to', () => {
    const names = Object.keys(decoderLayer({ bias: false }).stateDict());
    expect(names.filter((name) => name.includes('bias'))).toEqual([]);
  });

  it('lets masks hide what they say', () => {
    const [encoder, decoder] = [encoderLayer(), decoderLayer()];
    const [x, memory] = [random(4, 2, 4), random(5, 2, 4)];
    const other = (y: Tensor, from: number) => {
      const changed = y.clone();
      changed.narrow(0, from, (y.shape[0] as number) - from).normal_();
      return changed;
    };
    // What comes after position 1 is hidden from it.
    const seen = [
      (y: Tensor) => encoder.forward(y, { isCausal: true }),
      (y: Tensor) => encoder.forward(y, causal(4)),
      (y: Tensor) => encoder.forward(y, { srcMask: causal(4).ne(0) }),
      (y: Tensor) => decoder.forward(y, memory, { tgtIsCausal: true }),
      (y: Tensor) => decoder.forward(y, memory, { tgtMask: causal(4) }),
    ];
    for (const f of seen) {
      expect(f(other(x, 2)).narrow(0, 0, 2)).toBeCloseToTensor(f(x).narrow(0, 0, 2), near);
      expect(f(x).isnan().any().item()).toBe(0);
    }
    // Padding is hidden from all.
    const padding = tensor([[false, false, false, true, true]]).expand([2, 5]);
    const y = decoder.forward(x, other(memory, 3), { memoryKeyPaddingMask: padding });
    expect(y).toBeCloseToTensor(decoder.forward(x, memory, { memoryKeyPaddingMask: padding }), near);
    const short = encoder.forward(memory, { srcKeyPaddingMask: padding }).narrow(0, 0, 3);
    expect(short).toBeCloseToTensor(encoder.forward(memory.narrow(0, 0, 3)), near);
    expect(() => encoder.forward(x, { mask: causal(4) } as never)).toThrow(ArgumentError);
  });
});

describe('a stack', () => {
  it('is made of copies, which begin with the same numbers and go their own ways', () => {
    const layer = encoderLayer();
    const encoder = new nn.TransformerEncoder(layer, 2, new nn.LayerNorm(4, { dtype: 'float64' }));
    const x = random(3, 2, 4);
    expect(encoder.forward(x)).toBeCloseToTensor(
      (encoder.norm as nn.LayerNorm).forward(layer.forward(layer.forward(x))),
      near,
    );
    encoder
      .forward(x)
      .mul(random(3, 2, 4))
      .sum()
      .backward();
    const grads = [...encoder.layers].map((each) => [...each.parameters()][0]?.grad?.toArray());
    expect(grads[0]).not.toEqual(grads[1]);
    expect([...layer.parameters()].every(({ grad }) => grad === null)).toBe(true);
    expect([...encoder.parameters()]).toHaveLength(2 * 12 + 2);
  });

  it('hands its masks to every layer', () => {
    const [encoder, decoder] = [
      new nn.TransformerEncoder(encoderLayer(), 2),
      new nn.TransformerDecoder(decoderLayer(), 2),
    ];
    const [x, memory] = [random(4, 2, 4), random(4, 2, 4)];
    const masks = { tgtMask: causal(4), memoryMask: causal(4) };
    const [first, second] = [...decoder.layers] as [nn.TransformerDecoderLayer, nn.TransformerDecoderLayer];
    const want = second.forward(first.forward(x, memory, masks), memory, masks);
    expect(decoder.forward(x, memory, masks)).toBeCloseToTensor(want, near);
    const hints = { tgtIsCausal: true, memoryIsCausal: true };
    expect(decoder.forward(x, memory, hints)).toBeCloseToTensor(want, near);
    expect(encoder.forward(x, causal(4))).toBeCloseToTensor(encoder.forward(x, { isCausal: true }), near);
  });
});

describe('a transformer', () => {
  const sizes = { dModel: 4, nhead: 2, numEncoderLayers: 1, numDecoderLayers: 1, ...options };

  it('decodes what it has encoded', () => {
    const model = new nn.Transformer(sizes);
    const [src, tgt] = [random(5, 2, 4), random(3, 2, 4)];
    const memory = model.encoder.forward(src, { isCausal: true });
    const want = model.decoder.forward(tgt, memory, { memoryMask: zeros(3, 5), tgtIsCausal: true });
    const call = { srcIsCausal: true, memoryMask: zeros(3, 5), tgtMask: causal(3) };
    expect(model.forward(src, tgt, call)).toBeCloseToTensor(want, near);
    const batchFirst = new nn.Transformer({ ...sizes, batchFirst: true });
    batchFirst.loadStateDict(model.stateDict());
    const swapped = batchFirst.forward(src.transpose(0, 1), tgt.transpose(0, 1), call);
    expect(swapped.transpose(0, 1)).toBeCloseToTensor(want, near);
    const one = model.forward(src.select(1, 0), tgt.select(1, 0), call);
    expect(one).toBeCloseToTensor(want.select(1, 0), near);
  });

  it('takes an encoder or a decoder of one’s own', () => {
    class Half extends nn.Module {
      override forward(src: Tensor) {
        return src.div(2);
      }
    }
    const model = new nn.Transformer({ ...sizes, customEncoder: new Half(), customDecoder: new Half() });
    const [src, tgt] = [random(5, 2, 4), random(3, 2, 4)];
    expect(model.forward(src, tgt)).toBeCloseToTensor(tgt.div(2), near);
    expect([...model.parameters()]).toEqual([]);
  });

  it('makes causal masks', () => {
    const hidden = Number.NEGATIVE_INFINITY;
    expect(causal(3)).toEqualTensor([
      [0, hidden, hidden],
      [0, 0, hidden],
      [0, 0, 0],
    ]);
  });

  it('refuses what does not fit', () => {
    const model = new nn.Transformer(sizes);
    const x = random(3, 2, 4);
    expect(() => model.forward(x, random(3, 2, 5))).toThrow(ShapeError);
    expect(() => model.forward(x, random(3, 1, 4))).toThrow(ShapeError);
    expect(() => model.forward(x, x, { mask: causal(3) } as never)).toThrow(ArgumentError);
    expect(() => new nn.Transformer({ dModel: 5, nhead: 2 })).toThrow(ArgumentError);
    expect(() => new nn.Transformer({ depth: 2 } as never)).toThrow(ArgumentError);
    expect(() => new nn.TransformerEncoder(encoderLayer(), -1)).toThrow(ArgumentError);
  });
});

import { readFileSync } from 'node:fs';
import { Generator, manualSeed, rand, stack, type Tensor, tensor } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import * as affine from './affine.ts';
import * as colour from './colour.ts';
import * as crop from './crop.ts';
import * as noise from './noise.ts';
import * as resize from './resize.ts';
import type { Transform } from './transform.ts';

type Pixels = number[][][];

interface Case {
  call: [name: string, ...given: unknown[]];
  image: string;
  seed: number;
  results: Pixels[];
  next: number;
}

const path = new URL('../../../../tests/fixtures/transform-cases.json', import.meta.url);
const { images, cases }: { images: Record<string, Pixels>; cases: Case[] } = JSON.parse(
  readFileSync(path, 'utf8'),
);

const makers = { ...affine, ...colour, ...crop, ...noise, ...resize } as unknown as Record<
  string,
  (...given: unknown[]) => Transform
>;

function transformOf([name, ...given]: Case['call'], generator?: Generator): Transform {
  const make = makers[name];
  if (make === undefined) throw new Error(`no transform ${name}`);
  if (generator === undefined) return make(...given);
  const last = given.at(-1);
  const hasOptions = typeof last === 'object' && !Array.isArray(last);
  const options = hasOptions ? { ...last, generator } : { generator };
  return make(...(hasOptions ? given.slice(0, -1) : given), options);
}

const imageOf = (name: string) =>
  tensor(images[name] as Pixels, { dtype: name === 'bytes' ? 'uint8' : 'float32' });

/**
 * Floats differ by what was rounded away when they were recorded and some roundings more. Bytes are equal, but where the
 * exact value lies in the middle between two of them: there the order of a sum decides.
 */
function expectSame(found: Tensor, wanted: Pixels, exact: () => Tensor): void {
  const flat = tensor(wanted, { dtype: 'float64' });
  expect(found.shape).toEqual(flat.shape);
  const off = found.to('float64').sub(flat).abs();
  if (found.isFloatingPoint) {
    expect(off.max().item()).toBeLessThanOrEqual(1e-6);
    return;
  }
  const differing = off.gt(0);
  if (!differing.any().item()) return;
  const value = exact();
  const isTie = value.sub(value.floor()).sub(0.5).abs().lt(1e-4);
  expect(differing.logicalAnd(isTie.logicalNot()).any().item()).toBe(0);
  expect(off.max().item()).toBe(1);
}

/** What a transform gives at its `call`-th call, in float64. */
function exactly(transform: Transform, input: Tensor, seed: number, call: number): Tensor {
  manualSeed(seed);
  let result = input;
  for (let i = 0; i <= call; i++) result = transform(input.to('float64'));
  return result;
}

describe("torchvision's values", () => {
  it.each(
    cases.map((each) => [`${JSON.stringify(each.call)} of ${each.image}, seed ${each.seed}`, each] as const),
  )('%s', (_, { call, image, seed, results, next }) => {
    const input = imageOf(image);
    const transform = transformOf(call);
    manualSeed(seed);
    const found = results.map(() => transform(input));
    expect(rand(1).item()).toBe(next);
    for (const [i, wanted] of results.entries()) {
      expect(found[i]?.dtype).toBe(input.dtype);
      expectSame(found[i] as Tensor, wanted, () => exactly(transform, input, seed, i));
    }
    expect(input.toArray()).toEqual(imageOf(image).toArray());
  });

  // Frames of different sizes cannot be put together.
  const drawing = cases.filter(
    ({ call }) =>
      /^(random|colorJitter|gaussianBlur)/.test(call[0]) && !JSON.stringify(call).includes('expand'),
  );
  it('of a batch are those of its images, one after the other; and a generator given decides', () => {
    expect(drawing.length).toBeGreaterThan(40);
    manualSeed(1);
    const first = rand(1).item();
    for (const { call, image, seed, results } of drawing) {
      const input = imageOf(image);
      manualSeed(1);
      const transform = transformOf(call, new Generator().manualSeed(seed));
      const batch = transform(stack([input, input]));
      expect(rand(1).item()).toBe(first);
      for (const [i, wanted] of results.entries()) {
        expectSame(batch.select(0, i), wanted, () => exactly(transformOf(call), input, seed, i));
      }
    }
  });
});

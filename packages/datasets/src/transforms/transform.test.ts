import { ArgumentError, Generator, rand, type Tensor, tensor, zeros } from '@retrograd/core';
import { describe, expect, it } from 'vitest';
import { compose, isRandom, random, type Transform } from './transform.ts';
import { toTensor } from './values.ts';

const bytes = tensor(
  [
    [
      [0, 1],
      [2, 3],
    ],
  ],
  { dtype: 'uint8' },
);

describe('compose', () => {
  it('goes from left to right, and may do nothing', () => {
    const transform = compose(
      (x) => x.add(1),
      (x) => x.mul(10),
    );
    expect(transform(tensor([1])).toArray()).toEqual([20]);
    expect(compose()(bytes)).toBe(bytes);
  });

  it('refuses lists, and transforms that nobody has called', () => {
    expect(() => compose([toTensor()] as unknown as Transform)).toThrow('one by one');
    expect(() => compose(toTensor as unknown as Transform)(bytes)).toThrow('call them');
    expect(() => compose(() => 3 as unknown as Tensor)(bytes)).toThrow(ArgumentError);
  });

  it('sends image after image through a chain in which something is random', () => {
    const order: string[] = [];
    const noting =
      (name: string): Transform =>
      (x) => {
        order.push(`${name}${x.ndim}`);
        return x;
      };
    const chain = compose(noting('a'), random(noting('b')), noting('c'));
    chain(zeros(2, 1, 3, 3));
    expect(order).toEqual(['a3', 'b3', 'c3', 'a3', 'b3', 'c3']);
    expect([isRandom(chain), isRandom(compose(noting('a')))]).toEqual([true, false]);
    expect(compose(chain)(zeros(0, 1, 3, 3)).shape).toEqual([0, 1, 3, 3]);
  });
});

describe('random', () => {
  it('draws for each image of a batch what one by one would draw', () => {
    const jitter = (generator: Generator) => random((x) => x.add(rand([1], { generator })));
    const seeded = () => new Generator().manualSeed(3);
    const [batch, single] = [jitter(seeded())(zeros(3, 1, 2, 2)), jitter(seeded())];
    for (let i = 0; i < 3; i++) {
      expect(batch.select(0, i).toArray()).toEqual(single(zeros(1, 2, 2)).toArray());
    }
  });
});

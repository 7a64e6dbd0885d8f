import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../errors.ts';
import { zeros } from '../ops/creation.ts';
import { drawSeed, fillUniform } from './distributions.ts';
import { defaultGenerator, Generator, getRngState, manualSeed, type Seed, setRngState } from './generator.ts';
import { Mt19937 } from './mt19937.ts';
import { fillNormal } from './normal.ts';

interface Fixture {
  seeding: { seed: string; initialSeed: string; words: number[]; seeds: string[] }[];
  state: { state: string; randn_2: number[]; rand_700: number[] };
}

const fixtureUrl = new URL('../../../../tests/fixtures/random-streams.json', import.meta.url);
const fixture: Fixture = JSON.parse(readFileSync(fixtureUrl, 'utf8'));

const words = (generator: Generator, count: number) =>
  Array.from({ length: count }, () => generator.random());

it('is the twister of the C++ standard: from seed 5489 the 10000th word is 4123659995', () => {
  const engine = new Mt19937(5489);
  for (let i = 1; i < 10000; i++) engine.next();
  expect(engine.next()).toBe(4123659995);
});

describe('seeds', () => {
  it.each(fixture.seeding)(
    '$seed starts the stream that it starts in PyTorch',
    ({ seed, initialSeed, ...drawn }) => {
      const generator = new Generator().manualSeed(BigInt(seed));
      expect(BigInt(generator.initialSeed())).toBe(BigInt(initialSeed));
      expect(words(generator, 3)).toEqual(drawn.words);
      expect(Array.from({ length: 3 }, () => drawSeed(generator))).toEqual(drawn.seeds.map(BigInt));
    },
  );

  it('may be numbers or bigints', () => {
    expect(words(new Generator().manualSeed(-7), 3)).toEqual(words(new Generator().manualSeed(-7n), 3));
    expect(new Generator().manualSeed(2 ** 40).initialSeed()).toBe(2 ** 40);
    expect(new Generator().manualSeed(-1).initialSeed()).toBe(2n ** 64n - 1n);
  });

  it('are PyTorch’s own where none is given', () => {
    expect(new Generator().initialSeed()).toBe(67280421310721);
  });

  it.each<[unknown]>([
    [1.5],
    [Number.NaN],
    [Infinity],
    [2 ** 53],
    [2n ** 64n],
    [-(2n ** 63n) - 1n],
    ['0'],
    [true],
    [undefined],
  ])('refuses %s and leaves the generator as it was', (seed) => {
    const generator = new Generator().manualSeed(3);
    expect(() => generator.manualSeed(seed as Seed)).toThrow(ArgumentError);
    expect(words(generator, 2)).toEqual(words(new Generator().manualSeed(3), 2));
  });

  it('from seed() are new each time, and repeat the stream', () => {
    const generator = new Generator();
    const [first, second] = [generator.seed(), generator.seed()];
    expect(first).not.toBe(second);
    expect(generator.initialSeed()).toBe(second);
    expect(words(new Generator().manualSeed(second), 3)).toEqual(words(generator, 3));
  });

  it('of the module go to the default generator', () => {
    expect(manualSeed(9)).toBe(defaultGenerator);
    expect(words(defaultGenerator, 3)).toEqual(words(new Generator().manualSeed(9), 3));
  });
});

it('draws 64 bits as two words, the upper one first', () => {
  const [high = 0, low = 0] = words(new Generator().manualSeed(1), 2);
  const whole = BigInt(high) * 2n ** 32n + BigInt(low);
  expect(new Generator().manualSeed(1).random64()).toBe(whole);
  expect(BigInt(new Generator().manualSeed(1).random53())).toBe(whole % 2n ** 53n);
});

it('draws many words as it draws one after the other, however they are cut', () => {
  const [many, single] = [new Generator().manualSeed(2), new Generator().manualSeed(2)];
  for (const count of [0, 1, 622, 1, 1, 700, 2000, 3]) {
    const out = new Uint32Array(count);
    many.randomWords(out);
    expect([...out]).toEqual(words(single, count));
    expect(many.getState().data).toEqual(single.getState().data);
  }
});

describe('a state', () => {
  it.each([0, 1, 623, 624, 625])('brings back the stream after %i words', (count) => {
    const generator = new Generator().manualSeed(11);
    words(generator, count);
    fillNormal(new Float64Array(1), { generator }); // leaves a sine waiting
    const state = generator.getState();
    const next = () => [...fillNormal(new Float64Array(3), { generator }), ...words(generator, 700)];
    const expected = next();
    expect(generator.setState(state).initialSeed()).toBe(11);
    expect(next()).toEqual(expected);
  });

  it('keeps a waiting float sample', () => {
    const generator = new Generator();
    generator.nextFloatNormalSample = 0.5;
    expect(new Generator().setState(generator.getState()).nextFloatNormalSample).toBe(0.5);
  });

  it('may come from PyTorch, and is byte for byte what PyTorch would save', () => {
    const bytes = new Uint8Array(Buffer.from(fixture.state.state, 'base64'));
    const generator = new Generator().setState(bytes);
    expect(generator.getState()).toMatchObject({ dtype: 'uint8', shape: [5056], data: bytes });
    expect([...fillNormal(new Float32Array(2), { generator })]).toEqual(fixture.state.randn_2);
    expect([...fillUniform(new Float32Array(700), { generator }).slice(-2)]).toEqual(fixture.state.rand_700);
  });

  it('of the default generator is had without it', () => {
    manualSeed(3);
    const state = getRngState();
    const expected = words(defaultGenerator, 3);
    setRngState(state);
    expect(words(defaultGenerator, 3)).toEqual(expected);
  });

  it('of a clone goes its own way', () => {
    const generator = new Generator().manualSeed(5);
    const clone = generator.clone();
    const expected = words(generator, 3);
    expect(words(clone, 3)).toEqual(expected);
    expect(words(clone, 3)).toEqual(words(generator, 3));
  });

  const broken: [string, (view: DataView) => void][] = [
    ['no word left', (view) => view.setInt32(8, 0, true)],
    ['too many words left', (view) => view.setInt32(8, 700, true)],
    ['counts that contradict each other', (view) => view.setUint32(16, 3, true)],
    ['no seed', (view) => view.setInt32(12, 0, true)],
    ['a word beyond 32 bits', (view) => view.setUint8(24 + 8 * 17 + 5, 1)],
    ['a waiting sample that is not a number', (view) => view.setFloat64(5024, Number.NaN, true)],
    ['nothing but zeros', (view) => new Uint8Array(view.buffer, 24, 4992).fill(0)],
  ];
  it.each(broken)('with %s is refused, and the generator stays as it was', (_, spoil) => {
    const generator = new Generator().manualSeed(5);
    const state = generator.getState().data as Uint8Array;
    spoil(new DataView(state.buffer));
    expect(() => generator.setState(state)).toThrow(ArgumentError);
    expect(words(generator, 2)).toEqual(words(new Generator().manualSeed(5), 2));
  });

  it.each<[unknown]>([[new Uint8Array(10)], [[1, 2]], [undefined], [zeros(5056)]])(
    'that is %s is refused',
    (state) => {
      expect(() => new Generator().setState(state as Uint8Array)).toThrow(ArgumentError);
    },
  );
});

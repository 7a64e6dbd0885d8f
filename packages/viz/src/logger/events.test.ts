import { describe, expect, it } from 'vitest';
import { histogramValue, imageValue, scalarValue, summaryEvent, textValue, versionEvent } from './events.ts';
import { concat, int } from './protobuf.ts';
import {
  onlyBytes,
  onlyNumber,
  onlyText,
  packedDoubles,
  readEvents,
  readMessage,
  within,
} from './testing/read-events.ts';
import { record } from './tfrecord.ts';

/** What a reader finds of one value: its event, and the fields of Summary.Value. */
function readBack(value: Uint8Array, { step = 3, tag = 'a' } = {}) {
  const [event] = readEvents(record(summaryEvent({ wallTime: 1.5, step }, tag, value)));
  if (event === undefined) throw new Error('nothing was read');
  return event;
}

describe('protobuf', () => {
  it.each([0, 1, 127, 128, 300, 2 ** 31, 2 ** 32 + 5, Number.MAX_SAFE_INTEGER])(
    'holds the whole number %d',
    (value) => {
      expect(readMessage(int(7, value))).toEqual([[7, value]]);
    },
  );

  it('writes the example of its documentation: 150 in field 1 as 08 96 01', () => {
    expect([...int(1, 150)]).toEqual([0x08, 0x96, 0x01]);
  });
});

describe('events', () => {
  it('begin with the version', () => {
    expect(readEvents(record(versionEvent(1234.5)))).toEqual([
      { wallTime: 1234.5, step: 0, fileVersion: 'brain.Event:2', value: [] },
    ]);
  });

  it.each([0, 1.5, -0, Number.NaN, Number.POSITIVE_INFINITY, 0.1])(
    'hold the scalar %d as float32',
    (number) => {
      const { value, ...event } = readBack(scalarValue(number), { step: 2 ** 40, tag: 'loss/träining' });
      expect(event).toEqual({ wallTime: 1.5, step: 2 ** 40, tag: 'loss/träining' });
      expect(onlyNumber(value, 2)).toBe(Math.fround(number));
      expect(onlyText(within(value, 9, 1), 1)).toBe('scalars');
      expect(onlyNumber(within(value, 9), 4)).toBe(1);
    },
  );

  it('hold an image as its file', () => {
    const image = within(
      readBack(imageValue(Uint8Array.of(9, 8), { height: 5, width: 300, channels: 3 })).value,
      4,
    );
    expect([1, 2, 3].map((field) => onlyNumber(image, field))).toEqual([5, 300, 3]);
    expect([...onlyBytes(image, 4)]).toEqual([9, 8]);
  });

  it('hold text as a tensor of one string', () => {
    const { value } = readBack(textValue('*ä*'));
    const tensor = within(value, 8);
    expect(onlyNumber(tensor, 1)).toBe(7);
    expect(onlyNumber(within(tensor, 2, 2), 1)).toBe(1);
    expect(onlyText(tensor, 8)).toBe('*ä*');
    expect(onlyText(within(value, 9, 1), 1)).toBe('text');
  });
});

describe('histograms', () => {
  function read(values: ArrayLike<number>, bins: number) {
    const fields = within(readBack(histogramValue(values, bins)).value, 5);
    const [min, max, num, sum, squares] = [1, 2, 3, 4, 5].map((field) => onlyNumber(fields, field));
    const [limits, counts] = [6, 7].map((field) => packedDoubles(onlyBytes(fields, field)));
    return { min, max, num, sum, squares, limits: limits as number[], counts: counts as number[] };
  }

  it('count values in buckets of equal width', () => {
    expect(read([0, 1, 1.9, 2, 3, 4], 4)).toEqual({
      min: 0,
      max: 4,
      num: 6,
      sum: 11.9,
      squares: 33.61,
      limits: [1, 2, 3, 4],
      counts: [1, 2, 1, 2],
    });
  });

  it.each([
    ['evenly spread', Array.from({ length: 1000 }, (_, i) => Math.sin(i) * 3)],
    ['far from zero', Array.from({ length: 100 }, (_, i) => 1e9 + i / 7)],
    ['as wide as doubles go', [-1.7e308, 0, 1.7e308]],
    ['as small as doubles go', [0, 5e-324, 1e-323]],
  ])('put each value between its bucket’s limits: %s', (_, values) => {
    const { limits, counts, min, max } = read(values, 30);
    expect(limits).toHaveLength(30);
    expect(limits.at(-1)).toBe(max);
    const last = limits.length - 1;
    const expected = limits.map((limit, i) => {
      const left = i === 0 ? (min as number) : (limits[i - 1] as number);
      return values.filter((value) => value >= left && (value < limit || (i === last && value <= limit)))
        .length;
    });
    expect(counts).toEqual(expected);
    expect(counts.reduce((sum, count) => sum + count)).toBe(values.length);
  });

  it('leave out what is not finite, and have one bucket for equal values or none', () => {
    expect(read([2, Number.NaN, 2, Number.POSITIVE_INFINITY], 30)).toMatchObject({
      num: 2,
      limits: [2],
      counts: [2],
    });
    expect(read([Number.NaN], 30)).toMatchObject({ min: 0, max: 0, num: 0, limits: [0], counts: [0] });
  });

  it('take a million values', () => {
    expect(read(new Float32Array(1_000_000).fill(1), 30).counts).toEqual([1_000_000]);
  });
});

it('concat puts pieces together', () => {
  expect([...concat([Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2, 3)])]).toEqual([1, 2, 3]);
});

import { describe, expect, it } from 'vitest';
import { readRecords, slowCrc32c } from './testing/read-events.ts';
import { crc32c, record } from './tfrecord.ts';

describe('crc32c', () => {
  it.each([
    ['"123456789"', new TextEncoder().encode('123456789'), 0xe3069283],
    ['nothing', new Uint8Array(), 0],
    // RFC 3720, appendix B.4, which lists the bytes of the check sum in the order they are sent.
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 times 0xff', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['31 to 0', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ])('of %s', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
    expect(slowCrc32c(bytes)).toBe(expected);
  });

  it('is what long division gives, for every byte and many lengths', () => {
    for (let length = 1; length <= 300; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 167 + length * 31) & 0xff);
      expect(crc32c(bytes)).toBe(slowCrc32c(bytes));
    }
  });
});

describe('record', () => {
  it('frames data so that they can be read one after another', () => {
    const data = [new Uint8Array(), Uint8Array.of(1, 2, 3), new Uint8Array(70_000).fill(7)];
    const file = new Uint8Array(data.flatMap((piece) => [...record(piece)]));
    expect(readRecords(file)).toEqual(data);
  });

  it('is noticed to be broken by a reader', () => {
    const bytes = record(Uint8Array.of(1, 2, 3));
    for (const at of [0, 9, 13, 16]) {
      const broken = bytes.slice();
      broken[at] = (broken[at] as number) ^ 1;
      expect(() => readRecords(broken)).toThrow();
    }
    expect(() => readRecords(bytes.slice(0, -1))).toThrow();
  });
});

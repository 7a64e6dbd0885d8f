import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignment, Spans } from './spans.ts';

/** The obvious model: one entry per unit of 64 bytes, true where it is taken. */
class Model {
  readonly units: boolean[];
  constructor(units: number) {
    this.units = new Array(units).fill(false);
  }

  /** Start and length of each run of free units. */
  runs(): { start: number; length: number }[] {
    const found: { start: number; length: number }[] = [];
    this.units.forEach((taken, i) => {
      if (taken) return;
      const last = found.at(-1);
      if (last !== undefined && last.start + last.length === i) last.length++;
      else found.push({ start: i, length: 1 });
    });
    return found;
  }

  bestFit(length: number): number {
    const fits = this.runs().filter((run) => run.length >= length);
    return fits.sort((a, b) => a.length - b.length || a.start - b.start)[0]?.start ?? -1;
  }

  mark(start: number, length: number, taken: boolean): void {
    for (let i = start; i < start + length; i++) {
      expect(this.units[i], `unit ${i}`).toBe(!taken);
      this.units[i] = taken;
    }
  }
}

const base = 3 * alignment;

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('allocate'), n: fc.integer({ min: 0, max: 900 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('free'), n: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('extend'), n: fc.integer({ min: 0, max: 8 }) }) },
);

describe('spans', () => {
  it('agree with a map of units, whatever is allocated, freed and added', () => {
    const property = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const units = 40;
      const spans = new Spans(base, base + units * alignment);
      const model = new Model(units);
      const held: { start: number; length: number; bytes: number }[] = [];
      const agree = () => {
        const runs = model.runs();
        const last = runs.at(-1);
        expect(spans.count).toBe(runs.length);
        expect(spans.freeBytes).toBe(runs.reduce((sum, run) => sum + run.length, 0) * alignment);
        expect(spans.end).toBe(base + model.units.length * alignment);
        const reachesEnd = last !== undefined && last.start + last.length === model.units.length;
        expect(spans.tail).toBe(reachesEnd ? last.length * alignment : 0);
      };

      for (const { kind, n } of steps) {
        if (kind === 'allocate') {
          const length = Math.max(1, Math.ceil(n / alignment));
          const start = model.bestFit(length);
          expect(spans.allocate(n)).toBe(start < 0 ? -1 : base + start * alignment);
          if (start < 0) continue;
          model.mark(start, length, true);
          held.push({ start, length, bytes: n });
        } else if (kind === 'extend') {
          spans.extend(n * alignment);
          model.units.push(...new Array<boolean>(n).fill(false));
        } else if (held.length > 0) {
          const [{ start, length, bytes }] = held.splice(n % held.length, 1) as [(typeof held)[0]];
          spans.free(base + start * alignment, bytes);
          model.mark(start, length, false);
        }
        agree();
      }

      for (const { start, length, bytes } of held) {
        spans.free(base + start * alignment, bytes);
        model.mark(start, length, false);
      }
      agree();
      expect(spans.count).toBe(1);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('keep to whole units inside of what they are given', () => {
    const spans = new Spans(1, 3 * alignment + 5);
    expect(spans.freeBytes).toBe(2 * alignment);
    expect(spans.allocate(2 * alignment + 1)).toBe(-1);
    expect(spans.allocate(2 * alignment)).toBe(alignment);
    expect(spans.count).toBe(0);
  });

  it('reach beyond 2³¹', () => {
    const end = 2 ** 32 - 256;
    const spans = new Spans(65536, end);
    expect(spans.allocate(3 * 2 ** 30)).toBe(65536);
    expect(spans.allocate(2 ** 29)).toBe(65536 + 3 * 2 ** 30);
    expect(spans.freeBytes).toBe(end - 65536 - 3 * 2 ** 30 - 2 ** 29);
  });

  it('refuse to free what is free', () => {
    const spans = new Spans(0, 1024);
    const address = spans.allocate(128);
    spans.free(address, 128);
    expect(() => spans.free(address, 128)).toThrow('freed twice');
    expect(() => spans.free(address + 64, 64)).toThrow('freed twice');
    expect(() => spans.free(1024, 64)).toThrow('freed twice');
  });
});

import { describe, expect, it } from 'vitest';
import { barLine, columnsOf } from './progress-lines.ts';

const state = {
  label: 'Epoch 1/5',
  unit: 'batches',
  done: 300,
  total: 400,
  seconds: 60,
  metrics: new Map([['loss', 0.25]]),
};

describe('barLine', () => {
  it('says less the less room there is', () => {
    const lines = [120, 74, 64, 56, 46, 40, 33, 20].map((columns) => barLine(state, columns, false));
    expect(lines).toEqual([
      'Epoch 1/5 ━━━━━━━━━━━━━━━━━━────── · 75% · 300/400 · 5.0 batches/s · 0:20 left · loss 0.2500',
      'Epoch 1/5 ━━━━━━━━━─── · 75% · 300/400 · 0:20 left · loss 0.2500',
      'Epoch 1/5 ━━━━━━━━━─── · 75% · 300/400 · 0:20 left · loss 0.2500',
      'Epoch 1/5 ━━━━━━━━━─── · 75% · 0:20 left · loss 0.2500',
      'Epoch 1/5 · 75% · 0:20 left · loss 0.2500',
      'Epoch 1/5 · 75% · loss 0.2500',
      'Epoch 1/5 · 75% · loss 0.2500',
      'Epoch 1/5 · 75% · l…',
    ]);
  });

  it('never takes more columns than there are', () => {
    for (const label of ['Epoch 1/5', '', '學習第一輪', '🔥 训练', 'e\u0301tape'])
      for (const total of [400, undefined, 0])
        for (let columns = 0; columns <= 130; columns++)
          expect(columnsOf(barLine({ ...state, label, total }, columns, false))).toBeLessThanOrEqual(columns);
  });

  it('differs from its plain self by nothing but colours', () => {
    const coloured = barLine(state, 120, true);
    const colours = ['\u001b[36m', '\u001b[2;39m', '\u001b[0m'];
    expect(colours.reduce((text, colour) => text.replaceAll(colour, ''), coloured)).toBe(
      barLine(state, 120, false),
    );
    expect(coloured).not.toBe(barLine(state, 120, false));
    expect(coloured.split('\u001b[0m')).toHaveLength(2);
  });

  it('fills with what is done, to the half of a cell', () => {
    const bars = [0, 1, 8, 9, 399, 400, 500].map((done) =>
      barLine({ ...state, done, total: 400 }, 120, false).replace(/^Epoch 1\/5 ([━╸─]*).*$/, '$1'),
    );
    expect(bars.map((bar) => bar.length)).toEqual(Array(7).fill(24));
    expect(
      bars.map((bar) => [...bar].reduce((sum, cell) => sum + ({ '━': 1, '╸': 0.5 }[cell] ?? 0), 0)),
    ).toEqual([0, 0, 0.5, 0.5, 24, 24, 24]);
  });
});

describe('columnsOf', () => {
  it.each([
    ['abc', 3],
    ['', 0],
    ['━╸─', 3],
    ['學習', 4],
    ['ハ', 2],
    ['한', 2],
    ['🔥', 2],
    ['e\u0301', 1],
    ['ｅ', 2],
  ])('of %s', (text, expected) => {
    expect(columnsOf(text)).toBe(expected);
  });
});

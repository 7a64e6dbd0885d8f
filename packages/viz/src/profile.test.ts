import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ArgumentError,
  autograd,
  linalg,
  manualSeed,
  ones,
  rand,
  type Tensor,
  tensor,
} from '@retrograd/core';
import * as nn from '@retrograd/nn';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { Flame } from './profile/flame.ts';
import { type OpEvent, type Profile, profile } from './profile.ts';

const { F } = nn;
const onReference = process.env.RETROGRAD_BACKEND === 'reference';

class MLP extends nn.Module {
  fc1 = new nn.Linear(3, 4);
  fc2 = new nn.Linear(4, 2);
  override forward(x: Tensor): Tensor {
    return this.fc2.forward(F.relu(this.fc1.forward(x)));
  }
}

/** `op in module: calls`, of one phase. */
function counts({ rows }: Profile, phase: string): string[] {
  return rows
    .filter((row) => row.phase === phase)
    .map(({ op, module, calls }) => `${op} in ${module}: ${calls}`)
    .sort();
}

const total = <T>(items: readonly T[], pick: (item: T) => number) =>
  items.reduce((sum, each) => sum + pick(each), 0);

describe('rows', () => {
  it('count the ops of a step, by module', () => {
    const model = new MLP();
    const x = rand([5, 3]);
    const profiled = profile(() => model.forward(x), { model });
    expect(counts(profiled, 'backward')).toEqual([]);
    expect(counts(profiled, 'forward')).toEqual([
      'add in fc1: 1',
      'add in fc2: 1',
      'matmul in fc1: 1',
      'matmul in fc2: 1',
      'permute in fc1: 1',
      'permute in fc2: 1',
      'relu in : 1',
    ]);
  });

  it('count gradients under the op that they are of', () => {
    const model = new MLP();
    const x = rand([5, 3]);
    const profiled = profile(() => model.forward(x).sum().backward(), { model });
    const backward = counts(profiled, 'backward');
    for (const row of ['matmul in fc1: 1', 'matmul in fc2: 1', 'relu in : 1'])
      expect(backward).toContain(row);
    // The input wants no gradient: fc1 has one product (and a transpose) to compute, fc2 has two.
    const products = (path: string) =>
      profiled.events.filter(
        ({ op, gradientOf, modules }) =>
          op === 'matmul' && gradientOf === 'matmul' && modules.at(-1)?.path === path,
      ).length;
    expect([products('fc1'), products('fc2')]).toEqual([1, 2]);
  });

  it('count twice what runs twice', () => {
    const x = tensor([1, 2], { requiresGrad: true });
    const step = () => x.exp().sum().backward();
    const [once, twice] = [profile(step), profile(() => [step(), step()])];
    const calls = ({ rows }: Profile) =>
      Object.fromEntries(rows.filter(({ op }) => op === 'exp').map((row) => [row.phase, row.calls]));
    expect(calls(once)).toEqual({ forward: 1, backward: 1 });
    expect(calls(twice)).toEqual({ forward: 2, backward: 2 });
  });

  it('tell bytes: none for views and what is written in place', () => {
    const x = ones([10, 3]);
    const { rows } = profile(() => {
      x.add_(1);
      x.transpose(0, 1);
      x.exp();
      x.gt(0);
    });
    const bytes = Object.fromEntries(rows.map((row) => [row.op, row.bytes]));
    expect(bytes).toEqual({ add_: 0, permute: 0, exp: 120, gt: 30 });
  });

  it('tell the floating-point operations of products and correlations', () => {
    const [a, b] = [rand([2, 3, 4]), rand([4, 5])];
    const [x, w] = [rand([2, 6, 9, 9]), rand([8, 3, 3, 3])];
    const { rows } = profile(() => [a.matmul(b), F.conv2d(x, w, null, { stride: 2, groups: 2 })]);
    const flops = Object.fromEntries(rows.map((row) => [row.op, row.flops]));
    // 2 · (2 · 3 · 5) · 4, and 2 · (2 · 8 · 4 · 4) · (3 · 3 · 3).
    expect([flops.matmul, flops.correlate]).toEqual([240, 13_824]);
  });

  it('add up: self within total, shares to 1, ops within the whole', () => {
    const x = tensor([1, 2], { requiresGrad: true });
    const run = () =>
      autograd.savedTensorsHooks(
        (saved) => saved.mul(2),
        (packed) => packed.div(2),
        () => x.exp().sum().backward(),
      );
    const profiled = profile(run);
    for (const { self, total } of profiled.rows) expect(self).toBeLessThanOrEqual(total + 1e-9);
    const own = total(profiled.rows, ({ self }) => self);
    expect(total(profiled.rows, ({ share }) => share)).toBeCloseTo(1, 9);
    expect(own).toBeLessThanOrEqual(profiled.duration);
    expect(total(profiled.events, ({ self }) => self)).toBeCloseTo(own, 9);
    expect(total(profiled.rows, ({ primitives }) => primitives)).toBe(profiled.events.length);
    // The hook's product runs within the op that saves.
    const find = (name: string) => profiled.events.find(({ op }) => op === name) as OpEvent;
    const [exp, mul] = [find('exp'), find('mul')];
    expect(exp.start).toBeLessThanOrEqual(mul.start);
    expect(exp.self).toBeLessThanOrEqual(exp.duration - mul.duration + 1e-9);
  });

  it('tell what ran on the reference backend', () => {
    const matrix = rand([3, 3]);
    const { rows, events } = profile(() => [linalg.det(matrix), matrix.mul(matrix)]);
    const slow = Object.fromEntries(rows.map((row) => [row.op, row.onReference]));
    expect(slow.det).toBe(1);
    expect(slow.mul).toBe(onReference ? 1 : 0);
    const det = events.find(({ op }) => op === 'det');
    expect(det?.fallbacks).toEqual(onReference ? ['all'] : ['factorize']);
  });
});

describe('what is left behind', () => {
  /** How often an op looks at the clock, which only a profile makes it do. */
  function looksAtTheClock(): number {
    const x = ones([1]);
    const clock = vi.spyOn(performance, 'now');
    try {
      x.exp();
      return clock.mock.calls.length;
    } finally {
      clock.mockRestore();
    }
  }

  const broken = (model: nn.Module) => () => {
    (model.forward as (x: Tensor) => Tensor)(ones([1, 3]));
    throw new Error('mine');
  };

  it('is nothing, after a run', () => {
    const model = new MLP();
    let during = 0;
    const { events } = profile(
      () => {
        during = looksAtTheClock();
      },
      { model },
    );
    const before = events.length;
    expect(during).toBeGreaterThan(0);
    expect(looksAtTheClock()).toBe(0);
    expect(events.length).toBe(before);
    for (const module of model.modules()) expect(Object.hasOwn(module, 'forward')).toBe(false);
  });

  it('is nothing, after an error', () => {
    const model = new MLP();
    expect(() => profile(broken(model), { model })).toThrow('mine');
    expect(looksAtTheClock()).toBe(0);
    for (const module of model.modules()) expect(Object.hasOwn(module, 'forward')).toBe(false);
  });

  it('nothing, after a promise that is rejected', async () => {
    const model = new MLP();
    await expect(profile(async () => Promise.reject(new Error('mine')), { model })).rejects.toThrow('mine');
    expect(looksAtTheClock()).toBe(0);
    for (const module of model.modules()) expect(Object.hasOwn(module, 'forward')).toBe(false);
  });
});

it('awaits what is asynchronous', async () => {
  const x = ones([2]);
  const { rows } = await profile(async () => {
    x.exp();
    await Promise.resolve();
    x.sin();
  });
  expect(rows.map(({ op }) => op).sort()).toEqual(['exp', 'sin']);
});

describe('the table', () => {
  const model = new MLP();
  const profiled = profile(
    () => {
      model
        .forward(ones([5, 3]))
        .sum()
        .backward();
      linalg.det(rand([2, 2]));
    },
    { model },
  );
  const lines = (text: string) => text.split('\n');

  it('is aligned, cut at the top rows, and summed up', () => {
    const [heading = '', rule = '', ...rest] = lines(profiled.table({ top: 3 }));
    expect(heading).toMatch(
      /^Op +Module +Calls +Self +Share +Per call +Output +FLOP +FLOP\/s +On reference$/,
    );
    const rows = rest.slice(0, 3);
    for (const [i, line] of rows.entries())
      expect(line.startsWith(profiled.rows[i]?.op as string)).toBe(true);
    const end = heading.indexOf('Calls') + 'Calls'.length;
    for (const [i, line] of rows.entries()) {
      expect(line.length).toBeLessThanOrEqual(rule.length);
      expect(line.slice(0, end).endsWith(` ${profiled.rows[i]?.calls}`)).toBe(true);
    }
    expect(rest[3]).toMatch(new RegExp(`^… ${profiled.rows.length - 3} more, `));
    expect(rest[5]).toMatch(new RegExp(`^${profiled.events.length} ops in `));
    expect(rest[6]).toContain(onReference ? 'kernels: all' : 'kernels: factorize');
  });

  it('may be by op, or by module', () => {
    const ops = lines(profiled.table({ by: 'op' })).slice(2);
    expect(ops.filter((line) => /^matmul +2 /.test(line)).length).toBe(1);
    expect(ops.filter((line) => /^matmul \(backward\) +2 /.test(line)).length).toBe(1);
    const modules = lines(profiled.table({ by: 'module' })).map((line) => line.split(' ')[0]);
    for (const name of ['fc1', 'fc2', '(model)', '(outside)'])
      expect(modules.filter((each) => each === name).length).toBe(1);
  });
});

describe('pictures', () => {
  manualSeed(0);
  const model = new MLP();
  const profiled = profile(
    () =>
      model
        .forward(ones([5, 3]))
        .sum()
        .backward(),
    { model },
  );

  /** The boxes of a flame graph of the same events, had they taken these milliseconds (the last one for all that remain). */
  async function boxesOf(times: readonly number[]) {
    const events = profiled.events.map((event, i) => ({ ...event, self: times[i] ?? times.at(-1) ?? 0 }));
    const svg = await new Flame(events, profiled.duration, 960).svg();
    return [
      ...svg.matchAll(/<title>([^:]*): [^<]*<\/title><rect x="([\d.]+)" y="(\d+)" width="([\d.]+)"/g),
    ].map(([, name, x, y, width]) => ({ name, x: Number(x), y: Number(y), end: Number(x) + Number(width) }));
  }

  it('the flame graph has a box for each module and op', async () => {
    const names = (await boxesOf([1])).map(({ name }) => name);
    expect(names[0]).toBe('profile');
    for (const name of ['MLP', 'fc1', 'fc2', 'matmul', 'backward']) expect(names).toContain(name);
  });

  it('its boxes lie in what they are part of, and beside one another', async () => {
    const { length } = profiled.events;
    const time = fc.oneof(fc.constantFrom(0, 1e-3, 1), fc.double({ min: 0, max: 10, noNaN: true }));
    // Places and widths are written to a hundredth of a pixel.
    const rounding = 0.011;
    await fc.assert(
      fc.asyncProperty(fc.array(time, { minLength: length, maxLength: length }), async (times) => {
        const all = await boxesOf(times);
        for (const each of all.slice(1)) {
          const above = all.filter(
            ({ x, y, end }) => y === each.y - 24 && x <= each.x + rounding && end >= each.end - rounding,
          );
          expect(above.length, each.name).toBe(1);
          const across = all.filter(
            ({ x, y, end }) => y === each.y && x < each.end - rounding && end > each.x + rounding,
          );
          expect(across.length, each.name).toBe(1);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('memory is a line over time', () => {
    const { spec } = profiled.memory();
    const { values } = (spec as unknown as { data: { values: { x: number; y: number }[] } }).data;
    expect(values.length).toBe(profiled.events.length + 2);
    for (const [i, { x }] of values.entries())
      if (i > 0) expect(x).toBeGreaterThanOrEqual(values[i - 1]?.x as number);
    expect(values.every(({ y }) => y >= 0)).toBe(true);
  });

  it('nothing at all can be shown, too', async () => {
    const empty = profile(() => {});
    expect(empty.rows).toEqual([]);
    expect(String(empty)).toContain('0 ops');
    expect(await empty.flame().svg()).toContain('profile');
    expect(await empty.memory().svg()).toContain('<svg');
  });
});

describe('the Chrome trace', () => {
  const model = new MLP();
  const profiled = profile(
    () =>
      model
        .forward(ones([5, 3]))
        .sum()
        .backward(),
    { model },
  );
  const { traceEvents } = profiled.chromeTrace();
  const complete = traceEvents.filter(({ ph }) => ph === 'X');

  it('has a well-formed event for the run, each module, gradient and op', () => {
    for (const { name, ph, pid, tid, ts, dur, args } of traceEvents) {
      expect(name).not.toBe('');
      expect(['X', 'C', 'M']).toContain(ph);
      expect([pid, tid]).toEqual([1, 1]);
      expect(Number.isFinite(ts) && ts >= 0).toBe(true);
      expect(typeof args).toBe('object');
      if (ph === 'X') expect(dur).toBeGreaterThanOrEqual(0);
    }
    const of = (category: string) => complete.filter(({ cat }) => cat === category);
    expect(of('run').length).toBe(1);
    expect(of('module').map(({ name }) => name)).toEqual(['MLP', 'fc1', 'fc2']);
    expect(of('op').length).toBe(profiled.events.length);
    expect(of('gradient').length).toBe(
      new Set(profiled.events.flatMap((e) => (e.gradientOf ? [e.visit] : []))).size,
    );
  });

  it('has events that lie within each other, or apart', () => {
    const spans = complete
      .map(({ ts, dur = 0 }) => [ts, ts + dur] as const)
      .sort((a, b) => a[0] - b[0] || b[1] - a[1]);
    const open: number[] = [];
    for (const [start, end] of spans) {
      while (open.length > 0 && (open.at(-1) as number) <= start) open.pop();
      if (open.length > 0) expect(end).toBeLessThanOrEqual((open.at(-1) as number) + 0.01);
      open.push(end);
    }
  });

  it('is in microseconds', () => {
    const [first] = profiled.events;
    const event = complete.find(({ cat }) => cat === 'op');
    expect(event?.ts).toBe((first?.start ?? 0) * 1000);
    expect(event?.dur).toBe((first?.duration ?? 0) * 1000);
  });

  it('is saved as JSON', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'profile-'));
    try {
      await profiled.save(join(folder, 'trace.json'));
      expect(JSON.parse(await readFile(join(folder, 'trace.json'), 'utf8'))).toEqual(
        JSON.parse(JSON.stringify(profiled.chromeTrace())),
      );
      await expect(profiled.save(join(folder, 'trace.svg'))).rejects.toThrow(ArgumentError);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('bad arguments', () => {
  const profiled = profile(() => {});
  it.each([
    ['no function', () => profile(3 as never)],
    ['a model of another kind', () => profile(() => {}, { model: 3 as never })],
    ['an unknown option', () => profile(() => {}, { modules: 3 } as never)],
    ['no rows', () => profiled.table({ top: 0 })],
    ['rows by what is not known', () => profiled.table({ by: 'time' as never })],
    ['a flame graph too narrow', () => profiled.flame({ width: 3 })],
    ['a theme', () => profiled.flame({ theme: 'pink' as never })],
  ])('%s', (_, call) => expect(call).toThrow(ArgumentError));
});

import { ArgumentError, ShapeError, tensor, zeros } from '@retrograd/core';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { jupyterDisplay } from './picture.ts';
import * as plot from './plot.ts';
import { palettes } from './theme.ts';

/** What is written in an SVG, in its order. */
function textsOf(svg: string): string[] {
  return Array.from(
    svg.matchAll(/<text[^>]*>([^<]*)<\/text>|<tspan[^>]*>([^<]*)<\/tspan>/g),
    (m) => m[1] ?? m[2] ?? '',
  );
}

/** The paths that a kind of mark drew, as lists of commands. */
function pathsOf(svg: string, mark: string): string[] {
  const groups = svg.matchAll(new RegExp(`<g class="mark-${mark} role-mark[^>]*>(.*?)</g>`, 'g'));
  return Array.from(groups).flatMap((group) =>
    Array.from((group[1] as string).matchAll(/ d="([^"]*)"/g), (m) => m[1] as string),
  );
}

/** How a mark is filled. */
function fillsOf(svg: string, mark: string): string[] {
  const [group = ''] = new RegExp(`<g class="mark-${mark} role-mark.*?</g>`).exec(svg) ?? [];
  return Array.from(group.matchAll(/ fill="([^"]*)"/g), (m) => m[1] as string);
}

/** How far down each line of a path's points lies. */
function heightsOf(path: string): number[] {
  return Array.from(path.matchAll(/[ML][^,]*,(-?[\d.]+)/g), (m) => Number(m[1]));
}

const broken = /NaN|Infinity|undefined|null/;

describe('plot.line', () => {
  it('draws one line a series, with titles, axis titles and a legend', async () => {
    const svg = await plot
      .line({ train: [3, 2, 1], test: tensor([4, 3, 2]) }, { title: 'Loss', xLabel: 'epoch', yLabel: 'nats' })
      .svg();
    const lines = pathsOf(svg, 'line');
    expect(lines).toHaveLength(2);
    // Rising values go up; equal steps are equally high; 3 stands equally high in both.
    const [train, test] = lines.map(heightsOf) as [number[], number[]];
    expect((train[1] as number) - (train[0] as number)).toBeCloseTo(
      (train[2] as number) - (train[1] as number),
    );
    expect(train[0] as number).toBeLessThan(train[2] as number);
    expect(test[1]).toBeCloseTo(train[0] as number);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['Loss', 'epoch', 'nats', 'train', 'test']));
  });

  it('takes tensors on the tape, strided ones, ints and bools', async () => {
    const x = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]).requiresGrad_();
    const strided = await plot.line(x.mul(2).select(1, 1)).svg();
    expect(strided).toBe(await plot.line([4, 8, 12]).svg());
    const flags = await plot.line({ a: tensor([true, false]), b: tensor([1, 0], { dtype: 'int32' }) }).svg();
    const [a, b] = pathsOf(flags, 'line');
    expect(a).toBe(b);
  });

  it('leaves gaps at NaN and the infinities, and marks what stands alone', async () => {
    const svg = await plot.line([1, 2, Number.NaN, 3, Number.POSITIVE_INFINITY, 4, 5]).svg();
    const [line = ''] = pathsOf(svg, 'line');
    expect(line.match(/M/g)).toHaveLength(3);
    expect(pathsOf(svg, 'symbol')).toHaveLength(1);
    expect(svg).not.toMatch(broken);
  });

  it('marks every value when asked to', async () => {
    expect(pathsOf(await plot.line([1, 2, 3], { points: true }).svg(), 'symbol')).toHaveLength(3);
    expect(pathsOf(await plot.line([1, 2, 3]).svg(), 'symbol')).toHaveLength(0);
  });

  it.each([[[Number.NaN, Number.NaN]], [[7]], [[0, 0]], [[5e-324, 1e-323]], [[1e308]], [[-1e-9, 1e-9]]])(
    'draws %j without a broken number',
    async (values) => expect(await plot.line(values).svg()).not.toMatch(broken),
  );

  it('has powers of ten as ticks of a logarithmic axis, at even distances', async () => {
    const svg = await plot.line([1, 10, 100, 1000, 10_000], { yScale: 'log' }).svg();
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['1', '10', '100', '1,000', '10,000']));
    const heights = heightsOf(pathsOf(svg, 'line')[0] as string);
    const steps = heights.slice(1).map((height, i) => height - (heights[i] as number));
    for (const step of steps) expect(step).toBeCloseTo(steps[0] as number, 1);
  });

  it('has no ticks between whole numbers', async () => {
    expect(textsOf(await plot.line([1, 2, 3]).svg())).toEqual(['0', '1', '2', '1', '2', '3']);
  });

  it('goes through points in their order, not in that of x', async () => {
    const circle = { x: [1, 0, -1, 0, 1], y: [0, 1, 0, -1, 0] };
    const [path = ''] = pathsOf(await plot.line({ circle }).svg(), 'line');
    const points = path.split(/[ML]/).filter(Boolean);
    expect(points).toHaveLength(5);
    expect(points[0]?.replace('Z', '')).toBe(points[4]?.replace('Z', ''));
  });

  it('dashes lines for which there are no colours left', async () => {
    const series = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`s${i}`, [i, i + 1]]));
    const svg = await plot.line(series).svg();
    const strokes = Array.from(svg.matchAll(/<g class="mark-line role-mark.*?<\/g>/g), ([group]) =>
      group.replace(/ d="[^"]*"/, ''),
    );
    expect(strokes).toHaveLength(9);
    expect(new Set(strokes).size).toBe(9);
  });
});

describe('the other plots', () => {
  it('plot.scatter draws the points that are finite, coloured by class or by value', async () => {
    const byClass = await plot.scatter([1, 2, Number.NaN], [1, 2, 3], { color: ['a', 'b', 'a'] }).svg();
    expect(new Set(fillsOf(byClass, 'symbol')).size).toBe(2);
    expect(pathsOf(byClass, 'symbol')).toHaveLength(2);
    expect(textsOf(byClass)).toEqual(expect.arrayContaining(['a', 'b']));
    const byValue = await plot.scatter([1, 2, 3], [1, 2, 3], { color: tensor([0, 1, 2]) }).svg();
    expect(fillsOf(byValue, 'symbol').map((fill) => fill.replace(/\s/g, ''))).toEqual([
      'rgb(68,1,84)',
      expect.any(String),
      'rgb(253,231,37)',
    ]);
  });

  it('plot.bar draws bars from zero, and writes their values', async () => {
    const svg = await plot.bar({ a: 98, b: 49, c: -49 }).svg();
    const bars = pathsOf(svg, 'rect').map((path) => {
      const numbers = path.match(/-?[\d.]+/g)?.map(Number) as number[];
      return { top: numbers[1] as number, length: Math.abs(numbers[3] as number) };
    });
    expect(bars).toHaveLength(3);
    expect((bars[0]?.length as number) / (bars[1]?.length as number)).toBeCloseTo(2, 2);
    expect(bars[2]?.length).toBeCloseTo(bars[1]?.length as number, 2);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['a', 'b', 'c', '98', '49', '−49']));
    expect(textsOf(await plot.bar({ a: 98.1 }, { annotate: false }).svg())).not.toContain('98.1');
  });

  it('plot.bar draws groups, lying bars and logarithmic ones', async () => {
    const grouped = await plot.bar({ x: { sgd: 1, adam: 2 }, y: { sgd: 3, adam: 4 } }).svg();
    expect(new Set(fillsOf(grouped, 'rect')).size).toBe(2);
    expect(textsOf(grouped)).toEqual(expect.arrayContaining(['x', 'y', 'sgd', 'adam']));
    const lying = await plot
      .bar({ 'a long name of a layer': 1, b: 100 }, { horizontal: true, xScale: 'log' })
      .svg();
    expect(textsOf(lying)).toEqual(expect.arrayContaining(['a long name of a layer', '1', '10', '100']));
    expect(lying).not.toMatch(broken);
  });

  it('plot.hist counts what lies in each interval', async () => {
    const { spec } = plot.hist([0, 0.1, 1, 1.9, 2, Number.NaN, 4], { bins: 4 });
    const { values } = (
      spec as unknown as { data: { values: { from: number; to: number; count: number }[] } }
    ).data;
    expect(values.map(({ from, to, count }) => [from, to, count])).toEqual([
      [0, 1, 2],
      [1, 2, 2],
      [2, 3, 1],
      [3, 4, 1],
    ]);
    const svg = await plot.hist({ a: [1, 2], b: [1, 1] }, { yScale: 'log', xScale: 'log', bins: 2 }).svg();
    expect(pathsOf(svg, 'rect')).toHaveLength(3);
    expect(svg).not.toMatch(broken);
  });

  it('plot.heatmap colours cells, and leaves those empty that hold no number', async () => {
    const svg = await plot
      .heatmap(
        [
          [0, 1, Number.NaN],
          [0.5, 1, 0],
        ],
        { xLabels: ['a', 'b', 'c'] },
      )
      .svg();
    const fills = fillsOf(svg, 'rect');
    expect(fills.filter((fill) => fill.replace(/\s/g, '') === 'rgb(68,1,84)')).toHaveLength(2);
    expect(fills.filter((fill) => fill.replace(/\s/g, '') === 'rgb(253,231,37)')).toHaveLength(2);
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['a', 'b', 'c', '0.5']));
    expect(svg).not.toMatch(broken);
  });

  it('plot.heatmap has a continuous legend', async () => {
    expect(await plot.heatmap([[0, 1]]).svg()).toContain('<linearGradient');
  });

  it('plot.bar writes in the ink of its theme', async () => {
    const svg = await plot.bar({ a: 12.34 }, { theme: 'dark' }).svg();
    expect(/<text[^>]*fill="([^"]*)"[^>]*>12.34</.exec(svg)?.[1]).toBe(palettes.dark.muted);
  });

  it('plot.heatmap centres signed values at zero', async () => {
    const svg = await plot.heatmap([[-1, 0, 4]]).svg();
    expect(fillsOf(svg, 'rect')[1]?.replace(/\s/g, '')).toBe('rgb(221,221,221)');
  });

  it('plot.confusion has the truth as rows, counts as text, and shares of the row as colours', async () => {
    const svg = await plot
      .confusion(
        [
          [8, 2],
          [0, 1],
        ],
        { labels: ['cat', 'dog'] },
      )
      .svg();
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining(['true', 'predicted', 'cat', 'dog', '8', '2', '0', '1']),
    );
    const shares = fillsOf(svg, 'rect').map((fill) => fill.replace(/\s/g, ''));
    expect(shares[2]).toBe('rgb(68,1,84)'); // None of the dogs was taken for a cat,
    expect(shares[3]).toBe('rgb(253,231,37)'); // all for dogs, though they are few,
    expect(shares[0]).not.toBe(shares[3]); // but not all of the cats for cats.
  });

  it('plot.grid puts any pictures side by side under one title, each in its place', async () => {
    const one = plot.line([1, 2], { width: 300, height: 200 });
    const nested = plot.grid([one, one], { title: 'In & out' });
    const svg = await plot.grid([one, nested, one], { columns: 2, title: 'All' }).svg();
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['All', 'In &amp; out']));
    expect(pathsOf(svg, 'line')).toHaveLength(4);
    const ids = Array.from(svg.matchAll(/\sid="([^"]*)"/g), (m) => m[1]);
    expect(new Set(ids).size).toBe(ids.length);
    const { width, height } = decode(await plot.grid([one, one]).png({ scale: 1 }));
    expect([width, height]).toEqual([3 * 12 + 600, 2 * 12 + 200]);
  });
});

describe('every plot', () => {
  const plots = {
    line: () => plot.line([1, 2, 3], { title: 'T' }),
    scatter: () => plot.scatter([1, 2], [3, 4], { title: 'T' }),
    bar: () => plot.bar({ a: 1 }, { title: 'T' }),
    hist: () => plot.hist([1, 2, 3], { title: 'T' }),
    heatmap: () => plot.heatmap([[1, 2]], { title: 'T' }),
    confusion: () => plot.confusion([[1]], { title: 'T' }),
    grid: () => plot.grid([plot.line([1, 2])], { title: 'T' }),
  };

  it.each(Object.entries(plots))('plot.%s shows itself in a notebook', async (_, make) => {
    const bundle = await make()[jupyterDisplay]();
    expect(bundle['image/svg+xml']).toContain('prefers-color-scheme: dark');
    expect(atob(bundle['image/png'] as string).slice(1, 4)).toBe('PNG');
    expect(bundle['text/plain']).toContain('T');
  });

  it.each([
    ['an unknown option', () => plot.line([1], { colour: 1 } as never), ArgumentError],
    ['an unknown scale', () => plot.line([1], { yScale: 'ln' as never }), ArgumentError],
    ['an unknown theme', () => plot.hist([1], { theme: 'sepia' as never }), ArgumentError],
    ['an unknown colour map', () => plot.heatmap([[1]], { colorMap: 'jet' as never }), ArgumentError],
    ['a title that is no string', () => plot.bar({ a: 1 }, { title: 1 as never }), ArgumentError],
    ['a width of NaN', () => plot.scatter([1], [1], { width: Number.NaN }), ArgumentError],
    ['no bins', () => plot.hist([1], { bins: 0 }), ArgumentError],
    ['no values', () => plot.line([]), ArgumentError],
    ['no series', () => plot.line({}), ArgumentError],
    ['a string', () => plot.line('123' as never), ArgumentError],
    ['strings', () => plot.hist(['1'] as never), ArgumentError],
    ['a matrix as a series', () => plot.line(zeros(2, 2)), ShapeError],
    ['a vector as a matrix', () => plot.heatmap(zeros(2)), ShapeError],
    ['a ragged matrix', () => plot.heatmap([[1, 2], [3]]), ShapeError],
    ['an empty matrix', () => plot.heatmap(zeros(0, 3)), ShapeError],
    ['x and y of unequal lengths', () => plot.scatter([1, 2], [1]), ShapeError],
    ['too few labels', () => plot.heatmap(zeros(2, 2), { xLabels: ['a'] }), ShapeError],
    ['a confusion that is not square', () => plot.confusion([[1, 2]]), ShapeError],
    ['a negative count', () => plot.confusion([[-1]]), ArgumentError],
    ['zero on a logarithmic axis', () => plot.line([1, 0], { yScale: 'log' }), ArgumentError],
    ['a negative value on a logarithmic axis', () => plot.hist([-1], { xScale: 'log' }), ArgumentError],
    ['names on a logarithmic axis', () => plot.bar({ a: 1 }, { xScale: 'log' }), ArgumentError],
    ['values that overflow an axis', () => plot.line([-1e308, 1e308]), ArgumentError],
    ['bars beside groups', () => plot.bar({ a: 1, b: { c: 1 } }), ArgumentError],
    ['a grid of nothing', () => plot.grid([]), ArgumentError],
    ['a grid of what is no picture', () => plot.grid([1 as never]), ArgumentError],
  ])('refuses %s', (_, make, kind) => expect(make).toThrow(kind));

  it('follows the theme it is given', async () => {
    const dark = await plot.line([1, 2], { theme: 'dark', title: 'T' }).svg();
    expect(dark).toContain(palettes.dark.ink);
    expect(dark).not.toContain(palettes.light.ink);
    const inDark = await plot.grid([plot.line([1, 2], { theme: 'light' })], { theme: 'dark' }).svg();
    expect(inDark).not.toContain(palettes.light.muted);
  });
});

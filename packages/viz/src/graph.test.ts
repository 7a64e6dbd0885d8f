import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ArgumentError,
  autograd,
  manualSeed,
  noGrad,
  ones,
  rand,
  type Tensor,
  tensor,
  zeros,
} from '@retrograd/core';
import * as nn from '@retrograd/nn';
import { describe, expect, it } from 'vitest';
import { graph } from './graph.ts';

const { F } = nn;

interface Parsed {
  /** The lines of each box's label, by its id. */
  readonly boxes: Map<string, string[]>;
  /** Titles, from and to, sorted. */
  readonly edges: string[];
  /** The labels of the frames, with the titles of the boxes right in them. */
  readonly frames: Map<string, string[]>;
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' };

/** Reads what `graph` writes, a statement a line; anything else fails. */
function parse(dot: string): Parsed {
  const [first, ...lines] = dot.trimEnd().split('\n');
  expect(first).toBe('digraph tape {');
  const boxes = new Map<string, string[]>();
  const edges: [string, string][] = [];
  const frames = new Map<string, string[]>();
  const open: string[] = [''];
  for (const line of lines.map((each) => each.trim())) {
    const box = /^(n\d+) \[label=<(.*?)>, width=[\d.]+.*\];$/.exec(line);
    const edge = /^(n\d+) -> (n\d+)( \[weight=8\])?;$/.exec(line);
    const frame = /^graph \[label=<(.*?)>, .*\];$/.exec(line);
    if (box) {
      boxes.set(box[1] as string, textOf(box[2] as string));
      frames.get(open.at(-1) as string)?.push(textOf(box[2] as string)[0] as string);
    } else if (edge) edges.push([edge[1] as string, edge[2] as string]);
    else if (frame) {
      open[open.length - 1] = (textOf(frame[1] as string)[0] as string).trim();
      frames.set(open.at(-1) as string, []);
    } else if (/^subgraph cluster_\d+ \{$/.test(line)) open.push('');
    else if (line === '}') open.pop();
    else expect(line).toMatch(/^(graph|node|edge) \[.*\];$/);
  }
  expect(open).toEqual([]);
  const title = (id: string) => {
    const known = boxes.get(id)?.[0];
    expect(known, `a box ${id}`).toBeDefined();
    return known;
  };
  return { boxes, edges: edges.map(([from, to]) => `${title(from)} -> ${title(to)}`).sort(), frames };
}

/** `<font …><b>conv1</b></font><br/>…`: the lines. What is left of the markup must be these tags. */
function textOf(html: string): string[] {
  return html.split('<br/>').map((line) => {
    const inner = /^<font point-size="\d+"( color="#[0-9a-f]{6}")?>(<b>)?([^<>]*)(<\/b>)?<\/font>$/.exec(
      line,
    )?.[3];
    expect(inner, line).toBeDefined();
    return (inner as string).replace(/&(\w+);/g, (_, name: string) => entities[name] as string);
  });
}

function titles({ boxes }: Parsed): string[] {
  return [...boxes.values()].map(([title]) => title as string).sort();
}

/** The lines of the one box of this title. */
function box({ boxes }: Parsed, title: string): string[] {
  const found = [...boxes.values()].filter(([each]) => each === title);
  expect(found.length).toBe(1);
  return found[0] as string[];
}

const leaf = (data: number[]) => tensor(data, { requiresGrad: true });
const norm = (x: Tensor | null) => Math.hypot(...((x?.toArray() ?? []) as number[][]).flat());

class MLP extends nn.Module {
  fc1 = new nn.Linear(3, 4);
  fc2 = new nn.Linear(4, 2);
  override forward(x: Tensor): Tensor {
    return this.fc2.forward(F.relu(this.fc1.forward(x)));
  }
}

describe('the tape', () => {
  it('x · y + z', () => {
    const [x, y, z] = [leaf([1, 2]), leaf([3, 4]), leaf([5, 6])];
    const parsed = parse(graph(x.mul(y).add(z), { parameters: { x, y, z } }).dot);
    expect(titles(parsed)).toEqual(['add', 'mul', 'x', 'y', 'z']);
    expect(parsed.edges).toEqual(['mul -> add', 'x -> mul', 'y -> mul', 'z -> add']);
    expect(box(parsed, 'mul')).toEqual(['mul', '(2,)', 'saves input 0, input 1: 16 B']);
    expect(box(parsed, 'x')).toEqual(['x', '(2,)']);
  });

  it('what is used twice is one box with two arrows', () => {
    const x = leaf([1, 2]);
    expect(parse(graph(x.mul(x)).dot).edges).toEqual(['leaf -> mul', 'leaf -> mul']);
  });

  it('constants, but not bare numbers; other dtypes; the value of the result', () => {
    const x = tensor([1, 2], { dtype: 'float64', requiresGrad: true });
    const c = tensor([3, 5], { dtype: 'float64' });
    const parsed = parse(graph(x.mul(c).mul(2).sum(), { parameters: { x } }).dot);
    expect(parsed.edges).toContain('constant -> mul');
    expect(titles(parsed).filter((title) => title === 'constant').length).toBe(1);
    expect(box(parsed, 'constant')).toEqual(['constant', '(2,) float64']);
    // 2 · (1 · 3 + 2 · 5)
    expect([...parsed.boxes.values()].at(-1)?.at(-1)).toBe('= 26.00');
  });

  it('an in-place op: the product of a copy, copied back', () => {
    const x = leaf([1, 2]);
    const h = x.exp();
    h.mul_(tensor([3, 4]));
    const parsed = parse(graph(h, { parameters: { x } }).dot);
    expect(parsed.edges).toEqual([
      'clone -> mul',
      'constant -> mul',
      'exp -> clone',
      'mul -> clone',
      'x -> exp',
    ]);
  });

  it('a write through a view of what was computed', () => {
    const x = leaf([1, 2]);
    const h = x.exp();
    h.narrow(0, 0, 1).mul_(tensor([3]));
    const { edges } = parse(graph(h, { parameters: { x } }).dot);
    expect(edges).toContain('exp -> overwrite');
    expect(edges).toContain('mul -> overwrite');
    expect(edges).toContain('slice -> clone');
  });

  it('names results, too', () => {
    const x = leaf([1]);
    const h = x.exp();
    expect(titles(parse(graph(h.sin(), { parameters: { x, h } }).dot))).toEqual(['h = exp', 'sin', 'x']);
  });

  it('custom functions', () => {
    class Twice extends autograd.Function {
      static forward(ctx: autograd.FunctionCtx<[Tensor]>, x: Tensor) {
        ctx.saveForBackward(x);
        return x.mul(2);
      }
      static backward(_: autograd.FunctionCtx<[Tensor]>, g: Tensor) {
        return g.mul(2);
      }
    }
    const parsed = parse(graph(Twice.apply(leaf([1, 2]))).dot);
    expect(parsed.edges).toEqual(['leaf -> Twice']);
    expect(box(parsed, 'Twice')).toEqual(['Twice', '(2,)', 'saves input 0: 8 B']);
  });

  it('says that hooks have packed what is saved', () => {
    const x = leaf([1, 2]);
    const y = autograd.checkpoint((each: Tensor) => each.exp(), x);
    expect(box(parse(graph(y).dot), 'exp')).toContain('saves out: packed');
  });

  it('escapes names', () => {
    const x = leaf([1]);
    const name = '<b>"w" & \\ \n</b>';
    const parsed = parse(graph(x.exp(), { parameters: { [name]: x } }).dot);
    expect(titles(parsed)).toEqual(['<b>"w" & \\  </b>', 'exp']);
  });
});

describe('norms of gradients', () => {
  it('are those of grad at leaves, and of what came in backward at ops', () => {
    manualSeed(0);
    const x = tensor([0.5, -1, 2], { requiresGrad: true });
    const h = x.exp();
    h.retainGrad();
    const loss = h.mul(h).sum();
    const picture = graph(loss, { parameters: { x, h } });
    expect(picture.dot).not.toContain('‖grad‖');
    loss.backward();
    const parsed = parse(picture.dot);
    // d/dx Σ e²ˣ = 2 e²ˣ; d/dh Σ h² = 2 h.
    const values = [0.5, -1, 2];
    expect(box(parsed, 'x')).toContain(
      `‖grad‖ ${Math.hypot(...values.map((v) => 2 * Math.exp(2 * v))).toPrecision(3)}`,
    );
    expect(box(parsed, 'h = exp')).toContain(
      `‖grad‖ ${Math.hypot(...values.map((v) => 2 * Math.exp(v))).toPrecision(3)}`,
    );
    expect(norm(h.grad).toPrecision(3)).toBe(
      Math.hypot(...values.map((v) => 2 * Math.exp(v))).toPrecision(3),
    );
  });

  it('what was freed is not shown as saved', () => {
    const x = leaf([1, 2]);
    const y = x.exp();
    y.sum().backward();
    const parsed = parse(graph(y, { parameters: { x } }).dot);
    expect(box(parsed, 'exp')).toEqual(['exp', '(2,)']);
    expect(box(parsed, 'x')).toContain(`‖grad‖ ${Math.hypot(Math.E, Math.E ** 2).toPrecision(3)}`);
  });

  it('are not watched at ops if that is not wanted', () => {
    const x = leaf([1, 2]);
    const y = x.exp().sin();
    const [watched, unwatched] = [graph(y), graph(y, { gradients: false })];
    y.sum().backward();
    const shown = ({ dot }: { dot: string }) => dot.match(/‖grad‖/g)?.length;
    expect([shown(watched), shown(unwatched)]).toEqual([3, 1]);
  });
});

describe('modules', () => {
  const linear = (name: string) => [
    `${name}.bias -> add`,
    `${name}.weight -> permute`,
    'matmul -> add',
    'permute -> matmul',
  ];
  const input = ones([5, 3]);

  it.each([
    ['a function', (run: () => Tensor) => run],
    ['its result', (run: () => Tensor) => run()],
  ])('are frames around their ops, given %s', (_, of) => {
    const model = new MLP();
    const parsed = parse(
      graph(
        of(() => model.forward(input)),
        { parameters: model },
      ).dot,
    );
    expect(parsed.edges).toEqual(
      ['constant -> matmul', 'add -> relu', 'relu -> matmul', ...linear('fc1'), ...linear('fc2')].sort(),
    );
    expect(parsed.frames.get('fc1 · Linear')?.sort()).toEqual([
      'add',
      'constant',
      'fc1.bias',
      'fc1.weight',
      'matmul',
      'permute',
    ]);
    expect(parsed.frames.get('fc2 · Linear')?.sort()).toEqual([
      'add',
      'fc2.bias',
      'fc2.weight',
      'matmul',
      'permute',
    ]);
  });

  it.each([
    ['a function', (run: () => Tensor) => run],
    ['its result', (run: () => Tensor) => run()],
  ])('collapse into one box each, given %s', (_, of) => {
    const model = new MLP();
    const loss = () => model.forward(input).sum();
    const parsed = parse(graph(of(loss), { parameters: model, collapse: true }).dot);
    expect(parsed.edges).toEqual([
      'constant -> fc1',
      'fc1 -> relu',
      'fc2 -> sum',
      'relu -> fc2',
      'sum -> reshape',
    ]);
    // 3 · 4 weights and 4 biases; the weight's gradient needs the input, 5 · 3 elements, which wants none itself.
    expect(box(parsed, 'fc1')).toEqual(['fc1', 'Linear', '(5, 4)', '16 parameters', '3 ops, saved: 60 B']);
  });

  it('collapse to a depth', () => {
    const model = new nn.Sequential(new MLP(), new nn.ReLU());
    const edges = (collapse: number) =>
      parse(graph(() => model.forward(input).sum(), { parameters: model, collapse }).dot).edges;
    expect(edges(0)).toEqual(['Sequential -> sum', 'constant -> Sequential', 'sum -> reshape']);
    expect(edges(1)).toEqual(['0 -> 1', '1 -> sum', 'constant -> 0', 'sum -> reshape']);
    expect(edges(2)).toEqual([
      '0.fc1 -> relu',
      '0.fc2 -> 1',
      '1 -> sum',
      'constant -> 0.fc1',
      'relu -> 0.fc2',
      'sum -> reshape',
    ]);
  });

  it('a module that is called twice is a box for each call, with its parameters between them', () => {
    const fc = new nn.Linear(3, 3, { bias: false });
    const model = new nn.Sequential(fc, new nn.Tanh(), fc);
    const parsed = parse(graph(() => model.forward(input), { parameters: model, collapse: true }).dot);
    expect(parsed.edges).toEqual([
      '0 -> 1',
      '0.weight -> 0',
      '0.weight -> 0 (call 2)',
      '1 -> 0 (call 2)',
      'constant -> 0',
    ]);
  });

  it('box in the gradients of their parameters', () => {
    const model = new nn.Linear(3, 2);
    const loss = model.forward(input).sum();
    const picture = graph(loss, { parameters: model, collapse: true });
    loss.backward();
    const parameters = [...model.parameters()].map(({ grad }) => norm(grad));
    const lines = box(parse(picture.dot), 'Linear');
    expect(lines).toContain(`‖grad of parameters‖ ${Math.hypot(...parameters).toPrecision(3)}`);
    // Ten ones come to the output.
    expect(lines).toContain(`‖grad‖ ${Math.sqrt(10).toPrecision(3)}`);
  });

  it('are as they were, also after a forward that throws', () => {
    const model = new MLP();
    expect(() => graph(() => model.forward(ones([5, 7])), { parameters: model })).toThrow();
    for (const module of model.modules()) expect(Object.hasOwn(module, 'forward')).toBe(false);
  });

  it('know what an error has cut short', () => {
    const broken = new nn.Linear(7, 7);
    class Net extends nn.Module {
      broken = broken;
      fc = new nn.Linear(3, 3);
      override forward(x: Tensor): Tensor {
        expect(() => this.broken.forward(x)).toThrow();
        return this.fc.forward(x).exp();
      }
    }
    const model = new Net();
    const of = () => model.forward(input).sin();
    const { frames } = parse(graph(of, { parameters: model }).dot);
    expect(frames.get('Net')).not.toContain('sin');
  });
});

describe('large graphs', () => {
  it('a deep one is cut, and says so', () => {
    let x = leaf([1]).mul(1);
    for (let i = 0; i < 50_000; i++) x = x.add(1);
    const parsed = parse(graph(x, { maxOps: 3 }).dot);
    expect(titles(parsed)).toEqual(['49998 more ops', 'add', 'add', 'add']);
    expect(parsed.edges).toEqual(['49998 more ops -> add', 'add -> add', 'add -> add']);
  });

  it('the modules of one collapse by themselves', () => {
    const model = new nn.Sequential(...Array.from({ length: 40 }, () => new nn.Linear(3, 3)));
    const of = () => model.forward(ones([1, 3]));
    expect(titles(parse(graph(of, { parameters: model }).dot)).length).toBe(41);
    expect(titles(parse(graph(of, { parameters: model, collapse: false }).dot)).length).toBe(201);
  });
});

describe('the picture', () => {
  const picture = () => graph(leaf([1, 2]).exp().sum());

  it('is an SVG with the same boxes and arrows', async () => {
    const svg = await picture().svg();
    expect(svg.match(/class="node"/g)?.length).toBe(4);
    expect(svg.match(/class="edge"/g)?.length).toBe(3);
    expect(svg).toContain('>exp</text>');
  });

  it('is saved as DOT, SVG and PNG', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'graph-'));
    try {
      const one = picture();
      for (const extension of ['dot', 'svg', 'png']) await one.save(join(folder, `g.${extension}`));
      expect(await readFile(join(folder, 'g.dot'), 'utf8')).toBe(one.dot);
      expect([...(await readFile(join(folder, 'g.png'))).subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
      await expect(one.save(join(folder, 'g.txt'))).rejects.toThrow(ArgumentError);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is no larger than a PNG may be', async () => {
    let x = rand([2]).requiresGrad_();
    for (let i = 0; i < 199; i++) x = x.add(1);
    expect((await graph(x).png()).length).toBeGreaterThan(1000);
  });
});

describe('bad arguments', () => {
  const y = () => leaf([1]).exp();
  it.each([
    ['a leaf', () => graph(leaf([1]))],
    ['a constant', () => graph(zeros([1]))],
    ['what was not recorded', () => graph(noGrad(y))],
    ['no tensor', () => graph(3 as never)],
    ['a promise', () => graph((async () => y()) as never)],
    ['parameters of another kind', () => graph(y(), { parameters: 3 as never })],
    ['parameters that are no tensors', () => graph(y(), { parameters: { w: 3 } as never })],
    ['a depth below 0', () => graph(y(), { collapse: -1 })],
    ['no ops', () => graph(y(), { maxOps: 0 })],
    ['a direction', () => graph(y(), { direction: 'up' as never })],
    ['a theme', () => graph(y(), { theme: 'pink' as never })],
    ['an unknown option', () => graph(y(), { depth: 3 } as never)],
  ])('%s', (_, call) => expect(call).toThrow(ArgumentError));
});

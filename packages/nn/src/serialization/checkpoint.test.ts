import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileError, Generator, ones, type Tensor, tensor, zeros } from '@retrograd/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as nn from '../index.ts';

const { CheckpointError, loadCheckpoint, safetensors, saveCheckpoint, StateDictError } = nn;

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoint-'));
  path = join(folder, 'run.ckpt');
});
afterAll(() => rm(folder, { recursive: true }));

describe('a checkpoint', () => {
  it('holds modules, generators and values, and brings them back', async () => {
    const generator = new Generator().manualSeed(3);
    const model = new nn.Linear(3, 2);
    await saveCheckpoint(path, { model, generator, epoch: 3, best: { loss: 0.25, name: 'a' } });
    const expected = { weight: model.weight.clone(), drawn: generator.clone().random() };

    model.weight.detach().fill_(0);
    generator.random();
    const saved = await loadCheckpoint<{ epoch: number }>(path, { model, generator });
    expect(saved).toMatchObject({ epoch: 3, best: { loss: 0.25, name: 'a' } });
    expect(model.weight).toEqualTensor(expected.weight);
    expect(generator.random()).toBe(expected.drawn);
  });

  it('restores what is asked for alone, at any depth', async () => {
    const nets = () => ({ actors: [new nn.Linear(2, 2), new nn.Linear(2, 2)], critic: new nn.Linear(2, 1) });
    const [from, to] = [nets(), nets()];
    await saveCheckpoint(path, { nets: from });
    const before = to.critic.weight.clone();
    await loadCheckpoint(path, { nets: { actors: to.actors } });
    for (const [i, actor] of to.actors.entries())
      expect(actor.weight).toEqualTensor((from.actors[i] as nn.Linear).weight);
    expect(to.critic.weight).toEqualTensor(before);
  });

  it('is a safetensors file, tensors under their paths', async () => {
    await saveCheckpoint(path, { model: new nn.Linear(2, 1), extra: [zeros(1), ones(2)] });
    const tensors = await safetensors.loadFile(path);
    expect(Object.keys(tensors).sort()).toEqual(['extra.0', 'extra.1', 'model.bias', 'model.weight']);
  });

  it('keeps what is nested, whatever its names are', async () => {
    const state = {
      a: { 'b.c': tensor([1]) },
      'a.b': { c: tensor([2]) },
      'a.b.c': tensor([3]),
      $tensor: 'no tensor',
      deep: { $number: 3, $object: [[]], other: [{ $odd: null }] },
      ['__proto__']: 'nothing of Object’s',
    };
    await saveCheckpoint(path, state);
    const saved = await loadCheckpoint(path);
    expect(JSON.stringify(saved)).toBe(JSON.stringify(state));
  });

  it('keeps every number to the bit', async () => {
    const plain = fc.letrec((again) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.double(),
        fc.constantFrom(-0, Number.NaN, Infinity, -Infinity, Number.MIN_VALUE, 2 ** 60),
        fc.string(),
        fc.boolean(),
        fc.constant(null),
        fc.array(again('value')),
        fc.dictionary(
          fc.oneof(fc.string(), fc.constantFrom('$number', '$tensor', '__proto__')),
          again('value'),
        ),
      ),
    })).value;
    await fc.assert(
      fc.asyncProperty(plain, async (value) => {
        await saveCheckpoint(path, { value: value as nn.Saveable });
        expect(await loadCheckpoint(path)).toStrictEqual({ value: withPrototypes(value) });
      }),
      { numRuns: 200 },
    );
  });

  /** fast-check makes some objects without a prototype, which `toStrictEqual` tells apart. */
  function withPrototypes(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(withPrototypes);
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withPrototypes(each)]));
  }

  const circle: Record<string, unknown> = {};
  circle.again = circle;
  it.each<[string, unknown]>([
    ['a function', () => 1],
    ['a Map', new Map()],
    ['a bigint', 3n],
    ['an object within itself', circle],
    ['undefined in a list', [undefined]],
    ['an object of a class', new Date()],
    ['a symbol', Symbol('s')],
  ])('cannot hold %s', async (_, value) => {
    await saveCheckpoint(path, { kept: 1 });
    await expect(saveCheckpoint(path, { value: value as nn.Saveable })).rejects.toThrow(CheckpointError);
    expect(await loadCheckpoint(path)).toEqual({ kept: 1 });
  });

  it('that lacks something restores nothing', async () => {
    const model = new nn.Linear(2, 1);
    await saveCheckpoint(path, { model, rng: 3 });
    const other = new nn.Linear(2, 1);
    const before = other.weight.clone();
    for (const [targets, fault] of [
      [{ model: other, ema: model }, 'nothing in the file for "ema"'],
      [{ model: other, rng: new Generator() }, 'no state of a generator in the file for "rng"'],
      [{ model: other, epoch: 3 }, '3 for "epoch"'],
      [{ model: other, circle }, 'nothing in the file for "circle"'],
      [null, 'null as targets'],
    ] as const) {
      const loading = loadCheckpoint(path, targets as never);
      await expect(loading).rejects.toThrow(CheckpointError);
      await expect(loading).rejects.toThrow(fault);
    }
    expect(other.weight).toEqualTensor(before);
  });

  it('of another model is refused by that model', async () => {
    await saveCheckpoint(path, { model: new nn.Linear(2, 1) });
    await expect(loadCheckpoint(path, { model: new nn.Linear(2, 2) })).rejects.toThrow(StateDictError);
  });

  it('is not every file', async () => {
    await expect(loadCheckpoint(join(folder, 'nowhere'))).rejects.toThrow(FileError);
    await safetensors.saveFile({ x: zeros(1) }, path);
    await expect(loadCheckpoint(path)).rejects.toThrow('which holds tensors alone');
    for (const json of [
      '{',
      '{"a":{"$tensor":"nobody"}}',
      '{"a":{"$tensor":"toString"}}',
      '{"a":{"$number":"3"}}',
      '{"a":{"$number":"toString"}}',
      '{"a":{"$object":[3]}}',
      '{"a":{"$other":3}}',
      `${'[{"a":'.repeat(5000)}1${'}]'.repeat(5000)}`,
    ]) {
      await safetensors.saveFile({ x: zeros(1) }, path, { 'retrograd.checkpoint': json });
      await expect(loadCheckpoint(path), json.slice(0, 40)).rejects.toThrow(CheckpointError);
    }
  });

  it('with any byte changed ends in a value or in one of our errors', async () => {
    await saveCheckpoint(path, {
      model: new nn.Linear(2, 1),
      generator: new Generator(),
      lr: [0.1, Infinity],
    });
    const good = await readFile(path);
    const targets: { [key: string]: Generator | Tensor } = { generator: new Generator() };
    await fc.assert(
      fc.asyncProperty(fc.nat(700), fc.nat(255), async (at, byte) => {
        const bytes = Uint8Array.from(good);
        bytes[at] = byte;
        await writeFile(path, bytes);
        const outcome = await loadCheckpoint(path, targets as never).catch((error) => error);
        if (outcome instanceof Error)
          expect(outcome.name).toMatch(/^(Safetensors|Checkpoint|Argument)Error$/);
      }),
      { numRuns: 400 },
    );
  });
});

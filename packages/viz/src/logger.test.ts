import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArgumentError, FileError, ones, ShapeError, type Tensor, tensor, zeros } from '@retrograd/core';
import { decode } from 'fast-png';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  onlyBytes,
  onlyNumber,
  onlyText,
  type ReadEvent,
  readEvents,
  within,
} from './logger/testing/read-events.ts';
import { FakePipe, FakeTerminal } from './logger/testing/terminal.ts';
import { Logger } from './logger.ts';
import { jupyterDisplay } from './picture.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'logger-'));
  vi.useFakeTimers({ toFake: ['performance', 'Date'], now: 1_700_000_000_000 });
  vi.stubEnv('NO_COLOR', '1');
  vi.stubEnv('TERM', 'xterm');
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  rmSync(folder, { recursive: true });
});

const quiet = { progress: false } as const;

function eventsIn(path: string | undefined): ReadEvent[] {
  return readEvents(readFileSync(path ?? ''));
}

/** Tag, step and value of each scalar in an event file. */
function scalarsIn(path: string | undefined): [tag: string | undefined, step: number, value: number][] {
  return eventsIn(path)
    .filter(({ fileVersion }) => fileVersion === undefined)
    .map(({ tag, step, value }) => [tag, step, onlyNumber(value, 2)]);
}

/** One round of a loop takes this long, in milliseconds. */
function pass(milliseconds: number): void {
  vi.advanceTimersByTime(milliseconds);
}

describe('history', () => {
  it('keeps steps and values by tag, from numbers and from tensors', () => {
    const logger = new Logger(quiet);
    logger.log({ loss: 0.5, 'accuracy/test': tensor([[0.25]]) });
    logger.log({ loss: tensor(0.125, { dtype: 'float64' }) }, 10);
    logger.addScalar('lr', 3);
    expect(logger.history).toEqual({
      loss: { steps: [1, 10], values: [0.5, 0.125] },
      'accuracy/test': { steps: [1], values: [0.25] },
      lr: { steps: [11], values: [3] },
    });
  });

  it('has the value that a tensor had when it was logged', () => {
    const logger = new Logger(quiet);
    const running = zeros([1]);
    for (const _ of logger.track(3)) {
      running.add_(1);
      logger.log({ running });
    }
    expect(logger.history.running?.values).toEqual([1, 2, 3]);
  });

  it('takes a loss that has a gradient, without its graph', () => {
    const logger = new Logger(quiet);
    const weight = ones([2], { requiresGrad: true });
    const loss = weight.mul(3).sum();
    for (const _ of logger.track(1)) logger.log({ loss });
    loss.backward();
    expect(logger.history.loss?.values).toEqual([6]);
    expect(weight.grad?.toArray()).toEqual([3, 3]);
  });

  it('keeps names that objects have a meaning for', () => {
    const logger = new Logger(quiet);
    logger.addScalar('__proto__', 1);
    logger.log({ constructor: 2 });
    expect(Object.keys(logger.history)).toEqual(['__proto__', 'constructor']);
  });

  it('goes to a CSV file', async () => {
    const logger = new Logger(quiet);
    logger.log({ loss: 0.5, 'a,"b"': Number.NaN });
    logger.log({ loss: Number.NEGATIVE_INFINITY });
    await logger.save(join(folder, 'scalars.csv'));
    expect(readFileSync(join(folder, 'scalars.csv'), 'utf8')).toBe(
      'tag,step,value\nloss,1,0.5\nloss,2,-inf\n"a,""b""",1,nan\n',
    );
    await expect(logger.save(join(folder, 'scalars.txt'))).rejects.toThrow(ArgumentError);
  });
});

describe('steps', () => {
  it('are the rounds of tracked loops in which something is logged, over all loops', () => {
    const logger = new Logger(quiet);
    for (let epoch = 1; epoch <= 2; epoch++) {
      for (const i of logger.track(2, { epoch })) {
        logger.log({ loss: i });
        logger.log({ accuracy: i });
      }
      for (const _ of logger.track(5, { label: 'Test' }));
      logger.log({ test: epoch });
    }
    const steps = Object.entries(logger.history).map(([tag, series]) => [tag, series.steps]);
    expect(Object.fromEntries(steps)).toEqual({
      loss: [1, 2, 3, 4],
      accuracy: [1, 2, 3, 4],
      test: [2, 4],
    });
  });

  it('go on from one that was given', () => {
    const logger = new Logger(quiet);
    logger.log({ a: 1 }, 0);
    logger.log({ a: 1 });
    logger.log({ a: 1 }, 100);
    logger.log({ a: 1 });
    expect(logger.history.a?.steps).toEqual([0, 1, 100, 101]);
  });
});

describe('event files', () => {
  it('have a name of their own in the folder, which is made', () => {
    const dir = join(folder, 'runs', 'first');
    const loggers = [new Logger({ ...quiet, dir }), new Logger({ ...quiet, dir })];
    const names = [0, 1].map((n) => `events.out.tfevents.1700000000.${hostname()}.${process.pid}.${n}`);
    expect(readdirSync(dir)).toEqual(names);
    expect(loggers.map(({ path }) => path)).toEqual(names.map((name) => join(dir, name)));
  });

  it('can be read at any time, also while the run goes on', () => {
    const logger = new Logger({ ...quiet, dir: folder });
    expect(eventsIn(logger.path)).toEqual([
      { wallTime: 1_700_000_000, step: 0, fileVersion: 'brain.Event:2', value: [] },
    ]);
    logger.log({ loss: 0.5 });
    pass(2000);
    logger.log({ loss: Number.NaN, 'loss/test': Number.POSITIVE_INFINITY }, 7);
    expect(scalarsIn(logger.path)).toEqual([
      ['loss', 1, 0.5],
      ['loss', 7, Number.NaN],
      ['loss/test', 7, Number.POSITIVE_INFINITY],
    ]);
    expect(eventsIn(logger.path).map(({ wallTime }) => wallTime - 1_700_000_000)).toEqual([0, 0, 2, 2]);
  });

  it('lack at most a tenth of a second within a loop, and nothing after it', () => {
    const logger = new Logger({ ...quiet, dir: folder });
    const seen: number[] = [];
    for (const _ of logger.track(100)) {
      logger.log({ loss: tensor(1) });
      seen.push(scalarsIn(logger.path).length);
      pass(10);
    }
    expect(scalarsIn(logger.path)).toHaveLength(100);
    seen.forEach((count, i) => {
      expect(i + 1 - count).toBeLessThanOrEqual(10);
    });
    expect(seen.some((count, i) => count < i + 1)).toBe(true);
  });

  it('have what was logged when an error ends the loop', () => {
    const logger = new Logger({ ...quiet, dir: folder });
    expect(() => {
      for (const i of logger.track(10)) {
        logger.log({ i });
        if (i === 2) throw new Error('mine');
      }
    }).toThrow('mine');
    expect(scalarsIn(logger.path).map(([, , value]) => value)).toEqual([0, 1, 2]);
  });

  it('hold images, histograms and text', () => {
    const logger = new Logger({ ...quiet, dir: folder });
    logger.addImage(
      'digit',
      tensor([
        [
          [0, 0.5, 1],
          [2, -1, 1],
        ],
      ]),
      3,
    );
    logger.addImage('colour', tensor([[[255]], [[0]], [[7]]], { dtype: 'uint8' }));
    logger.addHistogram(
      'weights',
      tensor([
        [1, 2],
        [3, 3],
      ]),
      4,
    );
    logger.addText('note', 'hello');
    const [, digit, colour, weights, note] = eventsIn(logger.path);
    expect(pixelsOf(digit)).toEqual([2, 3, [0, 128, 255, 255, 0, 255]]);
    expect(onlyNumber(within(colour?.value ?? [], 4), 1)).toBe(1);
    const { data } = decode(onlyBytes(within(colour?.value ?? [], 4), 4));
    expect([...data]).toEqual([255, 0, 7, 255]);
    expect([weights?.tag, weights?.step, onlyNumber(within(weights?.value ?? [], 5), 3)]).toEqual([
      'weights',
      4,
      4,
    ]);
    expect(onlyText(within(note?.value ?? [], 8), 8)).toBe('hello');
    expect(logger.history).toEqual({});
  });

  /** Height, width and the red of each pixel. */
  function pixelsOf(event: ReadEvent | undefined): [number, number, number[]] {
    const image = within(event?.value ?? [], 4);
    const { height, width, data } = decode(onlyBytes(image, 4));
    expect([onlyNumber(image, 1), onlyNumber(image, 2), onlyNumber(image, 3)]).toEqual([height, width, 4]);
    return [height, width, [...data].filter((_, i) => i % 4 === 0)];
  }

  it('can be read after the process was killed in a loop', () => {
    const script = `
      import { Logger } from ${JSON.stringify(join(import.meta.dirname, 'logger.ts'))};
      const logger = new Logger({ dir: ${JSON.stringify(folder)}, progress: false });
      for (const i of logger.track(1e9)) {
        logger.log({ i });
        if (i === 1000) await new Promise((resolve) => setTimeout(resolve, 200));
        if (i === 2000) process.kill(process.pid, 'SIGKILL');
      }`;
    const run = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    });
    expect(run.signal, run.stderr).toBe('SIGKILL');
    const [name] = readdirSync(folder);
    const values = scalarsIn(join(folder, name ?? '')).map(([, , value]) => value);
    expect(values.length).toBeGreaterThanOrEqual(1001);
    expect(values).toEqual(values.map((_, i) => i));
  });

  it('stay readable when the disk is full, and go on when there is room again', () => {
    const fs = process.getBuiltinModule('node:fs');
    const logger = new Logger({ ...quiet, dir: folder });
    logger.log({ a: 1 });
    const append = vi.spyOn(fs, 'appendFileSync').mockImplementationOnce((file, data) => {
      fs.writeSync(file as number, (data as Uint8Array).subarray(0, 20));
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    });
    expect(() => logger.log({ a: 2 })).toThrow(FileError);
    expect(append).toHaveBeenCalledOnce();
    logger.log({ a: 3 });
    expect(scalarsIn(logger.path)).toEqual([
      ['a', 1, 1],
      ['a', 3, 3],
    ]);
    expect(logger.history.a?.values).toEqual([1, 2, 3]);
  });

  it('cannot be where a file is, or below one', () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'mine');
    expect(() => new Logger({ dir: file })).toThrow(FileError);
    expect(() => new Logger({ dir: join(file, 'run') })).toThrow(FileError);
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  it('are not there without a file system, and the error says what to do', () => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never);
    expect(() => new Logger({ dir: 'runs' })).toThrow(/leave dir out/);
    const logger = new Logger(quiet);
    logger.addScalar('loss', 1);
    expect(logger.history.loss?.values).toEqual([1]);
  });
});

describe('in a terminal', () => {
  /** Goes through a loop, and gives the screen after each round. */
  function rounds(terminal: FakeTerminal, count: number, options = {}): string[][] {
    const logger = new Logger({ output: terminal });
    const screens: string[][] = [];
    for (const i of logger.track(count, options)) {
      pass(500);
      logger.log({ loss: 1 / (i + 1), accuracy: i / count });
      screens.push(terminal.screen);
    }
    return screens;
  }

  it('a bar says how far, how fast, how long still, and what was logged', () => {
    const terminal = new FakeTerminal(120);
    const screens = rounds(terminal, 4, { epoch: 2, epochs: 5, unit: 'batches' });
    // The bar is drawn when a value is logged, which is before its round is over.
    expect(screens[2]).toEqual([
      'Epoch 2/5 ━━━━━━━━━━━━──────────── · 50% · 2/4 · 1.3 batches/s · 0:02 left · loss 0.3333 · accuracy 0.5000',
    ]);
    expect(terminal.screen).toEqual(['Epoch 2/5 · 4/4 · 0:02 · mean loss 0.5208 · accuracy 0.3750', '']);
  });

  it('is drawn ten times a second at most', () => {
    const terminal = new FakeTerminal();
    const logger = new Logger({ output: terminal });
    for (const i of logger.track(1000)) {
      logger.log({ i });
      pass(1);
    }
    expect(terminal.writes.length).toBeGreaterThan(8);
    expect(terminal.writes.length).toBeLessThan(16);
  });

  it.each([1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 100, 120, 200])(
    'of %d columns never wraps',
    (columns) => {
      const terminal = new FakeTerminal(columns);
      // The last column stays free.
      for (const screen of rounds(terminal, 3, { epoch: 1 }))
        expect(screen).toEqual([expect.stringMatching(new RegExp(`^.{0,${Math.max(columns - 1, 1)}}$`))]);
    },
  );

  it('gets a shorter line when the window gets narrower', () => {
    const terminal = new FakeTerminal(100);
    const logger = new Logger({ output: terminal });
    for (const i of logger.track(100, { label: 'Train' })) {
      logger.log({ loss: i });
      pass(200);
      if (i === 50) terminal.columns = 30;
      if (i > 51) expect(terminal.screen[0]?.length).toBeLessThan(30);
    }
  });

  it('says where a loop was left, by an error or by break', async () => {
    const terminal = new FakeTerminal();
    const logger = new Logger({ output: terminal });
    const failing = async () => {
      for await (const i of logger.track([1, 2, 3, 4], { epoch: 1 })) {
        logger.log({ loss: i });
        if (i === 3) throw new Error('mine');
      }
    };
    await expect(failing()).rejects.toThrow('mine');
    for (const _ of logger.track(5, { label: 'Again' })) break;
    expect(terminal.screen).toEqual([
      'Epoch 1 · 2/4 · stopped after 0:00 · last loss 3.0000',
      'Again · 0/5 · stopped after 0:00',
      '',
    ]);
  });

  it('is clean when the source of the items fails', () => {
    const terminal = new FakeTerminal();
    const logger = new Logger({ output: terminal });
    function* broken() {
      yield 1;
      throw new Error('unreadable');
    }
    expect(() => [...logger.track(broken(), { label: 'Read' })]).toThrow('unreadable');
    expect(terminal.screen).toEqual(['Read · 1 steps · stopped after 0:00', '']);
  });

  it('shows loops within loops, and text above the bar', () => {
    const terminal = new FakeTerminal();
    const logger = new Logger({ output: terminal });
    for (const epoch of logger.track(2, { label: 'All', unit: 'epochs' })) {
      for (const _ of logger.track(3, { epoch })) pass(150);
      if (epoch === 0) {
        logger.print('saved');
        expect(terminal.screen).toEqual([
          'Epoch 0 · 3/3 · 0:00',
          'saved',
          expect.stringMatching(/^All ─+ · 0% · 0\/2$/),
        ]);
      }
    }
    expect(terminal.screen).toEqual([
      'Epoch 0 · 3/3 · 0:00',
      'saved',
      'Epoch 1 · 3/3 · 0:00',
      'All · 2/2 · 0:01',
      '',
    ]);
  });

  it('shows no share of what has no known length, and nothing for what is empty', () => {
    const terminal = new FakeTerminal();
    const logger = new Logger({ output: terminal });
    function* some() {
      yield 1;
      yield pass(500);
      expect(terminal.screen.at(-1)).toBe('Read · 2 steps · 4.0 steps/s');
    }
    for (const _ of logger.track(some(), { label: 'Read' }));
    for (const _ of logger.track([], { label: 'Empty' }));
    for (const _ of logger.track([1, 2], { label: 'Told', total: 4 }));
    expect(terminal.screen).toEqual(['Read · 2 steps · 0:01', 'Empty · 0/0 · 0:00', 'Told · 2/4 · 0:00', '']);
  });

  it('takes a length that is an error of ours for unknown, as that of a DataLoader may be', () => {
    const terminal = new FakeTerminal();
    const loader = {
      get length(): number {
        throw new ArgumentError({ op: 'length', got: 'none', want: 'one' });
      },
      *[Symbol.iterator]() {
        yield 1;
      },
    };
    for (const _ of new Logger({ output: terminal }).track(loader, { label: 'Read' }));
    expect(terminal.screen).toEqual(['Read · 1 steps · 0:00', '']);
  });

  it('prints what is logged outside loops: the first after a loop, then one line in ten seconds, and the last', async () => {
    const terminal = new FakeTerminal();
    const logger = new Logger({ output: terminal });
    for (const _ of logger.track(2, { epoch: 1 })) logger.log({ loss: 1 });
    logger.log({ accuracy: 0.5 });
    logger.log({ accuracy: 0.625 });
    pass(10_000);
    logger.log({ accuracy: 0.75 });
    logger.log({ accuracy: 0.875 });
    await logger.close();
    expect(terminal.screen).toEqual([
      'Epoch 1 · 2/2 · 0:00 · mean loss 1.0000',
      'step 2 · accuracy 0.5000',
      'step 2 · accuracy 0.7500',
      'step 2 · accuracy 0.8750',
      '',
    ]);
  });

  it('takes the bar away when it is closed within a loop', () => {
    const terminal = new FakeTerminal();
    const logger = new Logger({ output: terminal });
    for (const i of logger.track(2)) {
      if (i === 0) expect(terminal.screen).toEqual([expect.stringContaining('0/2')]);
      void logger.close();
      pass(1000);
    }
    expect(terminal.screen).toEqual(['']);
  });

  it('has colours, unless NO_COLOR says otherwise', () => {
    const colours = () => {
      const terminal = new FakeTerminal();
      rounds(terminal, 3);
      return terminal.writes.join('').includes('\x1b[36m');
    };
    expect(colours()).toBe(false);
    vi.stubEnv('NO_COLOR', '');
    expect(colours()).toBe(true);
  });

  it('shows names as text, whatever is in them', () => {
    const terminal = new FakeTerminal(60);
    const logger = new Logger({ output: terminal });
    for (const _ of logger.track(1, { label: 'a\x1b[2Jb\n' })) logger.log({ 'x\r\ny\x07': Number.NaN });
    expect(terminal.screen).toEqual(['a [2Jb  · 1/1 · 0:00 · mean x  y  nan', '']);
  });
});

describe('in a log', () => {
  it('is one line an epoch and one each ten seconds, without control characters', () => {
    const pipe = new FakePipe();
    const logger = new Logger({ output: pipe });
    for (let epoch = 1; epoch <= 2; epoch++) {
      for (const i of logger.track(25, { epoch, epochs: 2 })) {
        logger.log({ loss: i });
        pass(epoch === 1 ? 1000 : 10);
      }
    }
    expect(pipe.lines).toEqual([
      'Epoch 1/2 · 40% · 10/25 · 1.0 steps/s · 0:15 left · loss 9.0000',
      'Epoch 1/2 · 80% · 20/25 · 1.0 steps/s · 0:05 left · loss 19.0000',
      'Epoch 1/2 · 25/25 · 0:25 · mean loss 12.0000',
      'Epoch 2/2 · 25/25 · 0:00 · mean loss 12.0000',
    ]);
    expect(pipe.text.replaceAll('\n', '')).not.toMatch(/\p{Control}/u);
  });

  it('is the same in a terminal that can do nothing', () => {
    vi.stubEnv('TERM', 'dumb');
    const terminal = new FakeTerminal();
    for (const _ of new Logger({ output: terminal }).track(3, { label: 'Train' })) pass(200);
    expect(terminal.writes).toEqual(['Train · 3/3 · 0:01\n']);
  });

  it('shows NaN and infinities as such', () => {
    const pipe = new FakePipe();
    const logger = new Logger({ output: pipe });
    for (const _ of logger.track(1, { epoch: 1 }))
      logger.log({ a: Number.NaN, b: Number.NEGATIVE_INFINITY, c: 1e-7, d: 0, e: 123456.7, f: -2.5e9 });
    expect(pipe.lines).toEqual([
      'Epoch 1 · 1/1 · 0:00 · mean a nan · b -inf · c 1.00e-7 · d 0.0000 · e 123456.7 · f -2.50e+9',
    ]);
  });

  it('is empty with progress: false', () => {
    const pipe = new FakePipe();
    const logger = new Logger({ output: pipe, progress: false });
    for (const _ of logger.track(3)) logger.log({ a: 1 });
    logger.log({ a: 1 });
    logger.print('text');
    expect(pipe.text).toBe('');
  });
});

describe('plots', () => {
  it('have a panel for each metric, with gaps where there is NaN', async () => {
    const logger = new Logger(quiet);
    for (const value of [1, Number.NaN, 3, Number.POSITIVE_INFINITY])
      logger.log({ 'loss/train': value, accuracy: 1 });
    logger.log({ 'never a <number>': Number.NaN });
    const svg = await logger.plot().svg();
    for (const title of ['loss/train', 'accuracy', 'never a &lt;number&gt;'])
      expect(svg).toContain(`>${title}<`);
  });

  it('are refused while there is nothing to plot', () => {
    expect(() => new Logger(quiet).plot()).toThrow(ArgumentError);
  });
});

describe('in a notebook', () => {
  interface Message {
    type: string;
    data: Record<string, unknown>;
    id: unknown;
  }

  /** A notebook that keeps what it is sent, as Deno's kernel would pass it on. */
  function openNotebook(): Message[] {
    const messages: Message[] = [];
    vi.stubGlobal('Deno', {
      jupyter: {
        async broadcast(
          type: string,
          content: { data: Message['data']; transient: { display_id: unknown } },
        ) {
          messages.push({ type, data: content.data, id: content.transient.display_id });
        },
      },
    });
    return messages;
  }

  it('a plot changes where it stands, once a second at most, and ends with the last state', async () => {
    const messages = openNotebook();
    const lines = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const logger = new Logger();
    for await (const i of logger.track(30, { epoch: 1 })) {
      logger.log({ loss: i });
      await new Promise(setImmediate);
      pass(100);
    }
    await logger.close();
    expect(messages.map(({ type }) => type)).toEqual([
      'display_data',
      ...Array(messages.length - 1).fill('update_display_data'),
    ]);
    expect(messages.length).toBeGreaterThan(1);
    expect(messages.length).toBeLessThanOrEqual(5);
    expect(new Set(messages.map(({ id }) => id)).size).toBe(1);
    const last = messages.at(-1)?.data ?? {};
    expect(Object.keys(last)).toEqual(expect.arrayContaining(['text/plain', 'image/svg+xml', 'image/png']));
    expect(last).toEqual(await logger.plot()[jupyterDisplay]());
    const count = messages.length;
    await new Promise(setImmediate);
    expect(messages).toHaveLength(count);
    expect(lines.mock.calls).toEqual([['Epoch 1 · 30/30 · 0:03 · mean loss 14.5000']]);
  });

  it('is up to date soon after a short loop, also if nobody closes the logger', async () => {
    const messages = openNotebook();
    vi.spyOn(console, 'log').mockImplementation(() => undefined);
    vi.useFakeTimers({ toFake: ['performance', 'Date', 'setTimeout', 'clearTimeout'] });
    const logger = new Logger();
    const svgOfLast = () => messages.at(-1)?.data['image/svg+xml'];
    for (let epoch = 1; epoch <= 20; epoch++)
      for await (const i of logger.track(2, { epoch })) logger.log({ loss: i + epoch });
    expect(messages.length).toBeLessThan(3);
    const stale = svgOfLast();
    pass(5000);
    const svg = await logger.plot().svg({ theme: 'light' });
    await vi.waitFor(() => expect(svgOfLast()).toBe(svg));
    expect(stale).not.toBe(svg);
  });

  it('keeps its last state once the logger is closed', async () => {
    const messages = openNotebook();
    vi.spyOn(console, 'log').mockImplementation(() => undefined);
    vi.useFakeTimers({ toFake: ['performance', 'Date', 'setTimeout', 'clearTimeout'] });
    const logger = new Logger();
    for (let epoch = 1; epoch <= 3; epoch++)
      for await (const i of logger.track(2, { epoch })) logger.log({ loss: i });
    await logger.close();
    const { length } = messages;
    expect(messages.at(-1)?.data).toHaveProperty('image/png');
    pass(10_000);
    await logger.plot().svg();
    await new Promise(setImmediate);
    expect(messages).toHaveLength(length);
  });

  it('shows nothing with progress: false, or before anything is logged', async () => {
    const messages = openNotebook();
    vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const silent = new Logger(quiet);
    silent.log({ loss: 1 });
    await silent.close();
    const empty = new Logger();
    for await (const _ of empty.track(2));
    await empty.close();
    expect(messages).toEqual([]);
  });

  it('trains on when the plot cannot be shown, and says so', async () => {
    vi.stubGlobal('Deno', { jupyter: { broadcast: () => Promise.reject(new Error('no front end')) } });
    const lines = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const logger = new Logger();
    for await (const i of logger.track(2)) logger.log({ loss: i });
    await logger.close();
    expect(logger.history.loss?.values).toEqual([0, 1]);
    expect(lines.mock.calls).toEqual([
      [expect.stringMatching(/2\/2/)],
      ['The plot cannot be shown: no front end'],
    ]);
  });
});

describe('track', () => {
  it('gives the items of what it is given, as often as it is gone through', async () => {
    const logger = new Logger(quiet);
    const tracked = logger.track(new Set(['a', 'b']));
    expect([...tracked, ...tracked]).toEqual(['a', 'b', 'a', 'b']);
    async function* later() {
      yield 1;
      yield 2;
    }
    const seen: number[] = [];
    for await (const item of logger.track(later())) seen.push(item);
    for await (const item of logger.track(2)) seen.push(item);
    expect(seen).toEqual([1, 2, 0, 1]);
  });

  it('lets go of its source when a loop is left', () => {
    let released = false;
    function* source() {
      try {
        yield 1;
        yield 2;
      } finally {
        released = true;
      }
    }
    for (const _ of new Logger(quiet).track(source())) break;
    expect(released).toBe(true);
  });

  it('refuses what one cannot go through', () => {
    const logger = new Logger(quiet);
    const track = logger.track.bind(logger) as (items: unknown, options?: unknown) => Iterable<unknown>;
    for (const bad of [undefined, null, {}, -1, 1.5, Number.NaN, true])
      expect(() => track(bad)).toThrow(ArgumentError);
    for (const bad of [
      { epochs: -1 },
      { epoch: 1.5 },
      { total: Number.NaN },
      { label: 3 },
      { unit: null },
      { what: 1 },
      5,
    ])
      expect(() => track([], bad)).toThrow(ArgumentError);
    async function* later() {}
    expect(() => [...(logger.track(later()) as Iterable<never>)]).toThrow(/for await/);
  });
});

describe('bad input', () => {
  it.each<[string, unknown, unknown, abstract new (...args: never[]) => Error]>([
    ['a tensor with two elements', { a: tensor([1, 2]) }, undefined, ShapeError],
    ['a tensor with none', { a: zeros([0]) }, undefined, ShapeError],
    ['a string', { a: '1' }, undefined, ArgumentError],
    ['undefined', { a: undefined }, undefined, ArgumentError],
    ['null', { a: null }, undefined, ArgumentError],
    ['an empty name', { '': 1 }, undefined, ArgumentError],
    ['a negative step', { a: 1 }, -1, ArgumentError],
    ['a step between two', { a: 1 }, 0.5, ArgumentError],
    ['a step that is NaN', { a: 1 }, Number.NaN, ArgumentError],
    ['a step that is text', { a: 1 }, '1', ArgumentError],
    ['a number for metrics', 1, undefined, ArgumentError],
    ['null for metrics', null, undefined, ArgumentError],
    ['a tensor for metrics', tensor(1), undefined, ArgumentError],
    ['an array for metrics', [1], undefined, ArgumentError],
  ])('%s is refused, and nothing of the call recorded', (_, metrics, step, error) => {
    const logger = new Logger(quiet);
    const mixed =
      Object.getPrototypeOf(metrics ?? 0) === Object.prototype
        ? { good: 1, ...(metrics as object) }
        : metrics;
    expect(() => logger.log(mixed as Record<string, Tensor>, step as number)).toThrow(error);
    expect(logger.history).toEqual({});
    logger.log({ a: 1 });
    expect(logger.history.a?.steps).toEqual([1]);
  });

  it('of addScalar, addHistogram, addImage and addText is refused', () => {
    const logger = new Logger(quiet);
    const calls: [keyof Logger, ...unknown[]][] = [
      ['addScalar', 3, 1],
      ['addScalar', 'a', 'b'],
      ['addScalar', 'a', ones([2])],
      ['addScalar', 'a', 1, -1],
      ['addHistogram', 'a', 'text'],
      ['addHistogram', 'a', []],
      ['addHistogram', 'a', ['b']],
      ['addHistogram', '', [1]],
      ['addImage', 'a', [1]],
      ['addImage', 'a', ones([5])],
      ['addImage', 'a', ones([0, 2])],
      ['addText', 'a', 5],
      ['addText', 'a', 'b', 1.5],
    ];
    for (const [method, ...args] of calls)
      expect(
        () => (logger[method] as (...args: unknown[]) => unknown).apply(logger, args),
        `${String(method)} ${args}`,
      ).toThrow(expect.objectContaining({ op: expect.stringMatching(/^Logger/) }));
  });

  it('among the options is refused', () => {
    for (const bad of [
      { dir: '' },
      { dir: 3 },
      { progress: 'yes' },
      { output: {} },
      { output: null },
      { folder: 'a' },
      3,
    ])
      expect(() => new Logger(bad as object)).toThrow(ArgumentError);
  });

  it('after close is refused; what was logged stays', async () => {
    const logger = new Logger({ ...quiet, dir: folder });
    logger.log({ a: 1 });
    await logger.close();
    await logger.close();
    expect(() => logger.log({ a: 1 })).toThrow(/after close/);
    expect(() => logger.addText('a', 'b')).toThrow(/after close/);
    expect(() => logger.track([])).toThrow(/after close/);
    expect(logger.history.a?.values).toEqual([1]);
    expect(scalarsIn(logger.path)).toHaveLength(1);
  });

  it('closes itself at the end of a block', async () => {
    const terminal = new FakeTerminal();
    let kept: Logger | undefined;
    {
      using logger = new Logger({ output: terminal });
      kept = logger;
    }
    {
      await using logger = new Logger({ output: terminal });
      logger.log({ a: 1 });
    }
    expect(() => kept?.log({ a: 1 })).toThrow(/after close/);
    expect(terminal.screen).toEqual(['step 1 · a 1.0000', '']);
  });
});

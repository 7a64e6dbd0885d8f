import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'retrograd-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** Runs the example as a user does, on drawn digits unless told otherwise. */
function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'examples/mnist-cnn.ts', ...args],
    { cwd: root, encoding: 'utf8', env: { ...process.env, RETROGRAD_DATA: '' } },
  );
  return { status, stdout, stderr };
}

const quick = ['--data', 'strokes', '--limit', '320', '--epochs', '2'];

describe('the MNIST example', () => {
  it('prints a falling loss, the accuracy and the time, and writes its losses', () => {
    const out = join(scratch, 'run');
    const { status, stdout } = run(...quick, '--out', out);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^Epoch 1, Loss: \d\.\d{4}\nEpoch 2, Loss: \d\.\d{4}\nAccuracy: [\d.]+% of 54 test images\nTime: [\d.]+ s for training\nWrote .+\n$/,
    );
    const report = JSON.parse(readFileSync(join(out, 'mnist-cnn.json'), 'utf8'));
    expect(report.epochs.map(({ losses }: { losses: number[] }) => losses.length)).toEqual([5, 5]);
    expect(report.epochs[1].loss).toBeLessThan(report.epochs[0].loss);
  });

  it('gives the same losses for the same seed, and others for another', () => {
    const losses = (...args: string[]) => run(...quick, '--epochs', '1', ...args).stdout.split('\n')[0];
    const first = losses('--seed', '3');
    expect(losses('--seed', '3')).toBe(first);
    expect(losses('--seed', '4')).not.toBe(first);
  });

  it('trains the deeper network', () => {
    const { status, stdout } = run('--data', 'strokes', '--limit', '64', '--epochs', '1', '--depth', '3');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Epoch 1, Loss: 2\.\d{4}$/m);
  });

  it('explains its options', () => {
    const { status, stdout } = run('--help');
    expect(status).toBe(0);
    for (const option of [
      'epochs',
      'lr',
      'momentum',
      'batch-size',
      'seed',
      'data',
      'limit',
      'depth',
      'out',
    ]) {
      expect(stdout).toContain(`--${option}`);
    }
  });

  it.each([
    ['an unknown option', ['--epoch', '1'], /--epoch/],
    ['a word', ['five'], /five/],
    ['epochs that are no number', ['--epochs', 'five'], /--epochs five: wanted .* whole/],
    ['no epochs', ['--epochs', '0'], /at least 1/],
    ['a negative learning rate', ['--lr=-0.1'], /--lr -0.1: wanted a number greater than 0/],
    ['a depth that there is not', ['--depth', '4'], /--depth 4: wanted a number among 2, 3/],
    ['an option without its value', ['--seed'], /--seed/],
  ])('refuses %s in a line, with exit code 1', (_, args, message) => {
    const { status, stdout, stderr } = run(...args);
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(stderr.split('\n')).toHaveLength(3);
    expect(stderr).toMatch(/^Error: .*\nSee --help\.\n$/);
  });

  it('sees before it trains that it cannot write its results', () => {
    const { status, stdout, stderr } = run(...quick, '--out', fileURLToPath(import.meta.url));
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^Error: --out .*: cannot write there \(.*\)\nSee --help\.\n$/);
  });

  it('stops when the loss is no number, naming the step and the learning rate', () => {
    const { status, stderr } = run(...quick, '--lr', '1e30');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^Error: the loss became (NaN|Infinity) in step \d+ with learning rate 1e\+30/m);
  });

  it('does not take a broken file for MNIST', () => {
    const folder = join(scratch, 'broken');
    const { status } = run(...quick, '--epochs', '1', '--out', folder);
    expect(status).toBe(0);
    writeFileSync(join(folder, 'train-images-idx3-ubyte'), 'no images');
    const { status: refused, stderr } = run('--data', folder, '--limit', '64');
    expect(refused).toBe(1);
    expect(stderr).toMatch(/^Error: .*train-images-idx3-ubyte/);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundled } from './memory/child.ts';
import type { Report, Wishes } from './memory/train.script.ts';

let script: Awaited<ReturnType<typeof bundled>>;
/** What comes of it as it is meant to run. */
let wanted: Report;
beforeAll(async () => {
  script = await bundled('train.script.ts');
  wanted = train();
});
afterAll(() => script.remove());

const wishes: Wishes = { network: 'Convolutions', batch: 64, steps: 5, threads: 2 };

function train({ env, flags = [] }: { env?: Record<string, string>; flags?: string[] } = {}): Report {
  const { status, stdout, stderr } = script.run({ wishes, env: { RETROGRAD_BACKEND: '', ...env }, flags });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as Report;
}

describe('RETROGRAD_BACKEND', () => {
  it('is wasm if nothing else is said', () => {
    for (const report of [wanted, train({ env: { RETROGRAD_BACKEND: 'wasm' } })]) {
      expect(report).toMatchObject({ backend: 'wasm', threads: 2 });
      expect(report.samples[0]?.reserved).toBeGreaterThan(0);
    }
  });

  it('may be reference, which trains alike and needs no heap', () => {
    const { backend, threads, losses, samples } = train({ env: { RETROGRAD_BACKEND: 'reference' } });
    expect({ backend, threads }).toEqual({ backend: 'reference', threads: 1 });
    for (const [i, loss] of losses.entries()) expect(loss).toBeCloseTo(wanted.losses[i] as number, 4);
    expect(samples.every(({ reserved, evicted }) => reserved === 0 && evicted === 0)).toBe(true);
  });

  it('of another name is an error that says which there are', () => {
    const { status, stdout, stderr } = script.run({ wishes, env: { RETROGRAD_BACKEND: 'gpu' } });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^ArgumentError: RETROGRAD_BACKEND: got 'gpu'; wanted 'wasm' or 'reference'\./m);
  });
});

it('is reference, with a word, where WebAssembly may not be compiled, as in pages with a strict policy', () => {
  const forbid =
    "WebAssembly.Module = class { constructor() { throw new WebAssembly.CompileError('policy'); } }";
  const flags = ['--import', `data:text/javascript,${encodeURIComponent(forbid)}`];
  const { status, stdout, stderr } = script.run({ wishes, env: { RETROGRAD_BACKEND: '' }, flags });
  expect(stderr).toMatch(/^retrograd: WebAssembly may not be compiled here .*'wasm-unsafe-eval'.*\n$/);
  expect(status).toBe(0);
  const { backend, threads, losses } = JSON.parse(stdout) as Report;
  expect({ backend, threads }).toEqual({ backend: 'reference', threads: 1 });
  for (const [i, loss] of losses.entries()) expect(loss).toBeCloseTo(wanted.losses[i] as number, 4);
});

it.each([
  ['missing', 'delete globalThis.SharedArrayBuffer'],
  ['undefined', 'globalThis.SharedArrayBuffer = undefined'],
])('with SharedArrayBuffer %s one thread gives the same bits as two', (_, preload) => {
  const got = train({ flags: ['--import', `data:text/javascript,${preload}`] });
  expect(got).toMatchObject({ backend: 'wasm', threads: 1 });
  expect(got.losses).toEqual(wanted.losses);
  expect(got.parameters).toEqual(wanted.parameters);
});

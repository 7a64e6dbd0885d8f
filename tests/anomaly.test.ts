import { readFileSync } from 'node:fs';
import { autograd, noGrad, type Tensor, tensor } from '@retrograd/core';
import { F } from '@retrograd/nn';
import { afterEach, describe, expect, it } from 'vitest';

const { detectAnomaly, setDetectAnomaly } = autograd;

afterEach(() => void setDetectAnomaly(false));

const leaf = (values: number[]) => tensor(values, { requiresGrad: true });

function caught(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
}

/** The root of 0 has slope ∞, and ∞ · 0 is NaN. */
function rootOf(x: Tensor): Tensor {
  return x.sqrt(); // named
}

const namedLine =
  readFileSync(new URL(import.meta.url), 'utf8')
    .split('\n')
    .findIndex((line) => line.endsWith('// named')) + 1;

describe('detectAnomaly', () => {
  it('names the op that makes a NaN, and the line that called it', () => {
    const error = caught(() =>
      detectAnomaly(() =>
        rootOf(leaf([0, 1]))
          .mul(0)
          .sum()
          .backward(),
      ),
    );
    expect(error.message).toMatch(/^sqrt: got NaN in the gradient of its input 0, of shape \(2,\)/);
    expect(error.message).toMatch(/Called at rootOf \(.*anomaly\.test\.ts:\d+:12\)/);
    expect(error.message).toContain(`anomaly.test.ts:${namedLine}:`);
    const { stack } = error.cause as Error;
    expect(stack).not.toMatch(/packages.(core|nn)/);
  });

  it('names the line that called a function of another of our packages', () => {
    const loss = (x: Tensor) => F.normalize(x.mul(0), { dim: 0, eps: 0 }).sum();
    const error = caught(() => detectAnomaly(() => loss(leaf([0, 1])).backward()));
    expect(error.message).toMatch(/Called at loss \(.*anomaly\.test\.ts/);
  });

  it('names a custom function by the line that applied it', () => {
    class Broken extends autograd.Function {
      static forward(_: autograd.FunctionCtx, x: Tensor) {
        return x.mul(2);
      }

      static backward(_: autograd.FunctionCtx, g: Tensor) {
        return g.mul(Number.NaN);
      }
    }
    const error = caught(() =>
      detectAnomaly(() =>
        Broken.apply(leaf([1]))
          .sum()
          .backward(),
      ),
    );
    expect(error.message).toMatch(/^Broken: .*Called at .*anomaly\.test\.ts/s);
  });

  it('says what to do where the forward was not watched', () => {
    const y = rootOf(leaf([0]))
      .mul(0)
      .sum();
    expect(() => detectAnomaly(() => y.backward())).toThrow(/sqrt.*forward under detectAnomaly/s);
  });

  it('lets pass what is well, and looks only while it is on', () => {
    const good = detectAnomaly(() => rootOf(leaf([4])).sum());
    expect(() => good.backward()).not.toThrow();
    setDetectAnomaly(true);
    expect(() =>
      rootOf(leaf([0]))
        .mul(0)
        .sum()
        .backward(),
    ).toThrow(/NaN/);
    expect(noGrad(() => rootOf(leaf([-1])).data[0])).toBeNaN();
    setDetectAnomaly(false);
    const x = leaf([0]);
    rootOf(x).mul(0).sum().backward();
    expect(x.grad?.data[0]).toBeNaN();
    expect(() => setDetectAnomaly(1 as never)).toThrow(/true or false/);
  });
});

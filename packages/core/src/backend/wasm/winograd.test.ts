import { expect, it } from 'vitest';
import { contiguousStrides, type Shape } from '../../shape.ts';
import type { View } from '../backend.ts';
import { geometries } from '../contract/geometries.ts';
import { reference } from '../reference/reference.ts';
import { lanesOf } from './kernels/lanes.ts';
import { isForPoints } from './winograd.ts';

const storage = reference.allocate('float32', 1);

function view(shape: Shape): View {
  return { storage, shape, strides: contiguousStrides(shape), offset: 0 };
}

function isChosen(name: string, dtype: 'float32' | 'float64' = 'float32'): boolean[] {
  return (geometries[name] ?? []).map(({ x, w, ...geometry }) => {
    const sizes = x.slice(2).map((size, d) => {
      const [before, after] = geometry.padding[d] ?? [0, 0];
      return size + before + after - (w[d + 2] as number) + 1;
    });
    const out = view([x[0] as number, w[0] as number, ...sizes]);
    return isForPoints({ x: view(x), w: view(w), out, start: 'zeros', geometry }, lanesOf(dtype, true));
  });
}

it('Winograd computes what the contract has for it, but for what has too much padding', () => {
  expect(isChosen('with channels enough for Winograd')).toEqual([true, true, true, true, false, true]);
  expect(isChosen('with channels enough for Winograd', 'float64')).not.toContain(true);
});

it('Winograd computes nothing with few channels, in groups or with other steps', () => {
  for (const name of ['with few and many channels', 'in groups', 'with steps', 'with large kernels']) {
    expect(isChosen(name), name).not.toContain(true);
  }
});

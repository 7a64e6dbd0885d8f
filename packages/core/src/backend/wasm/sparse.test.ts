import { describe, expect, it } from 'vitest';
import { contiguousStrides, numelOf, type Shape } from '../../shape.ts';
import type { View } from '../backend.ts';
import { sparseImages, sparseKernels, type Windows } from '../contract/geometries.ts';
import { detectFeatures } from './features.ts';
import { lanesOf } from './kernels/lanes.ts';
import { HeapStorage } from './memory/storage.ts';
import { routeOf } from './sparse.ts';
import { createWasm } from './wasm.ts';

const { backend } = createWasm({ features: detectFeatures(), shared: false });

function viewOf(shape: Shape, density = 1): View {
  const storage = backend.allocate('float32', numelOf(shape));
  if (storage instanceof HeapStorage) storage.density = density;
  return { storage, shape, strides: contiguousStrides(shape), offset: 0 };
}

function sizesOf({ x, w, ...geometry }: Windows): number[] {
  return x.slice(2).map((size, d) => {
    const [before, after] = geometry.padding[d] as readonly [number, number];
    const spread = (n: number, step: readonly number[]) => (n - 1) * (step[d] as number) + 1;
    const room =
      spread(size, geometry.inputDilation) + before + after - spread(w[d + 2] as number, geometry.dilation);
    return Math.floor(room / (geometry.stride[d] as number)) + 1;
  });
}

/** How a correlation is computed whose operands have such densities. */
function motionOf(windows: Windows, x: number, w: number): string | undefined {
  const { x: images, w: kernel, ...geometry } = windows;
  const out = viewOf([images[0] as number, kernel[0] as number, ...sizesOf(windows)]);
  const call = { x: viewOf(images, x), w: viewOf(kernel, w), out, start: 'zeros', geometry } as const;
  return routeOf(call, lanesOf('float32', true))?.motion;
}

describe('correlations of sparse operands', () => {
  it.each(sparseImages)('start from the elements of images $x that differ from 0', (windows) => {
    expect(motionOf(windows, 0.25, 1)).toBe('spread');
    expect(motionOf(windows, 1, 1)).toBe(undefined);
  });

  it.each(sparseKernels)('start from the elements of kernels $w that differ from 0', (windows) => {
    expect(motionOf(windows, 1, 0.25)).toBe('collect');
    expect(motionOf(windows, 1, 1)).toBe(undefined);
  });

  it('go the common way where too little is known to be 0', () => {
    for (const windows of sparseImages) expect(motionOf(windows, 0.5, 1)).toBe(undefined);
    for (const windows of sparseKernels) expect(motionOf(windows, 1, 0.5)).toBe(undefined);
  });
});

import type { PoolGeometry, View } from '../backend.ts';
import { meetingTables, placesOf, triple } from './correlate.ts';

/** The largest element of a window. */
interface Maximum {
  /** Where the window's result lies in its storage. */
  readonly window: number;
  /** The place of the element in the spatial dims. */
  readonly at: readonly [z: number, y: number, x: number];
  readonly image: number;
  readonly channel: number;
}

/** Finds the first largest element of each window, or its last NaN; `windows` has one place for each. */
function forEachMaximum(
  x: View,
  windows: View,
  geometry: PoolGeometry,
  visit: (found: Maximum) => void,
): void {
  const { taps, outputs, tables } = meetingTables(x, geometry.kernel, windows, geometry);
  const [sz, sy, sx] = triple(x.strides.slice(2), 0);
  const places = placesOf(windows);
  const source = x.storage.data;
  for (let image = 0; image < (windows.shape[0] as number); image++) {
    for (let channel = 0; channel < (windows.shape[1] as number); channel++) {
      const plane = planeOf(x, image, channel);
      const target = planeOf(windows, image, channel);
      let p = 0;
      for (let z = 0; z < outputs[0]; z++)
        for (let y = 0; y < outputs[1]; y++)
          for (let i = 0; i < outputs[2]; i++) {
            let best = Number.NEGATIVE_INFINITY;
            let at: Maximum['at'] | null = null;
            for (let kz = 0; kz < taps[0]; kz++)
              for (let ky = 0; ky < taps[1]; ky++)
                for (let kx = 0; kx < taps[2]; kx++) {
                  const iz = tables[0][kz * outputs[0] + z] as number;
                  const iy = tables[1][ky * outputs[1] + y] as number;
                  const ix = tables[2][kx * outputs[2] + i] as number;
                  if (iz < 0 || iy < 0 || ix < 0) continue;
                  const value = source[plane + iz * sz + iy * sy + ix * sx] as number;
                  // NaN beats everything, the first NaN included; a window of −∞ still has a first element.
                  if (at !== null && !(value > best) && !Number.isNaN(value)) continue;
                  [best, at] = [value, [iz, iy, ix]];
                }
            const window = target + (places[p++] as number);
            if (at !== null) visit({ window, at, image, channel });
          }
    }
  }
}

/** Where the plane of a channel of an image begins. */
function planeOf({ offset, strides }: View, image: number, channel: number): number {
  return offset + image * (strides[0] as number) + channel * (strides[1] as number);
}

/** Where an element of a plane lies. */
function placeIn(view: View, { at: [z, y, x], image, channel }: Maximum): number {
  const [sz, sy, sx] = triple(view.strides.slice(2), 0);
  return planeOf(view, image, channel) + z * sz + y * sy + x * sx;
}

export function maxPoolIndices(x: View, out: View, geometry: PoolGeometry): void {
  const [, height, width] = triple(x.shape.slice(2), 1);
  forEachMaximum(x, out, geometry, ({ window, at: [z, y, i] }) => {
    out.storage.data[window] = (z * height + y) * width + i;
  });
}

export function maxPool(x: View, out: View, geometry: PoolGeometry): void {
  forEachMaximum(x, out, geometry, (found) => {
    out.storage.data[found.window] = x.storage.data[placeIn(x, found)] as number;
  });
}

/** `out` must not overlap itself. */
export function maxPoolGradient(x: View, g: View, out: View, geometry: PoolGeometry): void {
  for (const place of placesIn(out)) out.storage.data[place] = 0;
  forEachMaximum(x, g, geometry, (found) => {
    const place = placeIn(out, found);
    out.storage.data[place] = (out.storage.data[place] as number) + (g.storage.data[found.window] as number);
  });
}

/** The places of all elements. */
function* placesIn(view: View): Generator<number> {
  const inPlane = placesOf(view);
  for (let image = 0; image < (view.shape[0] as number); image++)
    for (let channel = 0; channel < (view.shape[1] as number); channel++)
      for (const place of inPlane) yield planeOf(view, image, channel) + place;
}

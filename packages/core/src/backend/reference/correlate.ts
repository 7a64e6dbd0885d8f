import type { CorrelateGeometry, View, WindowGeometry } from '../backend.ts';
import { productIn } from './matmul.ts';
import { pack } from './matrices/each.ts';

/** Kernels see three spatial dims; those that a tensor lacks have size 1. */
export type Triple = readonly [number, number, number];

export function triple(values: readonly number[], filler: number): Triple {
  const [a, b, c] = [filler, filler, filler, ...values].slice(-3);
  return [a ?? filler, b ?? filler, c ?? filler];
}

/** For each tap k and output p of one dim, the input that they meet, or −1 where they meet a zero. */
function meetings(
  inputs: number,
  taps: number,
  outputs: number,
  geometry: CorrelateGeometry | WindowGeometry,
  d: number,
): Int32Array {
  const stride = geometry.stride[d] ?? 1;
  const dilation = geometry.dilation[d] ?? 1;
  const spread = 'inputDilation' in geometry ? (geometry.inputDilation[d] ?? 1) : 1;
  const before = geometry.padding[d]?.[0] ?? 0;
  const table = new Int32Array(taps * outputs);
  for (let k = 0; k < taps; k++) {
    for (let p = 0; p < outputs; p++) {
      const at = p * stride + k * dilation - before;
      table[k * outputs + p] = at >= 0 && at % spread === 0 && at / spread < inputs ? at / spread : -1;
    }
  }
  return table;
}

/** The tables of the three spatial dims. */
export function meetingTables(
  x: View,
  kernel: readonly number[],
  out: View,
  geometry: CorrelateGeometry | WindowGeometry,
) {
  const rank = kernel.length;
  const [sizes, taps, outputs] = [x.shape.slice(2), kernel, out.shape.slice(2)].map((list) =>
    triple(list, 1),
  ) as [Triple, Triple, Triple];
  const table = (i: 0 | 1 | 2) => meetings(sizes[i], taps[i], outputs[i], geometry, i - 3 + rank);
  return { sizes, taps, outputs, tables: [table(0), table(1), table(2)] as const };
}

/** By im2col: the windows of each image as columns, times the kernels as rows. */
export function correlate(x: View, w: View, bias: View | null, out: View, geometry: CorrelateGeometry): void {
  const [images, outChannels] = [out.shape[0] as number, out.shape[1] as number];
  const channels = w.shape[1] as number;
  const { taps, outputs, tables } = meetingTables(x, w.shape.slice(2), out, geometry);
  const [tapCount, pixels] = [taps[0] * taps[1] * taps[2], outputs[0] * outputs[1] * outputs[2]];
  const rows = channels * tapCount;
  const perGroup = outChannels / geometry.groups;
  const columns = new Float64Array(rows * pixels);
  const compute = productIn(out.storage.dtype);
  const kernels = pack(w, w);
  const place = placesOf(out);
  for (let group = 0; group < geometry.groups; group++) {
    const kernel = kernels.subarray(group * perGroup * rows, (group + 1) * perGroup * rows);
    for (let image = 0; image < images; image++) {
      for (let c = 0; c < channels; c++) {
        const plane =
          x.offset + image * (x.strides[0] as number) + (group * channels + c) * (x.strides[1] as number);
        windowsOf(x, plane, taps, outputs, tables, columns, c * tapCount * pixels);
      }
      const product = compute(kernel, columns, perGroup, rows, pixels);
      for (let o = 0; o < perGroup; o++) {
        const plane =
          out.offset +
          image * (out.strides[0] as number) +
          (group * perGroup + o) * (out.strides[1] as number);
        const start = bias ? elementOf(bias, group * perGroup + o) : 0;
        for (let p = 0; p < pixels; p++)
          out.storage.data[plane + (place[p] as number)] = start + (product[o * pixels + p] as number);
      }
    }
  }
}

function elementOf({ storage, strides, offset }: View, i: number): number {
  return storage.data[offset + i * (strides[0] as number)] as number;
}

/** One channel's rows of the im2col matrix: a row for each tap, a column for each output. */
function windowsOf(
  x: View,
  plane: number,
  taps: Triple,
  outputs: Triple,
  tables: readonly [Int32Array, Int32Array, Int32Array],
  columns: Float64Array,
  start: number,
): void {
  const source = x.storage.data;
  const [sz, sy, sx] = triple(x.strides.slice(2), 0);
  const [pz, py, px] = outputs;
  let to = start;
  for (let kz = 0; kz < taps[0]; kz++)
    for (let ky = 0; ky < taps[1]; ky++)
      for (let kx = 0; kx < taps[2]; kx++)
        for (let z = 0; z < pz; z++) {
          const iz = tables[0][kz * pz + z] as number;
          for (let y = 0; y < py; y++) {
            const iy = tables[1][ky * py + y] as number;
            const row = plane + iz * sz + iy * sy;
            const inside = iz >= 0 && iy >= 0;
            for (let i = 0; i < px; i++) {
              const ix = tables[2][kx * px + i] as number;
              columns[to++] = inside && ix >= 0 ? (source[row + ix * sx] as number) : 0;
            }
          }
        }
}

/** Where in a plane of `out` each of its pixels lies, in row-major order. */
export function placesOf(out: View): Int32Array {
  const [pz, py, px] = triple(out.shape.slice(2), 1);
  const [sz, sy, sx] = triple(out.strides.slice(2), 0);
  const places = new Int32Array(pz * py * px);
  let to = 0;
  for (let z = 0; z < pz; z++)
    for (let y = 0; y < py; y++) for (let i = 0; i < px; i++) places[to++] = z * sz + y * sy + i * sx;
  return places;
}

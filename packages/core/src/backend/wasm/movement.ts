import type { View } from '../backend.ts';
import { axesOf, countOf, perPartOf, pushDims } from './axes.ts';
import { addressOf, bytesPerElement, type Engine } from './engine.ts';
import { tileRows, transposeTiles } from './kernels/transpose.ts';

/** Ranks of the dims of tiles for which there are kernels; smaller ones are filled up. */
const ranks = [2, 6] as const;

/**
 * Copies where elements that lie side by side in `x` do so in another dim than in `out`: a transposed matrix, or images
 * whose channels change from first to last.
 * @returns whether the views are of that kind
 */
export function copyTransposed(engine: Engine, x: View, out: View): boolean {
  const { dtype } = out.storage;
  if (dtype !== x.storage.dtype || bytesPerElement[dtype] !== 4) return false;
  const [rows, ...others] = axesOf(out.shape, [x, out], 1);
  const columns = others.find(({ steps }) => steps[0] === 4);
  if (rows === undefined || columns === undefined || rows.steps[1] !== 4) return false;
  if (rows.size < 4 || columns.size < 4) return false;
  const [xStride, outStride] = [rows.steps[0] as number, columns.steps[1] as number];
  const along = { size: Math.ceil(rows.size / tileRows), steps: [tileRows * xStride, tileRows * 4] };
  const dims = [along, ...others.filter((axis) => axis !== columns)];
  const rank = ranks.find((most) => dims.length <= most);
  if (rank === undefined) return false;
  const tiles = countOf(dims);
  const perPart = perPartOf(tiles, tileRows * columns.size);
  const fields = [addressOf(x), addressOf(out), rows.size, columns.size, xStride, outStride, tiles, perPart];
  pushDims(fields, dims, rank, 2);
  const kernel = engine.kernel(`transpose ${rank}`, () => transposeTiles(rank));
  engine.launch(kernel, fields, Math.ceil(tiles / perPart), x.storage !== out.storage);
  return true;
}

import type { View } from '../backend.ts';
import { axesOf, countOf, pushDims } from './axes.ts';
import { addressOf, type Engine } from './engine.ts';
import { bytesOf } from './kernels/formulas.ts';
import { tileRows, transposeTiles } from './kernels/transpose.ts';

/** Elements that are copied by a part. */
const partElements = 32_768;
/** Ranks of the dims of tiles for which there are kernels; smaller ones are filled up. */
const ranks = [2, 6] as const;

/**
 * Copies where elements that lie side by side in `x` do so in another dim than in `out`: a transposed matrix, or images
 * whose channels change from first to last.
 * @returns whether the views are of that kind
 */
export function copyTransposed(engine: Engine, x: View, out: View): boolean {
  const { dtype } = out.storage;
  if (dtype !== x.storage.dtype || bytesOf[dtype] !== 4) return false;
  const [rows, ...others] = axesOf(out.shape, [x, out], 1);
  const columns = others.find(({ steps }) => steps[0] === 4);
  if (rows === undefined || columns === undefined || rows.steps[1] !== 4) return false;
  if (rows.size < 4 || columns.size < 4) return false;
  const [xStride, outStride] = [rows.steps[0] as number, columns.steps[1] as number];
  const along = { size: Math.ceil(rows.size / tileRows), steps: [tileRows * xStride, tileRows * 4] };
  const dims = [along, ...others.filter((axis) => axis !== columns)];
  const rank = ranks.find((most) => dims.length <= most);
  if (rank === undefined) return false;
  const [tiles, elements] = [countOf(dims), tileRows * columns.size];
  const perPart = tiles * elements < 2 * partElements ? tiles : Math.ceil(partElements / elements);
  const fields = [addressOf(x), addressOf(out), rows.size, columns.size, xStride, outStride, tiles, perPart];
  pushDims(fields, dims, rank, 2);
  const kernel = engine.kernel(`transpose ${rank}`, () => transposeTiles(rank));
  engine.launch(kernel, fields, Math.ceil(tiles / perPart));
  return true;
}

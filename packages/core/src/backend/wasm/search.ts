import { numelOf } from '../../shape.ts';
import type { Backend, View } from '../backend.ts';
import { axesOf, countOf, perPartOf, pushDims } from './axes.ts';
import { addressOf, type Engine } from './engine.ts';
import { argReductions, findExtremes, findInRows } from './kernels/search.ts';

/** Ranks of dims for which there are kernels; smaller ones are filled up. */
const ranks = [1, 6] as const;

function run(engine: Engine, name: string, x: View, dim: number, out: View): boolean {
  const wins = argReductions[name];
  const size = x.shape[dim] ?? 1;
  if (wins === undefined || size === 0) return false;
  if (numelOf(out.shape) === 0) return true;
  const kept = axesOf(out.shape, [x, out], 0);
  const [inner] = kept;
  const step = 4 * (x.strides[dim] ?? 0);
  const inRows = step === 4 && size >= 4;
  // Four results at a time, where they lie side by side and not what they are made of.
  const inColumns = !inRows && inner?.steps[0] === 4 && inner.steps[1] === 4;
  const columns = inColumns ? inner.size : 1;
  const dims = inColumns ? [{ size: Math.ceil(columns / 4), steps: [16, 16] }, ...kept.slice(1)] : kept;
  const rank = ranks.find((most) => dims.length <= most);
  if (rank === undefined) return false;
  const chains = size < 32 ? 1 : 4;
  const kernel = inRows
    ? engine.kernel(`${name} rows ${chains} ${rank}`, () => findInRows(wins, chains, rank))
    : engine.kernel(`${name} ${inColumns} ${rank}`, () => findExtremes(wins, inColumns, rank));
  const visits = countOf(dims);
  const perPart = perPartOf(visits, size * (inColumns ? 4 : 1));
  const fields = [addressOf(x), addressOf(out), size, step, columns, visits, perPart];
  pushDims(fields, dims, rank, 2);
  engine.launch(kernel, fields, Math.ceil(visits / perPart));
  return true;
}

export function argReduce(engine: Engine, fallback: Backend): Backend['argReduce'] {
  return (kernel, x, dim, out) => {
    engine.heap.begin();
    const name = `${kernel} ${x.storage.dtype}`;
    if (!run(engine, name, x, dim, out)) fallback.argReduce(kernel, x, dim, out);
  };
}

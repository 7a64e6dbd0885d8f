import { numelOf } from '../../shape.ts';
import type { Backend, SoftmaxKernel, View } from '../backend.ts';
import { axesOf, countOf, perPartOf, pushDims } from './axes.ts';
import { addressOf, type Engine } from './engine.ts';
import { softmaxColumns, softmaxRows } from './kernels/softmax.ts';

/** Elements that are worked on by a part: each is an exponential. */
const partElements = 8192;

/** Ranks of dims for which there are kernels; smaller ones are filled up. */
const ranks = [1, 6] as const;

function run(engine: Engine, kernel: SoftmaxKernel, x: View, dim: number, out: View): boolean {
  if (x.storage.dtype !== 'float32') return false;
  if (numelOf(x.shape) === 0) return true;
  const size = x.shape[dim] as number;
  const steps = [x, out].map(({ strides }) => 4 * (strides[dim] as number));
  const kept = axesOf(
    x.shape.map((length, d) => (d === dim ? 1 : length)),
    [x, out],
    1,
  );
  const [columns] = kept;
  const inRows = size === 1 || steps.every((step) => step === 4);
  if (!inRows && !columns?.steps.every((step) => step === 4)) return false;

  const dims =
    inRows || !columns ? kept : [{ size: Math.ceil(columns.size / 4), steps: [16, 16] }, ...kept.slice(1)];
  const rank = ranks.find((most) => dims.length <= most);
  if (rank === undefined) return false;
  const write = inRows ? softmaxRows : softmaxColumns;
  const key = `${kernel} ${inRows ? 'rows' : 'columns'} ${rank}`;
  const compiled = engine.kernel(key, () => write(kernel, engine.features.relaxed, rank));
  const visits = countOf(dims);
  const perPart = perPartOf(visits, inRows ? size : 4 * size, partElements);
  const fields = [addressOf(x), addressOf(out), size];
  if (!inRows) fields.push(...steps, columns?.size ?? 1);
  fields.push(visits, perPart);
  pushDims(fields, dims, rank, 2);
  engine.launch(compiled, fields, Math.ceil(visits / perPart));
  return true;
}

export function softmax(engine: Engine, fallback: Backend): Backend['softmax'] {
  return (kernel, x, dim, out) => {
    engine.heap.begin();
    if (!run(engine, kernel, x, dim, out)) fallback.softmax(kernel, x, dim, out);
  };
}

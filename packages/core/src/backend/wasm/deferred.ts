import { isContiguous, numelOf, sameShape } from '../../shape.ts';
import type { PoolGeometry, View } from '../backend.ts';
import { type Deferred, HeapStorage } from './memory/storage.ts';

// Some results are not computed at once. Who reads them may be able to do without: max-pooling takes relu's operand and
// clamps on its way, and relu's gradient takes what pooling leads back before it is led there. Nobody else is the wiser,
// since elements are computed as soon as their address is asked for, or their operands are about to change.

/** Fewer elements are not worth it. */
const fewestElements = 2 ** 13;

/** Leaves a whole new result to be computed when it is asked for; `false` if it had better be computed at once. */
export function defer({ storage, shape, strides }: View, deferred: Deferred): boolean {
  return (
    storage instanceof HeapStorage &&
    storage.length >= fewestElements &&
    storage.length === numelOf(shape) &&
    isContiguous(shape, strides) &&
    storage.defer(deferred)
  );
}

/** How the elements of a view are to be computed, if they have not been. */
export function deferredOf({ storage }: View): Deferred | null {
  return storage instanceof HeapStorage ? storage.deferred : null;
}

/** A relu, of a contiguous operand. */
export class DeferredRelu implements Deferred {
  readonly operands: readonly [x: View];
  readonly #kernel: { run(views: readonly View[]): boolean };

  constructor(x: View, kernel: { run(views: readonly View[]): boolean }) {
    this.operands = [{ ...x, shape: [numelOf(x.shape)], strides: [1] }];
    this.#kernel = kernel;
  }

  compute(out: View): void {
    this.#kernel.run([...this.operands, out]);
  }
}

/** What a view shows before relu: the view itself where no relu is deferred. */
export function beforeRelu(view: View): View {
  const deferred = deferredOf(view);
  if (!(deferred instanceof DeferredRelu)) return view;
  const [{ storage, offset }] = deferred.operands;
  return { ...view, storage, offset: offset + view.offset };
}

/** Leads a gradient to the largest elements of x; gated, only where these are above 0 or NaN. */
export type Lead = (x: View, g: View, out: View, geometry: PoolGeometry, isGated: boolean) => void;

/** A gradient that max-pooling leads back. */
export class DeferredLead implements Deferred {
  readonly operands: readonly [x: View, g: View];
  readonly #geometry: PoolGeometry;
  readonly #lead: Lead;

  constructor(x: View, g: View, geometry: PoolGeometry, lead: Lead) {
    this.operands = [x, g];
    this.#geometry = geometry;
    this.#lead = lead;
  }

  compute(out: View): void {
    const [x, g] = this.operands;
    this.#lead(x, g, { ...out, shape: x.shape, strides: x.strides }, this.#geometry, false);
  }

  gate(out: View): void {
    this.#lead(...this.operands, out, this.#geometry, true);
  }
}

/** Gates a gradient on its way to where pooling leads it, if it goes there and `y` is what was pooled. */
export function gateOnItsWay(g: View, y: View, out: View): boolean {
  const deferred = deferredOf(g);
  if (!(deferred instanceof DeferredLead) || g.offset !== 0) return false;
  const [x] = deferred.operands;
  const isPooled = x.storage === y.storage && x.offset === y.offset && sameShape(x.shape, y.shape);
  const areAlike = [y, g, out].every(({ strides }) => sameShape(strides, x.strides));
  if (!isPooled || !areAlike) return false;
  deferred.gate(out);
  return true;
}

import type { Tensor } from '@retrograd/core';

/** What is known of the objective φ(t) = f(θ + t d) at one t. */
export interface Probe {
  readonly t: number;
  /** φ(t) */
  readonly loss: number;
  /** φ′(t) = ∇f · d */
  readonly slope: number;
  /** ∇f(θ + t d), as one vector. */
  readonly grad: Tensor;
}

export interface LineSearch {
  /** The step found. */
  readonly probe: Probe;
  readonly evaluations: number;
}

/** How much less than promised by the slope is enough, and how much flatter the slope must be. */
const [c1, c2] = [1e-4, 0.9];
const maxProbes = 25;

/**
 * A step t that satisfies the strong Wolfe conditions, or the best found in 25 evaluations:
 *
 * ```
 * φ(t) ≤ φ(0) + c₁ t φ′(0),    |φ′(t)| ≤ c₂ |φ′(0)|
 * ```
 *
 * Source: J. Nocedal, S. Wright, "Numerical Optimization", algorithms 3.5 (bracket) and 3.6 (zoom), with the safeguards
 * of M. Schmidt's minFunc, as in PyTorch.
 *
 * @param start φ at 0.
 * @param first The t to try first.
 * @param resolution The width of a bracket below which there is nothing left to find.
 */
export function strongWolfe(
  evaluate: (t: number) => Probe,
  start: Probe,
  first: number,
  resolution: number,
): LineSearch {
  const { bracket, done, evaluations } = bracketed(evaluate, start, first);
  if (done || bracket.length < 2) return { probe: bracket[0], evaluations };
  return zoomed(evaluate, start, bracket as [Probe, Probe], evaluations, resolution);
}

/** Too little has been gained for the length of the step. */
function risesAgain(start: Probe, { t, loss }: Probe): boolean {
  return loss > start.loss + c1 * t * start.slope;
}

function isFlat(start: Probe, { slope }: Probe): boolean {
  return Math.abs(slope) <= -c2 * start.slope;
}

/** Lengthens the step until two probes have a minimum between them, or one is good enough. */
function bracketed(evaluate: (t: number) => Probe, start: Probe, first: number) {
  let [last, probe] = [start, evaluate(first)];
  for (let i = 0; i < maxProbes; i++) {
    const evaluations = i + 1;
    if (risesAgain(start, probe) || (i > 1 && probe.loss >= last.loss))
      return { bracket: [last, probe] as const, done: false, evaluations };
    if (isFlat(start, probe)) return { bracket: [probe] as const, done: true, evaluations };
    if (probe.slope >= 0) return { bracket: [last, probe] as const, done: false, evaluations };
    const bounds = [probe.t + 0.01 * (probe.t - last.t), probe.t * 10] as const;
    [last, probe] = [probe, evaluate(cubicMinimum(last, probe, bounds))];
  }
  const best = start.loss <= probe.loss ? start : probe;
  return { bracket: [best] as const, done: true, evaluations: maxProbes + 1 };
}

/** Narrows a bracket down. */
function zoomed(
  evaluate: (t: number) => Probe,
  start: Probe,
  bracket: [Probe, Probe],
  before: number,
  resolution: number,
): LineSearch {
  const lowest = () => (bracket[0].loss <= bracket[1].loss ? 0 : 1);
  let [low, evaluations, stuck] = [lowest() as 0 | 1, before, false];
  // The bracketing phase has used up one probe less than it has evaluated.
  for (let i = before - 1; i < maxProbes; i++) {
    const [from, to] = [Math.min(bracket[0].t, bracket[1].t), Math.max(bracket[0].t, bracket[1].t)];
    if (to - from < resolution) break;
    let t = cubicMinimum(bracket[0], bracket[1], [from, to]);
    const margin = 0.1 * (to - from);
    const isNearEnd = Math.min(to - t, t - from) < margin;
    if (isNearEnd && (stuck || t >= to || t <= from)) {
      t = Math.abs(t - to) < Math.abs(t - from) ? to - margin : from + margin;
      stuck = false;
    } else stuck = isNearEnd;
    const probe = evaluate(t);
    evaluations++;
    const high = (1 - low) as 0 | 1;
    if (risesAgain(start, probe) || probe.loss >= bracket[low].loss) {
      bracket[high] = probe;
      low = lowest();
      continue;
    }
    if (isFlat(start, probe)) return { probe, evaluations };
    if (probe.slope * (bracket[high].t - bracket[low].t) >= 0) bracket[high] = bracket[low];
    bracket[low] = probe;
  }
  return { probe: bracket[low], evaluations };
}

/** Where the cubic through two probes with their slopes has its minimum, within bounds (Nocedal & Wright, 3.59). */
function cubicMinimum(a: Probe, b: Probe, [least, most]: readonly [number, number]): number {
  const [left, right] = a.t <= b.t ? [a, b] : [b, a];
  const d1 = left.slope + right.slope - (3 * (left.loss - right.loss)) / (left.t - right.t);
  const square = d1 ** 2 - left.slope * right.slope;
  if (!(square >= 0)) return (least + most) / 2;
  const d2 = Math.sqrt(square);
  const t = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2));
  return Math.min(Math.max(t, least), most);
}

import { determinant } from './lu.ts';
import { ascending, identity, lengthOf, mostSweeps, rotate, tangent, transposed } from './rotate.ts';

/** A = U diag(s) Vᵀ, reduced, with the singular values falling: the columns of U and of V as rows. */
interface Decomposition {
  readonly u: Float64Array;
  readonly s: Float64Array;
  readonly v: Float64Array;
}

/**
 * Singular values by one-sided Jacobi rotations: the columns of A are turned, two at a time, until all are orthogonal;
 * then their lengths are the singular values, and the turns are V.
 * Source: Demmel & Veselić, Jacobi's method is more accurate than QR (1992).
 */
export function decomposed(matrix: Float64Array, m: number, n: number): Decomposition {
  if (m < n) {
    const { u, s, v } = decomposed(transposed(matrix, m, n), n, m);
    return { u: v, s, v: u };
  }
  const largest = matrix.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  // Squares must not overflow, nor vanish.
  const scale = largest > 0 && Number.isFinite(largest) ? largest : 1;
  const columns = transposed(matrix, m, n).map((value) => value / scale);
  const turns = identity(n);
  orthogonalize(columns, turns, m, n);
  const lengths = new Float64Array(n);
  for (let j = 0; j < n; j++) lengths[j] = Math.sqrt(dot(columns, m, j, j));
  const [u, s, v] = [new Float64Array(n * m), new Float64Array(n), new Float64Array(n * n)];
  for (const [to, from] of ascending(lengths.map((value) => -value)).entries()) {
    const length = lengths[from] as number;
    s[to] = length * scale;
    v.set(turns.subarray(from * n, (from + 1) * n), to * n);
    if (length === 0) u.set(orthogonalTo(u, m, to), to * m);
    else for (let i = 0; i < m; i++) u[to * m + i] = (columns[from * m + i] as number) / length;
  }
  return { u, s, v };
}

function orthogonalize(columns: Float64Array, turns: Float64Array, m: number, n: number): void {
  const negligible = Number.EPSILON * Math.sqrt(m);
  for (let sweep = 0, turned = true; turned && sweep < mostSweeps; sweep++) {
    turned = false;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const [pp, qq, pq] = [dot(columns, m, p, p), dot(columns, m, q, q), dot(columns, m, p, q)];
        if (!(Math.abs(pq) > negligible * Math.sqrt(pp * qq))) continue;
        const t = tangent(pp, qq, pq);
        rotate(columns, m, { p: p * m, q: q * m, step: 1 }, t);
        rotate(turns, n, { p: p * n, q: q * n, step: 1 }, t);
        turned = true;
      }
    }
  }
}

function dot(rows: Float64Array, length: number, p: number, q: number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += (rows[p * length + k] as number) * (rows[q * length + k] as number);
  return sum;
}

/** A unit vector that is orthogonal to the first `count` rows: the axis that they reach least, freed of them twice. */
function orthogonalTo(rows: Float64Array, length: number, count: number): Float64Array {
  let [axis, least] = [0, Number.POSITIVE_INFINITY];
  for (let i = 0; i < length; i++) {
    let reach = 0;
    for (let r = 0; r < count; r++) reach += (rows[r * length + i] as number) ** 2;
    if (reach < least) [axis, least] = [i, reach];
  }
  const vector = new Float64Array(length);
  vector[axis] = 1;
  for (let r = 0; r < 2 * count; r++) {
    const row = rows.subarray((r % count) * length, ((r % count) + 1) * length);
    const along = row.reduce((sum, value, i) => sum + value * (vector[i] as number), 0);
    for (let i = 0; i < length; i++) vector[i] = (vector[i] as number) - along * (row[i] as number);
  }
  const size = lengthOf(vector);
  return vector.map((value) => value / size);
}

/** U, s and V one below the other, `(m + 1 + n, k)`. */
export function svd(matrix: Float64Array, m: number, n: number): Float64Array {
  const { u, s, v } = decomposed(matrix, m, n);
  const k = s.length;
  const packed = new Float64Array((m + 1 + n) * k);
  packed.set(transposed(u, k, m));
  packed.set(s, m * k);
  packed.set(transposed(v, k, n), (m + 1) * k);
  return packed;
}

/**
 * The cofactors, which are det(A) A⁻ᵀ where A has an inverse: with A = U diag(s) Vᵀ and products of all sⱼ but sᵢ,
 * det(U) det(V) U diag(∏ sⱼ) Vᵀ, which holds for singular matrices too.
 * Source: Stewart, On the adjugate matrix (1998).
 */
export function cofactors(matrix: Float64Array, n: number): Float64Array {
  const { u, s, v } = decomposed(matrix, n, n);
  const sign = Math.sign(determinant(u, n)[0] * determinant(v, n)[0]);
  const result = new Float64Array(n * n);
  for (let r = 0; r < n; r++) {
    const others = s.reduce((product, value, j) => (j === r ? product : product * value), sign);
    for (let i = 0; i < n; i++) {
      const left = others * (u[r * n + i] as number);
      for (let j = 0; j < n; j++)
        result[i * n + j] = (result[i * n + j] as number) + left * (v[r * n + j] as number);
    }
  }
  return result;
}

/**
 * V diag(1/s) Uᵀ of `(m, n)`, of the singular values above both `absolute` and `relative` times the largest one.
 */
export function pseudoinverse(
  matrix: Float64Array,
  m: number,
  n: number,
  [absolute = 0, relative = 0]: Float64Array,
): Float64Array {
  const { u, s, v } = decomposed(matrix, m, n);
  const least = Math.max(absolute, relative * (s[0] ?? 0));
  const result = new Float64Array(n * m);
  for (const [r, value] of s.entries()) {
    if (value <= least) continue;
    for (let i = 0; i < n; i++) {
      const weight = (v[r * n + i] as number) / value;
      for (let j = 0; j < m; j++)
        result[i * m + j] = (result[i * m + j] as number) + weight * (u[r * m + j] as number);
    }
  }
  return result;
}

/**
 * eˣ and ln x in float32 as the GNU C library (2.27 and later) has them: a table and a short polynomial in double,
 * rounded once at the end. They are needed where PyTorch's last bit is; correct rounding differs from them once in some
 * hundred thousand times. Source of the method: Arm's optimized routines, `expf` and `logf`.
 */

/** 2^(i/32). */
const roots = Float64Array.from({ length: 32 }, (_, i) => 2 ** (i / 32));
/** 2^(i − 1100), which covers double's exponents. */
const powers = Float64Array.from({ length: 2200 }, (_, i) => 2 ** (i - 1100));

/** eˣ = 2^(k/32)·2^(r/32) for the whole k nearest to x·32/ln 2, the second factor a cubic in r; for |x| below 700. */
export function exp32(x: number): number {
  const turns = x * (32 / Math.LN2);
  const k = Math.round(turns);
  const r = turns - k;
  const upper = (0.05550361559341535 / 32 ** 3) * r + 0.2402284522445722 / 32 ** 2;
  const lower = (0.6931471806916203 / 32) * r + 1;
  return Math.fround(
    (upper * (r * r) + lower) * (roots[k & 31] as number) * (powers[(k >> 5) + 1100] as number),
  );
}

/** 1/c for a point c in each sixteenth of [0.699, 1.398), the sixteenths being counted in float32's bits. */
const inverses = [
  1.398907162146528, 1.3403141896637998, 1.286432210124115, 1.2367150214269895, 1.1906977166711752,
  1.1479821020556429, 1.1082251448272158, 1.0711297413057381, 1.036437278977283, 1, 0.9492859795739057,
  0.8951049428609004, 0.8476821620351103, 0.8050314851692001, 0.7664671008843108, 0.731428603316328,
];
const logarithms = inverses.map((inverse) => -Math.log(inverse));
const firstBits = 0x3f330000;

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** ln x = ln c + k·ln 2 + ln(1 + r), where x = z·2ᵏ and r = z/c − 1; for x above 0 that is not subnormal. */
export function log32(x: number): number {
  float[0] = x;
  const offset = (bits[0] as number) - firstBits;
  const sixteenth = (offset >> 19) & 15;
  const k = offset >> 23;
  bits[0] = (bits[0] as number) - (k << 23);
  const z = float[0] as number;
  const r = z * (inverses[sixteenth] as number) - 1;
  const upper = -0.25089342214237154 * (r * r) + (0.333456765744066 * r - 0.4999997485802103);
  return Math.fround(upper * (r * r) + ((logarithms[sixteenth] as number) + k * Math.LN2 + r));
}

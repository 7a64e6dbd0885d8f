/**
 * Fused multiply-add, a·b + c with one rounding: what PyTorch's vector kernels do and JavaScript has no name for.
 * The exact sum is first rounded to odd in double, which keeps what a second rounding needs to come out right.
 * Source: S. Boldo and G. Melquiond, "Emulation of FMA and correctly rounded sums", IEEE Trans. Computers 57(4), 2008.
 */

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const lowWord = littleEndian ? 0 : 1;
const highWord = 1 - lowWord;

/** a·b + c in float32, for a, b and c that are float32 values. */
export function fma32(a: number, b: number, c: number): number {
  const product = a * b; // exact: 24 + 24 bits fit in 53
  return Math.fround(c === 0 ? product + c : oddSum(product, c));
}

/** a·b + c in float64. Falls back on two roundings where the product is so large or small that its error has no double. */
export function fma64(a: number, b: number, c: number): number {
  const product = a * b;
  if (c === 0) return product + c;
  const size = Math.abs(product);
  if (!(size > 2 ** -900 && size < 2 ** 900 && Math.abs(a) < 2 ** 900 && Math.abs(b) < 2 ** 900))
    return product + c;
  const tail = productError(a, b, product);
  const low = c + tail;
  const lowError = sumError(c, tail, low);
  const high = product + low;
  return high + oddSum(lowError, sumError(product, low, high));
}

/** a + b, where an inexact result becomes whichever of its two neighbours has an odd last bit. */
function oddSum(a: number, b: number): number {
  const sum = a + b;
  const error = sumError(a, b, sum);
  if (error === 0 || !Number.isFinite(sum)) return sum;
  double[0] = sum;
  const low = words[lowWord] as number;
  if (low & 1) return sum;
  if (error > 0 === sum > 0) {
    words[lowWord] = low + 1;
  } else {
    words[lowWord] = low - 1;
    if (low === 0) words[highWord] = (words[highWord] as number) - 1;
  }
  return double[0] as number;
}

/** (a + b) − sum, exactly (Knuth). */
function sumError(a: number, b: number, sum: number): number {
  const bPart = sum - a;
  return a - (sum - bPart) + (b - bPart);
}

/** a·b − product, exactly (Dekker, with Veltkamp's split into halves of 26 bits). */
function productError(a: number, b: number, product: number): number {
  const aScaled = a * 134217729;
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = b * 134217729;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

import type { DType } from '@retrograd/core';

/** How many bytes an element takes. */
export const bytesPerElement: Readonly<Record<DType, number>> = {
  bool: 1,
  uint8: 1,
  int32: 4,
  float32: 4,
  float64: 8,
};

const prefixes = ['', 'k', 'M', 'G', 'T', 'P'];

/** `1.25 MB`: three digits, steps of a thousand. */
export function showBytes(bytes: number): string {
  return withPrefix(bytes, 'B');
}

/** A whole number in three digits: `12.3 M`. */
export function showCount(count: number): string {
  return withPrefix(count, '').trimEnd();
}

/** A time given in milliseconds: `1.25 ms`, `830 µs`. */
export function showTime(milliseconds: number): string {
  const [value, unit] =
    milliseconds >= 1000
      ? [milliseconds / 1000, 's']
      : milliseconds >= 1
        ? [milliseconds, 'ms']
        : [milliseconds * 1000, 'µs'];
  return `${threeDigits(value)} ${unit}`;
}

function withPrefix(value: number, unit: string): string {
  let [step, rest] = [0, value];
  // What would be shown as 1000 is one step up already.
  while (Math.abs(rest) >= 999.5 && step < prefixes.length - 1) {
    rest /= 1000;
    step++;
  }
  return `${step === 0 ? String(Math.round(rest)) : threeDigits(rest)} ${prefixes[step]}${unit}`;
}

function threeDigits(value: number): string {
  const whole = Math.abs(value);
  return value.toFixed(whole >= 99.95 ? 0 : whole >= 9.995 ? 1 : 2);
}

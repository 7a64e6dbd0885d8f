import { RetrogradError } from '@retrograd/core';

/** Bytes that are no safetensors file, or tensors that cannot be put into one. */
export class SafetensorsError extends RetrogradError {
  override name = 'SafetensorsError';
}

/** A value from a file, for a message. It may be a hundred megabytes long, or nested that deep: this is short. */
export function shown(value: unknown): string {
  if (!Array.isArray(value)) return shownItem(value);
  return `[${value.slice(0, 8).map(shownItem).join(',')}${value.length > 8 ? ',…' : ''}]`;
}

function shownItem(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (Array.isArray(value)) return '[…]';
  return typeof value === 'object' && value !== null ? '{…}' : String(value);
}

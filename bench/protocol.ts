import type { Kind } from './cases.ts';

// A peer is a process that reads requests and writes replies, one JSON object a line, in order. It begins with a Hello.

export type Hello =
  | { readonly version: string; readonly threads: number; readonly note?: string }
  /** Why the peer cannot take part. */
  | { readonly missing: string };

export interface Request {
  readonly case: string;
  readonly kind: Kind;
  /** Milliseconds of untimed calls before the timed ones; 0 for none. */
  readonly warm: number;
  /** Milliseconds of timed calls, of which there is at least one. */
  readonly measure: number;
}

export type Reply =
  /** Milliseconds of each call, or MiB; the number to agree by; a remark. */
  | { readonly values: readonly number[]; readonly check?: number; readonly note?: string }
  /** Why the peer cannot do this. */
  | { readonly missing: string };

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { spellingsOf } from './call.ts';
import type { TorchCase } from './case.ts';
import { replay } from './replay.ts';

/** A file of the recording, one JSON object a line. */
export function recording<T>(name: string): T[] {
  const lines = gunzipSync(readFileSync(new URL(`../fixtures/${name}`, import.meta.url))).toString();
  return lines
    .trim()
    .split('\n')
    .map((line): T => JSON.parse(line));
}

/** Every recorded call of an operator. */
export const cases = recording<TorchCase>('torch-ops.jsonl.gz');

/** The recorded ops, each with its cases. */
export const casesByOp: ReadonlyMap<string, readonly TorchCase[]> = new Map(
  [...new Set(cases.map(({ op }) => op))].map((op) => [op, cases.filter((each) => each.op === op)]),
);

/** What is wrong with a recorded call, in any spelling that exists here; `null` if nothing is. */
export function problemWith(torchCase: TorchCase): string | null {
  const spellings = spellingsOf(torchCase);
  if (spellings.length === 0) return 'no spelling of it';
  for (const spelling of spellings) {
    const problem = attempt(() => replay(torchCase, spelling));
    if (problem !== null) return `${spelling.name}: ${problem}`;
  }
  return null;
}

/** A problem, be it told or thrown. */
export function attempt(replayed: () => string | null): string | null {
  try {
    return replayed();
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

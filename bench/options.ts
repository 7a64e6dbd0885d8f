import { availableParallelism } from 'node:os';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type Case, cases } from './cases.ts';
import { type PeerSpec, peersWith } from './peers.ts';

export interface Options {
  readonly cases: readonly Case[];
  readonly peers: readonly PeerSpec[];
  /** Whether cases, or peers, were chosen by name: what is slow is then run all the same. */
  readonly chosen: { readonly cases: boolean; readonly peers: boolean };
  readonly rounds: number;
  readonly threads: number;
  readonly limit: number;
  readonly json: boolean;
}

/** Something that the user can mend: its message is shown without a stack. */
export class UsageError extends Error {}

const known = {
  only: { type: 'string' },
  peers: { type: 'string' },
  rounds: { type: 'string', default: '5' },
  threads: { type: 'string', default: String(availableParallelism()) },
  limit: { type: 'string', default: '60000' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options'];

export function helpText(): string {
  const list = (entries: readonly (readonly [string, string])[]) =>
    entries.map(([name, about]) => `  ${name.padEnd(20)} ${about}`).join('\n');
  return `Measures retrograd against other frameworks, in turns, in one run.

Usage: pnpm bench [options]

  --only A,B     these benchmarks, by name or group (all; slow peers leave out the long ones)
  --peers A,B    these peers, by name or family (all but those marked *)
  --rounds N     rounds in which every peer has its turn (5)
  --threads N    threads of the peers that use several (as many as there are cores)
  --limit N      images in an epoch (60000)
  --json         print the results as JSON
  --help         show this

Benchmarks
${list(cases.map(({ name, about, long }) => [name, long ? `${about} (long)` : about]))}

Peers
${list(peersWith(2).map(({ name, about, asked }) => [asked ? `${name} *` : name, about]))}

MNIST is looked for in the folders of $RETROGRAD_DATA and in the cache; drawn digits take its place. PyTorch is looked
for in $PYTHON, python3 and /usr/bin/python3.`;
}

/** Reads the command line; `undefined` if it only asks for help. */
export function parseOptions(args: readonly string[]): Options | undefined {
  // pnpm hands on the "--" that separates its options from the script's.
  const values = parsed(args.filter((arg, i) => !(arg === '--' && i === 0)));
  if (values.help) return undefined;
  const threads = whole('threads', values.threads);
  return {
    cases: chosen('only', values.only, cases, ({ group }) => group),
    peers: chosen('peers', values.peers, peersWith(threads), ({ family }) => family).filter(
      ({ asked }) => !asked || values.peers !== undefined,
    ),
    chosen: { cases: values.only !== undefined, peers: values.peers !== undefined },
    rounds: whole('rounds', values.rounds),
    threads,
    limit: whole('limit', values.limit),
    json: values.json,
  };
}

function parsed(args: readonly string[]) {
  const options = Object.keys(known).map((name) => `--${name}`);
  try {
    return parseArgs({ args: [...args], options: known, allowPositionals: false }).values;
  } catch (error) {
    const [reason] = (error as Error).message.split('. ');
    throw new UsageError(`${reason}. There are ${options.join(', ')}.`);
  }
}

/** Those of a table that a list names, by their names or by what several have in common. */
function chosen<Row extends { readonly name: string }>(
  option: string,
  list: string | undefined,
  rows: readonly Row[],
  familyOf: (row: Row) => string,
): Row[] {
  if (list === undefined) return [...rows];
  const names = list.split(',').map((name) => name.trim());
  const keys = new Set(rows.flatMap((row) => [row.name, familyOf(row)]));
  const odd = names.find((name) => !keys.has(name));
  if (odd !== undefined) throw new UsageError(`--${option}: no "${odd}". There are ${[...keys].join(', ')}.`);
  return rows.filter((row) => names.includes(row.name) || names.includes(familyOf(row)));
}

function whole(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= 1) return value;
  throw new UsageError(`--${option} ${text}: wanted a whole number of at least 1`);
}

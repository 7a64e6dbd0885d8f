import { readFileSync } from 'node:fs';
import * as core from '@retrograd/core';
import * as nn from '@retrograd/nn';
import * as optim from '@retrograd/optim';
import { camelCase, spellingsOf } from '../torch-cases/call.ts';
import type { TorchCase } from '../torch-cases/case.ts';
import { type Gap, gaps } from '../torch-cases/known-gaps.ts';
import { moduleCases } from '../torch-cases/modules.ts';
import { casesByOp } from '../torch-cases/ops.ts';
import { tiers } from '../torch-cases/signatures.ts';

// FEATURES.md: what of PyTorch there is here, found by looking; reasons come from KNOWN-GAPS.md.

type Space =
  | 'nn'
  | 'nn.functional'
  | 'nn.init'
  | 'optim'
  | 'optim.lr_scheduler'
  | 'linalg'
  | 'special'
  | 'distributions';

const names: Readonly<Record<Space, readonly string[]>> = JSON.parse(
  readFileSync(new URL('../fixtures/torch-names.json', import.meta.url), 'utf8'),
);

/** Where the names of a module of PyTorch's live here, and what they look like. */
const homes: Readonly<Record<Space, { title: string; home: object; prefix: string }>> = {
  nn: { title: 'Modules', home: nn, prefix: 'nn.' },
  'nn.functional': { title: 'Functions of modules', home: nn.F, prefix: 'F.' },
  'nn.init': { title: 'Initialisation', home: nn.init, prefix: 'init.' },
  optim: { title: 'Optimisers', home: optim, prefix: 'optim.' },
  'optim.lr_scheduler': { title: 'Schedules', home: optim, prefix: 'optim.' },
  linalg: { title: 'Linear algebra', home: core.linalg, prefix: 'linalg.' },
  special: { title: 'Special functions', home: core.special, prefix: 'special.' },
  distributions: { title: 'Distributions', home: core.distributions, prefix: 'distributions.' },
};

interface Feature {
  /** PyTorch's name. */
  readonly name: string;
  /** The name here; `null` for what is absent. */
  readonly here: string | null;
  /** Recorded cases that differ. */
  readonly differing: readonly Gap[];
}

function row({ name, here, differing }: Feature): string {
  const state = here === null ? 'no' : differing.length > 0 ? 'partly' : 'yes';
  const reasons = here === null ? [reasonFor(name)] : [...new Set(differing.map(({ why }) => why))];
  return `| \`${name}\` | ${here === null ? '' : `\`${here}\``} | ${state} | ${reasons.join(' ')} |`;
}

/** @throws Error for what is absent without a word on why */
function reasonFor(name: string): string {
  const why = gaps.get(name);
  if (why === undefined) throw new Error(`${name} does not exist here, and KNOWN-GAPS.md does not say why`);
  return why;
}

function differing(cases: readonly { readonly id: string }[]): Gap[] {
  return cases.flatMap(({ id }) => {
    const why = gaps.get(id);
    return why === undefined ? [] : [{ name: id, why }];
  });
}

/** An op of the recording, or of the list behind it that the recording has no cases of. */
function op(name: string): Feature {
  const cases = casesByOp.get(name) ?? [];
  const bare: TorchCase = { id: name, kind: 'forward', op: name, dtype: 'float32', args: [], kwargs: {} };
  const [spelling] = spellingsOf(bare);
  return { name, here: spelling?.name ?? null, differing: differing(cases) };
}

function member(space: Space, name: string): Feature {
  const { home, prefix } = homes[space];
  const full = `${space}.${name}`;
  const found = [camelCase(name), name].find((spelled) => spelled in home);
  const cases = moduleCases.filter(({ module }) => module === full);
  return { name: full, here: found === undefined ? null : prefix + found, differing: differing(cases) };
}

function section(title: string, features: readonly Feature[]): string {
  const there = features.filter(({ here }) => here !== null).length;
  const head = `## ${title}\n\n${there} of ${features.length}.\n\n| PyTorch | here | | |\n| --- | --- | --- | --- |\n`;
  return head + features.map(row).join('\n');
}

/** The whole page. */
export function features(): string {
  const ops = [...tiers].sort(([a], [b]) => (a < b ? -1 : 1));
  const ofTier = (tier: 1 | 2) => ops.filter(([, each]) => each === tier).map(([name]) => op(name));
  const spaces = Object.keys(homes) as Space[];
  const sections = [
    section('Ops that every framework needs', ofTier(1)),
    section('More ops', ofTier(2)),
    ...spaces.map((space) =>
      section(
        homes[space].title,
        names[space].map((name) => member(space, name)),
      ),
    ),
  ];
  return `# Features

What of PyTorch there is here. This page is made by \`npx pnpm@10 features\`, which looks for each name; a test fails when it
is out of date. "Partly" means that some recorded calls differ, for the reasons beside it; all of them are listed in
[KNOWN-GAPS.md](tests/fixtures/KNOWN-GAPS.md).

${sections.join('\n\n')}
`;
}

// How the ops and modules named on the command line (a part of a name will do; all, if none is named) fare against the
// recording:
//   npx tsx tests/torch-cases/score.ts scatter nn.functional.pad nn.LSTM

import { knownGaps } from './known-gaps.ts';
import { moduleCases, problemWithModule } from './modules.ts';
import { attempt, casesByOp, problemWith } from './ops.ts';
import { tiers } from './signatures.ts';

const wanted = process.argv.slice(2);
const shown = wanted.length === 0 ? 1 : 5;
const total = { passed: 0, listed: 0, failed: 0 };

/** Judges the cases of one name, and tells of those that differ. */
function tell(name: string, judged: readonly { id: string; problem: string | null }[]): void {
  if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) return;
  const failed = judged.filter(({ id, problem }) => problem !== null && !knownGaps.has(id));
  const listed = judged.filter(({ id, problem }) => problem !== null && knownGaps.has(id));
  const passed = judged.length - failed.length - listed.length;
  total.passed += passed;
  total.listed += listed.length;
  total.failed += failed.length;
  if (failed.length === 0 && wanted.length === 0) return;
  console.log(`${name}: ${passed} of ${judged.length}`);
  for (const { id, problem } of failed.slice(0, shown)) console.log(`  ${id}\n    ${problem}`);
}

for (const [op, cases] of casesByOp) {
  tell(
    `${op} (tier ${tiers.get(op)})`,
    cases.map((each) => ({ id: each.id, problem: problemWith(each) })),
  );
}
for (const module of new Set(moduleCases.map((each) => each.module))) {
  const cases = moduleCases.filter((each) => each.module === module);
  tell(
    module,
    cases.map((each) => ({ id: each.id, problem: attempt(() => problemWithModule(each)) })),
  );
}
console.log(`${total.passed} agree, ${total.listed} are listed as known gaps, ${total.failed} differ`);

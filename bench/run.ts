import { rmSync } from 'node:fs';
import { cpus, loadavg, platform, release } from 'node:os';
import { detectFeatures } from '../packages/core/src/backend/wasm/features.ts';
import { Ceiling } from './ceiling.ts';
import { PeerError } from './child.ts';
import { writeInputs } from './inputs.ts';
import { type CaseReport, type Contestant, type Missing, measureCase } from './measure.ts';
import { helpText, type Options, parseOptions, UsageError } from './options.ts';
import { Launcher } from './peers.ts';
import { bundlePeers, installPeers } from './prepare.ts';
import { legend, tableOf } from './table.ts';

// `pnpm bench`. What is for people on the way goes to stderr, so that --json leaves JSON alone on stdout.

async function main(options: Options): Promise<void> {
  const notInstalled = installPeers();
  const bundles = await bundlePeers();
  const { folder, digits } = await writeInputs(options.limit);
  const launcher = new Launcher(bundles, folder);
  const contestants: Contestant[] = [];
  try {
    const missing = await startPeers(options, launcher, contestants, notInstalled);
    const machine = { ...describeMachine(), digits };
    const peers = contestants.map(({ spec: { name }, child: { hello } }) => ({ name, ...hello }));
    if (!options.json) printHead(machine, peers, missing);
    const ceiling = detectFeatures().relaxed ? new Ceiling() : undefined;
    const reports: CaseReport[] = [];
    for (const what of options.cases) {
      console.error(`${what.name} …`);
      const report = await measureCase(what, contestants, launcher, options, ceiling);
      reports.push(report);
      if (!options.json) console.log(tableOf(report));
    }
    if (options.json) console.log(JSON.stringify({ machine, peers, missing, cases: reports }, null, 2));
    else console.log(legend);
  } finally {
    for (const { child } of contestants) child.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts all peers, enters those that run among the contestants, and says why others do not. */
async function startPeers(
  { peers }: Options,
  launcher: Launcher,
  contestants: Contestant[],
  notInstalled: string | undefined,
): Promise<Missing[]> {
  const missing: Missing[] = [];
  for (const spec of peers) {
    try {
      if (notInstalled !== undefined && (spec.module === 'tfjs' || spec.module === 'jax-js'))
        throw new PeerError(notInstalled);
      contestants.push({ spec, child: await launcher.start(spec) });
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      missing.push({ peer: spec.name, why: error.message });
    }
  }
  return missing;
}

function describeMachine() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    system: `${platform()} ${release()}`,
    node: process.version,
    load: Number((loadavg()[0] as number).toFixed(2)),
    date: new Date().toISOString(),
  };
}

function printHead(
  { cpu, cores, system, node, load, date, digits }: ReturnType<typeof describeMachine> & { digits: string },
  peers: readonly { name: string; version: string; threads: number; note?: string }[],
  missing: readonly Missing[],
): void {
  console.log(`${date}: ${cores} cores of ${cpu}, ${system}, Node ${node}, load ${load} before; ${digits}\n`);
  for (const { name, version, threads, note } of peers) {
    const remark = note === undefined ? '' : `; ${note}`;
    console.log(`- ${name}: ${version}, ${threads} ${threads === 1 ? 'thread' : 'threads'}${remark}`);
  }
  for (const { peer, why } of missing) console.log(`- ${peer} is left out: ${why}`);
  console.log();
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) console.log(helpText());
  else await main(options);
} catch (error) {
  process.exitCode = 1;
  console.error(error instanceof UsageError ? `Error: ${error.message}` : error);
}

/**
 * `node scripts/bun.mjs bench/dns/run.ts`: Roundtrip's DNS server beside NSD, Knot and BIND, CPU per query. See README.md
 * in this folder.
 */
import { join } from "node:path";
import { cleanUp, cleanUpOnSignals, temporaryFolder } from "../lib/processes.ts";
import { machine } from "../lib/save.ts";
import { progress, requireTools, warning } from "../lib/terminal.ts";
import { type Bench, compareAnswers, measure, startPeer, type Subject } from "./measure.ts";
import { type Options, parseOptions, USAGE } from "./options.ts";
import type { DnsPeer } from "./peers/peer.ts";
import { save, terminalGoals, terminalLoaded, terminalWorkload } from "./report.ts";
import { type DnsResult, isValid } from "./results.ts";
import type { Workload } from "./workloads.ts";
import { writeZone, type ZoneName } from "./zones.ts";
import { installedOf } from "../lib/installed.ts";

async function main(options: Options): Promise<boolean> {
  if (Bun.which("dnsperf") === null) throw new Error("not installed: dnsperf (apt install dnsperf)");
  requireTools(["taskset"], [options.core, options.loadCore]);
  const folder = join(import.meta.dir, "..", options.keep ? "results" : ".work/results", "dns");
  const result: DnsResult = {
    kind: "dns",
    name: options.name,
    at: `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
    machine: machine(),
    rounds: options.rounds,
    seconds: options.seconds,
    versions: {},
    warnings: [],
    workloads: [],
    loaded: [],
  };
  const bench: Bench = {
    ...options,
    progress,
    warn: (text) => {
      if (!result.warnings.includes(text)) result.warnings.push(text);
      warning(text);
    },
  };
  const chosen = await installedOf(options.peers, result.versions, bench.warn);
  for (const zone of ["small", "large"] as const) {
    const group = options.workloads.filter((workload) => workload.zone === zone);
    if (group.length > 0) await runGroup(bench, zone, group, chosen, result, folder);
  }
  print(terminalLoaded(result));
  print(terminalGoals(result));
  save(folder, result);
  print(`\n${folder}/${result.name}.json, .svg and README.md\n`);
  const valid = isValid(result) && !result.warnings.some((text) => text.startsWith("INVALID"));
  if (!valid) warning("THIS RESULT IS INVALID: see the warnings above");
  return valid;
}

/** All workloads of one zone: every peer is started once. */
async function runGroup(
  bench: Bench,
  zone: ZoneName,
  group: readonly Workload[],
  chosen: readonly DnsPeer[],
  result: DnsResult,
  folder: string,
): Promise<void> {
  const zoneFile = writeZone(temporaryFolder(), zone);
  const started: Subject[] = [];
  for (const peer of chosen) {
    try {
      started.push(await startPeer(bench, peer, zone, zoneFile));
    } catch (error) {
      bench.warn(`INVALID: ${peer.name}, ${zone} zone: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (zone === "large") result.loaded.push(...started.map(({ loaded }) => loaded));
  for (const name of new Set(group.map(({ queries }) => queries))) await compareAnswers(bench, started, name);
  for (const workload of group) {
    const subjects = started.filter(({ peer }) => peer.transports.includes(workload.transport));
    if (subjects.length === 0) continue;
    const measured = await measure(bench, workload, subjects);
    result.workloads.push(measured);
    print(terminalWorkload(measured));
    save(folder, result);
  }
  for (const { process } of started) await process.stop();
}

function print(text: string): void {
  progress("");
  process.stdout.write(text);
}

cleanUpOnSignals();
let code = 1;
try {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") process.stdout.write(USAGE);
  code = options === "help" || (await main(options)) ? 0 : 1;
} catch (error) {
  warning(error instanceof Error ? error.message : String(error));
} finally {
  await cleanUp();
}
process.exit(code);

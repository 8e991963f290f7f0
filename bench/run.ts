/**
 * `npm run bench`: Roundtrip beside its peers, CPU per request. See README.md in this folder.
 */
import { compile, startOrigin } from "./lib/origin.ts";
import { directSubject, measure, startPeer } from "./lib/measure.ts";
import type { Bench, Subject } from "./lib/measure.ts";
import { parseOptions, USAGE } from "./lib/options.ts";
import type { Options } from "./lib/options.ts";
import { profile } from "./lib/perf.ts";
import { cleanUp, cleanUpOnSignals } from "./lib/processes.ts";
import { terminalWorkload } from "./lib/report.ts";
import { isValid } from "./lib/results.ts";
import type { BenchResult } from "./lib/results.ts";
import { machine, resultsFolder, save } from "./lib/save.ts";
import { progress, requireTools, warning } from "./lib/terminal.ts";
import type { Workload } from "./lib/workloads.ts";
import { peers } from "./peers/all.ts";
import type { Peer } from "./peers/peer.ts";
import { installedOf } from "./lib/installed.ts";

async function main(options: Options): Promise<boolean> {
  requireTools(["taskset", "wrk"], [options.core, options.loadCore]);
  const folder = resultsFolder(options.keep);
  const result: BenchResult = {
    kind: "throughput",
    name: options.name,
    at: `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
    machine: machine(),
    origin: "",
    rounds: options.rounds,
    seconds: options.seconds,
    versions: {},
    missingFields: {},
    warnings: [],
    workloads: [],
  };
  const warn = (text: string): void => {
    if (!result.warnings.includes(text)) result.warnings.push(text);
    warning(text);
  };
  const print = (text: string): void => {
    progress("");
    (options.json ? process.stderr : process.stdout).write(text);
  };

  const chosen = await installedOf(candidates(options), result.versions, warn);
  const origin = await startOrigin(options.loadCore, warn);
  result.origin = origin.kind;
  const bench: Bench = {
    core: options.core,
    tools: { core: options.loadCore, rate: await compile("rate") },
    origin,
    rounds: options.rounds,
    seconds: options.seconds,
    progress,
    warn,
    onChecked: (peer, missing) => {
      if (missing.length > 0) result.missingFields[peer] = missing;
    },
  };

  for (const routes of new Set(options.workloads.map((workload) => workload.routes))) {
    const group = options.workloads.filter((workload) => workload.routes === routes);
    const started: Subject[] = [];
    for (const peer of chosen.filter((candidate) => group.some((workload) => runs(options, candidate, workload)))) {
      try {
        started.push(await startPeer(bench, peer, routes));
      } catch (error) {
        warn(`INVALID: ${peer.name} with ${routes} routes: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    for (const workload of group) {
      if (workload.rate !== undefined && bench.tools.rate === undefined) {
        warn(`${workload.name} is left out: its load needs a C compiler (cc)`);
        continue;
      }
      const proxies = started.filter((subject) =>
        chosen.some((peer) => peer.name === subject.name && runs(options, peer, workload)),
      );
      if (proxies.length === 0) continue;
      const subjects = workload.rate === undefined ? proxies : [...proxies, directSubject(origin)];
      const measured = await measure(bench, workload, subjects);
      result.workloads.push(measured);
      print(terminalWorkload(measured));
      save(folder, result);
      const profiled = proxies.find((subject) => subject.name === options.perf);
      if (profiled !== undefined) print(`\n${await profile(bench, workload, profiled)}`);
    }
    for (const subject of started) await subject.process?.stop();
  }

  if (options.json) process.stdout.write(`${JSON.stringify(result, undefined, 1)}\n`);
  print(`\n${folder}/${result.name}.json, .svg and README.md\n`);
  const valid = isValid(result) && !result.warnings.some((text) => text.startsWith("INVALID"));
  if (!valid) warning("THIS RESULT IS INVALID: see the warnings above");
  return valid;
}

/** The peers that run at least one of the workloads. */
function candidates(options: Options): Peer[] {
  return (options.peers ?? peers).filter((peer) => options.workloads.some((one) => runs(options, peer, one)));
}

function runs(options: Options, peer: Peer, workload: Workload): boolean {
  if (workload.routes > (peer.mostRoutes ?? Number.POSITIVE_INFINITY)) return false;
  return options.peers !== undefined || peer.usual === undefined || peer.usual.includes(workload.name);
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

/**
 * `bun bench/idle.ts [--peers a,b] [--connections 10000] [--name idle]`: memory of idle keep-alive connections.
 * Each connection sends one request and then stays open.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { residentMemory } from "./lib/cpu.ts";
import { terminalIdle } from "./lib/idle-report.ts";
import type { IdlePeer, IdleResult } from "./lib/idle-report.ts";
import { load } from "./lib/load.ts";
import { startPeer } from "./lib/measure.ts";
import type { Bench, Subject } from "./lib/measure.ts";
import { startOrigin } from "./lib/origin.ts";
import { cleanUp, cleanUpOnSignals, start, tail } from "./lib/processes.ts";
import { machine, resultsFolder, save } from "./lib/save.ts";
import { progress, requireTools, warning } from "./lib/terminal.ts";
import { workloads } from "./lib/workloads.ts";
import { peers } from "./peers/all.ts";

// What the warm-up freed counts as free: kept, it would hold the connections, and they would seem to cost nothing.
process.env["MIMALLOC_PURGE_DELAY"] = "0";

const USUAL = "roundtrip,nginx,haproxy,caddy";
const CLIENTS = join(import.meta.dir, "idle-clients.ts");
/** Memory is the least of the samples taken in this time, so that a collector has had its turn. */
const SETTLE_SECONDS = 5;

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      peers: { type: "string", default: USUAL },
      connections: { type: "string", default: "10000" },
      name: { type: "string", default: "idle" },
      core: { type: "string", default: "0" },
      "load-core": { type: "string", default: "1" },
    },
  });
  const core = Number(values.core);
  const loadCore = Number(values["load-core"]);
  requireTools(["taskset", "wrk"], [core, loadCore]);
  const result: IdleResult = {
    kind: "idle",
    name: values.name,
    at: `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
    machine: machine(),
    connections: Number(values.connections),
    peers: [],
    warnings: [],
  };
  const warn = (text: string): void => {
    result.warnings.push(text);
    warning(text);
  };
  const origin = await startOrigin(loadCore, warn);
  const tools = { core: loadCore, rate: undefined };
  const bench: Bench = { core, tools, origin, rounds: 1, seconds: 2, progress, warn, onChecked: () => undefined };

  for (const name of values.peers.split(",")) {
    const peer = peers.find((candidate) => candidate.name === name);
    if (peer === undefined)
      throw new Error(`no peer "${name}"; there are ${peers.map((known) => known.name).join(", ")}`);
    const version = await peer.version();
    if (version === undefined) {
      warn(`${name} is not installed: ${peer.install}`);
      continue;
    }
    try {
      const subject = await startPeer(bench, peer, 100);
      result.peers.push({ peer: name, version, ...(await measureIdle(bench, subject, result.connections)) });
      await subject.process?.stop();
    } catch (error) {
      warn(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  progress("");
  if (result.peers.length === 0) return false;
  const folder = resultsFolder(true);
  save(folder, result);
  process.stdout.write(`${terminalIdle(result)}\n${folder}/${result.name}.json, .svg and README.md\n`);
  return result.warnings.length === 0;
}

async function measureIdle(bench: Bench, subject: Subject, count: number): Promise<Pick<IdlePeer, "before" | "after">> {
  const pid = subject.process?.pid ?? 0;
  // Few connections: what a peer frees after many would be taken for the idle ones, and hide them.
  const warmUp = workloads.find((workload) => workload.name === "get-1k-64");
  bench.progress(`${subject.name}: warming up`);
  if (warmUp !== undefined) await load(bench.tools, warmUp, subject.port, bench.seconds);
  const before = await settledMemory(pid);
  bench.progress(`${subject.name}: opening ${count} connections`);
  const clients = start(`idle-${subject.name}`, bench.tools.core, {
    argv: [process.execPath, CLIENTS, String(subject.port), String(count)],
  });
  for (const deadline = performance.now() + 60_000; !tail(clients.log).includes("ready"); await Bun.sleep(100)) {
    if (clients.exited() || performance.now() > deadline) {
      throw new Error(`could not open ${count} connections: ${tail(clients.log)}`);
    }
  }
  const after = await settledMemory(pid);
  if (clients.exited()) throw new Error(`connections did not stay open: ${tail(clients.log)}`);
  await clients.stop();
  return { before, after };
}

async function settledMemory(pid: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let second = 0; second < SETTLE_SECONDS; second++) {
    await Bun.sleep(1000);
    least = Math.min(least, residentMemory(pid));
  }
  return least;
}

cleanUpOnSignals();
let code = 1;
try {
  code = (await main()) ? 0 : 1;
} catch (error) {
  warning(error instanceof Error ? error.message : String(error));
} finally {
  await cleanUp();
}
process.exit(code);

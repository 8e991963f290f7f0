/**
 * Starts the peers of a group of workloads, and measures each workload in rounds: in every round each peer has its
 * turn, in an order that rotates, so that what drifts on the machine meets all of them alike.
 */
import { mkdirSync, truncateSync } from "node:fs";
import { join } from "node:path";
import type { Peer } from "../peers/peer.ts";
import { coreBusy, cpuTime } from "./cpu.ts";
import { load } from "./load.ts";
import type { LoadTools } from "./load.ts";
import type { Origin } from "./origin.ts";
import { preflight } from "./preflight.ts";
import { freePorts, start, temporaryFolder, waitForPort } from "./processes.ts";
import type { Running } from "./processes.ts";
import { DIRECT } from "./results.ts";
import type { PeerRounds, Round, WorkloadResult } from "./results.ts";
import type { Workload } from "./workloads.ts";

export interface Bench {
  core: number;
  tools: LoadTools;
  origin: Origin;
  rounds: number;
  seconds: number;
  progress: (text: string) => void;
  warn: (text: string) => void;
  /** Called when a peer was started and checked, with the forwarding fields that it does not send. */
  onChecked: (peer: string, missing: string[]) => void;
}

/** A started peer, or the origin itself, which has no serving process. */
export interface Subject {
  name: string;
  port: number;
  process: Running | undefined;
  logs: readonly string[];
  warmUp: number;
}

/** Above this share of a core used by others, a round is called disturbed. */
const DISTURBED = 0.1;

export async function startPeer(bench: Bench, peer: Peer, routes: number): Promise<Subject> {
  bench.progress(`starting ${peer.name} with ${routes} routes`);
  const folder = join(temporaryFolder(), `${peer.name}-${routes}`);
  mkdirSync(folder);
  const [port = 0] = await freePorts(1);
  const command = await peer.prepare({ port, origins: bench.origin.ports, routes, folder });
  const process = start(`${peer.name}-${routes}`, bench.core, command);
  try {
    await waitForPort(port, process);
    bench.onChecked(peer.name, await preflight(port, bench.origin.ports[0] ?? 0, bench.origin.kind === "origin.c"));
  } catch (error) {
    await process.stop();
    throw error;
  }
  return { name: peer.name, port, process, logs: command.logs ?? [], warmUp: peer.warmUp };
}

export function directSubject(origin: Origin): Subject {
  return { name: DIRECT, port: origin.ports[0] ?? 0, process: undefined, logs: [], warmUp: 1000 };
}

export async function measure(bench: Bench, workload: Workload, subjects: readonly Subject[]): Promise<WorkloadResult> {
  const results: PeerRounds[] = subjects.map((subject) => ({ peer: subject.name, rounds: [] }));
  for (const subject of subjects) await warmUp(bench, workload, subject);
  for (let round = 0; round < bench.rounds; round++) {
    for (let turn = 0; turn < subjects.length; turn++) {
      const index = (turn + round) % subjects.length;
      const subject = subjects[index];
      if (subject === undefined) continue;
      bench.progress(`${workload.name}: round ${round + 1} of ${bench.rounds}, ${subject.name}`);
      results[index]?.rounds.push(await oneRound(bench, workload, subject).catch(failedRound));
    }
  }
  emptyLogs(subjects);
  warnOf(bench, workload, results);
  return { workload: workload.name, title: workload.title, peers: results };
}

/** Not counted. Ends when the peer has answered its `warmUp` requests, at the latest after 10 seconds. */
async function warmUp(bench: Bench, workload: Workload, subject: Subject): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (let answered = 0; answered < subject.warmUp && performance.now() < deadline;) {
    bench.progress(`${workload.name}: warming up ${subject.name}`);
    answered += (await load(bench.tools, workload, subject.port, 1).catch(failedRound)).requests;
  }
}

async function oneRound(bench: Bench, workload: Workload, subject: Subject): Promise<Round> {
  const { process } = subject;
  if (process?.exited() === true) throw new Error(`${subject.name} has ended during ${workload.name}`);
  const used = (): number => (process === undefined ? 0 : cpuTime(process.pid));
  const started = Bun.nanoseconds();
  const before = { used: used(), core: coreBusy(bench.core), load: coreBusy(bench.tools.core) };
  const result = await load(bench.tools, workload, subject.port, bench.seconds);
  const cpu = used() - before.used;
  const elapsed = Bun.nanoseconds() - started;
  return {
    cpu: cpu / 1000 / result.requests,
    requestsPerSecond: result.requests / result.seconds,
    requests: result.requests,
    p50: result.p50,
    p99: result.p99,
    p999: result.p999,
    busy: cpu / elapsed,
    loadBusy: (coreBusy(bench.tools.core) - before.load) / elapsed,
    foreign: Math.max(0, coreBusy(bench.core) - before.core - cpu) / elapsed,
    errors: result.errors,
  };
}

/** A peer that died, or a load that could not run: the others go on. */
function failedRound(error: unknown): Round {
  const message = (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
  const none = { cpu: 0, requestsPerSecond: 0, requests: 0, p50: 0, p99: 0, p999: 0, busy: 0, loadBusy: 0, foreign: 0 };
  return { ...none, errors: [message] };
}

function warnOf(bench: Bench, workload: Workload, results: readonly PeerRounds[]): void {
  for (const { peer, rounds } of results) {
    const errors = [...new Set(rounds.flatMap((round) => round.errors))];
    if (errors.length > 0) bench.warn(`INVALID: ${workload.name}, ${peer}: ${errors.join("; ")}`);
  }
  const rounds = results.filter(({ peer }) => peer !== DIRECT).flatMap((result) => result.rounds);
  const disturbed = rounds.filter((round) => round.foreign > DISTURBED).length;
  if (disturbed === 0) return;
  bench.warn(`${workload.name}: in ${disturbed} of ${rounds.length} runs other programs used the peer's core too`);
}

/** A log of one run can be a gigabyte. Peers append, so a truncated file goes on from its start. */
export function emptyLogs(subjects: readonly Subject[]): void {
  for (const log of subjects.flatMap((subject) => subject.logs)) {
    try {
      truncateSync(log);
    } catch {
      // The peer has not created it.
    }
  }
}

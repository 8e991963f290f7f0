/**
 * The shape of bench/results/NAME.json, and what is computed from the runs.
 */
import { median, pairedDifference, pairedMinimum, pairedRatio } from "./statistics.ts";

/** One peer under one workload for one round. */
export interface Round {
  /** CPU time of the serving processes per answered request, in microseconds. */
  cpu: number;
  requestsPerSecond: number;
  requests: number;
  /** Latencies in microseconds. */
  p50: number;
  p99: number;
  p999: number;
  /** Share of its core that the peer used, 0…1. */
  busy: number;
  /** Share of the load core in use: near 1, requests per second are the load's limit and not the peer's. */
  loadBusy: number;
  /** Share of the peer's core that went to anything else (other programs, the hypervisor). */
  foreign: number;
  errors: string[];
}

export interface PeerRounds {
  peer: string;
  rounds: Round[];
}

export interface WorkloadResult {
  workload: string;
  title: string;
  /** The first is the baseline. "direct" is the origin without a proxy. */
  peers: PeerRounds[];
}

export interface BenchResult {
  kind: "throughput";
  name: string;
  at: string;
  machine: { cpu: string; cores: number; kernel: string };
  origin: string;
  rounds: number;
  seconds: number;
  versions: Record<string, string>;
  /** Forwarding fields that did not reach the origin, by peer; a peer is absent when it sends all. */
  missingFields: Record<string, string[]>;
  /** Everything that makes a figure doubtful. */
  warnings: string[];
  workloads: WorkloadResult[];
}

/** Medians over the rounds. */
export interface Summary {
  peer: string;
  cpu: number;
  cpuLeast: number;
  cpuMost: number;
  requestsPerSecond: number;
  p50: number;
  p99: number;
  p999: number;
  busy: number;
  loadBusy: number;
  /** The baseline's CPU per request divided by this peer's, round by round: below 1, the baseline is cheaper. */
  ratio: number;
  /** Latency over that of the origin without a proxy, when that was measured. */
  added: { p50: number; p99: number; p999: number } | undefined;
  errors: string[];
}

export const DIRECT = "direct";
export const BETTER_OF = ["nginx", "haproxy"] as const;

export function cpuOf(peer: PeerRounds): number[] {
  return peer.rounds.map((round) => round.cpu);
}

export function proxiesOf(result: WorkloadResult): PeerRounds[] {
  return result.peers.filter((peer) => peer.peer !== DIRECT);
}

export function summarise(result: WorkloadResult, peer: PeerRounds): Summary {
  const of = (pick: (round: Round) => number): number[] => peer.rounds.map(pick);
  const cpu = cpuOf(peer);
  const baseline = proxiesOf(result)[0] ?? peer;
  const direct = result.peers.find((other) => other.peer === DIRECT);
  const over = (pick: (round: Round) => number): number => pairedDifference(of(pick), direct?.rounds.map(pick) ?? []);
  return {
    peer: peer.peer,
    cpu: median(cpu),
    cpuLeast: Math.min(...cpu),
    cpuMost: Math.max(...cpu),
    requestsPerSecond: median(of((round) => round.requestsPerSecond)),
    p50: median(of((round) => round.p50)),
    p99: median(of((round) => round.p99)),
    p999: median(of((round) => round.p999)),
    busy: median(of((round) => round.busy)),
    loadBusy: median(of((round) => round.loadBusy)),
    ratio: pairedRatio(cpuOf(baseline), cpu),
    added:
      direct === undefined || peer === direct
        ? undefined
        : { p50: over((r) => r.p50), p99: over((r) => r.p99), p999: over((r) => r.p999) },
    errors: [...new Set(peer.rounds.flatMap((round) => round.errors))],
  };
}

/**
 * The baseline's CPU divided by that of the better of nginx and HAProxy, each in its best configuration that ran,
 * round by round; undefined without both.
 */
export function ratioToBetter(result: WorkloadResult): number | undefined {
  const baseline = proxiesOf(result)[0];
  const rivals = BETTER_OF.map((name) =>
    result.peers.filter(({ peer }) => peer === name || peer.startsWith(`${name}-`)),
  );
  if (baseline === undefined || rivals.some((found) => found.length === 0 || found.includes(baseline)))
    return undefined;
  const [first = [], ...others] = rivals.flat().map(cpuOf);
  return pairedRatio(cpuOf(baseline), others.reduce(pairedMinimum, first));
}

export function isValid(result: BenchResult): boolean {
  return result.workloads.every((workload) =>
    workload.peers.every((peer) => peer.rounds.every((r) => r.errors.length === 0)),
  );
}

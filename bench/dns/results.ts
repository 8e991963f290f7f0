/** The shape of bench/results/dns/NAME.json, and what is computed from the runs. */
import { median, pairedRatio } from "../lib/statistics.ts";

/** One peer under one workload for one round. */
export interface Round {
  /** CPU time of the server per answered query, in microseconds. */
  readonly cpu: number;
  readonly queriesPerSecond: number;
  /** Mean, in microseconds. */
  readonly latency: number;
  /** Share of its core that the peer used, 0…1. */
  readonly busy: number;
  /** Share of the load core in use: near 1, queries per second are the load's limit and not the peer's. */
  readonly loadBusy: number;
  /** Share of the peer's core that went to anything else. */
  readonly foreign: number;
  readonly errors: readonly string[];
}

export interface PeerRounds {
  readonly peer: string;
  readonly rounds: Round[];
}

export interface WorkloadResult {
  readonly workload: string;
  readonly title: string;
  readonly peers: readonly PeerRounds[];
}

/** From the start of the process with 500,000 names to its first answer. */
export interface Loaded {
  readonly peer: string;
  readonly milliseconds: number;
  /** Resident, bytes. */
  readonly memory: number;
}

export interface DnsResult {
  readonly kind: "dns";
  readonly name: string;
  readonly at: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly kernel: string };
  readonly rounds: number;
  readonly seconds: number;
  readonly versions: Record<string, string>;
  /** Everything that makes a figure doubtful. */
  readonly warnings: string[];
  readonly workloads: WorkloadResult[];
  readonly loaded: Loaded[];
}

/** Medians over the rounds. */
export interface Summary {
  readonly peer: string;
  readonly cpu: number;
  readonly cpuLeast: number;
  readonly cpuMost: number;
  readonly queriesPerSecond: number;
  readonly latency: number;
  readonly busy: number;
  readonly loadBusy: number;
  readonly invalid: boolean;
}

export function summarise({ peer, rounds }: PeerRounds): Summary {
  const of = (pick: (round: Round) => number): number => median(rounds.map(pick));
  const cpu = rounds.map((round) => round.cpu);
  return {
    peer,
    cpu: median(cpu),
    cpuLeast: Math.min(...cpu),
    cpuMost: Math.max(...cpu),
    queriesPerSecond: of((round) => round.queriesPerSecond),
    latency: of((round) => round.latency),
    busy: of((round) => round.busy),
    loadBusy: of((round) => round.loadBusy),
    invalid: rounds.some((round) => round.errors.length > 0),
  };
}

/** CPU per query of one peer divided by that of another, round by round; undefined when one of them did not run. */
export function ratio({ peers }: WorkloadResult, one: string, other: string): number | undefined {
  const [a, b] = [one, other].map((name) => peers.find(({ peer }) => peer === name)?.rounds.map((round) => round.cpu));
  return a === undefined || b === undefined ? undefined : pairedRatio(a, b);
}

/** What is to be reached: CPU per query of the one, at most so many times that of the other. */
export interface Goal {
  readonly workload: string;
  readonly one: string;
  readonly other: string;
  readonly most: number;
}

const UDP = ["udp-small", "udp-mix", "udp-large"];
export const GOALS: readonly Goal[] = [
  ...UDP.map((workload) => ({ workload, one: "roundtrip", other: "nsd", most: 1 })),
  { workload: "tcp", one: "roundtrip", other: "bind", most: 0.5 },
  { workload: "dot", one: "roundtrip", other: "bind", most: 0.5 },
];

export interface GoalResult extends Goal {
  readonly value: number;
  readonly met: boolean;
}

/** Those whose workload and peers ran. */
export function goalResults(result: DnsResult): GoalResult[] {
  return GOALS.flatMap((goal) => {
    const workload = result.workloads.find((one) => one.workload === goal.workload);
    const value = workload === undefined ? undefined : ratio(workload, goal.one, goal.other);
    return value === undefined ? [] : [{ ...goal, value, met: value <= goal.most }];
  });
}

export function isValid(result: DnsResult): boolean {
  return result.workloads.every(({ peers }) => peers.every((peer) => !summarise(peer).invalid));
}

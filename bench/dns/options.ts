import { parseArgs } from "node:util";
import { peers } from "./peers/all.ts";
import type { DnsPeer } from "./peers/peer.ts";
import { type Workload, workloads } from "./workloads.ts";
import { count, named } from "../lib/arguments.ts";

export interface Options {
  readonly peers: readonly DnsPeer[];
  readonly workloads: readonly Workload[];
  readonly rounds: number;
  readonly seconds: number;
  readonly core: number;
  readonly loadCore: number;
  readonly name: string;
  /** Into the folder that is committed. */
  readonly keep: boolean;
}

export const USAGE = `usage: node scripts/bun.mjs bench/dns/run.ts [options]

  --peers a,b        only these, in this order
                     (${peers.map(({ name }) => name).join(", ")})
  --workloads x,y    only these
                     (${workloads.map(({ name }) => name).join(", ")})
  --rounds N         rounds per workload (5)
  --seconds N        seconds per round, whole (3)
  --quick            3 rounds of 1 second
  --name NAME        name of the result files (a whole run: latest); a named result goes to bench/results/dns/
  --core N           core of the peers (0)
  --load-core N      core of the load (1)
`;

/** @throws Error with a message for the user. */
export function parseOptions(argv: readonly string[]): Options | "help" {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      peers: { type: "string" },
      workloads: { type: "string" },
      rounds: { type: "string" },
      seconds: { type: "string" },
      quick: { type: "boolean", default: false },
      name: { type: "string" },
      core: { type: "string", default: "0" },
      "load-core": { type: "string", default: "1" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const whole = values.peers === undefined && values.workloads === undefined && !values.quick;
  return {
    peers: values.peers === undefined ? peers : named(values.peers, peers, "peer"),
    workloads: values.workloads === undefined ? workloads : named(values.workloads, workloads, "workload"),
    rounds: count(values.rounds ?? (values.quick ? "3" : "5"), "--rounds", 1),
    seconds: count(values.seconds ?? (values.quick ? "1" : "3"), "--seconds", 1),
    core: count(values.core, "--core", 0),
    loadCore: count(values["load-core"], "--load-core", 0),
    name: values.name ?? (whole ? "latest" : values.quick ? "quick" : "partial"),
    keep: whole || values.name !== undefined,
  };
}

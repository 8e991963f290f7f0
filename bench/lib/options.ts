import { parseArgs } from "node:util";
import { peers } from "../peers/all.ts";
import type { Peer } from "../peers/peer.ts";
import { workloads } from "./workloads.ts";
import type { Workload } from "./workloads.ts";
import { count, named } from "./arguments.ts";

export interface Options {
  /** Undefined: every peer that is installed, each on its usual workloads. */
  peers: Peer[] | undefined;
  workloads: Workload[];
  rounds: number;
  seconds: number;
  core: number;
  loadCore: number;
  json: boolean;
  /** Peer to record with perf after each workload. */
  perf: string | undefined;
  name: string;
  /** Into the folder that is committed. */
  keep: boolean;
}

export const USAGE = `usage: npm run bench -- [options]

  --peers a,b        only these, in this order; the first is what others are compared with
                     (${peers.map((peer) => peer.name).join(", ")})
  --workloads x,y    only these
                     (${workloads.map((workload) => workload.name).join(", ")})
  --rounds N         rounds per workload (5)
  --seconds N        seconds per round, whole (3)
  --quick            3 rounds of 1 second
  --name NAME        name of the result files (a whole run: latest); a named result goes to bench/results/
  --core N           core of the peers (0)
  --load-core N      core of load and origin (1)
  --perf PEER        record one more round of each workload with perf and print the hottest functions
  --json             the result as JSON on standard output, progress on standard error
`;

/** Throws with a message for the user. */
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
      perf: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const whole = values.peers === undefined && values.workloads === undefined && !values.quick;
  return {
    peers: values.peers === undefined ? undefined : named(values.peers, peers, "peer"),
    workloads: values.workloads === undefined ? [...workloads] : named(values.workloads, workloads, "workload"),
    rounds: count(values.rounds ?? (values.quick ? "3" : "5"), "--rounds", 1),
    seconds: count(values.seconds ?? (values.quick ? "1" : "3"), "--seconds", 1),
    core: count(values.core, "--core", 0),
    loadCore: count(values["load-core"], "--load-core", 0),
    json: values.json,
    perf: values.perf,
    name: values.name ?? (whole ? "latest" : values.quick ? "quick" : "partial"),
    keep: whole || values.name !== undefined,
  };
}

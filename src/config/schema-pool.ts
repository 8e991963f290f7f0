/** A pool: a group of upstream servers. */
import { z } from "zod";
import type { TargetSourcePlan } from "../contract/plan.ts";
import {
  DEFAULT_BALANCE,
  DEFAULT_DRAIN,
  DEFAULT_QUEUE,
  DEFAULT_RETRY,
  DEFAULT_UPSTREAM_CONNECTIONS,
  DEFAULT_UPSTREAM_TIMEOUTS,
} from "./defaults.ts";
import type { NormalBalance, NormalPool } from "./normal-config.ts";
import { balance, hashes } from "./schema-balance.ts";
import type { BalanceParts } from "./schema-balance.ts";
import { health } from "./schema-health.ts";
import { sticky } from "./schema-sticky.ts";
import { targets, weighted } from "./schema-targets.ts";
import { duration, share, whole } from "./schema-value.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const timeouts = z.strictObject({
  connect: duration(0, HOUR).default(DEFAULT_UPSTREAM_TIMEOUTS.connect),
  firstByte: duration(0, DAY).default(DEFAULT_UPSTREAM_TIMEOUTS.firstByte),
  idle: duration(0, DAY).default(DEFAULT_UPSTREAM_TIMEOUTS.idle),
  total: duration(0, DAY).default(DEFAULT_UPSTREAM_TIMEOUTS.total),
});

const connections = z.strictObject({
  max: whole(0, 65_536).default(DEFAULT_UPSTREAM_CONNECTIONS.max),
  idle: whole(0, 65_536).default(DEFAULT_UPSTREAM_CONNECTIONS.idle),
  idleTimeout: duration(1, DAY).default(DEFAULT_UPSTREAM_CONNECTIONS.idleTimeout),
});

const queue = z.strictObject({
  max: whole(0, 1_000_000).default(DEFAULT_QUEUE.max),
  timeout: duration(1, HOUR).default(DEFAULT_QUEUE.timeout),
});

const retry = z.strictObject({
  attempts: whole(0, 10).default(DEFAULT_RETRY.attempts),
  budget: share.default(DEFAULT_RETRY.budget),
  minimum: whole(0, 100_000).default(DEFAULT_RETRY.minimum),
});

const poolObject = z.strictObject({
  targets,
  balance: balance.optional(),
  slowStart: duration(0, HOUR).default(DEFAULT_BALANCE.slowStart),
  sticky: sticky.default(null),
  health: health.prefault({}),
  drain: duration(0, DAY).default(DEFAULT_DRAIN),
  timeouts: timeouts.prefault({}),
  connections: connections.prefault({}),
  queue: queue.prefault({}),
  retry: retry.prefault({}),
});

export const poolSchema = poolObject.transform((input, context): NormalPool => {
  const { targets: sources, balance: parts, slowStart, ...rest } = input;
  const problem = balanceProblem(sources, parts);
  if (problem !== null) {
    const { path, message, ...params } = problem;
    context.addIssue({ code: "custom", path: [...path], message, params });
  }
  return { ...rest, sources, balance: balanceOf(sources, parts, slowStart) };
});

interface BalanceProblem {
  readonly path: readonly string[];
  readonly message: string;
  readonly expected: string;
  readonly nearest?: string;
}

/** What the algorithm and the targets say against each other. */
function balanceProblem(sources: readonly TargetSourcePlan[], parts: BalanceParts | undefined): BalanceProblem | null {
  if (parts?.algorithm === "round-robin" && weighted(sources) === "given") {
    const message = "round-robin does not heed the weights of the targets";
    const expected = "weighted-round-robin, or another algorithm";
    return { path: ["balance"], message, expected, nearest: "weighted-round-robin" };
  }
  const listed = sources.reduce((sum, source) => sum + (source.kind === "config" ? source.endpoints.length : 0), 0);
  if (parts?.tableSize === undefined || parts.tableSize >= listed) return null;
  const message = `${parts.tableSize} entries are too few for ${listed} targets`;
  return { path: ["balance", "tableSize"], message, expected: "a prime of about a hundred times their number" };
}

/** Weights ask for an algorithm that heeds them, so they choose it when nothing else does. */
function balanceOf(
  sources: readonly TargetSourcePlan[],
  parts: BalanceParts | undefined,
  slowStart: number,
): NormalBalance {
  const algorithm = parts?.algorithm ?? (weighted(sources) === "never" ? "round-robin" : "weighted-round-robin");
  return {
    algorithm,
    key: hashes(algorithm) ? (parts?.key ?? { kind: "client" }) : null,
    boundedLoad: parts?.boundedLoad ?? DEFAULT_BALANCE.boundedLoad,
    virtualNodes: parts?.virtualNodes ?? DEFAULT_BALANCE.virtualNodes,
    tableSize: parts?.tableSize ?? DEFAULT_BALANCE.tableSize,
    slowStart,
  };
}

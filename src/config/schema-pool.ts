/** `pools`: groups of upstream servers. */
import { z } from "zod";
import { BALANCE_NAMES } from "../balance/balancers.ts";
import {
  DEFAULT_QUEUE,
  DEFAULT_RETRY,
  DEFAULT_UPSTREAM_CONNECTIONS,
  DEFAULT_UPSTREAM_TIMEOUTS,
  DEFAULT_WEIGHT,
} from "./defaults.ts";
import type { NormalPool, NormalTarget } from "./normal-config.ts";
import { targetAddress } from "./schema-address.ts";
import { Refusal, choice, duration, show, value, whole } from "./schema-value.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;

const target = z
  .union([targetAddress, z.strictObject({ address: targetAddress, weight: whole(1, 256).default(DEFAULT_WEIGHT) })])
  .transform((input): NormalTarget =>
    "weight" in input ? { ...input.address, weight: input.weight } : { ...input, weight: DEFAULT_WEIGHT },
  );

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
  maxFailures: whole(1, 1000).default(DEFAULT_UPSTREAM_CONNECTIONS.maxFailures),
  rest: duration(0, HOUR).default(DEFAULT_UPSTREAM_CONNECTIONS.rest),
});

const queue = z.strictObject({
  max: whole(0, 1_000_000).default(DEFAULT_QUEUE.max),
  timeout: duration(1, HOUR).default(DEFAULT_QUEUE.timeout),
});

const share = value("a number from 0 to 1", { type: "number", minimum: 0, maximum: 1 }, (input) =>
  typeof input === "number" && input >= 0 && input <= 1 ? input : new Refusal(`${show(input)} is no share`),
);

const retry = z.strictObject({
  attempts: whole(0, 10).default(DEFAULT_RETRY.attempts),
  budget: share.default(DEFAULT_RETRY.budget),
  minimum: whole(0, 100_000).default(DEFAULT_RETRY.minimum),
});

const poolObject = z.strictObject({
  targets: z.array(target).min(1).max(4096),
  balance: choice(...BALANCE_NAMES).optional(),
  timeouts: timeouts.prefault({}),
  connections: connections.prefault({}),
  queue: queue.prefault({}),
  retry: retry.prefault({}),
});

/** Weights ask for an algorithm that heeds them, so they choose it when nothing else does. */
export const poolSchema = poolObject.transform((input, context): NormalPool => {
  const weighted = input.targets.some(({ weight }) => weight !== DEFAULT_WEIGHT);
  const seen = new Set<string>();
  for (const [index, { address }] of input.targets.entries()) {
    if (seen.has(address)) {
      context.addIssue({
        code: "custom",
        path: ["targets", index],
        message: `${address} is a target of this pool already`,
        params: { expected: "another address, or a weight for the first" },
      });
    }
    seen.add(address);
  }
  if (weighted && input.balance === "round-robin") {
    context.addIssue({
      code: "custom",
      path: ["balance"],
      message: "round-robin does not heed the weights of the targets",
      params: { expected: "weighted-round-robin or least-connections", nearest: "weighted-round-robin" },
    });
  }
  return { ...input, balance: input.balance ?? (weighted ? "weighted-round-robin" : "round-robin") };
});

/** Names of pools appear in logs, metrics and URLs of the admin API. */
export const poolName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/);

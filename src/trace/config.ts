/** What the config says of records: the access log, and the traces that are kept. */
import { z } from "zod";
import type { AccessLogPlan, TracePlan } from "../contract/plan.ts";
import { option } from "../schema/facts.ts";
import { Refusal, choice, duration, text, whole } from "../schema/value.ts";

const HOUR = 3_600_000;

const DEFAULT_ACCESS_LOG: AccessLogPlan = { path: "-", format: "json" };

const DEFAULT_TRACE: TracePlan = {
  enabled: true,
  /** Half a kilobyte each. More of them push what requests work on out of the processor's cache. */
  ring: 1024,
  notable: 512,
  /** Milliseconds. */
  slow: 1000,
};

const logPath = text(
  'a file, or "-" for standard output',
  (input) => (input === "" ? new Refusal("is empty") : input),
  { values: "file", show: (path: string) => JSON.stringify(path) },
);

const accessLogObject = z.strictObject({
  path: option(logPath.default(DEFAULT_ACCESS_LOG.path), "`-` is standard output."),
  format: option(
    choice("json", "combined").default(DEFAULT_ACCESS_LOG.format),
    "One JSON object per line, or the format that Apache and nginx call combined.",
  ),
});

export const accessLog = option(
  z
    .union([z.literal(false), accessLogObject])
    .transform((input): AccessLogPlan | null => (input === false ? null : input))
    .prefault({}),
  "`false`: none.",
  { values: "`false`, or an object" },
);

const traceObject = z.strictObject({
  enabled: option(z.boolean().default(DEFAULT_TRACE.enabled), ""),
  ring: option(whole(1, 1_000_000).default(DEFAULT_TRACE.ring), "Recent requests that are kept; about 1 KB each."),
  notable: option(
    whole(1, 100_000).default(DEFAULT_TRACE.notable),
    "Failed and slow ones, kept beside them for longer.",
  ),
  slow: option(duration(1, HOUR).default(DEFAULT_TRACE.slow), "A request that takes this long or longer is slow."),
});

export const trace = option(traceObject.prefault({}), "What `explain --id` can tell of requests that have happened.");

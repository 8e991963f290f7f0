/** What the config says of records: the access log, and the traces that are kept. */
import { z } from "zod";
import type { AccessLogPlan, TracePlan } from "../contract/plan.ts";
import { option } from "../schema/facts.ts";
import { nearestWord } from "../schema/nearest.ts";
import { Refusal, duration, show, text, whole } from "../schema/value.ts";

import { type TemplateProblem, templateProblem } from "./log-format-template.ts";
import { LOG_VARIABLE_NAMES } from "./log-variables.ts";

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

const FORMATS = ["json", "combined", "combined-trace"];

const logFormat = text(
  `${FORMATS.join(", ")}, or a text with variables such as "\${client.address} \${status} \${duration}"`,
  (input) => {
    if (FORMATS.includes(input)) return input;
    if (!input.includes("$"))
      return new Refusal(`${show(input)} is not known here`, undefined, nearestWord(input, FORMATS));
    const problem = templateProblem(input);
    return problem === null ? input : new Refusal(problem.message, variablesExpected(problem), problem.nearest);
  },
  { values: "`json`, `combined`, `combined-trace`, or a template", show: (format: string) => JSON.stringify(format) },
);

/** All of them, where nothing is near. */
function variablesExpected({ nearest }: TemplateProblem): string | undefined {
  return nearest === undefined ? `variables: ${LOG_VARIABLE_NAMES.join(", ")}` : undefined;
}

const accessLogObject = z.strictObject({
  path: option(logPath.default(DEFAULT_ACCESS_LOG.path), "`-` is standard output."),
  format: option(
    logFormat.default(DEFAULT_ACCESS_LOG.format),
    "One JSON object per line; the format that Apache and nginx call combined, or that with the trace id behind it; or [a format of your own](json.md#a-format-of-your-own).",
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

/** Bodies of the admin API, checked. */
import { z } from "zod";
import { parseHostPort, type HostPort } from "../bytes/address.ts";
import { nearestWord } from "../schema/nearest.ts";
import { parseDuration } from "../schema/units.ts";
import { AdminProblem } from "./admin-answer.ts";

const weight = z.int().min(0).max(256);
/** `host:port`, parsed. */
const address = z.string().transform((text, context): HostPort => {
  const parsed = parseHostPort(text);
  if (typeof parsed !== "string" && parsed.host !== "" && parsed.port !== 0) return parsed;
  const why = typeof parsed === "string" ? parsed : "needs a host and a port";
  context.addIssue({ code: "custom", message: `${JSON.stringify(text)} ${why}` });
  return z.NEVER;
});
/** Milliseconds from a number of them or from "30s"; 0: no end. */
const timeout = z.union([z.string(), z.int().min(0)]).transform((value, context): number => {
  const milliseconds = typeof value === "number" ? value : parseDuration(value);
  if (milliseconds !== null && milliseconds <= MAX_TIMEOUT) return milliseconds;
  context.addIssue({ code: "custom", message: 'must be a duration up to 24h, e.g. "30s", or 0 for no end' });
  return z.NEVER;
});
const MAX_TIMEOUT = 86_400_000;

const endpoint = {
  weight: weight.default(1),
  priority: z.int().min(0).max(15).default(0),
  backup: z.boolean().default(false),
};

/** `POST /pools/:pool/targets/:address`. */
export const targetChangeBody = z.strictObject({
  mode: z.enum(["ready", "drain", "maintenance"]).optional(),
  timeout: timeout.optional(),
  weight: weight.nullable().optional(),
});
/** `PUT /pools/:pool/targets/:address`. */
export const endpointBody = z.strictObject(endpoint);
/** `POST /pools/:pool/targets`. */
export const newTargetBody = z.strictObject({ address, ...endpoint });

/** `POST /stop`. */
export const stopBody = z.strictObject({ timeout: timeout.optional() });

/** @throws AdminProblem with all that is wrong with it. */
export function checkBody<Body extends z.ZodObject>(schema: Body, value: unknown): z.output<Body> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const names = Object.keys(schema.shape);
  const problems = result.error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownMember(key, names));
    return [`${issue.path.join(".") || "body"}: ${issue.message}`];
  });
  throw new AdminProblem(400, problems.join("; "));
}

function unknownMember(key: string, names: readonly string[]): string {
  const nearest = nearestWord(key, names);
  const hint = nearest === undefined ? `there are ${names.join(", ")}` : `did you mean ${nearest}?`;
  return `unknown member ${JSON.stringify(key)}; ${hint}`;
}

/** An address of a URL's path. @throws AdminProblem */
export function checkAddress(text: string): HostPort {
  const result = address.safeParse(text);
  if (result.success) return result.data;
  throw new AdminProblem(400, result.error.issues[0]!.message);
}

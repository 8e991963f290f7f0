/** Everything of the config that is about the edge as a whole. */
import { z } from "zod";
import { formatHostPort } from "../bytes/address.ts";
import { MAX_FIELDS } from "../contract/head.ts";
import type { AccessLogPlan, ForwardingPlan, Limits, ListenerPlan, Timeouts, TracePlan } from "../contract/plan.ts";
import {
  DEFAULT_ACCESS_LOG,
  DEFAULT_ADMIN_ADDRESS,
  DEFAULT_FORWARDING,
  DEFAULT_LIMITS,
  DEFAULT_TIMEOUTS,
  DEFAULT_TRACE,
} from "./defaults.ts";
import type { NormalAdmin } from "./normal-config.ts";
import { adminAddress, listenAddress } from "./schema-address.ts";
import { Refusal, choice, duration, show, size, text, value, whole } from "./schema-value.ts";

const KB = 1024;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const listener = z
  .union([listenAddress, z.strictObject({ address: listenAddress })])
  .transform((input): ListenerPlan => ("address" in input ? input.address : input));

export const listeners = z
  .array(listener)
  .min(1)
  .superRefine((input, context) => {
    const seen = new Set<string>();
    for (const [index, address] of input.entries()) {
      const text = formatHostPort(address);
      // Port 0 is another one each time.
      if (address.port !== 0 && seen.has(text)) {
        const params = { expected: "another address" };
        context.addIssue({ code: "custom", path: [index], message: `${text} is listened on already`, params });
      }
      seen.add(text);
    }
  });

export const limits = z
  .strictObject({
    // The least values still let the smallest real requests through.
    requestLine: size(64, 128 * KB).default(DEFAULT_LIMITS.requestLine),
    field: size(64, 128 * KB).default(DEFAULT_LIMITS.field),
    fields: whole(1, MAX_FIELDS).default(DEFAULT_LIMITS.fields),
    head: size(256, 128 * KB).default(DEFAULT_LIMITS.head),
    body: size(0, 1024 ** 4, true).default(DEFAULT_LIMITS.body),
    trailers: size(0, 64 * KB).default(DEFAULT_LIMITS.trailers),
    connections: whole(1, 1_000_000).default(DEFAULT_LIMITS.connections),
  })
  .transform((input): Limits => input);

export const timeouts = z
  .strictObject({
    head: duration(1, HOUR).default(DEFAULT_TIMEOUTS.head),
    body: duration(1, HOUR).default(DEFAULT_TIMEOUTS.body),
    keepAlive: duration(1, DAY).default(DEFAULT_TIMEOUTS.keepAlive),
    write: duration(1, HOUR).default(DEFAULT_TIMEOUTS.write),
    linger: duration(0, 60_000).default(DEFAULT_TIMEOUTS.linger),
    halfClose: duration(0, HOUR).default(DEFAULT_TIMEOUTS.halfClose),
    tunnel: duration(1, 7 * DAY).default(DEFAULT_TIMEOUTS.tunnel),
    drain: duration(0, DAY).default(DEFAULT_TIMEOUTS.drain),
  })
  .transform((input): Timeouts => input);

/** RFC 9110 §7.6.3: received-by is a host or a pseudonym, which is a token. */
const via = value(
  "a token such as roundtrip, or false for no Via",
  { anyOf: [{ type: "string" }, { const: false }] },
  (input) => {
    if (input === false) return "";
    const valid = typeof input === "string" && /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}$/.test(input);
    return valid ? input : new Refusal(`${show(input)} is no pseudonym`);
  },
);

export const forwarding = z
  .strictObject({
    xForwarded: z.boolean().default(DEFAULT_FORWARDING.xForwarded),
    xRealIp: z.boolean().default(DEFAULT_FORWARDING.xRealIp),
    forwarded: z.boolean().default(DEFAULT_FORWARDING.forwarded),
    via: via.default(DEFAULT_FORWARDING.via),
    traceparent: z.boolean().default(DEFAULT_FORWARDING.traceparent),
  })
  .transform((input): ForwardingPlan => input);

const logPath = text('a file, or "-" for standard output', (input) => (input === "" ? new Refusal("is empty") : input));

export const accessLog = z
  .union([
    z.literal(false),
    z.strictObject({
      path: logPath.default(DEFAULT_ACCESS_LOG.path),
      format: choice("json", "combined").default(DEFAULT_ACCESS_LOG.format),
    }),
  ])
  .transform((input): AccessLogPlan | null => (input === false ? null : input));

/** The least length that can not be guessed over the network: 16 random letters and digits are 95 bits. */
const MIN_TOKEN = 16;

/** RFC 6750 §2.1: what a bearer token may be made of. */
const token = value(
  `at least ${MIN_TOKEN} of A-Z a-z 0-9 - . _ ~ + / =`,
  { type: "string", minLength: MIN_TOKEN, pattern: "^[A-Za-z0-9._~+/-]+=*$" },
  (input) => {
    // Never shows the value: problems end in logs.
    if (typeof input !== "string") return new Refusal("is no string");
    if (input.length < MIN_TOKEN) return new Refusal(`has ${input.length} characters`);
    return /^[A-Za-z0-9._~+/-]+=*$/.test(input) && input.length <= 256 ? input : new Refusal("is no token");
  },
);

export const admin = z
  .union([
    z.literal(false),
    z.strictObject({ address: adminAddress.default(DEFAULT_ADMIN_ADDRESS), token: token.optional() }),
  ])
  .transform((input): NormalAdmin | null =>
    input === false ? null : { ...input.address, token: input.token ?? null },
  );

export const trace = z
  .strictObject({
    enabled: z.boolean().default(DEFAULT_TRACE.enabled),
    ring: whole(1, 1_000_000).default(DEFAULT_TRACE.ring),
    notable: whole(1, 100_000).default(DEFAULT_TRACE.notable),
    slow: duration(1, HOUR).default(DEFAULT_TRACE.slow),
  })
  .transform((input): TracePlan => input);

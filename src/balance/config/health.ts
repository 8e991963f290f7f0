/** `health` of a pool: how it finds out which of its targets can be used. */
import { z } from "zod";
import type { CheckHttp, CheckPlan, CheckTls, PassivePlan } from "../../contract/health-plan.ts";
import { isHostName, parseHostPort } from "../../bytes/address.ts";
import { check as checkParts, goesWith } from "../../schema/check.ts";
import { option } from "../../schema/facts.ts";
import { showRanges, statuses } from "../../schema/statuses.ts";
import { method, regularExpression } from "../../schema/token.ts";
import { formatDuration } from "../../schema/units.ts";
import { Refusal, choice, duration, share, show, text, value, whole } from "../../schema/value.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Of every kind; what the kinds add stands below. */
const DEFAULT_CHECK: Omit<CheckPlan, "kind" | "tls" | "http"> = {
  port: 0,
  /** With `fall` 3 a silent target is out after some 15 s; failures that traffic meets eject it long before. */
  interval: 5000,
  /** A target that came back is used after a second or two, and being asked costs a dead one nothing. */
  downInterval: 1000,
  /** Shorter than the interval, and room for one lost SYN (1 s). */
  timeout: 2000,
  jitter: 0.1,
  /** One good answer may be luck, as one bad one may be bad luck. */
  rise: 2,
  fall: 3,
  service: "",
};

/** Whoever lets a check accept any certificate says so. */
const DEFAULT_CHECK_TLS: CheckTls = { serverName: "", verify: true };

const DEFAULT_CHECK_HTTP: CheckHttp = {
  version: 1,
  method: "GET",
  path: "/",
  host: "",
  /** A redirect comes from a server that works. */
  statuses: [{ from: 200, to: 399 }],
  body: null,
};

export const DEFAULT_PASSIVE: PassivePlan = {
  /**
   * A dead target makes three at once, each of which is retried elsewhere; a single request that runs into a time-out
   * says more about that request.
   */
  maxFails: 3,
  window: 10_000,
  /**
   * None: a 500 may be the request's fault, and one bad request could eject every target in turn. Five 5xx in a row eject
   * all the same.
   */
  statuses: [],
  /** As long as a server needs to start again. */
  rest: 10_000,
  /** A target that is still dead costs one try in five minutes. */
  maxRest: 300_000,
  /** What is left must carry the whole load. */
  maxEjected: 0.5,
};

/** All are used only when none is up: with checks that are right, a target that is down answers nobody. */
const DEFAULT_PANIC = 0;

/** Longer than ordinary responses and uploads, shorter than the patience of who waits to restart a server. */
const DEFAULT_DRAIN = 300_000;

const KINDS = ["tcp", "tls", "http", "grpc"] as const;

const requestTarget = text(
  'a path such as "/healthz", with query or without',
  (input) => {
    if (!input.startsWith("/")) return new Refusal(`${show(input)} does not begin with "/"`);
    return /^[\x21\x22\x24-\x7e]*$/.test(input) ? input : new Refusal(`${show(input)} holds what a path cannot hold`);
  },
  { values: "path" },
);

const host = text(
  'a host such as "shop.test" or "shop.test:8080", or "" for the address',
  (input) => {
    const name = input.toLowerCase();
    const fits =
      name === "" || isHostName(name) || typeof parseHostPort(name.includes(":") ? name : `${name}:1`) !== "string";
    return fits ? name : new Refusal(`${show(input)} is not a host`);
  },
  { values: "host" },
);

const BODY_JSON = {
  anyOf: [
    { type: "string", minLength: 1 },
    { type: "object", properties: { regex: { type: "string" } }, required: ["regex"], additionalProperties: false },
  ],
};

/** A string is contained; an expression matches anywhere. Flags that make an expression remember are dropped. */
const body = value(
  'a string that the body holds, { regex: "…" }, or in TypeScript a regular expression',
  BODY_JSON,
  (input): string | RegExp | Refusal => {
    if (input instanceof RegExp) return new RegExp(input.source, input.flags.replace(/[gy]/g, ""));
    if (typeof input === "string" && input !== "") return input;
    const entries = typeof input === "object" && input !== null ? Object.entries(input) : [];
    const [kind, source] = entries[0] ?? [];
    if (entries.length !== 1 || kind !== "regex") return new Refusal(`${show(input)} is not a test of a body`);
    return typeof source === "string" && source !== ""
      ? regularExpression(source)
      : new Refusal(`regex is ${show(source)}`, "a string that is not empty");
  },
  { values: "string, or `{ regex }`", initial: "none" },
);

const serverName = text(
  'a name such as "shop.test", or "" for the target\'s own',
  (input) => {
    const name = input.toLowerCase();
    return name === "" || isHostName(name) ? name : new Refusal(`${show(input)} is not a name`);
  },
  { values: "name" },
);

const tlsObject = z.strictObject({
  serverName: option(
    serverName.default(DEFAULT_CHECK_TLS.serverName),
    'Asked for (SNI), and looked for in the certificate. `""`: the target\'s host, when it is a name.',
  ),
  verify: option(z.boolean().default(DEFAULT_CHECK_TLS.verify), "`false`: any certificate will do."),
});

/** As protocol buffers name them: dotted identifiers. */
const service = text(
  'a service such as "shop.Orders", or "" for the server as a whole',
  (input) => (/^[\w./-]{0,200}$/.test(input) ? input : new Refusal(`${show(input)} is not a service`)),
  { values: "name" },
);

const interval = duration(100, DAY);

const checkObject = z.strictObject({
  kind: option(
    choice(...KINDS),
    "How far into the target it goes: it connects; completes a TLS handshake; gets a response; asks the gRPC health service.",
  ),
  port: option(whole(1, 65_535).optional(), "Where to ask.", { initial: "the target's own" }),
  interval: option(interval.default(DEFAULT_CHECK.interval), "From one check to the next."),
  downInterval: option(
    interval.optional(),
    "The same while the target is down; by default never more than `interval`.",
    { initial: `\`${formatDuration(DEFAULT_CHECK.downInterval)}\`` },
  ),
  timeout: option(duration(10, HOUR).default(DEFAULT_CHECK.timeout), "For the whole check."),
  jitter: option(
    share.default(DEFAULT_CHECK.jitter),
    "Share by which an interval is longer or shorter, so that checks do not come in step.",
  ),
  rise: option(
    whole(1, 100).default(DEFAULT_CHECK.rise),
    "Checks in a row that must pass before a target that is down is used.",
  ),
  fall: option(
    whole(1, 100).default(DEFAULT_CHECK.fall),
    "Checks in a row that must fail before a target that is up is left alone. The very first check decides alone.",
  ),
  tls: option(
    z.union([z.boolean(), tlsObject]).optional(),
    "With `http` and `grpc`: over TLS. A `tls` check always is.",
    { values: "true, false, or an object", initial: "`false`" },
  ),
  path: option(requestTarget.optional(), "With `http`. May have a query.", {
    initial: `\`${DEFAULT_CHECK_HTTP.path}\``,
  }),
  method: option(method.optional(), "With `http`.", { initial: `\`${DEFAULT_CHECK_HTTP.method}\`` }),
  host: option(host.optional(), 'With `http`. `Host` of the request. `""`: the target\'s address.', {
    initial: '`""`',
  }),
  status: option(statuses(1).optional(), "With `http`. What passes.", {
    initial: `\`${showRanges(DEFAULT_CHECK_HTTP.statuses)}\``,
  }),
  body: option(
    body.optional(),
    "With `http`. What the body must hold, or match. In TypeScript also a regular expression.",
  ),
  version: option(choice(1, 2).optional(), "With `http`. HTTP/1.1 or HTTP/2.", {
    initial: `\`${DEFAULT_CHECK_HTTP.version}\``,
  }),
  service: option(service.optional(), 'With `grpc`. Which service is asked about. `""`: the server as a whole.', {
    initial: '`""`',
  }),
});

type CheckParts = z.output<typeof checkObject>;

/** With which kinds these options go; the others go with every kind. */
const kindsObject = goesWith(checkObject, (parts) => parts.kind ?? null, {
  tls: ["tls", "http", "grpc"],
  path: ["http"],
  method: ["http"],
  host: ["http"],
  status: ["http"],
  body: ["http"],
  version: ["http"],
  service: ["grpc"],
});

const tlsChecked = checkParts(kindsObject, ["kind", "tls"], (parts, report) => {
  if (parts.kind === "tls" && parts.tls === false)
    report(["tls"], "a tls check goes over TLS", { expected: "another kind, or nothing here" });
});

const headChecked = checkParts(tlsChecked, ["method", "body"], (parts, report) => {
  if (parts.method === "HEAD" && parts.body !== undefined)
    report(["body"], "a response to HEAD has no body", { expected: "another method", at: "key" });
});

const check = z
  .union([choice(...KINDS).transform((kind) => checkObject.parse({ kind })), z.literal(false), headChecked])
  .transform((input): CheckPlan | null => (input === false ? null : checkPlan(input)));

function checkPlan(input: CheckParts): CheckPlan {
  const { kind, port = DEFAULT_CHECK.port, timeout, jitter, rise, fall } = input;
  // Faster when down: the default does not slow down checks that are quicker still.
  const { downInterval = Math.min(DEFAULT_CHECK.downInterval, input.interval) } = input;
  return {
    kind,
    port,
    interval: input.interval,
    downInterval,
    timeout,
    jitter,
    rise,
    fall,
    tls: tlsOf(input),
    http:
      kind === "http"
        ? {
            version: input.version ?? DEFAULT_CHECK_HTTP.version,
            method: input.method ?? DEFAULT_CHECK_HTTP.method,
            path: input.path ?? DEFAULT_CHECK_HTTP.path,
            host: input.host ?? DEFAULT_CHECK_HTTP.host,
            statuses: input.status ?? DEFAULT_CHECK_HTTP.statuses,
            body: input.body ?? DEFAULT_CHECK_HTTP.body,
          }
        : null,
    service: input.service ?? DEFAULT_CHECK.service,
  };
}

function tlsOf({ kind, tls: given = kind === "tls" }: CheckParts): CheckTls | null {
  if (given === false) return null;
  return given === true ? DEFAULT_CHECK_TLS : given;
}

const passiveObject = z.strictObject({
  maxFails: option(
    whole(0, 1000).default(DEFAULT_PASSIVE.maxFails),
    "Failures within `window` that eject it: connects, resets, timeouts and `statuses`. 0: never.",
  ),
  window: option(duration(1, HOUR).default(DEFAULT_PASSIVE.window), "The time in which they are counted."),
  statuses: option(
    statuses(0).default(DEFAULT_PASSIVE.statuses),
    "Responses that count as failures too. `[]`: five 5xx in a row eject.",
  ),
  rest: option(
    duration(1, DAY).default(DEFAULT_PASSIVE.rest),
    "The first ejection; each further one is twice as long.",
  ),
  maxRest: option(duration(1, DAY).optional(), "The longest ejection.", {
    values: "`rest`, up to 24h",
    initial: `\`${formatDuration(DEFAULT_PASSIVE.maxRest)}\``,
  }),
  maxEjected: option(
    share.default(DEFAULT_PASSIVE.maxEjected),
    "Share of the targets that may be ejected at once. One always may, and so may all that cannot be connected to.",
  ),
});

const restChecked = checkParts(passiveObject, ["rest", "maxRest"], ({ rest, maxRest }, report) => {
  if (maxRest !== undefined && maxRest < rest)
    report(["maxRest"], "is shorter than rest", { expected: "at least rest" });
});

const passive = z.union([z.literal(false), restChecked]).transform((input): PassivePlan => {
  if (input === false) return { ...DEFAULT_PASSIVE, maxFails: 0 };
  return { ...input, maxRest: input.maxRest ?? Math.max(input.rest, DEFAULT_PASSIVE.maxRest) };
});

const healthObject = z.strictObject({
  panic: option(
    share.default(DEFAULT_PANIC),
    "Share of the targets that must be up: with fewer, all are used, for those that are left would not carry the load. 0: only when none is up.",
  ),
  passive: option(passive.prefault({}), "Ejects a target for a while when requests fail there. `false`: never.", {
    values: "`false`, or an object",
  }),
  check: option(check.default(null), "Asks every target. A kind alone is a check with every default.", {
    values: "`false`, a kind, or an object",
    initial: "`false`",
  }),
});

export const health = option(healthObject.prefault({}), "How the pool finds out which targets can be used.");

export const drain = option(
  duration(0, DAY).default(DEFAULT_DRAIN),
  "How long exchanges and tunnels of a target that drains may go on; then they are cut. 0: as long as they like.",
);

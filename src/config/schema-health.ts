/** `health` of a pool: how it finds out which of its targets can be used. */
import { z } from "zod";
import type { CheckPlan, CheckTls, HealthPlan, PassivePlan } from "../contract/health-plan.ts";
import { isHostName, parseHostPort } from "../bytes/address.ts";
import { DEFAULT_CHECK, DEFAULT_CHECK_HTTP, DEFAULT_CHECK_TLS, DEFAULT_PANIC, DEFAULT_PASSIVE } from "./defaults.ts";
import { statuses } from "./schema-statuses.ts";
import { method, regularExpression } from "./schema-token.ts";
import { Refusal, choice, duration, share, show, text, value, whole } from "./schema-value.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const KINDS = ["tcp", "tls", "http", "grpc"] as const;
type Kind = CheckPlan["kind"];

const requestTarget = text('a path such as "/healthz", with query or without', (input) => {
  if (!input.startsWith("/")) return new Refusal(`${show(input)} does not begin with "/"`);
  return /^[\x21\x22\x24-\x7e]*$/.test(input) ? input : new Refusal(`${show(input)} holds what a path can not hold`);
});

const host = text('a host such as "shop.test" or "shop.test:8080", or "" for the address', (input) => {
  const name = input.toLowerCase();
  const fits =
    name === "" || isHostName(name) || typeof parseHostPort(name.includes(":") ? name : `${name}:1`) !== "string";
  return fits ? name : new Refusal(`${show(input)} is no host`);
});

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
    if (entries.length !== 1 || kind !== "regex") return new Refusal(`${show(input)} is no test of a body`);
    return typeof source === "string" && source !== ""
      ? regularExpression(source)
      : new Refusal(`regex is ${show(source)}`, "a string that is not empty");
  },
);

const serverName = text('a name such as "shop.test", or "" for the target\'s own', (input) => {
  const name = input.toLowerCase();
  return name === "" || isHostName(name) ? name : new Refusal(`${show(input)} is no name`);
});

const tls = z.union([
  z.boolean(),
  z.strictObject({
    serverName: serverName.default(DEFAULT_CHECK_TLS.serverName),
    verify: z.boolean().default(DEFAULT_CHECK_TLS.verify),
  }),
]);

/** As protocol buffers name them: dotted identifiers. */
const service = text('a service such as "shop.Orders", or "" for the server as a whole', (input) =>
  /^[\w./-]{0,200}$/.test(input) ? input : new Refusal(`${show(input)} is no service`),
);

const interval = duration(100, DAY);

const checkObject = z.strictObject({
  kind: choice(...KINDS),
  port: whole(1, 65_535).optional(),
  interval: interval.default(DEFAULT_CHECK.interval),
  downInterval: interval.optional(),
  timeout: duration(10, HOUR).default(DEFAULT_CHECK.timeout),
  jitter: share.default(DEFAULT_CHECK.jitter),
  rise: whole(1, 100).default(DEFAULT_CHECK.rise),
  fall: whole(1, 100).default(DEFAULT_CHECK.fall),
  tls: tls.optional(),
  path: requestTarget.optional(),
  method: method.optional(),
  host: host.optional(),
  status: statuses(1).optional(),
  body: body.optional(),
  version: choice(1, 2).optional(),
  service: service.optional(),
});

type CheckParts = z.output<typeof checkObject>;

/** With which kinds these options go; the others go with every kind. */
const OPTIONS: ReadonlyArray<readonly [keyof CheckParts, readonly Kind[]]> = [
  ["tls", ["tls", "http", "grpc"]],
  ["path", ["http"]],
  ["method", ["http"]],
  ["host", ["http"]],
  ["status", ["http"]],
  ["body", ["http"]],
  ["version", ["http"]],
  ["service", ["grpc"]],
];

const check = z
  .union([choice(...KINDS).transform((kind) => checkObject.parse({ kind })), z.literal(false), checkObject])
  .transform((input, context): CheckPlan | null => {
    if (input === false) return null;
    const problem = (path: string, message: string, expected: string, at: "key" | "value" = "key"): void => {
      context.addIssue({ code: "custom", path: [path], message, params: { expected, at } });
    };
    for (const [option, kinds] of OPTIONS) {
      if (input[option] !== undefined && !kinds.includes(input.kind))
        problem(option, `does not go with ${input.kind}`, `it with ${kinds.join(" or ")}`);
    }
    if (input.kind === "tls" && input.tls === false)
      problem("tls", "a tls check goes over TLS", "another kind, or nothing here", "value");
    if (input.method === "HEAD" && input.body !== undefined)
      problem("body", "a response to HEAD has no body", "another method");
    return checkPlan(input);
  });

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

const passive = z
  .union([
    z.literal(false),
    z.strictObject({
      maxFails: whole(0, 1000).default(DEFAULT_PASSIVE.maxFails),
      window: duration(1, HOUR).default(DEFAULT_PASSIVE.window),
      statuses: statuses(0).default(DEFAULT_PASSIVE.statuses),
      rest: duration(1, DAY).default(DEFAULT_PASSIVE.rest),
      maxRest: duration(1, DAY).optional(),
      maxEjected: share.default(DEFAULT_PASSIVE.maxEjected),
    }),
  ])
  .transform((input, context): PassivePlan => {
    if (input === false) return { ...DEFAULT_PASSIVE, maxFails: 0 };
    const { rest, maxRest = Math.max(rest, DEFAULT_PASSIVE.maxRest) } = input;
    if (maxRest < rest) {
      const params = { expected: "at least rest" };
      context.addIssue({ code: "custom", path: ["maxRest"], message: "is shorter than rest", params });
    }
    return { ...input, maxRest };
  });

export const health = z
  .strictObject({
    check: check.default(null),
    passive: passive.prefault({}),
    panic: share.default(DEFAULT_PANIC),
  })
  .transform((input): HealthPlan => input);

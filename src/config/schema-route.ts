/** `routes`: what is matched, which policies run, and the one action. */
import { z } from "zod";
import { errorPages } from "../action/error-pages/config.ts";
import { handler } from "../action/handler/config.ts";
import { redirect } from "../action/redirect/config.ts";
import { respond } from "../action/respond/config.ts";
import { rewrite } from "../action/rewrite/config.ts";
import { staticFiles } from "../action/static/config.ts";
import type { PolicyDefinition } from "../contract/policy.ts";
import { errorMessage } from "../error-message.ts";
import { routeLimits, routeTimeouts } from "../listener/config.ts";
import { match, routeName } from "../route/config.ts";
import { ALWAYS, isFields, oneOf, reporter } from "../schema/check.ts";
import { factsOf, option, reference } from "../schema/facts.ts";
import { proxyTimeouts } from "../upstream/config.ts";
import { Refusal, defined, show, text } from "../schema/value.ts";

const poolName = reference("pool", text("the name of a pool", readPoolName, { values: "name of a pool" }));

function readPoolName(input: string): string | Refusal {
  if (input === "") return new Refusal("is empty");
  const address = /^(?:\w+:\/\/)?([^/]+:\d+)\/?$/.exec(input)?.[1] ?? /^\w+:\/\/([^/]+)\/?$/.exec(input)?.[1];
  if (address === undefined) return input;
  const remedy = `give the address to a pool, and its name here: pools: { app: { targets: [${show(address)}] } }`;
  return new Refusal(`${show(input)} is an address, not the name of a pool`, undefined, undefined, remedy);
}

const proxyObject = z.strictObject({
  pool: option(poolName, "The long form."),
  rewrite,
  timeouts: proxyTimeouts,
});

const proxy = option(
  z
    .union([poolName, proxyObject])
    .transform((input) =>
      typeof input === "string"
        ? { pool: input, rewrite: null, timeouts: {} }
        : { pool: input.pool, rewrite: input.rewrite ?? null, timeouts: defined(input.timeouts) },
    )
    .optional(),
  "Sends the request to the pool.",
  { values: "name of a pool, or an object" },
);

const doh = option(
  z.literal(true).optional(),
  "DNS over HTTPS (RFC 8484), GET and POST, answered from [`dns.zones`](#dns). The usual path is `/dns-query`.",
);

/** In the order in which a config is told what there is. */
const ACTIONS = { proxy, respond, redirect, handler, static: staticFiles, doh };
const ACTION_NAMES = Object.keys(ACTIONS) as Array<keyof typeof ACTIONS>;

export interface NormalPolicy {
  /** In the registry. */
  readonly name: string;
  /** As the policy's own schema gave them. */
  readonly options: unknown;
}

/** `{ headers: { … } }`: one object per policy, so that their order is that of a list. */
function policySchema(policies: Readonly<Record<string, PolicyDefinition>>) {
  const shape: Record<string, z.ZodType> = {};
  for (const definition of Object.values(policies)) {
    const options = optionsSchema(definition);
    shape[definition.name] = option(options.optional(), factsOf(options).words ?? "");
  }
  const names = Object.keys(shape);
  return z
    .strictObject(shape)
    .superRefine((input: unknown, context) => {
      const given = isFields(input) ? Object.keys(input) : [];
      if (!isFields(input) || given.length === 1) return;
      // A misspelt name is said already.
      if (given.length === 0 && context.issues.length > 0) return;
      const message = given.length === 0 ? "names no policy" : `names ${given.length} policies: ${given.join(", ")}`;
      const expected = `an object with one key: the name of a policy (${names.join(", ")})`;
      reporter(context)([], message, { expected });
    }, ALWAYS)
    .transform((input): NormalPolicy => {
      const [[name, options] = ["", undefined]] = Object.entries(input);
      return { name, options };
    });
}

/** The contract types a policy's schema loosely; what is not a zod schema is run for what it throws. */
function optionsSchema({ schema }: PolicyDefinition): z.ZodType {
  if (schema instanceof z.ZodType) return schema;
  return z.unknown().transform((input, context) => {
    try {
      return schema.parse(input);
    } catch (error) {
      context.addIssue({ code: "custom", message: errorMessage(error) });
      return z.NEVER;
    }
  });
}

export function routeSchema(policies: Readonly<Record<string, PolicyDefinition>>) {
  const object = z.strictObject({
    name: routeName,
    match,
    policies: option(
      z.array(policySchema(policies)).default([]),
      "[Policies](policies.md), each `{ name: options }`: in order on the way in, in reverse order on the way out.",
      { values: "list" },
    ),
    errorPages,
    limits: routeLimits,
    timeouts: routeTimeouts,
    ...ACTIONS,
  });
  return oneOf(object, ACTION_NAMES, { none: "has no action", many: "actions" });
}

/** A route as its schema gives it: with exactly one action, and perhaps without a name. */
export type CheckedRoute = z.output<ReturnType<typeof routeSchema>>;

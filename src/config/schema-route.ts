/** `routes`: what is matched, which policies run, and the one action. */
import { z } from "zod";
import type { PolicyDefinition } from "../contract/policy.ts";
import { handler, redirect, respond, rewrite, staticFiles } from "./schema-action.ts";
import { match } from "./schema-match.ts";
import { Refusal, show, text } from "./schema-value.ts";
import { nearestWord } from "./nearest.ts";
import type { NormalAction, NormalPolicy } from "./normal-config.ts";
import { errorMessage } from "../error-message.ts";

/** A route before it has a name of its own. */
export interface UnnamedRoute {
  readonly name: string | null;
  readonly match: z.output<typeof match>;
  readonly policies: readonly NormalPolicy[];
  readonly action: NormalAction;
}

const ACTIONS = ["proxy", "respond", "redirect", "handler", "static", "doh"] as const;

/** Route names stand in log lines and in the header of explanations. */
const routeName = text("a name of 1 to 100 visible characters, spaces between them", (input) =>
  /^[\x21-\x7e](?:[\x20-\x7e]{0,98}[\x21-\x7e])?$/.test(input) ? input : new Refusal(`${show(input)} is no route name`),
);

const poolReference = text("the name of a pool", (input) => (input === "" ? new Refusal("is empty") : input));

const proxy = z
  .union([poolReference, z.strictObject({ pool: poolReference, rewrite: rewrite.optional() })])
  .transform((input) =>
    typeof input === "string" ? { pool: input, rewrite: null } : { pool: input.pool, rewrite: input.rewrite ?? null },
  );

/** `{ headers: { … } }`: one object per policy, so that their order is that of a list. */
function policySchema(policies: Readonly<Record<string, PolicyDefinition>>) {
  const shape: Record<string, z.ZodType> = {};
  for (const definition of Object.values(policies)) shape[definition.name] = optionsSchema(definition).optional();
  const expected = `an object with one key: the name of a policy (${Object.keys(shape).join(", ")})`;
  return z.strictObject(shape).transform((input, context): NormalPolicy => {
    const entries = Object.entries(input);
    const [first] = entries;
    // zod runs a transform in spite of unknown keys; they are said already.
    if (context.issues.length > 0) return z.NEVER;
    if (first !== undefined && entries.length === 1) return { name: first[0], options: first[1] };
    const names = entries.map(([name]) => name).join(", ");
    const message = first === undefined ? "names no policy" : `names ${entries.length} policies: ${names}`;
    context.addIssue({ code: "custom", message, params: { expected } });
    return z.NEVER;
  });
}

/** The contract types a policy's schema loosely; what is not a zod schema is run for what it throws. */
function optionsSchema(definition: PolicyDefinition): z.ZodType {
  const { schema } = definition;
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
  return (
    z
      .strictObject({
        name: routeName.optional(),
        match: match.prefault({}),
        policies: z.array(policySchema(policies)).default([]),
        proxy: proxy.optional(),
        respond: respond.optional(),
        redirect: redirect.optional(),
        handler: handler.optional(),
        static: staticFiles.optional(),
        doh: z.literal(true).optional(),
      })
      // Runs also when a part is wrong, so that everything about a route is said at once.
      .superRefine((input: unknown, context) => checkActions(input, context), { when: () => true })
      .transform((input, context): UnnamedRoute => {
        if (context.issues.length > 0) return z.NEVER;
        const { name = null, match: matched, policies: steps } = input;
        return { name, match: matched, policies: steps, action: actionOf(input) };
      })
  );
}

interface ActionParts {
  proxy?: { pool: string; rewrite: z.output<typeof rewrite> | null } | undefined;
  respond?: z.output<typeof respond> | undefined;
  redirect?: z.output<typeof redirect> | undefined;
  handler?: z.output<typeof handler> | undefined;
  static?: z.output<typeof staticFiles> | undefined;
  doh?: true | undefined;
}

function actionOf(parts: ActionParts): NormalAction {
  if (parts.proxy !== undefined) return { kind: "proxy", ...parts.proxy };
  if (parts.respond !== undefined) return { kind: "respond", options: parts.respond };
  if (parts.redirect !== undefined) return { kind: "redirect", options: parts.redirect };
  if (parts.handler !== undefined) return { kind: "handler", handler: parts.handler };
  if (parts.static !== undefined) return { kind: "static", options: parts.static };
  if (parts.doh !== undefined) return { kind: "doh" };
  throw new Error("unreachable: checkActions saw exactly one action");
}

function checkActions(input: unknown, context: z.core.$RefinementCtx): void {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return;
  const failed = context.issues.flatMap((issue) => (issue.path ?? []).slice(0, 1));
  const present = ACTIONS.filter(
    (name) => failed.includes(name) || Object.entries(input).some(([key, part]) => key === name && part !== undefined),
  );
  if (present.length === 1) return;
  const expected = `exactly one of ${ACTIONS.join(", ")}`;
  if (present.length > 1) {
    const message = `has ${present.length} actions: ${present.join(", ")}`;
    context.addIssue({ code: "custom", path: [present[1]!], message, params: { expected } });
    return;
  }
  // A misspelt action is reported as an unknown key with the right word beside it: that is enough.
  const unknown = context.issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys : []));
  if (unknown.some((key) => nearestWord(key, ACTIONS) !== undefined)) return;
  context.addIssue({ code: "custom", message: "has no action", params: { expected } });
}

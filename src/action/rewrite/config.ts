/** `rewrite` of a route to a pool. */
import { z } from "zod";
import { check } from "../../schema/check.ts";
import { option } from "../../schema/facts.ts";
import { Refusal, attempt, defined } from "../../schema/value.ts";
import { absolutePath } from "../config-values.ts";
import { createRewrite } from "./rewrite.ts";
import type { RewriteOptions } from "./rewrite.ts";

const rewriteObject = z.strictObject({
  stripPrefix: option(absolutePath.optional(), "Removed from the front, by whole segments."),
  addPrefix: option(absolutePath.optional(), "Put in front, after stripping."),
  path: option(
    absolutePath.optional(),
    "Instead: the whole new path. `:name` is a parameter of the route, `*` at the end what its `*` matched.",
  ),
});

export const rewrite = option(
  check(rewriteObject, ["stripPrefix", "addPrefix", "path"], (parts, report) => {
    const prefixes = parts.stripPrefix !== undefined || parts.addPrefix !== undefined;
    if (prefixes !== (parts.path !== undefined)) return;
    const expected = "either path, or stripPrefix, addPrefix or both";
    report([], prefixes ? "has both path and a prefix" : "says nothing", { expected });
  })
    .transform((input) => defined(input))
    .optional(),
  "[Another path](../../src/action/rewrite/README.md) for the upstream: prefixes, or `path`. The query stays.",
  { initial: "the path goes on as it came" },
);

/** What `:name` and `*` may stand for depends on the paths of the route. Null: it can be used. */
export function rewriteProblem(options: RewriteOptions, paths: readonly string[]): string | null {
  const compiled = attempt(() => createRewrite(options, paths));
  return compiled instanceof Refusal ? compiled.message : null;
}

/** The schema of a whole config, put together from the sections of the rooms. */
import { z } from "zod";
import { errorPages } from "../action/error-pages/config.ts";
import { admin } from "../control/config.ts";
import type { PolicyDefinition } from "../contract/policy.ts";
import { dns } from "../dns/config/schema-dns.ts";
import { path } from "../http/config.ts";
import { limits, listeners, timeouts, trustedProxies } from "../listener/config.ts";
import { option } from "../schema/facts.ts";
import { accessLog, trace } from "../trace/config.ts";
import { forwarding } from "../upstream/config.ts";
import { pools } from "./schema-pools.ts";
import { routeSchema } from "./schema-route.ts";

/** Input: what a person wrote. Output: the same with every shorthand and default filled in. */
export function createConfigSchema(policies: Readonly<Record<string, PolicyDefinition>>) {
  return z.strictObject({
    // An editor finds the JSON Schema by it; it says nothing to the edge.
    $schema: option(z.string().optional(), "For editors only."),
    listeners,
    pools,
    routes: option(z.array(routeSchema(policies)).optional(), "What is served. A name server alone needs none.", {
      values: "list",
      initial: "required, but beside `dns`",
    }),
    errorPages,
    trustedProxies,
    forwarding,
    limits,
    path,
    timeouts,
    accessLog,
    admin,
    trace,
    dns,
  });
}

export type ConfigSchema = ReturnType<typeof createConfigSchema>;
export type CheckedConfig = z.output<ConfigSchema>;

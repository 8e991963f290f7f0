/** The schema of a whole config. Input: what a person wrote. Output: the same with every shorthand and default filled in. */
import { z } from "zod";
import type { PolicyDefinition } from "../contract/policy.ts";
import { DEFAULT_ACCESS_LOG, DEFAULT_LISTENER } from "./defaults.ts";
import { network } from "./schema-address.ts";
import { poolRecord } from "./schema-pools.ts";
import { dns } from "./schema-dns.ts";
import { routeSchema } from "./schema-route.ts";
import { accessLog, admin, forwarding, limits, listeners, timeouts, trace } from "./schema-settings.ts";

export function createConfigSchema(policies: Readonly<Record<string, PolicyDefinition>>) {
  return z.strictObject({
    // An editor finds the JSON Schema by it; it says nothing to the edge.
    $schema: z.string().optional(),
    listeners: listeners.default([DEFAULT_LISTENER]),
    pools: poolRecord.default({}),
    routes: z.array(routeSchema(policies)),
    trustedProxies: z.array(network).default([]),
    forwarding: forwarding.prefault({}),
    limits: limits.prefault({}),
    timeouts: timeouts.prefault({}),
    accessLog: accessLog.default(DEFAULT_ACCESS_LOG),
    admin: admin.prefault({}),
    trace: trace.prefault({}),
    dns: dns.optional(),
  });
}

export type ConfigSchema = ReturnType<typeof createConfigSchema>;
export type CheckedConfig = z.output<ConfigSchema>;

/** `pools`: all of them, by name. */
import { z } from "zod";
import { poolSchema } from "./schema-pool.ts";

/** Names of pools appear in logs, metrics and URLs of the admin API. */
const poolName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/);

export const poolRecord = z.record(poolName, poolSchema).superRefine((pools, context) => {
  // A browser keeps one cookie for each name, domain and path (RFC 6265 §5.3): with a second pool's cookie in its place
  // a client would lose its target whenever it turns to the other pool.
  const owners = new Map<string, string>();
  for (const [name, { sticky }] of Object.entries(pools)) {
    if (sticky === null) continue;
    const { cookie, domain, path } = sticky;
    const identity = [cookie, domain, path].join("\n");
    const owner = owners.get(identity);
    if (owner === undefined) {
      owners.set(identity, name);
      continue;
    }
    const message = `${cookie} is the cookie of pool ${owner} already, and each would replace the other`;
    const params = { expected: "another cookie or path" };
    context.addIssue({ code: "custom", path: [name, "sticky", "cookie"], message, params });
  }
});

import type { Plan } from "../contract/plan.ts";
import { DEFAULT_LIMITS } from "../listener/config.ts";
import { type DescriptorLimits, ownDescriptorLimits } from "../transport/descriptors.ts";

/** What an edge has open besides connections: the loop, listeners, logs, the config's folder. */
const BESIDES = 24;

/**
 * What the config allows and open files do not, in words with figures; null when all fits. `limits.connections` counts when it
 * was set, since by default it is as much as there is.
 */
export function descriptorShortage({ limits, pools }: Plan, { limit, clientsBelow }: DescriptorLimits): string | null {
  const clients = limits.connections === DEFAULT_LIMITS.connections ? 0 : limits.connections;
  let upstreams = 0;
  for (const { live, connections } of pools.values()) upstreams += connections.max * live.targets.length;
  const wanted = clients + upstreams + BESIDES;
  if (wanted <= limit) return null;
  const parts = [
    ...(clients === 0 ? [] : [`limits.connections = ${clients}`]),
    ...(upstreams === 0 ? [] : [`connections.max of all targets together = ${upstreams}`]),
  ];
  return (
    `open files: ${parts.join(" and ")} need ${wanted}, and ${limit} are allowed: from ${clientsBelow} on new clients wait. ` +
    "Raise the limit (ulimit -Hn, LimitNOFILE= of systemd), or lower what the config allows"
  );
}

/** Says so where this process may not have what the config allows. */
export function reportShortage(plan: Plan, report: (line: string) => void): void {
  const shortage = descriptorShortage(plan, ownDescriptorLimits());
  if (shortage !== null) report(shortage);
}

/** A checked config with what only the whole can say: absolute file names, names of routes. */
import { resolve } from "node:path";
import { completeDns } from "../dns/config/complete-dns.ts";
import { DEFAULT_LISTENER } from "../listener/config.ts";
import type { RouteMatch } from "../contract/route-match.ts";
import { nameMatch } from "../route/describe-match.ts";
import type { NormalAction, NormalConfig, NormalPool } from "./normal-config.ts";
import type { CheckedConfig } from "./schema.ts";
import type { CheckedRoute } from "./schema-route.ts";

/** `base`: the folder that relative file names are below; `secrets`: as `checkDnsFiles` has read them. */
export function completeConfig(
  checked: CheckedConfig,
  base: string,
  secrets: ReadonlyMap<string, string>,
): NormalConfig {
  const { pools, routes = [], accessLog, dns } = checked;
  const isNameServerAlone = checked.routes === undefined && dns !== undefined;
  const names = routeNames(routes);
  return {
    listeners: checked.listeners ?? (isNameServerAlone ? [] : [DEFAULT_LISTENER]),
    pools: new Map(Object.entries(pools).map(([name, pool]) => [name, resolveFiles(pool, base)])),
    routes: routes.map((route, index) => ({
      name: names[index]!,
      match: route.match,
      policies: route.policies,
      action: actionOf(route, base),
    })),
    trustedProxies: checked.trustedProxies,
    forwarding: checked.forwarding,
    limits: checked.limits,
    path: checked.path,
    timeouts: checked.timeouts,
    accessLog:
      accessLog === null || accessLog.path === "-" ? accessLog : { ...accessLog, path: resolve(base, accessLog.path) },
    admin: checked.admin,
    trace: checked.trace,
    dns: dns === undefined ? null : completeDns(dns, base, secrets),
  };
}

interface PartlyNamed {
  readonly name?: string | undefined;
  readonly match?: RouteMatch | undefined;
}

/**
 * A route without a name is called after what it matches; "#2" behind it keeps such names apart. "" for one of which
 * neither is known.
 */
export function routeNames(routes: ReadonlyArray<PartlyNamed | undefined>): string[] {
  const taken = new Set(routes.flatMap((route) => (route?.name === undefined ? [] : [route.name])));
  return routes.map((route) => {
    if (route?.name !== undefined) return route.name;
    if (route?.match === undefined) return "";
    const made = nameMatch(route.match);
    let name = made;
    for (let count = 2; taken.has(name); count++) name = `${made} #${count}`;
    taken.add(name);
    return name;
  });
}

function actionOf(route: CheckedRoute, base: string): NormalAction {
  if (route.proxy !== undefined) return { kind: "proxy", ...route.proxy };
  if (route.respond !== undefined) return { kind: "respond", options: route.respond };
  if (route.redirect !== undefined) return { kind: "redirect", options: route.redirect };
  if (route.handler !== undefined) return { kind: "handler", handler: route.handler };
  if (route.doh !== undefined) return { kind: "doh" };
  // The schema has seen exactly one action.
  const options = route.static!;
  return { kind: "static", options: { ...options, root: resolve(base, options.root) } };
}

/** Files of targets may come later: until then their source says that they are missing. */
function resolveFiles(pool: NormalPool, base: string): NormalPool {
  const sources = pool.sources.map((source) =>
    source.kind === "file" ? { ...source, path: resolve(base, source.path) } : source,
  );
  return { ...pool, sources };
}

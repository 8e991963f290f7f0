/** A checked config with what only the whole can say: absolute file names, names of routes. */
import { resolve } from "node:path";
import type { ErrorPagesOptions } from "../action/error-pages/error-pages.ts";
import { completeDns } from "../dns/config/complete-dns.ts";
import { DEFAULT_LISTENER } from "../listener/config.ts";
import type { RouteMatch } from "../contract/route-match.ts";
import { nameMatch } from "../route/describe-match.ts";
import { defined } from "../schema/value.ts";
import type { NormalAction, NormalConfig, NormalPool, NormalRoute } from "./normal-config.ts";
import type { CheckedConfig } from "./schema.ts";
import type { CheckedRoute } from "./schema-route.ts";
import type { Slices } from "../time/slices.ts";

/** `base`: the folder that relative file names are below; `secrets`: as `checkDnsFiles` has read them. */
export function* completeConfig(
  checked: CheckedConfig,
  base: string,
  secrets: ReadonlyMap<string, string>,
): Slices<NormalConfig> {
  const { pools, routes = [], accessLog, dns } = checked;
  const isNameServerAlone = checked.routes === undefined && dns !== undefined;
  const names = yield* routeNames(routes);
  return {
    listeners: checked.listeners ?? (isNameServerAlone ? [] : [DEFAULT_LISTENER]),
    pools: new Map(Object.entries(pools).map(([name, pool]) => [name, resolveFiles(pool, base)])),
    routes: yield* completeRoutes(routes, names, base),
    errorPages: resolvePages(checked.errorPages, base),
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

function* completeRoutes(
  routes: readonly CheckedRoute[],
  names: readonly string[],
  base: string,
): Slices<NormalRoute[]> {
  const complete: NormalRoute[] = [];
  for (const [index, route] of routes.entries()) {
    complete.push({
      name: names[index]!,
      match: route.match,
      policies: route.policies,
      errorPages: resolvePages(route.errorPages, base),
      limits: defined(route.limits),
      timeouts: defined(route.timeouts),
      action: actionOf(route, base),
    });
    yield;
  }
  return complete;
}

interface PartlyNamed {
  readonly name?: string | undefined;
  readonly match?: RouteMatch | undefined;
}

/**
 * A route without a name is called after what it matches; "#2" behind it keeps such names apart. "" for one of which
 * neither is known.
 */
export function* routeNames(routes: ReadonlyArray<PartlyNamed | undefined>): Slices<string[]> {
  const taken = new Set(routes.flatMap((route) => (route?.name === undefined ? [] : [route.name])));
  /** So many routes that match the same have been named: where the search for the next one begins. */
  const counts = new Map<string, number>();
  const names: string[] = [];
  for (const route of routes) {
    names.push(route?.name ?? (route?.match === undefined ? "" : nameApart(nameMatch(route.match), taken, counts)));
    yield;
  }
  return names;
}

function nameApart(made: string, taken: Set<string>, counts: Map<string, number>): string {
  let count = (counts.get(made) ?? 0) + 1;
  let name = count === 1 ? made : `${made} #${count}`;
  while (taken.has(name)) name = `${made} #${++count}`;
  counts.set(made, count);
  taken.add(name);
  return name;
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

function resolvePages(pages: ErrorPagesOptions, base: string): ErrorPagesOptions {
  const entries = Object.entries(pages).map(([statuses, page]) => {
    return [statuses, { ...page, files: page.files.map((file) => resolve(base, file)) }] as const;
  });
  return Object.fromEntries(entries);
}

/** Files of targets may come later: until then their source says that they are missing. */
function resolveFiles(pool: NormalPool, base: string): NormalPool {
  const sources = pool.sources.map((source) =>
    source.kind === "file" ? { ...source, path: resolve(base, source.path) } : source,
  );
  return { ...pool, sources };
}

/** A compiled plan as a tree that fits a terminal of 80 columns. */
import { RequestHead } from "../contract/head.ts";
import type { ListenerPlan, Plan, RoutePlan } from "../contract/plan.ts";
import type { NormalAction } from "../config/normal-config.ts";
import type { DnsCheck } from "../dns/config/check-dns.ts";
import type { LoadedConfig } from "../config/load.ts";
import { formatHostPort } from "../bytes/address.ts";
import { formatDuration, formatSize } from "../schema/units.ts";
import { count } from "../explain/words.ts";
import { dnsTree } from "./check-dns-tree.ts";
import { poolTree } from "./check-pool.ts";
import { textRow, wrapRow } from "./text-row.ts";

/** The lines of the tree, each at most 80 characters where its words allow it. */
export function planTree(plan: Plan, loaded: LoadedConfig, dns: DnsCheck | null = null): string[] {
  const actions = new Map(loaded.config.routes.map(({ name, action }) => [name, action]));
  return [
    `${plan.source}: ${count(plan.listeners.length, "listener")}, ${count(plan.pools.size, "pool")}, ${count(plan.routes.length, "route")}`,
    "",
    "listeners",
    ...orNone(plan.listeners.map((listener) => `  ${listenerWords(listener)}`)),
    "",
    "pools",
    ...orNone([...plan.pools.values()].flatMap(poolTree)),
    "",
    "routes, in order of precedence",
    ...orNone(inPrecedence(plan).flatMap((route, index) => routeLines(route, index, actions.get(route.name)))),
    "",
    "the edge",
    ...settingLines(plan, loaded),
    ...(loaded.config.dns === null ? [] : ["", "dns", ...dnsTree(loaded.config.dns, dns)]),
  ];
}

/** With its name where that is not its address: `127.0.0.1:8081, named internal`. */
function listenerWords({ name, ...listener }: ListenerPlan): string {
  const address = formatHostPort(listener);
  return name === address ? address : `${address}, named ${name}`;
}

function orNone(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? ["  none"] : lines;
}

/** The matcher tells its order for any request; here it is only the order that counts. */
export function inPrecedence(plan: Plan): RoutePlan[] {
  const byName = new Map(plan.routes.map((route) => [route.name, route]));
  return plan.matcher.consider(new RequestHead(), "", "").flatMap(({ route }) => byName.get(route) ?? []);
}

function routeLines(route: RoutePlan, index: number, action: NormalAction | undefined): string[] {
  const title = `  ${index + 1}. ${route.name}`;
  return [
    ...textRow(title, route.origin),
    ...wrapRow(5, "matches", route.description),
    ...route.policies.flatMap((policy) => wrapRow(5, "policy", `${policy.name}: ${policy.describe()}`)),
    ...wrapRow(5, "action", actionWords(route, action)),
  ];
}

export function actionWords(route: RoutePlan, action: NormalAction | undefined): string {
  switch (action?.kind) {
    case "proxy": {
      const rewrite = route.action.kind === "proxy" ? route.action.rewrite : null;
      return `proxy to ${action.pool}${rewrite === null ? "" : `, ${rewrite.describe()}`}`;
    }
    case "respond": {
      const { status, body, contentType } = action.options;
      return `respond ${status}${body === "" ? "" : `, ${count(Buffer.byteLength(body), "byte")} of ${contentType}`}`;
    }
    case "redirect":
      return `redirect ${action.options.status} to ${action.options.to}${action.options.keepQuery ? ", with the query" : ""}`;
    case "handler":
      // A function that is written in place is called after its key.
      return action.handler.name === "" || action.handler.name === "handler"
        ? "a function"
        : `function ${action.handler.name}`;
    case "static":
      return `files below ${action.options.root}, symlinks ${action.options.symlinks}`;
    case "doh":
      return "DNS over HTTPS, from the zones below dns";
    case undefined:
      return route.action.kind;
  }
}

function settingLines(plan: Plan, loaded: LoadedConfig): string[] {
  const { limits, timeouts, forwarding, accessLog, admin, trace } = plan;
  const trusted = loaded.config.trustedProxies;
  const fields = [
    forwarding.xForwarded ? "X-Forwarded-*" : "",
    forwarding.xRealIp ? "X-Real-IP" : "",
    forwarding.forwarded ? "Forwarded" : "",
    forwarding.via === "" ? "" : `Via (${forwarding.via})`,
    forwarding.traceparent ? "traceparent" : "",
  ].filter((field) => field !== "");
  const token = loaded.config.admin?.token === null ? "a random token" : "the configured token";
  return [
    ...wrapRow(
      2,
      "limits",
      `request line ${formatSize(limits.requestLine)}, field ${formatSize(limits.field)}, ${count(limits.fields, "field")}, ` +
        `head ${formatSize(limits.head)}, body ${formatSize(limits.body)}, trailers ${formatSize(limits.trailers)}, ` +
        count(limits.connections, "connection"),
    ),
    ...wrapRow(
      2,
      "timeouts",
      Object.entries(timeouts)
        .map(([name, value]) => `${name} ${formatDuration(Number(value))}`)
        .join(", "),
    ),
    ...wrapRow(2, "trusted", trusted.length === 0 ? "no proxy" : trusted.join(", ")),
    ...wrapRow(2, "forwarding", fields.length === 0 ? "no field" : fields.join(", ")),
    ...wrapRow(
      2,
      "access log",
      accessLog === null
        ? "none"
        : `${accessLog.format} to ${accessLog.path === "-" ? "standard output" : accessLog.path}`,
    ),
    ...wrapRow(
      2,
      "admin",
      admin === null ? "none" : `${formatHostPort(admin)}${admin.port === 0 ? " (a free port)" : ""}, ${token}`,
    ),
    ...wrapRow(
      2,
      "trace",
      trace.enabled
        ? `the last ${trace.ring} requests, and ${trace.notable} that failed or took ${formatDuration(trace.slow)} or more`
        : "off",
    ),
  ];
}

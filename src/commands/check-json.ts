/** A compiled plan, or what is wrong with a config, as data for other programs. */
import { formatPath } from "../schema/problem.ts";
import type { ConfigProblem } from "../schema/problem.ts";
import type { LoadedConfig } from "../config/load.ts";
import { formatHostPort } from "../bytes/address.ts";
import type { CheckPlan } from "../contract/health-plan.ts";
import type { Plan, PoolPlan, TargetSourcePlan } from "../contract/plan.ts";
import type { Endpoint } from "../contract/target.ts";
import type { DnsCheck } from "../dns/config/check-dns.ts";
import { dnsJson } from "./check-dns-json.ts";
import { actionWords, inPrecedence } from "./check-tree.ts";

/** Times in milliseconds, sizes in bytes (-1: no limit). The admin token is left out. */
export function planJson(plan: Plan, loaded: LoadedConfig, dns: DnsCheck | null = null): object {
  const actions = new Map(loaded.config.routes.map(({ name, action }) => [name, action]));
  return {
    ok: true,
    source: plan.source,
    listeners: plan.listeners.map(formatHostPort),
    pools: [...plan.pools.values()].map(poolJson),
    routes: inPrecedence(plan).map((route) => ({
      name: route.name,
      matches: route.description,
      origin: route.origin,
      policies: route.policies.map((policy) => ({ name: policy.name, does: policy.describe() })),
      action: { kind: route.action.kind, does: actionWords(route, actions.get(route.name)) },
    })),
    trustedProxies: loaded.config.trustedProxies,
    limits: { ...plan.limits, body: plan.limits.body === Infinity ? -1 : plan.limits.body },
    path: plan.heads.path,
    timeouts: plan.timeouts,
    forwarding: plan.forwarding,
    accessLog: plan.accessLog,
    admin: plan.admin === null ? null : { address: formatHostPort(plan.admin) },
    trace: plan.trace,
    dns: loaded.config.dns === null ? null : dnsJson(loaded.config.dns, dns),
  };
}

function poolJson(pool: PoolPlan): object {
  const { name, balance, sources, health, stickiness, timeouts, connections, queue, retry, drain } = pool;
  const { algorithm, key, boundedLoad, virtualNodes, tableSize, slowStart } = balance;
  return {
    name,
    balance: algorithm,
    key: key?.describe() ?? null,
    boundedLoad,
    virtualNodes,
    tableSize,
    slowStart,
    sources: sources.map(sourceJson),
    sticky: stickiness?.describe() ?? null,
    health: { ...health, check: health.check === null ? null : checkJson(health.check) },
    drain,
    timeouts,
    connections,
    queue,
    retry,
  };
}

function sourceJson(source: TargetSourcePlan): object {
  const { kind, text } = source;
  switch (source.kind) {
    case "config":
      return {
        kind,
        text,
        targets: source.endpoints.map((one) => ({ address: formatHostPort(one), ...asWritten(one) })),
      };
    case "dns":
      return {
        kind,
        text,
        name: source.name,
        port: source.endpoint.port,
        ...asWritten(source.endpoint),
        refresh: source.refresh,
      };
    case "srv":
      return { kind, text, name: source.name, refresh: source.refresh };
    case "file":
      return { kind, text, path: source.path };
    case "admin":
      return { kind, text };
  }
}

/** By the config's names. */
function asWritten({ weight, tier, backup, mode }: Omit<Endpoint, "host" | "port">): object {
  return { weight, priority: tier, backup, mode };
}

function checkJson(check: CheckPlan): object {
  const { http } = check;
  if (http === null) return check;
  // An expression has no form of its own in JSON.
  return { ...check, http: { ...http, body: http.body instanceof RegExp ? String(http.body) : http.body } };
}

export function problemsJson(problems: readonly ConfigProblem[]): object {
  return {
    ok: false,
    problems: problems.map(({ file, line, column, path, expected, nearest, remedy, message }) => ({
      file,
      line,
      column,
      path: formatPath(path),
      message,
      expected,
      nearest: nearest ?? null,
      remedy: remedy ?? null,
    })),
  };
}

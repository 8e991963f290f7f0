/** A compiled plan, or what is wrong with a config, as data for other programs. */
import { formatPath } from "../config/problem.ts";
import type { ConfigProblem } from "../config/problem.ts";
import type { LoadedConfig } from "../config/load.ts";
import { formatHostPort } from "../config/address.ts";
import type { Plan } from "../contract/plan.ts";
import { actionWords, inPrecedence } from "./check-tree.ts";

/** Times in milliseconds, sizes in bytes (-1: no limit). The admin token is left out. */
export function planJson(plan: Plan, loaded: LoadedConfig): object {
  const actions = new Map(loaded.config.routes.map(({ name, action }) => [name, action]));
  return {
    ok: true,
    source: plan.source,
    listeners: plan.listeners.map(formatHostPort),
    pools: [...plan.pools.values()].map(({ name, targets, balancer, timeouts, connections, queue, retry }) => ({
      name,
      balance: balancer.name,
      targets: targets.map(({ address, weight }) => ({ address, weight })),
      timeouts,
      connections,
      queue,
      retry,
    })),
    routes: inPrecedence(plan).map((route) => ({
      name: route.name,
      matches: route.description,
      origin: route.origin,
      policies: route.policies.map((policy) => ({ name: policy.name, does: policy.describe() })),
      action: { kind: route.action.kind, does: actionWords(route, actions.get(route.name)) },
    })),
    trustedProxies: loaded.config.trustedProxies,
    limits: { ...plan.limits, body: plan.limits.body === Infinity ? -1 : plan.limits.body },
    timeouts: plan.timeouts,
    forwarding: plan.forwarding,
    accessLog: plan.accessLog,
    admin: plan.admin === null ? null : { address: formatHostPort(plan.admin) },
    trace: plan.trace,
  };
}

export function problemsJson(problems: readonly ConfigProblem[]): object {
  return {
    ok: false,
    problems: problems.map(({ file, line, column, path, expected, nearest, message }) => ({
      file,
      line,
      column,
      path: formatPath(path),
      message,
      expected,
      nearest: nearest ?? null,
    })),
  };
}

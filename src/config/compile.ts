/** A checked config to the immutable plan that requests run by. */
import { randomBytes } from "node:crypto";
import { createAddressSet } from "../bytes/address-set.ts";
import type { AdminPlan, Handler, Matcher, Plan, RoutePlan } from "../contract/plan.ts";
import type { PolicyDefinition, PolicyServices } from "../contract/policy.ts";
import { POLICIES } from "../policy/policies.ts";
import { ProcessState } from "../policy/process-state.ts";
import { compileMatcher } from "../route/compile-matcher.ts";
import type { RouteToCompile } from "../route/compile-matcher.ts";
import { RouteConflict } from "../route/route-conflict.ts";
import { compilePools } from "./compile-pools.ts";
import { compileRoute } from "./compile-route.ts";
import type { Report } from "./compile-route.ts";
import type { LoadedConfig } from "./load.ts";
import type { NormalAdmin } from "./normal-config.ts";
import { systemEnv } from "../system-env.ts";
import { ConfigError } from "./problem.ts";
import type { ConfigPath, ConfigProblem } from "./problem.ts";

/** Bytes; as many as the digest that is made with it (RFC 2104 §3). */
const STICKY_SECRET = 32;

export interface CompileOptions {
  /** Of the new plan; the first is 1. */
  readonly version: number;
  /** The plan that is in use, whose live pools go on; null at the start and for `check`. */
  readonly previous: Plan | null;
  /** Wheel milliseconds at which the pools take over what the plan says of them. Default 1: the beginning. */
  readonly now?: number;
  /** Default: the registry in `policy/policies.ts`. */
  readonly policies?: Readonly<Record<string, PolicyDefinition>>;
  /** DNS over HTTPS, from whoever runs the name server. Default: one that is not ready (503), for plans that serve nobody. */
  readonly doh?: Handler;
  /** What policies are made with. Default: nothing that lives, for plans that serve nobody. */
  readonly services?: PolicyServices;
}

/** Policies of a plan that serves nobody: no timer ever fires. */
const NO_SERVICES: PolicyServices = {
  env: systemEnv,
  timers: { after: () => () => {} },
  shared: new ProcessState(),
  report: () => {},
};

const NOT_READY: Handler = () => new Response(null, { status: 503 });

/**
 * Builds the plan. Throws `ConfigError` with every problem; then nothing of `previous` has been touched.
 *
 * On return the live pools go by the new plan, and targets that are gone are draining: with a `previous` compile only
 * what will be swapped in. `previous` itself stays as it is, for the exchanges that hold it.
 */
export function compile(loaded: LoadedConfig, options: CompileOptions): Plan {
  const { config } = loaded;
  const { version, previous, now = 1, policies = POLICIES, doh = NOT_READY, services = NO_SERVICES } = options;
  const problems: ConfigProblem[] = [];
  const report: Report = (path, message) =>
    problems.push(loaded.problem(path, { value: undefined, message, expected: "" }));

  const stickySecret = previous?.stickySecret ?? randomBytes(STICKY_SECRET);
  const { pools, adopt } = compilePools(config.pools, previous, stickySecret);
  const routes = config.routes.map((route, index) => {
    const path = ["routes", index];
    const before = previous?.routes.find(({ name }) => name === route.name)?.policies ?? [];
    const origin = originOf(loaded, path);
    return compileRoute(route, { path, origin, pools, policies, services, previous: before, report, doh });
  });
  const matcher = matcherOf(loaded, routes, report);
  const trustedProxies = createAddressSet(config.trustedProxies);
  if (matcher === null || problems.length > 0) {
    for (const policy of routes.flatMap((route) => route?.policies ?? [])) policy.dispose?.();
    throw new ConfigError(problems);
  }

  const plan: Plan = {
    version,
    source: loaded.source,
    listeners: config.listeners,
    matcher,
    routes: routes.filter((route) => route !== null),
    pools,
    trustedProxies,
    limits: config.limits,
    timeouts: config.timeouts,
    forwarding: config.forwarding,
    accessLog: config.accessLog,
    admin: adminOf(config.admin, previous),
    trace: config.trace,
    stickySecret,
  };
  adopt(now);
  return plan;
}

/** Each collision costs one more try, so a config in which everything collides is not searched to its end. */
const MAX_CONFLICTS = 50;

/** The matcher of the routes that could be compiled; null when two of them collide, which is reported. */
function matcherOf(loaded: LoadedConfig, routes: ReadonlyArray<RoutePlan | null>, report: Report): Matcher | null {
  const { config } = loaded;
  const indexes = new Map(config.routes.map((route, index) => [route.name, index]));
  let list = routes.flatMap((plan, index): RouteToCompile[] => {
    const match = config.routes[index]?.match;
    return plan === null || match === undefined ? [] : [{ plan, match }];
  });
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
    try {
      const matcher = compileMatcher(list);
      return conflicts === 0 ? matcher : null;
    } catch (error) {
      if (!(error instanceof RouteConflict)) throw error;
      const other = originOf(loaded, ["routes", indexes.get(error.first) ?? 0]);
      report(
        ["routes", indexes.get(error.second) ?? 0],
        error.message + (other === "" ? "" : `, the first in ${other}`),
      );
      // Without the second the next collision shows, so that all of them are told at once.
      list = list.filter(({ plan }) => plan.name !== error.second);
    }
  }
  return null;
}

/** A token that nobody knows yet, or the one in use: a reload must not lock out who holds it. */
function adminOf(admin: NormalAdmin | null, previous: Plan | null): AdminPlan | null {
  if (admin === null) return null;
  const token = admin.token ?? previous?.admin?.token ?? randomBytes(24).toString("base64url");
  return { host: admin.host, port: admin.port, token };
}

function originOf(loaded: LoadedConfig, path: ConfigPath): string {
  const place = loaded.locate(path);
  return place === null ? "" : `${loaded.source}:${place.line}`;
}

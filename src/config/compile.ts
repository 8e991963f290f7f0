/** A checked config to the immutable plan that requests run by. */
import { randomBytes } from "node:crypto";
import { createAddressSet } from "../bytes/address-set.ts";
import type { NormalAdmin } from "../control/config.ts";
import type { AdminPlan, Handler, Plan, RoutePlan } from "../contract/plan.ts";
import type { PolicyDefinition, PolicyServices } from "../contract/policy.ts";
import { POLICIES } from "../policy/policies.ts";
import { ProcessState } from "../policy/process-state.ts";
import { compileMatcherInSlices, type RouteToCompile } from "../route/compile-matcher.ts";
import { atOnce, type Slices } from "../time/slices.ts";
import { compilePools } from "./compile-pools.ts";
import { compileErrorPages, compileRoute, type Report } from "./compile-route.ts";
import type { LoadedConfig } from "./load.ts";
import { systemEnv } from "../time/clocks.ts";
import { ConfigError, type ConfigPath, type ConfigProblem } from "../schema/problem.ts";

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
  const { plan, adopt } = atOnce(compileInSlices(loaded, options));
  adopt(options.now ?? 1);
  return plan;
}

/** A plan that nothing goes by yet. One of the two has to follow, and nothing of `previous` is touched before. */
export interface CompiledPlan {
  readonly plan: Plan;
  /** The live pools go by it from now on, wheel milliseconds; targets that are gone are draining. */
  readonly adopt: (now: number) => void;
  /** It will not be used: its policies give back what they took. */
  readonly discard: () => void;
}

/** The same beside traffic, up to the step that changes something. */
export function* compileInSlices(loaded: LoadedConfig, options: CompileOptions): Slices<CompiledPlan> {
  const { config } = loaded;
  const { version, previous, policies = POLICIES, doh = NOT_READY, services = NO_SERVICES } = options;
  const problems: ConfigProblem[] = [];
  const report: Report = (path, message) =>
    problems.push(loaded.problem(path, { value: undefined, message, expected: "" }));

  const stickySecret = previous?.stickySecret ?? randomBytes(STICKY_SECRET);
  const { pools, adopt } = yield* compilePools(config.pools, previous, stickySecret);
  const errorPages = compileErrorPages(config.errorPages, null, ["errorPages"], report);
  const limits = { body: config.limits.body, bodyRate: config.limits.bodyRate };
  const { body, write, tunnel, tunnelHalfClose } = config.timeouts;
  const timeouts = { body, write, tunnel, tunnelHalfClose };
  const common = { pools, policies, services, report, doh, errorPages, limits, timeouts };
  const policiesBefore = new Map(previous?.routes.map((route) => [route.name, route.policies]));
  const routes: RoutePlan[] = [];
  const toMatch: RouteToCompile[] = [];
  const discard = (): void => {
    for (const policy of routes.flatMap((route) => route.policies)) policy.dispose?.();
  };
  for (const [index, route] of config.routes.entries()) {
    const path = ["routes", index];
    const before = policiesBefore.get(route.name) ?? [];
    const origin = (): string => originOf(loaded, path);
    const plan = compileRoute(route, { ...common, path, origin, previous: before });
    if (plan !== null) {
      routes.push(plan);
      toMatch.push({ plan, match: route.match });
    }
    yield;
  }
  if (problems.length > 0) {
    discard();
    throw new ConfigError(problems);
  }

  const plan: Plan = {
    version,
    source: loaded.source,
    listeners: config.listeners,
    // Loading has refused routes that match the same requests.
    matcher: yield* compileMatcherInSlices(toMatch, config.path.case === "ignore"),
    routes,
    pools,
    errorPages,
    trustedProxies: createAddressSet(config.trustedProxies),
    limits: config.limits,
    heads: { ...config.limits, path: config.path, underscores: config.forwarding.underscores },
    timeouts: config.timeouts,
    forwarding: config.forwarding,
    accessLog: config.accessLog,
    admin: adminOf(config.admin, previous),
    trace: config.trace,
    stickySecret,
  };
  return { plan, adopt, discard };
}

/** A token that nobody knows yet, or the one in use: a reload must not lock out who holds it. */
function adminOf(admin: NormalAdmin | null, previous: Plan | null): AdminPlan | null {
  if (admin === null) return null;
  const before = previous?.admin;
  return {
    host: admin.host,
    port: admin.port,
    token: admin.token ?? before?.token ?? randomToken(),
    explainToken: admin.explainToken ?? before?.explainToken ?? randomToken(),
  };
}

function randomToken(): string {
  return randomBytes(24).toString("base64url");
}

/** Empty when it is not known: a place that is only near would be wrong. */
function originOf(loaded: LoadedConfig, path: ConfigPath): string {
  const place = loaded.locateItself(path);
  return place === null ? "" : `${place.source?.name ?? loaded.source}:${place.line}`;
}

/** One route of a plan. */
import type { Action, ErrorPages, Handler, PoolPlan, RoutePlan } from "../contract/plan.ts";
import type { Policy, PolicyContext, PolicyDefinition, PolicyServices } from "../contract/policy.ts";
import { type ErrorPagesOptions, FileErrorPages } from "../action/error-pages/error-pages.ts";
import { createRedirect } from "../action/redirect/redirect.ts";
import { createRespond } from "../action/respond/respond.ts";
import { createRewrite } from "../action/rewrite/rewrite.ts";
import { createStatic } from "../action/static/static.ts";
import { parameterNames, parsePathPattern } from "../route/path-pattern.ts";
import { describeMatch } from "../route/describe-match.ts";
import type { NormalAction, NormalRoute } from "./normal-config.ts";
import type { ConfigPath } from "../schema/problem.ts";
import { Refusal, attempt } from "../schema/value.ts";
import type { NormalPolicy } from "./schema-route.ts";

/** Notes a problem at a path of the config. */
export type Report = (path: ConfigPath, message: string) => void;

export interface RouteContext {
  /** Of this route in the config. */
  readonly path: ConfigPath;
  /** `file:line`, or "". Asked for when somebody reads it: to find it may take a parser. */
  readonly origin: () => string;
  readonly pools: ReadonlyMap<string, PoolPlan>;
  readonly policies: Readonly<Record<string, PolicyDefinition>>;
  /** What policies are made with. */
  readonly services: PolicyServices;
  /** Policies of the route of the same name in the plan before, as that had them. */
  readonly previous: readonly Policy[];
  readonly report: Report;
  /** Answers `doh` routes. */
  readonly doh: Handler;
  /** Of the whole edge. */
  readonly errorPages: ErrorPages | null;
  readonly limits: RoutePlan["limits"];
  readonly timeouts: RoutePlan["timeouts"];
}

/** Null when something was reported. What the route says has been judged when the config was loaded. */
export function compileRoute(route: NormalRoute, context: RouteContext): RoutePlan | null {
  const { paths } = route.match;
  const policies = compilePolicies(route, context);
  const action = compileAction(route.action, paths, context);
  if (action === null || policies === null) return null;
  return {
    name: route.name,
    description: describeMatch(route.match),
    get origin() {
      return context.origin();
    },
    paramNames: parameterNames(paths.map(parsePathPattern)),
    policies,
    clientPolicies: policies.filter(({ side }) => side === "client").length,
    errorPages: compileErrorPages(
      route.errorPages,
      context.errorPages,
      [...context.path, "errorPages"],
      context.report,
    ),
    limits: { ...context.limits, ...route.limits },
    timeouts: { ...context.timeouts, ...route.timeouts },
    action,
  };
}

/** A file that cannot be read is reported. `others`: for statuses that these say nothing of. */
export function compileErrorPages(
  pages: ErrorPagesOptions,
  others: ErrorPages | null,
  path: ConfigPath,
  report: Report,
): ErrorPages | null {
  if (Object.keys(pages).length === 0) return others;
  return orReport(report, path, () => new FileErrorPages(pages, others));
}

/** The client's side first, each side in the order of the config. Null when something was reported. */
function compilePolicies(route: NormalRoute, context: RouteContext): readonly Policy[] | null {
  const before = new Map<string, number>();
  const made = route.policies.map((policy, slot) => {
    const count = before.get(policy.name) ?? 0;
    before.set(policy.name, count + 1);
    const previous = context.previous.filter(({ name }) => name === policy.name)[count] ?? null;
    return compilePolicy(policy, [...context.path, "policies", slot], context, { ...context.services, slot, previous });
  });
  const policies = made.filter((policy) => policy !== null);
  if (policies.length < made.length) return null;
  return [...policies.filter(({ side }) => side === "client"), ...policies.filter(({ side }) => side === "origin")];
}

function compilePolicy(
  policy: NormalPolicy,
  path: ConfigPath,
  context: RouteContext,
  policyContext: PolicyContext,
): Policy | null {
  const definition = Object.values(context.policies).find(({ name }) => name === policy.name);
  if (definition === undefined) {
    context.report([...path, policy.name], `there is no policy ${policy.name}`);
    return null;
  }
  return orReport(context.report, [...path, policy.name], () => definition.create(policy.options, policyContext));
}

function compileAction(action: NormalAction, paths: readonly string[], context: RouteContext): Action | null {
  switch (action.kind) {
    case "proxy": {
      const pool = context.pools.get(action.pool)!;
      const rewrite = action.rewrite === null ? null : createRewrite(action.rewrite, paths);
      return { kind: "proxy", pool, rewrite, timeouts: { ...pool.timeouts, ...action.timeouts } };
    }
    case "respond":
      return { kind: "respond", reply: createRespond(action.options) };
    case "redirect":
      return { kind: "redirect", redirect: createRedirect(action.options, paths) };
    case "handler":
      return { kind: "handler", handler: action.handler };
    case "doh":
      return { kind: "handler", handler: context.doh };
    case "static": {
      // The folder may have gone since the config was loaded.
      const { path, report } = context;
      const serve = orReport(report, [...path, "static"], () => createStatic(action.options));
      return serve === null ? null : { kind: "static", serve, root: action.options.root };
    }
  }
}

/** Runs a constructor of a stage; what it refuses becomes a problem. */
function orReport<T>(report: Report, path: ConfigPath, create: () => T): T | null {
  const made = attempt(create);
  if (!(made instanceof Refusal)) return made;
  report(path, made.message);
  return null;
}

/** One route of a plan. */
import type { Action, Handler, PoolPlan, RoutePlan } from "../contract/plan.ts";
import type { PolicyDefinition } from "../contract/policy-definition.ts";
import type { Policy } from "../contract/policy.ts";
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
  /** `file:line`, or "". */
  readonly origin: string;
  readonly pools: ReadonlyMap<string, PoolPlan>;
  readonly policies: Readonly<Record<string, PolicyDefinition>>;
  readonly report: Report;
  /** Answers `doh` routes. */
  readonly doh: Handler;
}

/** Null when something was reported. What the route says has been judged when the config was loaded. */
export function compileRoute(route: NormalRoute, context: RouteContext): RoutePlan | null {
  const { paths } = route.match;
  const policies = route.policies.map((policy, index) =>
    compilePolicy(policy, [...context.path, "policies", index], context),
  );
  const action = compileAction(route.action, paths, context);
  if (action === null || policies.includes(null)) return null;
  return {
    name: route.name,
    description: describeMatch(route.match),
    origin: context.origin,
    paramNames: parameterNames(paths.map(parsePathPattern)),
    policies: policies.filter((policy) => policy !== null),
    action,
  };
}

function compilePolicy(policy: NormalPolicy, path: ConfigPath, context: RouteContext): Policy | null {
  const definition = Object.values(context.policies).find(({ name }) => name === policy.name);
  if (definition === undefined) {
    context.report([...path, policy.name], `there is no policy ${policy.name}`);
    return null;
  }
  return orReport(context.report, [...path, policy.name], () => definition.create(policy.options));
}

function compileAction(action: NormalAction, paths: readonly string[], context: RouteContext): Action | null {
  switch (action.kind) {
    case "proxy": {
      const pool = context.pools.get(action.pool)!;
      return { kind: "proxy", pool, rewrite: action.rewrite === null ? null : createRewrite(action.rewrite, paths) };
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

import type { CheckPlan, StatusRange } from "../../contract/health-plan.ts";

/**
 * Whether two plans ask for the same check at the same times. A reload makes new objects of an unchanged config; the
 * checks then go on as they are, instead of all beginning again.
 */
export function sameCheck(a: CheckPlan, b: CheckPlan): boolean {
  return a === b || JSON.stringify(plainOf(a)) === JSON.stringify(plainOf(b));
}

/** The plan as values that JSON tells apart, in one order whatever the order of the object's properties. */
function plainOf(plan: CheckPlan): unknown[] {
  const { tls, http } = plan;
  return [
    plan.kind,
    plan.port,
    [plan.interval, plan.downInterval, plan.timeout, plan.jitter, plan.rise, plan.fall],
    tls === null ? null : [tls.serverName, tls.verify],
    http === null
      ? null
      : [http.version, http.method, http.path, http.host, http.statuses.map(plainRange), plainBody(http.body)],
    plan.service,
  ];
}

function plainRange(range: StatusRange): number[] {
  return [range.from, range.to];
}

function plainBody(body: string | RegExp | null): unknown {
  return body instanceof RegExp ? ["pattern", body.source, body.flags] : body;
}

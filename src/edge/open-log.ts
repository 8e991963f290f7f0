import type { AccessLogPlan } from "../contract/plan.ts";
import { SystemFailure } from "../schema/system-failure.ts";
import { AccessLog } from "../trace/access-log.ts";

/** Null for none. @throws SystemFailure */
export function openLog(plan: AccessLogPlan | null): AccessLog | null {
  if (plan === null) return null;
  try {
    return new AccessLog(plan);
  } catch (error) {
    throw new SystemFailure(["accessLog", "path"], { kind: "write", file: plan.path }, error);
  }
}

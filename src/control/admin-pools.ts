/** Endpoints about pools and their targets. */
import type { PoolPlan } from "../contract/plan.ts";
import { type AdminEndpoints, AdminProblem, answer, readJson } from "./admin-answer.ts";
import type { EdgeControl } from "./edge-control.ts";
import { nearestHint } from "./nearest-hint.ts";
import { poolReport } from "./pool-report.ts";
import { TargetControl, type TargetOutcome } from "./target-control.ts";

export function poolEndpoints(control: EdgeControl): AdminEndpoints {
  const now = (): number => control.status().now;
  const targetsOf = (pool: string): TargetControl => new TargetControl(findPool(control, pool), now());
  return {
    "/pools": {
      GET: () =>
        answer(
          200,
          [...control.plan().pools.values()].map((pool) => poolReport(pool, now())),
        ),
    },
    "/pools/:pool": { GET: ({ params }) => answer(200, poolReport(findPool(control, params[0]!), now())) },
    "/pools/:pool/targets": {
      GET: ({ params }) => answer(200, poolReport(findPool(control, params[0]!), now()).targets),
      POST: async ({ request, params }) => outcome(targetsOf(params[0]!).add(await readJson(request))),
    },
    "/pools/:pool/targets/:address": {
      GET: ({ params }) => answer(200, targetsOf(params[0]!).report(params[1]!)),
      POST: async ({ request, params }) => outcome(targetsOf(params[0]!).change(params[1]!, await readJson(request))),
      PUT: async ({ request, params }) => {
        const body = request.headers.get("content-length") === "0" ? {} : await readJson(request);
        return outcome(targetsOf(params[0]!).put(params[1]!, body));
      },
      DELETE: ({ params }) => outcome(targetsOf(params[0]!).remove(params[1]!)),
    },
  };
}

function outcome({ created, ...rest }: TargetOutcome): Response {
  return answer(created ? 201 : 200, rest);
}

function findPool(control: EdgeControl, name: string): PoolPlan {
  const { pools } = control.plan();
  const pool = pools.get(name);
  if (pool !== undefined) return pool;
  throw new AdminProblem(404, `there is no pool "${name}"`, nearestHint(name, [...pools.keys()]));
}

import type { PickRequest, PickState } from "../contract/balancer.ts";
import type { RequestHead } from "../contract/head.ts";
import type { PoolPlan } from "../contract/plan.ts";
import type { Target } from "../contract/target.ts";

/** Finds the target that the client's cookie names; nothing to do in a pool without stickiness. */
export function readStickiness(pick: PickState, head: RequestHead, pool: PoolPlan): void {
  const { stickiness } = pool;
  if (stickiness === null) return;
  pick.sticky = stickiness.read(head, pool.live.targets);
  pick.stickyLost = pick.sticky === null && stickiness.present(head);
}

/** The line `Set-Cookie: …\r\n` that binds the client to the target which answers; null: it needs none. */
export function stickyLine({ sticky }: PickRequest, pool: PoolPlan, target: Target): Buffer | null {
  const { stickiness } = pool;
  return stickiness === null || target === sticky ? null : stickiness.line(target);
}

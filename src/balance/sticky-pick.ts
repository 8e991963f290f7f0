import type { PickRequest, PickState } from "../contract/balancer.ts";
import type { Target } from "../contract/target.ts";
import type { TargetConsidered } from "../contract/trace-record.ts";
import { isOpen } from "./availability.ts";
import type { RequestHead } from "../contract/head.ts";
import type { PoolPlan } from "../contract/plan.ts";

/** What a client's binding depends on, besides the target. */
export interface StickyPool {
  readonly targets: readonly Target[];
  readonly panic: boolean;
  /** Targets that are no backups serve. */
  readonly hasPrimaries: boolean;
}

/**
 * Whether the target that the client is bound to can serve it now. Its weight does not matter: 0 keeps new clients
 * away and not those it has. A backup keeps nobody once others serve: it stands in, and may be smaller than they are.
 */
export function isUsableSticky(target: Target, pool: StickyPool, request: PickRequest): boolean {
  const { targets, panic, hasPrimaries } = pool;
  if (targets[target.index] !== target || target.draining || (target.down && !panic)) return false;
  if (target.backup && hasPrimaries) return false;
  return isOpen(target, request);
}

/** Corrects the notes of the algorithm, which would have picked otherwise. */
export function noteSticky(sticky: Target, considered: TargetConsidered[]): void {
  for (const [index, note] of considered.entries()) {
    if (note.target === sticky.address) {
      considered[index] = { ...note, verdict: "picked", detail: "the client's cookie names it" };
    } else if (note.verdict === "picked") {
      considered[index] = { ...note, verdict: "passed-over", detail: "the algorithm's choice without the cookie" };
    }
  }
}

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

import type { PickRequest } from "../contract/balancer.ts";
import type { Target } from "../contract/target.ts";
import type { TargetConsidered } from "../contract/trace-record.ts";
import { isOpen } from "./availability.ts";

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

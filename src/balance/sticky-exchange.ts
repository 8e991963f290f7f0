import type { Exchange } from "../contract/exchange.ts";
import { FieldEdits } from "../contract/field-edits.ts";
import type { RequestHead } from "../contract/head.ts";
import type { LivePool } from "../contract/live-pool.ts";
import type { PoolPlan } from "../contract/plan.ts";
import type { Target } from "../contract/target.ts";
import type { PickReason } from "../contract/trace-record.ts";

/** Finds the target that the client's cookie names; nothing to do in a pool without stickiness. */
export function readStickiness(exchange: Exchange, head: RequestHead, pool: PoolPlan): void {
  const { stickiness } = pool;
  if (stickiness === null) return;
  exchange.stickyTarget = stickiness.read(head, pool.live.targets);
  exchange.stickyLost = exchange.stickyTarget === null && stickiness.present(head);
}

/** Why the pool's last pick was made, for this exchange. */
export function reasonOf(exchange: Exchange, live: LivePool): PickReason {
  const { lastReason } = live;
  return exchange.stickyLost && lastReason !== "retry-elsewhere" ? "sticky-moved" : lastReason;
}

/** For a reply that no policy edits. */
const LINE_ALONE = new FieldEdits();

/** What the policies change in a reply, and the cookie that binds the client to its target where one is due. */
export function bindClient(
  exchange: Exchange,
  pool: PoolPlan,
  target: Target,
  edits: FieldEdits | null,
): FieldEdits | null {
  const { stickiness } = pool;
  if (!exchange.bindsClient || stickiness === null) return edits;
  if (edits === null) LINE_ALONE.reset();
  const all = edits ?? LINE_ALONE;
  all.addLines(stickiness.line(target));
  return all;
}

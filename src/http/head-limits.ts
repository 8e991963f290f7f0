import type { Limits } from "../contract/plan.ts";

/**
 * The limits that hold while a head is parsed. They fire on an incomplete head too, so a peer that never ends a
 * line is refused before more of it is buffered.
 */
export type HeadLimits = Pick<Limits, "requestLine" | "field" | "fields" | "head">;

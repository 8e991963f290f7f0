import type { HeadRules, PathRules } from "../contract/plan.ts";

/**
 * The limits that hold while a head is parsed, and how what it says is read. Limits fire on an incomplete head too, so a
 * peer that never ends a line is refused before more of it is buffered. Responses have no path.
 */
export type HeadLimits = Omit<HeadRules, "path" | "underscores"> & Partial<Pick<HeadRules, "path" | "underscores">>;

/** Where nothing else is said. */
export const DEFAULT_PATH_RULES: PathRules = { escapedSlash: "refuse", parameters: "keep", case: "keep" };

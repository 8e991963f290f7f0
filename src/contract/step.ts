import type { Fault } from "./fault.ts";
import type { Reply } from "./reply.ts";

/** What a stage decided. */
export type Step =
  | { readonly kind: "next" }
  /** Answered here: a redirect, a 429, a cache hit … */
  | { readonly kind: "reply"; readonly reply: Reply; readonly reason: string }
  | { readonly kind: "fault"; readonly fault: Fault };

/** The one instance for "go on": the hot path makes no object for it. */
export const NEXT: Step = { kind: "next" };

import type { Exchange } from "./exchange.ts";
import type { FieldEdits } from "./field-edits.ts";
import type { RequestHead, ResponseHead } from "./head.ts";
import type { Step } from "./step.ts";

/**
 * A rule on the way in or on the way out, compiled from the config. Each lives in its own folder `policy/<name>/`
 * and is registered in `policy/policies.ts`.
 */
export interface Policy {
  /** As in the config. */
  readonly name: string;
  /** On which side of the cache it runs, so that what it changes is or is not stored. */
  readonly when: "before-store" | "after-store";
  /** Runs in the order of the config. Synchronous where it can be. The head holds until it returns; a promise gets a clone. */
  onRequest?(head: RequestHead, edits: FieldEdits, exchange: Exchange): Step | Promise<Step>;
  /** Runs in reverse order, for policies whose `onRequest` was entered. Synchronous. */
  onReply?(head: ResponseHead, edits: FieldEdits, exchange: Exchange): void;
  /** What it will do, in words, for `check` and `explain`. */
  describe(): string;
}

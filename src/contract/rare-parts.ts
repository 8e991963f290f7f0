import type { Fault } from "./fault.ts";
import type { FieldEdits } from "./field-edits.ts";
import type { Hedge } from "./hedge.ts";
import type { RequestHead } from "./head.ts";
import type { BodyLinks, RequestBodyLinks } from "./body-links.ts";
import type { Reply } from "./reply.ts";
import type { HeldRequestBody } from "./request-body.ts";
import type { ReplyListener } from "./reply-sink.ts";
import type { Step } from "./step.ts";
import type { ReplySource } from "./trace-record.ts";
import type { FailedAttempt } from "./upstream-hooks.ts";

/**
 * What only some exchanges have: a plain one touches none of it, and so keeps to fewer lines of the processor's cache.
 */
export class RareParts {
  head: RequestHead | null = null;
  edits: FieldEdits | null = null;
  awaited: Step | null = null;
  slots: unknown[] | null = null;
  repetitions: number = 0;
  failed: FailedAttempt | null = null;
  held: HeldRequestBody | null = null;
  hedge: Hedge | null = null;
  bodyLinks: RequestBodyLinks | null = null;
  replyLinks: BodyLinks | null = null;
  listeners: ReplyListener[] | null = null;
  answer: Reply | null = null;
  answerSource: ReplySource = "none";
  fault: Fault | null = null;

  reset(): void {
    this.head = null;
    this.edits = null;
    this.awaited = null;
    this.slots = null;
    this.repetitions = 0;
    this.failed = null;
    this.held = null;
    this.hedge = null;
    this.bodyLinks = null;
    this.replyLinks = null;
    this.listeners = null;
    this.answer = null;
    this.answerSource = "none";
    this.fault = null;
  }
}

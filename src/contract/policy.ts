import type { BodyOutput, BodyTransform } from "./body-transform.ts";
import type { Env } from "./env.ts";
import type { Exchange } from "./exchange.ts";
import type { FieldEdits } from "./field-edits.ts";
import type { RequestHead, ResponseHead } from "./head.ts";
import type { Step } from "./step.ts";

/**
 * A rule on the way in and on the way out, compiled from the config. Each lives in its own folder `policy/<name>/` and
 * is registered in `policy/policies.ts`.
 *
 * On the way in the client's side comes first, then the origin's, each in the order of the config; on the way out it is
 * the other way round. A policy is asked on the way out when it was entered on the way in, and only then.
 */
export interface Policy {
  /** As in the config. */
  readonly name: string;
  /**
   * `client`: it sees every request, also those that a store answers, and what it changes is never stored.
   * `origin`: it sees what goes to the origin, and what it changes is stored.
   */
  readonly side: "client" | "origin";
  /**
   * `onRequest` may answer with a promise: the heads and edits that it is given hold as long as the exchange. Without it
   * they hold until it returns.
   */
  readonly asynchronous?: boolean;

  /** What throws refuses the request: what was to be checked has not been checked. */
  onRequest?(head: RequestHead, edits: FieldEdits, exchange: Exchange): Step | Promise<Step>;
  /**
   * In a plan (`explain`), in place of `onRequest`: the same decision without an effect. It spends nothing, asks no
   * server and keeps nothing. Needed when `onRequest` has effects; without it `onRequest` runs in plans, too.
   */
  dryRun?(head: RequestHead, edits: FieldEdits, exchange: Exchange): Step | Promise<Step>;
  /** Synchronous. What throws becomes a 500: a reply must not go out without what was to be removed from it. */
  onReply?(head: ResponseHead, edits: FieldEdits, exchange: Exchange): void;
  /** Asked once all policies have let the request pass, when it has a body. Null: it goes on as it is. */
  transformRequest?(exchange: Exchange, output: BodyOutput): BodyTransform | null;
  /**
   * Asked after `onReply`, when the reply has a body that is sent. Null: it goes on as it is. With a transform the
   * length of the body is unknown from here on; the edits may still be changed.
   */
  transformReply?(head: ResponseHead, edits: FieldEdits, exchange: Exchange, output: BodyOutput): BodyTransform | null;
  /** The exchange that entered this policy is over, however it ended. What it throws is reported and changes nothing. */
  onFinished?(exchange: Exchange): void;
  /** No exchange uses it any more, and none will: its plan was replaced, or the edge has stopped. */
  dispose?(): void;
  /** What it will do, in words, for `check` and `explain`. */
  describe(): string;
}

/** What the edge gives to all its policies. */
export interface PolicyServices {
  readonly env: Env;
  readonly timers: Timers;
  readonly shared: SharedState;
  /** A line for the person who runs the edge. */
  readonly report: (line: string) => void;
}

/** What a policy is made with beside its options. */
export interface PolicyContext extends PolicyServices {
  /** Where in `Exchange.slots` this policy keeps what it knows of an exchange. */
  readonly slot: number;
  /**
   * The policy of the same name at the same place of the same route in the plan before, so that what it has counted or
   * fetched is not lost by a reload. It still serves exchanges of that plan, and is disposed of when they are over.
   */
  readonly previous: Policy | null;
}

/** Timers on the edge's wheel: late by up to a fifth of a second, never early, and none keeps the program alive. */
export interface Timers {
  /** Calls `action` once after `delay` milliseconds; the function that comes back ends that. */
  after(delay: number, action: () => void): () => void;
}

/** State that several policies share, by name, and that outlives reloads as long as somebody uses it. */
export interface SharedState {
  /** What is known by the name, else what `make` gives. To be released as often as it was acquired. */
  acquire<State>(name: string, make: () => State): State;
  release(name: string): void;
}

/** How a policy enters the config: its name, the check of its options and its construction. */
export interface PolicyDefinition<Options = unknown> {
  readonly name: string;
  /** A zod schema; typed loosely here since the contract imports nothing. */
  readonly schema: { parse(value: unknown): Options };
  /** Throws RangeError for options that cannot be used. */
  create(options: Options, context: PolicyContext): Policy;
}

/** A policy threw while a reply's head went past it. The message is the detail of the fault `policy-failed`. */
export class PolicyFailure extends Error {
  override readonly name = "PolicyFailure";
}

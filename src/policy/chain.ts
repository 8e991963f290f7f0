import type { Env } from "../contract/env.ts";
import type { Exchange } from "../contract/exchange.ts";
import { FieldEdits } from "../contract/field-edits.ts";
import type { RequestHead, ResponseHead } from "../contract/head.ts";
import type { Policy } from "../contract/policy.ts";
import { PolicyFailure } from "../contract/policy-failure.ts";
import type { Step } from "../contract/step.ts";
import { errorMessage } from "../error-message.ts";

/** What follows the policies of a request. */
export interface AfterPolicies {
  /** All let it pass. `edits` is null when they changed nothing; head and edits hold until this returns. */
  onPassed(exchange: Exchange, head: RequestHead, edits: FieldEdits | null): void;
  /** One answered or refused it. */
  onStopped(exchange: Exchange, head: RequestHead, step: Exclude<Step, { kind: "next" }>): void;
}

/** Edits of the request and of the reply that is being looked at; empty between two calls. */
const REQUEST_EDITS = new FieldEdits();
const REPLY_EDITS = new FieldEdits();

/** Runs a route's policies: in order over the request, in reverse order over the reply. */
export class PolicyChain {
  readonly #env: Env;
  readonly #after: AfterPolicies;

  constructor(env: Env, after: AfterPolicies) {
    this.#env = env;
    this.#after = after;
  }

  onRequest(exchange: Exchange, head: RequestHead): void {
    if (exchange.route!.policies.length === 0) {
      this.#after.onPassed(exchange, head, null);
      return;
    }
    REQUEST_EDITS.reset();
    this.#run(exchange, head, REQUEST_EDITS, 0);
  }

  /**
   * Answers what the policies change in the reply's head; null: nothing. Holds until the next call. Throws PolicyFailure
   * when one of them throws: a reply must not go out without what it was to remove.
   */
  onReply(exchange: Exchange, head: ResponseHead): FieldEdits | null {
    const policies = exchange.route?.policies;
    // The error page about a policy is not edited by that policy.
    if (policies === undefined || policies.length === 0 || exchange.fault?.code === "policy-failed") return null;
    REPLY_EDITS.reset();
    for (let index = policies.length - 1; index >= 0; index--) {
      const policy = policies[index]!;
      if (policy.onReply === undefined) continue;
      const begun = exchange.record.detail === null ? 0 : this.#env.now();
      try {
        policy.onReply(head, REPLY_EDITS, exchange);
      } catch (error) {
        throw new PolicyFailure(describeFailure(policy, error));
      }
      if (begun > 0) this.#note(exchange, policy, "reply", null, begun);
    }
    return REPLY_EDITS.empty ? null : REPLY_EDITS;
  }

  #run(exchange: Exchange, head: RequestHead, edits: FieldEdits, from: number): void {
    const policies = exchange.route!.policies;
    for (let index = from; index < policies.length; index++) {
      const policy = policies[index]!;
      if (policy.onRequest === undefined) continue;
      const begun = exchange.record.detail === null ? 0 : this.#env.now();
      const step = enter(policy, head, edits, exchange);
      if (step instanceof Promise) {
        this.#wait(exchange, head.clone(), edits.clone(), index, step, begun);
        return;
      }
      if (begun > 0) this.#note(exchange, policy, "request", step, begun);
      if (step.kind !== "next") {
        this.#after.onStopped(exchange, head, step);
        return;
      }
    }
    this.#after.onPassed(exchange, head, edits.empty ? null : edits);
  }

  /** The shared head does not hold until the promise does: the rest of the chain gets a clone. */
  #wait(
    exchange: Exchange,
    head: RequestHead,
    edits: FieldEdits,
    index: number,
    waiting: Promise<Step>,
    begun: number,
  ): void {
    const policy = exchange.route!.policies[index]!;
    exchange.escaped = true;
    const goOn = (step: Step): void => {
      if (exchange.done) return;
      if (begun > 0) this.#note(exchange, policy, "request", step, begun);
      if (step.kind === "next") this.#run(exchange, head, edits, index + 1);
      else this.#after.onStopped(exchange, head, step);
    };
    waiting.then(goOn, (error: unknown) => goOn(failure(policy, error)));
  }

  #note(exchange: Exchange, policy: Policy, on: "request" | "reply", step: Step | null, begun: number): void {
    const outcome = step === null || step.kind === "next" ? "continue" : step.kind;
    const detail = step?.kind === "reply" ? step.reason : policy.describe();
    exchange.record.detail?.policies.push({ policy: policy.name, on, outcome, detail, begun, ended: this.#env.now() });
  }
}

/** A policy that throws refuses the request: what it was to check has not been checked. */
function enter(policy: Policy, head: RequestHead, edits: FieldEdits, exchange: Exchange): Step | Promise<Step> {
  try {
    return policy.onRequest!(head, edits, exchange);
  } catch (error) {
    return failure(policy, error);
  }
}

function failure(policy: Policy, error: unknown): Step {
  return { kind: "fault", fault: { code: "policy-failed", detail: describeFailure(policy, error) } };
}

function describeFailure(policy: Policy, error: unknown): string {
  return `${policy.name}: ${errorMessage(error)}`;
}

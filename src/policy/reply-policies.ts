import { BodyLength } from "../contract/body-length.ts";
import type { Env } from "../contract/env.ts";
import type { Exchange } from "../contract/exchange.ts";
import { FieldEdits } from "../contract/field-edits.ts";
import type { ResponseHead } from "../contract/head.ts";
import { Method } from "../contract/method.ts";
import { PolicyFailure } from "../contract/policy.ts";
import { ReplyChain } from "../http/chain/reply-chain.ts";
import { isBodyless } from "../http/status.ts";
import { describeFailure, note } from "./policy-stage.ts";

/** Edits of the reply that is being looked at; empty between two calls. */
const EDITS = new FieldEdits();

/**
 * A reply on its way out, past the policies that its request entered: the origin's side, those who listen (a store),
 * the client's side. Edits are gathered beside the head; a policy that changes the body puts a link into the reply
 * chain, and whoever listens another.
 */
export class ReplyPolicies {
  readonly #env: Env;

  constructor(env: Env) {
    this.#env = env;
  }

  /**
   * What the policies change in the reply's head; it holds until the next call. Sets `exchange.reply` and the links
   * behind it. `length`: null for a tunnel, which has no body.
   *
   * @throws PolicyFailure when a policy throws: a reply must not go out without what it was to remove
   */
  apply(exchange: Exchange, head: ResponseHead, length: BodyLength | null): FieldEdits {
    EDITS.reset();
    const { route, listeners } = exchange;
    const chain = new ReplyChain(exchange);
    // The error page about a policy is not edited by that policy.
    const entered = exchange.fault?.code === "policy-failed" ? 0 : exchange.entered;
    const originEnd = route === null ? 0 : Math.min(entered, route.clientPolicies);
    for (let index = entered - 1; index >= originEnd; index--) this.#leave(exchange, head, index, chain, length);
    if (listeners !== null && length !== null) {
      // From here on the chain tells them of the end.
      exchange.listeners = null;
      chain.listen(listeners, head, EDITS, length);
    }
    for (let index = originEnd - 1; index >= 0; index--) this.#leave(exchange, head, index, chain, length);
    chain.connect();
    return EDITS;
  }

  #leave(exchange: Exchange, head: ResponseHead, index: number, chain: ReplyChain, length: BodyLength | null): void {
    const policy = exchange.route!.policies[index]!;
    const begun = exchange.record.detail === null ? 0 : this.#env.now();
    try {
      policy.onReply?.(head, EDITS, exchange);
      if (policy.transformReply !== undefined && hasBody(exchange, head, length)) {
        chain.transform((output) => policy.transformReply!(head, EDITS, exchange, output));
      }
    } catch (error) {
      chain.cancel();
      throw new PolicyFailure(describeFailure(policy, error));
    }
    if (begun > 0 && policy.onReply !== undefined) note(exchange, policy, "reply", null, begun, this.#env.now());
  }
}

/** A body follows the head, and is sent. */
function hasBody(exchange: Exchange, head: ResponseHead, length: BodyLength | null): boolean {
  if (length === null || length === BodyLength.none || length === 0) return false;
  return !isBodyless(head.status, exchange.method === Method.HEAD);
}

import type { Env } from "../contract/env.ts";
import { type Exchange, ExchangeMode } from "../contract/exchange.ts";
import { FieldEdits } from "../contract/field-edits.ts";
import type { RequestHead } from "../contract/head.ts";
import type { Policy } from "../contract/policy.ts";
import type { Stage } from "../contract/stage.ts";
import type { Step } from "../contract/step.ts";
import type { PolicyDone } from "../contract/trace-record.ts";
import { Verdict } from "../contract/verdict.ts";
import { errorMessage } from "../error-message.ts";
import { RequestTransforms } from "../http/chain/request-transforms.ts";

/** Edits of the request that is being looked at; what waits has its own. */
const EDITS = new FieldEdits();

/** Runs the policies of one side over the request, in order; goes on where it waited. */
export class PolicyStage implements Stage {
  readonly #side: Policy["side"];
  readonly #env: Env;
  readonly #resume: (exchange: Exchange) => void;

  constructor(side: Policy["side"], env: Env, resume: (exchange: Exchange) => void) {
    this.#side = side;
    this.#env = env;
    this.#resume = resume;
  }

  enter(exchange: Exchange, head: RequestHead): Verdict {
    const { policies, clientPolicies } = exchange.route!;
    const end = this.#side === "client" ? clientPolicies : policies.length;
    const awaited = exchange.takeAwaited();
    if (awaited !== null && awaited.kind !== "next") return verdictOf(exchange, awaited);
    while (exchange.entered < end) {
      const verdict = this.#run(exchange, head, policies[exchange.entered]!);
      if (verdict !== Verdict.pass) return verdict;
    }
    if (!exchange.hasBody || exchange.mode === ExchangeMode.plan) return Verdict.pass;
    return transformBody(exchange, this.#side === "client" ? 0 : clientPolicies, end);
  }

  #run(exchange: Exchange, head: RequestHead, policy: Policy): Verdict {
    exchange.entered++;
    if (policy.onRequest === undefined) return Verdict.pass;
    const begun = exchange.record.detail === null ? 0 : this.#env.now();
    const lasting = policy.asynchronous === true ? exchange.hold(head) : head;
    const step = enter(policy, lasting, editsOf(exchange), exchange);
    if (step instanceof Promise) return this.#wait(exchange, head, policy, step, begun);
    if (begun > 0) note(exchange, policy, "request", step, begun, this.#env.now());
    return step.kind === "next" ? Verdict.pass : verdictOf(exchange, step);
  }

  /** The shared head does not hold until the promise does: the rest of the way gets one that does. */
  #wait(exchange: Exchange, head: RequestHead, policy: Policy, waiting: Promise<Step>, begun: number): Verdict {
    exchange.hold(head);
    exchange.heldBy = "policy";
    const goOn = (step: Step): void => {
      if (!exchange.decide(step)) return;
      if (begun > 0) note(exchange, policy, "request", step, begun, this.#env.now());
      this.#resume(exchange);
    };
    waiting.then(goOn, (error: unknown) => goOn(failure(policy, error)));
    return exchange.wait();
  }
}

/** Asks the policies of a side, which have all let the request pass, what they change in its body. */
function transformBody(exchange: Exchange, from: number, end: number): Verdict {
  const { policies } = exchange.route!;
  for (let index = from; index < end; index++) {
    const policy = policies[index]!;
    if (policy.transformRequest === undefined) continue;
    const links = exchange.bodyLinks ?? new RequestTransforms(exchange);
    try {
      if (!links.add((output) => policy.transformRequest!(exchange, output))) continue;
    } catch (error) {
      return exchange.refuse("policy-failed", describeFailure(policy, error));
    }
    exchange.bodyLinks = links;
  }
  return Verdict.pass;
}

/** The edits of all policies so far, which must not be the shared ones once the exchange has waited. */
function editsOf(exchange: Exchange): FieldEdits {
  if (exchange.edits !== null) return exchange.edits;
  if (exchange.head !== null) return (exchange.edits = new FieldEdits());
  EDITS.reset();
  return (exchange.edits = EDITS);
}

function verdictOf(exchange: Exchange, step: Exclude<Step, { kind: "next" }>): Verdict {
  if (step.kind === "reply") return exchange.answerWith(step.reply, "policy");
  return exchange.refuse(step.fault.code, step.fault.detail);
}

/** A policy that throws refuses the request: what it was to check has not been checked. */
function enter(policy: Policy, head: RequestHead, edits: FieldEdits, exchange: Exchange): Step | Promise<Step> {
  try {
    if (exchange.mode === ExchangeMode.plan && policy.dryRun !== undefined) return policy.dryRun(head, edits, exchange);
    return policy.onRequest!(head, edits, exchange);
  } catch (error) {
    return failure(policy, error);
  }
}

function failure(policy: Policy, error: unknown): Step {
  return { kind: "fault", fault: { code: "policy-failed", detail: describeFailure(policy, error) } };
}

/** Whose failure it is, for the detail of a fault. */
export function describeFailure(policy: Policy, error: unknown): string {
  return `${policy.name}: ${errorMessage(error)}`;
}

/** Writes down what a policy did, for an explanation. */
export function note(
  exchange: Exchange,
  policy: Policy,
  on: PolicyDone["on"],
  step: Step | null,
  begun: number,
  ended: number,
): void {
  const outcome = step === null || step.kind === "next" ? "continue" : step.kind;
  const detail = step?.kind === "reply" ? step.reason : policy.describe();
  exchange.record.detail?.policies.push({ policy: policy.name, on, outcome, detail, begun, ended });
}

/** An exchange is over, for the policies that it has entered; `report` gets a line about one that throws. */
export function tellFinished(exchange: Exchange, report: (line: string) => void): void {
  for (let index = exchange.entered - 1; index >= 0; index--) {
    const policy = exchange.route!.policies[index]!;
    try {
      policy.onFinished?.(exchange);
    } catch (error) {
      report(`policy ${policy.name}, at the end of an exchange: ${errorMessage(error)}`);
    }
  }
}

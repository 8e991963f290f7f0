/**
 * The path of a request: the stages in order, and the one place that joins them.
 *
 *   client's end → WAY_IN → upstream or the edge's own answer → way out → client's end
 *
 * The way in is a list of stages and one loop over it (`#walk`). A stage lets the exchange pass, makes it wait, or stops
 * it with an answer or a fault; whoever made it wait calls `resume`, and the stage is entered again. The way out is a
 * chain of sinks (`beginReply`): what the origin's side changes, who listens, what the client's side changes.
 *
 * Everything is synchronous where it can be: a proxied request goes from the last byte of its head to the write on the
 * upstream's socket within one call of `begin`, and each part of the response from one socket to the other within one
 * call from the upstream. Only asynchronous policies, handlers, static files and queues wait.
 */
import {
  beginWithPage,
  errorPageRequest,
  isUpstreamError,
  mayHavePage,
  withPage,
} from "./action/error-pages/replace-error.ts";
import { AnswerStage } from "./action/answer-stage.ts";
import { readStickiness, stickyLine } from "./balance/stickiness.ts";
import type { BodyLength } from "./contract/body-length.ts";
import type { Ending } from "./contract/ending.ts";
import type { Env } from "./contract/env.ts";
import { type Exchange, ExchangeMode } from "./contract/exchange.ts";
import type { FaultCode } from "./contract/fault.ts";
import { type FieldEdits, withLines } from "./contract/field-edits.ts";
import { RequestHead, type ResponseHead } from "./contract/head.ts";
import type { LivePool } from "./contract/live-pool.ts";
import type { PathHooks } from "./contract/path-hooks.ts";
import type { Plan, RoutePlan } from "./contract/plan.ts";
import { PolicyFailure } from "./contract/policy.ts";
import { discardBody, type Reply } from "./contract/reply.ts";
import { WayIn } from "./contract/stage.ts";
import { Stamp, type ReplySource, type TraceRecord } from "./contract/trace-record.ts";
import type { Dialer } from "./contract/transport.ts";
import type { FailedAttempt, UpstreamHooks } from "./contract/upstream-hooks.ts";
import { Verdict } from "./contract/verdict.ts";
import { errorReply } from "./fault/error-reply.ts";
import { FAULTS } from "./fault/faults.ts";
import { dismissListeners } from "./http/chain/reply-tee.ts";
import { replyHead, replyLength } from "./http/reply-head.ts";
import { sendReplyBody } from "./http/reply-body.ts";
import { IdentifyStage } from "./listener/identify-stage.ts";
import { PolicyStage, tellFinished } from "./policy/policy-stage.ts";
import { ReplyPolicies } from "./policy/reply-policies.ts";
import { RetiringPlans } from "./policy/retiring-plans.ts";
import { RouteStage } from "./route/route-matcher.ts";
import { WallClock } from "./time/clocks.ts";
import type { TimerWheel } from "./time/wheel.ts";
import { RandomPool, hasIds, newIds, traceIdHex } from "./trace/trace-context.ts";
import type { RecordQueue } from "./trace/trace-store.ts";
import { Proxying } from "./upstream/proxying.ts";
import { acceptOf } from "./upstream/request-encoder.ts";

/** The way in, in order. A route's own way leaves out what it has no use for: see `isNeeded`. */
export const WAY_IN: readonly WayIn[] = [
  WayIn.identify,
  WayIn.route,
  WayIn.clientPolicies,
  WayIn.originPolicies,
  WayIn.answer,
  WayIn.prepare,
  WayIn.pick,
  WayIn.send,
];

/** What every request goes through, before its route is known. */
const ENTRY = 2;

/** Which of the ways it is: bits of `wayOf`. */
const CLIENT_POLICIES = 1;
const ORIGIN_POLICIES = 2;
const PROXIED = 4;

function isNeeded(stage: WayIn, bits: number): boolean {
  switch (stage) {
    case WayIn.identify:
    case WayIn.route:
      return true;
    case WayIn.clientPolicies:
      return (bits & CLIENT_POLICIES) > 0;
    case WayIn.originPolicies:
      return (bits & ORIGIN_POLICIES) > 0;
    case WayIn.answer:
      return (bits & PROXIED) === 0;
    case WayIn.prepare:
    case WayIn.pick:
    case WayIn.send:
      return (bits & PROXIED) > 0;
  }
}

const WAYS: ReadonlyArray<readonly WayIn[]> = Array.from({ length: 8 }, (_, bits) =>
  WAY_IN.filter((stage) => isNeeded(stage, bits)),
);

export interface PathOptions {
  readonly plan: Plan;
  readonly env: Env;
  readonly wheel: TimerWheel;
  readonly dialer: Dialer;
  readonly finished: RecordQueue;
  /** Gets a line for a person when something went wrong that changes no reply. */
  readonly report?: (line: string) => void;
}

/** Behind `prepare` nobody reads the head. */
const SPENT = new RequestHead();

export class Path implements PathHooks, UpstreamHooks {
  plan: Plan;
  draining = false;
  /** Open client connections. */
  connections = 0;
  /** Exchanges under way, with and without a client. */
  exchanges = 0;
  /** Told when a connection has closed, and when an exchange is over. */
  onLess: (() => void) | null = null;
  readonly #env: Env;
  readonly #finished: RecordQueue;
  readonly #report: (line: string) => void;
  readonly #proxying: Proxying;
  readonly #replyPolicies: ReplyPolicies;
  readonly #ids: RandomPool;
  readonly #identify: IdentifyStage;
  readonly #route: RouteStage;
  readonly #clientPolicies: PolicyStage;
  readonly #originPolicies: PolicyStage;
  readonly #answering: AnswerStage;
  readonly #retiring: RetiringPlans;
  readonly #wallClock: WallClock;

  constructor(options: PathOptions) {
    this.plan = options.plan;
    this.#env = options.env;
    this.#finished = options.finished;
    this.#report = options.report ?? (() => {});
    this.#retiring = new RetiringPlans(this.#report);
    this.#proxying = new Proxying(options.dialer, this, options.wheel);
    this.#replyPolicies = new ReplyPolicies(options.env);
    this.#ids = new RandomPool((into) => options.env.random(into));
    const resume = (exchange: Exchange): void => this.resume(exchange);
    this.#identify = new IdentifyStage(this.#ids);
    this.#route = new RouteStage(options.env);
    this.#clientPolicies = new PolicyStage("client", options.env, resume);
    this.#originPolicies = new PolicyStage("origin", options.env, resume);
    this.#answering = new AnswerStage(resume);
    this.#wallClock = new WallClock(options.env);
  }

  /** New requests go by this plan; those that wait for a connection may find one at its targets. */
  adopt(plan: Plan): void {
    const previous = this.plan;
    this.plan = plan;
    if (previous !== plan) this.#retiring.retire(previous, this.exchanges);
    for (const { live } of plan.pools.values()) {
      live.onUsable = this.#onUsable;
      this.#onUsable(live);
    }
  }

  readonly #onUsable = (live: LivePool): void => this.#proxying.onUsable(live);

  /** The edge has stopped: the policies of all plans are disposed of, whatever is left. */
  dispose(): void {
    this.#retiring.disposeAll(this.plan);
  }

  now(): number {
    return this.#env.now();
  }

  timeAt(now: number): number {
    return this.#wallClock.at(now);
  }

  /** Called with every tick. */
  syncClock(): void {
    this.#wallClock.sync();
  }

  acquireRecord(): TraceRecord {
    return this.#finished.acquire();
  }

  onConnectionClosed(): void {
    this.connections--;
    this.onLess?.();
  }

  // ---- the way in

  began(): void {
    this.exchanges++;
  }

  begin(exchange: Exchange, head: RequestHead): void {
    exchange.way = WAYS[0]!;
    exchange.at = 0;
    this.#walk(exchange, head);
  }

  /** Goes on where the exchange waited. Whoever comes too late, or twice, changes nothing. */
  resume(exchange: Exchange): void {
    if (exchange.done || !exchange.waiting) return;
    exchange.waiting = false;
    this.#walk(exchange, exchange.head ?? SPENT);
  }

  #walk(exchange: Exchange, head: RequestHead): void {
    for (;;) {
      const verdict = this.#enter(exchange.way[exchange.at]!, exchange, head);
      // From here on somebody else has the exchange, and may have ended it already.
      if (verdict === Verdict.waiting) return;
      if (verdict === Verdict.stopped) {
        this.#stopped(exchange, head);
        return;
      }
      if (++exchange.at === ENTRY) exchange.way = this.wayOf(exchange.route!);
    }
  }

  #enter(stage: WayIn, exchange: Exchange, head: RequestHead): Verdict {
    switch (stage) {
      case WayIn.identify:
        return this.#identify.enter(exchange, head);
      case WayIn.route:
        return this.#route.enter(exchange, head);
      case WayIn.clientPolicies:
        return this.#clientPolicies.enter(exchange, head);
      case WayIn.originPolicies:
        return this.#originPolicies.enter(exchange, head);
      case WayIn.answer:
        this.#stampPolicies(exchange);
        return this.#answering.enter(exchange, head);
      case WayIn.prepare:
        return this.#prepare(exchange, head);
      case WayIn.pick:
        return this.#proxying.pick(exchange);
      case WayIn.send:
        return this.#proxying.send(exchange);
    }
  }

  /** The stages that a route's requests go through. */
  wayOf({ policies, clientPolicies, action }: RoutePlan): readonly WayIn[] {
    const proxied = action.kind === "proxy" ? PROXIED : 0;
    if (policies.length === 0) return WAYS[proxied]!;
    const client = clientPolicies > 0 ? CLIENT_POLICIES : 0;
    return WAYS[client | (policies.length > clientPolicies ? ORIGIN_POLICIES : 0) | proxied]!;
  }

  #stampPolicies({ record, entered }: Exchange): void {
    const { stamps } = record;
    if (stamps[Stamp.policiesDone] !== 0) return;
    stamps[Stamp.policiesDone] = entered > 0 ? this.#env.now() : stamps[Stamp.routed]!;
  }

  /** What the pick goes by is read from the head here as well: behind this stage it is spent. */
  #prepare(exchange: Exchange, head: RequestHead): Verdict {
    this.#stampPolicies(exchange);
    const action = exchange.route!.action;
    if (action.kind === "proxy") {
      const { pool } = action;
      const { key } = pool.balance;
      if (key !== null) exchange.pick.key = key.hash(head, exchange.clientAddress);
      readStickiness(exchange.pick, head, pool);
    }
    return this.#proxying.prepare(exchange, head);
  }

  /** Back to the pick, or the end of the exchange. */
  attemptFailed(exchange: Exchange, attempt: FailedAttempt): void {
    exchange.waiting = false;
    if (this.#proxying.mayTryAgain(exchange, attempt)) {
      exchange.at = exchange.way.indexOf(WayIn.pick);
      this.#walk(exchange, SPENT);
      return;
    }
    exchange.refuse(attempt.code, attempt.detail);
    this.#stopped(exchange, null);
  }

  #stopped(exchange: Exchange, head: RequestHead | null): void {
    if (exchange.answer !== null) this.#answer(exchange, exchange.answer, exchange.answerSource, head);
    else this.#fault(exchange, head);
  }

  // ---- the way out

  /** Origin edits → listeners → client edits → the client's end; `exchange.reply` is where what follows is written. */
  beginReply(exchange: Exchange, head: ResponseHead, length: BodyLength): void {
    const page = isUpstreamError(exchange, head) ? this.#page(exchange, head.status, null) : null;
    // Nobody may store it or wait for it: it is not what the origin's side said.
    if (page !== null) dismissListeners(exchange);
    const edits = this.#edits(exchange, head, length);
    if (page === null) exchange.reply.begin(head, edits, length);
    else beginWithPage(exchange, head, edits, page);
  }

  switchProtocols(exchange: Exchange, head: ResponseHead): void {
    const edits = this.#edits(exchange, head, null);
    exchange.reply.switchProtocols(head, edits);
  }

  #edits(exchange: Exchange, head: ResponseHead, length: BodyLength | null): FieldEdits | null {
    let edits: FieldEdits | null = null;
    if (exchange.entered > 0 || exchange.listeners !== null) {
      const made = this.#replyPolicies.apply(exchange, head, length);
      if (!made.empty) edits = made;
    }
    if (exchange.record.source !== "upstream") return edits;
    const line = stickyLine(exchange.pick, exchange.pool!, exchange.target!);
    return line === null ? edits : withLines(edits, line);
  }

  /** A reply that the edge made goes past the same policies and into the same sink as an upstream's. */
  #answer(exchange: Exchange, made: Reply, source: ReplySource, head: RequestHead | null): void {
    const { record } = exchange;
    record.source = source;
    const page = mayHavePage(made.status, source) ? this.#page(exchange, made.status, head) : null;
    const reply = page === null ? made : withPage(made, page);
    if (exchange.mode === ExchangeMode.plan) {
      record.status = reply.status;
      exchange.answer = reply;
      exchange.finish("planned");
      return;
    }
    record.stamps[Stamp.firstByte] = this.#env.now();
    exchange.producer = null;
    try {
      this.beginReply(exchange, replyHead(reply), replyLength(reply));
    } catch (error) {
      discardBody(reply.body);
      if (error instanceof PolicyFailure) exchange.refuse("policy-failed", error.message);
      else if (error instanceof RangeError && source !== "fault") exchange.refuse("handler-failed", error.message);
      else throw error;
      this.#fault(exchange, null);
      return;
    }
    if (!sendReplyBody(exchange, reply, this.#env)) return;
    record.stamps[Stamp.lastByte] = this.#env.now();
    exchange.reply.end();
  }

  // ---- faults and the end

  failed(exchange: Exchange, code: FaultCode, detail: string): void {
    exchange.cancel();
    // A head that could not be read has not been given an identity.
    if (!hasIds(exchange.record)) newIds(exchange.record, this.#ids, false);
    exchange.refuse(code, detail);
    this.#fault(exchange, null);
  }

  /** Tells the client of `exchange.fault`: by a page, or by a reset when the reply has begun. */
  #fault(exchange: Exchange, head: RequestHead | null): void {
    const { record } = exchange;
    const fault = exchange.fault!;
    record.fault = fault.code;
    record.faultDetail = fault.detail;
    exchange.waiting = false;
    if (exchange.sink.begun || (FAULTS[fault.code].status === 0 && exchange.mode !== ExchangeMode.plan)) {
      exchange.reply.abort();
      return;
    }
    // The page is the edge's, not what the origin's side says: nobody may store it or wait for more.
    dismissListeners(exchange);
    const reply = errorReply(fault, {
      accept: acceptOf(exchange, head),
      traceId: traceIdHex(record),
      explained: exchange.mode !== ExchangeMode.serve,
      via: exchange.plan.forwarding.via,
    });
    this.#answer(exchange, reply, "fault", head);
  }

  finished(exchange: Exchange, ending: Ending): void {
    const { record, plan } = exchange;
    const { stamps } = record;
    record.ending = ending;
    stamps[Stamp.ended] = ending === "written" ? stamps[Stamp.replyWritten]! : this.#env.now();
    exchange.cancel();
    dismissListeners(exchange);
    tellFinished(exchange, this.#report);
    this.#proxying.release(exchange);
    this.exchanges--;
    if (exchange.mode !== ExchangeMode.plan) this.#finished.add(record);
    if (plan !== this.plan) this.#retiring.leave(plan);
    this.onLess?.();
  }

  /** The page that whoever runs the edge has for an error; `head`: null when it is used up. */
  #page(exchange: Exchange, status: number, head: RequestHead | null): Reply | null {
    const pages = (exchange.route ?? exchange.plan).errorPages;
    return pages === null ? null : pages.pageFor(errorPageRequest(exchange, status, acceptOf(exchange, head)));
  }
}

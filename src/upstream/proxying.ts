import { type Exchange, ExchangeMode } from "../contract/exchange.ts";
import type { FaultCode } from "../contract/fault.ts";
import type { RequestHead, ResponseHead } from "../contract/head.ts";
import type { BodyLength } from "../contract/body-length.ts";
import type { LivePool } from "../contract/live-pool.ts";
import { OutboundRequest } from "../contract/outbound-request.ts";
import type { PoolPlan, ProxyAction } from "../contract/plan.ts";
import type { Target, UpstreamLink } from "../contract/target.ts";
import { Stamp, timeToFirstByte, type TraceRecord } from "../contract/trace-record.ts";
import type { Dialer } from "../contract/transport.ts";
import type { FailedAttempt, UpstreamHooks } from "../contract/upstream-hooks.ts";
import { Verdict } from "../contract/verdict.ts";
import type { TimerWheel } from "../time/wheel.ts";
import { holdsBody } from "./held-body.ts";
import { armHedge } from "./hedging.ts";
import { applyMaxForwards } from "./forwarding.ts";
import { encodeRequest } from "./request-encoder.ts";
import { depositRetry, forbidsRetry } from "./retry-budget.ts";
import { closedKept, isStale } from "./stale-connection.ts";
import { type LinkHost, UpstreamConnection } from "./upstream-connection.ts";
import { isWorthWaiting, joinQueue, leaveQueue } from "./wait-queue.ts";

/** Encoded requests kept for the next exchange. */
const SPARE = 1_024;
/** A buffer that one large head has grown is not kept, bytes. */
const SPARE_SIZE = 16_384;

/**
 * Connections that belong to a user. NTLM, and Negotiate with it, authenticate the connection and not the request
 * (RFC 4559 §6): once a client has authenticated on one, whoever else sends a request there is answered as that client.
 * So such a connection belongs to the client's connection: no other request gets it, and it ends with it.
 */
const SCHEME = /(?:^|,)\s*(?:ntlm|negotiate)(?:\s|,|$)/i;

/** The response asks the client to authenticate the connection. */
function asksToBind(head: ResponseHead): boolean {
  return head.status === 401 && SCHEME.test(head.get("www-authenticate") ?? "");
}

/** The connection that the exchange's client has authenticated on, if the request may go there. */
function boundLink(exchange: Exchange): UpstreamLink | null {
  const { bound } = exchange.connection;
  if (bound === null || exchange.failed !== null || bound.active > 0) return null;
  const { target } = bound;
  return target.draining || !exchange.pool!.live.targets.includes(target) ? null : bound;
}

/** A proxied request: encoded, a target picked or waited for, sent, tried again elsewhere. Three stages of the path. */
export class Proxying implements LinkHost {
  readonly #hooks: UpstreamHooks;
  readonly #wheel: TimerWheel;
  readonly #dialer: Dialer;
  readonly #spare: OutboundRequest[] = [];

  constructor(dialer: Dialer, hooks: UpstreamHooks, wheel: TimerWheel) {
    this.#hooks = hooks;
    this.#wheel = wheel;
    this.#dialer = dialer;
  }

  readonly #resume = (exchange: Exchange): void => this.#hooks.resume(exchange);

  // ---- stages

  /** The last place that reads the request's head: from here on the outbound request has all that is needed of it. */
  prepare(exchange: Exchange, head: RequestHead): Verdict {
    const action = exchange.route!.action as ProxyAction;
    const { pool, timeouts } = action;
    const { record } = exchange;
    const end = applyMaxForwards(exchange, head);
    if (end !== null) return exchange.answerWith(end, "respond");
    exchange.pool = pool;
    exchange.timeouts = timeouts;
    record.pool = pool.name;
    record.source = "upstream";
    const path = action.rewrite === null ? null : action.rewrite.rewrite(head.path(), exchange.params);
    if (exchange.mode === ExchangeMode.plan) return Verdict.pass;
    const outbound = this.#spare.pop() ?? new OutboundRequest();
    exchange.outbound = outbound;
    encodeRequest(exchange, head, path, outbound);
    exchange.edits = null;
    exchange.totalDeadline = timeouts.total === 0 ? 0 : this.#wheel.now + timeouts.total;
    depositRetry(pool, this.#wheel.now);
    return Verdict.pass;
  }

  /** Picks a target, or lets the exchange wait until one is free. */
  pick(exchange: Exchange): Verdict {
    const pool = exchange.pool!;
    if (exchange.mode === ExchangeMode.plan) return this.#plan(exchange, pool);
    if (!exchange.bodyDone && holdsBody(exchange, this.#resume)) return holdOn(exchange);
    if (exchange.held !== null) this.#stampHeld(exchange.record);
    const bound = boundLink(exchange);
    if (bound !== null) {
      exchange.target = bound.target;
      exchange.record.pickReason = "bound-connection";
      exchange.record.stamps[Stamp.balanced] = this.#hooks.now();
      return Verdict.pass;
    }
    const { record, failed } = exchange;
    const considered = record.detail === null ? null : (record.detail.targets = []);
    const target = pool.live.pick(exchange.pick, this.#wheel.now, considered) ?? this.#sameAgain(exchange, pool);
    const { stamps } = record;
    const atOnce = considered === null && failed === null && stamps[Stamp.queued] === 0 && exchange.held === null;
    stamps[Stamp.balanced] = atOnce ? stamps[Stamp.policiesDone]! : this.#hooks.now();
    if (target !== null) {
      if (failed !== null) record.retries++;
      exchange.failed = null;
      exchange.target = target;
      record.pickReason = pool.live.lastReason;
      return Verdict.pass;
    }
    if (isWorthWaiting(pool, exchange)) {
      if (joinQueue(exchange, pool, this, this.#wheel)) return exchange.wait();
      return exchange.refuse("queue-full", `pool "${pool.name}": queue.max = ${pool.queue.max}`);
    }
    if (failed !== null) {
      record.noRetry = "no-other-target";
      return exchange.refuse(failed.code, failed.detail);
    }
    return refuseWithoutTarget(exchange, pool);
  }

  #stampHeld({ stamps }: TraceRecord): void {
    if (stamps[Stamp.bodyHeld] === 0) stamps[Stamp.bodyHeld] = this.#hooks.now();
  }

  /** A target that closed a kept connection may well take a fresh one: it is asked again where there is no other. */
  #sameAgain({ failed, pick }: Exchange, pool: PoolPlan): Target | null {
    if (failed === null || !closedKept(failed)) return null;
    pick.tried!.pop();
    return pool.live.pick(pick, this.#wheel.now, null);
  }

  /** Sends the request to the picked target. What follows comes through the exchange's reply, or `attemptFailed`. */
  send(exchange: Exchange): Verdict {
    const target = exchange.target!;
    exchange.record.target = target.address;
    if (exchange.pool!.retry.hedge !== 0) armHedge(exchange, this, this.#wheel);
    const free = boundLink(exchange) ?? target.free[target.free.length - 1];
    // A kept connection that was stale is seldom the only one: another try takes a fresh one.
    if (free !== undefined && exchange.record.retries === 0) {
      free.send(exchange);
      return Verdict.waiting;
    }
    // It takes the place of a kept one where there may be no more of them.
    if (target.maxConnections !== 0 && target.links.size >= target.maxConnections) target.free[0]?.retire();
    const link = new UpstreamConnection(target, exchange.pool!, exchange, this, this.#wheel);
    link.connect(this.#dialer);
    return Verdict.waiting;
  }

  /** What `pick` would do, leaving everything as it is. */
  #plan(exchange: Exchange, pool: PoolPlan): Verdict {
    const { record } = exchange;
    const considered = record.detail === null ? null : (record.detail.targets = []);
    const target = pool.live.peek(exchange.pick, this.#wheel.now, considered);
    if (target !== null) {
      record.target = target.address;
      record.pickReason = pool.live.lastReason;
      record.reused = target.free.length > 0;
    } else if (!isWorthWaiting(pool, exchange)) {
      return refuseWithoutTarget(exchange, pool);
    }
    return exchange.planned();
  }

  // ---- for the path

  /** Notes a failed attempt. True: the request may be picked a target again. */
  mayTryAgain(exchange: Exchange, attempt: FailedAttempt): boolean {
    const { target } = attempt;
    if (target !== null) this.#noteFailure(exchange, attempt, target);
    if (exchange.done) return false;
    const forbidden = forbidsRetry(exchange, attempt, this.#wheel.now);
    if (forbidden !== "") {
      // Who found none in the queue has not been tried at all.
      if (target !== null) exchange.record.noRetry = forbidden;
      return false;
    }
    if (target !== null) (exchange.pick.tried ??= []).push(target);
    exchange.failed = attempt;
    return true;
  }

  #noteFailure({ pool, record }: Exchange, attempt: FailedAttempt, target: Target): void {
    if (!isStale(attempt, this.#hooks.now()))
      pool!.live.noteFailure(target, attempt.code, attempt.detail, this.#wheel.now);
    const { reused, code: fault, begun } = attempt;
    (record.attempts ??= []).push({ target: target.address, reused, fault, begun, ended: this.#hooks.now() });
  }

  /** The exchange is over. */
  release(exchange: Exchange): void {
    const { outbound, hedge } = exchange;
    if (hedge !== null) hedge.end();
    if (outbound === null) return;
    exchange.outbound = null;
    if (this.#spare.length < SPARE && outbound.bytes.length <= SPARE_SIZE) this.#spare.push(outbound);
  }

  /** Those who wait for the pool may find a connection now. */
  onUsable(live: LivePool): void {
    for (let waiting = live.waiting.length; waiting > 0; waiting--) this.onTargetFree(live.plan);
  }

  // ---- LinkHost

  now(): number {
    return this.#hooks.now();
  }

  onReplyHead(exchange: Exchange, head: ResponseHead, length: BodyLength): void {
    this.#noteReply(exchange, head);
    this.#hooks.beginReply(exchange, head, length);
  }

  onSwitched(exchange: Exchange, head: ResponseHead): void {
    this.#noteReply(exchange, head);
    this.#hooks.switchProtocols(exchange, head);
  }

  onAttemptFailed(exchange: Exchange, attempt: FailedAttempt): void {
    const { hedge } = exchange;
    if (hedge === null) this.#hooks.attemptFailed(exchange, attempt);
    else if (hedge.onAttemptFailed(exchange, attempt)) this.#noteFailure(hedge.exchange, attempt, attempt.target!);
    else this.#hooks.attemptFailed(hedge.exchange, attempt);
  }

  onTargetFree(pool: PoolPlan): void {
    const { live } = pool;
    if (live.waiting.length === 0) return;
    const exchange = leaveQueue(live, this);
    if (exchange === null) return;
    // A reload may have given the pool other limits while the exchange waited.
    exchange.pool = live.plan;
    this.#hooks.resume(exchange);
  }

  onQueueTimeout(exchange: Exchange, detail: string): void {
    this.#hooks.attemptFailed(exchange, {
      code: "queue-timeout",
      detail,
      target: null,
      reused: false,
      staleFor: 0,
      unsent: true,
      unrepeatable: "",
      begun: this.#hooks.now(),
    });
  }

  #noteReply(exchange: Exchange, head: ResponseHead): void {
    const { record, target } = exchange;
    if (asksToBind(head)) exchange.bindsConnection = true;
    if (head.serverTimingField >= 0) record.serverTiming = head.get("server-timing") ?? "";
    exchange.pool!.live.noteAnswer(target!, head.status, timeToFirstByte(record.stamps), this.#wheel.now);
  }
}

/** Its body is taken until enough of it has come, which may be at once. */
function holdOn(exchange: Exchange): Verdict {
  const verdict = exchange.wait();
  exchange.takeBody(exchange.held!);
  exchange.resumeBody();
  return verdict;
}

function refuseWithoutTarget(exchange: Exchange, pool: PoolPlan): Verdict {
  const detail = `pool "${pool.name}": no target of ${pool.live.targets.length} may be used`;
  return exchange.refuse("no-target" satisfies FaultCode, detail);
}

/** Closes the idle connections of the targets. */
export function retireTargets(targets: Iterable<Target>): void {
  for (const target of targets) {
    for (const link of Array.from(target.links)) link.retire();
  }
}

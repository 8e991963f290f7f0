/**
 * The path of a request: the stages in order, and the one place that joins them.
 *
 *   accept → (tls) → request → route → policies → balance → (queue) → connect → send → response → policies → reply
 *
 * Everything is synchronous where it can be: a proxied request goes from the last byte of its head to the write on
 * the upstream's socket within one call of `onRequest`, and each part of the response from one socket to the other
 * within one call from the upstream. Only asynchronous policies, handlers and static files wait by promises; they get
 * a clone of the head, since the shared one holds only until `onRequest` returns.
 */
import { bindClient, readStickiness, reasonOf } from "./balance/sticky-exchange.ts";
import type { Env } from "./contract/env.ts";
import type { Exchange, PathHooks } from "./contract/exchange.ts";
import type { Fault, FaultCode } from "./contract/fault.ts";
import type { FieldEdits } from "./contract/field-edits.ts";
import type { RequestHead, ResponseHead } from "./contract/head.ts";
import { PolicyFailure } from "./contract/policy-failure.ts";
import type { LivePool } from "./contract/live-pool.ts";
import type { Plan, PoolPlan, ProxyAction } from "./contract/plan.ts";
import type { Reply } from "./contract/reply.ts";
import type { Step } from "./contract/step.ts";
import { Stamp, TraceDetail, type ReplySource, type TraceRecord } from "./contract/trace-record.ts";
import type { Dialer } from "./contract/transport.ts";
import type { UpstreamHooks } from "./contract/upstream-hooks.ts";
import { errorReply } from "./fault/error-reply.ts";
import { FAULTS } from "./fault/faults.ts";
import { clientAddressOf } from "./http/client-address.ts";
import { isExplainAuthorised } from "./http/explain-token.ts";
import { replyHead, replyLength } from "./http/reply-head.ts";
import { sendReplyBody } from "./http/reply-body.ts";
import { PolicyChain, type AfterPolicies } from "./policy/chain.ts";
import { handlerContext, runHandler } from "./action/handler/handler.ts";
import type { TimerWheel } from "./time/wheel.ts";
import type { RecordQueue } from "./trace/record-queue.ts";
import { timeToFirstByte } from "./trace/duration.ts";
import { noteAgent } from "./trace/note-agent.ts";
import { RandomPool } from "./trace/random-pool.ts";
import { hasIds, identify, newIds, traceIdHex } from "./trace/trace-context.ts";
import { encodeRequest, outboundField } from "./upstream/request-encoder.ts";
import { depositRetry, mayRetry } from "./upstream/retry-budget.ts";
import { Upstream } from "./upstream/upstream.ts";
import { isWorthWaiting, joinQueue, leaveQueue } from "./upstream/wait-queue.ts";
import { Method } from "./contract/method.ts";
import { errorMessage } from "./error-message.ts";

export interface PathOptions {
  readonly plan: Plan;
  readonly env: Env;
  readonly wheel: TimerWheel;
  readonly dialer: Dialer;
  readonly finished: RecordQueue;
}

/** In a millisecond. */
const NANOSECONDS = 1e6;

export class Path implements PathHooks, UpstreamHooks, AfterPolicies {
  plan: Plan;
  draining = false;
  /** Open client connections. */
  connections = 0;
  /** Exchanges under way. */
  exchanges = 0;
  /** Told when a connection has closed. */
  onClosed: (() => void) | null = null;
  readonly #env: Env;
  readonly #wheel: TimerWheel;
  readonly #finished: RecordQueue;
  readonly #policies: PolicyChain;
  readonly #upstream: Upstream;
  readonly #ids: RandomPool;
  /** Wall clock minus monotonic clock, milliseconds. */
  #epoch = 0;

  constructor(options: PathOptions) {
    this.plan = options.plan;
    this.#env = options.env;
    this.#wheel = options.wheel;
    this.#finished = options.finished;
    this.syncClock();
    this.#policies = new PolicyChain(options.env, this);
    this.#upstream = new Upstream(options.dialer, this, options.wheel);
    this.#ids = new RandomPool((into) => options.env.random(into));
  }

  /** New requests go by this plan; those that wait for a connection may find one at its targets. */
  adopt(plan: Plan): void {
    this.plan = plan;
    for (const { live } of plan.pools.values()) {
      live.onUsable = this.#onUsable;
      this.#onUsable(live);
    }
  }

  /** Those that wait may find a connection now. */
  readonly #onUsable = (live: LivePool): void => {
    for (let waiting = live.waiting.length; waiting > 0; waiting--) this.onTargetFree(live.plan);
  };

  now(): number {
    return this.#env.now();
  }

  timeAt(now: number): number {
    return this.#epoch + now / NANOSECONDS;
  }

  /** Sets the wall clock by the monotonic one; called with every tick, since the wall clock is set now and then. */
  syncClock(): void {
    this.#epoch = this.#env.time() - this.#env.now() / NANOSECONDS;
  }

  acquireRecord(): TraceRecord {
    this.exchanges++;
    return this.#finished.acquire();
  }

  onConnectionClosed(): void {
    this.connections--;
    this.onClosed?.();
  }

  // ---- request → route

  onRequest(exchange: Exchange, head: RequestHead): void {
    const { plan, connection, record } = exchange;
    exchange.clientAddress = connection.peerAddress;
    if (connection.trustedPeer && head.hasForwarding) {
      exchange.clientAddress = clientAddressOf(head, connection.peerAddress, plan.trustedProxies);
    }
    record.clientAddress = exchange.clientAddress;
    identify(head, record, this.#ids);
    if (plan.accessLog?.format === "combined") noteAgent(head, record);
    // A wrong token is ignored, like any field that the edge does not know.
    if (head.explainField >= 0 && isExplainAuthorised(head, plan.admin?.token ?? "")) {
      this.explain(exchange);
      noteAgent(head, record);
    }
    if (record.detail !== null) record.detail.routes = plan.matcher.consider(head, exchange.clientAddress);

    const route = plan.matcher.match(head, exchange.clientAddress);
    // A clock read costs more than a copied head: only an explanation asks how long match and pick took by themselves.
    record.stamps[Stamp.routed] = record.detail === null ? record.stamps[Stamp.headParsed]! : this.#env.now();
    if (head.method === Method.CONNECT) {
      // The edge is no open proxy: RFC 9110 §9.3.6 lets it refuse.
      this.#fault(exchange, "connect-refused", "", head);
      return;
    }
    if (route === null) {
      this.#fault(exchange, "no-route", `${plan.routes.length} routes were considered`, head);
      return;
    }
    exchange.route = route;
    exchange.params = plan.matcher.params;
    record.route = route.name;
    this.#policies.onRequest(exchange, head);
  }

  /** From here on the exchange notes what it considers. */
  explain(exchange: Exchange): void {
    exchange.explained = true;
    exchange.record.detail = new TraceDetail();
  }

  // ---- policies → action

  onStopped(exchange: Exchange, head: RequestHead, step: Exclude<Step, { kind: "next" }>): void {
    if (step.kind === "reply") this.#reply(exchange, step.reply, "policy");
    else this.#fault(exchange, step.fault.code, step.fault.detail, head);
  }

  onPassed(exchange: Exchange, head: RequestHead, edits: FieldEdits | null): void {
    const { record } = exchange;
    const action = exchange.route!.action;
    const hasPolicies = exchange.route!.policies.length > 0;
    record.stamps[Stamp.policiesDone] = hasPolicies ? this.#env.now() : record.stamps[Stamp.routed]!;
    switch (action.kind) {
      case "proxy":
        this.#proxy(exchange, head, edits, action);
        return;
      case "respond":
        this.#reply(exchange, action.reply, "respond");
        return;
      case "redirect":
        this.#reply(exchange, action.redirect(head, exchange.params), "redirect");
        return;
      case "static": {
        record.source = "static";
        if (exchange.planOnly) return;
        const clone = head.clone();
        const request = {
          method: clone.methodName(),
          path: clone.path(),
          query: clone.query(),
          get: (field: string) => clone.get(field),
        };
        this.#await(exchange, clone, action.serve(request), "static");
        return;
      }
      case "handler": {
        record.source = "handler";
        if (exchange.planOnly) return;
        const clone = head.clone();
        const context = handlerContext(exchange);
        this.#await(exchange, clone, runHandler(action.handler, clone, exchange, context), "handler");
        return;
      }
    }
  }

  #await(exchange: Exchange, head: RequestHead, waiting: Promise<Reply>, source: ReplySource): void {
    exchange.escaped = true;
    waiting
      .then((reply) => {
        if (!exchange.done) this.#reply(exchange, reply, source);
      })
      .catch((error: unknown) => {
        if (!exchange.done) this.#fault(exchange, "handler-failed", errorMessage(error), head);
      });
  }

  // ---- balance → connect → send

  #proxy(exchange: Exchange, head: RequestHead, edits: FieldEdits | null, action: ProxyAction): void {
    const { pool } = action;
    const { record } = exchange;
    record.pool = pool.name;
    record.source = "upstream";
    const path = action.rewrite === null ? null : action.rewrite.rewrite(head.path(), exchange.params);
    const { key } = pool.balance;
    if (key !== null) exchange.balanceKey = key.hash(head, exchange.clientAddress);
    readStickiness(exchange, head, pool);
    if (exchange.planOnly) {
      this.#planPick(exchange, pool);
      return;
    }
    const outbound = this.#upstream.acquireOutbound();
    exchange.outbound = outbound;
    encodeRequest(exchange, head, edits, action, path, outbound);
    exchange.totalDeadline = pool.timeouts.total === 0 ? 0 : this.#wheel.now + pool.timeouts.total;
    depositRetry(pool);
    this.#dispatch(exchange, pool, null);
  }

  /** `failed`: why the attempt before failed, which is the exchange's fault when no other target is left. */
  #dispatch(exchange: Exchange, pool: PoolPlan, failed: Fault | null): void {
    const { record } = exchange;
    const considered = record.detail === null ? null : (record.detail.targets = []);
    const target = pool.live.pick(exchange, this.#wheel.now, considered, false);
    const { stamps } = record;
    const atOnce = considered === null && failed === null && stamps[Stamp.queued] === 0;
    stamps[Stamp.balanced] = atOnce ? stamps[Stamp.policiesDone]! : this.#env.now();
    if (target !== null) {
      if (failed !== null) record.retries++;
      record.pickReason = reasonOf(exchange, pool.live);
      exchange.bindsClient = pool.stickiness !== null && target !== exchange.stickyTarget;
      this.#upstream.send(exchange, pool, target);
    } else if (isWorthWaiting(pool, exchange)) {
      if (joinQueue(exchange, pool, this, this.#wheel)) return;
      this.#fault(exchange, "queue-full", `pool "${pool.name}": queue.max = ${pool.queue.max}`);
    } else if (failed !== null) {
      this.#fault(exchange, failed.code, failed.detail);
    } else {
      this.#noTarget(exchange, pool);
    }
  }

  #noTarget(exchange: Exchange, pool: PoolPlan): void {
    this.#fault(exchange, "no-target", `pool "${pool.name}": no target of ${pool.live.targets.length} may be used`);
  }

  /** What `#dispatch` would pick, leaving everything as it is. */
  #planPick(exchange: Exchange, pool: PoolPlan): void {
    const { record } = exchange;
    const considered = record.detail === null ? null : (record.detail.targets = []);
    const target = pool.live.pick(exchange, this.#wheel.now, considered, true);
    if (target === null) {
      if (!isWorthWaiting(pool, exchange)) this.#noTarget(exchange, pool);
      return;
    }
    record.target = target.address;
    record.pickReason = reasonOf(exchange, pool.live);
    record.reused = target.idle.length > 0;
  }

  onTargetFree(pool: PoolPlan): void {
    const { live } = pool;
    if (live.waiting.length === 0) return;
    const exchange = leaveQueue(pool, this);
    // A reload may have given the pool other limits while the exchange waited.
    if (exchange !== null) this.#dispatch(exchange, live.plan, null);
  }

  onUpstreamFault(
    exchange: Exchange,
    code: FaultCode,
    detail: string,
    unsent: boolean,
    replayable: boolean,
    begun: number,
  ): void {
    const { record, target } = exchange;
    const action = exchange.route!.action;
    // A kept connection that the target closed meanwhile tells nothing about the target.
    const stale = record.reused && code === "upstream-closed";
    if (target !== null) {
      if (action.kind === "proxy" && !stale) action.pool.live.noteFailure(target, code, detail, this.#wheel.now);
      const attempt = { target: target.address, reused: record.reused, fault: code, begun, ended: this.#env.now() };
      if (record.attempts === null) record.attempts = [attempt];
      else record.attempts.push(attempt);
    }
    if (mayRetry(exchange, code, unsent, replayable, this.#wheel.now)) {
      if (target !== null && !stale) (exchange.tried ??= []).push(target);
      if (action.kind === "proxy") this.#dispatch(exchange, action.pool, { code, detail });
      return;
    }
    this.#fault(exchange, code, detail);
  }

  // ---- reply

  onReplyHead(exchange: Exchange, head: ResponseHead): FieldEdits | null {
    const { target, record } = exchange;
    if (head.serverTimingField >= 0) record.serverTiming = head.get("server-timing") ?? "";
    const action = exchange.route!.action;
    if (action.kind !== "proxy" || target === null) return this.#policies.onReply(exchange, head);
    action.pool.live.noteAnswer(target, head.status, timeToFirstByte(record.stamps), this.#wheel.now);
    return bindClient(exchange, action.pool, target, this.#policies.onReply(exchange, head));
  }

  /** A reply that the edge made goes past the same policies and into the same sink as an upstream's. */
  #reply(exchange: Exchange, reply: Reply, source: ReplySource): void {
    const { record, sink } = exchange;
    record.source = source;
    if (exchange.planOnly) {
      record.status = reply.status;
      exchange.planned = reply;
      return;
    }
    record.stamps[Stamp.firstByte] = this.#env.now();
    exchange.producer = null;
    const head = replyHead(reply);
    let edits: FieldEdits | null;
    try {
      edits = this.#policies.onReply(exchange, head);
    } catch (error) {
      if (!(error instanceof PolicyFailure)) throw error;
      this.#fault(exchange, "policy-failed", error.message);
      return;
    }
    sink.begin(head, edits, replyLength(reply));
    if (!sendReplyBody(exchange, reply)) return;
    record.stamps[Stamp.lastByte] = this.#env.now();
    sink.end();
  }

  // ---- faults and the end

  onClientFault(exchange: Exchange, code: FaultCode, detail: string): void {
    const { producer, record } = exchange;
    exchange.producer = null;
    producer?.cancel();
    // A head that could not be read has not been given an identity.
    if (!hasIds(record)) newIds(record, this.#ids, false);
    this.#fault(exchange, code, detail);
  }

  #fault(exchange: Exchange, code: FaultCode, detail: string, head: RequestHead | null = null): void {
    const { record, sink } = exchange;
    exchange.fault = { code, detail };
    record.fault = code;
    record.faultDetail = detail;
    if (sink.begun || (FAULTS[code].status === 0 && !exchange.planOnly)) {
      sink.abort();
      return;
    }
    // Once the head is used up, what it said is still in the request that went upstream.
    const accept = head !== null ? head.get("accept") : outboundField(exchange.outbound, "accept");
    const via = exchange.plan.forwarding.via;
    const reply = errorReply(exchange.fault, {
      accept,
      traceId: traceIdHex(record),
      explained: exchange.explained,
      via,
    });
    this.#reply(exchange, reply, "fault");
  }

  onFinished(exchange: Exchange): void {
    const { record, outbound } = exchange;
    this.exchanges--;
    if (outbound !== null) {
      exchange.outbound = null;
      this.#upstream.releaseOutbound(outbound);
    }
    this.#finished.add(record);
  }
}

import { Exchange } from "../contract/exchange.ts";
import type { Fault } from "../contract/fault.ts";
import { RequestHead } from "../contract/head.ts";
import type { PathHooks } from "../contract/path-hooks.ts";
import type { LiveListener, RoutePlan } from "../contract/plan.ts";
import type { RequestBody } from "../contract/request-body.ts";
import type { Transport, TransportHandler } from "../contract/transport.ts";
import { FAULTS, faultOf } from "../fault/faults.ts";
import { facts } from "../http/h1/message-facts.ts";
import { parseRequestHead } from "../http/h1/request-head.ts";
import type { TimerWheel } from "../time/wheel.ts";
import { beginRecord, beginRefusedRecord, type RefusedBytes } from "./identify-stage.ts";
import { ClientStream } from "./client-stream.ts";
import { Phase, timerFault } from "./phase.ts";
import { ReplyWriter, type ReplyHost } from "./reply-writer.ts";
import { bodyRules } from "./request-body-feed.ts";
import { TunnelWatch } from "./tunnel-watch.ts";

/** Holds the head that is being looked at: it is used up before the next one is parsed. */
const HEAD = new RequestHead();

/** One client connection speaking HTTP/1.1 (or 1.0): requests in, replies out, one after the other. */
export class Http1Connection extends ClientStream implements TransportHandler, RequestBody, ReplyHost {
  readonly #writer: ReplyWriter;
  #exchange: Exchange | null = null;
  #keepAlive = true;
  /** `#feed` is on the stack: whoever ends an exchange leaves the next request to it. */
  #feeding = false;
  /** Null until there is a tunnel. */
  #tunnel: TunnelWatch | null = null;
  /** When the first part of a head came that did not come whole, nanoseconds; 0 = it did. */
  #headBegun = 0;

  /** `by`: who accepted it. `all`: the edge's open connections, of which this is one until it closes. */
  constructor(transport: Transport, by: LiveListener, hooks: PathHooks, wheel: TimerWheel, all: Set<Http1Connection>) {
    super(transport, by, hooks, wheel, all);
    this.#writer = new ReplyWriter(this.output, this);
    all.add(this);
    wheel.set(this, this.plan.timeouts.head);
  }

  get exchange(): Exchange {
    return this.#exchange!;
  }

  now(): number {
    return this.hooks.now();
  }

  onData(bytes: Buffer, start: number, end: number): void {
    if (this.servesNoMore()) return;
    const input = this.input;
    if (input.bytes === null) {
      const position = this.#feed(bytes, start, end, this.transport);
      if (position < end && this.phase < Phase.linger) input.keep(bytes, position, end);
    } else {
      input.append(bytes, start, end, this.transport);
      if (this.phase !== Phase.head || input.worthLooking(bytes, start, end)) this.#feedInput();
    }
    this.pauseWhenFull();
  }

  onWritable(): void {
    // Transports say so without being asked, too.
    if (!this.output.blocked) return;
    if (!this.output.onWritable()) {
      this.onBlocked();
      return;
    }
    if (this.phase === Phase.reply) this.deadline = 0;
    if (this.#exchange !== null && !this.#exchange.done) this.#writer.onDrained();
    else if (this.phase === Phase.linger) this.lingerOn();
  }

  onEnd(): void {
    this.ended = true;
    switch (this.phase) {
      case Phase.body:
        // The rest of the request may wait here for its consumer.
        if (this.body.blocked && this.input.length > 0) return;
        this.#fail({ code: "client-aborted", detail: "the client closed during the request" });
        return;
      case Phase.reply:
        // A half-closed client may still read (RFC 9112 §9.6): the reply gets a while to begin.
        if (!this.#writer.begun) this.wheel.set(this, this.plan.timeouts.halfClose);
        return;
      case Phase.tunnel:
        this.#exchange!.record.noteClosed("client");
        this.#exchange!.bodySink?.onBodyEnd();
        this.#watchTunnel();
        return;
      default:
        this.close();
    }
  }

  onClose(): void {
    if (this.phase === Phase.closed) return;
    const exchange = this.#exchange;
    if (this.phase === Phase.tunnel) exchange!.record.noteClosed("client");
    this.leave();
    if (exchange !== null && !exchange.done) exchange.fail("client-aborted", "the connection was reset or closed");
  }

  override onDeadline(): void {
    switch (this.phase) {
      case Phase.head:
        if (this.output.blocked || this.input.length === 0) this.close();
        else this.#refuse(timerFault("head", this.plan.timeouts), this.input.rest);
        return;
      case Phase.body:
        if (this.output.blocked) this.#fail(timerFault("write", this.#timeouts));
        else if (!this.body.blocked) this.#fail(this.bodyFault(this.#exchange!));
        return;
      case Phase.reply:
        if (this.output.blocked) this.#fail(timerFault("write", this.#timeouts));
        else if (this.ended && !this.#writer.begun) this.#fail(timerFault("halfClose", this.plan.timeouts));
        return;
      case Phase.tunnel:
        this.#watchTunnel();
        return;
      default:
        this.abort();
    }
  }

  resume(): void {
    if (!this.body.blocked) return;
    this.body.blocked = false;
    if (this.#feeding) return;
    if (this.phase === Phase.body) this.awaitBody(this.#exchange!);
    this.#feedInput();
    if (this.phase === Phase.body) this.body.flush(this.#exchange!);
    this.resumeReading();
  }

  /** The stage that consumed the request's body does so no more. */
  pause(): void {
    this.body.blocked = true;
  }

  decideKeepAlive(delimited: boolean): boolean {
    const exchange = this.#exchange!;
    // RFC 9110 §10.1.1: after a final status the client may or may not send the body it announced: only closing is clear.
    if (!delimited || (exchange.expectContinue && !exchange.bodyDone) || this.hooks.draining) this.#keepAlive = false;
    // What follows a message that was refused cannot be trusted to be a request (RFC 9112 §11.2).
    if (exchange.fault !== null && FAULTS[exchange.fault.code].stage === "request") this.#keepAlive = false;
    if (this.ended && this.input.length === 0) this.#keepAlive = false;
    return this.#keepAlive;
  }

  onReplyWritten(): void {
    const exchange = this.#exchange!;
    if (this.phase === Phase.tunnel) {
      if (!this.ended) this.transport.shutdown();
      this.#watchTunnel();
      return;
    }
    exchange.finish("written");
    if (!this.#keepAlive) {
      this.linger(exchange.bodyDone && exchange.fault === null);
      return;
    }
    if (exchange.bodyDone) {
      this.#nextRequest();
    } else {
      this.phase = Phase.drain;
      this.body.blocked = false;
      this.startThrowingAway();
    }
    this.#goOnReading();
  }

  onReplyAborted(): void {
    const exchange = this.#exchange!;
    if (this.phase === Phase.tunnel) exchange.record.noteClosed("edge");
    this.abort();
    exchange.finish("aborted");
  }

  onSwitched(): void {
    this.phase = Phase.tunnel;
    this.#keepAlive = false;
    this.body.blocked = false;
    this.#tunnel = new TunnelWatch(this.#exchange!, this.output, this.hooks);
    this.#watchTunnel();
    this.#goOnReading();
  }

  onBlocked(): void {
    if (this.phase < Phase.tunnel) this.wheel.set(this, this.#timeouts.write);
    else if (this.phase === Phase.tunnel) this.#watchTunnel();
  }

  get #timeouts(): RoutePlan["timeouts"] {
    return (this.#exchange?.route ?? this.plan).timeouts;
  }

  // ---- reading

  #goOnReading(): void {
    if (this.#feeding) return;
    this.#feedInput();
    this.resumeReading();
  }

  #feedInput(): void {
    const input = this.input;
    const bytes = input.bytes;
    if (this.#feeding) return;
    if (bytes !== null) {
      const position = this.#feed(bytes, input.start, input.end, null);
      if (this.phase >= Phase.linger) {
        input.clear();
        return;
      }
      input.advance(position);
    }
    // FIN came before what it follows could be used.
    if (this.ended && this.phase <= Phase.drain && !(this.phase === Phase.body && this.body.blocked)) this.onEnd();
  }

  /** Uses bytes as far as the phase allows and answers the position of what is left. */
  #feed(bytes: Buffer, start: number, end: number, owner: Transport | null): number {
    let at = start;
    this.#feeding = true;
    loop: while (at < end) {
      switch (this.phase) {
        case Phase.head: {
          if (this.output.blocked) break loop;
          const position = parseRequestHead(bytes, at, end, HEAD, this.plan.heads);
          if (position > 0) {
            this.#begin(position - at);
            at = position;
            continue;
          }
          if (position < 0) {
            this.#refuse({ code: faultOf(-position), detail: "" }, { bytes, start: at, end });
            at = end;
          } else if (this.#headBegun === 0) {
            this.#headBegun = this.hooks.now();
            this.wheel.set(this, this.plan.timeouts.head);
          }
          break loop;
        }
        case Phase.body:
          if (this.body.blocked) break loop;
          at = this.#readBody(bytes, at, end, owner);
          continue;
        case Phase.drain:
          at = this.#drainBody(bytes, at, end);
          continue;
        case Phase.tunnel:
          if (this.body.blocked) break loop;
          this.#exchange!.record.requestBytes += end - at;
          this.#exchange!.bodySink?.onBody(bytes, at, end, owner);
          at = end;
          continue;
        case Phase.reply:
          break loop;
        default:
          at = end;
      }
    }
    this.#feeding = false;
    if (this.phase === Phase.body || this.phase === Phase.tunnel) this.body.flush(this.#exchange!);
    return at;
  }

  /** A head was parsed: a new exchange goes on its path. */
  #begin(headLength: number): void {
    const exchange = this.#renewExchange();
    beginRecord(exchange.record, HEAD, this.peer, this.hooks, this.#headBegun);
    this.#headBegun = 0;
    exchange.record.requestBytes = headLength;
    exchange.record.requestHeadBytes = headLength;
    exchange.begin(HEAD);
    this.#keepAlive = facts.persistent;
    if (exchange.bodyDone) {
      this.phase = Phase.reply;
      this.deadline = 0;
    } else {
      this.phase = Phase.body;
      this.body.begin(exchange.bodyLength, this.plan.limits.trailers);
    }
    this.hooks.begin(exchange, HEAD);
    // By now the route is known.
    if (this.phase === Phase.body) this.awaitBody(exchange);
  }

  #readBody(bytes: Buffer, start: number, end: number, owner: Transport | null): number {
    const exchange = this.#exchange!;
    this.body.came(this.wheel.now);
    const position = this.body.read(exchange, bytes, start, end, owner);
    if (position < 0) {
      const code = faultOf(-position);
      this.#fail({ code, detail: code === "body-too-large" ? `limits.body = ${bodyRules(exchange).limits.body}` : "" });
      return end;
    }
    if (this.body.done) {
      this.phase = Phase.reply;
      this.deadline = 0;
      this.body.end(exchange);
    } else {
      this.awaitBody(exchange);
    }
    return position;
  }

  #drainBody(bytes: Buffer, start: number, end: number): number {
    const position = this.body.drain(bytes, start, end);
    this.throwAway();
    if (position < 0) {
      // The reply is written and must arrive, whatever came behind it.
      this.linger(false);
      return end;
    }
    if (this.body.done) {
      this.#exchange!.bodyDone = true;
      this.#nextRequest();
    }
    return position;
  }

  #nextRequest(): void {
    this.phase = Phase.head;
    this.peer.sequence++;
    this.wheel.set(this, this.input.length > 0 ? this.plan.timeouts.head : this.plan.timeouts.keepAlive);
  }

  #renewExchange(): Exchange {
    const plan = this.adoptPlan();
    const record = this.hooks.acquireRecord();
    let exchange = this.#exchange;
    if (exchange === null || exchange.heldBy !== null) {
      exchange = new Exchange(this.hooks, plan, this.peer, this.#writer, this, record);
      this.#exchange = exchange;
    } else {
      exchange.renew(plan, record);
    }
    this.#writer.reset();
    return exchange;
  }

  // ---- ends

  /** The head cannot be used: an exchange is made to carry the fault. */
  #refuse(fault: Fault, refused: RefusedBytes): void {
    const exchange = this.#renewExchange();
    const beginning = { connection: this.peer, hooks: this.hooks, begun: this.#headBegun };
    beginRefusedRecord(exchange.record, refused, beginning);
    this.#headBegun = 0;
    exchange.begin(null);
    this.phase = Phase.reply;
    this.input.clear();
    this.#fail(fault);
  }

  #fail(fault: Fault): void {
    const exchange = this.#exchange!;
    this.#keepAlive = false;
    this.deadline = 0;
    // What is left of the request is of no use any more, and is not looked at.
    exchange.bodyDone = true;
    if (this.phase === Phase.body) this.phase = Phase.reply;
    exchange.fail(fault.code, fault.detail);
  }

  /** A tunnel ends when both directions have ended, or when nothing has passed for too long. */
  #watchTunnel(): void {
    if (this.ended && this.#writer.ended && !this.output.blocked) {
      const exchange = this.#exchange!;
      this.close();
      exchange.finish("tunnel-closed");
      return;
    }
    const found = this.#tunnel!.look(this.wheel.now);
    if (typeof found === "number") this.wheel.set(this, found);
    else this.#fail(found);
  }

  /** The edge drains: an idle connection closes at once, a busy one after its reply. */
  drain(): void {
    if (this.phase === Phase.head && this.input.length === 0) this.close();
    else this.#keepAlive = false;
  }

  /** The edge's drain deadline is over. */
  cut(): void {
    const exchange = this.#exchange;
    if (exchange !== null && !exchange.done) exchange.fail("draining", "the drain deadline was reached");
    this.abort();
    // The client has not taken the whole page that says so.
    exchange?.finish("aborted");
  }
}

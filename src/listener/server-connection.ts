import { Input } from "../bytes/input.ts";
import { Output } from "../bytes/output.ts";
import { BodyFraming, Exchange, type ConnectionInfo, type PathHooks, type RequestBody } from "../contract/exchange.ts";
import type { FaultCode } from "../contract/fault.ts";
import { RequestHead } from "../contract/head.ts";
import type { Plan } from "../contract/plan.ts";
import { Stamp } from "../contract/trace-record.ts";
import type { Transport, TransportHandler } from "../contract/transport.ts";
import { faultOf } from "../fault/faults.ts";
import { BodyReader, ranges } from "../http/h1/body-reader.ts";
import { isPersistent, requestFraming } from "../http/h1/framing.ts";
import { parseRequestHead } from "../http/h1/request-head.ts";
import { TimerNode, type TimerWheel } from "../time/wheel.ts";
import { beginRecord } from "./begin-record.ts";
import { ReplyWriter, type ReplyHost } from "./reply-writer.ts";

/** Where a connection stands. */
const Phase = {
  /** Between requests, or in a head. */
  head: 0,
  /** A request's body is coming in. */
  body: 1,
  /** The request is complete, the reply is not. */
  reply: 2,
  /** The reply is complete, the rest of the request's body is read and thrown away (RFC 9112 §9.3). */
  drain: 3,
  /** Bytes go both ways untouched. */
  tunnel: 4,
  /** FIN is sent; what still comes is thrown away, so that no RST destroys the reply (RFC 9112 §9.6). */
  linger: 5,
  closed: 6,
} as const;
type Phase = (typeof Phase)[keyof typeof Phase];

/** Bytes of pipelined requests kept while a reply is on its way; beyond it the client is not read. */
const PIPELINE_BYTES = 65_536;
const LF = 10;

/** Holds the head that is being looked at: it is used up before the next one is parsed. */
const HEAD = new RequestHead();

/** One client connection speaking HTTP/1.1 (or 1.0): requests in, replies out, one after the other. */
export class ServerConnection extends TimerNode implements TransportHandler, ConnectionInfo, RequestBody, ReplyHost {
  readonly scheme = "http";
  readonly trustedPeer: boolean;
  forwardingLines: Buffer | null = null;
  readonly #transport: Transport;
  readonly #hooks: PathHooks;
  readonly #wheel: TimerWheel;
  readonly #all: Set<ServerConnection>;
  readonly #input = new Input();
  readonly #output = new Output();
  readonly #writer: ReplyWriter;
  readonly #body = new BodyReader();
  readonly #accepted: number;
  #exchange: Exchange | null = null;
  #plan: Plan;
  #phase: Phase = Phase.head;
  /** Exchanges completed on this connection. */
  #sequence = 0;
  #keepAlive = true;
  /** The client sent FIN. */
  #ended = false;
  #paused = false;
  /** The consumer of the request's body is full, or there is none yet. */
  #bodyBlocked = false;
  /** `#feed` is on the stack: whoever ends an exchange leaves the next request to it. */
  #feeding = false;
  #bodyBytes = 0;
  /** Bytes that a tunnel had sent to the client at the last look. */
  #tunnelled = 0;
  /** When the first part of a head came that did not come whole; 0 = it did. */
  #headBegun = 0;
  /** Input length at the last look at an incomplete head. */
  #looked = 0;

  /** `all`: the listener's open connections, of which this is one until it closes. */
  constructor(transport: Transport, hooks: PathHooks, wheel: TimerWheel, all: Set<ServerConnection>) {
    super();
    this.#transport = transport;
    this.#hooks = hooks;
    this.#wheel = wheel;
    this.#plan = hooks.plan;
    this.#output.transport = transport;
    this.#writer = new ReplyWriter(this.#output, this);
    this.#accepted = hooks.now();
    this.trustedPeer = this.#plan.trustedProxies.size > 0 && this.#plan.trustedProxies.has(transport.peerAddress);
    this.#all = all;
    all.add(this);
    wheel.set(this, this.#plan.timeouts.head);
  }

  get peerAddress(): string {
    return this.#transport.peerAddress;
  }

  get peerPort(): number {
    return this.#transport.peerPort;
  }

  get localPort(): number {
    return this.#transport.localPort;
  }

  get exchange(): Exchange {
    return this.#exchange!;
  }

  get accepted(): number {
    return this.#accepted;
  }

  get sequence(): number {
    return this.#sequence;
  }

  /** No request is under way. */
  get idle(): boolean {
    return this.#phase === Phase.head && this.#input.length === 0;
  }

  now(): number {
    return this.#hooks.now();
  }

  // ---- from the transport

  onData(bytes: Buffer, start: number, end: number): void {
    if (this.#phase >= Phase.linger) return;
    const input = this.#input;
    if (input.bytes === null) {
      const position = this.#feed(bytes, start, end, this.#transport);
      if (position < end && this.#phase < Phase.linger) {
        input.append(bytes, position, end, this.#transport);
        this.#looked = input.length;
      }
    } else {
      input.append(bytes, start, end, this.#transport);
      if (this.#phase !== Phase.head || this.#worthLooking(bytes, start, end)) this.#feedInput();
    }
    this.#pauseWhenFull();
  }

  onWritable(): void {
    if (!this.#output.onWritable()) {
      if (this.#phase < Phase.linger) this.#wheel.set(this, this.#plan.timeouts.write);
      return;
    }
    if (this.#phase === Phase.reply) this.deadline = 0;
    if (this.#exchange !== null && !this.#exchange.done) this.#writer.onDrained();
    else if (this.#phase === Phase.linger) this.#lingerOn();
  }

  onEnd(): void {
    this.#ended = true;
    switch (this.#phase) {
      case Phase.head:
        this.#close();
        return;
      case Phase.body:
        if (this.#bodyBlocked && this.#input.length > 0) return;
        this.#fail("client-aborted", "the client closed in mid-request");
        return;
      case Phase.reply:
        // A half-closed client may still read (RFC 9112 §9.6): the reply gets a while to begin.
        if (!this.#writer.begun) this.#wheel.set(this, this.#plan.timeouts.halfClose);
        return;
      case Phase.tunnel:
        this.#exchange!.bodySink?.onBodyEnd();
        if (this.#writer.ended && !this.#output.blocked) this.#endTunnel();
        return;
      default:
        this.#close();
    }
  }

  onClose(): void {
    if (this.#phase === Phase.closed) return;
    const exchange = this.#exchange;
    this.#leave();
    if (exchange !== null && !exchange.done) this.#hooks.onClientFault(exchange, "client-aborted", "the connection was reset or closed");
  }

  override onDeadline(): void {
    switch (this.#phase) {
      case Phase.head:
        if (this.#output.blocked || this.#input.length === 0) this.#close();
        else this.#refuse("head-timeout", `timeouts.head = ${this.#plan.timeouts.head} ms`);
        return;
      case Phase.body:
        if (this.#output.blocked) this.#fail("write-timeout", `timeouts.write = ${this.#plan.timeouts.write} ms`);
        else if (!this.#bodyBlocked) this.#fail("body-timeout", `timeouts.body = ${this.#plan.timeouts.body} ms`);
        return;
      case Phase.reply:
        if (this.#output.blocked) this.#fail("write-timeout", `timeouts.write = ${this.#plan.timeouts.write} ms`);
        else if (this.#ended && !this.#writer.begun) this.#fail("client-aborted", `the client sent FIN and no reply began within timeouts.halfClose = ${this.#plan.timeouts.halfClose} ms`);
        return;
      case Phase.tunnel:
        if (this.#exchange!.record.replyBytes !== this.#tunnelled) {
          this.#tunnelled = this.#exchange!.record.replyBytes;
          this.#wheel.set(this, this.#plan.timeouts.tunnel);
          return;
        }
        this.#fail("tunnel-idle-timeout", `timeouts.tunnel = ${this.#plan.timeouts.tunnel} ms`);
        return;
      default:
        this.#abort();
    }
  }

  // ---- from the stage that consumes the request's body

  resume(): void {
    if (!this.#bodyBlocked) return;
    this.#bodyBlocked = false;
    if (this.#feeding) return;
    if (this.#phase === Phase.body) this.#wheel.set(this, this.#plan.timeouts.body);
    this.#feedInput();
    this.#flushBody();
    this.#resumeReading();
  }

  pause(): void {
    this.#bodyBlocked = true;
  }

  // ---- from the reply writer

  decideKeepAlive(delimited: boolean): boolean {
    const exchange = this.#exchange!;
    // RFC 9110 §10.1.1: after a final status the client may or may not send the body it announced: only closing is clear.
    if (!delimited || (exchange.expectContinue && !exchange.bodyDone) || this.#hooks.draining) this.#keepAlive = false;
    if (this.#ended && this.#input.length === 0) this.#keepAlive = false;
    return this.#keepAlive;
  }

  onReplyWritten(): void {
    const exchange = this.#exchange!;
    if (this.#phase === Phase.tunnel) {
      if (this.#ended) this.#endTunnel();
      else this.#transport.shutdown();
      return;
    }
    this.#finish(exchange);
    if (!exchange.bodyDone) {
      if (!this.#keepAlive) {
        this.#linger();
        return;
      }
      this.#phase = Phase.drain;
      this.#bodyBlocked = false;
      this.#wheel.set(this, this.#plan.timeouts.linger);
    } else if (!this.#keepAlive) {
      this.#linger();
      return;
    } else {
      this.#nextRequest();
    }
    if (!this.#feeding) {
      this.#feedInput();
      this.#resumeReading();
    }
  }

  onReplyAborted(): void {
    const exchange = this.#exchange!;
    this.#abort();
    if (!exchange.done) this.#finish(exchange);
  }

  onSwitched(): void {
    this.#phase = Phase.tunnel;
    this.#keepAlive = false;
    this.#bodyBlocked = false;
    this.#wheel.set(this, this.#plan.timeouts.tunnel);
    if (this.#feeding) return;
    this.#feedInput();
    this.#resumeReading();
  }

  onBlocked(): void {
    if (this.#phase < Phase.tunnel) this.#wheel.set(this, this.#plan.timeouts.write);
  }

  // ---- reading

  /** A head that was incomplete is looked at again when a line that may end it came, or it has doubled. */
  #worthLooking(bytes: Buffer, start: number, end: number): boolean {
    if (this.#input.length >= 2 * this.#looked) return true;
    return bytes.lastIndexOf(LF, end - 1) >= start;
  }

  #feedInput(): void {
    const input = this.#input;
    const bytes = input.bytes;
    if (bytes === null || this.#feeding) {
      if (this.#phase === Phase.head && this.#ended && !this.#feeding) this.#close();
      return;
    }
    const position = this.#feed(bytes, input.start, input.end, null);
    if (this.#phase >= Phase.linger) {
      input.clear();
      return;
    }
    input.consume(position);
    this.#looked = input.length;
    if (this.#ended && (this.#phase === Phase.head || (this.#phase === Phase.body && !this.#bodyBlocked))) this.onEnd();
  }

  /** Uses bytes as far as the phase allows and answers the position of what is left. */
  #feed(bytes: Buffer, start: number, end: number, owner: Transport | null): number {
    let at = start;
    this.#feeding = true;
    loop: while (at < end) {
      switch (this.#phase) {
        case Phase.head: {
          if (this.#output.blocked) break loop;
          const position = parseRequestHead(bytes, at, end, HEAD, this.#plan.limits);
          if (position > 0) {
            this.#begin(at, position);
            at = position;
            continue;
          }
          if (position < 0) {
            this.#refuse(faultOf(-position), "", bytes, at, end);
            at = end;
          } else if (this.#headBegun === 0) {
            this.#headBegun = this.#hooks.now();
            this.#wheel.set(this, this.#plan.timeouts.head);
          }
          break loop;
        }
        case Phase.body:
        case Phase.drain:
          if (this.#bodyBlocked) break loop;
          at = this.#readBody(bytes, at, end, owner);
          continue;
        case Phase.tunnel:
          if (this.#bodyBlocked) break loop;
          this.#wheel.set(this, this.#plan.timeouts.tunnel);
          this.#exchange!.record.requestBytes += end - at;
          this.#exchange!.bodySink?.onBody(bytes, at, end, owner);
          at = end;
          continue;
        case Phase.reply:
          break loop;
        default:
          at = end;
          break loop;
      }
    }
    this.#feeding = false;
    if (this.#phase === Phase.body || this.#phase === Phase.tunnel) this.#flushBody();
    return at;
  }

  #begin(start: number, position: number): void {
    const hooks = this.#hooks;
    const plan = hooks.plan;
    const exchange = this.#renewExchange(plan);
    const head = HEAD;
    beginRecord(exchange.record, head, this, hooks);
    if (this.#headBegun > 0) exchange.record.stamps[Stamp.headBegun] = this.#headBegun;
    this.#headBegun = 0;
    exchange.method = head.method;
    exchange.minor = head.minor;
    exchange.framing = requestFraming(head);
    exchange.contentLength = head.contentLength;
    exchange.expectContinue = head.expectContinue && head.minor === 1;
    exchange.upgrade = head.upgrade;
    exchange.bodyDone = exchange.framing === BodyFraming.none;
    this.#keepAlive = isPersistent(head);
    exchange.record.requestBytes = position - start;
    if (exchange.bodyDone) {
      this.#phase = Phase.reply;
      this.deadline = 0;
    } else {
      this.#phase = Phase.body;
      this.#bodyBlocked = true;
      this.#bodyBytes = 0;
      this.#body.begin(exchange.framing, head.contentLength);
      this.#body.trailerLimit = plan.limits.trailers;
      if (head.contentLength > plan.limits.body) {
        hooks.onClientFault(exchange, "body-too-large", `limits.body = ${plan.limits.body}`);
        return;
      }
      this.#wheel.set(this, plan.timeouts.body);
    }
    hooks.onRequest(exchange, head);
  }

  #readBody(bytes: Buffer, start: number, end: number, owner: Transport | null): number {
    const exchange = this.#exchange!;
    const body = this.#body;
    const position = body.read(bytes, start, end);
    if (position < 0) {
      this.#fail(faultOf(-position), "");
      return end;
    }
    if (this.#phase === Phase.drain) {
      if (body.done) this.#endDrain();
      return position;
    }
    // Null: the reply is complete already, the rest is only read.
    const sink = exchange.bodySink;
    const found = ranges.length;
    for (let index = 0; index < found; index += 2) {
      const from = ranges.at[index]!;
      const to = ranges.at[index + 1]!;
      this.#bodyBytes += to - from;
      if (this.#bodyBytes > this.#plan.limits.body) {
        this.#fail("body-too-large", `limits.body = ${this.#plan.limits.body}`);
        return end;
      }
      sink?.onBody(bytes, from, to, owner);
    }
    exchange.record.requestBytes += position - start;
    if (!body.done) {
      this.#wheel.set(this, this.#plan.timeouts.body);
      if (sink !== null && !sink.flush()) this.#bodyBlocked = true;
      return position;
    }
    exchange.bodyDone = true;
    exchange.expectContinue = false;
    this.#phase = Phase.reply;
    this.deadline = 0;
    if (sink === null) return position;
    if (body.trailers !== null) sink.onBodyTrailers(body.trailers);
    sink.onBodyEnd();
    return position;
  }

  /** What the consumer held back leaves now, also when the head came alone. */
  #flushBody(): void {
    const sink = this.#exchange?.bodySink ?? null;
    if (sink !== null && !sink.flush()) this.#bodyBlocked = true;
  }

  #endDrain(): void {
    this.#exchange!.bodyDone = true;
    this.#nextRequest();
  }

  #nextRequest(): void {
    this.#phase = Phase.head;
    this.#sequence++;
    this.#wheel.set(this, this.#input.length > 0 ? this.#plan.timeouts.head : this.#plan.timeouts.keepAlive);
  }

  #renewExchange(plan: Plan): Exchange {
    if (plan !== this.#plan) {
      this.#plan = plan;
      this.forwardingLines = null;
    }
    const record = this.#hooks.acquireRecord();
    let exchange = this.#exchange;
    if (exchange === null || exchange.escaped) {
      exchange = new Exchange(plan, this, this.#writer, this, record);
      this.#exchange = exchange;
    } else {
      exchange.renew(plan, record);
    }
    this.#writer.reset();
    return exchange;
  }

  #pauseWhenFull(): void {
    if (this.#paused) return;
    const length = this.#input.length;
    if (length === 0 && !this.#bodyBlocked) return;
    const full = this.#phase === Phase.head ? this.#output.blocked : this.#phase === Phase.reply ? length >= PIPELINE_BYTES : this.#bodyBlocked;
    if (!full) return;
    this.#paused = true;
    this.#transport.pause();
  }

  #resumeReading(): void {
    if (!this.#paused || this.#phase === Phase.closed) return;
    this.#paused = false;
    this.#pauseAgain();
  }

  #pauseAgain(): void {
    this.#pauseWhenFull();
    if (!this.#paused) this.#transport.resume();
  }

  // ---- ends

  /** The head can not be used: there is no exchange yet, so one is made to carry the fault. */
  #refuse(code: FaultCode, detail: string, bytes?: Buffer, start = 0, end = 0): void {
    const exchange = this.#renewExchange(this.#hooks.plan);
    const input = this.#input;
    if (bytes === undefined && input.bytes !== null) beginRecord(exchange.record, null, this, this.#hooks, input.bytes, input.start, input.end);
    else beginRecord(exchange.record, null, this, this.#hooks, bytes, start, end);
    exchange.method = 0;
    exchange.minor = 1;
    exchange.framing = BodyFraming.none;
    exchange.bodyDone = true;
    exchange.expectContinue = false;
    exchange.upgrade = false;
    this.#keepAlive = false;
    this.#phase = Phase.reply;
    this.deadline = 0;
    input.clear();
    this.#hooks.onClientFault(exchange, code, detail);
  }

  #fail(code: FaultCode, detail: string): void {
    const exchange = this.#exchange;
    if (exchange === null || exchange.done) {
      this.#abort();
      return;
    }
    this.#keepAlive = false;
    // What is left of the request is of no use any more.
    exchange.bodyDone = true;
    this.#hooks.onClientFault(exchange, code, detail);
  }

  /** Both directions have ended. */
  #endTunnel(): void {
    const exchange = this.#exchange!;
    this.#close();
    exchange.producer?.cancel();
    this.#finish(exchange);
  }

  #finish(exchange: Exchange): void {
    exchange.done = true;
    this.#hooks.onFinished(exchange);
  }

  /** Lingering close (RFC 9112 §9.6), or a plain one when nothing unread can be on its way. */
  #linger(): void {
    const clean = this.#ended || (this.#exchange!.bodyDone && this.#input.length === 0 && !this.#paused && this.#exchange!.fault === null);
    if (clean) {
      this.#close();
      return;
    }
    this.#phase = Phase.linger;
    this.#input.clear();
    this.#wheel.set(this, this.#plan.timeouts.linger);
    this.#lingerOn();
  }

  #lingerOn(): void {
    this.#transport.shutdown();
    if (this.#paused) {
      this.#paused = false;
      this.#transport.resume();
    }
  }

  #close(): void {
    if (this.#phase === Phase.closed) return;
    this.#leave();
    this.#transport.close();
  }

  #abort(): void {
    if (this.#phase === Phase.closed) return;
    this.#leave();
    this.#transport.abort();
  }

  #leave(): void {
    this.#phase = Phase.closed;
    this.#all.delete(this);
    this.#wheel.remove(this);
    this.deadline = 0;
    this.#input.clear();
    this.#output.clear();
    this.#output.transport = null;
    this.#hooks.onConnectionClosed();
  }

  /** The edge drains: an idle connection closes at once, a busy one after its reply. */
  drain(): void {
    if (this.idle) this.#close();
    else this.#keepAlive = false;
  }

  /** The edge's drain deadline is over. */
  cut(): void {
    const exchange = this.#exchange;
    if (exchange !== null && !exchange.done) this.#hooks.onClientFault(exchange, "draining", "the drain deadline was reached");
    this.#abort();
  }
}

import { Input } from "../bytes/input.ts";
import { Output } from "../bytes/output.ts";
import { SCRATCH } from "../bytes/scratch.ts";
import { BodyFraming, type Exchange, type ReplyProducer, type RequestBodySink } from "../contract/exchange.ts";
import type { FaultCode } from "../contract/fault.ts";
import { ResponseHead } from "../contract/head.ts";
import { isIdempotent } from "../contract/method.ts";
import type { PoolPlan } from "../contract/plan.ts";
import type { Target, UpstreamLink } from "../contract/target.ts";
import { Stamp } from "../contract/trace-record.ts";
import type { DialHandler, Transport } from "../contract/transport.ts";
import type { UpstreamHooks } from "../contract/upstream-hooks.ts";
import { faultOf } from "../fault/faults.ts";
import { BodyReader, ranges } from "../http/h1/body-reader.ts";
import { CHUNK_OVERHEAD, encodeChunk, encodeLastChunk } from "../http/h1/encode-chunk.ts";
import { isPersistent, responseFraming } from "../http/h1/framing.ts";
import { parseResponseHead } from "../http/h1/response-head.ts";
import { TimerNode, type TimerWheel } from "../time/wheel.ts";

/** Where a connection stands. */
const State = {
  connecting: 0,
  /** A request is under way; the response's head has not come. */
  waiting: 1,
  /** The response's body is coming in. */
  responding: 2,
  tunnel: 3,
  idle: 4,
  closed: 5,
} as const;
type State = (typeof State)[keyof typeof State];

/** As much of a request as is joined into one buffer: it leaves in one write and can be sent again. */
const JOINED = 32_768;

/** Holds the response head that is being looked at. */
const HEAD = new ResponseHead();

/** One connection to a target: requests out, responses in, one after the other. */
export class UpstreamConnection extends TimerNode implements DialHandler, RequestBodySink, ReplyProducer, UpstreamLink {
  readonly #target: Target;
  readonly #hooks: UpstreamHooks;
  readonly #wheel: TimerWheel;
  readonly #input = new Input();
  readonly #output = new Output();
  readonly #body = new BodyReader();
  #pool: PoolPlan;
  #exchange: Exchange | null;
  #transport: Transport | null = null;
  #state: State = State.connecting;
  #begun: number;
  #reused = false;
  /** Bytes of the exchange's outbound request that were written. */
  #sent = 0;
  #trailers: Buffer | null = null;
  /** A byte of the response came. */
  #responded = false;
  /** The response forbids or rules out a further request. */
  #mustClose = false;
  #untilClose = false;
  #paused = false;
  /** The target sent FIN. */
  #ended = false;

  constructor(target: Target, pool: PoolPlan, exchange: Exchange, hooks: UpstreamHooks, wheel: TimerWheel) {
    super();
    this.#target = target;
    this.#pool = pool;
    this.#exchange = exchange;
    this.#hooks = hooks;
    this.#wheel = wheel;
    this.#begun = hooks.now();
    exchange.record.stamps[Stamp.connectBegun] = this.#begun;
    exchange.record.reused = false;
    exchange.producer = this;
    this.#arm(pool.timeouts.connect);
  }

  // ---- UpstreamLink

  send(exchange: Exchange): void {
    const action = exchange.route!.action;
    if (action.kind === "proxy") this.#pool = action.pool;
    this.#exchange = exchange;
    this.#reused = true;
    this.#begun = this.#hooks.now();
    exchange.record.stamps[Stamp.connectBegun] = this.#begun;
    exchange.record.reused = true;
    exchange.producer = this;
    this.#start(exchange);
  }

  retire(): void {
    if (this.#state !== State.idle) return;
    this.#leave();
    this.#transport?.close();
  }

  // ---- DialHandler

  onConnect(transport: Transport): void {
    this.#transport = transport;
    this.#output.transport = transport;
    const exchange = this.#exchange;
    if (this.#state === State.closed || exchange === null) {
      transport.abort();
      return;
    }
    this.#target.failures = 0;
    this.#target.downUntil = 0;
    this.#begun = this.#hooks.now();
    this.#start(exchange);
  }

  onConnectError(reason: string): void {
    if (this.#state !== State.connecting) return;
    this.#restTarget();
    this.#fail("upstream-unreachable", `${this.#target.address}: ${reason}`);
  }

  // ---- ReplyProducer

  onSinkWritable(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#transport?.resume();
    if (this.#state === State.responding) this.#arm(this.#pool.timeouts.idle);
  }

  cancel(): void {
    if (this.#exchange === null) return;
    this.#detach();
    this.#discard();
    this.#hooks.onTargetFree(this.#pool);
  }

  // ---- RequestBodySink

  onBody(bytes: Buffer, start: number, end: number, owner: Transport | null): void {
    const exchange = this.#exchange;
    if (this.#state === State.tunnel) {
      this.#output.write(bytes, start, end, owner);
      return;
    }
    if (exchange === null) return;
    const outbound = exchange.outbound!;
    const chunked = exchange.framing === BodyFraming.chunked;
    if (!outbound.streamed && outbound.length + end - start + CHUNK_OVERHEAD <= JOINED) {
      outbound.reserve(outbound.length + end - start + CHUNK_OVERHEAD);
      if (chunked) outbound.length = encodeChunk(outbound.bytes, outbound.length, bytes, start, end);
      else outbound.length += bytes.copy(outbound.bytes, outbound.length, start, end);
      return;
    }
    this.#writeOutbound(exchange);
    outbound.streamed = true;
    if (!chunked) {
      this.#output.write(bytes, start, end, owner);
      return;
    }
    for (let from = start; from < end; ) {
      const to = Math.min(end, from + SCRATCH.length - CHUNK_OVERHEAD);
      this.#output.write(SCRATCH, 0, encodeChunk(SCRATCH, 0, bytes, from, to), null);
      from = to;
    }
  }

  onBodyTrailers(lines: Buffer): void {
    this.#trailers = lines;
  }

  onBodyEnd(): void {
    if (this.#state === State.tunnel) {
      this.#transport?.shutdown();
      return;
    }
    const exchange = this.#exchange;
    if (exchange === null) return;
    const outbound = exchange.outbound!;
    if (exchange.framing === BodyFraming.chunked) {
      const size = CHUNK_OVERHEAD + (this.#trailers?.length ?? 0);
      if (outbound.streamed) {
        this.#output.write(SCRATCH, 0, encodeLastChunk(SCRATCH, 0, this.#trailers), null);
      } else {
        outbound.reserve(outbound.length + size);
        outbound.length = encodeLastChunk(outbound.bytes, outbound.length, this.#trailers);
      }
    }
    outbound.complete = !outbound.streamed;
    this.flush();
    exchange.record.stamps[Stamp.requestBodySent] = this.#hooks.now();
  }

  flush(): boolean {
    const exchange = this.#exchange;
    if (exchange !== null && this.#state === State.waiting) {
      this.#writeOutbound(exchange);
      this.#arm(this.#pool.timeouts.firstByte);
    }
    return !this.#output.blocked;
  }

  // ---- from the transport

  onData(bytes: Buffer, start: number, end: number): void {
    const exchange = this.#exchange;
    if (exchange === null) {
      // Bytes that answer nothing: the next response could not be told from them.
      this.#discard();
      return;
    }
    if (!this.#responded) {
      this.#responded = true;
      exchange.record.stamps[Stamp.firstByte] = this.#hooks.now();
    }
    switch (this.#state) {
      case State.waiting:
        this.#readHead(exchange, bytes, start, end);
        return;
      case State.responding:
        this.#readBody(exchange, bytes, start, end, this.#transport);
        return;
      case State.tunnel:
        exchange.sink.data(bytes, start, end, this.#transport);
        this.#flushSink(exchange);
        return;
      default:
        this.#discard();
    }
  }

  onWritable(): void {
    if (this.#output.onWritable()) this.#exchange?.body.resume();
    else if (this.#state === State.waiting) this.#arm(this.#pool.timeouts.firstByte);
  }

  onEnd(): void {
    const exchange = this.#exchange;
    this.#ended = true;
    if (this.#state === State.tunnel && exchange !== null) {
      exchange.sink.end();
      return;
    }
    if (exchange === null) this.#discard();
    else if (this.#state === State.responding && this.#untilClose) this.#complete(exchange, true);
    else this.#lost(exchange, "closed the connection");
  }

  onClose(): void {
    if (this.#state === State.closed) return;
    const exchange = this.#exchange;
    this.#transport = null;
    if (exchange === null) this.#discard();
    else this.#lost(exchange, "reset the connection");
  }

  override onDeadline(): void {
    const exchange = this.#exchange;
    const { timeouts } = this.#pool;
    if (exchange === null) {
      this.#discard();
    } else if (exchange.totalDeadline !== 0 && exchange.totalDeadline <= this.#wheel.now) {
      this.#fail("upstream-total-timeout", `timeouts.total = ${timeouts.total} ms`);
    } else if (this.#state === State.connecting) {
      this.#restTarget();
      this.#fail("upstream-connect-timeout", `${this.#target.address}: timeouts.connect = ${timeouts.connect} ms`);
    } else if (this.#state === State.waiting) {
      this.#fail("upstream-first-byte-timeout", `${this.#target.address}: timeouts.firstByte = ${timeouts.firstByte} ms`);
    } else if (this.#state === State.responding && !this.#paused) {
      this.#fail("upstream-idle-timeout", `${this.#target.address}: timeouts.idle = ${timeouts.idle} ms`);
    }
  }

  // ---- request

  #start(exchange: Exchange): void {
    this.#state = State.waiting;
    this.#sent = 0;
    this.#responded = false;
    this.#mustClose = false;
    this.#untilClose = false;
    this.#trailers = null;
    exchange.record.stamps[Stamp.connected] = this.#begun;
    exchange.bodySink = this;
    const outbound = exchange.outbound!;
    if (outbound.complete) {
      this.#writeOutbound(exchange);
      this.#arm(this.#pool.timeouts.firstByte);
    } else {
      // The head waits for the first bytes of the body; the body's source flushes it in any case.
      this.#arm(this.#pool.timeouts.firstByte);
      exchange.body.resume();
    }
  }

  #writeOutbound(exchange: Exchange): void {
    const outbound = exchange.outbound!;
    if (this.#sent >= outbound.length) return;
    const from = this.#sent;
    this.#sent = outbound.length;
    this.#output.write(outbound.bytes, from, outbound.length, null);
    if (from === 0) exchange.record.stamps[Stamp.requestSent] = this.#hooks.now();
  }

  // ---- response

  #readHead(exchange: Exchange, fresh: Buffer, freshStart: number, freshEnd: number): void {
    const input = this.#input;
    let bytes = fresh;
    let at = freshStart;
    let end = freshEnd;
    let owner = this.#transport;
    if (input.bytes !== null) {
      input.append(fresh, freshStart, freshEnd, null);
      bytes = input.bytes;
      at = input.start;
      end = input.end;
      owner = null;
    }
    while (at < end) {
      const position = parseResponseHead(bytes, at, end, HEAD, exchange.plan.limits);
      if (position === 0) break;
      if (position < 0) {
        this.#fail(faultOf(-position), this.#target.address);
        return;
      }
      at = position;
      if (HEAD.status >= 200) {
        input.clear();
        this.#beginReply(exchange, bytes, at, end, owner);
        return;
      }
      if (HEAD.status === 101) {
        input.clear();
        this.#switch(exchange, bytes, at, end, owner);
        return;
      }
      // RFC 9110 §15.2: interim responses are passed on; 100 answers the client's expectation.
      if (HEAD.status === 100) exchange.expectContinue = false;
      exchange.sink.interim(HEAD);
      if (this.#exchange !== exchange) return;
    }
    if (input.bytes === null) input.append(bytes, at, end, owner);
    else input.consume(at);
    this.#arm(this.#pool.timeouts.firstByte);
  }

  #beginReply(exchange: Exchange, bytes: Buffer, at: number, end: number, owner: Transport | null): void {
    const head = HEAD;
    const framing = responseFraming(head, exchange.method);
    this.#untilClose = framing === BodyFraming.untilClose;
    this.#mustClose = this.#untilClose || !isPersistent(head);
    this.#state = State.responding;
    this.#body.begin(framing, head.contentLength);
    const edits = this.#hooks.onReplyHead(exchange, head);
    exchange.sink.begin(head, edits, framing);
    if (this.#exchange === exchange) this.#readBody(exchange, bytes, at, end, owner);
  }

  #readBody(exchange: Exchange, bytes: Buffer, start: number, end: number, owner: Transport | null): void {
    const body = this.#body;
    const sink = exchange.sink;
    let at = start;
    while (at < end && !body.done) {
      const position = body.read(bytes, at, end);
      if (position < 0) {
        this.#fail(faultOf(-position), this.#target.address);
        return;
      }
      const found = ranges.length;
      for (let index = 0; index < found; index += 2) sink.data(bytes, ranges.at[index]!, ranges.at[index + 1]!, owner);
      at = position;
      if (this.#exchange !== exchange) return;
    }
    if (!body.done) {
      this.#flushSink(exchange);
      return;
    }
    // Bytes behind the response answer nothing that was asked.
    if (at < end) this.#mustClose = true;
    if (body.trailers !== null) sink.trailers(body.trailers);
    this.#complete(exchange, false);
  }

  #flushSink(exchange: Exchange): void {
    const state = this.#state;
    if (!exchange.sink.flush()) {
      if (this.#exchange !== exchange || this.#paused) return;
      this.#paused = true;
      this.#transport?.pause();
      this.deadline = exchange.totalDeadline;
    } else if (state === State.responding) {
      this.#arm(this.#pool.timeouts.idle);
    }
  }

  /** The response is whole: the connection is free before the reply ends, since that may begin the next request. */
  #complete(exchange: Exchange, ended: boolean): void {
    exchange.record.stamps[Stamp.lastByte] = this.#hooks.now();
    const reusable = !ended && !this.#mustClose && exchange.bodyDone && !this.#output.blocked && !this.#target.draining;
    this.#detach();
    if (reusable && this.#target.idle.length < this.#pool.connections.idle) this.#keep();
    else this.#discard();
    this.#hooks.onTargetFree(this.#pool);
    exchange.sink.end();
  }

  #keep(): void {
    this.#state = State.idle;
    if (this.#paused) {
      this.#paused = false;
      this.#transport?.resume();
    }
    this.#target.idle.push(this);
    this.#wheel.set(this, this.#pool.connections.idleTimeout);
  }

  #switch(exchange: Exchange, bytes: Buffer, at: number, end: number, owner: Transport | null): void {
    // RFC 9110 §7.8: only what the client asked for may be switched to.
    if (!exchange.upgrade || HEAD.upgradeField < 0) {
      this.#fail("response-upgrade-unexpected", this.#target.address);
      return;
    }
    this.#state = State.tunnel;
    this.deadline = 0;
    const edits = this.#hooks.onReplyHead(exchange, HEAD);
    exchange.sink.switchProtocols(HEAD, edits);
    if (at < end) exchange.sink.data(bytes, at, end, owner);
    this.#flushSink(exchange);
  }

  // ---- ends

  /** The target ended the connection in mid-exchange. */
  #lost(exchange: Exchange, how: string): void {
    const detail = `${this.#target.address} ${how}`;
    if (this.#state === State.tunnel) {
      this.#detach();
      this.#discard();
      exchange.sink.abort();
    } else if (this.#state === State.responding) {
      this.#fail("response-truncated", `${detail} after ${exchange.record.replyBytes} bytes of the body`);
    } else {
      this.#fail("upstream-closed", `${detail} before it answered${this.#reused ? " (a reused connection)" : ""}`);
    }
  }

  #fail(code: FaultCode, detail: string): void {
    const exchange = this.#exchange!;
    const unsent = this.#state === State.connecting || this.#sent === 0;
    const replayable = !this.#responded && exchange.outbound!.complete && isIdempotent(exchange.method);
    const begun = this.#begun;
    this.#detach();
    this.#discard();
    this.#hooks.onTargetFree(this.#pool);
    this.#hooks.onUpstreamFault(exchange, code, detail, unsent, replayable, begun);
  }

  #detach(): void {
    const exchange = this.#exchange!;
    this.#exchange = null;
    exchange.producer = null;
    exchange.bodySink = null;
    if (!exchange.bodyDone) exchange.body.pause();
    this.#target.active--;
  }

  /** Closes a connection that is of no further use. */
  #discard(): void {
    const clean = this.#state === State.idle || this.#state === State.responding || this.#ended;
    const transport = this.#transport;
    this.#leave();
    if (transport === null) return;
    if (clean) transport.close();
    else transport.abort();
  }

  #leave(): void {
    if (this.#state === State.idle) {
      const idle = this.#target.idle;
      const place = idle.lastIndexOf(this);
      if (place >= 0) idle.splice(place, 1);
    }
    this.#state = State.closed;
    this.#wheel.remove(this);
    this.deadline = 0;
    this.#input.clear();
    this.#output.clear();
    this.#output.transport = null;
  }

  /** After `maxFailures` failed connects in a row the target is passed over for a while. */
  #restTarget(): void {
    const { maxFailures, rest } = this.#pool.connections;
    this.#target.failures++;
    if (maxFailures > 0 && this.#target.failures >= maxFailures) this.#target.downUntil = this.#wheel.now + rest;
  }

  #arm(delay: number): void {
    const total = this.#exchange?.totalDeadline ?? 0;
    if (total === 0) {
      this.#wheel.set(this, delay);
      return;
    }
    const left = Math.max(1, total - this.#wheel.now);
    this.#wheel.set(this, delay === 0 ? left : Math.min(delay, left));
  }
}

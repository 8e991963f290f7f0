import { Output } from "../bytes/input-output.ts";
import type { Exchange } from "../contract/exchange.ts";
import type { ConnectionInfo } from "../contract/connection-info.ts";
import type { FaultCode } from "../contract/fault.ts";
import type { PoolPlan } from "../contract/plan.ts";
import { PolicyFailure } from "../contract/policy.ts";
import type { ReplyProducer } from "../contract/reply-sink.ts";
import type { Target, UpstreamLink } from "../contract/target.ts";
import { Stamp } from "../contract/trace-record.ts";
import type { Dialer, DialHandler, Dialing, Transport } from "../contract/transport.ts";
import type { FailedAttempt } from "../contract/upstream-hooks.ts";
import { faultOf } from "../fault/faults.ts";
import { TimerNode, type TimerWheel } from "../time/wheel.ts";
import { isShortage } from "../transport/shortage.ts";
import { LinkState as State } from "./link-state.ts";
import { RequestSender, type SenderHost } from "./request-sender.ts";
import { forbidsRepetition } from "./retry-budget.ts";
import { staleFor } from "./stale-connection.ts";
import { ReadOutcome, type ResponseHost, ResponseReader } from "./response-reader.ts";

/** What a link tells whoever proxies. */
export interface LinkHost extends ResponseHost {
  /** Monotonic nanoseconds. */
  now(): number;
  /** The attempt failed; the link carries the exchange no more. */
  onAttemptFailed(exchange: Exchange, attempt: FailedAttempt): void;
  /** The pool has room for an exchange that waits. */
  onTargetFree(pool: PoolPlan): void;
}

/** One connection to a target: requests out, responses in, one after the other. */
export class UpstreamConnection extends TimerNode implements DialHandler, SenderHost, ReplyProducer, UpstreamLink {
  readonly target: Target;
  /** 0: this exchange is its last. */
  capacity = 1;
  room = 0;
  readonly #host: LinkHost;
  readonly #wheel: TimerWheel;
  readonly #output = new Output();
  readonly #sender: RequestSender;
  readonly #response: ResponseReader;
  #pool: PoolPlan;
  #exchange: Exchange | null;
  /** Null once it has connected or failed. */
  #dialing: Dialing | null = null;
  #transport: Transport | null = null;
  #state: State = State.connecting;
  #begun: number;
  #reused = false;
  #staleFor = 0;
  /** Who has authenticated on it (see `asksToBind`). */
  #boundTo: ConnectionInfo | null = null;
  #paused = false;
  /** The target sent FIN. */
  #ended = false;

  constructor(target: Target, pool: PoolPlan, exchange: Exchange, host: LinkHost, wheel: TimerWheel) {
    super();
    this.target = target;
    this.#pool = pool;
    this.#exchange = exchange;
    this.#host = host;
    this.#wheel = wheel;
    this.#sender = new RequestSender(this.#output, this);
    this.#response = new ResponseReader(host);
    this.#begun = host.now();
    pool.live.linkOpened(this);
    exchange.record.stamps[Stamp.connectBegun] = this.#begun;
    exchange.record.reused = false;
    exchange.producer = this;
    this.#arm(exchange.timeouts!.connect);
  }

  /** Begins it. Once. */
  connect(dialer: Dialer): void {
    this.#dialing = dialer.dial(this.target.host, this.target.port, this);
  }

  // ---- UpstreamLink

  get active(): number {
    return this.#exchange === null ? 0 : 1;
  }

  get isTunnel(): boolean {
    return this.#state === State.tunnel;
  }

  send(exchange: Exchange): void {
    this.#pool = exchange.pool!;
    this.#exchange = exchange;
    this.#pool.live.exchangeBegan(this);
    this.#reused = true;
    const { stamps } = exchange.record;
    this.#begun = stamps[Stamp.balanced]!;
    stamps[Stamp.connectBegun] = this.#begun;
    exchange.record.reused = true;
    exchange.producer = this;
    this.#start(exchange);
  }

  retire(): void {
    if (this.#state !== State.idle) return;
    this.#leave();
    this.#transport?.close();
  }

  cut(detail: string): void {
    const exchange = this.#exchange;
    if (exchange === null) this.#discard(true);
    else if (this.#state === State.tunnel) this.#endTunnel(exchange);
    else this.#fail("target-drained", `${this.target.address}: ${detail}`);
  }

  // ---- DialHandler

  onConnect(transport: Transport): void {
    this.#transport = transport;
    this.#output.transport = transport;
    const exchange = this.#exchange!;
    exchange.record.dialled = this.#dialing!.outcome;
    this.#dialing = null;
    const now = this.#host.now();
    this.#staleFor = staleFor(now - this.#begun);
    this.#begun = now;
    this.#start(exchange);
  }

  onConnectError(reason: string): void {
    const code = isShortage(reason) ? "sockets-exhausted" : "upstream-unreachable";
    this.#fail(code, `${this.target.address}: ${reason}${this.#callOff()}`);
  }

  // ---- ReplyProducer

  onSinkWritable(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#transport?.resume();
    if (this.#state === State.responding) this.#arm(this.#exchange!.timeouts!.idle);
  }

  cancel(): void {
    if (this.#exchange === null) return;
    // Only a tunnel goes on behind the target's FIN; it is over in order when the client has ended it, too.
    const inOrder = this.#ended && this.#sender.ended;
    this.#detach(0);
    this.#discard(inOrder);
    this.#host.onTargetFree(this.#pool);
  }

  // ---- SenderHost

  now(): number {
    return this.#host.now();
  }

  onSent(): void {
    if (this.#state === State.waiting) this.#armFirstByte();
  }

  // ---- from the transport

  onData(bytes: Buffer, start: number, end: number): void {
    let exchange = this.#exchange;
    if (exchange === null) {
      // Bytes that answer nothing: the next response could not be told from them.
      this.#discard(true);
      return;
    }
    if (this.#state === State.tunnel) {
      exchange.reply.data(bytes, start, end, this.#transport);
      this.#flushSink(exchange);
      return;
    }
    const response = this.#response;
    let now = 0;
    if (!response.begun) {
      response.begun = true;
      if (exchange.hedge !== null) exchange = this.#exchange = exchange.hedge.onFirstByte(exchange);
      now = this.#host.now();
      exchange.record.stamps[Stamp.firstByte] = now;
    }
    // While the head goes on, interim responses included, the time of the first byte runs on.
    let outcome: number;
    try {
      outcome = response.read(exchange, bytes, start, end, this.#transport);
    } catch (error) {
      if (!(error instanceof PolicyFailure)) throw error;
      this.#fail("policy-failed", error.message);
      return;
    }
    if (this.#exchange !== exchange) return;
    if (outcome === ReadOutcome.complete) {
      this.#complete(exchange, false, now);
    } else if (outcome === ReadOutcome.body) {
      this.#state = State.responding;
      this.#flushSink(exchange);
    } else if (outcome === ReadOutcome.switched) {
      this.#state = State.tunnel;
      this.#sender.raw = true;
      this.deadline = 0;
      this.#flushSink(exchange);
    } else if (outcome < 0) {
      this.#fail(faultOf(-outcome), this.target.address);
    }
  }

  onWritable(): void {
    if (!this.#output.blocked) return;
    if (this.#output.onWritable()) this.#exchange?.resumeBody();
    else if (this.#state === State.waiting) this.#armFirstByte();
  }

  onEnd(): void {
    const exchange = this.#exchange;
    this.#ended = true;
    if (this.#state === State.tunnel && exchange !== null) {
      exchange.record.noteClosed("upstream");
      exchange.reply.end();
      return;
    }
    if (exchange === null) this.#discard(true);
    else if (this.#state === State.responding && this.#response.untilClose) this.#complete(exchange, true, 0);
    else this.#lost(exchange, "closed the connection");
  }

  onClose(): void {
    if (this.#state === State.closed) return;
    const exchange = this.#exchange;
    this.#transport = null;
    if (exchange === null) this.#discard(true);
    else this.#lost(exchange, "reset the connection");
  }

  override onDeadline(): void {
    const exchange = this.#exchange;
    if (exchange === null) {
      this.#discard(true);
      return;
    }
    const { address } = this.target;
    const timeouts = exchange.timeouts!;
    if (exchange.totalDeadline !== 0 && exchange.totalDeadline <= this.#wheel.now) {
      this.#fail("upstream-total-timeout", `timeouts.total = ${timeouts.total} ms`);
    } else if (this.#state === State.connecting) {
      this.#fail("upstream-connect-timeout", `${address}: timeouts.connect = ${timeouts.connect} ms${this.#callOff()}`);
    } else if (this.#state === State.waiting) {
      this.#fail("upstream-first-byte-timeout", `${address}: timeouts.firstByte = ${timeouts.firstByte} ms`);
    } else if (this.#state === State.responding && !this.#paused) {
      this.#fail("upstream-idle-timeout", `${address}: timeouts.idle = ${timeouts.idle} ms`);
    }
  }

  // ---- exchange

  #start(exchange: Exchange): void {
    this.#state = State.waiting;
    this.#response.begin();
    exchange.record.stamps[Stamp.connected] = this.#begun;
    this.#sender.begin(exchange, this.target);
    // The body that it asked for may have ended the exchange.
    if (this.#exchange === exchange && this.#state === State.waiting) this.#armFirstByte();
  }

  #flushSink(exchange: Exchange): void {
    const state = this.#state;
    if (!exchange.reply.flush()) {
      if (this.#exchange !== exchange || this.#paused) return;
      this.#paused = true;
      this.#transport?.pause();
      this.#arm(0);
    } else if (state === State.responding) {
      this.#arm(exchange.timeouts!.idle);
    }
  }

  /**
   * The response is whole: the connection is free before the reply ends, since that may begin the next request.
   * `now`: when its first byte came, if all came with it; else 0.
   */
  #complete(exchange: Exchange, ended: boolean, now: number): void {
    this.#state = State.responding;
    exchange.record.stamps[Stamp.lastByte] = now > 0 ? now : this.#host.now();
    const { target } = this;
    const reusable =
      !ended && !this.#response.mustClose && this.#sender.whole && !this.#output.blocked && !target.draining;
    if (exchange.bindsConnection) this.#boundTo = exchange.connection;
    const boundTo = this.#boundTo;
    const keeps = reusable && (boundTo !== null || target.free.length < this.#pool.connections.idle);
    this.#detach(keeps && boundTo === null ? 1 : 0);
    if (keeps) this.#keep();
    else this.#discard(true);
    this.#host.onTargetFree(this.#pool);
    exchange.reply.end();
  }

  #keep(): void {
    this.#state = State.idle;
    if (this.#paused) {
      this.#paused = false;
      this.#transport?.resume();
    }
    this.#wheel.set(this, Math.min(this.#pool.connections.idleTimeout, this.#response.keptFor));
    this.#boundTo?.bind(this);
  }

  // ---- ends

  /** The target ended the connection in mid-exchange. */
  #lost(exchange: Exchange, how: string): void {
    const detail = `${this.target.address} ${how}`;
    if (this.#state === State.tunnel) {
      exchange.record.noteClosed("upstream");
      this.#endTunnel(exchange);
    } else if (this.#state === State.responding) {
      this.#fail("response-truncated", `${detail} after ${exchange.record.replyBytes} bytes of the body`);
    } else {
      this.#fail("upstream-closed", `${detail} before it answered${this.#reused ? " (a reused connection)" : ""}`);
    }
  }

  #endTunnel(exchange: Exchange): void {
    this.#detach(0);
    this.#discard(false);
    this.#host.onTargetFree(this.#pool);
    exchange.reply.abort();
  }

  #fail(code: FaultCode, detail: string): void {
    const exchange = this.#exchange!;
    const attempt: FailedAttempt = {
      code,
      detail,
      target: this.target,
      reused: this.#reused,
      staleFor: this.#staleFor,
      unsent: this.#state === State.connecting || this.#sender.unsent,
      unrepeatable: forbidsRepetition(exchange, this.#response.begun),
      begun: this.#begun,
    };
    this.#detach(0);
    this.#discard(this.#ended);
    this.#host.onTargetFree(this.#pool);
    this.#host.onAttemptFailed(exchange, attempt);
  }

  /** The exchange is over here. `capacity`: what the connection can carry from now on. */
  #detach(capacity: 0 | 1): void {
    const exchange = this.#exchange!;
    this.#exchange = null;
    this.#sender.end();
    exchange.producer = null;
    exchange.bodySink = null;
    if (!exchange.bodyDone) exchange.body.pause();
    this.capacity = capacity;
    this.#pool.live.exchangeEnded(this);
  }

  /** Closes a connection that is of no further use. `inOrder`: by FIN; else by RST, which says that something is missing. */
  #discard(inOrder: boolean): void {
    const transport = this.#transport;
    this.#leave();
    if (inOrder) transport?.close();
    else transport?.abort();
  }

  /** The connect is over, or nobody waits for it any more. Answers what is known of it, to be added to a detail. */
  #callOff(): string {
    const dialing = this.#dialing;
    if (dialing === null) return "";
    this.#dialing = null;
    dialing.cancel();
    return dialing.outcome === "" ? "" : ` (${dialing.outcome})`;
  }

  #leave(): void {
    this.#state = State.closed;
    this.#callOff();
    this.#boundTo?.unbind(this);
    this.#pool.live.linkClosed(this);
    this.#wheel.remove(this);
    this.#response.clear();
    this.#output.clear();
    this.#output.transport = null;
  }

  /** The origin is waited for when it has the whole request, or does not take more of it; else the client is. */
  #armFirstByte(): void {
    const waits = this.#sender.whole || this.#output.blocked;
    this.#arm(waits ? this.#exchange!.timeouts!.firstByte : 0);
  }

  #arm(delay: number): void {
    const total = this.#exchange?.totalDeadline ?? 0;
    if (total === 0 || (delay !== 0 && this.#wheel.now + delay < total)) this.#wheel.set(this, delay);
    else this.#wheel.setAt(this, total);
  }
}

import { Output, Input } from "../bytes/input-output.ts";
import type { Exchange } from "../contract/exchange.ts";
import type { Fault } from "../contract/fault.ts";
import type { PathHooks } from "../contract/path-hooks.ts";
import type { LiveListener, Plan } from "../contract/plan.ts";
import type { Transport } from "../contract/transport.ts";
import { TICK, TimerNode, type TimerWheel } from "../time/wheel.ts";
import { Peer } from "./peer.ts";
import { Phase, timerFault } from "./phase.ts";
import { bodyRules, RequestBodyFeed } from "./request-body-feed.ts";

/** Bytes of pipelined requests kept while a reply is on its way; beyond it the client is not read. */
const PIPELINE_BYTES = 65_536;

/** The bytes of a client connection: what is read and when, what is written, and the ways it can end. */
export abstract class ClientStream extends TimerNode {
  protected readonly transport: Transport;
  protected readonly hooks: PathHooks;
  protected readonly wheel: TimerWheel;
  protected readonly input: ConnectionInput;
  protected readonly output = new Output();
  protected readonly body = new RequestBodyFeed();
  protected plan: Plan;
  protected readonly peer: Peer;
  protected phase: Phase = Phase.head;
  /** The client sent FIN. */
  protected ended = false;
  /** Until when what comes is thrown away at most, wheel milliseconds. */
  #lingerEnd = 0;
  readonly #all: Set<unknown>;

  constructor(transport: Transport, by: LiveListener, hooks: PathHooks, wheel: TimerWheel, all: Set<unknown>) {
    super();
    this.transport = transport;
    this.hooks = hooks;
    this.wheel = wheel;
    this.#all = all;
    this.plan = hooks.plan;
    this.peer = new Peer(transport, by, this.plan, hooks.now());
    this.input = new ConnectionInput(transport);
    this.output.transport = transport;
  }

  get isTunnel(): boolean {
    return this.phase === Phase.tunnel;
  }

  /** The next request goes by the newest plan. */
  protected adoptPlan(): Plan {
    const { plan } = this.hooks;
    if (plan !== this.plan) {
      this.plan = plan;
      this.peer.adopt(plan);
    }
    return plan;
  }

  /** Nothing more is read while what came cannot be used. */
  protected pauseWhenFull(): void {
    if (this.#isFull()) this.input.pause();
  }

  protected resumeReading(): void {
    if (this.phase !== Phase.closed && !this.#isFull()) this.input.resume();
  }

  /** The body goes on when the client sends more of it, which it does within its time. */
  protected awaitBody(exchange: Exchange): void {
    this.wheel.set(this, this.body.wait(this.wheel.now, bodyRules(exchange)));
  }

  protected bodyFault(exchange: Exchange): Fault {
    const rules = bodyRules(exchange);
    if (!this.body.isTooSlow(this.wheel.now, rules)) return timerFault("body", rules.timeouts);
    return { code: "body-timeout", detail: `limits.bodyRate = ${rules.limits.bodyRate} bytes a second` };
  }

  #isFull(): boolean {
    switch (this.phase) {
      case Phase.head:
        return this.output.blocked && this.input.length > 0;
      case Phase.reply:
        return this.input.length >= PIPELINE_BYTES;
      case Phase.body:
      case Phase.tunnel:
        return this.body.blocked;
      default:
        return false;
    }
  }

  /**
   * Ends the connection after a reply: a lingering close (RFC 9112 §9.6), or a plain one when nothing unread can be on
   * its way. `whole`: the client has sent all it meant to.
   */
  protected linger(whole: boolean): void {
    if (this.ended || (whole && this.input.length === 0 && !this.input.paused)) {
      this.close();
      return;
    }
    if (this.phase !== Phase.drain) this.startThrowingAway();
    this.phase = Phase.linger;
    this.input.clear();
    this.lingerOn();
  }

  /** What the client still sends is thrown away from now on. */
  protected startThrowingAway(): void {
    this.#lingerEnd = this.wheel.now + this.plan.timeouts.lingerTotal + TICK;
    this.throwAway();
  }

  /** More of it may come. */
  protected throwAway(): void {
    const { linger } = this.plan.timeouts;
    if (this.wheel.now + linger < this.#lingerEnd) this.wheel.set(this, Math.max(1, linger));
    else this.wheel.setAt(this, this.#lingerEnd);
  }

  /** Nothing more is served: what came is thrown away. */
  protected servesNoMore(): boolean {
    if (this.phase === Phase.linger) this.throwAway();
    return this.phase >= Phase.linger;
  }

  protected lingerOn(): void {
    this.transport.shutdown();
    this.input.resume();
  }

  protected close(): void {
    if (this.phase === Phase.closed) return;
    this.leave();
    this.transport.close();
  }

  protected abort(): void {
    if (this.phase === Phase.closed) return;
    this.leave();
    this.transport.abort();
  }

  protected leave(): void {
    this.phase = Phase.closed;
    this.#all.delete(this);
    this.wheel.remove(this);
    this.input.clear();
    this.output.clear();
    this.output.transport = null;
    this.peer.leave();
    this.hooks.onConnectionClosed();
  }
}

const LF = 10;

/** What came of a client and waits for its turn, and whether more is read. */
export class ConnectionInput extends Input {
  readonly #transport: Transport;
  #paused = false;
  /** Length at the last look at an incomplete head. */
  #looked = 0;

  constructor(transport: Transport) {
    super();
    this.#transport = transport;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** All that waits, of which there must be some. */
  get rest(): { readonly bytes: Buffer; readonly start: number; readonly end: number } {
    return { bytes: this.bytes!, start: this.start, end: this.end };
  }

  /** Keeps what was looked at and could not be used yet. */
  keep(bytes: Buffer, start: number, end: number): void {
    this.append(bytes, start, end, this.#transport);
    this.#looked = this.length;
  }

  /** Bytes up to `position` were used, the rest was looked at. */
  advance(position: number): void {
    this.consume(position);
    this.#looked = this.length;
  }

  /**
   * A head that was incomplete is looked at again when a line came to its end among the new bytes, or when it has
   * doubled: so that a client that drips bytes costs no more than the head's length a line.
   */
  worthLooking(bytes: Buffer, start: number, end: number): boolean {
    return this.length >= 2 * this.#looked || bytes.lastIndexOf(LF, end - 1) >= start;
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#transport.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#transport.resume();
  }
}

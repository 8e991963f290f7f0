/**
 * One client's connection over TCP or TLS (RFC 7766): messages behind their length in two bytes. All whole queries of one
 * read are answered in one write; transfers and the like, which take longer, are sent in between (§7: in any order).
 */
import { Output } from "../../bytes/input-output.ts";
import type { Transport, TransportHandler } from "../../contract/transport.ts";
import { TimerNode } from "../../time/wheel.ts";
import type { DnsClient } from "../authority/dns-client.ts";
import { HANDED_OVER } from "../authority/responder.ts";
import type { StreamHost } from "./stream-host.ts";

const LENGTH = 2;
const MAX_MESSAGE = 65_535;
/** Answers are written when this many bytes have come together. */
const BATCH = 65_536;
/** Messages of one connection that handlers may be at together; what is behind them waits unread. */
const MOST_HANDLED = 8;
/** Answers that are being made; used by one connection at a time, within a call. */
const OUT = Buffer.allocUnsafeSlow(BATCH + LENGTH + MAX_MESSAGE);

export class StreamConnection extends TimerNode implements TransportHandler {
  readonly client: DnsClient;
  readonly #transport: Transport;
  readonly #host: StreamHost;
  readonly #output = new Output();
  /** What came and was not answered yet, in its first bytes: the begin of a message, or more while the client does not read. */
  #rest: Buffer = EMPTY;
  #restLength = 0;
  #messages = 0;
  /** Messages with handlers that are still at it. */
  #handled = 0;
  /** The client has sent FIN. */
  #ended = false;
  /** It is to be closed as soon as all has been sent. */
  #last = false;
  #closed = false;
  /** Handlers that wait until they may send. */
  #waiting: Array<() => void> = [];

  constructor(transport: Transport, secure: boolean, host: StreamHost) {
    super();
    this.#transport = transport;
    this.#host = host;
    this.#output.transport = transport;
    this.client = { address: transport.peerAddress, port: transport.peerPort, transport: secure ? "tls" : "tcp" };
    host.wheel.set(this, host.limits.idleTimeout);
  }

  onData(bytes: Buffer, start: number, end: number): void {
    if (this.#closed || this.#last) return;
    if (this.#restLength === 0 && !this.#isStalled()) {
      this.#answer(bytes, start, end);
      return;
    }
    this.#keep(bytes, start, end);
    if (!this.#isStalled()) this.#answerRest();
  }

  onWritable(): void {
    if (!this.#output.onWritable() || this.#closed) return;
    this.#host.wheel.set(this, this.#host.limits.idleTimeout);
    for (const resume of this.#waiting.splice(0)) resume();
    this.#goOn();
  }

  onEnd(): void {
    this.#ended = true;
    this.#closeWhenDone();
  }

  onClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#host.wheel.remove(this);
    this.#host.closed(this);
    for (const resume of this.#waiting.splice(0)) resume();
  }

  override onDeadline(): void {
    // RFC 7766 §6.2.3: idle. Whoever does not take what it asked for is cut off.
    if (this.#output.blocked) this.#abort();
    else if (this.#handled > 0) this.#host.wheel.set(this, this.#host.limits.idleTimeout);
    else this.#close();
  }

  /** Takes no further query; closes when what was asked has been answered. */
  drain(): void {
    this.#last = true;
    this.#restLength = 0;
    this.#closeWhenDone();
  }

  abort(): void {
    this.#abort();
  }

  /** Answers the whole messages in bytes [start, end) and keeps what is left. */
  #answer(bytes: Buffer, start: number, end: number): void {
    const { responder, limits } = this.#host;
    let at = start;
    let to = 0;
    while (end - at >= LENGTH) {
      const length = (bytes[at]! << 8) | bytes[at + 1]!;
      const next = at + LENGTH + length;
      if (next > end) break;
      const size = responder.respond(bytes, at + LENGTH, next, OUT, to + LENGTH, MAX_MESSAGE, this.client);
      if (size > 0) {
        OUT[to] = size >> 8;
        OUT[to + 1] = size;
        to += LENGTH + size;
      } else if (size === HANDED_OVER) {
        this.#handOver(Uint8Array.prototype.slice.call(bytes, at + LENGTH, next));
      } else {
        // It does not speak DNS: nothing behind this is worth reading.
        this.#last = true;
        at = end;
        break;
      }
      at = next;
      if (size === HANDED_OVER && this.#handled >= MOST_HANDLED) break;
      if (++this.#messages >= limits.messagesPerConnection) {
        this.#last = true;
        at = end;
        break;
      }
      if (to >= BATCH) {
        const taken = this.#output.write(OUT, 0, to, null);
        to = 0;
        if (!taken) break;
      }
    }
    if (to > 0) this.#output.write(OUT, 0, to, null);
    // Only a whole message counts as a sign of life: a byte now and then does not keep a connection.
    if (at > start) this.#host.wheel.set(this, limits.idleTimeout);
    if (at < end) this.#keep(bytes, at, end);
    if (this.#isStalled()) this.#transport.pause();
    if (this.#last || this.#ended) this.#closeWhenDone();
  }

  /** The client does not read, or its messages are still being handled: nothing more is taken from it. */
  #isStalled(): boolean {
    return this.#output.blocked || this.#handled >= MOST_HANDLED;
  }

  /** Takes up what waited, when it is stalled no more. */
  #goOn(): void {
    if (this.#closed || this.#isStalled()) return;
    if (this.#restLength > 0) this.#answerRest();
    if (this.#closed || this.#isStalled()) return;
    this.#transport.resume();
    this.#closeWhenDone();
  }

  #answerRest(): void {
    const rest = this.#rest;
    const length = this.#restLength;
    this.#rest = EMPTY;
    this.#restLength = 0;
    this.#answer(rest, 0, length);
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    const length = this.#restLength + end - start;
    if (length > this.#rest.length) {
      // Doubled, so that a message that comes byte by byte is not copied as often.
      const larger = Buffer.allocUnsafeSlow(Math.max(length, this.#rest.length * 2));
      this.#rest.copy(larger, 0, 0, this.#restLength);
      this.#rest = larger;
    }
    bytes.copy(this.#rest, this.#restLength, start, end);
    this.#restLength = length;
  }

  #handOver(message: Uint8Array): void {
    const handler = this.#host.responder.handler!;
    this.#handled++;
    const done = (): void => {
      this.#handled--;
      this.#goOn();
    };
    handler
      .handle(message, this.client, (answer) => this.#sendMessage(answer))
      .then(done, () => {
        // Half a transfer must not be taken for a whole one.
        this.#handled--;
        this.#abort();
      });
  }

  #sendMessage(message: Uint8Array): boolean | Promise<void> {
    if (this.#closed) return false;
    const framed = Buffer.allocUnsafe(LENGTH + message.length);
    framed.writeUInt16BE(message.length, 0);
    framed.set(message, LENGTH);
    this.#host.wheel.set(this, this.#host.limits.idleTimeout);
    if (this.#output.write(framed, 0, framed.length, null)) return true;
    this.#transport.pause();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #closeWhenDone(): void {
    if (!this.#ended && !this.#last) return;
    if (this.#closed || this.#handled > 0 || this.#output.blocked) return;
    this.#close();
  }

  #close(): void {
    if (this.#closed) return;
    this.#transport.close();
    this.onClose();
  }

  #abort(): void {
    if (this.#closed) return;
    this.#transport.abort();
    this.onClose();
  }
}

const EMPTY = Buffer.alloc(0);

import { BodyLength } from "../contract/body-length.ts";
import type { Exchange } from "../contract/exchange.ts";
import type { ConnectionInfo, ForwardingLines } from "../contract/connection-info.ts";
import type { FieldEdits } from "../contract/field-edits.ts";
import type { ResponseHead } from "../contract/head.ts";
import type { ReplySink } from "../contract/reply-sink.ts";
import type { RequestBody } from "../contract/request-body.ts";
import type { UpstreamLink } from "../contract/target.ts";
import { Stamp } from "../contract/trace-record.ts";
import { isBodyless } from "../http/status.ts";
import { Method } from "../contract/method.ts";

/** Who a request without a client is from. */
export interface DetachedOrigin {
  readonly clientAddress: string;
  readonly scheme: "http" | "https";
  /** Where it would have come in. */
  readonly localPort: number;
  /** Name of the listener. */
  readonly listener: string;
  readonly trusted: boolean;
}

/**
 * The client's end of an exchange that has no client: a plan, a revalidation in the background, a prefetch. The reply
 * goes nowhere but to those who listen; it takes everything at once, and has no request body.
 */
export class DetachedClient implements ReplySink, RequestBody, ConnectionInfo {
  begun = false;
  readonly peerAddress: string;
  readonly peerPort = 0;
  readonly localPort: number;
  readonly listener: string;
  readonly scheme: "http" | "https";
  readonly trustedPeer: boolean;
  forwarding: ForwardingLines | null = null;
  readonly bound = null;
  #exchange: Exchange | null = null;
  readonly #now: () => number;
  #bodyless = false;
  /** Bytes of the body that are still to come; Infinity: nobody knows. */
  #left = Infinity;

  /** `now`: monotonic nanoseconds. */
  constructor(origin: DetachedOrigin, now: () => number) {
    this.peerAddress = origin.clientAddress;
    this.localPort = origin.localPort;
    this.listener = origin.listener;
    this.scheme = origin.scheme;
    this.trustedPeer = origin.trusted;
    this.#now = now;
  }

  bind(link: UpstreamLink): void {
    link.retire();
  }

  unbind(): void {}

  attach(exchange: Exchange): void {
    this.#exchange = exchange;
  }

  interim(): void {}

  begin(head: ResponseHead, _edits: FieldEdits | null, length: BodyLength): void {
    const exchange = this.#exchange!;
    if (exchange.done) return;
    if (this.begun) {
      this.abort();
      return;
    }
    this.begun = true;
    exchange.record.status = head.status;
    this.#bodyless = isBodyless(head.status, exchange.method === Method.HEAD);
    this.#left = length === BodyLength.unknown ? Infinity : Math.max(0, length);
  }

  data(_bytes: Buffer, start: number, end: number): void {
    const exchange = this.#exchange!;
    if (exchange.done || this.#bodyless || end <= start) return;
    this.#left -= end - start;
    if (this.#left < 0) this.abort();
    else exchange.record.replyBytes += end - start;
  }

  trailers(): void {}

  flush(): boolean {
    return true;
  }

  end(): void {
    const exchange = this.#exchange!;
    if (exchange.done) return;
    if (!this.#bodyless && this.#left > 0 && this.#left !== Infinity) {
      this.abort();
      return;
    }
    exchange.record.stamps[Stamp.replyWritten] = this.#now();
    exchange.finish("written");
  }

  abort(): void {
    this.#exchange!.finish("aborted");
  }

  /** Nobody asked for it, so nothing is switched to. */
  switchProtocols(): void {
    this.abort();
  }

  resume(): void {}

  pause(): void {}
}

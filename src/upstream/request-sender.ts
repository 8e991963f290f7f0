import { type Output, SCRATCH, takeScratch } from "../bytes/input-output.ts";
import { BodyLength } from "../contract/body-length.ts";
import type { Exchange } from "../contract/exchange.ts";
import type { FieldLines } from "../contract/field-lines.ts";
import type { OutboundRequest } from "../contract/outbound-request.ts";
import type { RequestBodySink } from "../contract/request-body.ts";
import type { Target } from "../contract/target.ts";
import { Stamp } from "../contract/trace-record.ts";
import type { Transport } from "../contract/transport.ts";
import { closeHead, reserve } from "./request-encoder.ts";
import { CHUNK_OVERHEAD, encodeChunk, encodeLastChunk } from "../http/h1/encode.ts";

/** As much of a request as is joined into one buffer: it leaves in one write and can be sent again. */
const JOINED = 32_768;

/** What a sender tells its connection. */
export interface SenderHost {
  now(): number;
  /** Bytes of the request left: the time until the response's first byte runs from here. */
  onSent(): void;
}

/** Writes one request after the other to an upstream: the encoded head, then the body in its own framing. */
export class RequestSender implements RequestBodySink {
  /** After 101 bytes pass as they come. */
  raw = false;
  /** The client has ended its direction of a tunnel, and the target was told by FIN. */
  ended = false;
  readonly #output: Output;
  readonly #host: SenderHost;
  #exchange: Exchange | null = null;
  /** Bytes of the outbound request that were written. */
  #sent = 0;
  #trailers: FieldLines | null = null;
  #whole = false;

  constructor(output: Output, host: SenderHost) {
    this.#output = output;
    this.#host = host;
  }

  /** No byte of the request has left. */
  get unsent(): boolean {
    return this.#sent === 0;
  }

  /** All of the request was handed over, whatever of it the kernel has taken. */
  get whole(): boolean {
    return this.#whole;
  }

  /** Sends the head at once when the request is whole; else it waits for the first bytes of the body, or `flush`. */
  begin(exchange: Exchange, target: Target): void {
    this.#exchange = exchange;
    this.#sent = 0;
    this.#trailers = null;
    exchange.takeBody(this);
    const outbound = exchange.outbound!;
    closeHead(outbound, target);
    this.#whole = outbound.complete;
    const { held } = exchange;
    exchange.held = null;
    if (outbound.complete) this.#write(exchange, outbound);
    else {
      held?.moveTo(this);
      if (!this.#whole) exchange.resumeBody();
    }
  }

  end(): void {
    this.#exchange = null;
    this.raw = false;
  }

  onBody(bytes: Buffer, start: number, end: number, owner: Transport | null): void {
    const exchange = this.#exchange;
    if (exchange === null) return;
    if (this.raw) {
      this.#output.write(bytes, start, end, owner);
      return;
    }
    const outbound = exchange.outbound!;
    const chunked = outbound.bodyLength === BodyLength.unknown;
    const joined = outbound.length + end - start + CHUNK_OVERHEAD;
    if (!outbound.streamed && joined <= JOINED) {
      reserve(outbound, joined);
      if (chunked) outbound.length = encodeChunk(outbound.bytes, outbound.length, bytes, start, end);
      else outbound.length += bytes.copy(outbound.bytes, outbound.length, start, end);
      return;
    }
    this.#write(exchange, outbound);
    outbound.streamed = true;
    if (chunked) this.#writeChunks(bytes, start, end);
    else this.#output.write(bytes, start, end, owner);
  }

  onBodyTrailers(lines: FieldLines): void {
    this.#trailers = lines;
  }

  onBodyEnd(): void {
    const exchange = this.#exchange;
    if (this.raw) {
      this.ended = true;
      this.#output.transport?.shutdown();
      return;
    }
    if (exchange === null) return;
    const outbound = exchange.outbound!;
    this.#whole = true;
    if (outbound.bodyLength === BodyLength.unknown) this.#endChunks(outbound);
    outbound.complete = !outbound.streamed;
    this.flush();
    exchange.record.stamps[Stamp.requestBodySent] = this.#host.now();
  }

  flush(): boolean {
    const exchange = this.#exchange;
    if (exchange !== null && !this.raw) {
      this.#write(exchange, exchange.outbound!);
      this.#host.onSent();
    }
    return !this.#output.blocked;
  }

  #write(exchange: Exchange, outbound: OutboundRequest): void {
    const from = this.#sent;
    if (from >= outbound.length) return;
    this.#sent = outbound.length;
    this.#output.write(outbound.bytes, from, outbound.length, null);
    if (from === 0) exchange.record.stamps[Stamp.requestSent] = this.#host.now();
  }

  #writeChunks(bytes: Buffer, start: number, end: number): void {
    for (let from = start; from < end;) {
      const to = Math.min(end, from + SCRATCH.length - CHUNK_OVERHEAD);
      takeScratch(null);
      this.#output.write(SCRATCH, 0, encodeChunk(SCRATCH, 0, bytes, from, to), null);
      from = to;
    }
  }

  #endChunks(outbound: OutboundRequest): void {
    if (outbound.streamed) {
      takeScratch(null);
      this.#output.write(SCRATCH, 0, encodeLastChunk(SCRATCH, 0, this.#trailers), null);
      return;
    }
    reserve(outbound, outbound.length + CHUNK_OVERHEAD + (this.#trailers?.length ?? 0));
    outbound.length = encodeLastChunk(outbound.bytes, outbound.length, this.#trailers);
  }
}

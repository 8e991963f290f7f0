import { type Output, leaveScratch, SCRATCH, takeScratch, type ScratchHolder } from "../bytes/input-output.ts";
import { BodyLength } from "../contract/body-length.ts";
import type { Exchange } from "../contract/exchange.ts";
import type { FieldEdits } from "../contract/field-edits.ts";
import type { FieldLines } from "../contract/field-lines.ts";
import type { ResponseHead } from "../contract/head.ts";
import { Method } from "../contract/method.ts";
import { Protocol } from "../contract/protocol.ts";
import { Stamp } from "../contract/trace-record.ts";
import type { ReplySink } from "../contract/reply-sink.ts";
import type { Transport } from "../contract/transport.ts";
import {
  copyStartLineAndFields,
  fieldsSize,
  writeOwnVersion,
  CHUNK_OVERHEAD,
  encodeChunk,
  encodeLastChunk,
  endLine,
  keptLength,
  LENGTH_LINE,
  withoutLength,
  writeLength,
} from "../http/h1/encode.ts";
import { BodyFraming } from "../http/h1/body-reader.ts";
import { isBodyless } from "../http/status.ts";
import { dateLine } from "../time/http-date.ts";

/** What a reply writer needs to know of its connection, and tells it. */
export interface ReplyHost {
  readonly exchange: Exchange;
  /** The connection serves a further request after this reply. Asked once, when the head is written. */
  decideKeepAlive(delimited: boolean): boolean;
  /** The last byte of the reply was handed to the kernel. */
  onReplyWritten(): void;
  /** The reply cannot be completed. */
  onReplyAborted(): void;
  onSwitched(): void;
  /** The client does not take more for now. */
  onBlocked(): void;
  now(): number;
}

const TRANSFER_ENCODING = Buffer.from("Transfer-Encoding: chunked\r\n");
const CONNECTION_CLOSE = Buffer.from("Connection: close\r\n");
const CONNECTION_KEEP_ALIVE = Buffer.from("Connection: keep-alive\r\n");
const CONNECTION_UPGRADE = Buffer.from("Connection: Upgrade\r\nUpgrade: ");
/** Where the version stands in a status line. */
const VERSION_AT = "HTTP/".length;

/** Pseudonyms are short: the config allows 64 characters. */
const VIA_SIZE = 80;
let viaPseudonym = "";
let viaProtocol = "";
let viaBytes: Buffer = Buffer.alloc(0);

/** RFC 9110 §7.6.3; empty without a pseudonym. */
function viaLine(pseudonym: string, received: string): Buffer {
  if (pseudonym !== viaPseudonym || received !== viaProtocol) {
    viaPseudonym = pseudonym;
    viaProtocol = received;
    viaBytes = pseudonym === "" ? Buffer.alloc(0) : Buffer.from(`Via: ${received} ${pseudonym}\r\n`, "latin1");
  }
  return viaBytes;
}

/** How a body of this length is delimited for such a client (RFC 9112 §6.3). */
function framingOf(length: BodyLength, protocol: Protocol): BodyFraming {
  if (length !== BodyLength.unknown) return BodyFraming.length;
  // A length that only the close of the upstream told becomes chunked too, so that a cut is seen (RFC 9112 §8).
  return protocol === Protocol.http10 ? BodyFraming.untilClose : BodyFraming.chunked;
}

/** Writes replies of one HTTP/1.1 connection: head, framing (RFC 9112 §7.1 when the length is not known), trailers. */
export class ReplyWriter implements ReplySink, ScratchHolder {
  begun = false;
  readonly #output: Output;
  readonly #host: ReplyHost;
  /** Bytes of SCRATCH that wait for `flush`. */
  #held = 0;
  #framing: BodyFraming = BodyFraming.none;
  /** The body is not sent: HEAD, 204, 304. */
  #bodyless = false;
  /** Bytes of the body still to come, when its length is known. */
  #left = 0;
  #trailers: FieldLines | null = null;
  #ended = false;

  constructor(output: Output, host: ReplyHost) {
    this.#output = output;
    this.#host = host;
  }

  /** Ready for the next reply. */
  reset(): void {
    this.begun = false;
    this.#drop();
    this.#bodyless = false;
    this.#trailers = null;
    this.#ended = false;
  }

  interim(head: ResponseHead): void {
    // RFC 9110 §15.2: a server must not send a 1xx response to an HTTP/1.0 client.
    if (this.begun || this.#ended || this.#host.exchange.protocol === Protocol.http10) return;
    const at = this.#copyHead(head, null);
    this.#held = endLine(SCRATCH, at);
    this.flush();
  }

  begin(head: ResponseHead, edits: FieldEdits | null, length: BodyLength): void {
    if (this.#ended) return;
    if (this.begun) {
      // Two heads would mix two replies: neither is right any more.
      this.abort();
      return;
    }
    const exchange = this.#host.exchange;
    this.begun = true;
    exchange.record.status = head.status;
    const bodyless = isBodyless(head.status, exchange.method === Method.HEAD);
    this.#bodyless = bodyless;
    const framing = bodyless ? BodyFraming.none : framingOf(length, exchange.protocol);
    this.#framing = framing;
    let out = edits;
    let kept = bodyless ? length : keptLength(head, edits);
    if (!bodyless && kept >= 0 && kept !== length) {
      out = withoutLength(head, edits);
      kept = BodyLength.unknown;
    }
    let at = this.#copyHead(head, out);
    if (framing === BodyFraming.length) {
      // RFC 9112 §6.2: a length of zero is said too, or the client would wait for the close.
      this.#left = length < 0 ? 0 : length;
      if (kept !== length) at = writeLength(SCRATCH, at, this.#left);
    } else if (framing === BodyFraming.chunked) {
      at += TRANSFER_ENCODING.copy(SCRATCH, at);
    }
    this.#held = endLine(SCRATCH, this.#connectionLine(at, framing !== BodyFraming.untilClose));
  }

  data(bytes: Buffer, start: number, end: number, owner: Transport | null): void {
    if (this.#bodyless || this.#ended || end <= start) return;
    if (this.#framing === BodyFraming.length) {
      this.#left -= end - start;
      if (this.#left < 0) {
        this.#breakOff("longer");
        return;
      }
    }
    this.#host.exchange.record.replyBytes += end - start;
    if (this.#framing === BodyFraming.chunked) this.#chunk(bytes, start, end);
    else this.#plain(bytes, start, end, owner);
  }

  trailers(lines: FieldLines): void {
    this.#trailers = lines;
  }

  flush(): boolean {
    this.releaseScratch();
    if (!this.#output.blocked) return true;
    this.#host.onBlocked();
    return false;
  }

  releaseScratch(): void {
    const end = this.#held;
    leaveScratch(this);
    if (end === 0) return;
    this.#held = 0;
    this.#output.write(SCRATCH, 0, end, null);
  }

  end(): void {
    if (this.#ended) return;
    if (this.#framing === BodyFraming.length && this.#left > 0) {
      this.#breakOff("shorter");
      return;
    }
    this.#ended = true;
    if (this.#framing === BodyFraming.chunked) {
      this.#reserve(CHUNK_OVERHEAD + (this.#trailers?.length ?? 0));
      this.#held = encodeLastChunk(SCRATCH, this.#held, this.#trailers);
    }
    if (this.flush()) this.#written();
  }

  /** Behind the end it is still possible: bytes may wait for the client to take them, a tunnel for its other half. */
  abort(): void {
    if (this.#host.exchange.done) return;
    this.#drop();
    this.#ended = true;
    this.#host.onReplyAborted();
  }

  switchProtocols(head: ResponseHead, edits: FieldEdits | null): void {
    if (this.begun || this.#ended) return;
    this.begun = true;
    this.#framing = BodyFraming.untilClose;
    this.#host.exchange.record.status = head.status;
    let at = this.#copyHead(head, edits);
    at += CONNECTION_UPGRADE.copy(SCRATCH, at);
    at += head.bytes.copy(SCRATCH, at, head.upgradeStart, head.upgradeEnd);
    this.#held = endLine(SCRATCH, endLine(SCRATCH, at));
    this.#host.onSwitched();
  }

  /** The output was blocked and is drained. */
  onDrained(): void {
    if (this.#ended) this.#written();
    else this.#host.exchange.onSinkWritable();
  }

  /** The other side of a tunnel has ended: nothing more is sent this way. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The producer does not keep to the length that it announced, and the client has been told. */
  #breakOff(how: "longer" | "shorter"): void {
    const { record } = this.#host.exchange;
    if (record.fault === null) {
      record.fault = "internal-error";
      record.faultDetail = `the reply's body is ${how} than was announced`;
    }
    this.abort();
  }

  #written(): void {
    const exchange = this.#host.exchange;
    exchange.record.stamps[Stamp.replyWritten] = this.#host.now();
    this.#host.onReplyWritten();
  }

  #copyHead(head: ResponseHead, edits: FieldEdits | null): number {
    const need = head.end - head.start + fieldsSize(head, edits) + VIA_SIZE + LENGTH_LINE + 256;
    this.#reserve(need);
    const begin = this.#held;
    let at = copyStartLineAndFields(head, head.start, edits, SCRATCH, begin);
    writeOwnVersion(SCRATCH, begin + VERSION_AT);
    if (!head.hasDate) at += dateLine.bytes.copy(SCRATCH, at);
    const { plan, record } = this.#host.exchange;
    // What the edge answers itself has come by nobody (RFC 9110 §7.6.3: Via is of messages that are forwarded).
    if (record.source !== "upstream") return at;
    return at + viaLine(plan.forwarding.via, head.receivedProtocol).copy(SCRATCH, at);
  }

  #connectionLine(at: number, delimited: boolean): number {
    if (!this.#host.decideKeepAlive(delimited)) return at + CONNECTION_CLOSE.copy(SCRATCH, at);
    return this.#host.exchange.protocol === Protocol.http10 ? at + CONNECTION_KEEP_ALIVE.copy(SCRATCH, at) : at;
  }

  #plain(bytes: Buffer, start: number, end: number, owner: Transport | null): void {
    const held = this.#held;
    const length = end - start;
    if (held === 0) {
      this.#output.write(bytes, start, end, owner);
    } else if (owner !== null && start >= held) {
      // The upstream's head lay in front of the body and is used up: its place takes ours, and both leave together.
      this.#drop();
      SCRATCH.copy(bytes, start - held, 0, held);
      this.#output.write(bytes, start - held, end, owner);
    } else if (held + length <= SCRATCH.length) {
      bytes.copy(SCRATCH, held, start, end);
      this.#held = held + length;
    } else {
      this.flush();
      this.#output.write(bytes, start, end, owner);
    }
  }

  #chunk(bytes: Buffer, start: number, end: number): void {
    let from = start;
    while (from < end) {
      this.#reserve(CHUNK_OVERHEAD + Math.min(end - from, 4_096));
      const room = SCRATCH.length - this.#held - CHUNK_OVERHEAD;
      const length = Math.min(end - from, room);
      this.#held = encodeChunk(SCRATCH, this.#held, bytes, from, from + length);
      from += length;
    }
  }

  /** Room for `size` bytes behind what is held. A single head never exceeds SCRATCH: `limits.head` sees to it. */
  #reserve(size: number): void {
    takeScratch(this);
    if (this.#held + size <= SCRATCH.length) return;
    this.flush();
    takeScratch(this);
  }

  /** What was held is not written from here. */
  #drop(): void {
    this.#held = 0;
    leaveScratch(this);
  }
}

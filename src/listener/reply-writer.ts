import type { Output } from "../bytes/output.ts";
import { leaveScratch, SCRATCH, takeScratch, type ScratchHolder } from "../bytes/scratch.ts";
import { BodyFraming, type Exchange, type ReplySink } from "../contract/exchange.ts";
import type { FieldEdits } from "../contract/field-edits.ts";
import { VALUE_END, VALUE_START, type ResponseHead } from "../contract/head.ts";
import { Method } from "../contract/method.ts";
import { Stamp } from "../contract/trace-record.ts";
import type { Transport } from "../contract/transport.ts";
import { copyStartLineAndFields, fieldsSize } from "../http/h1/encode.ts";
import { CHUNK_OVERHEAD, encodeChunk, encodeLastChunk, endLine } from "../http/h1/encode-chunk.ts";
import { isBodyless } from "../http/status.ts";
import { dateLine } from "../time/http-date.ts";

/** What a reply writer needs to know of its connection, and tells it. */
export interface ReplyHost {
  readonly exchange: Exchange;
  /** The connection serves a further request after this reply. Asked once, when the head is written. */
  decideKeepAlive(delimited: boolean): boolean;
  /** The last byte of the reply was handed to the kernel. */
  onReplyWritten(): void;
  /** The reply can not be completed. */
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
/** "HTTP/1.x": where the minor version stands in a status line. */
const MINOR_VERSION = 7;

/** Pseudonyms are short: the config allows 64 characters. */
const VIA_SIZE = 80;
let viaPseudonym = "";
let viaBytes: Buffer = Buffer.alloc(0);

/** RFC 9110 §7.6.3; empty without a pseudonym. */
function viaLine(pseudonym: string): Buffer {
  if (pseudonym !== viaPseudonym) {
    viaPseudonym = pseudonym;
    viaBytes = pseudonym === "" ? Buffer.alloc(0) : Buffer.from(`Via: 1.1 ${pseudonym}\r\n`, "latin1");
  }
  return viaBytes;
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
  #trailers: Buffer | null = null;
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
    if (this.#host.exchange.minor === 0) return;
    const at = this.#copyHead(head, null);
    this.#held = endLine(SCRATCH, at);
    this.flush();
  }

  begin(head: ResponseHead, edits: FieldEdits | null, framing: BodyFraming): void {
    const exchange = this.#host.exchange;
    this.begun = true;
    exchange.record.status = head.status;
    this.#bodyless = isBodyless(head.status, exchange.method === Method.HEAD);
    let out: BodyFraming = framing;
    // A length that only the close of the upstream told becomes chunked, so that a cut is seen (RFC 9112 §8).
    if (framing === BodyFraming.untilClose && exchange.minor === 1) out = BodyFraming.chunked;
    if (framing === BodyFraming.chunked && exchange.minor === 0) out = BodyFraming.untilClose;
    if (this.#bodyless) out = BodyFraming.none;
    this.#framing = out;
    let at = this.#copyHead(head, edits);
    if (out === BodyFraming.chunked) at += TRANSFER_ENCODING.copy(SCRATCH, at);
    this.#held = endLine(SCRATCH, this.#connectionLine(at, out !== BodyFraming.untilClose));
  }

  data(bytes: Buffer, start: number, end: number, owner: Transport | null): void {
    if (this.#bodyless || end <= start) return;
    this.#host.exchange.record.replyBytes += end - start;
    if (this.#framing === BodyFraming.chunked) this.#chunk(bytes, start, end);
    else this.#plain(bytes, start, end, owner);
  }

  trailers(lines: Buffer): void {
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
    this.#ended = true;
    if (this.#framing === BodyFraming.chunked) {
      this.#reserve(CHUNK_OVERHEAD + (this.#trailers?.length ?? 0));
      this.#held = encodeLastChunk(SCRATCH, this.#held, this.#trailers);
    }
    if (this.flush()) this.#written();
  }

  abort(): void {
    this.#drop();
    this.#ended = true;
    this.#host.onReplyAborted();
  }

  switchProtocols(head: ResponseHead, edits: FieldEdits | null): void {
    this.begun = true;
    this.#framing = BodyFraming.untilClose;
    this.#host.exchange.record.status = head.status;
    let at = this.#copyHead(head, edits);
    at += CONNECTION_UPGRADE.copy(SCRATCH, at);
    const field = head.upgradeField;
    at += head.bytes.copy(SCRATCH, at, head.offsets[field + VALUE_START]!, head.offsets[field + VALUE_END]!);
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

  #written(): void {
    const exchange = this.#host.exchange;
    exchange.record.stamps[Stamp.replyWritten] = this.#host.now();
    this.#host.onReplyWritten();
  }

  #copyHead(head: ResponseHead, edits: FieldEdits | null): number {
    const need = head.end - head.start + fieldsSize(head, edits) + VIA_SIZE + 256;
    this.#reserve(need);
    const begin = this.#held;
    let at = copyStartLineAndFields(head, head.start, edits, SCRATCH, begin);
    // RFC 9112 §2.3: an intermediary sends its own version.
    SCRATCH[begin + MINOR_VERSION] = 49;
    if (!head.hasDate) at += dateLine.bytes.copy(SCRATCH, at);
    return at + viaLine(this.#host.exchange.plan.forwarding.via).copy(SCRATCH, at);
  }

  #connectionLine(at: number, delimited: boolean): number {
    if (!this.#host.decideKeepAlive(delimited)) return at + CONNECTION_CLOSE.copy(SCRATCH, at);
    return this.#host.exchange.minor === 0 ? at + CONNECTION_KEEP_ALIVE.copy(SCRATCH, at) : at;
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

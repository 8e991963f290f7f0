import { BodyLength } from "../../contract/body-length.ts";
import type { FieldLines } from "../../contract/field-lines.ts";
import { ranges, ChunkedDecoder } from "./chunked.ts";
import { RESPONSE_MALFORMED, RESPONSE_TOO_LARGE, TRAILERS_TOO_LARGE } from "../fault-numbers.ts";

export { MAX_RANGES, ranges } from "./chunked.ts";

/** How a body is delimited (RFC 9112 §6.3). */
export const BodyFraming = { none: 0, length: 1, chunked: 2, untilClose: 3 } as const;
export type BodyFraming = (typeof BodyFraming)[keyof typeof BodyFraming];

/**
 * How the body of a request is delimited (RFC 9112 §6.3). Without a length there is none, and an unknown one is
 * chunked: a request is never read until the connection closes. A length of zero counts as none.
 */
export function requestFraming(length: BodyLength): BodyFraming {
  if (length === BodyLength.unknown) return BodyFraming.chunked;
  return length > 0 ? BodyFraming.length : BodyFraming.none;
}

/** How the body of a response is delimited (RFC 9112 §6.3). A length of zero counts as none. */
export function responseFraming(length: BodyLength, chunked: boolean): BodyFraming {
  if (length === BodyLength.unknown) return chunked ? BodyFraming.chunked : BodyFraming.untilClose;
  return length > 0 ? BodyFraming.length : BodyFraming.none;
}

/** Bytes of a trailer section when nobody says otherwise. */
const DEFAULT_TRAILER_LIMIT = 8_192;

/** Whose body is read, which decides the fault codes. */
export type BodyOf = "request" | "response";

/**
 * Finds the end of a body and the data in it (RFC 9112 §6.3), for either direction. One per connection, used again
 * for every message.
 *
 * `read` copies nothing: it leaves the places of the data in `ranges`. The caller hands these bytes on, goes on
 * from the answered position while it is before the end and `done` is false, and leaves what comes after `done`
 * to the next message. A negative answer is a fault: `chunk-malformed`, `trailer-malformed`, `trailers-too-large` of
 * a request, `response-malformed`, `response-too-large` of a response. The ranges found before it hold.
 */
export class BodyReader {
  framing: BodyFraming = BodyFraming.none;
  /** The whole body has been read, trailers included. */
  done = true;
  /** Data bytes still to come: of the body with a length, of the current chunk when chunked; -1 until close. */
  remaining = 0;
  /** Data bytes so far. */
  received = 0;
  /** Field lines `Name: value\r\n…` of the trailer section, checked and without those that have no place there. */
  trailers: FieldLines | null = null;
  /** Bytes of a trailer section at most, with its empty line. */
  trailerLimit = DEFAULT_TRAILER_LIMIT;
  /** Made with the first chunked body. */
  #chunked: ChunkedDecoder | null = null;

  readonly #ofResponse: boolean;

  constructor(of: BodyOf = "request") {
    this.#ofResponse = of === "response";
  }

  /** @param length Content-Length with `BodyFraming.length`, else not looked at. */
  begin(framing: BodyFraming, length: number): void {
    this.framing = framing;
    this.received = 0;
    this.trailers = null;
    this.remaining = framing === BodyFraming.length ? length : framing === BodyFraming.untilClose ? -1 : 0;
    this.done = framing === BodyFraming.none || (framing === BodyFraming.length && length === 0);
    if (framing !== BodyFraming.chunked) return;
    if (this.#chunked === null) this.#chunked = new ChunkedDecoder();
    else this.#chunked.begin();
  }

  /** @returns the new position, or a negative fault. It is `start` only when there is nothing to read. */
  read(bytes: Buffer, start: number, end: number): number {
    ranges.length = 0;
    if (this.done || start >= end) return start;
    if (this.framing === BodyFraming.length) {
      const available = end - start;
      const taken = this.remaining < available ? this.remaining : available;
      this.remaining -= taken;
      this.received += taken;
      if (this.remaining === 0) this.done = true;
      onlyRange(start, start + taken);
      return start + taken;
    }
    if (this.framing === BodyFraming.chunked) return this.#readChunked(this.#chunked!, bytes, start, end);
    this.received += end - start;
    onlyRange(start, end);
    return end;
  }

  /**
   * The connection closed. Answers true when that ends the body or it had ended before; false when the body is
   * truncated.
   */
  finish(): boolean {
    if (this.framing === BodyFraming.untilClose) this.done = true;
    return this.done;
  }

  #readChunked(decoder: ChunkedDecoder, bytes: Buffer, start: number, end: number): number {
    const after = decoder.read(bytes, start, end, this.trailerLimit);
    this.received = decoder.received;
    this.remaining = decoder.remaining;
    if (decoder.done) {
      this.done = true;
      this.trailers = decoder.trailers;
    }
    if (after >= 0 || !this.#ofResponse) return after;
    return after === TRAILERS_TOO_LARGE ? RESPONSE_TOO_LARGE : RESPONSE_MALFORMED;
  }
}

function onlyRange(start: number, end: number): void {
  ranges.at[0] = start;
  ranges.at[1] = end;
  ranges.length = 2;
}

/**
 * The combined format of Apache and nginx, with the trace id as a last word, which readers of the format ignore:
 * `client - - [20/Nov/2026:08:10:17 +0000] "GET / HTTP/1.1" 200 612 "referer" "user agent" traceid`.
 * A client that left before it was told anything has 499, as nginx has it. The third number counts the bytes of the
 * whole reply. Unsafe bytes are written as `\xHH`, as nginx does.
 */
import type { TraceRecord } from "../contract/trace-record.ts";
import { writeHex, TRACE_ID_LENGTH } from "./trace-context.ts";
import { type LogBuffer, Piece } from "./log-buffer.ts";
import type { LineFormat } from "./log-format.ts";
import { putBytes, putInteger, putString } from "./log-text.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const QUOTED_TEXT = new Piece('" "');
const END_OF_LINE = new Piece('" ');
const QUOTE = new Piece(' "');
const SPACE = 0x20;
/** Nginx' word for a client that closed its connection before there was a status. */
const CLIENT_LEFT = 499;
const LINE_FEED = 0x0a;

export class CombinedLine implements LineFormat {
  #second = -1;
  /** ` - - [20/Nov/2026:08:10:17 +0000] "` of the current second. */
  #time = new Piece("");

  put(record: TraceRecord, into: LogBuffer, at: number): number {
    const second = Math.floor(record.time / 1000);
    if (second !== this.#second) this.#keepSecond(second);
    at = putOrDash(into, at, record.clientAddress);
    at = this.#time.put(into, at);
    at = putBytes(into.bytes, at, record.line, 0, record.lineLength, "combined");
    at = END_OF_LINE.put(into, at);
    at = putInteger(into.bytes, at, statusOf(record));
    into.bytes[at++] = SPACE;
    at = putInteger(into.bytes, at, record.replyBytes);
    at = QUOTE.put(into, at);
    at = putOrDash(into, at, record.referer);
    at = QUOTED_TEXT.put(into, at);
    at = putOrDash(into, at, record.userAgent);
    at = END_OF_LINE.put(into, at);
    at = writeHex(record.ids, 0, TRACE_ID_LENGTH, into.bytes, at);
    into.bytes[at++] = LINE_FEED;
    return at;
  }

  #keepSecond(second: number): void {
    this.#second = second;
    const date = new Date(second * 1000);
    const day = String(date.getUTCDate()).padStart(2, "0");
    const clock = date.toISOString().slice(11, 19);
    this.#time = new Piece(` - - [${day}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${clock} +0000] "`);
  }
}

function statusOf({ status, fault }: TraceRecord): number {
  return status === 0 && fault === "client-aborted" ? CLIENT_LEFT : status;
}

function putOrDash(into: LogBuffer, at: number, text: string): number {
  return putString(into.bytes, at, text === "" ? "-" : text, "combined");
}

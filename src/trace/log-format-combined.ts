/**
 * The combined format byte for byte as Apache has it (`%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-agent}i"`):
 * `client - - [20/Nov/2026:08:10:17 +0000] "GET / HTTP/1.1" 200 612 "referer" "user agent"`. The second number counts
 * the bytes of the body. What there is not is a dash, the size of an empty body too. A client that left before it was
 * told anything has 499, as nginx has it, since Apache has no word for it. `combined-trace` adds the trace id as a last
 * word, which readers of the format ignore.
 */
import type { TraceRecord } from "../contract/trace-record.ts";
import { clfTime } from "./clf-time.ts";
import { writeHex, TRACE_ID_LENGTH } from "./trace-context.ts";
import { type LogBuffer, Piece } from "./log-buffer.ts";
import type { LineFormat } from "./log-format.ts";
import { putBytes, putInteger, putString } from "./log-text.ts";

const QUOTED_TEXT = new Piece('" "');
const END_OF_LINE = new Piece('" ');
const QUOTE = new Piece(' "');
const CLOSE = 0x22;
const SPACE = 0x20;
const DASH = 0x2d;
/** Nginx' word for a client that closed its connection before there was a status. */
const CLIENT_LEFT = 499;
const LINE_FEED = 0x0a;

export class CombinedLine implements LineFormat {
  readonly #withTrace: boolean;
  #second = -1;
  /** ` - - [20/Nov/2026:08:10:17 +0000] "` of the current second. */
  #time = new Piece("");

  constructor(withTrace: boolean) {
    this.#withTrace = withTrace;
  }

  put(record: TraceRecord, into: LogBuffer, at: number): number {
    const second = Math.floor(record.time / 1000);
    if (second !== this.#second) this.#keepSecond(second);
    at = putOrDash(into, at, record.clientAddress);
    at = this.#time.put(into, at);
    if (record.lineLength === 0) into.bytes[at++] = DASH;
    else at = putBytes(into.bytes, at, record.line, 0, record.lineLength, "combined");
    at = END_OF_LINE.put(into, at);
    at = putNumber(into, at, statusOf(record));
    into.bytes[at++] = SPACE;
    at = putNumber(into, at, record.replyBytes);
    at = QUOTE.put(into, at);
    at = putOrDash(into, at, record.referer);
    at = QUOTED_TEXT.put(into, at);
    at = putOrDash(into, at, record.userAgent);
    into.bytes[at++] = CLOSE;
    if (this.#withTrace) {
      into.bytes[at++] = SPACE;
      at = writeHex(record.ids, 0, TRACE_ID_LENGTH, into.bytes, at);
    }
    into.bytes[at++] = LINE_FEED;
    return at;
  }

  #keepSecond(second: number): void {
    this.#second = second;
    this.#time = new Piece(` - - [${clfTime(second * 1000)}] "`);
  }
}

function statusOf({ status, fault }: TraceRecord): number {
  return status === 0 && fault === "client-aborted" ? CLIENT_LEFT : status;
}

function putNumber(into: LogBuffer, at: number, value: number): number {
  if (value > 0) return putInteger(into.bytes, at, value);
  into.bytes[at++] = DASH;
  return at;
}

function putOrDash(into: LogBuffer, at: number, text: string): number {
  return putString(into.bytes, at, text === "" ? "-" : text, "combined");
}

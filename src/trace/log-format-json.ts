/**
 * An access log line as JSON. Members that do not apply are left out: `route` before one was found, `pool`,
 * `upstream`, `retries` and `reused` when nothing was proxied, a timing whose point was not reached.
 */
import { Stamp, type TraceRecord } from "../contract/trace-record.ts";
import { beginOf, endOf } from "./duration.ts";
import { writeHex } from "./hex.ts";
import { type LogBuffer, Piece } from "./log-buffer.ts";
import type { LineFormat } from "./log-format.ts";
import { putBytes, putInteger, putString, putThousandths } from "./log-text.ts";
import { targetEnd, targetStart } from "./request-line.ts";
import { TRACE_ID_LENGTH } from "./trace-context.ts";

const TRACE_ID = new Piece('Z","traceId":"');
const CLIENT = new Piece('","client":"');
const METHOD = new Piece('","method":"');
const TARGET = new Piece('","target":"');
const AUTHORITY = new Piece('","authority":"');
const PROTOCOL = new Piece('","protocol":"');
const STATUS = new Piece('","status":');
const REQUEST_BYTES = new Piece(',"requestBytes":');
const REPLY_BYTES = new Piece(',"replyBytes":');
const SOURCE = new Piece(',"source":"');
const ROUTE = new Piece('","route":"');
const POOL = new Piece('","pool":"');
const UPSTREAM = new Piece('","upstream":"');
const RETRIES = new Piece('","retries":');
const REUSED = new Piece(',"reused":true,"durationMs":');
const NEW = new Piece(',"reused":false,"durationMs":');
const DURATION = new Piece('","durationMs":');
const HEAD = new Piece(',"headUs":');
const ROUTE_TIME = new Piece(',"routeUs":');
const POLICY = new Piece(',"policyUs":');
const BALANCE = new Piece(',"balanceUs":');
const QUEUE = new Piece(',"queueUs":');
const CONNECT = new Piece(',"connectUs":');
const FIRST_BYTE = new Piece(',"firstByteUs":');
const BODY = new Piece(',"bodyUs":');
const TOTAL = new Piece(',"totalUs":');
const FAULT = new Piece(',"fault":"');
const DETAIL = new Piece('","faultDetail":"');
const END = new Piece("}\n");
const END_AFTER_TEXT = new Piece('"}\n');
const POINT = 0x2e;

export class JsonLine implements LineFormat {
  #second = -1;
  /** `{"time":"2026-11-20T08:10:17.` of the current second. */
  #time = new Piece("");

  put(record: TraceRecord, into: LogBuffer, at: number): number {
    const stamps = record.stamps;
    const second = Math.floor(record.time / 1000);
    if (second !== this.#second) this.#keepSecond(second);
    at = this.#time.put(into, at);
    at = putThousandths(into.bytes, at, Math.floor(record.time - second * 1000));
    at = TRACE_ID.put(into, at);
    at = writeHex(record.ids, 0, TRACE_ID_LENGTH, into.bytes, at);
    at = CLIENT.put(into, at);
    at = putString(into.bytes, at, record.clientAddress, "json");
    at = METHOD.put(into, at);
    at = putBytes(into.bytes, at, record.line, 0, record.methodLength, "json");
    at = TARGET.put(into, at);
    at = putBytes(into.bytes, at, record.line, targetStart(record), targetEnd(record), "json");
    at = AUTHORITY.put(into, at);
    at = putBytes(into.bytes, at, record.authority, 0, record.authorityLength, "json");
    at = PROTOCOL.put(into, at);
    at = putString(into.bytes, at, record.protocol, "json");
    at = STATUS.put(into, at);
    at = putInteger(into.bytes, at, record.status);
    at = REQUEST_BYTES.put(into, at);
    at = putInteger(into.bytes, at, record.requestBytes);
    at = REPLY_BYTES.put(into, at);
    at = putInteger(into.bytes, at, record.replyBytes);
    at = SOURCE.put(into, at);
    at = putString(into.bytes, at, record.source, "json");
    if (record.route !== "") {
      at = ROUTE.put(into, at);
      at = putString(into.bytes, at, record.route, "json");
    }
    if (record.pool !== "") {
      at = POOL.put(into, at);
      at = putString(into.bytes, at, record.pool, "json");
      at = UPSTREAM.put(into, at);
      at = putString(into.bytes, at, record.target, "json");
      at = RETRIES.put(into, at);
      at = putInteger(into.bytes, at, record.retries);
      at = (record.reused ? REUSED : NEW).put(into, at);
    } else {
      at = DURATION.put(into, at);
    }
    const total = microseconds(beginOf(stamps), endOf(stamps));
    at = putMilliseconds(into, at, total);
    at = putTimings(stamps, total, into, at);
    if (record.fault === null) return END.put(into, at);
    at = FAULT.put(into, at);
    at = putString(into.bytes, at, record.fault, "json");
    if (record.faultDetail !== "") {
      at = DETAIL.put(into, at);
      at = putString(into.bytes, at, record.faultDetail, "json");
    }
    return END_AFTER_TEXT.put(into, at);
  }

  #keepSecond(second: number): void {
    this.#second = second;
    const iso = new Date(second * 1000).toISOString();
    this.#time = new Piece(`{"time":"${iso.slice(0, iso.length - 4)}`);
  }
}

function putTimings(stamps: Float64Array, total: number, into: LogBuffer, at: number): number {
  at = putTiming(stamps, Stamp.headBegun, Stamp.headParsed, HEAD, into, at);
  at = putTiming(stamps, Stamp.headParsed, Stamp.routed, ROUTE_TIME, into, at);
  at = putTiming(stamps, Stamp.routed, Stamp.policiesDone, POLICY, into, at);
  at = putTiming(stamps, Stamp.policiesDone, Stamp.balanced, BALANCE, into, at);
  at = putTiming(stamps, Stamp.queued, Stamp.dequeued, QUEUE, into, at);
  at = putTiming(stamps, Stamp.connectBegun, Stamp.connected, CONNECT, into, at);
  at = putTiming(stamps, Stamp.requestSent, Stamp.firstByte, FIRST_BYTE, into, at);
  at = putTiming(stamps, Stamp.firstByte, Stamp.lastByte, BODY, into, at);
  at = TOTAL.put(into, at);
  return putInteger(into.bytes, at, total);
}

function putTiming(stamps: Float64Array, begin: Stamp, end: Stamp, name: Piece, into: LogBuffer, at: number): number {
  const from = stamps[begin]!;
  const to = stamps[end]!;
  if (from === 0 || to === 0) return at;
  at = name.put(into, at);
  return putInteger(into.bytes, at, microseconds(from, to));
}

/** Whole microseconds between two points in nanoseconds, at least 0. */
function microseconds(from: number, to: number): number {
  return to > from ? Math.round((to - from) / 1000) : 0;
}

function putMilliseconds(into: LogBuffer, at: number, us: number): number {
  const whole = Math.floor(us / 1000);
  at = putInteger(into.bytes, at, whole);
  into.bytes[at++] = POINT;
  return putThousandths(into.bytes, at, us - whole * 1000);
}

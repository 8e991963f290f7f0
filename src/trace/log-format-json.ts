/**
 * An access log line as JSON. What is as usual or does not apply is left out, since every byte is written for every
 * request: `protocol` when it is HTTP/1.1, `source` when an `upstream` is named, `retries` when there was none, `route`
 * before one was found, `upstream` and `reused` when nothing was proxied, and the time of a station below 100 µs
 * (`explain --id` has them all). Times are whole microseconds, `durationMs` thousandths of milliseconds.
 */
import { Stamp, type TraceRecord } from "../contract/trace-record.ts";
import { beginOf, endOf } from "./duration.ts";
import { writeHex } from "./hex.ts";
import { type LogBuffer, Piece } from "./log-buffer.ts";
import type { LineFormat } from "./log-format.ts";
import { MAX_TEXT, putBytes, putInteger, putString, putThousandths } from "./log-text.ts";
import { targetEnd, targetStart } from "./request-line.ts";
import { TRACE_ID_LENGTH } from "./trace-context.ts";

const TRACE_ID = new Piece('Z","traceId":"');
const TARGET = new Piece('","target":"');
const AUTHORITY = new Piece('","authority":"');
const HTTP_1_1 = new Piece('","status":');
const HTTP_1_0 = new Piece('","protocol":"HTTP/1.0","status":');
const REQUEST_BYTES = new Piece(',"requestBytes":');
const REPLY_BYTES = new Piece(',"replyBytes":');
const HEAD = new Piece(',"headUs":');
const ROUTE_TIME = new Piece(',"routeUs":');
const POLICY = new Piece(',"policyUs":');
const BALANCE = new Piece(',"balanceUs":');
const QUEUE = new Piece(',"queueUs":');
const CONNECT = new Piece(',"connectUs":');
const FIRST_BYTE = new Piece(',"firstByteUs":');
const BODY = new Piece(',"bodyUs":');
const FAULT = new Piece(',"fault":"');
const DETAIL = new Piece('","faultDetail":"');
const END = new Piece("}\n");
const END_AFTER_TEXT = new Piece('"}\n');
const POINT = 0x2e;
/** Nanoseconds. */
const WORTH_TELLING = 100_000;

/** Ways through the edge whose words are kept; with more than that (a reload with other names) they are made anew. */
const MAX_WAYS = 4096;

export class JsonLine implements LineFormat {
  #second = -1;
  /** `{"time":"2026-11-20T08:10:17.` of the current second. */
  #time = new Piece("");

  /** `","client":"127.0.0.1","method":"` of the last client. */
  #client = new Piece("");
  #clientAddress = "\0";
  /** What is the same for all requests of a route that went to one target and were not tried again: first by target, then by route. */
  readonly #reused = new Map<string, Map<string, Piece>>();
  readonly #connected = new Map<string, Map<string, Piece>>();
  #ways = 0;

  put(record: TraceRecord, into: LogBuffer, at: number): number {
    const stamps = record.stamps;
    const second = Math.floor(record.time / 1000);
    if (second !== this.#second) this.#keepSecond(second);
    if (record.clientAddress !== this.#clientAddress) this.#keepClient(record.clientAddress);
    at = this.#time.put(into, at);
    at = putThousandths(into.bytes, at, Math.floor(record.time - second * 1000));
    at = TRACE_ID.put(into, at);
    at = writeHex(record.ids, 0, TRACE_ID_LENGTH, into.bytes, at);
    at = this.#client.put(into, at);
    at = putBytes(into.bytes, at, record.line, 0, record.methodLength, "json");
    at = TARGET.put(into, at);
    at = putBytes(into.bytes, at, record.line, targetStart(record), targetEnd(record), "json");
    at = AUTHORITY.put(into, at);
    at = putBytes(into.bytes, at, record.authority, 0, record.authorityLength, "json");
    at = (record.protocol === "HTTP/1.1" ? HTTP_1_1 : HTTP_1_0).put(into, at);
    at = putInteger(into.bytes, at, record.status);
    at = REQUEST_BYTES.put(into, at);
    at = putInteger(into.bytes, at, record.requestBytes);
    at = REPLY_BYTES.put(into, at);
    at = putInteger(into.bytes, at, record.replyBytes);
    at =
      record.retries === 0 && record.source === "upstream" ? this.#way(record).put(into, at) : putWay(record, into, at);
    const total = microseconds(beginOf(stamps), endOf(stamps));
    at = putMilliseconds(into, at, total);
    at = putTimings(stamps, into, at);
    if (record.fault === null) return END.put(into, at);
    at = FAULT.put(into, at);
    at = putString(into.bytes, at, record.fault, "json");
    if (record.faultDetail !== "") {
      at = DETAIL.put(into, at);
      at = putString(into.bytes, at, record.faultDetail, "json");
    }
    return END_AFTER_TEXT.put(into, at);
  }

  #way(record: TraceRecord): Piece {
    const byTarget = record.reused ? this.#reused : this.#connected;
    let byRoute = byTarget.get(record.target);
    if (byRoute === undefined) {
      byRoute = new Map();
      byTarget.set(record.target, byRoute);
    }
    let piece = byRoute.get(record.route);
    if (piece === undefined) {
      if (++this.#ways > MAX_WAYS) {
        this.#ways = 0;
        this.#reused.clear();
        this.#connected.clear();
      }
      piece = new Piece(wayText(record));
      byRoute.set(record.route, piece);
    }
    return piece;
  }

  #keepClient(address: string): void {
    this.#clientAddress = address;
    this.#client = new Piece(`","client":${quoted(address)},"method":"`);
  }

  #keepSecond(second: number): void {
    this.#second = second;
    const iso = new Date(second * 1000).toISOString();
    this.#time = new Piece(`{"time":"${iso.slice(0, iso.length - 4)}`);
  }
}

/** From source to durationMs: how the reply came about. */
function wayText(record: TraceRecord): string {
  let text = record.target === "" ? `,"source":${quoted(record.source)}` : "";
  if (record.route !== "") text += `,"route":${quoted(record.route)}`;
  if (record.target !== "") {
    text += `,"upstream":${quoted(record.target)},"reused":${record.reused}`;
    if (record.retries > 0) text += `,"retries":${record.retries}`;
  }
  return `${text},"durationMs":`;
}

function putWay(record: TraceRecord, into: LogBuffer, at: number): number {
  return at + into.bytes.latin1Write(wayText(record), at);
}

/** A JSON string in ASCII, cut off after `MAX_TEXT` characters. */
function quoted(text: string): string {
  const cut = text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text;
  return JSON.stringify(cut).replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function putTimings(stamps: Float64Array, into: LogBuffer, at: number): number {
  at = putTiming(stamps, Stamp.headBegun, Stamp.headParsed, HEAD, into, at);
  at = putTiming(stamps, Stamp.headParsed, Stamp.routed, ROUTE_TIME, into, at);
  at = putTiming(stamps, Stamp.routed, Stamp.policiesDone, POLICY, into, at);
  at = putTiming(stamps, Stamp.policiesDone, Stamp.balanced, BALANCE, into, at);
  at = putTiming(stamps, Stamp.queued, Stamp.dequeued, QUEUE, into, at);
  at = putTiming(stamps, Stamp.connectBegun, Stamp.connected, CONNECT, into, at);
  at = putTiming(stamps, Stamp.requestSent, Stamp.firstByte, FIRST_BYTE, into, at);
  at = putTiming(stamps, Stamp.firstByte, Stamp.lastByte, BODY, into, at);
  return at;
}

function putTiming(stamps: Float64Array, begin: Stamp, end: Stamp, name: Piece, into: LogBuffer, at: number): number {
  const from = stamps[begin]!;
  const to = stamps[end]!;
  if (from === 0 || to - from < WORTH_TELLING) return at;
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

/**
 * An access log line as JSON. What is as usual or does not apply is left out, since every byte is written for every
 * request: `protocol` when it is HTTP/1.1, `source` when an `upstream` is named, `retries` when there was none, `route`
 * before one was found, `upstream` and `reused` when nothing was proxied, `closedBy` where there was no tunnel, and the
 * time of a station below 100 µs (`explain --id` has them all). Times are whole microseconds, `durationMs` thousandths of milliseconds.
 */
import type { ClosedBy } from "../contract/ending.ts";
import {
  Stamp,
  type TraceRecord,
  balanceBegin,
  balanceEnd,
  beginOf,
  endOf,
  waitBegan,
} from "../contract/trace-record.ts";
import type { Nanoseconds } from "../contract/time.ts";
import { writeHex, TRACE_ID_LENGTH } from "./trace-context.ts";
import { constantPiece, type LogBuffer, Piece, putConstant } from "./log-buffer.ts";
import type { LineFormat } from "./log-format.ts";
import { MAX_TEXT, putBytes, putInteger, putMicroseconds, putString, putThousandths } from "./log-text.ts";
import { targetEnd, targetStart } from "./request-line.ts";

const TRACE_ID = constantPiece('Z","traceId":"');
const TARGET = constantPiece('","target":"');
const AUTHORITY = constantPiece('","authority":"');
const STATUS = constantPiece('","status":');
const PROTOCOL = constantPiece('","protocol":"');
const REQUEST_BYTES = constantPiece(',"requestBytes":');
const REPLY_BYTES = constantPiece(',"replyBytes":');
const HEAD = constantPiece(',"headUs":');
const ROUTE_TIME = constantPiece(',"routeUs":');
const POLICY = constantPiece(',"policyUs":');
const BODY_HELD = constantPiece(',"bodyHeldUs":');
const BALANCE = constantPiece(',"balanceUs":');
const QUEUE = constantPiece(',"queueUs":');
const CONNECT = constantPiece(',"connectUs":');
const FIRST_BYTE = constantPiece(',"firstByteUs":');
const BODY = constantPiece(',"bodyUs":');
const CLOSED_BY: Readonly<Record<ClosedBy, number>> = {
  client: constantPiece(',"closedBy":"client"'),
  upstream: constantPiece(',"closedBy":"upstream"'),
  edge: constantPiece(',"closedBy":"edge"'),
};
const FAULT = constantPiece(',"fault":"');
const DETAIL = constantPiece('","faultDetail":"');
const NO_RETRY = constantPiece('","noRetry":"');
const END = constantPiece("}\n");
const END_AFTER_TEXT = constantPiece('"}\n');
const USUAL_PROTOCOL = "HTTP/1.1";
/** Nanoseconds. */
const WORTH_TELLING = 100_000;

/** Ways through the edge whose words are kept; with more than that (a reload with other names) they are made again. */
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
    at = putConstant(into, at, TRACE_ID);
    at = writeHex(record.ids, 0, TRACE_ID_LENGTH, into.bytes, at);
    at = this.#client.put(into, at);
    at = putBytes(into.bytes, at, record.line, 0, record.methodLength, "json");
    at = putConstant(into, at, TARGET);
    at = putBytes(into.bytes, at, record.line, targetStart(record), targetEnd(record), "json");
    at = putConstant(into, at, AUTHORITY);
    at = putBytes(into.bytes, at, record.authority, 0, record.authorityLength, "json");
    if (record.protocol !== USUAL_PROTOCOL) {
      at = putConstant(into, at, PROTOCOL);
      at = putString(into.bytes, at, record.protocol, "json");
    }
    at = putConstant(into, at, STATUS);
    at = putInteger(into.bytes, at, record.status);
    at = putConstant(into, at, REQUEST_BYTES);
    at = putInteger(into.bytes, at, record.requestBytes);
    at = putConstant(into, at, REPLY_BYTES);
    at = putInteger(into.bytes, at, record.replyBytes);
    at =
      record.retries === 0 && record.source === "upstream" ? this.#way(record).put(into, at) : putWay(record, into, at);
    const total = microseconds(beginOf(stamps), endOf(stamps));
    at = putMicroseconds(into.bytes, at, total);
    at = putTimings(record, into, at);
    if (record.closedBy !== "") at = putConstant(into, at, CLOSED_BY[record.closedBy]);
    if (record.fault === null) return putConstant(into, at, END);
    at = putConstant(into, at, FAULT);
    at = putString(into.bytes, at, record.fault, "json");
    if (record.faultDetail !== "") {
      at = putConstant(into, at, DETAIL);
      at = putString(into.bytes, at, record.faultDetail, "json");
    }
    if (record.noRetry !== "") {
      at = putConstant(into, at, NO_RETRY);
      at = putString(into.bytes, at, record.noRetry, "json");
    }
    return putConstant(into, at, END_AFTER_TEXT);
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

function putTimings(record: TraceRecord, into: LogBuffer, at: number): number {
  const { stamps } = record;
  at = putTiming(stamps, Stamp.headBegun, Stamp.headParsed, HEAD, into, at);
  at = putTiming(stamps, Stamp.headParsed, Stamp.routed, ROUTE_TIME, into, at);
  at = putTiming(stamps, Stamp.routed, Stamp.policiesDone, POLICY, into, at);
  at = putTiming(stamps, Stamp.policiesDone, Stamp.bodyHeld, BODY_HELD, into, at);
  at = putSpan(balanceBegin(stamps), balanceEnd(record), BALANCE, into, at);
  at = putTiming(stamps, Stamp.queued, Stamp.dequeued, QUEUE, into, at);
  at = putTiming(stamps, Stamp.connectBegun, Stamp.connected, CONNECT, into, at);
  // The first byte of a reply that the edge made says nothing about a server.
  if (record.source === "upstream") {
    const firstByte = stamps[Stamp.firstByte]!;
    at = putSpan(waitBegan(stamps, firstByte), firstByte, FIRST_BYTE, into, at);
  }
  at = putTiming(stamps, Stamp.firstByte, Stamp.lastByte, BODY, into, at);
  return at;
}

function putTiming(stamps: Float64Array, begin: Stamp, end: Stamp, name: number, into: LogBuffer, at: number): number {
  return putSpan(stamps[begin]!, stamps[end]!, name, into, at);
}

function putSpan(from: Nanoseconds, to: Nanoseconds, name: number, into: LogBuffer, at: number): number {
  if (from === 0 || to - from < WORTH_TELLING) return at;
  at = putConstant(into, at, name);
  return putInteger(into.bytes, at, microseconds(from, to));
}

/** Whole microseconds between two points in nanoseconds, at least 0. */
function microseconds(from: Nanoseconds, to: Nanoseconds): number {
  return to > from ? Math.round((to - from) / 1000) : 0;
}

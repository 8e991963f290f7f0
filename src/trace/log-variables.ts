/** What a log format of one's own can write of an exchange. */
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
import { clfTime } from "./clf-time.ts";
import { putBytes, putInteger, putMicroseconds, putString } from "./log-text.ts";
import { hostEnd, pathEnd, pathStart, targetEnd, targetStart } from "./request-line.ts";
import { SPAN_ID_LENGTH, TRACE_ID_LENGTH, writeHex } from "./trace-context.ts";

/** Writes a value at `at`, of a text at most `most` bytes, of what there is not a dash; answers the offset behind it. */
export type LogVariable = (record: TraceRecord, into: Uint8Array, at: number, most: number) => number;

const DASH = 0x2d;
const CLF = "time.clf";
/** End of the span's id, which stands behind the trace's. */
const SPAN_END = TRACE_ID_LENGTH + SPAN_ID_LENGTH;

/** By the name between `${` and `}`. Times of stations are milliseconds, to the microsecond. */
const LOG_VARIABLES: Readonly<Record<string, LogVariable>> = {
  time: text((record) => new Date(record.time).toISOString()),
  "client.address": text((record) => record.clientAddress),
  "peer.address": text((record) => record.peerAddress),
  "trace.id": (record, into, at) => writeHex(record.ids, 0, TRACE_ID_LENGTH, into, at),
  "span.id": (record, into, at) => writeHex(record.ids, TRACE_ID_LENGTH, SPAN_END, into, at),
  request: (record, into, at, most) => putPart(into, at, record.line, 0, record.lineLength, most),
  method: (record, into, at, most) => putPart(into, at, record.line, 0, record.methodLength, most),
  target: (record, into, at, most) => putPart(into, at, record.line, targetStart(record), targetEnd(record), most),
  path: (record, into, at, most) => putPart(into, at, record.line, pathStart(record), pathEnd(record), most),
  query: (record, into, at, most) => putPart(into, at, record.line, pathEnd(record) + 1, targetEnd(record), most),
  authority: (record, into, at, most) => putPart(into, at, record.authority, 0, record.authorityLength, most),
  host: (record, into, at, most) => putPart(into, at, record.authority, 0, hostEnd(record), most),
  scheme: text((record) => record.scheme),
  protocol: text((record) => record.protocol),
  referer: text((record) => record.referer),
  "user.agent": text((record) => record.userAgent),
  status: (record, into, at) => (record.status === 0 ? putDash(into, at) : putInteger(into, at, record.status)),
  "request.bytes": (record, into, at) => putInteger(into, at, record.requestBytes),
  "reply.bytes": (record, into, at) => putInteger(into, at, record.replyBytes),
  source: text((record) => record.source),
  route: text((record) => record.route),
  pool: text((record) => record.pool),
  upstream: text((record) => record.target),
  reused: text((record) => (record.target === "" ? "" : String(record.reused))),
  retries: (record, into, at) => putInteger(into, at, record.retries),
  "retry.refused": text((record) => record.noRetry),
  ending: text((record) => record.ending),
  fault: text((record) => record.fault ?? ""),
  "fault.detail": text((record) => record.faultDetail),
  note: text((record) => record.note),
  duration: span(
    ({ stamps }) => beginOf(stamps),
    ({ stamps }) => endOf(stamps),
  ),
  "duration.head": stamps(Stamp.headBegun, Stamp.headParsed),
  "duration.policies": stamps(Stamp.routed, Stamp.policiesDone),
  "duration.body": stamps(Stamp.policiesDone, Stamp.bodyHeld),
  "duration.balance": span(({ stamps: all }) => balanceBegin(all), balanceEnd),
  "duration.queue": stamps(Stamp.queued, Stamp.dequeued),
  "duration.connect": stamps(Stamp.connectBegun, Stamp.connected),
  "duration.firstByte": span(upstreamWait, upstreamFirstByte),
  "duration.receive": stamps(Stamp.firstByte, Stamp.lastByte),
};

export const LOG_VARIABLE_NAMES: readonly string[] = [...Object.keys(LOG_VARIABLES), CLF];

/** Writes the variable of a name, for one log: it may keep what it has made for the line before. */
export function createLogVariable(name: string): LogVariable {
  return name === CLF ? text(clfBySecond()) : LOG_VARIABLES[name]!;
}

/** Made once a second. */
function clfBySecond(): (record: TraceRecord) => string {
  let second = -1;
  let made = "";
  return ({ time }) => {
    const now = Math.floor(time / 1000);
    if (now !== second) {
      second = now;
      made = clfTime(time);
    }
    return made;
  };
}

function putDash(into: Uint8Array, at: number): number {
  into[at++] = DASH;
  return at;
}

function putPart(into: Uint8Array, at: number, bytes: Buffer, from: number, to: number, most: number): number {
  if (to <= from) return putDash(into, at);
  return putBytes(into, at, bytes, from, to - from > most ? from + most : to, "combined");
}

function text(of: (record: TraceRecord) => string): LogVariable {
  return (record, into, at, most) => {
    const value = of(record);
    if (value === "") return putDash(into, at);
    return putString(into, at, value.length > most ? value.slice(0, most) : value, "combined");
  };
}

function stamps(begin: Stamp, end: Stamp): LogVariable {
  return span(
    (record) => record.stamps[begin]!,
    (record) => record.stamps[end]!,
  );
}

/** A dash when one of both was not reached. */
function span(begin: (record: TraceRecord) => Nanoseconds, end: (record: TraceRecord) => Nanoseconds): LogVariable {
  return (record, into, at) => {
    const from = begin(record);
    const to = end(record);
    if (from === 0 || to === 0) return putDash(into, at);
    return putMicroseconds(into, at, to > from ? Math.round((to - from) / 1000) : 0);
  };
}

/** The first byte of a reply that the edge made says nothing about a server. */
function upstreamFirstByte({ source, stamps: all }: TraceRecord): Nanoseconds {
  return source === "upstream" ? all[Stamp.firstByte]! : 0;
}

function upstreamWait(record: TraceRecord): Nanoseconds {
  return waitBegan(record.stamps, upstreamFirstByte(record));
}

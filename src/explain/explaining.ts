import type { Plan, RoutePlan } from "../contract/plan.ts";
import type { Reply } from "../contract/reply.ts";
import { Stamp, type TraceRecord, beginOf, endOf } from "../contract/trace-record.ts";
import type { Milliseconds, Nanoseconds } from "../contract/time.ts";
import type { NameAnswer } from "./name-answer.ts";
import type { Mark, StationName, Station, TreeNode } from "./tree.ts";

export interface Span {
  readonly beginMs: Milliseconds | null;
  readonly durationMs: Milliseconds | null;
}

/** Begins the words of a station that the request never came to. */
export const NOT_REACHED = "not reached";

export const TIMELESS: Span = { beginMs: null, durationMs: null };

export interface ExplainSource {
  readonly record: TraceRecord;
  /** The plan that decided; null when it was replaced since, so that its words no longer hold. */
  readonly plan: Plan | null;
  /** The request was really made, so there are times. */
  readonly sent: boolean;
  /** What the edge itself would answer, for a plan. */
  readonly reply: Reply | null;
  /** What the edge's own name server says to the host; left out when it serves no names. */
  readonly name?: NameAnswer | null;
}

/** What the station builders work from: the record, and its stamps as spans. */
export class Explaining implements ExplainSource {
  readonly record: TraceRecord;
  readonly plan: Plan | null;
  readonly sent: boolean;
  readonly reply: Reply | null;
  readonly name: NameAnswer | null;
  readonly route: RoutePlan | null;
  /** The record's, less those that an earlier attempt left behind. */
  readonly stamps: Float64Array;
  readonly begin: Nanoseconds;
  readonly end: Nanoseconds;
  /** The reply is the upstream's own; else `firstByte` and `lastByte` are those of a reply that the edge made. */
  readonly answered: boolean;
  /** When the edge began a reply of its own, or the end: until then lasted what has no end of its own. */
  readonly cut: Nanoseconds;

  constructor(source: ExplainSource) {
    this.record = source.record;
    this.plan = source.plan;
    this.sent = source.sent;
    this.reply = source.reply;
    this.name = source.name ?? null;
    this.route = source.plan?.routes.find((route) => route.name === source.record.route) ?? null;
    this.stamps = currentStamps(source.record);
    this.begin = beginOf(this.stamps);
    this.end = Math.max(this.begin, endOf(this.stamps));
    this.answered = source.record.source === "upstream";
    this.cut = this.answered || !this.reached(Stamp.firstByte) ? this.end : this.stamps[Stamp.firstByte]!;
  }

  reached(stamp: Stamp): boolean {
    return this.stamps[stamp] !== 0;
  }

  /** From one stamp to another. What was begun and has no end lasted until the exchange was cut off. */
  span(from: Stamp, to: Stamp): Span {
    if (!this.sent || !this.reached(from)) return TIMELESS;
    const begun = this.stamps[from]!;
    if (this.reached(to)) return this.between(begun, this.stamps[to]!);
    return this.#isLast(from) ? this.between(begun, this.cut) : TIMELESS;
  }

  /** Between two readings of the monotonic clock, as far as it is of the exchange. */
  between(begun: Nanoseconds, ended: Nanoseconds): Span {
    if (!this.sent) return TIMELESS;
    const from = this.#within(begun);
    return { beginMs: toMs(from - this.begin), durationMs: toMs(Math.max(0, this.#within(ended) - from)) };
  }

  #within(time: Nanoseconds): Nanoseconds {
    return Math.min(this.end, Math.max(this.begin, time));
  }

  /** Of what was done for the connection, before the exchange. */
  handshake(): Span {
    const accepted = this.stamps[Stamp.accepted]!;
    const done = this.stamps[Stamp.tlsDone]!;
    return { beginMs: toMs(accepted - this.begin), durationMs: toMs(Math.max(0, done - accepted)) };
  }

  /** No point of the path lies between this stamp and the reply. */
  #isLast(stamp: Stamp): boolean {
    const reply = this.answered ? Stamp.replyWritten : Stamp.firstByte;
    for (let later = stamp + 1; later < reply; later++) {
      if (this.stamps[later] !== 0) return false;
    }
    return true;
  }
}

/** Each attempt stamps again, so what lies before the last connect belongs to another attempt. */
function currentStamps(record: TraceRecord): Float64Array {
  const stamps = record.stamps.slice();
  const connectBegun = stamps[Stamp.connectBegun]!;
  // Queued again, and not out of it.
  if (stamps[Stamp.dequeued]! < stamps[Stamp.queued]!) stamps[Stamp.dequeued] = 0;
  for (let stamp: number = Stamp.connected; stamp <= Stamp.lastByte; stamp++) {
    if (stamps[stamp]! < connectBegun) stamps[stamp] = 0;
  }
  return stamps;
}

/** Nanoseconds as milliseconds, to the microsecond. */
export function toMs(ns: Nanoseconds): Milliseconds {
  return Math.round(ns / 1000) / 1000;
}

export function node(
  label: string,
  text: string,
  mark: Mark,
  span: Span = TIMELESS,
  children: readonly TreeNode[] = [],
): TreeNode {
  return { label, text, mark, beginMs: span.beginMs, durationMs: span.durationMs, children };
}

export function station(
  name: StationName,
  text: string,
  mark: Mark,
  span: Span = TIMELESS,
  children: readonly TreeNode[] = [],
): Station {
  return {
    station: name,
    ...node(
      name,
      text,
      mark,
      span,
      children.map((part) => within(span, part)),
    ),
  };
}

/** No part of a station exceeds it, whatever the stamps of an exchange that was cut off say. */
function within({ beginMs, durationMs }: Span, part: TreeNode): TreeNode {
  if (beginMs === null || durationMs === null || part.beginMs === null || part.durationMs === null) return part;
  const end = beginMs + durationMs;
  const from = Math.min(end, Math.max(beginMs, part.beginMs));
  const until = Math.min(end, part.beginMs + part.durationMs);
  if (from === part.beginMs && until === part.beginMs + part.durationMs) return part;
  return { ...part, beginMs: roundMs(from), durationMs: roundMs(Math.max(0, until - from)) };
}

/** To the microsecond. */
function roundMs(ms: Milliseconds): Milliseconds {
  return Math.round(ms * 1000) / 1000;
}

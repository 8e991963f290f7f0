import type { Plan, RoutePlan } from "../contract/plan.ts";
import type { Reply } from "../contract/reply.ts";
import { Stamp, type TraceRecord } from "../contract/trace-record.ts";
import { beginOf, endOf } from "../trace/duration.ts";
import type { Mark, StationName, Station, TreeNode } from "./tree.ts";

export interface Span {
  readonly beginMs: number | null;
  readonly durationMs: number | null;
}

export const TIMELESS: Span = { beginMs: null, durationMs: null };

export interface ExplainSource {
  readonly record: TraceRecord;
  /** The plan that decided; null when it was replaced since, so that its words no longer hold. */
  readonly plan: Plan | null;
  /** The request was really made, so there are times. */
  readonly sent: boolean;
  /** What the edge itself would answer, for a plan. */
  readonly reply: Reply | null;
}

/** What the station builders work from: the record, and its stamps as spans. */
export class Explaining implements ExplainSource {
  readonly record: TraceRecord;
  readonly plan: Plan | null;
  readonly sent: boolean;
  readonly reply: Reply | null;
  readonly route: RoutePlan | null;
  readonly begin: number;
  readonly end: number;

  constructor(source: ExplainSource) {
    this.record = source.record;
    this.plan = source.plan;
    this.sent = source.sent;
    this.reply = source.reply;
    this.route = source.plan?.routes.find((route) => route.name === source.record.route) ?? null;
    this.begin = beginOf(source.record.stamps);
    this.end = endOf(source.record.stamps);
  }

  reached(stamp: Stamp): boolean {
    return this.record.stamps[stamp] !== 0;
  }

  /** From one stamp to another. One that was begun and has no end lasted until the exchange was cut off. */
  span(from: Stamp, to: Stamp): Span {
    if (!this.sent || !this.reached(from)) return TIMELESS;
    const begun = this.record.stamps[from]!;
    if (this.reached(to)) return this.between(begun, this.record.stamps[to]!);
    return this.#isLast(from) ? this.between(begun, this.end) : TIMELESS;
  }

  /** Between two readings of the monotonic clock, nanoseconds. */
  between(begun: number, ended: number): Span {
    if (!this.sent) return TIMELESS;
    return { beginMs: toMs(begun - this.begin), durationMs: toMs(Math.max(0, ended - begun)) };
  }

  /** No point of the path lies between this stamp and the end. */
  #isLast(stamp: Stamp): boolean {
    for (let later = stamp + 1; later < Stamp.replyWritten; later++) {
      if (this.record.stamps[later] !== 0) return false;
    }
    return true;
  }
}

/** Nanoseconds as milliseconds, to the microsecond. */
export function toMs(ns: number): number {
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
  return { station: name, ...node(name, text, mark, span, children) };
}

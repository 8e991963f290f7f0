/** What holds of an explanation whatever the stamps say: records of exchanges that were cut off anywhere, in any way. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { ENDINGS } from "../contract/ending.ts";
import { NO_RETRY } from "../contract/no-retry.ts";
import { Stamp, STAMP_COUNT, TraceRecord } from "../contract/trace-record.ts";
import { FAULT_CODES } from "../fault/faults.ts";
import { explainTree } from "./explain-tree.ts";
import { clockAt, setRequest } from "./records-for-tests.ts";
import type { ExplainTree, StationName, TreeNode } from "./tree.ts";

const us = fc.integer({ min: 0, max: 100_000 });
/** Rounding of each end to a microsecond. */
const ROUNDING = 0.0021;

/** In the order of the path, but for what may overtake: a reply that begins before the request's body has ended. */
const inOrder = fc
  .tuple(
    fc.array(us, { minLength: STAMP_COUNT, maxLength: STAMP_COUNT }),
    fc.array(fc.boolean(), { minLength: STAMP_COUNT, maxLength: STAMP_COUNT }),
    us,
  )
  .map(([times, there, bodySent]) => {
    const sorted = times.toSorted((a, b) => a - b);
    const ended = sorted[Stamp.ended]!;
    const stamps = sorted.map((time, stamp) => (there[stamp] ? clockAt(time) : 0));
    if (stamps[Stamp.requestBodySent] !== 0) {
      stamps[Stamp.requestBodySent] = clockAt(Math.min(ended, sorted[Stamp.requestSent]! + bodySent));
    }
    stamps[Stamp.ended] = clockAt(ended);
    return stamps;
  });
/** As no exchange leaves them. */
const anyStamps = fc.array(fc.oneof(fc.constant(0), us.map(clockAt)), {
  minLength: STAMP_COUNT,
  maxLength: STAMP_COUNT,
});

const attempt = fc.record({
  target: fc.constantFrom("a:1", "b:1"),
  reused: fc.boolean(),
  fault: fc.constantFrom(null, "upstream-closed" as const),
  begun: us.map(clockAt),
  ended: us.map(clockAt),
});

const record = fc
  .record({
    stamps: fc.oneof({ weight: 3, arbitrary: inOrder }, { weight: 1, arbitrary: anyStamps }),
    facts: fc.record({
      status: fc.constantFrom(0, 101, 200, 404, 502),
      source: fc.constantFrom(
        "none" as const,
        "upstream" as const,
        "fault" as const,
        "policy" as const,
        "static" as const,
      ),
      route: fc.constantFrom("", "r"),
      pool: fc.constantFrom("", "p"),
      target: fc.constantFrom("", "a:1"),
      reused: fc.boolean(),
      hasBody: fc.boolean(),
      retries: fc.nat(2),
      ending: fc.constantFrom("" as const, ...ENDINGS),
      fault: fc.option(fc.constantFrom(...FAULT_CODES)),
      noRetry: fc.constantFrom("" as const, ...NO_RETRY),
      note: fc.constantFrom("", "x is not there"),
      requestBytes: fc.nat(1000),
      replyBytes: fc.nat(1000),
      attempts: fc.option(fc.array(attempt, { minLength: 1, maxLength: 3 })),
      serverTiming: fc.constantFrom("", "db;dur=3", "total;dur=400"),
    }),
  })
  .map(({ stamps, facts }) => {
    const made = Object.assign(new TraceRecord(), facts);
    setRequest(made, "POST", "/x", "shop.test");
    made.stamps.set(stamps);
    return made;
  });

function holds(check: (tree: ExplainTree) => void): void {
  fc.assert(
    fc.property(record, (one) => check(explainTree({ record: one, plan: null, sent: true, reply: null }))),
    { numRuns: 2000 },
  );
}

function endOf({ beginMs, durationMs }: TreeNode): number {
  return beginMs! + durationMs!;
}

const isTimed = ({ beginMs, durationMs }: TreeNode): boolean => beginMs !== null && durationMs !== null;

test("no part begins before its station, ends after it, or takes longer", () => {
  holds(({ stations }) => {
    for (const station of stations.filter(isTimed)) {
      for (const part of station.children.filter(isTimed)) {
        expect(part.beginMs!).toBeGreaterThanOrEqual(station.beginMs! - ROUNDING);
        expect(endOf(part)).toBeLessThanOrEqual(endOf(station) + ROUNDING);
      }
    }
  });
});

test("no station lasts less than nothing, or ends after the exchange; what is unaccounted is between nothing and all", () => {
  holds(({ stations, totalMs, unaccountedMs }) => {
    for (const station of stations.filter(isTimed)) {
      expect(station.beginMs!).toBeGreaterThanOrEqual(0);
      expect(station.durationMs!).toBeGreaterThanOrEqual(0);
      expect(endOf(station)).toBeLessThanOrEqual(totalMs! + ROUNDING);
    }
    expect(unaccountedMs!).toBeGreaterThanOrEqual(0);
    expect(unaccountedMs!).toBeLessThanOrEqual(totalMs!);
  });
});

const OF_REQUEST: ReadonlySet<StationName> = new Set(["connection", "request", "body", "balance", "queue", "connect"]);

test("the lines of the request do not speak of the reply", () => {
  holds(({ stations, fault }) => {
    const lines = stations.flatMap((station) => {
      if (station.station === "upstream") return station.children.filter(({ label }) => label.startsWith("send"));
      return OF_REQUEST.has(station.station) ? [station, ...station.children] : [];
    });
    // A fault says in its own words what happened.
    for (const { label, text } of lines.filter((line) => line.label !== fault?.code)) {
      expect(`${label} ${text}`).not.toMatch(/\b(?:reply|response|answer(?:s|ed)?)\b/);
    }
  });
});

test("a station that was not reached says so and takes no time", () => {
  holds(({ stations, fault }) => {
    for (const { text, mark, durationMs, children } of stations) {
      if (!text.startsWith("not reached")) continue;
      expect(durationMs === null || durationMs === 0).toBe(true);
      expect(mark === "skipped" || children.some(({ label }) => label === fault?.code)).toBe(true);
    }
  });
});

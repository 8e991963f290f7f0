import { describe, expect, test } from "bun:test";
import { Stamp, type TraceRecord } from "../contract/trace-record.ts";
import { traceIdHex } from "./trace-context.ts";
import { TraceRing } from "./trace-ring.ts";

const SLOW = 1_000_000;

function id(number: number): string {
  return number.toString(16).padStart(32, "0");
}

interface Outcome {
  status?: number;
  fault?: TraceRecord["fault"];
  ns?: number;
}

function run(ring: TraceRing, number: number, outcome: Outcome = {}): TraceRecord {
  const record = ring.acquire();
  record.ids.write(id(number), 0, "hex");
  record.status = outcome.status ?? 200;
  record.fault = outcome.fault ?? null;
  record.stamps[Stamp.headBegun] = 5_000_000;
  record.stamps[Stamp.replyWritten] = 5_000_000 + (outcome.ns ?? 10);
  ring.complete(record);
  return record;
}

function kept(ring: TraceRing, limit = 100): number[] {
  return ring.recent(limit).map((record) => Number.parseInt(traceIdHex(record), 16));
}

describe("TraceRing", () => {
  test("keeps the newest and lists them newest first", () => {
    const ring = new TraceRing(3, 2, SLOW);
    expect(kept(ring)).toEqual([]);
    for (let number = 1; number <= 5; number++) run(ring, number);
    expect(kept(ring)).toEqual([5, 4, 3]);
    expect(kept(ring, 2)).toEqual([5, 4]);
    expect(kept(ring, 0)).toEqual([]);
  });

  test("keeps failed and slow exchanges through a flood of good ones", () => {
    const ring = new TraceRing(2, 3, SLOW);
    run(ring, 1, { status: 502 });
    run(ring, 2, { fault: "client-aborted" });
    run(ring, 3, { ns: SLOW });
    run(ring, 4, { ns: SLOW - 1, status: 404 });
    for (let number = 10; number < 30; number++) run(ring, number);
    expect(kept(ring)).toEqual([29, 28, 3, 2, 1]);
    run(ring, 30, { status: 500 });
    expect(kept(ring)).toEqual([30, 29, 28, 3, 2]);
  });

  test("an exchange cut off counts by the last point that it reached", () => {
    const ring = new TraceRing(1, 1, SLOW);
    const record = ring.acquire();
    record.stamps[Stamp.headBegun] = 100;
    record.stamps[Stamp.firstByte] = 100 + SLOW;
    ring.complete(record);
    run(ring, 2);
    run(ring, 3);
    expect(ring.recent(9)).toContain(record);
  });

  test("finds by trace id, the newest of several", () => {
    const ring = new TraceRing(4, 4, SLOW);
    run(ring, 7, { status: 500 });
    const later = run(ring, 7);
    run(ring, 8);
    expect(ring.find(id(7))).toBe(later);
    expect(ring.find(id(9))).toBeUndefined();
    expect(ring.find("")).toBeUndefined();
    expect(ring.find("zz")).toBeUndefined();
    expect(ring.find(`${id(7)}00`)).toBeUndefined();
    expect(ring.find(`${id(7)}x`)).toBeUndefined();
  });

  test("recycles: in a steady state no record is made, and one in flight is in no ring", () => {
    const ring = new TraceRing(4, 2, SLOW);
    const all = new Set<TraceRecord>();
    const inFlight: TraceRecord[] = [];
    for (let turn = 0; turn < 1000; turn++) {
      const record = ring.acquire();
      all.add(record);
      inFlight.push(record);
      if (inFlight.length < 3) continue;
      // Records end in an order other than that of their beginning.
      const done = inFlight.splice(turn % 3, 1)[0]!;
      done.status = turn % 5 === 0 ? 503 : 200;
      ring.complete(done);
      for (const held of inFlight) expect(ring.recent(9)).not.toContain(held);
    }
    // 4 + 2 kept, 3 in flight, and the one that changes hands.
    expect(all.size).toBeLessThanOrEqual(10);
  });

  test("hands records out reset", () => {
    const ring = new TraceRing(1, 0, SLOW);
    const first = run(ring, 1, { status: 500, fault: "internal-error" });
    run(ring, 2);
    const again = ring.acquire();
    expect(again).toBe(first);
    expect(again.status).toBe(0);
    expect(again.fault).toBeNull();
    expect(traceIdHex(again)).toBe(id(0));
    expect(again.stamps.every((stamp) => stamp === 0)).toBe(true);
  });

  test("rings of size 0 keep nothing", () => {
    const none = new TraceRing(0, 0, SLOW);
    const first = run(none, 1, { status: 500 });
    expect(none.acquire()).toBe(first);
    expect(kept(none)).toEqual([]);
    const notableOnly = new TraceRing(0, 1, SLOW);
    run(notableOnly, 1, { status: 500 });
    run(notableOnly, 2);
    expect(kept(notableOnly)).toEqual([1]);
    const recentOnly = new TraceRing(2, 0, SLOW);
    run(recentOnly, 1, { status: 500 });
    run(recentOnly, 2);
    expect(kept(recentOnly)).toEqual([2, 1]);
  });

  test("a released record is not kept", () => {
    const ring = new TraceRing(2, 2, SLOW);
    const record = ring.acquire();
    ring.release(record);
    expect(kept(ring)).toEqual([]);
    expect(ring.acquire()).toBe(record);
  });
});

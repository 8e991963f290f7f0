import { heapStats } from "bun:jsc";
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { CLOSERS, ENDINGS } from "../contract/ending.ts";
import { Stamp, STAMP_COUNT, TraceDetail, TraceRecord } from "../contract/trace-record.ts";
import { AUTHORITY_ROOM, LINE_ROOM } from "./block-record.ts";
import { traceIdHex } from "./trace-context.ts";
import { TraceStore } from "./trace-store.ts";

const SLOW = 1_000_000;

function id(number: number): string {
  return number.toString(16).padStart(32, "0");
}

interface Outcome {
  status?: number;
  fault?: TraceRecord["fault"];
  ns?: number;
  /** Of a kind that fits in no row. */
  explained?: boolean;
}

function run(ring: TraceStore, number: number, outcome: Outcome = {}): TraceRecord {
  const record = ring.acquire();
  record.ids.write(id(number), 0, "hex");
  record.status = outcome.status ?? 200;
  record.fault = outcome.fault ?? null;
  record.detail = outcome.explained === true ? new TraceDetail() : null;
  record.stamps[Stamp.headBegun] = 5_000_000;
  record.stamps[Stamp.replyWritten] = 5_000_000 + (outcome.ns ?? 10);
  ring.complete(record);
  return record;
}

function kept(ring: TraceStore, limit = 100): number[] {
  return ring.recent(limit).map((record) => Number.parseInt(traceIdHex(record), 16));
}

/** All that a record says, and nothing of how its memory is laid out. */
function said(record: TraceRecord): Record<string, unknown> {
  return {
    ...Object.fromEntries(Object.entries(record)),
    stamps: [...record.stamps],
    ids: record.ids.toString("hex"),
    line: record.line.toString("latin1", 0, record.lineLength),
    authority: record.authority.toString("latin1", 0, record.authorityLength),
  };
}

type Fill = (record: TraceRecord) => void;

/** As the listener does it: a buffer that is too small is replaced by a larger one. */
function put(record: TraceRecord, name: "line" | "authority", bytes: Uint8Array): void {
  if (bytes.length > record[name].length) record[name] = Buffer.allocUnsafeSlow(bytes.length);
  record[name].set(bytes);
  record[name === "line" ? "lineLength" : "authorityLength"] = bytes.length;
}

const text = fc.string({ maxLength: 12, unit: "binary" });
const count = fc.oneof(fc.nat(1000), fc.maxSafeNat());
/** Mostly short, some around the room of a row, some far longer. */
function bytesAround(room: number): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array({ minLength: room - 1, maxLength: room + 1, size: "max" }),
    fc.uint8Array({ minLength: room + 1, maxLength: 2 * room, size: "max" }),
  );
}
const fault = fc.constantFrom("no-route", "upstream-closed", "client-aborted");
const attempt = fc.record({
  target: text,
  reused: fc.boolean(),
  fault: fc.option(fault),
  begun: count,
  ended: count,
});

const anyFill: fc.Arbitrary<Fill> = fc
  .record({
    stamps: fc.array(fc.oneof(fc.constant(0), fc.maxSafeNat()), { minLength: STAMP_COUNT, maxLength: STAMP_COUNT }),
    ids: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    line: bytesAround(LINE_ROOM),
    authority: bytesAround(AUTHORITY_ROOM),
    numbers: fc.record({
      methodLength: fc.nat(20),
      time: fc.double({ min: 0, max: 4e12, noNaN: true }),
      planVersion: count,
      sequence: count,
      status: fc.integer({ min: 0, max: 999 }),
      requestBytes: count,
      requestHeadBytes: fc.nat(65_536),
      replyBytes: count,
      retries: fc.nat(10),
      sampled: fc.boolean(),
      reused: fc.boolean(),
      hasBody: fc.boolean(),
      hedged: fc.boolean(),
    }),
    texts: fc.record({
      clientAddress: text,
      peerAddress: text,
      scheme: fc.constantFrom("http", "https"),
      protocol: fc.constantFrom("HTTP/1.1", "HTTP/1.0"),
      source: fc.constantFrom("none" as const, "upstream" as const, "fault" as const),
      route: text,
      pool: text,
      target: text,
      pickReason: fc.constantFrom("" as const, "round-robin" as const, "panic" as const),
      ending: fc.constantFrom("" as const, ...ENDINGS),
      closedBy: fc.constantFrom("" as const, ...CLOSERS),
      fault: fc.option(fault),
      faultDetail: text,
      userAgent: text,
      referer: text,
      serverTiming: text,
      note: text,
      dialled: fc.oneof({ weight: 4, arbitrary: fc.constant("") }, text),
    }),
    attempts: fc.option(fc.array(attempt, { maxLength: 3 }), { freq: 5 }),
    explained: fc.integer({ min: 0, max: 5 }).map((dice) => dice === 0),
  })
  .map(({ stamps, ids, line, authority, numbers, texts, attempts, explained }) => (record: TraceRecord): void => {
    record.stamps.set(stamps);
    record.ids.set(ids);
    put(record, "line", line);
    put(record, "authority", authority);
    Object.assign(record, numbers, texts, { attempts });
    if (attempts !== null) record.noRetry = "budget";
    if (explained) {
      record.detail = new TraceDetail();
      record.detail.notes.push({ stage: "route", note: "noted" });
    }
  });

describe("TraceStore keeps", () => {
  test("every field of every record, the newest of each ring, newest first", () => {
    fc.assert(
      fc.property(
        fc.array(anyFill, { minLength: 1, maxLength: 24 }),
        fc.nat(6),
        fc.nat(4),
        fc.nat(3),
        (fills, recent, notable, flying) => {
          const ring = new TraceStore(recent, notable, SLOW);
          const inFlight: TraceRecord[] = [];
          const all: Array<{ said: Record<string, unknown>; notable: boolean }> = [];
          const complete = (record: TraceRecord): void => {
            const stamps = [...record.stamps].filter((stamp) => stamp !== 0);
            const begin = record.stamps[Stamp.headBegun] || Math.min(...stamps, Infinity);
            const end = record.stamps[Stamp.ended] || record.stamps[Stamp.replyWritten] || Math.max(...stamps, 0);
            const slow = stamps.length > 0 && end - begin >= SLOW;
            all.push({
              said: said(record),
              notable: notable > 0 && (slow || record.status >= 500 || record.fault !== null),
            });
            ring.complete(record);
          };
          for (const fill of fills) {
            const record = ring.acquire();
            fill(record);
            inFlight.push(record);
            if (inFlight.length > flying) complete(inFlight.shift()!);
          }
          let recentLeft = recent;
          let notableLeft = notable;
          const expected = all
            .toReversed()
            .filter((one) => (one.notable ? notableLeft-- > 0 : recentLeft-- > 0))
            .map((one) => one.said);
          expect(ring.recent(100).map(said)).toEqual(expected);
          for (const one of expected) {
            const sought = String(one.ids).slice(0, 32);
            const newest = expected.find((other) => String(other.ids).startsWith(sought));
            expect(said(ring.find(sought)!)).toEqual(newest!);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test("a field that is new in the contract must be kept too: then this list, the rows and the test above grow", () => {
    expect(Object.keys(new TraceRecord()).sort().join(" ")).toBe(
      "attempts authority authorityLength clientAddress closedBy detail dialled ending fault faultDetail hasBody hedged ids line lineLength methodLength noRetry note " +
        "peerAddress pickReason planVersion pool protocol referer replyBytes requestBytes requestHeadBytes retries reused route sampled " +
        "scheme sequence serverTiming source stamps status target time userAgent",
    );
  });

  test("the newest, and lists them newest first", () => {
    const ring = new TraceStore(3, 2, SLOW);
    expect(kept(ring)).toEqual([]);
    for (let number = 1; number <= 5; number++) run(ring, number);
    expect(kept(ring)).toEqual([5, 4, 3]);
    expect(kept(ring, 2)).toEqual([5, 4]);
    expect(kept(ring, 0)).toEqual([]);
  });

  test("failed and slow exchanges through a flood of good ones", () => {
    const ring = new TraceStore(2, 3, SLOW);
    run(ring, 1, { status: 502, explained: true });
    run(ring, 2, { fault: "client-aborted" });
    run(ring, 3, { ns: SLOW });
    run(ring, 4, { ns: SLOW - 1, status: 404 });
    for (let number = 10; number < 30; number++) run(ring, number);
    expect(kept(ring)).toEqual([29, 28, 3, 2, 1]);
    run(ring, 30, { status: 500 });
    expect(kept(ring)).toEqual([30, 29, 28, 3, 2]);
  });

  test("an exchange cut off by the last point that it reached", () => {
    const ring = new TraceStore(1, 1, SLOW);
    const record = ring.acquire();
    record.ids.write(id(1), 0, "hex");
    record.stamps[Stamp.headBegun] = 100;
    record.stamps[Stamp.firstByte] = 100 + SLOW;
    ring.complete(record);
    run(ring, 2);
    run(ring, 3);
    expect(kept(ring)).toEqual([3, 1]);
  });

  test("a record that is not of its own making", () => {
    const ring = new TraceStore(2, 0, SLOW);
    const record = new TraceRecord();
    record.ids.write(id(1), 0, "hex");
    ring.complete(record);
    run(ring, 2);
    run(ring, 3);
    expect(kept(ring)).toEqual([3, 2]);
    expect(ring.acquire()).not.toBe(record);
  });

  test("nothing when its sizes are 0", () => {
    const none = new TraceStore(0, 0, SLOW);
    const first = run(none, 1, { status: 500 });
    expect(none.acquire()).toBe(first);
    expect(kept(none)).toEqual([]);
    expect(none.find(id(1))).toBeUndefined();
    const notableOnly = new TraceStore(0, 1, SLOW);
    run(notableOnly, 1, { status: 500 });
    run(notableOnly, 2);
    expect(kept(notableOnly)).toEqual([1]);
    const recentOnly = new TraceStore(2, 0, SLOW);
    run(recentOnly, 1, { status: 500 });
    run(recentOnly, 2);
    expect(kept(recentOnly)).toEqual([2, 1]);
  });

  test("no record that was released", () => {
    const ring = new TraceStore(2, 2, SLOW);
    const record = ring.acquire();
    ring.release(record);
    expect(kept(ring)).toEqual([]);
    expect(ring.acquire()).toBe(record);
  });
});

describe("TraceStore", () => {
  test("finds by trace id, the newest of several", () => {
    const ring = new TraceStore(4, 4, SLOW);
    run(ring, 7, { status: 500 });
    run(ring, 7, { status: 201 });
    run(ring, 8, { status: 202, explained: true });
    run(ring, 8, { status: 503 });
    run(ring, 9, { explained: true });
    expect(ring.find(id(7))?.status).toBe(201);
    expect(ring.find(id(8))?.status).toBe(503);
    expect(ring.find(id(9))?.detail).not.toBeNull();
    expect(ring.find(id(10))).toBeUndefined();
    expect(ring.find("")).toBeUndefined();
    expect(ring.find("zz")).toBeUndefined();
    expect(ring.find(`${id(7)}00`)).toBeUndefined();
    expect(ring.find(`${id(7)}x`)).toBeUndefined();
  });

  for (const explained of [false, true]) {
    test(`hands out copies that later exchanges leave alone (${explained ? "whole" : "row"})`, () => {
      const ring = new TraceStore(1, 0, SLOW);
      const record = ring.acquire();
      put(record, "line", Buffer.from("GET / HTTP/1.1"));
      put(record, "authority", Buffer.from("a.test"));
      record.ids.write(id(1), 0, "hex");
      record.stamps[Stamp.headBegun] = 1;
      if (explained) record.detail = new TraceDetail();
      ring.complete(record);
      const copy = ring.find(id(1))!;
      const before = said(copy);
      for (let number = 2; number < 6; number++) {
        // More and more at a time, so that the record that was kept whole has its turn too.
        for (const next of Array.from({ length: number }, () => ring.acquire())) {
          put(next, "line", Buffer.from("PUT /other HTTP/1.1"));
          put(next, "authority", Buffer.from("b.test"));
          next.ids.write(id(number), 0, "hex");
          next.stamps[Stamp.headBegun] = number;
          ring.complete(next);
        }
      }
      expect(said(copy)).toEqual(before);
      expect(copy.line.toString("latin1", 0, copy.lineLength)).toBe("GET / HTTP/1.1");
    });
  }

  test("hands records out reset, however they were left", () => {
    fc.assert(
      fc.property(anyFill, (fill) => {
        const ring = new TraceStore(1, 0, SLOW);
        const first = ring.acquire();
        fill(first);
        ring.release(first);
        const again = ring.acquire();
        expect(again).toBe(first);
        const fresh = new TraceRecord();
        fresh.ids.fill(0);
        // These the listener sets for every exchange.
        const { time, clientAddress, peerAddress, scheme, protocol, planVersion, sequence } = again;
        const set = { time, clientAddress, peerAddress, scheme, protocol, planVersion, sequence };
        expect(said(again)).toEqual({ ...said(fresh), ...set });
      }),
      { numRuns: 50 },
    );
  });

  test("never hands out a record that is in flight or kept whole", () => {
    const ring = new TraceStore(4, 2, SLOW);
    const inFlight: TraceRecord[] = [];
    for (let turn = 0; turn < 1000; turn++) {
      const record = ring.acquire();
      expect(inFlight).not.toContain(record);
      record.ids.write(id(turn), 0, "hex");
      inFlight.push(record);
      if (inFlight.length < 3) continue;
      // Records end in an order other than that of their beginning.
      const done = inFlight.splice(turn % 3, 1)[0]!;
      done.status = turn % 5 === 0 ? 503 : 200;
      if (turn % 7 === 0) done.attempts = [];
      ring.complete(done);
      expect(new Set(kept(ring)).size).toBe(Math.min(ring.recent(9).length, 6));
    }
  });

  test("uses the same few records again and again: in a steady state nothing is made", () => {
    const ring = new TraceStore(16, 4, SLOW);
    const long = Buffer.alloc(LINE_ROOM + 1, "x");
    const short = Buffer.alloc(20, "x");
    const all = new Set<TraceRecord>();
    const turn = (number: number): void => {
      const record = ring.acquire();
      if (number < 1000) all.add(record);
      put(record, "line", number % 3 === 0 ? long : short);
      record.status = number % 10 === 0 ? 503 : 200;
      ring.complete(record);
    };
    for (let number = 0; number < 1000; number++) turn(number);
    // Kept whole at most all, and one that changes hands.
    expect(all.size).toBeLessThanOrEqual(16 + 4 + 1);
    for (let number = 0; number < 10_000; number++) turn(number);
    Bun.gc(true);
    const before = heapStats().objectTypeCounts;
    for (let number = 0; number < 20_000; number++) turn(number + 1000);
    const after = heapStats().objectTypeCounts;
    for (const type of [
      "Object",
      "Float64Array",
      "Uint8Array",
      "ArrayBuffer",
      "Array",
      "BlockRecord",
      "ArrayIterator",
    ]) {
      expect((after[type] ?? 0) - (before[type] ?? 0)).toBeLessThan(1000);
    }
  });
});

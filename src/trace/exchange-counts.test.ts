import { expect, test } from "bun:test";
import fc from "fast-check";
import { NO_RETRY } from "../contract/no-retry.ts";
import { Stamp, TraceRecord } from "../contract/trace-record.ts";
import { BUCKETS, ExchangeCounts, Histogram, OTHER, STATUS_CLASSES } from "./exchange-counts.ts";

function exchange(change: Partial<TraceRecord>, ms = 1): TraceRecord {
  const record = Object.assign(new TraceRecord(), { route: "r", status: 200 }, change);
  record.stamps[Stamp.headBegun] = 1e9;
  record.stamps[Stamp.ended] = 1e9 + ms * 1e6;
  return record;
}

test("requests are counted by route and class of status, one without a status too", () => {
  const counts = new ExchangeCounts();
  for (const status of [200, 204, 404, 0, 101, 302, 503, 799]) counts.add(exchange({ status }));
  counts.add(exchange({ route: "" }));
  counts.add(exchange({}));
  expect(STATUS_CLASSES.map((name, index) => [name, counts.routes.get("r")!.statuses[index]])).toEqual([
    ["none", 1],
    ["1xx", 1],
    ["2xx", 3],
    ["3xx", 1],
    ["4xx", 1],
    ["5xx", 2],
  ]);
  expect(counts.routes.get("")!.statuses[2]).toBe(1);
});

test("faults by code, retries and first bytes by pool", () => {
  const counts = new ExchangeCounts();
  const proxied = exchange({ pool: "p", source: "upstream", retries: 2, hedged: true });
  proxied.stamps[Stamp.requestSent] = 1e9;
  proxied.stamps[Stamp.requestBodySent] = 1.5e9;
  proxied.stamps[Stamp.firstByte] = 1.503e9;
  counts.add(proxied);
  const page = exchange({ pool: "p", source: "fault", fault: "upstream-closed", retries: 1, noRetry: "budget" });
  page.stamps[Stamp.firstByte] = 2e9;
  counts.add(page);
  expect(counts.faults("upstream-closed")).toBe(1);
  expect(counts.faults("no-route")).toBe(0);
  const pool = counts.pools.get("p")!;
  expect(pool.retries).toBe(3);
  expect(NO_RETRY.filter((_, index) => pool.noRetries[index]! > 0)).toEqual(["budget"]);
  expect(pool.hedged).toBe(1);
  expect(pool.firstBytes.sum).toBe(3e6);
});

test("a time is in the bucket of the least bound that it does not exceed", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 100, noNaN: true }), (seconds) => {
      const histogram = new Histogram();
      histogram.add(seconds * 1e9);
      const bucket = BUCKETS.findIndex((bound) => seconds * 1e9 <= bound * 1e9);
      expect(histogram.counts.indexOf(1)).toBe(bucket < 0 ? BUCKETS.length : bucket);
      expect(histogram.sum).toBe(seconds * 1e9);
    }),
    { examples: [[0], [0.001], [60], [60.001]] },
  );
});

test("names beyond the limit share one count", () => {
  const counts = new ExchangeCounts();
  for (let index = 0; index < 5000; index++) counts.add(exchange({ route: `r${index}` }));
  expect(counts.routes.size).toBe(4097);
  expect(counts.routes.get(OTHER)!.statuses[2]).toBe(904);
});

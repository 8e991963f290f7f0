import { expect, test } from "bun:test";
import { Stamp, TraceRecord, timeToFirstByte, waitBegan } from "./trace-record.ts";

function stampsOf(stamps: Partial<Record<keyof typeof Stamp, number>>): Float64Array {
  const record = new TraceRecord();
  for (const [name, at] of Object.entries(stamps)) record.stamps[Stamp[name as keyof typeof Stamp]] = at;
  return record.stamps;
}

test("a target is waited for from when it had the whole request", () => {
  expect(waitBegan(stampsOf({ requestSent: 10 }), 50)).toBe(10);
  expect(waitBegan(stampsOf({ requestSent: 10, requestBodySent: 30 }), 50)).toBe(30);
  // It answered before all of the body had come.
  expect(waitBegan(stampsOf({ requestSent: 10, requestBodySent: 60 }), 50)).toBe(10);
});

test("the time in which another target had the body before a retry is not this one's", () => {
  const stamps = stampsOf({ requestBodySent: 30, requestSent: 1000, firstByte: 1050 });
  expect(timeToFirstByte(stamps)).toBe(50);
});

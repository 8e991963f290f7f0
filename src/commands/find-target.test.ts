import { expect, test } from "bun:test";
import type { PoolReport } from "../control/pool-report.ts";
import { matchTarget } from "./find-target.ts";

function matched(text: string, ...addresses: string[]): string {
  const pool = { name: "shop", targets: addresses.map((address) => ({ address })) } as unknown as PoolReport;
  return matchTarget(pool, text).address;
}

test("an address, a port, a host, or any part that no other has", () => {
  const all = ["10.0.0.1:80", "10.0.0.10:80", "10.0.0.2:8080", "[::1]:9001", "Users.internal:81"];
  expect(matched("10.0.0.1:80", ...all)).toBe("10.0.0.1:80");
  expect(matched("9001", ...all)).toBe("[::1]:9001");
  expect(matched(":8080", ...all)).toBe("10.0.0.2:8080");
  expect(matched("10.0.0.1", ...all)).toBe("10.0.0.1:80");
  expect(matched("[::1]", ...all)).toBe("[::1]:9001");
  expect(matched("users", ...all)).toBe("Users.internal:81");
});

test("a part of several, or of none, is refused with what there is", () => {
  expect(() => matched("80", "a:80", "b:80")).toThrow('"80" is part of 2 targets');
  expect(() => matched("10.0", "10.0.0.1:80", "10.0.0.2:80")).toThrow("is part of 2 targets");
  expect(() => matched("", "a:80")).toThrow('has no target ""');
  expect(() => matched("a")).toThrow('has no target "a"');
});

import { expect, test } from "bun:test";
import { interleaveFamilies, preferAddress } from "./address-order.ts";

test("families take turns, the first address's first (RFC 8305 §4)", () => {
  expect(interleaveFamilies(["::1", "::2", "::3", "10.0.0.1"])).toEqual(["::1", "10.0.0.1", "::2", "::3"]);
  expect(interleaveFamilies(["10.0.0.1", "10.0.0.2", "fe80::1%lo", "::2"])).toEqual([
    "10.0.0.1",
    "fe80::1%lo",
    "10.0.0.2",
    "::2",
  ]);
  expect(interleaveFamilies(["10.0.0.1", "10.0.0.2"])).toEqual(["10.0.0.1", "10.0.0.2"]);
  expect(interleaveFamilies([])).toEqual([]);
});

test("a preferred address goes to the front, when it is still one of them", () => {
  expect(preferAddress(["a", "b", "c"], "c")).toEqual(["c", "a", "b"]);
  const addresses = ["a", "b"];
  expect(preferAddress(addresses, "a")).toBe(addresses);
  expect(preferAddress(addresses, "gone")).toBe(addresses);
});

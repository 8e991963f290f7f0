import { expect, test } from "bun:test";
import { hostOf, isLoopbackHost } from "./loopback.ts";

test.each(["localhost", "LOCALHOST", "edge.localhost", "127.0.0.1", "127.8.9.10", "::1"])("%s is loopback", (host) => {
  expect(isLoopbackHost(host)).toBe(true);
});

test.each([
  "",
  "example.com",
  "localhost.example.com",
  "xlocalhost",
  "127.0.0.1.example.com",
  "128.0.0.1",
  "0.0.0.0",
  "::",
  "10.0.0.1",
])("%p is not", (host) => {
  expect(isLoopbackHost(host)).toBe(false);
});

test("hostOf takes port and brackets away", () => {
  expect(["a.test:80", "a.test", "[::1]:80", "[::1]", "127.0.0.1:", ""].map(hostOf)).toEqual([
    "a.test",
    "a.test",
    "::1",
    "::1",
    "127.0.0.1",
    "",
  ]);
});

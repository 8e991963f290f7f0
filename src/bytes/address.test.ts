import { describe, expect, test } from "bun:test";
import { formatHostPort, isHostName, isLoopback, parseHostPort, toAsciiHost } from "./address.ts";

describe("host and port", () => {
  test.each([
    ["127.0.0.1:80", "127.0.0.1", 80],
    ["[::1]:8080", "::1", 8080],
    ["Orders.Internal:0", "orders.internal", 0],
    [":8080", "", 8080],
    ["my_host:1", "my_host", 1],
  ])("%p", (text, host, port) => {
    expect(parseHostPort(text)).toEqual({ host, port });
  });

  test.each([
    ["127.0.0.1", "has no port"],
    ["::1:80", "an IPv6 address stands in brackets, before the port"],
    ["[::1]", "is not an address"],
    ["[::g]:1", "[::g] is not an IPv6 address"],
    ["a:65536", "port 65536 is beyond 65535"],
    ["a:", "is not an address"],
    ["http://a:80", "host and port alone are wanted, without a scheme"],
    ["1.2.3:80", '"1.2.3" is not a host name'],
    ["-a:80", '"-a" is not a host name'],
    ["a b:80", '"a b" is not a host name'],
  ])("%p: %s", (text, why) => {
    expect(parseHostPort(text)).toBe(why);
  });

  test("IPv6 hosts are written in brackets", () => {
    expect(formatHostPort({ host: "::1", port: 1 })).toBe("[::1]:1");
    expect(formatHostPort({ host: "a", port: 1 })).toBe("a:1");
  });
});

test("host names", () => {
  expect(["a", "a.b", "a-b.c1", "_x.y"].filter((name) => !isHostName(name))).toEqual([]);
  expect(["", "a..b", "a-", ".a", "a.", "1.2.3.4", "a".repeat(64), "ä"].filter(isHostName)).toEqual([]);
});

test("loopback", () => {
  expect(["127.0.0.1", "127.9.9.9", "::1", "localhost"].every(isLoopback)).toBe(true);
  expect(["0.0.0.0", "", "::", "10.0.0.1", "localhost.test", "127.0.0.1.test"].some(isLoopback)).toBe(false);
});

test("international names become ASCII, others stay", () => {
  expect(toAsciiHost("größe.test")).toBe("xn--gre-6ka8i.test");
  expect(toAsciiHost("*.größe.test")).toBe("*.xn--gre-6ka8i.test");
  expect(toAsciiHost("my_host.test")).toBe("my_host.test");
});

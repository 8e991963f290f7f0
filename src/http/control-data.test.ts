import { expect, test } from "bun:test";
import { hostEndOf, portOf } from "./control-data.ts";

function host(text: string): string | null {
  const bytes = Buffer.from(`@${text}@`, "latin1");
  const end = hostEndOf(bytes, 1, bytes.length - 1);
  return end < 0 ? null : bytes.latin1Slice(1, end);
}

test("uri-host and port (RFC 3986 §3.2)", () => {
  const cases: ReadonlyArray<readonly [authority: string, host: string | null]> = [
    ["example.com", "example.com"],
    ["example.com:80", "example.com"],
    ["example.com:", "example.com"],
    ["EXAMPLE_x.com:65535", "EXAMPLE_x.com"],
    ["127.0.0.1:1", "127.0.0.1"],
    ["[::1]", "[::1]"],
    ["[2001:DB8::1.2.3.4]:8080", "[2001:DB8::1.2.3.4]"],
    ["a%41b", null],
    ["a!$&'()*+,;=~-", "a!$&'()*+,;=~-"],
    ["", null],
    [":80", null],
    ["a:65536", null],
    ["a:100000", null],
    ["a:-1", null],
    ["a:000080", null],
    ["a:8o", null],
    ["a:1:2", null],
    ["u@a", null],
    ["u:p@a", null],
    ["a%4", null],
    ["a%", null],
    ["a%zz", null],
    ["a/b", null],
    ["a b", null],
    ["a\\b", null],
    ["a?b", null],
    ["a#b", null],
    ["[]", null],
    ["[::1", null],
    ["[::1]a", null],
    ["[::g]", null],
    ["[fe80::1%25eth0]", null],
    ["::1", null],
    ["a[::1]", null],
    ["\xe4", null],
    ["a\x00", null],
  ];
  for (const [authority, expected] of cases) expect([authority, host(authority)]).toEqual([authority, expected]);
});

test("ports", () => {
  expect(portOf(Buffer.from("8080"), 0, 4)).toBe(8080);
  expect(portOf(Buffer.from(""), 0, 0)).toBe(0);
  expect(portOf(Buffer.from("65535"), 0, 5)).toBe(65_535);
  for (const bad of ["65536", "99999", "123456", "1a", " 1"]) expect(portOf(Buffer.from(bad), 0, bad.length)).toBe(-1);
});

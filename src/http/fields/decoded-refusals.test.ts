/** What is refused of a request that came decoded. */
import { describe, expect, test } from "bun:test";
import { RequestHead } from "../../contract/head.ts";
import { Protocol } from "../../contract/protocol.ts";
import { faultOf } from "../../fault/faults.ts";
import { latin1, TEST_LIMITS } from "../h1/testing.ts";
import type { HeadLimits } from "../head-limits.ts";
import { decode, decoder, type Fields, parse, type Request } from "./decoded-head-for-tests.ts";

describe("refused as in HTTP/1.1", () => {
  const long = "v".repeat(9_000);
  const many: Fields = Array.from({ length: 101 }, (_, at) => [`x-${at}`, "1"]);
  const cases: ReadonlyArray<readonly [what: string, request: Partial<Request>, code: string]> = [
    ["an empty method", { method: "" }, "method-invalid"],
    ["a method that is not a token", { method: "G(T" }, "method-invalid"],
    ["a method that is too long", { method: "M".repeat(65) }, "method-invalid"],
    ["NUL in the path", { path: "/a\0" }, "target-invalid"],
    ["a control byte in the query", { path: "/a?b\x7f" }, "target-invalid"],
    ["a fragment", { path: "/a#b" }, "target-invalid"],
    ["a half escape", { path: "/a%4" }, "target-invalid"],
    ["dots that leave the root", { path: "/../x" }, "target-ambiguous"],
    ["an encoded slash", { path: "/a/..%2fx" }, "target-escaped-slash"],
    ["%00", { path: "/x%00" }, "target-ambiguous"],
    ["* but with OPTIONS", { path: "*" }, "target-invalid"],
    ["a target that is too long", { path: `/${"p".repeat(9_000)}` }, "target-too-long"],
    ["user information", { authority: "u@a" }, "host-invalid"],
    ["a port that is none", { authority: "a:99999" }, "host-invalid"],
    ["an empty name", { fields: [["", "1"]] }, "field-name-invalid"],
    ["a name that is not a token", { fields: [["a(", "1"]] }, "field-name-invalid"],
    ["a byte above ASCII in a name", { fields: [["a\x80", "1"]] }, "field-name-invalid"],
    ["NUL in a value", { fields: [["a", "1\x002"]] }, "field-value-invalid"],
    ["DEL in a value", { fields: [["a", "1\x7f2"]] }, "field-value-invalid"],
    ["a field that is too long", { fields: [["a", long]] }, "field-too-long"],
    ["too many fields", { fields: many }, "fields-too-many"],
    [
      "a head that is too large",
      { fields: Array.from({ length: 40 }, () => ["a", "v".repeat(900)]) },
      "head-too-large",
    ],
    [
      "Content-Length twice",
      {
        fields: [
          ["content-length", "1"],
          ["content-length", "1"],
        ],
      },
      "content-length-repeated",
    ],
    [
      "two lengths that differ",
      {
        fields: [
          ["content-length", "1"],
          ["content-length", "2"],
        ],
      },
      "content-length-repeated",
    ],
    ["a list of lengths", { fields: [["content-length", "1, 1"]] }, "content-length-invalid"],
    ["a signed length", { fields: [["content-length", "+1"]] }, "content-length-invalid"],
    ["an expectation that nobody knows", { fields: [["expect", "200-ok"]] }, "expectation-unknown"],
  ];
  for (const [what, request, code] of cases) {
    test(what, () => {
      const whole = { method: "GET", path: "/", authority: "a", fields: [], ...request };
      expect(faultOf(-decode(whole))).toBe(code as never);
      if (whole.method !== "") expect(faultOf(-parse(whole, new RequestHead(), TEST_LIMITS))).toBe(code as never);
    });
  }

  test("limits hold to the byte", () => {
    const exact = (limits: HeadLimits, request: Partial<Request>): [number, number] => {
      const whole = { method: "GET", path: "/", authority: "a", fields: [], ...request };
      return [decode(whole, limits), parse(whole, new RequestHead(), limits)];
    };
    for (let size = 1; size < 60; size++) {
      const fields: Fields = [["a", "v".repeat(size)]];
      for (const limits of [
        { ...TEST_LIMITS, field: 30 },
        { ...TEST_LIMITS, head: 60 },
        { ...TEST_LIMITS, requestLine: 30 },
      ]) {
        const [decoded, parsed] = exact(limits, { path: `/${"p".repeat(size)}` });
        expect([size, limits, decoded]).toEqual([size, limits, parsed]);
        const [decodedField, parsedField] = exact(limits, { fields });
        expect([size, limits, decodedField]).toEqual([size, limits, parsedField]);
      }
    }
  });
});

describe("refused in HTTP/2 and 3 only", () => {
  const cases: ReadonlyArray<readonly [what: string, request: Parameters<typeof decode>[0], code: string]> = [
    ["no method", { method: null }, "request-line-malformed"],
    ["no path", { path: null }, "request-line-malformed"],
    ["an empty path", { path: "" }, "request-line-malformed"],
    ["no scheme", { scheme: null }, "request-line-malformed"],
    ["another scheme", { scheme: "ftp" }, "target-invalid"],
    ["a path without a slash", { path: "a" }, "target-invalid"],
    ["an absolute target as the path", { path: "http://b/" }, "target-invalid"],
    ["a line of its own in the path", { path: "/ HTTP/1.1\r\nx: y" }, "target-invalid"],
    ["a line of its own in the method", { method: "GET / HTTP/1.1\r\n" }, "method-invalid"],
    ["neither authority nor Host", { authority: null }, "host-missing"],
    ["an authority and another Host", { fields: [["host", "b"]] }, "host-repeated"],
    [
      "two Hosts without authority",
      {
        authority: null,
        fields: [
          ["host", "a"],
          ["host", "a"],
        ],
      },
      "host-repeated",
    ],
    ["a capital in a name", { fields: [["X-One", "1"]] }, "field-name-invalid"],
    ["a pseudo-field among the fields", { fields: [[":path", "/"]] }, "field-name-invalid"],
    ["CR in a value", { fields: [["a", "1\rb: 2"]] }, "field-value-invalid"],
    ["LF in a value", { fields: [["a", "1\nb: 2"]] }, "field-value-invalid"],
    ["white space before a value", { fields: [["a", " 1"]] }, "field-value-invalid"],
    ["a tab behind a value", { fields: [["a", "1\t"]] }, "field-value-invalid"],
    ["Connection", { fields: [["connection", "close"]] }, "field-of-connection"],
    ["Keep-Alive", { fields: [["keep-alive", "1"]] }, "field-of-connection"],
    ["Proxy-Connection", { fields: [["proxy-connection", "x"]] }, "field-of-connection"],
    ["Transfer-Encoding", { fields: [["transfer-encoding", "chunked"]] }, "field-of-connection"],
    ["Upgrade", { fields: [["upgrade", "websocket"]] }, "field-of-connection"],
    ["TE that is more than trailers", { fields: [["te", "trailers, gzip"]] }, "field-of-connection"],
    ["a protocol without CONNECT", { protocol: "websocket" }, "method-invalid"],
    ["a protocol that no upgrade stands for", { method: "CONNECT", protocol: "connect-udp" }, "method-invalid"],
    ["CONNECT with a path", { method: "CONNECT" }, "request-line-malformed"],
    [
      "CONNECT without an authority",
      { method: "CONNECT", path: null, scheme: null, authority: null },
      "request-line-malformed",
    ],
    ["CONNECT without a port", { method: "CONNECT", path: null, scheme: null }, "target-invalid"],
  ];
  for (const [what, request, code] of cases) {
    test(what, () => expect(faultOf(-decode(request))).toBe(code as never));
  }

  test("a length that the end of the stream contradicts (RFC 9113 §8.1.1)", () => {
    const pseudo = {
      method: latin1("POST"),
      scheme: latin1("https"),
      authority: latin1("a"),
      path: latin1("/"),
      protocol: null,
    };
    decoder.begin(Protocol.http2, pseudo, TEST_LIMITS);
    decoder.field(latin1("content-length"), latin1("3"));
    expect(faultOf(-decoder.end(true))).toBe("content-length-invalid");
  });
});

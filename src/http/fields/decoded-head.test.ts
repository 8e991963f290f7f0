/** A request that came decoded is the same request as the one that HTTP/1.1 writes: same facts, route and lines. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";

import { loadValue } from "../../config/load.ts";
import { compile } from "../../config/compile.ts";
import { BodyLength } from "../../contract/body-length.ts";
import { FIELD_FORWARDED, FIELD_ID, FIELD_STRIDE, RequestHead, TargetForm } from "../../contract/head.ts";
import { Method } from "../../contract/method.ts";
import { Protocol } from "../../contract/protocol.ts";
import { faultOf } from "../../fault/faults.ts";
import { parseRequestHead } from "../h1/request-head.ts";
import { parseResponseHead } from "../h1/response-head.ts";
import { forwardedLines, latin1, TEST_LIMITS } from "../h1/testing.ts";
import type { HeadLimits } from "../head-limits.ts";
import { responseFaultCause } from "../response-fault.ts";
import { DecodedRequest, DecodedResponse } from "./decoded-head.ts";
import { DecodedTrailers } from "./trailer-fields.ts";
import { ResponseHead } from "../../contract/head.ts";

type Fields = ReadonlyArray<readonly [name: string, value: string]>;

interface Request {
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly fields: Fields;
}

const decoder = new DecodedRequest();

function bytes(text: string | null): Buffer | null {
  return text === null ? null : latin1(text);
}

/** 0, or the fault. A request without Content-Length ends with its head. */
function decode(
  request: Partial<Record<keyof Request | "scheme" | "protocol", unknown>>,
  limits = TEST_LIMITS,
): number {
  const { method, path, authority, scheme, protocol, fields } = {
    method: "GET",
    path: "/",
    authority: "a",
    scheme: "https",
    protocol: null,
    fields: [],
    ...request,
  } as { [key in "method" | "path" | "authority" | "scheme" | "protocol"]: string | null } & { fields: Fields };
  const pseudo = {
    method: bytes(method),
    scheme: bytes(scheme),
    authority: bytes(authority),
    path: bytes(path),
    protocol: bytes(protocol),
  };
  let result = decoder.begin(Protocol.http2, pseudo, limits);
  for (const [name, value] of fields) {
    if (result < 0) return result;
    // The value within other bytes, as it lies in a decoder's buffer.
    result = decoder.field(latin1(name), latin1(`<${value}>`), 1, 1 + value.length);
  }
  return result < 0 ? result : decoder.end(!fields.some(([name]) => name === "content-length"));
}

/** The same request in HTTP/1.1, in lines as a decoder writes them. 0, or the fault. */
function parse({ method, path, authority, fields }: Request, head: RequestHead, limits: HeadLimits): number {
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const text = latin1(`${method} ${path} HTTP/1.1\r\nhost: ${authority}\r\n${lines}\r\n`);
  const result = parseRequestHead(text, 0, text.length, head, limits);
  return result === text.length ? 0 : result;
}

/** All that a stage can ask of a head. */
function factsOf(head: RequestHead): unknown {
  const places = [head.hostField, head.forwardedForField, head.traceparentField, head.explainField];
  const ids = [];
  for (let at = 0; at < head.fieldCount * FIELD_STRIDE; at += FIELD_STRIDE) {
    ids.push([head.offsets[at + FIELD_ID], head.offsets[at + FIELD_FORWARDED]]);
  }
  return {
    target: [head.methodName(), head.method, head.form, head.target(), head.path(), head.query()],
    path: [head.plainPath, head.pathChanged],
    authority: [head.authority(), head.host()],
    fields: head.entries(),
    ids,
    places,
    facts: [head.contentLength, head.bodyLength, head.hasDate, head.hasForwarding, head.expectContinue, head.upgrade],
    lines: forwardedLines(head),
  };
}

const config = loadValue(
  {
    admin: false,
    routes: [
      { name: "api", match: { path: "/api/*", method: ["GET", "POST"] }, respond: { body: "1" } },
      { name: "host", match: { host: "shop.example", path: "/a/*" }, respond: { body: "2" } },
      { name: "field", match: { path: "/*", field: { "x-one": "1" } }, respond: { body: "3" } },
      { name: "param", match: { path: "/users/:id" }, respond: { body: "4" } },
      { name: "rest", match: { path: "/*" }, respond: { body: "5" } },
    ],
  },
  "test",
);
const { matcher } = compile(config, { version: 1, previous: null });

const NAMES = [
  "accept",
  "cookie",
  "date",
  "etag",
  "expect",
  "forwarded",
  "traceparent",
  "user-agent",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-user",
  "x-one",
  "x_one",
  "x-real-ip",
  "roundtrip-explain",
  "content-type",
  "proxy-authorization",
  "trailer",
];
const value = fc
  .string({ unit: fc.constantFrom("a", "b", "1", " ", ",", ";", "=", '"', "%", "\x80", "\xff", "\t"), maxLength: 20 })
  .map((text) => text.trim());
const name = fc.oneof(
  fc.constantFrom(...NAMES),
  fc.string({ unit: fc.constantFrom("a", "b", "-", "_", "1", "!"), minLength: 1, maxLength: 8 }),
);
const field = fc
  .tuple(name, value)
  .map(([key, text]): readonly [string, string] => [
    key,
    key === "expect" ? "100-continue" : key === "x-one" && text.length > 3 ? "1" : text,
  ]);
const segment = fc.constantFrom("api", "a", "users", "7", ".", "..", "", "%41", "%2f", "%2E", "x;y", "%C3%A9");
const path = fc
  .tuple(fc.array(segment, { maxLength: 5 }), fc.constantFrom("", "?", "?q=1", "?a=/../b"))
  .map(([parts, query]) => `/${parts.join("/")}${query}`);
const requests = fc.record({
  method: fc.constantFrom("GET", "POST", "HEAD", "PUT", "PURGE", "OPTIONS"),
  path,
  authority: fc.constantFrom("shop.example", "SHOP.example:8443", "[::1]:80", "10.0.0.1", "a"),
  // One Cookie: HTTP/2 may cut one in crumbs, which are joined.
  fields: fc
    .array(field, { maxLength: 12 })
    .map((list): Fields =>
      list.filter(([key], at) => key !== "cookie" || list.findIndex(([other]) => other === key) === at),
    ),
  length: fc.option(fc.nat(1_000)),
});

test("any valid request has the same facts, route and forwarded lines as in HTTP/1.1", () => {
  let valid = 0;
  fc.assert(
    fc.property(requests, ({ length, ...rest }) => {
      const fields: Fields = length === null ? rest.fields : [...rest.fields, ["content-length", String(length)]];
      const request = { ...rest, fields };
      const head = new RequestHead();
      const parsed = parse(request, head, TEST_LIMITS);
      const decoded = decode(request);
      expect(decoded).toBe(parsed);
      if (parsed < 0) return;
      valid++;
      expect(factsOf(decoder.head)).toEqual(factsOf(head));
      for (const address of ["192.0.2.1", "10.0.0.1"]) {
        expect(matcher.match(decoder.head, address, "")?.name).toBe(matcher.match(head, address, "")?.name);
      }
      expect(factsOf(decoder.head.clone())).toEqual(factsOf(head));
    }),
    { seed: 21, numRuns: 2_000 },
  );
  expect(valid).toBeGreaterThan(1_000);
});

describe("refused as in HTTP/1.1", () => {
  const long = "v".repeat(9_000);
  const many: Fields = Array.from({ length: 101 }, (_, at) => [`x-${at}`, "1"]);
  const cases: ReadonlyArray<readonly [what: string, request: Partial<Request>, code: string]> = [
    ["an empty method", { method: "" }, "method-invalid"],
    ["a method that is no token", { method: "G(T" }, "method-invalid"],
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
    ["a name that is no token", { fields: [["a(", "1"]] }, "field-name-invalid"],
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

describe("what HTTP/2 and 3 say in their own way", () => {
  test("an authority stands in Host; Host alone is the authority; both may say the same", () => {
    expect(decode({ authority: "shop.example:81" })).toBe(0);
    expect([decoder.head.authority(), decoder.head.host(), forwardedLines(decoder.head)]).toEqual([
      "shop.example:81",
      "shop.example",
      "host: shop.example:81\r\n",
    ]);
    expect(decode({ authority: null, fields: [["host", "b"]] })).toBe(0);
    expect(decoder.head.authority()).toBe("b");
    expect(decode({ authority: "a.example", fields: [["host", "A.Example"]] })).toBe(0);
    expect(decoder.head.entries()).toEqual([["host", "a.example"]]);
  });

  test("crumbs of Cookie are one field (RFC 9113 §8.2.3), wherever they stand", () => {
    expect(
      decode({
        fields: [
          ["cookie", "a=1"],
          ["cookie", "b=2"],
          ["x", "y"],
          ["date", "d"],
          ["cookie", "c=3"],
        ],
      }),
    ).toBe(0);
    expect(forwardedLines(decoder.head)).toBe("host: a\r\ncookie: a=1; b=2; c=3\r\nx: y\r\ndate: d\r\n");
    expect(decoder.head.get("date")).toBe("d");
    const crumbs: Fields = Array.from({ length: 50 }, () => ["cookie", "c".repeat(200)]);
    expect(faultOf(-decode({ fields: crumbs }))).toBe("field-too-long");
  });

  test("the body's length is none at the end of the stream, else unknown or what Content-Length says", () => {
    expect([decode({ method: "POST" }), decoder.head.bodyLength]).toEqual([0, BodyLength.none]);
    expect([decode({ method: "POST", fields: [["content-length", "5"]] }), decoder.head.bodyLength]).toEqual([0, 5]);
    const pseudo = {
      method: latin1("POST"),
      scheme: latin1("https"),
      authority: latin1("a"),
      path: latin1("/"),
      protocol: null,
    };
    decoder.begin(Protocol.http3, pseudo, TEST_LIMITS);
    expect([decoder.end(false), decoder.head.bodyLength, decoder.head.receivedProtocol]).toEqual([
      0,
      BodyLength.unknown,
      "3",
    ]);
  });

  test("TE: trailers is of this hop and may come", () => {
    expect(decode({ fields: [["te", "trailers"]] })).toBe(0);
    expect(forwardedLines(decoder.head)).toBe("host: a\r\n");
  });

  test("an extended CONNECT for websockets is the upgrade it stands for (RFC 8441 §5)", () => {
    expect(decode({ method: "CONNECT", protocol: "websocket", path: "/chat" })).toBe(0);
    const { head } = decoder;
    expect([head.method, head.path(), head.upgrade, head.upgradeProtocols()]).toEqual([
      Method.GET,
      "/chat",
      true,
      "websocket",
    ]);
    expect(forwardedLines(head)).toBe("host: a\r\n");
  });

  test("CONNECT has an authority alone", () => {
    expect(decode({ method: "CONNECT", path: null, scheme: null, authority: "a:443" })).toBe(0);
    expect([decoder.head.form, decoder.head.authority()]).toEqual([TargetForm.authority, "a:443"]);
  });

  test("OPTIONS of the whole server", () => {
    expect(decode({ method: "OPTIONS", path: "*" })).toBe(0);
    expect(decoder.head.form).toBe(TargetForm.asterisk);
  });

  test("a large head moves to a larger buffer and stays whole", () => {
    const fields: Fields = Array.from({ length: 90 }, (_, at) => [`x-${at}`, "v".repeat(300)]);
    expect(decode({ fields })).toBe(0);
    expect(decoder.head.entries()).toEqual([
      ["host", "a"],
      ...fields.map(([key, text]): [string, string] => [key, text]),
    ]);
  });
});

describe("responses", () => {
  const decoderOf = (status: number, fields: Fields): DecodedResponse | string => {
    const response = new DecodedResponse();
    let result = response.begin(Protocol.http2, status, TEST_LIMITS);
    for (const [key, text] of fields) if (result === 0) result = response.field(latin1(key), latin1(text));
    if (result === 0) result = response.end();
    return result === 0 ? response : `${faultOf(-result)}: ${responseFaultCause()}`;
  };

  test("have the same facts and lines as in HTTP/1.1", () => {
    fc.assert(
      fc.property(fc.constantFrom(200, 204, 304, 404, 103, 599), fc.array(field, { maxLength: 10 }), (status, list) => {
        const fields: Fields = [
          ...list.filter(([key]) => key !== "cookie"),
          ["server-timing", "a"],
          ["content-length", "3"],
        ];
        const text = latin1(
          `HTTP/1.1 ${status} X\r\n${fields.map(([key, item]) => `${key}: ${item}\r\n`).join("")}\r\n`,
        );
        const head = new ResponseHead();
        expect(parseResponseHead(text, 0, text.length, head, TEST_LIMITS)).toBe(text.length);
        const decoded = decoderOf(status, fields);
        if (typeof decoded === "string") throw new Error(decoded);
        const same = (one: ResponseHead): unknown => [
          one.status,
          one.entries(),
          one.contentLength,
          one.hasDate,
          one.serverTimingField,
          forwardedLines(one),
        ];
        expect(same(decoded.head)).toEqual(same(head));
      }),
      { seed: 22, numRuns: 500 },
    );
  });

  test("are refused with the cause", () => {
    expect(decoderOf(99, [])).toBe("response-malformed: version-malformed");
    expect(decoderOf(200, [["connection", "close"]])).toBe("response-malformed: field-of-connection");
    expect(decoderOf(200, [["A", "1"]])).toBe("response-malformed: field-name-invalid");
    expect(decoderOf(200, [["a", "1\r\nb: 2"]])).toBe("response-malformed: field-value-invalid");
    expect(
      decoderOf(200, [
        ["content-length", "1"],
        ["content-length", "1"],
      ]),
    ).toBe("response-malformed: content-length-repeated");
    expect(decoderOf(200, [["a", "v".repeat(9_000)]])).toBe("response-too-large: field-too-long");
  });
});

test("trailers lose what has no place there (RFC 9110 §6.5.1)", () => {
  const trailers = new DecodedTrailers();
  trailers.begin(200);
  for (const [key, text] of [
    ["grpc-status", "0"],
    ["content-length", "3"],
    ["x-forwarded-user", "root"],
    ["x_a", "1"],
    ["etag", "e"],
  ] as const)
    expect(trailers.field(latin1(key), latin1(text))).toBe(0);
  expect(trailers.end()).toBe(0);
  expect(trailers.lines?.bytes.latin1Slice(0, trailers.lines.length)).toBe("grpc-status: 0\r\netag: e\r\n");
  trailers.begin(200);
  expect(faultOf(-trailers.field(latin1("connection"), latin1("x")))).toBe("field-of-connection");
  trailers.begin(30);
  expect(trailers.field(latin1("a"), latin1("v".repeat(30)))).toBeLessThan(0);
});

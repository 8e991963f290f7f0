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
import { forwardedLines, latin1, TEST_LIMITS } from "../h1/testing.ts";
import { decode, decoder, field, type Fields, parse } from "./decoded-head-for-tests.ts";

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

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FieldEdits } from "../../contract/field-edits.ts";
import type { RoutePlan } from "../../contract/plan.ts";
import { NEXT } from "../../contract/step.ts";
import { editedFields, exchangeFor, requestHead, responseHead } from "../../http/head-for-tests.ts";
import { createHeadersPolicy, type HeadersOptions } from "./headers.ts";
import { headersSchema } from "./config.ts";

const HEAD = requestHead("/a/b?c=d", [
  ["Host", "shop.test:8080"],
  ["X-One", "1"],
  ["x-two", "2"],
  ["X-ONE", "3"],
]);

function onRequest(options: HeadersOptions, head = HEAD): string[] {
  const edits = new FieldEdits();
  expect(createHeadersPolicy(options).onRequest(head, edits, exchangeFor(head))).toBe(NEXT);
  return editedFields(head, edits);
}

function onReply(options: HeadersOptions, request = HEAD): string[] {
  const edits = new FieldEdits();
  const head = responseHead([
    ["Server", "origin"],
    ["Set-Cookie", "a=1"],
    ["set-cookie", "b=2"],
  ]);
  createHeadersPolicy(options).onReply(head, edits, exchangeFor(request));
  return editedFields(head, edits);
}

describe("request fields", () => {
  test("remove takes every field with the name, in any case", () => {
    expect(onRequest({ request: { remove: ["X-one"] } })).toEqual(["Host: shop.test:8080", "x-two: 2"]);
  });

  test("set replaces all of them, add leaves them", () => {
    expect(onRequest({ request: { set: { "x-One": "new" }, add: { "X-Two": "more" } } })).toEqual([
      "Host: shop.test:8080",
      "x-two: 2",
      "x-One: new",
      "X-Two: more",
    ]);
  });

  test("Host can be replaced", () => {
    expect(onRequest({ request: { set: { Host: "inner.test" } } })).toContain("Host: inner.test");
    expect(onRequest({ request: { set: { Host: "inner.test" } } })).not.toContain("Host: shop.test:8080");
  });

  test("names that only begin alike stay", () => {
    const head = requestHead("/", [
      ["X-On", "a"],
      ["X-Ones", "b"],
      ["X_One", "c"],
    ]);
    expect(onRequest({ request: { remove: ["x-one"] } }, head)).toHaveLength(3);
  });

  test("edits only the direction that is given", () => {
    expect(onRequest({ reply: { remove: ["X-One"], set: { "X-Two": "0" } } })).toEqual(
      HEAD.entries().map(([name, value]) => `${name}: ${value}`),
    );
    expect(onReply({ request: { remove: ["Server"] } })).toContain("Server: origin");
  });

  test("what an earlier policy added counts as a field of the head", () => {
    const edits = new FieldEdits();
    const exchange = exchangeFor(HEAD);
    createHeadersPolicy({ request: { add: { "X-A": "1", "X-B": "2", "X-Abc": "3" } } }).onRequest(
      HEAD,
      edits,
      exchange,
    );
    createHeadersPolicy({ request: { remove: ["x-b"], set: { "x-a": "4" } } }).onRequest(HEAD, edits, exchange);
    expect(editedFields(HEAD, edits).slice(HEAD.fieldCount)).toEqual(["X-Abc: 3", "x-a: 4"]);
  });
});

describe("reply fields", () => {
  test("are removed, set and added", () => {
    expect(
      onReply({ reply: { remove: ["SERVER"], set: { "Set-Cookie": "c=3" }, add: { "X-Frame-Options": "DENY" } } }),
    ).toEqual(["Set-Cookie: c=3", "X-Frame-Options: DENY"]);
  });
});

describe("variables", () => {
  const all = "${client.address}|${host}|${path}|${method}|${trace.id}|${route}";
  const filled = "192.0.2.7|shop.test|/a/b|GET|0af7651916cd43dd8448eb211c80319c|";

  test("are filled alike on the way in and on the way out", () => {
    expect(onRequest({ request: { add: { "X-All": all } } })).toContain(`X-All: ${filled}`);
    expect(onReply({ reply: { add: { "X-All": all } } })).toContain(`X-All: ${filled}`);
  });

  test("stand anywhere between fixed text and fixed lines", () => {
    const lines = onRequest({
      request: { add: { "X-A": "1", "X-B": "<${method}${method}>", "X-C": "${host}", "X-D": "2" } },
    });
    expect(lines.slice(-4)).toEqual(["X-A: 1", "X-B: <GETGET>", "X-C: shop.test", "X-D: 2"]);
  });

  test.each([
    ["/", "shop.test", "/"],
    ["/a/b?x=/c?d", "shop.test:80", "/a/b"],
    ["http://shop.test:80/x?y", "shop.test:80", "/x"],
    ["http://shop.test?y=/z", "shop.test", ""],
    ["http://shop.test", "[2001:db8::1]:8080", ""],
    ["/", "[2001:db8::1]", "/"],
  ])("path and host of %p, %p", (target, authority, path) => {
    const head = requestHead(target, [["Host", authority]]);
    const host = authority.replace(/:\d+$/, "");
    const options = { add: { "X-A": "${host} ${path}." } };
    expect(onRequest({ request: options }, head).at(-1)).toBe(`X-A: ${host} ${path}.`);
    expect(onReply({ reply: options }, head).at(-1)).toBe(`X-A: ${host} ${path}.`);
  });

  test("cannot end a line or begin a field, whatever comes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (wild) => {
        const head = requestHead("/", [["Host", "a"]]);
        const exchange = exchangeFor(head, wild);
        exchange.route = { name: wild } as RoutePlan;
        head.bytes = Buffer.from(wild, "latin1");
        head.pathStart = 0;
        head.pathEnd = head.bytes.length;
        const edits = new FieldEdits();
        createHeadersPolicy({ request: { set: { "X-A": "${client.address}${route}${path}" } } }).onRequest(
          head,
          edits,
          exchange,
        );
        const line = edits.added.bytes.latin1Slice(0, edits.added.length);
        expect(line).toMatch(/^X-A: [^\x00-\x1f\x7f]*\r\n$/);
      }),
    );
  });

  test("more than fits is refused, not cut off", () => {
    const head = requestHead(`/${"a".repeat(9000)}`, [["Host", "a"]]);
    const policy = createHeadersPolicy({ request: { set: { "X-A": "${path}${path}" } } });
    expect(() => policy.onRequest(head, new FieldEdits(), exchangeFor(head))).toThrow(RangeError);
  });
});

describe("options", () => {
  const refused: ReadonlyArray<readonly [string, HeadersOptions, RegExp]> = [
    ["a name with a space", { request: { remove: ["a b"] } }, /request\.remove\.0: "a b" is not a field name/],
    ["an empty name", { request: { set: { "": "x" } } }, /not a field name/],
    ["a line break in a name", { reply: { add: { "a\r\nb": "x" } } }, /"a\\u\{d\}\\u\{a\}b" is not a field name/],
    ["a line break in a value", { reply: { add: { a: "x\r\nSet-Cookie: y" } } }, /reply\.add\.a: .*line break/],
    ["NUL in a value", { reply: { add: { a: "x\0" } } }, /printable ASCII.*\\u\{0\}/],
    ["text beyond ASCII", { reply: { add: { a: "é" } } }, /printable ASCII/],
    ["white space around a value", { reply: { add: { a: " x" } } }, /white space/],
    [
      "an unknown variable",
      { request: { set: { a: "${hots}" } } },
      /unknown variable "\$\{hots\}"; there are .*\$\{host\}/,
    ],
    [
      "nginx's variable",
      { request: { set: { a: "$remote_addr" } } },
      /"\$remote_addr" is written "\$\{client\.address\}"/,
    ],
    ["an open variable", { request: { set: { a: "${host" } } }, /has no "}"/],
    ["a second Host", { request: { add: { host: "x" } } }, /exactly one Host.*"set"/],
    ["no Host", { request: { remove: ["HOST"] } }, /exactly one Host/],
    ["Host in a reply", { reply: { set: { Host: "x" } } }, /requests only/],
    ["the same name twice", { request: { set: { "X-A": "1", "x-a": "2" } } }, /same field/],
    ["more than fits", { reply: { set: { a: "x".repeat(17_000) } } }, /at most 16384 bytes/],
  ];

  test.each(refused)("%s is refused", (_, options, message) => {
    expect(() => createHeadersPolicy(options)).toThrow(message);
    expect(headersSchema.safeParse(options).success).toBeFalse();
  });

  test.each(
    "Connection Transfer-Encoding content-length Keep-Alive Upgrade TE Trailer Proxy-Connection Expect".split(" "),
  )("%s is refused in any edit", (name) => {
    for (const direction of ["request", "reply"]) {
      for (const edits of [{ remove: [name] }, { set: { [name]: "x" } }, { add: { [name]: "x" } }]) {
        expect(() => createHeadersPolicy({ [direction]: edits })).toThrow(/written by Roundtrip itself/);
      }
    }
  });

  test("the schema says where in the options", () => {
    const result = headersSchema.safeParse({ reply: { set: { "X-A": "1", "X-B": "a\nb" } } });
    expect(result.error?.issues.map((issue) => issue.path)).toEqual([["reply", "set", "X-B"]]);
    expect(headersSchema.safeParse({ replies: {} }).success).toBeFalse();
    expect(headersSchema.safeParse({}).success).toBeFalse();
    expect(headersSchema.parse({ reply: { add: { "X-A": "1" } } })).toEqual({ reply: { add: { "X-A": "1" } } });
  });

  test("describe says it in words", () => {
    const policy = createHeadersPolicy({
      request: { remove: ["A", "B"] },
      reply: { set: { C: "1" }, add: { D: "2" } },
    });
    expect(policy.describe()).toBe('request: removes A, B; reply: sets C to "1", adds D "2"');
  });
});

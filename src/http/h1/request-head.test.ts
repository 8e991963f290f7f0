import { describe, expect, test } from "bun:test";
import { FieldId } from "../../contract/field-id.ts";
import { FIELD_STRIDE, RequestHead } from "../../contract/head.ts";
import { METHOD_NAMES } from "../../contract/method.ts";
import { Protocol } from "../../contract/protocol.ts";
import { facts } from "./message-facts.ts";
import { parseRequestHead } from "./request-head.ts";
import { forwardedLines, getRequest, latin1, parseRequest, requestFault, TEST_LIMITS } from "./testing.ts";

describe("a usual head", () => {
  const text =
    "POST /a/b?c=d HTTP/1.1\r\nHost: example.com:8080\r\nX-One:1\r\nx-one: \t2 \t\r\nContent-Length: 0\r\n\r\n";
  const head = parseRequest(text);

  test("is read as it lies", () => {
    expect(head.methodName()).toBe("POST");
    expect(METHOD_NAMES[head.method]).toBe("POST");
    expect(head.target()).toBe("/a/b?c=d");
    expect(head.path()).toBe("/a/b");
    expect(head.query()).toBe("c=d");
    expect(head.host()).toBe("example.com");
    expect(head.authority()).toBe("example.com:8080");
    expect([head.protocol, head.receivedProtocol]).toEqual([Protocol.http11, "1.1"]);
    expect(head.plainPath).toBe(true);
    expect(head.contentLength).toBe(0);
  });

  test("keeps case, order and duplicates", () => {
    expect(head.entries()).toEqual([
      ["Host", "example.com:8080"],
      ["X-One", "1"],
      ["x-one", "2"],
      ["Content-Length", "0"],
    ]);
    expect(forwardedLines(head)).toBe(text.slice(text.indexOf("Host"), -2));
    expect(head.runLength).toBe(2);
  });

  test("bytes above 0x7f pass in values", () => {
    expect(parseRequest(getRequest("Host: a\r\nX: \xe4\xff\x80\r\n")).get("x")).toBe("\xe4\xff\x80");
  });

  test("an empty value is a value", () => {
    expect(parseRequest(getRequest("Host: a\r\nX:\r\nY: \r\n")).entries().slice(1)).toEqual([
      ["X", ""],
      ["Y", ""],
    ]);
  });

  test("a clone outlives the buffer", () => {
    const clone = head.clone();
    head.bytes.fill(0x7a);
    expect(clone.target()).toBe("/a/b?c=d");
    expect(clone.get("host")).toBe("example.com:8080");
  });
});

describe("Host (RFC 9112 §3.2)", () => {
  const cases: ReadonlyArray<readonly [fields: string, outcome: string]> = [
    ["", "fault host-missing"],
    ["Host: a\r\nHost: a\r\n", "fault host-repeated"],
    ["Host:\r\n", "fault host-invalid"],
    ["Host: a b\r\n", "fault host-invalid"],
    ["Host: a/b\r\n", "fault host-invalid"],
    ["Host: u@a\r\n", "fault host-invalid"],
    ["Host: a:b\r\n", "fault host-invalid"],
    ["Host: a:65536\r\n", "fault host-invalid"],
    ["Host: a:1:2\r\n", "fault host-invalid"],
    ["Host: [::1\r\n", "fault host-invalid"],
    ["Host: \xe4\r\n", "fault host-invalid"],
  ];
  for (const [fields, outcome] of cases) {
    test(`${JSON.stringify(fields)}: ${outcome}`, () => expect(requestFault(getRequest(fields))).toBe(outcome));
  }

  test("may be absent in HTTP/1.0, not wrong", () => {
    const head = parseRequest(getRequest("", "HTTP/1.0"));
    expect([head.hostField, head.authority(), head.host()]).toEqual([-1, "", ""]);
    expect(requestFault(getRequest("Host: a b\r\n", "HTTP/1.0"))).toBe("fault host-invalid");
    expect(requestFault(getRequest("Host: a\r\nHost: b\r\n", "HTTP/1.0"))).toBe("fault host-repeated");
  });
});

describe("what the fields say", () => {
  test("Expect", () => {
    expect(parseRequest(getRequest("Host: a\r\nExpect: 100-Continue\r\n")).expectContinue).toBe(true);
    expect(forwardedLines(parseRequest(getRequest("Host: a\r\nExpect: 100-continue\r\n")))).toContain("Expect");
    expect(parseRequest(getRequest("Expect: 100-continue\r\n", "HTTP/1.0")).expectContinue).toBe(false);
    expect(requestFault(getRequest("Host: a\r\nExpect: x\r\n"))).toBe("fault expectation-unknown");
  });

  test("Connection", () => {
    const persistent = (fields: string, version = "HTTP/1.1"): boolean => {
      parseRequest(getRequest(`Host: a\r\n${fields}`, version));
      return facts.persistent;
    };
    expect(persistent("")).toBe(true);
    expect(persistent("Connection: Close\r\n")).toBe(false);
    expect(persistent("Connection: keep-alive , ,close\r\n")).toBe(false);
    expect(persistent("Connection: closed, xclose\r\n")).toBe(true);
    expect(persistent("Connection: close\r\nX: 1\r\nConnection: x\r\nConnection: y\r\n")).toBe(false);
    expect(persistent("Connection: x\r\nConnection: close\r\n")).toBe(false);
    // RFC 9112 §9.3: HTTP/1.0 goes on only when it is asked for.
    expect(persistent("", "HTTP/1.0")).toBe(false);
    expect(persistent("Connection: Keep-Alive\r\n", "HTTP/1.0")).toBe(true);
    expect(persistent("Connection: keep-alive, close\r\n", "HTTP/1.0")).toBe(false);
  });

  test("Upgrade counts when Connection names it, in HTTP/1.1", () => {
    const head = parseRequest(getRequest("Host: a\r\nConnection: x, Upgrade\r\nUpgrade: websocket\r\n"));
    expect([head.upgrade, head.upgradeProtocols()]).toEqual([true, "websocket"]);
    expect(parseRequest(getRequest("Host: a\r\nUpgrade: websocket\r\n")).upgrade).toBe(false);
    expect(parseRequest(getRequest("Host: a\r\nConnection: upgrade\r\n")).upgrade).toBe(false);
    expect(parseRequest(getRequest("Connection: upgrade\r\nUpgrade: websocket\r\n", "HTTP/1.0")).upgrade).toBe(false);
  });

  test("places of the fields that later stages look at", () => {
    const head = parseRequest(
      getRequest(
        "Host: a\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\ntraceparent: t\r\nRoundtrip-Explain: k\r\nTE: trailers\r\nDate: d\r\n",
      ),
    );
    expect(head.value(head.forwardedForField)).toBe("1.1.1.1");
    expect(head.value(head.find(FieldId.xForwardedFor, head.forwardedForField + FIELD_STRIDE))).toBe("2.2.2.2");
    expect(head.value(head.traceparentField)).toBe("t");
    expect(head.value(head.explainField)).toBe("k");
    expect([head.hasForwarding, head.hasDate]).toEqual([true, true]);
    expect(forwardedLines(head)).toBe("Host: a\r\nDate: d\r\n");
  });

  test("nothing is left over from the head before", () => {
    const shared = new RequestHead();
    const full = latin1(
      "GET http://b/%41/../x HTTP/1.1\r\nHost: a\r\nConnection: close, upgrade\r\nUpgrade: x\r\nExpect: 100-continue\r\nTE: trailers\r\nX-Forwarded-For: 1\r\ntraceparent: t\r\nroundtrip-explain: k\r\nDate: d\r\nContent-Length: 5\r\n\r\n",
    );
    const plain = latin1("GET / HTTP/1.0\r\n\r\n");
    expect(parseRequestHead(full, 0, full.length, shared, TEST_LIMITS)).toBe(full.length);
    expect(parseRequestHead(plain, 0, plain.length, shared, TEST_LIMITS)).toBe(plain.length);
    const fresh = new RequestHead();
    expect(parseRequestHead(plain, 0, plain.length, fresh, TEST_LIMITS)).toBe(plain.length);
    for (const key of Object.keys(fresh) as Array<keyof RequestHead>) {
      if (key !== "offsets" && key !== "runs") expect([key, shared[key]]).toEqual([key, fresh[key]]);
    }
  });
});

describe("what goes on (RFC 9110 §7.6.1)", () => {
  test("not the fields of this hop, nor what the edge says itself", () => {
    const hop =
      "Connection: close\r\nKeep-Alive: 5\r\nProxy-Connection: x\r\nTE: gzip\r\nUpgrade: h2c\r\nProxy-Authorization: x\r\nProxy-Authenticate: x\r\n" +
      "X-Forwarded-For: x\r\nX-Forwarded-Proto: x\r\nX-Forwarded-Host: x\r\nX-Forwarded-Port: x\r\nX-Real-IP: x\r\nForwarded: x\r\ntraceparent: x\r\nRoundtrip-Explain: x\r\n";
    expect(forwardedLines(parseRequest(getRequest(`A: 1\r\nHost: a\r\n${hop}Via: 1.1 x\r\nTrailer: T\r\n`)))).toBe(
      "A: 1\r\nHost: a\r\nVia: 1.1 x\r\nTrailer: T\r\n",
    );
    expect(forwardedLines(parseRequest(getRequest(`${hop}Host: a\r\n`)))).toBe("Host: a\r\n");
    expect(forwardedLines(parseRequest(getRequest(hop, "HTTP/1.0")))).toBe("");
  });

  test("not the fields that Connection names", () => {
    const head = parseRequest(
      getRequest("X-A: 1\r\nHost: a\r\nConnection: x-a, X-B\r\nX-B: 2\r\nx-c: 3\r\nConnection: \tX-D\r\nX-d: 4\r\n"),
    );
    expect(forwardedLines(head)).toBe("Host: a\r\nx-c: 3\r\n");
  });

  test("Connection cannot remove what decides how the message is understood", () => {
    const fields =
      "Host: a\r\nContent-Length: 3\r\nAuthorization: x\r\nCookie: x\r\nCache-Control: x\r\nContent-Type: x\r\nContent-Encoding: x\r\nOrigin: x\r\nVia: x\r\n";
    const names = fields.replace(/: [^\r]*\r\n/g, ",");
    expect(forwardedLines(parseRequest(getRequest(`Connection: ${names}\r\n${fields}`)))).toBe(fields);
  });

  test("not Host beside an absolute target, also when Connection names others", () => {
    const head = parseRequest("GET http://b/ HTTP/1.1\r\nHost: a\r\nConnection: x\r\nX: 1\r\nY: 2\r\n\r\n");
    expect(forwardedLines(head)).toBe("Y: 2\r\n");
  });
});

test("a head is parsed anywhere in a buffer, and only within its bounds", () => {
  const text = getRequest("Host: a\r\nX: 1\r\n");
  const bytes = latin1(`zzz${text}${text}`);
  const head = new RequestHead();
  const after = parseRequestHead(bytes, 3, bytes.length, head, TEST_LIMITS);
  expect([head.start, head.end, after]).toEqual([3, 3 + text.length, 3 + text.length]);
  for (let end = 3; end < after; end++) expect(parseRequestHead(bytes, 3, end, head, TEST_LIMITS)).toBe(0);
  expect(parseRequestHead(bytes, after, bytes.length, head, TEST_LIMITS)).toBe(bytes.length);
});

test("a head that is refused is left as it came: it reads the same again", () => {
  for (const host of ["a..", ".", "a..:80"]) {
    const bytes = Buffer.from(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    const before = Buffer.from(bytes);
    const head = new RequestHead();
    const first = parseRequestHead(bytes, 0, bytes.length, head, TEST_LIMITS);
    expect(first).toBeLessThan(0);
    expect(bytes.equals(before)).toBe(true);
    expect(parseRequestHead(bytes, 0, bytes.length, head, TEST_LIMITS)).toBe(first);
  }
});

import { describe, expect, test } from "bun:test";
import { FieldId } from "../../contract/field-id.ts";
import { RequestHead, TargetForm } from "../../contract/head.ts";
import { METHOD_NAMES } from "../../contract/method.ts";
import { faultOf } from "../../fault/faults.ts";
import type { HeadLimits } from "./head-limits.ts";
import { parseRequestHead } from "./request-head.ts";
import { feedEveryWay, latin1, TEST_LIMITS } from "./testing.ts";

function parse(text: string, limits: HeadLimits = TEST_LIMITS): RequestHead {
  feedEveryWay("request", text, [], limits);
  const head = new RequestHead();
  const bytes = latin1(text);
  const result = parseRequestHead(bytes, 0, bytes.length, head, limits);
  expect(result < 0 ? faultOf(-result) : result).toBe(text.indexOf("\r\n\r\n", 8) + 4);
  return head;
}

function fault(text: string, limits: HeadLimits = TEST_LIMITS): string {
  const events = feedEveryWay("request", text, [], limits);
  return events.at(-1) ?? "nothing";
}

function forwarded(head: RequestHead): string {
  let text = "";
  for (let k = 0; k < head.runLength; k += 2) text += head.bytes.latin1Slice(head.runs[k], head.runs[k + 1]);
  return text;
}

const get = (fields: string, version = "HTTP/1.1"): string => `GET / ${version}\r\n${fields}\r\n`;

describe("a usual head", () => {
  const text =
    "POST /a/b?c=d HTTP/1.1\r\nHost: example.com:8080\r\nX-One:1\r\nx-one: \t2 \t\r\nContent-Length: 0\r\n\r\n";
  const head = parse(text);

  test("is read as it lies", () => {
    expect(head.methodName()).toBe("POST");
    expect(METHOD_NAMES[head.method]).toBe("POST");
    expect(head.target()).toBe("/a/b?c=d");
    expect(head.path()).toBe("/a/b");
    expect(head.query()).toBe("c=d");
    expect(head.host()).toBe("example.com");
    expect(head.authority()).toBe("example.com:8080");
    expect(head.minor).toBe(1);
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
    expect(forwarded(head)).toBe(text.slice(text.indexOf("Host"), -2));
    expect(head.runLength).toBe(2);
  });

  test("bytes above 0x7f pass in values", () => {
    expect(parse(get("Host: a\r\nX: \xe4\xff\x80\r\n")).get("x")).toBe("\xe4\xff\x80");
  });

  test("an empty value is a value", () => {
    expect(parse(get("Host: a\r\nX:\r\nY: \r\n")).entries().slice(1)).toEqual([
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

test("every method has its number, any other token none", () => {
  for (const [number, name] of METHOD_NAMES.entries()) {
    if (name === "") continue;
    const target = name === "CONNECT" ? "a:1" : "/";
    expect(parse(`${name} ${target} HTTP/1.1\r\nHost: a\r\n\r\n`).method as number).toBe(number);
  }
  for (const name of [
    "get",
    "PURGE",
    "GE",
    "GETS",
    "HEAP",
    "PATCX",
    "DELETF",
    "OPTIONZ",
    "M-SEARCH",
    "!#$%&'*+-.^_`|~",
  ]) {
    expect(parse(`${name} / HTTP/1.1\r\nHost: a\r\n\r\n`).method).toBe(0);
  }
});

describe("request line", () => {
  const cases: ReadonlyArray<readonly [line: string, fault: string]> = [
    ["GET  / HTTP/1.1", "request-line-malformed"],
    ["GET /  HTTP/1.1", "request-line-malformed"],
    ["GET / HTTP/1.1 ", "request-line-malformed"],
    [" GET / HTTP/1.1", "request-line-malformed"],
    ["GET /", "request-line-malformed"],
    ["GET", "request-line-malformed"],
    ["GET / a HTTP/1.1", "version-malformed"],
    ["GET\t/ HTTP/1.1", "method-invalid"],
    ["G\x00T / HTTP/1.1", "method-invalid"],
    ["G(T / HTTP/1.1", "method-invalid"],
    ["\x16\x03\x01\x02 / HTTP/1.1", "method-invalid"],
    [`${"A".repeat(65)} / HTTP/1.1`, "method-invalid"],
    ["GET /\x00 HTTP/1.1", "target-invalid"],
    ["GET /\x7f HTTP/1.1", "target-invalid"],
    ["GET /\xe4 HTTP/1.1", "target-invalid"],
    ["GET /\t HTTP/1.1", "target-invalid"],
    ["GET /a#b HTTP/1.1", "target-invalid"],
    ["GET /a?b#c HTTP/1.1", "target-invalid"],
    ["GET a HTTP/1.1", "target-invalid"],
    ["GET ?a HTTP/1.1", "target-invalid"],
    ["GET example.com:80 HTTP/1.1", "target-invalid"],
    ["GET * HTTP/1.1", "target-invalid"],
    ["OPTIONS ** HTTP/1.1", "target-invalid"],
    ["CONNECT / HTTP/1.1", "target-invalid"],
    ["CONNECT a HTTP/1.1", "target-invalid"],
    ["CONNECT a: HTTP/1.1", "target-invalid"],
    ["CONNECT http://a/ HTTP/1.1", "target-invalid"],
    ["GET ftp://a/ HTTP/1.1", "target-invalid"],
    ["GET http:/a HTTP/1.1", "target-invalid"],
    ["GET http:// HTTP/1.1", "target-invalid"],
    ["GET http:///a HTTP/1.1", "target-invalid"],
    ["GET http://u@a/ HTTP/1.1", "target-invalid"],
    ["GET http://a:99999/ HTTP/1.1", "target-invalid"],
    ["GET http://a\\b/ HTTP/1.1", "target-invalid"],
    ["GET /%2 HTTP/1.1", "target-invalid"],
    ["GET /%zz HTTP/1.1", "target-invalid"],
    ["GET /a%2f..%2fb HTTP/1.1", "target-ambiguous"],
    ["GET / HTTP/2.0", "version-unsupported"],
    ["PRI * HTTP/2.0", "version-unsupported"],
    ["GET / HTTP/0.9", "version-unsupported"],
    ["GET / HTTP/1.", "version-malformed"],
    ["GET / HTTP/1", "version-malformed"],
    ["GET / HTTP/1.10", "version-malformed"],
    ["GET / HTTP/11.1", "version-malformed"],
    ["GET / HTTP/a.1", "version-malformed"],
    ["GET / HTTP/1,1", "version-malformed"],
    ["GET / http/1.1", "version-malformed"],
    ["GET / HTTPS/1.1", "version-malformed"],
    ["GET / XX", "version-malformed"],
    ["GET / HTTP/1.1\r", "line-ending-invalid"],
    ["GET / HTTP/1.1\n", "line-ending-invalid"],
  ];
  for (const [line, expected] of cases) {
    test(`${JSON.stringify(line.slice(0, 40))} is ${expected}`, () => {
      expect(fault(`${line}\r\nHost: a\r\n\r\n`)).toBe(`fault ${expected}`);
    });
  }

  test("a bare LF ends no line", () => {
    expect(fault("GET / HTTP/1.1\nHost: a\n\n")).toBe("fault line-ending-invalid");
    expect(fault("GET / HTTP/1.1\r\nHost: a\n\n")).toBe("fault line-ending-invalid");
    expect(fault("GET / HTTP/1.1\r\nHost: a\r\n\n")).toBe("fault line-ending-invalid");
    expect(fault("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")).toBe("fault line-ending-invalid");
  });

  test("a few empty lines before it are ignored (RFC 9112 §2.2)", () => {
    expect(feedEveryWay("request", `\r\n\r\n${get("Host: a\r\n")}`)).toHaveLength(2);
    expect(fault("\r\n".repeat(5) + get("Host: a\r\n"))).toBe("fault request-line-malformed");
    expect(fault(`\r${get("Host: a\r\n")}`)).toBe("fault line-ending-invalid");
  });

  test("a higher minor version is read as 1.1", () => {
    expect(parse("GET / HTTP/1.2\r\nHost: a\r\n\r\n").minor).toBe(1);
    expect(parse("GET / HTTP/1.0\r\n\r\n").minor).toBe(0);
  });
});

describe("target forms (RFC 9112 §3.2)", () => {
  test("absolute-form: its authority overrides Host, which is not passed on", () => {
    const head = parse("GET HTTP://Www.Example.org:81/pub/../a?b HTTP/1.1\r\nX: 1\r\nHost: other\r\nY: 2\r\n\r\n");
    expect(head.form).toBe(TargetForm.absolute);
    expect(head.authority()).toBe("Www.Example.org:81");
    expect(head.host()).toBe("Www.Example.org");
    expect(head.path()).toBe("/a");
    expect(head.query()).toBe("b");
    expect(forwarded(head)).toBe("X: 1\r\nY: 2\r\n");
    expect(head.hostField).toBeGreaterThanOrEqual(0);
  });

  test("absolute-form without a path", () => {
    const bare = parse("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n");
    expect([bare.path(), bare.query(), bare.pathStart === bare.pathEnd]).toEqual(["/", "", true]);
    const query = parse("GET http://a?b/c HTTP/1.1\r\nHost: a\r\n\r\n");
    expect([query.path(), query.query()]).toEqual(["/", "b/c"]);
    expect(parse("GET https://[::1]:8443/x HTTP/1.1\r\nHost: a\r\n\r\n").host()).toBe("[::1]");
  });

  test("authority-form for CONNECT", () => {
    const head = parse("CONNECT www.example.com:80 HTTP/1.1\r\nHost: www.example.com\r\n\r\n");
    expect([head.form, head.authority(), head.host()]).toEqual([
      TargetForm.authority,
      "www.example.com:80",
      "www.example.com",
    ]);
  });

  test("asterisk-form for OPTIONS", () => {
    const head = parse("OPTIONS * HTTP/1.1\r\nHost: www.example.org:8001\r\n\r\n");
    expect([head.form, head.path(), head.authority()]).toEqual([TargetForm.asterisk, "*", "www.example.org:8001"]);
  });

  test("visible characters outside RFC 3986 pass, since many clients send them", () => {
    expect(parse('GET /a|b{c}"^`<>?[x]=\\%zz HTTP/1.1\r\nHost: a\r\n\r\n').plainPath).toBe(true);
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
    test(`${JSON.stringify(fields)}: ${outcome}`, () => expect(fault(get(fields))).toBe(outcome));
  }

  test("may be absent in HTTP/1.0, not wrong", () => {
    const head = parse(get("", "HTTP/1.0"));
    expect([head.hostField, head.authority(), head.host()]).toEqual([-1, "", ""]);
    expect(fault(get("Host: a b\r\n", "HTTP/1.0"))).toBe("fault host-invalid");
    expect(fault(get("Host: a\r\nHost: b\r\n", "HTTP/1.0"))).toBe("fault host-repeated");
  });
});

describe("field lines (RFC 9112 §5)", () => {
  const cases: ReadonlyArray<readonly [lines: string, outcome: string]> = [
    ["X : 1\r\n", "field-name-space"],
    ["X\t: 1\r\n", "field-name-space"],
    [" X: 1\r\n", "field-folded"],
    ["X: 1\r\n 2\r\n", "field-folded"],
    ["X: 1\r\n\t2\r\n", "field-folded"],
    [": 1\r\n", "field-name-invalid"],
    ["X\r\n", "field-name-invalid"],
    ["X(: 1\r\n", "field-name-invalid"],
    ["X\x00: 1\r\n", "field-name-invalid"],
    ["\xe4: 1\r\n", "field-name-invalid"],
    ["X: a\x00b\r\n", "field-value-invalid"],
    ["X: a\x1fb\r\n", "field-value-invalid"],
    ["X: a\x7fb\r\n", "field-value-invalid"],
    ["X: a\rb\r\n", "line-ending-invalid"],
    ["X: a\nb: c\r\n", "line-ending-invalid"],
    ["X: a\r\rY: b\r\n", "line-ending-invalid"],
    ["\rX: a\r\n", "line-ending-invalid"],
  ];
  for (const [lines, expected] of cases) {
    test(`${JSON.stringify(lines)} is ${expected}`, () => {
      expect(fault(get(`Host: a\r\n${lines}`))).toBe(`fault ${expected}`);
      expect(fault(get(`${lines}Host: a\r\n`))).toBe(`fault ${expected}`);
    });
  }
});

describe("framing fields (RFC 9112 §6)", () => {
  const chunked = "Transfer-Encoding: chunked\r\n";
  const cases: ReadonlyArray<readonly [fields: string, outcome: string]> = [
    ["Content-Length: 5\r\nContent-Length: 5\r\n", "content-length-repeated"],
    ["Content-Length: 5\r\nContent-Length: 6\r\n", "content-length-repeated"],
    ["Content-Length:\r\n", "content-length-invalid"],
    ["Content-Length: +5\r\n", "content-length-invalid"],
    ["Content-Length: -5\r\n", "content-length-invalid"],
    ["Content-Length: 0x5\r\n", "content-length-invalid"],
    ["Content-Length: 5 5\r\n", "content-length-invalid"],
    ["Content-Length: 5, 5\r\n", "content-length-invalid"],
    ["Content-Length: 1e2\r\n", "content-length-invalid"],
    ["Content-Length: 1234567890123456\r\n", "content-length-invalid"],
    [`${chunked}Content-Length: 5\r\n`, "transfer-encoding-with-length"],
    [`Content-Length: 0\r\n${chunked}`, "transfer-encoding-with-length"],
    [`Content-Length: 5\r\nTransfer-Encoding: x\r\n`, "transfer-encoding-with-length"],
    [chunked + chunked, "transfer-encoding-invalid"],
    ["Transfer-Encoding: chunked, chunked\r\n", "transfer-encoding-invalid"],
    ["Transfer-Encoding: chunked, gzip\r\n", "transfer-encoding-invalid"],
    [`${chunked}Transfer-Encoding: gzip\r\n`, "transfer-encoding-invalid"],
    ["Transfer-Encoding:\r\n", "transfer-encoding-invalid"],
    ["Transfer-Encoding: chunked,\r\n", "transfer-encoding-invalid"],
    ["Transfer-Encoding: ,chunked\r\n", "transfer-encoding-invalid"],
    ["Transfer-Encoding: chunked;a=b\r\n", "transfer-encoding-invalid"],
    ["Transfer-Encoding: chunk ed\r\n", "transfer-encoding-invalid"],
    ['Transfer-Encoding: "chunked"\r\n', "transfer-encoding-invalid"],
    ["Transfer-Encoding: gzip, chunked\r\n", "transfer-encoding-unknown"],
    [`Transfer-Encoding: gzip\r\n${chunked}`, "transfer-encoding-unknown"],
    ["Transfer-Encoding: identity\r\n", "transfer-encoding-unknown"],
    ["Transfer-Encoding: xchunked\r\n", "transfer-encoding-unknown"],
    ["Transfer-Encoding: foo;q=1\r\n", "transfer-encoding-unknown"],
  ];
  for (const [fields, expected] of cases) {
    test(`${JSON.stringify(fields)} is ${expected}`, () => {
      expect(fault(get(`Host: a\r\n${fields}`))).toBe(`fault ${expected}`);
    });
  }

  test("accepted forms", () => {
    expect(parse(get("Host: a\r\nContent-Length: 000123\r\n")).contentLength).toBe(123);
    expect(parse(get("Host: a\r\nContent-Length: 999999999999999\r\n")).contentLength).toBe(999_999_999_999_999);
    const head = parse(get("Host: a\r\ntransfer-ENCODING: Chunked \r\n"));
    expect([head.chunked, head.contentLength, forwarded(head)]).toEqual([true, -1, "Host: a\r\n"]);
  });

  test("HTTP/1.0 has no Transfer-Encoding", () => {
    expect(fault(get(chunked, "HTTP/1.0"))).toBe("fault transfer-encoding-http10");
  });
});

describe("what the fields say", () => {
  test("Expect", () => {
    expect(parse(get("Host: a\r\nExpect: 100-Continue\r\n")).expectContinue).toBe(true);
    expect(forwarded(parse(get("Host: a\r\nExpect: 100-continue\r\n")))).toContain("Expect");
    expect(parse(get("Expect: 100-continue\r\n", "HTTP/1.0")).expectContinue).toBe(false);
    expect(fault(get("Host: a\r\nExpect: x\r\n"))).toBe("fault expectation-unknown");
  });

  test("Connection", () => {
    expect(parse(get("Host: a\r\nConnection: Close\r\n")).close).toBe(true);
    const both = parse(get("Host: a\r\nConnection: keep-alive , ,close\r\n"));
    expect([both.close, both.keepAlive]).toEqual([true, true]);
    expect(parse(get("Host: a\r\nConnection: closed, xclose\r\n")).close).toBe(false);
  });

  test("Upgrade counts when Connection names it, in HTTP/1.1", () => {
    const head = parse(get("Host: a\r\nConnection: x, Upgrade\r\nUpgrade: websocket\r\n"));
    expect([head.upgrade, head.value(head.upgradeField)]).toEqual([true, "websocket"]);
    expect(parse(get("Host: a\r\nUpgrade: websocket\r\n")).upgrade).toBe(false);
    expect(parse(get("Host: a\r\nConnection: upgrade\r\n")).upgrade).toBe(false);
    expect(parse(get("Connection: upgrade\r\nUpgrade: websocket\r\n", "HTTP/1.0")).upgrade).toBe(false);
  });

  test("places of the fields that later stages look at", () => {
    const head = parse(
      get(
        "Host: a\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\ntraceparent: t\r\nRoundtrip-Explain: k\r\nTE: trailers\r\nDate: d\r\n",
      ),
    );
    expect(head.value(head.forwardedForField)).toBe("1.1.1.1");
    expect(head.value(head.find(FieldId.xForwardedFor, head.forwardedForField + 5))).toBe("2.2.2.2");
    expect(head.value(head.traceparentField)).toBe("t");
    expect(head.value(head.explainField)).toBe("k");
    expect([head.hasForwarding, head.teTrailers, head.hasDate]).toEqual([true, true, true]);
    expect(forwarded(head)).toBe("Host: a\r\nDate: d\r\n");
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
    expect(forwarded(parse(get(`A: 1\r\nHost: a\r\n${hop}Via: 1.1 x\r\nTrailer: T\r\n`)))).toBe(
      "A: 1\r\nHost: a\r\nVia: 1.1 x\r\nTrailer: T\r\n",
    );
    expect(forwarded(parse(get(`${hop}Host: a\r\n`)))).toBe("Host: a\r\n");
    expect(forwarded(parse(get(hop, "HTTP/1.0")))).toBe("");
  });

  test("not the fields that Connection names", () => {
    const head = parse(
      get("X-A: 1\r\nHost: a\r\nConnection: x-a, X-B\r\nX-B: 2\r\nx-c: 3\r\nConnection: \tX-D\r\nX-d: 4\r\n"),
    );
    expect(forwarded(head)).toBe("Host: a\r\nx-c: 3\r\n");
  });

  test("Connection can not remove what decides how the message is understood", () => {
    const fields =
      "Host: a\r\nContent-Length: 3\r\nAuthorization: x\r\nCookie: x\r\nCache-Control: x\r\nContent-Type: x\r\nContent-Encoding: x\r\nOrigin: x\r\nVia: x\r\n";
    const names = fields.replace(/: [^\r]*\r\n/g, ",");
    expect(forwarded(parse(get(`Connection: ${names}\r\n${fields}`)))).toBe(fields);
  });

  test("not Host beside an absolute target, also when Connection names others", () => {
    const head = parse("GET http://b/ HTTP/1.1\r\nHost: a\r\nConnection: x\r\nX: 1\r\nY: 2\r\n\r\n");
    expect(forwarded(head)).toBe("Y: 2\r\n");
  });
});

describe("limits", () => {
  const limits: HeadLimits = { requestLine: 30, field: 20, fields: 3, head: 80 };
  // "GET /… HTTP/1.1" without its CRLF.
  const line = (length: number): string => `GET /${"a".repeat(length - 14)} HTTP/1.1`;
  const field = (length: number): string => `X:${"a".repeat(length - 2)}\r\n`;

  test("request line: exactly the limit passes, one more is 414", () => {
    expect(parse(`${line(30)}\r\nHost: a\r\n\r\n`, limits).target()).toHaveLength(17);
    expect(fault(`${line(31)}\r\nHost: a\r\n\r\n`, limits)).toBe("fault target-too-long");
    expect(fault(line(29).replace(" HTTP/1.1", "b".repeat(12)), limits)).toBe("fault target-too-long");
    expect(fault("A".repeat(31), limits)).toBe("fault target-too-long");
  });

  test("request line: fires before its end has come", () => {
    expect(fault(`GET /${"a".repeat(26)}`, limits)).toBe("fault target-too-long");
    expect(fault(`GET /${"a".repeat(20)}`, limits)).toBe("truncated");
  });

  test("field line: exactly the limit passes, one more is 431", () => {
    expect(parse(`GET / HTTP/1.1\r\nHost: a\r\n${field(20)}\r\n`, limits).fieldCount).toBe(2);
    expect(fault(`GET / HTTP/1.1\r\nHost: a\r\n${field(21)}\r\n`, limits)).toBe("fault field-too-long");
    expect(fault(`GET / HTTP/1.1\r\nHost: a\r\n${"n".repeat(21)}`, limits)).toBe("fault field-too-long");
    expect(fault(`GET / HTTP/1.1\r\nHost: a\r\nX:${" ".repeat(19)}`, limits)).toBe("fault field-too-long");
  });

  test("number of fields", () => {
    expect(parse("GET / HTTP/1.1\r\nHost: a\r\nA:1\r\nB:2\r\n\r\n", limits).fieldCount).toBe(3);
    expect(fault("GET / HTTP/1.1\r\nHost: a\r\nA:1\r\nB:2\r\nC", limits)).toBe("fault fields-too-many");
  });

  test("the whole head: exactly the limit passes, one more is 431", () => {
    const head = (length: number): string => {
      const text = `${line(30)}\r\nHost: a\r\n${field(20)}`;
      return `${text}${field(length - text.length - 4)}\r\n`;
    };
    expect(head(80)).toHaveLength(80);
    expect(parse(head(80), limits).fieldCount).toBe(3);
    expect(fault(head(81), limits)).toBe("fault head-too-large");
    expect(fault(head(81).slice(0, 80), limits)).toBe("fault head-too-large");
    expect(fault(head(81).slice(0, 79), limits)).toBe("truncated");
  });

  test("the tables grow to the most fields", () => {
    const many = Array.from({ length: 999 }, (_, index) => `${index % 2 === 0 ? "X" : "TE"}: ${index}\r\n`).join("");
    const head = new RequestHead();
    const bytes = latin1(get(`Host: a\r\n${many}`));
    const wide = { ...TEST_LIMITS, fields: 5_000 };
    expect(parseRequestHead(bytes, 0, bytes.length, head, wide)).toBe(bytes.length);
    expect(head.fieldCount).toBe(1_000);
    expect(forwarded(head)).toBe(`Host: a\r\n${many.replace(/TE: \d+\r\n/g, "")}`);
    const more = latin1(get(`Host: a\r\n${many}Y: 1\r\n`));
    expect(faultOf(-parseRequestHead(more, 0, more.length, new RequestHead(), wide))).toBe("fields-too-many");
  });
});

test("a head is parsed anywhere in a buffer, and only within its bounds", () => {
  const text = get("Host: a\r\nX: 1\r\n");
  const bytes = latin1(`zzz${text}${text}`);
  const head = new RequestHead();
  const after = parseRequestHead(bytes, 3, bytes.length, head, TEST_LIMITS);
  expect([head.start, head.end, after]).toEqual([3, 3 + text.length, 3 + text.length]);
  for (let end = 3; end < after; end++) expect(parseRequestHead(bytes, 3, end, head, TEST_LIMITS)).toBe(0);
  expect(parseRequestHead(bytes, after, bytes.length, head, TEST_LIMITS)).toBe(bytes.length);
});

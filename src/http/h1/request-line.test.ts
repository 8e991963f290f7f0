import { describe, expect, test } from "bun:test";
import { TargetForm } from "../../contract/head.ts";
import { METHOD_NAMES } from "../../contract/method.ts";
import { Protocol } from "../../contract/protocol.ts";
import { feedEveryWay, forwardedLines, getRequest, parseRequest, requestFault } from "./testing.ts";

test("every method has its number, any other token none", () => {
  for (const [number, name] of METHOD_NAMES.entries()) {
    if (name === "") continue;
    const target = name === "CONNECT" ? "a:1" : "/";
    expect(parseRequest(`${name} ${target} HTTP/1.1\r\nHost: a\r\n\r\n`).method as number).toBe(number);
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
    expect(parseRequest(`${name} / HTTP/1.1\r\nHost: a\r\n\r\n`).method).toBe(0);
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
    ["GET /a%2f..%2fb HTTP/1.1", "target-escaped-slash"],
    ["GET /a\\b HTTP/1.1", "target-invalid"],
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
      expect(requestFault(`${line}\r\nHost: a\r\n\r\n`)).toBe(`fault ${expected}`);
    });
  }

  test("a bare LF ends no line", () => {
    expect(requestFault("GET / HTTP/1.1\nHost: a\n\n")).toBe("fault line-ending-invalid");
    expect(requestFault("GET / HTTP/1.1\r\nHost: a\n\n")).toBe("fault line-ending-invalid");
    expect(requestFault("GET / HTTP/1.1\r\nHost: a\r\n\n")).toBe("fault line-ending-invalid");
    expect(requestFault("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")).toBe("fault line-ending-invalid");
  });

  test("a few empty lines before it are ignored (RFC 9112 §2.2)", () => {
    expect(feedEveryWay("request", `\r\n\r\n${getRequest("Host: a\r\n")}`)).toHaveLength(2);
    expect(requestFault("\r\n".repeat(5) + getRequest("Host: a\r\n"))).toBe("fault request-line-malformed");
    expect(requestFault(`\r${getRequest("Host: a\r\n")}`)).toBe("fault line-ending-invalid");
  });

  test("a version has one digit on each side of its dot (RFC 9112 §2.3)", () => {
    for (const version of ["HTTP/01.01", "HTTP/01.1", "HTTP/1.01", "HTTP/10.1", "HTTP/20.0", "HTTP/1.", "HTTP/.1"])
      expect(requestFault(getRequest("Host: a\r\n", version))).toBe("fault version-malformed");
    for (const version of ["HTTP/0.9", "HTTP/2.0", "HTTP/2", "HTTP/9.9"])
      expect(requestFault(getRequest("Host: a\r\n", version))).toBe("fault version-unsupported");
  });

  test("a higher minor version is read as 1.1", () => {
    const higher = parseRequest("GET / HTTP/1.2\r\nHost: a\r\n\r\n");
    expect([higher.protocol, higher.receivedProtocol]).toEqual([Protocol.http11, "1.2"]);
    const old = parseRequest("GET / HTTP/1.0\r\n\r\n");
    expect([old.protocol, old.receivedProtocol]).toEqual([Protocol.http10, "1.0"]);
  });
});

describe("target forms (RFC 9112 §3.2)", () => {
  test("absolute-form: its authority overrides Host, which is not passed on", () => {
    const head = parseRequest(
      "GET HTTP://Www.Example.org:81/pub/../a?b HTTP/1.1\r\nX: 1\r\nHost: other\r\nY: 2\r\n\r\n",
    );
    expect(head.form).toBe(TargetForm.absolute);
    expect(head.authority()).toBe("Www.Example.org:81");
    expect(head.host()).toBe("Www.Example.org");
    expect(head.path()).toBe("/a");
    expect(head.query()).toBe("b");
    expect(forwardedLines(head)).toBe("X: 1\r\nY: 2\r\n");
    expect(head.hostField).toBeGreaterThanOrEqual(0);
  });

  test("absolute-form without a path", () => {
    const bare = parseRequest("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n");
    expect([bare.path(), bare.query(), bare.pathStart === bare.pathEnd]).toEqual(["/", "", true]);
    const query = parseRequest("GET http://a?b/c HTTP/1.1\r\nHost: a\r\n\r\n");
    expect([query.path(), query.query()]).toEqual(["/", "b/c"]);
    expect(parseRequest("GET https://[::1]:8443/x HTTP/1.1\r\nHost: a\r\n\r\n").host()).toBe("[::1]");
  });

  test("authority-form for CONNECT", () => {
    const head = parseRequest("CONNECT www.example.com:80 HTTP/1.1\r\nHost: www.example.com\r\n\r\n");
    expect([head.form, head.authority(), head.host()]).toEqual([
      TargetForm.authority,
      "www.example.com:80",
      "www.example.com",
    ]);
  });

  test("asterisk-form for OPTIONS", () => {
    const head = parseRequest("OPTIONS * HTTP/1.1\r\nHost: www.example.org:8001\r\n\r\n");
    expect([head.form, head.path(), head.authority()]).toEqual([TargetForm.asterisk, "*", "www.example.org:8001"]);
  });

  test("visible characters outside RFC 3986 pass in the query, and in the path those that browsers send", () => {
    expect(parseRequest('GET /a?|b{c}"^`<>?[x]=\\%zz HTTP/1.1\r\nHost: a\r\n\r\n').plainPath).toBe(true);
    expect(parseRequest("GET /a|b[c]^?d HTTP/1.1\r\nHost: a\r\n\r\n").path()).toBe("/a%7Cb%5Bc%5D%5E");
  });
});

import { describe, expect, test } from "bun:test";
import { ResponseHead } from "../../contract/head.ts";
import { Protocol } from "../../contract/protocol.ts";
import { faultOf } from "../../fault/faults.ts";
import type { HeadLimits } from "../head-limits.ts";
import { facts } from "./message-facts.ts";
import { responseFaultCause } from "../response-fault.ts";
import { parseResponseHead } from "./response-head.ts";
import { feedEveryWay, latin1, TEST_LIMITS } from "./testing.ts";

function parse(text: string, limits: HeadLimits = TEST_LIMITS): ResponseHead {
  feedEveryWay("response", text, [], limits);
  const head = new ResponseHead();
  const bytes = latin1(text);
  const result = parseResponseHead(bytes, 0, bytes.length, head, limits);
  expect(result < 0 ? faultOf(-result) : result).toBe(text.length);
  return head;
}

/** The fault and what caused it. */
function fault(text: string, limits: HeadLimits = TEST_LIMITS): string {
  const event = feedEveryWay("response", text, [], limits).at(-1) ?? "nothing";
  return event.startsWith("fault") ? `${event.slice(6)}: ${responseFaultCause()}` : event;
}

function forwarded(head: ResponseHead): string {
  let text = "";
  for (let k = 0; k < head.runLength; k += 2) text += head.bytes.latin1Slice(head.runs[k], head.runs[k + 1]);
  return text;
}

describe("Keep-Alive", () => {
  const said = (...lines: string[]): number[] => {
    const head = parse(`HTTP/1.1 200 OK\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`);
    expect(forwarded(head)).not.toMatch(/keep-alive:/i);
    return [facts.keepAliveTimeout, facts.keepAliveMax];
  };

  test("says how long, and for how many requests", () => {
    expect(said("Keep-Alive: timeout=5")).toEqual([5, -1]);
    expect(said("keep-alive: timeout=5, max=99")).toEqual([5, 99]);
    expect(said("Keep-Alive: MAX=0 , Timeout=15 ")).toEqual([15, 0]);
    expect(said("Keep-Alive: timeout=5", "Keep-Alive: max=3")).toEqual([5, 3]);
    expect(said("Keep-Alive: timeout=99999999999999999999")).toEqual([1_000_000_000, -1]);
  });

  test("that says nothing, or nonsense, is as if it were not there", () => {
    said("Keep-Alive: timeout=5, max=99");
    expect(said("X: y")).toEqual([-1, -1]);
    for (const value of [
      "",
      "300",
      "timeout",
      "timeout=",
      "timeout=-1",
      "timeout=1.5",
      "timeout=a",
      "timeouts=5",
      "=5",
      ",",
    ]) {
      expect(said(`Keep-Alive: ${value}`)).toEqual([-1, -1]);
    }
    expect(said("Keep-Alive: x=1, timeout=7,, max=x")).toEqual([7, -1]);
  });
});

describe("status line (RFC 9112 §4)", () => {
  test("is read", () => {
    const head = parse("HTTP/1.1 404 Not \xe4 Found\r\nServer-Timing: a\r\nDate: d\r\n\r\n");
    expect([head.status, head.protocol, head.hasDate, head.value(head.serverTimingField)]).toEqual([404, 1, true, "a"]);
    expect(parse("HTTP/1.0 200 \r\n\r\n").protocol).toBe(Protocol.http10);
    expect(parse("HTTP/1.1 200\r\n\r\n").status).toBe(200);
    expect(parse("HTTP/1.1 999 x\r\n\r\n").status).toBe(999);
  });

  const cases: ReadonlyArray<readonly [line: string, cause: string]> = [
    ["HTTP/2.0 200 OK", "version-unsupported"],
    ["HTTP/1.10 200 OK", "version-malformed"],
    ["HTTP/1 200 OK", "version-malformed"],
    ["http/1.1 200 OK", "version-malformed"],
    ["ICY 200 OK", "version-malformed"],
    ["HTTP/1.1  200 OK", "version-malformed"],
    ["HTTP/1.1 20 OK", "version-malformed"],
    ["HTTP/1.1 2000 OK", "version-malformed"],
    ["HTTP/1.1 099 OK", "version-malformed"],
    ["HTTP/1.1 2x0 OK", "version-malformed"],
    ["HTTP/1.1 200\tOK", "version-malformed"],
    ["HTTP/1.1 200 O\x00K", "version-malformed"],
    ["HTTP/1.1 200 O\rK", "line-ending-invalid"],
    ["HTTP/1.1 200 O\nK", "line-ending-invalid"],
    ["HTTP/1.1 200\n", "line-ending-invalid"],
    ["\r\nHTTP/1.1 200 OK", "version-malformed"],
  ];
  for (const [line, cause] of cases) {
    test(`${JSON.stringify(line)}: ${cause}`, () =>
      expect(fault(`${line}\r\n\r\n`)).toBe(`response-malformed: ${cause}`));
  }
});

describe("fields", () => {
  const cases: ReadonlyArray<readonly [fields: string, cause: string]> = [
    ["X : 1\r\n", "field-name-space"],
    ["X: 1\r\n 2\r\n", "field-folded"],
    ["X: a\x00\r\n", "field-value-invalid"],
    ["X: a\n", "line-ending-invalid"],
    ["Content-Length: 5\r\nContent-Length: 5\r\n", "content-length-repeated"],
    ["Content-Length: 5, 5\r\n", "content-length-invalid"],
    ["Content-Length: -1\r\n", "content-length-invalid"],
    ["Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "transfer-encoding-with-length"],
    ["Transfer-Encoding: gzip, chunked\r\n", "transfer-encoding-unknown"],
    ["Transfer-Encoding: chunked, gzip\r\n", "transfer-encoding-invalid"],
    ["Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "transfer-encoding-invalid"],
  ];
  for (const [fields, cause] of cases) {
    test(`${JSON.stringify(fields)}: ${cause}`, () => {
      expect(fault(`HTTP/1.1 200 OK\r\n${fields}\r\n`)).toBe(`response-malformed: ${cause}`);
    });
  }

  test("Transfer-Encoding in HTTP/1.0 is a framing error (RFC 9112 §6.1)", () => {
    expect(fault("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")).toBe(
      "response-malformed: transfer-encoding-http10",
    );
  });

  test("what goes on", () => {
    const head = parse(
      "HTTP/1.1 200 OK\r\nA: 1\r\nConnection: close, x-b\r\nKeep-Alive: 1\r\nContent-Length: 3\r\nX-B: 2\r\nUpgrade: x\r\nProxy-Connection: x\r\n" +
        "Proxy-Authenticate: x\r\nTrailer: T\r\nSet-Cookie: a\r\nset-cookie: b\r\nProxy-Status: p\r\n\r\n",
    );
    expect(forwarded(head)).toBe(
      "A: 1\r\nContent-Length: 3\r\nTrailer: T\r\nSet-Cookie: a\r\nset-cookie: b\r\nProxy-Status: p\r\n",
    );
    expect([facts.persistent, head.contentLength]).toEqual([false, 3]);
    expect(forwarded(parse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: 1\r\n\r\n"))).toBe("X: 1\r\n");
  });

  test("1xx and 204 lose a Content-Length (RFC 9110 §8.6); 304 keeps it", () => {
    expect(forwarded(parse("HTTP/1.1 204 No\r\nA: 1\r\nContent-Length: 3\r\nB: 2\r\n\r\n"))).toBe("A: 1\r\nB: 2\r\n");
    expect(forwarded(parse("HTTP/1.1 103 Hints\r\nContent-Length: 0\r\n\r\n"))).toBe("");
    expect(forwarded(parse("HTTP/1.1 204 No\r\nContent-Length: 3\r\nConnection: b\r\nB: 2\r\nC: 3\r\n\r\n"))).toBe(
      "C: 3\r\n",
    );
    expect(forwarded(parse("HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n"))).toBe("Content-Length: 3\r\n");
  });

  test("upgrade", () => {
    const head = parse("HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    expect([head.upgrade, head.upgradeProtocols(), head.runLength]).toEqual([true, "websocket", 0]);
  });
});

test("limits", () => {
  const limits: HeadLimits = { requestLine: 20, field: 12, fields: 2, head: 60 };
  expect(parse("HTTP/1.1 200 12345678\r\n\r\n".replace("8", ""), limits).status).toBe(200);
  expect(fault("HTTP/1.1 200 12345678\r\n\r\n", limits)).toBe("response-too-large: head-too-large");
  expect(fault("HTTP/1.1 200 OK\r\nX:12345678901", limits)).toBe("response-too-large: field-too-long");
  expect(fault("HTTP/1.1 200 OK\r\nA:1\r\nB:1\r\nC:1\r\n\r\n", limits)).toBe("response-too-large: fields-too-many");
  expect(fault(`HTTP/1.1 200 OK\r\n${"A:12345678\r\n".repeat(4)}`, { ...limits, fields: 9 })).toBe(
    "response-too-large: head-too-large",
  );
});

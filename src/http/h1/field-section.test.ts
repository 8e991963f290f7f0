import { describe, expect, test } from "bun:test";
import { RequestHead } from "../../contract/head.ts";
import { faultOf } from "../../fault/faults.ts";
import type { HeadLimits } from "../head-limits.ts";
import { parseRequestHead } from "./request-head.ts";
import { forwardedLines, getRequest, latin1, parseRequest, requestFault, TEST_LIMITS } from "./testing.ts";

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
      expect(requestFault(getRequest(`Host: a\r\n${lines}`))).toBe(`fault ${expected}`);
      expect(requestFault(getRequest(`${lines}Host: a\r\n`))).toBe(`fault ${expected}`);
    });
  }
});

describe("limits", () => {
  const limits: HeadLimits = { requestLine: 30, field: 20, fields: 3, head: 80 };
  // "GET /… HTTP/1.1" without its CRLF.
  const line = (length: number): string => `GET /${"a".repeat(length - 14)} HTTP/1.1`;
  const field = (length: number): string => `X:${"a".repeat(length - 2)}\r\n`;

  test("request line: exactly the limit passes, one more is 414", () => {
    expect(parseRequest(`${line(30)}\r\nHost: a\r\n\r\n`, limits).target()).toHaveLength(17);
    expect(requestFault(`${line(31)}\r\nHost: a\r\n\r\n`, limits)).toBe("fault target-too-long");
    expect(requestFault(line(29).replace(" HTTP/1.1", "b".repeat(12)), limits)).toBe("fault target-too-long");
    expect(requestFault("A".repeat(31), limits)).toBe("fault target-too-long");
  });

  test("request line: fires before its end has come", () => {
    expect(requestFault(`GET /${"a".repeat(26)}`, limits)).toBe("fault target-too-long");
    expect(requestFault(`GET /${"a".repeat(20)}`, limits)).toBe("truncated");
    expect(requestFault(line(36).slice(0, 31), limits)).toBe("fault target-too-long");
  });

  test("field line: exactly the limit passes, one more is 431", () => {
    expect(parseRequest(`GET / HTTP/1.1\r\nHost: a\r\n${field(20)}\r\n`, limits).fieldCount).toBe(2);
    expect(requestFault(`GET / HTTP/1.1\r\nHost: a\r\n${field(21)}\r\n`, limits)).toBe("fault field-too-long");
    for (const length of [22, 23, 24, 25]) {
      expect(requestFault(`GET / HTTP/1.1\r\nHost: a\r\n${field(length)}\r\n`, limits)).toBe("fault field-too-long");
    }
    expect(requestFault(`GET / HTTP/1.1\r\nHost: a\r\n${"n".repeat(21)}`, limits)).toBe("fault field-too-long");
    expect(requestFault(`GET / HTTP/1.1\r\nHost: a\r\nX:${" ".repeat(19)}`, limits)).toBe("fault field-too-long");
  });

  test("number of fields", () => {
    expect(parseRequest("GET / HTTP/1.1\r\nHost: a\r\nA:1\r\nB:2\r\n\r\n", limits).fieldCount).toBe(3);
    expect(requestFault("GET / HTTP/1.1\r\nHost: a\r\nA:1\r\nB:2\r\nC", limits)).toBe("fault fields-too-many");
  });

  test("the whole head: exactly the limit passes, one more is 431", () => {
    const head = (length: number): string => {
      const text = `${line(30)}\r\nHost: a\r\n${field(20)}`;
      return `${text}${field(length - text.length - 4)}\r\n`;
    };
    expect(head(80)).toHaveLength(80);
    expect(parseRequest(head(80), limits).fieldCount).toBe(3);
    expect(requestFault(head(81), limits)).toBe("fault head-too-large");
    expect(requestFault(head(81).slice(0, 80), limits)).toBe("fault head-too-large");
    expect(requestFault(head(81).slice(0, 79), limits)).toBe("truncated");
  });

  test("the tables grow to the most fields", () => {
    const many = Array.from({ length: 999 }, (_, index) => `${index % 2 === 0 ? "X" : "TE"}: ${index}\r\n`).join("");
    const head = new RequestHead();
    const bytes = latin1(getRequest(`Host: a\r\n${many}`));
    const wide = { ...TEST_LIMITS, fields: 5_000 };
    expect(parseRequestHead(bytes, 0, bytes.length, head, wide)).toBe(bytes.length);
    expect(head.fieldCount).toBe(1_000);
    expect(forwardedLines(head)).toBe(`Host: a\r\n${many.replace(/TE: \d+\r\n/g, "")}`);
    const more = latin1(getRequest(`Host: a\r\n${many}Y: 1\r\n`));
    expect(faultOf(-parseRequestHead(more, 0, more.length, new RequestHead(), wide))).toBe("fields-too-many");
  });
});

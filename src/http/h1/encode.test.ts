import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FieldEdits } from "../../contract/field-edits.ts";
import { FIELD_STRIDE, RequestHead } from "../../contract/head.ts";
import { copyFields, copyTarget, fieldsSize, targetSize, writeChunkSize, writeDecimal } from "./encode.ts";
import { parseRequestHead } from "./request-head.ts";
import { latin1, TEST_LIMITS } from "./testing.ts";

function parse(text: string): RequestHead {
  const head = new RequestHead();
  const bytes = latin1(text);
  expect(parseRequestHead(bytes, 0, bytes.length, head, TEST_LIMITS)).toBe(bytes.length);
  return head;
}

function fields(head: RequestHead, edits: FieldEdits | null): string {
  const into = Buffer.alloc(4_096, 0x7a);
  const end = copyFields(head, edits, into, 10);
  expect(end - 10).toBeLessThanOrEqual(fieldsSize(head, edits));
  expect(into[end]).toBe(0x7a);
  return into.latin1Slice(10, end);
}

describe("fields", () => {
  const text = "GET / HTTP/1.1\r\nA: 1\r\nHost: a\r\nConnection: x\r\nB:2 \r\nTE: x\r\nC: 3\r\nUpgrade: x\r\n\r\n";

  test("go on as they came", () => {
    const head = parse(text);
    expect(fields(head, null)).toBe("A: 1\r\nHost: a\r\nB:2 \r\nC: 3\r\n");
    expect(fields(head, new FieldEdits())).toBe("A: 1\r\nHost: a\r\nB:2 \r\nC: 3\r\n");
    expect(fields(head.clone(), null)).toBe("A: 1\r\nHost: a\r\nB:2 \r\nC: 3\r\n");
  });

  test("less those removed, and those added behind them", () => {
    const head = parse(text);
    const edits = new FieldEdits();
    edits.remove(0);
    edits.remove(3 * FIELD_STRIDE);
    // In no run: makes no difference.
    edits.remove(2 * FIELD_STRIDE);
    edits.addLines(latin1("D: 4\r\n"));
    expect(fields(head, edits)).toBe("Host: a\r\nC: 3\r\nD: 4\r\n");
    expect(fields(head.clone(), edits)).toBe("Host: a\r\nC: 3\r\nD: 4\r\n");
  });

  test("any choice of removed fields", () => {
    const names = ["A", "TE", "B", "Upgrade", "C", "Via"];
    const head = fc.array(fc.constantFrom(...names), { maxLength: 12 });
    fc.assert(
      fc.property(head, fc.array(fc.nat(12)), (list, removed) => {
        const lines = ["Host: h\r\n", ...list.map((name, index) => `${name}: ${index}\r\n`)];
        const parsed = parse(`GET / HTTP/1.1\r\n${lines.join("")}\r\n`);
        const edits = new FieldEdits();
        for (const index of removed) if (index < lines.length) edits.remove(index * FIELD_STRIDE);
        const expected = lines.filter((line, index) => !/^(TE|Upgrade):/.test(line) && !removed.includes(index));
        expect(fields(parsed, edits)).toBe(expected.join(""));
      }),
      { seed: 4, numRuns: 300 },
    );
  });
});

test("the target for the next hop", () => {
  const target = (line: string): string => {
    const head = parse(`${line} HTTP/1.1\r\nHost: a\r\n\r\n`);
    const into = Buffer.alloc(200);
    const end = copyTarget(head, into, 5);
    expect(end - 5).toBeLessThanOrEqual(targetSize(head));
    return into.latin1Slice(5, end);
  };
  expect(target("GET /a%41//b?c=../d//%41")).toBe("/aA/b?c=../d//%41");
  expect(target("GET /[a]|b")).toBe("/%5Ba%5D%7Cb");
  expect(target("GET http://[::1]/[a]//b")).toBe("/%5Ba%5D/b");
  expect(target("GET /a/../%41b?c=../d")).toBe("/Ab?c=../d");
  expect(target("GET http://h/a?b")).toBe("/a?b");
  expect(target("GET http://h")).toBe("/");
  expect(target("GET http://h?b/")).toBe("/?b/");
  expect(target("GET http://h/a/..")).toBe("/");
  expect(target("OPTIONS *")).toBe("*");
  expect(target("OPTIONS http://h")).toBe("*");
  expect(target("OPTIONS http://h?x")).toBe("/?x");
  expect(target("CONNECT h:1")).toBe("h:1");
});

test("numbers", () => {
  const into = Buffer.alloc(40);
  for (const value of [0, 1, 9, 10, 15, 16, 255, 256, 65_535, 2 ** 31, 2 ** 32 + 5, 2 ** 48 - 1]) {
    expect(into.latin1Slice(3, writeChunkSize(into, 3, value))).toBe(`${value.toString(16)}\r\n`);
  }
  for (const value of [0, 9, 10, 99, 100, 2 ** 31 - 1, 2 ** 31, 10 ** 15, Number.MAX_SAFE_INTEGER]) {
    const end = writeDecimal(into, 2, value);
    expect(into.latin1Slice(2, end)).toBe(String(value));
  }
});

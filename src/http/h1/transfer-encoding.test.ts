import { describe, expect, test } from "bun:test";
import { BodyLength } from "../../contract/body-length.ts";
import { forwardedLines, getRequest, parseRequest, requestFault } from "./testing.ts";

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
      expect(requestFault(getRequest(`Host: a\r\n${fields}`))).toBe(`fault ${expected}`);
    });
  }

  test("accepted forms", () => {
    expect(parseRequest(getRequest("Host: a\r\nContent-Length: 000123\r\n")).contentLength).toBe(123);
    expect(parseRequest(getRequest("Host: a\r\nContent-Length: 999999999999999\r\n")).contentLength).toBe(
      999_999_999_999_999,
    );
    const head = parseRequest(getRequest("Host: a\r\ntransfer-ENCODING: Chunked \r\n"));
    expect([head.bodyLength, head.contentLength, forwardedLines(head)]).toEqual([
      BodyLength.unknown,
      -1,
      "Host: a\r\n",
    ]);
  });

  test("HTTP/1.0 has no Transfer-Encoding", () => {
    expect(requestFault(getRequest(chunked, "HTTP/1.0"))).toBe("fault transfer-encoding-http10");
  });
});

/** Responses and trailers that came decoded. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";

import { ResponseHead } from "../../contract/head.ts";
import { Protocol } from "../../contract/protocol.ts";
import { faultOf } from "../../fault/faults.ts";
import { parseResponseHead } from "../h1/response-head.ts";
import { forwardedLines, latin1, TEST_LIMITS } from "../h1/testing.ts";
import { responseFaultCause } from "../response-fault.ts";
import { DecodedResponse } from "./decoded-head.ts";
import { DecodedTrailers } from "./trailer-fields.ts";
import { field, type Fields } from "./decoded-head-for-tests.ts";

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

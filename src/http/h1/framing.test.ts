import { expect, test } from "bun:test";
import { BodyLength } from "../../contract/body-length.ts";
import { ResponseHead } from "../../contract/head.ts";
import { Method } from "../../contract/method.ts";
import { responseLength } from "../status.ts";
import { BodyFraming, requestFraming, responseFraming } from "./framing.ts";

test("requests (RFC 9112 §6.3)", () => {
  expect(requestFraming(BodyLength.unknown)).toBe(BodyFraming.chunked);
  expect(requestFraming(5)).toBe(BodyFraming.length);
  expect(requestFraming(0)).toBe(BodyFraming.none);
  expect(requestFraming(BodyLength.none)).toBe(BodyFraming.none);
});

test("responses (RFC 9112 §6.3)", () => {
  const { none, length, chunked, untilClose } = BodyFraming;
  const cases: ReadonlyArray<readonly [Method, status: number, contentLength: number, chunked: boolean, BodyFraming]> =
    [
      [Method.GET, 200, 5, false, length],
      [Method.GET, 200, 0, false, none],
      [Method.GET, 200, -1, true, chunked],
      [Method.GET, 200, -1, false, untilClose],
      [Method.HEAD, 200, 5, false, none],
      [Method.HEAD, 200, -1, true, none],
      [Method.GET, 204, 5, false, none],
      [Method.GET, 304, 5, false, none],
      [Method.GET, 304, -1, true, none],
      [Method.GET, 100, -1, false, none],
      [Method.GET, 101, 5, false, none],
      [Method.CONNECT, 200, 5, false, none],
      [Method.CONNECT, 299, -1, true, none],
      [Method.CONNECT, 403, 5, false, length],
      [Method.CONNECT, 403, -1, false, untilClose],
      [Method.other, 205, 5, false, length],
    ];
  for (const [method, status, contentLength, isChunked, expected] of cases) {
    const head = Object.assign(new ResponseHead(), { status, contentLength });
    expect([method, status, responseFraming(responseLength(head, method), isChunked)]).toEqual([
      method,
      status,
      expected,
    ]);
  }
});

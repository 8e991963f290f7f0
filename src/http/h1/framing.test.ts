import { expect, test } from "bun:test";
import { BodyFraming } from "../../contract/exchange.ts";
import { RequestHead, ResponseHead } from "../../contract/head.ts";
import { Method } from "../../contract/method.ts";
import { isPersistent, requestFraming, responseFraming } from "./framing.ts";

test("requests (RFC 9112 §6.3)", () => {
  const request = (contentLength: number, chunked: boolean): BodyFraming =>
    requestFraming(Object.assign(new RequestHead(), { contentLength, chunked }));
  expect(request(-1, true)).toBe(BodyFraming.chunked);
  expect(request(5, false)).toBe(BodyFraming.length);
  expect(request(0, false)).toBe(BodyFraming.none);
  expect(request(-1, false)).toBe(BodyFraming.none);
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
    const head = Object.assign(new ResponseHead(), { status, contentLength, chunked: isChunked });
    expect([method, status, responseFraming(head, method)]).toEqual([method, status, expected]);
  }
});

test("persistence (RFC 9112 §9.3)", () => {
  const persistent = (minor: number, close: boolean, keepAlive: boolean): boolean =>
    isPersistent(Object.assign(new RequestHead(), { minor, close, keepAlive }));
  expect([persistent(1, false, false), persistent(1, true, false), persistent(1, true, true)]).toEqual([
    true,
    false,
    false,
  ]);
  expect([persistent(0, false, false), persistent(0, false, true), persistent(0, true, true)]).toEqual([
    false,
    true,
    false,
  ]);
});

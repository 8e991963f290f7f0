import { expect, test } from "bun:test";
import { BodyStart, judgeBody, MAX_BODY } from "./http-answer.ts";
import { HTTP } from "./servers-for-tests.ts";

test("no more of a body is kept than is read", () => {
  const body = new BodyStart();
  const piece = Buffer.alloc(40_000, 0x61);
  body.add(piece, 0, piece.length);
  expect([body.length, body.full]).toEqual([40_000, false]);
  body.add(piece, 0, piece.length);
  body.add(piece, 0, piece.length);
  expect([body.length, body.full]).toEqual([MAX_BODY, true]);
  expect(body.bytes()).toHaveLength(MAX_BODY);
});

test("what is kept is a copy of the range", () => {
  const body = new BodyStart();
  const bytes = Buffer.from("[ok]");
  body.add(bytes, 1, 3);
  bytes.fill(0);
  expect(body.bytes().toString()).toBe("ok");
});

test("a body is compared as UTF-8", () => {
  const body = new BodyStart();
  const bytes = Buffer.from("tout va bien à Köln");
  body.add(bytes, 0, bytes.length);
  expect(judgeBody(200, body, { ...HTTP, body: "Köln" })).toBe('200, body holds "Köln"');
  expect(judgeBody(200, body, { ...HTTP, body: /K.ln$/ })).toBe("200, body matches /K.ln$/");
});

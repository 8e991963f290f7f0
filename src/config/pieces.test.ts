import { expect, test } from "bun:test";
import fc from "fast-check";
import { PieceJoiner, piecesOf } from "./pieces.ts";

/** As from thread to thread. */
function across(value: unknown): { value: unknown; pieces: number } {
  const joiner = new PieceJoiner();
  let pieces = 0;
  for (const piece of piecesOf(value)) {
    joiner.take(structuredClone(piece));
    pieces++;
  }
  return { value: joiner.value, pieces };
}

test("any plain value is the same again", () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false, maxDepth: 6 }), (value) => {
      expect(across(value).value).toEqual(value);
    }),
  );
  expect(across({ a: [NaN, -Infinity, null, "", []], b: {} }).value).toEqual({
    a: [NaN, -Infinity, null, "", []],
    b: {},
  });
  expect(Object.keys(across(JSON.parse('{"__proto__": {"a": 1}}')).value as object)).toEqual(["__proto__"]);
});

test("a large one comes in many pieces, none of which is large", () => {
  const routes = Array.from({ length: 5000 }, (_, index) => ({ match: { path: `/${index}` }, respond: {} }));
  const deep = { dns: { zones: { "a.test": { records: Object.fromEntries(routes.map((_, at) => [`h${at}`, at])) } } } };
  const whole = { routes, ...deep };
  const result = across(whole);
  expect(result.value).toEqual(whole);
  expect(result.pieces).toBeGreaterThan(50);
  for (const piece of piecesOf(whole)) expect(JSON.stringify(piece).length).toBeLessThan(20_000);
});

test("what is within itself stays so, and comes to an end", () => {
  const circle: Record<string, unknown> = { list: Array.from({ length: 600 }, (_, index) => index) };
  circle["self"] = circle;
  const { value } = across(circle);
  expect((value as typeof circle)["list"]).toEqual(circle["list"]);
  expect((value as { self: { self: { list: unknown } } }).self.self.list).toEqual(circle["list"]);
});

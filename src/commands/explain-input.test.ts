import { expect, test } from "bun:test";
import { parseField, parseTarget, parseTraceId, portOf } from "./explain-input.ts";

test("parseTarget takes a URL, with http:// where none is said", () => {
  expect(parseTarget("http://shop.test/x?y").href).toBe("http://shop.test/x?y");
  expect(parseTarget("127.0.0.1:8080/x").href).toBe("http://127.0.0.1:8080/x");
  expect(parseTarget("localhost:8080").href).toBe("http://localhost:8080/");
  expect([parseTarget("a.test/"), parseTarget("a.test:81/")].map(portOf)).toEqual([80, 81]);
  expect(() => parseTarget("http://")).toThrow("is not a URL");
  expect(() => parseTarget("https://a.test/")).toThrow("https:// cannot be explained");
});

test("parseField splits at the first colon", () => {
  expect(parseField("X-A: b: c ")).toEqual(["X-A", "b: c"]);
  expect(parseField("X-A:")).toEqual(["X-A", ""]);
  expect(() => parseField("X-A")).toThrow("is not a field");
  expect(() => parseField(": x")).toThrow("is not a field");
});

test("parseTraceId takes the id, or a whole traceparent", () => {
  const id = "0af7651916cd43dd8448eb211c80319c";
  expect(parseTraceId(id)).toBe(id);
  expect(parseTraceId(` ${id.toUpperCase()}`)).toBe(id);
  expect(parseTraceId(`00-${id}-00f067aa0ba902b7-01`)).toBe(id);
  for (const wrong of ["", id.slice(1), `${id}0`, `${id}-x`])
    expect(() => parseTraceId(wrong)).toThrow("is not a trace id");
});

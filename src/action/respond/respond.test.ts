import { describe, expect, test } from "bun:test";
import { createRespond } from "./respond.ts";

describe("createRespond", () => {
  test("makes a text reply by default", () => {
    expect(createRespond({ body: "grüß dich" })).toEqual({
      status: 200,
      fields: [["Content-Type", "text/plain; charset=utf-8"]],
      body: { kind: "bytes", bytes: Buffer.from("grüß dich", "utf8") },
    });
  });

  test("without body there is no type", () => {
    expect(createRespond({ status: 204, contentType: "" })).toEqual({
      status: 204,
      fields: [],
      body: { kind: "none" },
    });
  });

  test("a Content-Type among the fields counts, in any case", () => {
    const { fields } = createRespond({
      body: "{}",
      contentType: "text/html",
      fields: { "content-TYPE": "application/json", "X-A": "1" },
    });
    expect(fields).toEqual([
      ["content-TYPE", "application/json"],
      ["X-A", "1"],
    ]);
  });

  test.each([
    [{ status: 101 }, /101/],
    [{ status: 200.5 }, /200\.5/],
    [{ status: 600 }, /600/],
    [{ status: 204, body: "x" }, /no body/],
    [{ fields: { "Content-Length": "3" } }, /Content-Length/],
    [{ fields: { "X-A": "a\r\nb" } }, /line break/],
    [{ contentType: "text/\r\n", body: "x" }, /line break/],
  ])("%p is refused", (options, message) => {
    expect(() => createRespond(options)).toThrow(message);
  });
});

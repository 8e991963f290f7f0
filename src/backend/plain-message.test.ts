import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { plainMessage } from "./plain-message.ts";

describe("a message that may be shown", () => {
  test.each([
    ["relation users does not exist", "relation users does not exist"],
    ['password authentication failed for user "shop"', 'password authentication failed for user "shop"'],
    ["connect to postgres://shop:s3cret@10.0.0.5:5432/shop failed", "connect to postgres://10.0.0.5:5432/shop failed"],
    ["redis://:p@ss/w@cache:6379 refused", "redis://cache:6379 refused"],
    ["host=db user=shop password=s3cret dbname=shop", "host=db user=shop password=*** dbname=shop"],
    ['{"DB_PASSWORD": "s3 cret", "host": "db"}', '{"DB_PASSWORD": ***, "host": "db"}'],
    ["401 for Authorization: Bearer s3cret.abc-def", "401 for Authorization: *** ***"],
    ["sent bearer s3cret", "sent bearer ***"],
    ["GET /x?api_key=s3cret&id=7", "GET /x?api_key=***&id=7"],
    ["first line\n\tat second\u0007", "first line at second"],
  ])("holds no secret: %p", (message, shown) => {
    expect(plainMessage(new Error(message))).toBe(shown);
    expect(plainMessage(message)).toBe(shown);
  });

  test("is made from what there is when nothing is said", () => {
    expect(plainMessage(Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" }))).toBe("ECONNREFUSED");
    expect(plainMessage(new RangeError(""))).toBe("RangeError");
    expect(plainMessage({ password: "s3cret" })).toBe("it failed");
    expect(plainMessage(undefined)).toBe("it failed");
  });

  test("is one line of 200 characters at most, whatever was thrown, and soon there", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.anything()), (thrown) => {
        const shown = plainMessage(typeof thrown === "string" ? new Error(thrown) : thrown);
        expect(shown.length).toBeLessThanOrEqual(200);
        expect(shown).not.toMatch(/[\r\n]/);
      }),
    );
    const begun = performance.now();
    for (const piece of ["a", "a://", "password=", "- ", " ", '"']) plainMessage(new Error(piece.repeat(1_000_000)));
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(plainMessage(new Error("long ".repeat(100)))).toEndWith("…");
  });
});

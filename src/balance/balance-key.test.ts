import { describe, expect, test } from "bun:test";
import { headOf, type TestRequest } from "../route/head-for-tests.ts";
import { createBalanceKey, type BalanceKeyOptions } from "./balance-key.ts";
import { hashText } from "./hash.ts";

const CLIENT = "192.0.2.7";

function hashOf(options: BalanceKeyOptions, request: TestRequest, client = CLIENT): number {
  return createBalanceKey(options).hash(headOf(request), client);
}

describe("the key of a request", () => {
  const session: TestRequest = { fields: [["Cookie", "a=1; session=xyz; b=2"]] };
  const user: TestRequest = { fields: [["X-User", "ada"]] };
  test.each<[string, BalanceKeyOptions, TestRequest, string]>([
    ["client address", { kind: "client" }, {}, CLIENT],
    ["path", { kind: "path" }, { target: "/a/b?c=d" }, "/a/b"],
    ["path", { kind: "path" }, { target: "/a//x/../%62" }, "/a/b"],
    ["path", { kind: "path" }, { target: "http://shop.test" }, "/"],
    ["cookie session", { kind: "cookie", name: "session" }, session, "xyz"],
    ["cookie none", { kind: "cookie", name: "none" }, session, CLIENT],
    ["field x-user", { kind: "field", name: "X-User" }, user, "ada"],
    ["field x-other", { kind: "field", name: "X-Other" }, user, CLIENT],
    ["query id", { kind: "query", name: "id" }, { target: "/?a=b&id=4%32" }, "42"],
    ["query id", { kind: "query", name: "id" }, { target: "/?ids=42" }, CLIENT],
    ["query id", { kind: "query", name: "id" }, { target: "/?id=&id=42" }, CLIENT],
  ])("%s: %o of %o is made of %p", (words, options, request, text) => {
    expect(hashOf(options, request)).toBe(hashText(text) === 0 ? 1 : hashText(text));
    expect(createBalanceKey(options).describe()).toBe(words);
  });

  test("is never 0, which means that there is none", () => {
    // A text whose MurmurHash3 with seed 0 is 0.
    expect(hashText("")).toBe(0);
    expect(hashOf({ kind: "client" }, {}, "")).toBe(1);
  });

  test("of the client is that of the text, whichever request it makes", () => {
    expect(hashOf({ kind: "client" }, session, "2001:db8::1")).toBe(hashText("2001:db8::1"));
    expect(hashOf({ kind: "cookie", name: "none" }, {}, "2001:db8::1")).toBe(hashText("2001:db8::1"));
  });
});

import { describe, expect, test } from "bun:test";
import type { RouteToCompile } from "./compile-matcher.ts";
import { compileMatcher } from "./compile-matcher.ts";
import { headOf } from "./head-for-tests.ts";
import type { TestRequest } from "./head-for-tests.ts";
import { RouteConflict } from "./route-conflict.ts";
import { routeOf } from "./routes-for-tests.ts";
import type { TestMatch } from "./routes-for-tests.ts";

const CLIENT = "192.0.2.1";

/** Routes named as they are keyed, in this order and in the opposite one: precedence must not depend on it. */
function matching(
  routes: Record<string, TestMatch>,
): (request: TestRequest, client?: string, listener?: string) => string | null {
  const list = Object.entries(routes).map(([name, match]) => routeOf(name, match));
  const matcher = compileMatcher(list);
  const reversed = compileMatcher(list.toReversed());
  return (request, client = CLIENT, listener = "") => {
    const head = headOf(request);
    const name = matcher.match(head, client, listener)?.name ?? null;
    expect(reversed.match(head, client, listener)?.name ?? null).toBe(name);
    return name;
  };
}

describe("host", () => {
  test("exact before the longer wildcard before the shorter before any", () => {
    const match = matching({
      any: {},
      short: { host: "*.test" },
      long: { host: "*.shop.test" },
      exact: { host: "a.shop.test" },
    });
    expect(match({ host: "a.shop.test" })).toBe("exact");
    expect(match({ host: "b.shop.test" })).toBe("long");
    expect(match({ host: "c.b.shop.test" })).toBe("long");
    expect(match({ host: "shop.test" })).toBe("short");
    expect(match({ host: "test" })).toBe("any");
    expect(match({ host: ".test" })).toBe("any");
    expect(match({ host: null })).toBe("any");
  });

  test("compares without case, port and final dot", () => {
    const match = matching({ shop: { host: "Shop.test" }, below: { host: "*.Shop.test" }, six: { host: "[::1]" } });
    expect(match({ host: "SHOP.TEST:8080" })).toBe("shop");
    expect(match({ host: "shop.test." })).toBe("shop");
    expect(match({ host: "A.shop.test.:80" })).toBe("below");
    expect(match({ host: "[::1]:80" })).toBe("six");
    expect(match({ host: "shop.test.evil" })).toBeNull();
    expect(match({ host: "evilshop.test" })).toBeNull();
  });

  test("of an absolute-form target goes before Host", () => {
    const match = matching({ a: { host: "a.test" }, b: { host: "b.test" } });
    expect(match({ target: "http://a.test:81/x", host: "b.test" })).toBe("a");
    expect(match({ target: "http://a.test", host: "b.test" })).toBe("a");
  });

  test("one of several", () => {
    const match = matching({ both: { host: ["a.test", "b.test", "A.test"] } });
    expect(match({ host: "b.test" })).toBe("both");
    expect(match({ host: "c.test" })).toBeNull();
  });
});

describe("path", () => {
  test("exact", () => {
    const match = matching({ root: { path: "/" }, a: { path: "/a" }, slash: { path: "/a/" } });
    expect(match({ target: "/" })).toBe("root");
    expect(match({ target: "http://shop.test" })).toBe("root");
    expect(match({ target: "http://shop.test?q" })).toBe("root");
    expect(match({ target: "/a" })).toBe("a");
    expect(match({ target: "/a?b/c" })).toBe("a");
    expect(match({ target: "/a/" })).toBe("slash");
    expect(match({ target: "/A" })).toBeNull();
    expect(match({ target: "/ab" })).toBeNull();
    expect(match({ target: "/a/b" })).toBeNull();
  });

  test("prefix by whole segments, the segment itself included", () => {
    const match = matching({ a: { path: "/a/*" }, deep: { path: "/a/b/*" } });
    expect(match({ target: "/a" })).toBe("a");
    expect(match({ target: "/a/" })).toBe("a");
    expect(match({ target: "/a/x/y" })).toBe("a");
    expect(match({ target: "/a/b" })).toBe("deep");
    expect(match({ target: "/a/b/c" })).toBe("deep");
    expect(match({ target: "/a/bc" })).toBe("a");
    expect(match({ target: "/ab" })).toBeNull();
  });

  test("a parameter is one segment that is not empty", () => {
    const match = matching({ user: { path: "/users/:id" }, below: { path: "/users/:id/orders/*" } });
    expect(match({ target: "/users/7" })).toBe("user");
    expect(match({ target: "/users/" })).toBeNull();
    expect(match({ target: "/users/7/" })).toBeNull();
    expect(match({ target: "/users/7/orders" })).toBe("below");
    expect(match({ target: "/users/7/orders/8" })).toBe("below");
  });

  test("segment by segment: static, parameter, prefix; exact before prefix", () => {
    const match = matching({
      static: { path: "/a/b" },
      second: { path: "/a/:x" },
      first: { path: "/:x/b" },
      prefix: { path: "/a/*" },
      exact: { path: "/c" },
      below: { path: "/c/*" },
      any: { path: "/*" },
    });
    expect(match({ target: "/a/b" })).toBe("static");
    expect(match({ target: "/a/c" })).toBe("second");
    expect(match({ target: "/x/b" })).toBe("first");
    expect(match({ target: "/a/b/c" })).toBe("prefix");
    expect(match({ target: "/c" })).toBe("exact");
    expect(match({ target: "/c/" })).toBe("below");
    expect(match({ target: "/x/y" })).toBe("any");
  });

  test("the normalised path is what counts when the path is not plain", () => {
    const match = matching({ tilde: { path: "/~u/*" }, escaped: { path: "/caf%c3%a9" }, umlaut: { path: "/ü" } });
    expect(match({ target: "/%7eu//x" })).toBe("tilde");
    expect(match({ target: "/caf%C3%A9" })).toBe("escaped");
    expect(match({ target: "/%C3%BC" })).toBe("umlaut");
  });

  test("OPTIONS * matches only what matches every path", () => {
    const match = matching({
      a: { path: "/a/*" },
      star: { path: "/*", host: "shop.test" },
      any: { host: "b.test" },
      root: { path: "/" },
    });
    expect(match({ method: "OPTIONS", target: "*" })).toBe("star");
    expect(match({ method: "OPTIONS", target: "*", host: "b.test" })).toBe("any");
    expect(match({ method: "OPTIONS", target: "*", host: "c.test" })).toBeNull();
  });
});

describe("parameters", () => {
  const matcher = compileMatcher([
    routeOf("user", { path: "/users/:id" }),
    routeOf("order", { path: ["/users/:id/orders/:order/*", "/orders/:id"] }),
    routeOf("rest", { path: "/*" }),
    routeOf("twice", { path: "/:a/:b/end" }),
  ]);
  const paramsOf = (target: string): string[] | null => {
    matcher.match(headOf({ target }), CLIENT, "");
    return matcher.params;
  };

  test("in order, percent-decoded", () => {
    expect(paramsOf("/users/7")).toEqual(["7"]);
    expect(paramsOf("/users/a%20b%3Fc")).toEqual(["a b?c"]);
    expect(paramsOf("/users/7/orders/8/items")).toEqual(["7", "8"]);
    expect(paramsOf("/orders/9")).toEqual(["9"]);
    expect(paramsOf("/users/%FF%41")).toEqual(["\udcffA"]);
    expect(paramsOf("/users/%C3%A4%e2%82%C3%25FF")).toEqual(["ä\udce2\udc82\udcc3%FF"]);
  });

  test("null for a route without, also after a way that led nowhere", () => {
    expect(paramsOf("/else")).toBeNull();
    expect(paramsOf("/x/y/z")).toBeNull();
    expect(paramsOf("/orders")).toBeNull();
  });

  test("those of the way that matched, after a way that led nowhere", () => {
    expect(paramsOf("/users/7/end")).toEqual(["users", "7"]);
    expect(paramsOf("/users/7/nothing")).toBeNull();
  });

  test("values of an earlier match stay what they were", () => {
    const first = paramsOf("/users/1");
    paramsOf("/users/2");
    expect(first).toEqual(["1"]);
  });
});

describe("predicates", () => {
  test("method", () => {
    const match = matching({ write: { method: ["POST", "PURGE"] }, read: { method: "GET" } });
    expect(match({ method: "POST" })).toBe("write");
    expect(match({ method: "PURGE" })).toBe("write");
    expect(match({ method: "GET" })).toBe("read");
    expect(match({ method: "HEAD" })).toBeNull();
    expect(match({ method: "purge" })).toBeNull();
    expect(match({ method: "PURG" })).toBeNull();
  });

  test("client", () => {
    const match = matching({ inside: { client: ["10.0.0.0/8", "::1"] }, outside: {} });
    expect(match({}, "10.1.2.3")).toBe("inside");
    expect(match({}, "::ffff:10.1.2.3")).toBe("inside");
    expect(match({}, "::1")).toBe("inside");
    expect(match({}, "192.0.2.1")).toBe("outside");
  });

  test("listener", () => {
    const match = matching({
      inside: { listener: "internal" },
      both: { path: "/a", listener: ["internal", "[::1]:8081"] },
      outside: {},
    });
    expect(match({}, CLIENT, "internal")).toBe("inside");
    expect(match({}, CLIENT, "127.0.0.1:8080")).toBe("outside");
    expect(match({ target: "/a" }, CLIENT, "internal")).toBe("both");
    expect(match({ target: "/a" }, CLIENT, "[::1]:8081")).toBe("both");
    expect(match({ target: "/a" }, CLIENT, "Internal")).toBe("outside");
  });

  test("more predicates go first: method, then the number of the others, then the name", () => {
    const x = { name: "x", test: { kind: "present" } } as const;
    const y = { name: "y", test: { kind: "present" } } as const;
    const match = matching({
      plain: {},
      "field-y": { field: [y] },
      "field-x": { field: [x] },
      both: { field: [x], query: [y] },
      method: { method: "POST" },
    });
    const fields = [
      ["X", "1"],
      ["Y", "1"],
    ] as const;
    expect(match({ fields })).toBe("field-x");
    expect(match({ fields, target: "/?y" })).toBe("both");
    expect(match({ fields, target: "/?y", method: "POST" })).toBe("method");
    expect(match({})).toBe("plain");
  });

  test("a test that is written twice counts once", () => {
    const x = { name: "x", test: { kind: "present" } } as const;
    const match = matching({ b: { field: [x, x] }, a: { query: [x] } });
    expect(match({ fields: [["x", ""]], target: "/?x" })).toBe("a");
  });
});

describe("when predicates refuse, the next candidate is tried", () => {
  test("a shorter prefix", () => {
    const match = matching({ post: { path: "/a/b", method: "POST" }, prefix: { path: "/a/*" } });
    expect(match({ target: "/a/b", method: "POST" })).toBe("post");
    expect(match({ target: "/a/b" })).toBe("prefix");
  });

  test("a parameter beside a static segment", () => {
    const match = matching({ me: { path: "/u/me/x" }, id: { path: "/u/:id/y" } });
    expect(match({ target: "/u/me/x" })).toBe("me");
    expect(match({ target: "/u/me/y" })).toBe("id");
  });

  test("a wider host", () => {
    const match = matching({
      exact: { host: "a.shop.test", path: "/a/*" },
      wild: { host: "*.shop.test", path: "/b/*", method: "GET" },
      any: {},
    });
    expect(match({ host: "a.shop.test", target: "/a/1" })).toBe("exact");
    expect(match({ host: "a.shop.test", target: "/b/1" })).toBe("wild");
    expect(match({ host: "a.shop.test", target: "/b/1", method: "POST" })).toBe("any");
  });
});

test("a long way is walked no deeper than the deepest pattern", () => {
  const match = matching({ all: { path: "/*" }, deep: { path: "/:a/:b/x" }, below: { host: "*.a.test" } });
  expect(match({ target: "/a".repeat(4000) })).toBe("all");
  expect(match({ target: `/${"a".repeat(8000)}` })).toBe("all");
  expect(match({ host: `${"a.".repeat(100)}test` })).toBe("below");
});

describe("what cannot be compiled", () => {
  const compiling =
    (...routes: RouteToCompile[]) =>
    () =>
      compileMatcher(routes);

  test("two routes that match alike", () => {
    const a = routeOf("a", { host: ["x.test", "Y.test"], path: "/u/:id", method: ["GET", "POST"] });
    const b = routeOf("b", { host: "y.test.", path: "/u/:name", method: ["POST", "GET"] });
    expect(compiling(a, b)).toThrow(RouteConflict);
    expect(compiling(a, b)).toThrow(
      'routes "a" and "b" match the same requests (host y.test, path /u/:name, method GET POST)',
    );
    expect(compiling(routeOf("p", { path: "/*" }), routeOf("q", {}))).toThrow(RouteConflict);
  });

  test("not a conflict: a predicate more or another one", () => {
    const on = (value: string) => [{ name: "x", test: { kind: "equal", value } }] as const;
    expect(
      compiling(routeOf("a", { field: on("1") }), routeOf("b", { field: on("2") }), routeOf("c", {})),
    ).not.toThrow();
  });

  test("bad words", () => {
    expect(compiling(routeOf("a", { path: "a" }))).toThrow('path "a" does not begin with "/"');
    expect(compiling(routeOf("a", { host: "a.test:80" }))).toThrow('host "a.test:80" is not a name');
    expect(compiling(routeOf("a", { client: "10.0.0.0/33" }))).toThrow('"10.0.0.0/33"');
    expect(compiling(routeOf("a", { path: "/a" }), routeOf("a", { path: "/b" }))).toThrow('two routes are named "a"');
    expect(compiling(routeOf("a", { path: ["/:x", "/b/:y"] }))).toThrow("name their parameters differently");
  });

  test("no routes: nothing matches", () => {
    expect(compileMatcher([]).match(headOf({}), CLIENT, "")).toBeNull();
    expect(compileMatcher([]).consider(headOf({}), CLIENT, "")).toEqual([]);
  });
});

import { describe, expect, test } from "bun:test";
import { compileMatcher } from "./compile-matcher.ts";
import { headOf, type TestRequest } from "./head-for-tests.ts";
import { routeOf } from "./routes-for-tests.ts";

type Match = Parameters<typeof routeOf>[1];

function nearest(routes: Record<string, Match>, request: TestRequest): Array<[string, number]> {
  const matcher = compileMatcher(Object.entries(routes).map(([name, match]) => routeOf(name, match)));
  return matcher
    .consider(headOf(request), "", "")
    .toSorted((a, b) => b.nearness - a.nearness)
    .map(({ route, nearness }) => [route, nearness]);
}

describe("nearness of routes that do not match", () => {
  test("a letter that is wrong", () => {
    const routes = { admin: { path: "/admin/*" }, billing: { path: "/billing/:id" }, users: { path: "/users/:id" } };
    expect(nearest(routes, { target: "/user/5" })[0]![0]).toBe("users");
    expect(nearest(routes, { target: "/biling/5" })[0]![0]).toBe("billing");
    expect(nearest(routes, { target: "/Admin" })[0]![0]).toBe("admin");
  });

  test("a regular expression is near by the segments that it begins with alone", () => {
    const routes = { images: { path: "~ \\.png$" }, users: { path: "~ ^/users/\\d+$" }, api: { path: "/api/*" } };
    expect(nearest(routes, { target: "/apx/1" })[0]![0]).toBe("api");
    expect(nearest(routes, { target: "/users/x" })[0]).toEqual(["users", 0.75]);
  });

  test("a segment too many or too few, in front, between and behind", () => {
    const routes = { cart: { path: "/cart/items" }, orders: { path: "/api/orders/:id" }, zoo: { path: "/zoo" } };
    expect(nearest(routes, { target: "/orders/7" })[0]![0]).toBe("orders");
    expect(nearest(routes, { target: "/api/v2/orders/7" })[0]![0]).toBe("orders");
    expect(nearest(routes, { target: "/api/orders/7/lines" })[0]![0]).toBe("orders");
    expect(nearest(routes, { target: "/shop/cart/items" })[0]![0]).toBe("cart");
  });

  test("what has nothing in common is half, for the host that it has", () => {
    expect(nearest({ a: { path: "/orders" } }, { target: "/x" })).toEqual([["a", 0.5]]);
    expect(nearest({ a: { path: "/a" } }, { target: "/b" })).toEqual([["a", 0.5]]);
    expect(nearest({ a: { path: "/a/b", host: "a.example" } }, { target: "/c", host: "shop.test" })).toEqual([
      ["a", 0],
    ]);
  });

  test("hosts from their ends", () => {
    const routes = {
      blog: { host: "blog.example.test" },
      org: { host: "shop.example.org" },
      shop: { host: "shop.example.test" },
      tenants: { host: "*.tenants.test" },
    };
    expect(nearest(routes, { host: "shpo.example.test" })[0]![0]).toBe("shop");
    expect(
      nearest(routes, { host: "example.test" })
        .slice(0, 2)
        .map(([name]) => name),
    ).toEqual(["blog", "shop"]);
    expect(nearest(routes, { host: "tenants.test" })[0]![0]).toBe("tenants");
    expect(nearest(routes, { host: "www.shop.example.test" })[0]![0]).toBe("shop");
  });

  test("the right path at another host is before another path at another host", () => {
    const routes = { a: { host: "a.test", path: "/x" }, z: { host: "a.test", path: "/orders" } };
    expect(nearest(routes, { host: "localhost", target: "/orders" })[0]![0]).toBe("z");
  });

  test("1 for what has host and path", () => {
    const routes = { post: { path: "/orders", method: ["POST"] }, any: {} };
    expect(nearest(routes, { target: "/orders" })).toEqual([
      ["post", 1],
      ["any", 1],
    ]);
  });

  test("thousands of routes and the longest path are compared within a bound", () => {
    const routes: Record<string, Match> = {};
    const word = (index: number): string => `${"department-of-".repeat(3)}${index}`;
    for (let index = 0; index < 5000; index++) routes[`r${index}`] = { path: `/${word(index)}/:id/${word(index + 1)}` };
    const matcher = compileMatcher(Object.entries(routes).map(([name, match]) => routeOf(name, match)));
    const head = headOf({ target: `/${Array.from({ length: 160 }, (_, index) => word(-index)).join("/")}` });
    const begun = performance.now();
    expect(matcher.consider(head, "", "")).toHaveLength(5000);
    // A tenth of a second where nothing else runs; all of them would take more than ten.
    expect(performance.now() - begun).toBeLessThan(3000);
  });
});

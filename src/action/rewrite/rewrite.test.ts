import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createRewrite } from "./rewrite.ts";

describe("prefixes", () => {
  test.each([
    ["/api", undefined, "/api/users", "/users"],
    ["/api", undefined, "/api", "/"],
    ["/api", undefined, "/api/", "/"],
    ["/api/", undefined, "/api/users/", "/users/"],
    ["/api", undefined, "/apis/users", "/apis/users"],
    ["/api", undefined, "/x/api", "/x/api"],
    ["/api", undefined, "/api//host/x", "/host/x"],
    [undefined, "/v1", "/users", "/v1/users"],
    [undefined, "v1/", "/", "/v1/"],
    ["/api", "/v1", "/api/users", "/v1/users"],
    ["/api", "/v1", "/other", "/v1/other"],
    ["/ä", undefined, "/%C3%A4/x", "/x"],
    ["/", "/", "/x", "/x"],
    [undefined, undefined, "/x", "/x"],
  ])("strip %p, add %p: %p becomes %p", (stripPrefix, addPrefix, path, expected) => {
    expect(createRewrite({ stripPrefix, addPrefix }).rewrite(path, null)).toBe(expected);
  });
});

describe("templates", () => {
  test.each([
    ["/fixed", ["/a"], "/a", null, "/fixed"],
    ["/people/:id", ["/users/:id"], "/users/7", ["7"], "/people/7"],
    ["/:b/:a/x", ["/:a/:b"], "/1/2", ["1", "2"], "/2/1/x"],
    ["/files/*", ["/static/*"], "/static/a/b.txt", null, "/files/a/b.txt"],
    ["/files/*", ["/static/*"], "/static", null, "/files/"],
    ["/*", ["/static/v1/*"], "/static/v1//evil/x", null, "/evil/x"],
    ["/:id/*", ["/u/:id/*"], "/u/7/a%2Fb/", ["7"], "/7/a%2Fb/"],
    ["/p/:id", ["/u/:id"], "/u/x", ["a/b?c#d%41 é"], "/p/a%2Fb%3Fc%23d%2541%20%C3%A9"],
    ["/p/:id", ["/u", "/u/:id"], "/u", null, "/p/"],
    ["/a b/:id", ["/u/:id"], "/u/1", ["1"], "/a%20b/1"],
  ] as const)("%p on %p", (path, paths, from, params, expected) => {
    expect(createRewrite({ path }, paths).rewrite(from, params)).toBe(expected);
  });

  test("a parameter stays one segment, whatever it holds", () => {
    const rewrite = createRewrite({ path: "/a/:x/b" }, ["/:x"]);
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (value) => {
        const path = rewrite.rewrite("/", [value]);
        expect(path).toMatch(/^\/a\/[^/?#\s\\]*\/b$/);
        expect(decodeURIComponent(path.split("/")[2]!)).toBe(value);
      }),
    );
  });

  test.each([
    [{ path: "/:b" }, ["/:a"], /no parameter ":b"; there are :a/],
    [{ path: "/:b" }, [], /its path has none/],
    [{ path: "/*" }, ["/a"], /ends with "\/\*"/],
    [{ path: "/*" }, ["/a/*", "/b/c/*"], /as many segments/],
    [{ path: "/*/x" }, ["/a/*"], /whole last segment/],
    [{ path: "/x", addPrefix: "/y" }, [], /leave out/],
  ] as const)("%p for %p is refused", (options, paths, message) => {
    expect(() => createRewrite(options, paths)).toThrow(message);
  });
});

test("describe says it in words", () => {
  expect(createRewrite({ stripPrefix: "/api", addPrefix: "/v1/" }).describe()).toBe("strips /api, adds /v1 in front");
  expect(createRewrite({}).describe()).toBe("leaves the path as it is");
  expect(createRewrite({ path: "/x" }).describe()).toBe("replaces the path by /x");
});

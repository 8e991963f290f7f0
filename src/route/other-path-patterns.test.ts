import { describe, expect, test } from "bun:test";
import { otherPathPattern } from "./other-path-patterns.ts";
import { parsePathPattern } from "./path-pattern.ts";

describe("patterns of other servers and frameworks", () => {
  test.each([
    ["/api/{id}", "/api/:id"],
    ["/api/{id}/x/{b}", "/api/:id/x/:b"],
    ["/api/{id:[0-9]+}", "/api/:id"],
    ["/api/{*rest}", "/api/*"],
    ["/api/{rest...}", "/api/*"],
    ["/api/{rest:.*}", "/api/*"],
    ["/api/<id>", "/api/:id"],
    ["/api/<int:id>", "/api/:id"],
    ["/api/<path:rest>", "/api/*"],
    ["/api/[id]", "/api/:id"],
    ["/api/[...rest]", "/api/*"],
    ["/api/:id(\\d+)", "/api/:id"],
    ["/api/:id?", "/api/:id"],
    ["/api/:rest*", "/api/*"],
    ["/api/*rest", "/api/*"],
    ["/api/**", "/api/*"],
    ["/api*", "/api/*"],
    ["PathPrefix(`/api`)", "/api/*"],
    ["PathPrefix('/')", "/*"],
    ["Path(`/api`)", "/api"],
    ["= /api", "/api"],
    ["^~ /api/", "/api/*"],
  ])("%s is %s", (written, ours) => {
    expect(otherPathPattern(written)?.ours).toBe(ours);
    expect(parsePathPattern(ours).text).toBe(ours);
  });

  test.each(["~ ^/api", "~* \\.php$", "^/api", "PathRegexp(`/a.*`)"])("%s is nothing here", (written) => {
    expect(otherPathPattern(written)).toEqual({
      ours: null,
      remedy: expect.stringContaining("a regular expression is written"),
    });
  });

  test.each(["/", "/*", "/a/:id/*", "/$metadata", "/a(b)", "/@scope/x", "/%7Bid%7D", "/a/b.c"])(
    "%s is ours",
    (path) => {
      expect(otherPathPattern(path)).toBeNull();
    },
  );
});

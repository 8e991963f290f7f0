import { expect, test } from "bun:test";
import { routePaths } from "./route-paths.ts";

test("parameters have the place of the path that has most of them", () => {
  const route = routePaths(["/users", "/users/:id/:tab", "/users/:id"]);
  expect(route.parameter("id")).toBe(0);
  expect(route.parameter("tab")).toBe(1);
  expect(() => route.parameter("x")).toThrow(":id, :tab");
});

test("* begins after as many segments in every path", () => {
  expect(routePaths(["/*"]).rest()).toBe(0);
  expect(routePaths(["/a/:b/*", "/c/d/*"]).rest()).toBe(2);
  expect(() => routePaths(["/a/*", "/a"]).rest()).toThrow(RangeError);
  expect(() => routePaths([]).rest()).toThrow(RangeError);
  expect(() => routePaths(["~ ^/a/:id/*"]).rest()).toThrow(RangeError);
  expect(() => routePaths(["~ ^/a/:id/*"]).parameter("id")).toThrow("its path has none");
});

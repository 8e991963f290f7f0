import { expect, test } from "bun:test";
import { AdminRouter } from "./admin-router.ts";

const never = (): Response => new Response();
const router = new AdminRouter({
  "/pools": { GET: never },
  "/pools/:pool/targets/:address": { GET: never, DELETE: never },
});

test("names are decoded, in their order", () => {
  const match = router.match("GET", "/pools/my%20shop/targets/%5B%3A%3A1%5D%3A80");
  expect(match).toMatchObject({ kind: "found", params: ["my shop", "[::1]:80"] });
});

test("a path that is none: too long, too short, empty, not decodable", () => {
  for (const path of [
    "/pools/",
    "/pools/a",
    "/pools/a/targets/",
    "/pools//targets/x",
    "/pools/a/targets/x/y",
    "/pools/%zz/targets/x",
  ]) {
    expect(router.match("GET", path).kind).toBe("none");
  }
  expect(router.match("GET", "/pool")).toEqual({ kind: "none", nearest: "/pools" });
});

test("another method says which there are", () => {
  expect(router.match("PUT", "/pools/a/targets/b")).toEqual({ kind: "method", allowed: ["GET", "DELETE"] });
  expect(router.match("constructor", "/pools")).toEqual({ kind: "method", allowed: ["GET"] });
});

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { NamedTest } from "../contract/route-match.ts";
import type { RouteToCompile } from "./compile-matcher.ts";
import { compileMatcher } from "./compile-matcher.ts";
import { headOf } from "./head-for-tests.ts";
import type { TestRequest } from "./head-for-tests.ts";
import { naiveMatch } from "./naive-match-for-tests.ts";
import type { NaiveRequest } from "./naive-match-for-tests.ts";
import { RouteConflict } from "./route-conflict.ts";
import { routeOf } from "./routes-for-tests.ts";

describe("consider", () => {
  const equal = (name: string, value: string): NamedTest => ({ name, test: { kind: "equal", value } });
  const matcher = compileMatcher([
    routeOf("elsewhere", { host: ["a.test", "*.b.test"] }),
    routeOf("users", { path: "/users/*", host: "shop.test" }),
    routeOf("post", { path: "/orders", method: ["POST", "PUT"] }),
    routeOf("beta", { path: "/orders", field: [equal("X-Beta", "on"), { name: "accept", test: { kind: "present" } }] }),
    routeOf("no-q", { path: "/orders", query: [{ name: "q", test: { kind: "absent" } }, equal("r", "1")] }),
    routeOf("login", {
      path: "/orders",
      cookie: [{ name: "s", test: { kind: "prefix", value: "x" } }, equal("t", "1")],
    }),
    routeOf("inside", { path: "/orders/*", client: ["10.0.0.0/8", "::1"] }),
    routeOf("private", { path: "/orders/*", listener: ["internal", "[::1]:8081"] }),
    routeOf("orders", { path: "/orders/*" }),
    routeOf("all", {}),
  ]);
  const considered = (request: TestRequest): string[] =>
    matcher
      .consider(headOf(request), "192.0.2.1", "public")
      .map(({ route, matched, failed, detail }) => `${route} ${matched} ${failed}: ${detail}`);

  test("every route in order of precedence, with the first predicate that failed", () => {
    expect(considered({ target: "/orders" })).toEqual([
      'elsewhere false host: host "a.test" or "*.b.test" does not match "shop.test"',
      'users false path: path "/users/*" does not match "/orders"',
      "post false method: method POST or PUT does not match GET",
      'beta false field: field "x-beta" is absent',
      'login false cookie: cookie "s" is absent',
      'no-q false query: query "r" is absent',
      "inside false client: client 192.0.2.1 is not in 10.0.0.0/8, ::1",
      "private false listener: listener internal or [::1]:8081 is asked for, and the request came to public",
      'orders true : path "/orders/*"',
      'all true shadowed: route "orders" takes precedence',
    ]);
  });

  test("a regular expression by what it was asked of", () => {
    const images = compileMatcher([
      routeOf("images", { path: ["~ \\.png$", "/pictures"] }),
      routeOf("one", { path: "~ ^/img/\\d+$" }),
      routeOf("all", { path: "/img/*" }),
    ]);
    const lines = (target: string): string[] =>
      images.consider(headOf({ target }), "", "").map(({ route, failed, detail }) => `${route} ${failed}: ${detail}`);
    expect(lines("/img/x.png")).toEqual([
      'one path: path ~ ^/img/\\d+$ does not match "/img/x.png"',
      'all : path "/img/*"',
      'images shadowed: route "all" takes precedence',
    ]);
    expect(lines("/img/7")[0]).toBe('one : path "~ ^/img/\\d+$"');
    expect(lines("/a.png")).toContain('images : path "~ \\.png$"');
    expect(lines("/pictures")).toContain('images : path "/pictures"');
  });

  test("where case is ignored, patterns and paths are the same in any, and parameters stay as they came", () => {
    const routes = [
      routeOf("user", { path: "/Users/:id" }),
      routeOf("image", { path: "~ ^/img/[a-c]+$" }),
      routeOf("all", {}),
    ];
    const folding = compileMatcher(routes, true);
    const named = (target: string): string | undefined => folding.match(headOf({ target }), "", "")?.name;
    for (const target of ["/users/AbC", "/USERS/AbC", "/uSers/AbC"]) {
      expect(named(target)).toBe("user");
      expect(folding.params).toEqual(["AbC"]);
    }
    expect(named("/%55sers/%C3%A4")).toBe("user");
    expect(folding.params).toEqual(["ä"]);
    expect([named("/IMG/aBc"), named("/img/d")]).toEqual(["image", "all"]);
    expect(() => compileMatcher([...routes, routeOf("again", { path: "/USERS/:x" })], true)).toThrow(RouteConflict);
    expect(compileMatcher(routes).match(headOf({ target: "/users/AbC" }), "", "")?.name).toBe("all");
  });

  test("repeats the values that failed, but no secret", () => {
    const lines = considered({
      target: "/orders?q=%20&r=2",
      fields: [
        ["X-Beta", "off"],
        ["Cookie", "s=secret"],
      ],
    });
    expect(lines).toContain('beta false field: field "x-beta" is "off", which is not "on"');
    expect(lines).toContain('no-q false query: query "q" is present');
    expect(lines).toContain('login false cookie: cookie "s" does not begin with "x"');
    expect(lines.join()).not.toContain("secret");
  });

  test("names the missing host and the target that has no path", () => {
    expect(considered({ host: null })[0]).toBe(
      'elsewhere false host: host "a.test" or "*.b.test" is asked for, and the request names none',
    );
    expect(considered({ method: "OPTIONS", target: "*" })[1]).toBe(
      'users false path: path "/users/*" does not match "*"',
    );
  });

  test("a route with several hosts and paths stands where it came nearest", () => {
    const several = compileMatcher([
      routeOf("several", { host: ["a.test", "*.test"], path: ["/x", "/y/*"], method: "POST" }),
      routeOf("between", { host: "b.test", path: "/y/z" }),
      routeOf("any", {}),
    ]);
    const order = several
      .consider(headOf({ host: "b.test", target: "/y/z" }), "", "")
      .map(({ route, failed }) => `${route}:${failed}`);
    expect(order).toEqual(["between:", "several:method", "any:shadowed"]);
  });

  test("leaves the parameters of the last match alone", () => {
    const users = compileMatcher([routeOf("user", { path: "/users/:id" })]);
    users.match(headOf({ target: "/users/1" }), "", "");
    users.consider(headOf({ target: "/users/2" }), "", "");
    expect(users.params).toEqual(["1"]);
  });
});

const some = <T>(values: readonly T[], maxLength = 2): fc.Arbitrary<readonly T[]> =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant<readonly T[]>([]) },
    { weight: 1, arbitrary: fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength }) },
  );

const segment = fc.constantFrom("a", "b", ":x", ":y");
const pattern = fc
  .tuple(fc.uniqueArray(segment, { maxLength: 3, selector: (word) => word }), fc.constantFrom("", "/*", "/"))
  .map(([words, end]) => words.map((word) => `/${word}`).join("") + end || "/");
/** Of one route the paths must agree on their parameters: one with, the others without. */
const paths = fc.oneof(
  fc.constant([]),
  pattern.map((path) => [path]),
  pattern.map((path) => [path, "/a/b", "/*"]),
  some(["~ ^/a/b", "~ ^/a/b/?c?$", "~ c$", "~ ^/(a|b)/", "~ ^/a/[bc]$"]),
  pattern.map((path) => [path, "~ ^/a/c?"]),
);
const valueTest = fc.constantFrom<NamedTest["test"]>(
  { kind: "present" },
  { kind: "absent" },
  { kind: "equal", value: "1" },
  { kind: "prefix", value: "1" },
  { kind: "contains", value: "2" },
  { kind: "regex", regex: /^\d+$/g },
);
const tests = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  {
    weight: 1,
    arbitrary: fc.uniqueArray(fc.record({ name: fc.constantFrom("x", "y"), test: valueTest }), {
      minLength: 1,
      maxLength: 2,
      selector: ({ name }) => name,
    }),
  },
);
const match = fc.record({
  host: some(["a.test", "b.a.test", "*.test", "*.a.test"]),
  path: paths,
  method: some(["GET", "POST", "PURGE"]),
  field: tests,
  query: tests,
  cookie: tests,
  client: some(["192.0.2.1", "192.0.2.2"]),
  listener: some(["public", "internal", "other"]),
});
const routes = fc.array(match, { maxLength: 14 }).map((list) => list.map((one, index) => routeOf(`r${index}`, one)));

const pair = fc.tuple(fc.constantFrom("x", "y", "z"), fc.constantFrom("", "1", "12", "a"));
const request: fc.Arbitrary<NaiveRequest> = fc.record({
  method: fc.constantFrom("GET", "POST", "PURGE", "HEAD"),
  host: fc.constantFrom("a.test", "b.a.test", "c.b.a.test", "test", "other", "c.test"),
  path: fc
    .array(fc.constantFrom("a", "b", "c"), { maxLength: 4 })
    .chain((words) => fc.constantFrom(`/${words.join("/")}`, `/${[...words, ""].join("/")}`))
    .map((path) => path.replace(/\/+/g, "/")),
  query: fc.array(pair, { maxLength: 3 }),
  fields: fc.array(pair, { maxLength: 3 }),
  cookies: fc.array(pair, { maxLength: 3 }),
  client: fc.constantFrom("192.0.2.1", "192.0.2.3"),
  listener: fc.constantFrom("public", "internal", "third"),
});

function toTestRequest({ method, host, path, query, fields, cookies }: NaiveRequest): TestRequest {
  const search = query.map(([name, value]) => `${name}=${value}`).join("&");
  const cookie = cookies.map(([name, value]) => `${name}=${value}`).join("; ");
  return {
    method,
    host,
    target: search === "" ? path : `${path}?${search}`,
    fields: cookie === "" ? fields : [...fields, ["Cookie", cookie]],
  };
}

/** Leaves out the second of each two routes that conflict. */
function withoutConflicts(list: readonly RouteToCompile[]): RouteToCompile[] {
  const kept: RouteToCompile[] = [];
  for (const route of list) {
    try {
      compileMatcher([...kept, route]);
      kept.push(route);
    } catch (error) {
      if (!(error instanceof RouteConflict)) throw error;
    }
  }
  return kept;
}

describe("properties over random routes and requests", () => {
  test("match answers what the naive matcher answers, in whatever order the routes are written", () => {
    fc.assert(
      fc.property(routes, fc.array(request, { minLength: 1, maxLength: 8 }), (list, requests) => {
        const kept = withoutConflicts(list);
        const matcher = compileMatcher(kept);
        const reversed = compileMatcher(kept.toReversed());
        for (const one of requests) {
          const head = headOf(toTestRequest(one));
          const expected = naiveMatch(kept, one);
          expect(matcher.match(head, one.client, one.listener)?.name ?? null).toBe(expected);
          expect(reversed.match(head, one.client, one.listener)?.name ?? null).toBe(expected);
        }
      }),
      { numRuns: 400, seed: 1 },
    );
  });

  test("the one route that consider does not fail is the one that match answers, and every route is listed once", () => {
    fc.assert(
      fc.property(routes, request, (list, one) => {
        const kept = withoutConflicts(list);
        const matcher = compileMatcher(kept);
        const head = headOf(toTestRequest(one));
        const lines = matcher.consider(head, one.client, one.listener);
        const matched = matcher.match(head, one.client, one.listener)?.name;
        expect(lines.filter(({ failed }) => failed === "").map(({ route }) => route)).toEqual(
          matched === undefined ? [] : [matched],
        );
        expect(lines.map(({ route }) => route).toSorted()).toEqual(kept.map(({ plan }) => plan.name).toSorted());
        for (const { matched: matches, failed } of lines) expect(matches).toBe(failed === "" || failed === "shadowed");
        // What is shadowed stands behind the winner.
        const winner = lines.findIndex(({ failed }) => failed === "");
        expect(lines.slice(0, Math.max(0, winner)).some(({ failed }) => failed === "shadowed")).toBe(false);
      }),
      { numRuns: 400, seed: 2 },
    );
  });
});

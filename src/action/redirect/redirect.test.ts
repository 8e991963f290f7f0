import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { requestHead } from "../../http/head-for-tests.ts";
import { createRedirect } from "./redirect.ts";

function location(
  to: string,
  target: string,
  options: { params?: string[]; paths?: string[]; keepQuery?: boolean; host?: string } = {},
): string | undefined {
  const { params = null, paths = [], keepQuery = false, host = "shop.test:8080" } = options;
  const redirect = createRedirect({ to, status: 308, keepQuery }, paths);
  const reply = redirect(requestHead(target, host === "" ? [] : [["Host", host]]), params);
  return reply.fields.find(([name]) => name === "Location")?.[1];
}

describe("createRedirect", () => {
  test("answers with the status and a body that says where to", () => {
    const redirect = createRedirect({ to: "https://new.test/", status: 301, keepQuery: true });
    const reply = redirect(requestHead("/x", [["Host", "old.test"]]), null);
    expect(reply.status).toBe(301);
    expect(reply.fields).toContainEqual(["Location", "https://new.test/"]);
    expect(reply.body).toEqual({ kind: "bytes", bytes: Buffer.from("https://new.test/\n") });
  });

  test.each([
    ["https://${host}${path}", "/a/b?c=d", {}, "https://shop.test/a/b"],
    ["https://${host}${path}", "/a/b?c=d", { keepQuery: true }, "https://shop.test/a/b?c=d"],
    ["https://${host}:8443${path}", "/a", {}, "https://shop.test:8443/a"],
    ["https://${host}/", "/", { host: "[2001:db8::1]:80" }, "https://[2001:db8::1]/"],
    ["/new${path}?from=old", "/a?b", { keepQuery: true }, "/new/a?from=old&b"],
    ["/new#part", "/a?b=1", { keepQuery: true }, "/new?b=1#part"],
    ["/search?q=${query}", "/a?x=%20y", {}, "/search?q=x=%20y"],
    ["${path}", "/a", {}, "/a"],
    [
      "/u/${params.id}/${params.tab}",
      "/x",
      { params: ["7", "a/b c%"], paths: ["/users/:id/:tab"] },
      "/u/7/a%2Fb%20c%25",
    ],
    ["/u/${params.id}", "/x", { params: ["ü"], paths: ["/users/:id/*"] }, "/u/%C3%BC"],
  ] as const)("%p of %p", (to, target, options, expected) => {
    expect(location(to, target, { ...options } as never)).toBe(expected);
  });

  test.each([
    ["${path}", "//evil.test/x"],
    ["${path}", "/\\evil.test/x"],
    ["/${path}", "/evil.test/x"],
    ["/${path}", "/\\/evil.test"],
  ])("%p cannot be led to another host by %p", (to, target) => {
    const link = location(to, target)!;
    expect(new URL(link, "https://safe.test/").host).toBe("safe.test");
    expect(link).toContain("evil.test");
  });

  test("whatever the request holds, the link stays on the host of the config and on one line", () => {
    const paths = ["/:a/:b"];
    const wild = fc.string({
      unit: fc.constantFrom("/", "\\", "@", ":", "?", "#", "%", ".", "\r", "\n", "a", "é", " ", "["),
    });
    fc.assert(
      fc.property(wild, wild, fc.constantFrom("/", "https://safe.test/", "https://safe.test"), (path, value, base) => {
        const to = base.endsWith("/") ? `${base}\${params.a}/\${params.b}` : `${base}\${path}`;
        const head = requestHead("/", [["Host", "safe.test"]]);
        head.plainPath = false;
        head.normalized = Buffer.from(path, "latin1");
        const reply = createRedirect({ to, status: 302, keepQuery: false }, paths)(head, [value, path]);
        const link = reply.fields.find(([name]) => name === "Location")![1];
        expect(link).toMatch(/^[\x21-\x7e]+$/);
        expect(new URL(link, "https://safe.test/").origin).toBe("https://safe.test");
      }),
    );
  });

  test("a request without a usable Host gets 400 where the link needs one", () => {
    for (const host of ["", "a b", "a\\b"]) {
      const redirect = createRedirect({ to: "https://${host}/", status: 308, keepQuery: false });
      expect(redirect(requestHead("/", host === "" ? [] : [["Host", host]]), null).status).toBe(400);
    }
    expect(location("/x", "/", { host: "" })).toBe("/x");
  });

  test.each([
    ["//cdn.test/x", /begin with/],
    ["cdn.test", /begin with/],
    ["javascript:alert(1)", /begin with/],
    ["https://${params.a}.test/", /only \$\{host\}/],
    ["https://safe.test${query}", /only \$\{host\}/],
    ["https://user@safe.test/", /user name/],
    ["https:///x", /no valid host/],
    ["https://a_b!/", /no valid host/],
    ["/a b", /percent-encode/],
    ["/a\r\nb", /percent-encode/],
    ["/${pathh}", /unknown variable "\$\{pathh\}"; there are/],
    ["https://shop.test$request_uri", /"\$request_uri" is written "\$\{path\}" here/],
    ["/${path", /has no "}"/],
    ["/${params.c}", /no parameter ":c"; there are :a, :b/],
    ["/#${path}", /behind #/],
  ])("%p is refused", (to, message) => {
    expect(() => createRedirect({ to, status: 308, keepQuery: false }, ["/:a/:b"])).toThrow(message);
  });
});

/**
 * What is matched is what is forwarded: `/admin/*` answers 403 and `/*` is proxied, and no spelling of a path gets to an
 * origin that the origin reads as one under /admin. The origins are models of servers that read paths in different ways
 * (`support/origin-readings.ts`), and nginx itself where it is installed.
 */
import { describe, expect, test } from "bun:test";
import { Random } from "../../fuzz/support/random.ts";
import { RequestHead } from "../../src/contract/head.ts";
import type { PathRules } from "../../src/contract/plan.ts";
import { copyTarget, targetSize } from "../../src/http/h1/encode.ts";
import { parseRequestHead } from "../../src/http/h1/request-head.ts";
import { DEFAULT_PATH_RULES } from "../../src/http/head-limits.ts";
import { compileMatcher } from "../../src/route/compile-matcher.ts";
import { routeOf } from "../../src/route/routes-for-tests.ts";
import { program } from "../e2e/support/program.ts";
import { freePort } from "../e2e/support/free-port.ts";
import { startNginx } from "../e2e/support/nginx.ts";
import { ORIGINS, SERVLET, type OriginReading } from "./support/origin-readings.ts";
import { pathSpellings } from "./support/path-spellings.ts";

const SPELLINGS = pathSpellings(new Random(1), 20_000);
const LIMITS = { requestLine: 8_192, field: 8_192, fields: 10, head: 16_384 };
const ROUTES = [routeOf("protected", { path: "/admin/*" }), routeOf("open", { path: "/*" })];
const MATCHER = compileMatcher(ROUTES);
const IGNORING_CASE = compileMatcher(ROUTES, true);
/** Of a message that names what got through. */
const SHOWN = 10;

/** The target that the origin behind `/*` gets; null: refused, or the protected route's. */
function forwarded(spelling: string, rules: PathRules): string | null {
  const matcher = rules.case === "ignore" ? IGNORING_CASE : MATCHER;
  const bytes = Buffer.from(`GET ${spelling} HTTP/1.1\r\nHost: h\r\n\r\n`, "latin1");
  const head = new RequestHead();
  if (parseRequestHead(bytes, 0, bytes.length, head, { ...LIMITS, path: rules }) <= 0) return null;
  if (matcher.match(head, "", "")?.name !== "open") return null;
  const into = Buffer.alloc(targetSize(head));
  return into.latin1Slice(0, copyTarget(head, into, 0));
}

function isProtected(path: string | null): boolean {
  return path !== null && /^\/admin(?:\/|$)/.test(path);
}

function gotThrough(origins: readonly OriginReading[], rules: PathRules, spellings = SPELLINGS): string[] {
  const found: string[] = [];
  for (const spelling of spellings) {
    const target = forwarded(spelling, rules);
    if (target === null) continue;
    for (const { name, read } of origins) {
      if (isProtected(read(target))) found.push(`${name} reads ${spelling}, forwarded as ${target}`);
    }
  }
  return found.slice(0, SHOWN);
}

describe("a protected prefix", () => {
  test("the spellings try what they should: sent as they are, many would get through", () => {
    const raw = SPELLINGS.filter(
      (spelling) => !isProtected(spelling) && ORIGINS.some(({ read }) => isProtected(read(spelling))),
    );
    expect(raw.length).toBeGreaterThan(500);
    const open = SPELLINGS.filter((spelling) => forwarded(spelling, DEFAULT_PATH_RULES) !== null);
    expect(open.length).toBeGreaterThan(2_000);
  });

  test("no origin reads what another route forwards as under it", () => {
    expect(gotThrough(ORIGINS, DEFAULT_PATH_RULES)).toEqual([]);
  });

  test("nor where an escaped slash counts as one", () => {
    expect(gotThrough(ORIGINS, { ...DEFAULT_PATH_RULES, escapedSlash: "decode" })).toEqual([]);
  });

  test("nor an origin that cuts parameters off, where routes do so too", () => {
    expect(gotThrough([SERVLET], DEFAULT_PATH_RULES)).not.toEqual([]);
    expect(gotThrough([...ORIGINS, SERVLET], { ...DEFAULT_PATH_RULES, parameters: "ignore" })).toEqual([]);
    expect(
      gotThrough([...ORIGINS, SERVLET], { ...DEFAULT_PATH_RULES, escapedSlash: "decode", parameters: "ignore" }),
    ).toEqual([]);
  });
});

describe("an origin that ignores case", () => {
  const random = new Random(2);
  const spellings = SPELLINGS.map((spelling) =>
    spelling.replace(/[a-z]/gi, (letter) => (random.below(2) === 0 ? letter.toLowerCase() : letter.toUpperCase())),
  );
  const origins = ORIGINS.map(({ name, read }): OriginReading => ({
    name: `${name}, ignoring case,`,
    read: (target) => read(target)?.toLowerCase() ?? null,
  }));

  test("reads nothing under the prefix where routes ignore it, too", () => {
    expect(gotThrough(origins, DEFAULT_PATH_RULES, spellings)).not.toEqual([]);
    expect(gotThrough(origins, { ...DEFAULT_PATH_RULES, case: "ignore" }, spellings)).toEqual([]);
    const both: PathRules = { escapedSlash: "decode", parameters: "ignore", case: "ignore" };
    expect(gotThrough(origins, both, spellings)).toEqual([]);
  });
});

const NGINX = program("nginx");

/** What answered each target: "admin", "other", or a status of nginx's own. */
async function answers(port: number, targets: readonly string[]): Promise<string[]> {
  let text = "";
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const requests = Buffer.from(targets.map((target) => `GET ${target} HTTP/1.1\r\nHost: h\r\n\r\n`).join(""), "latin1");
  let sent = 0;
  const write = (socket: { write(bytes: Uint8Array): number }): void => {
    sent += socket.write(requests.subarray(sent));
  };
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      drain: write,
      data(_socket, bytes) {
        text += bytes.toString("latin1");
        if (text.split("HTTP/1.1 ").length > targets.length) resolve();
      },
      close: () => reject(new Error("nginx closed the connection")),
      error: (_socket, error) => reject(error),
    },
  });
  write(socket);
  await promise;
  socket.end();
  const replies = text.split("HTTP/1.1 ").slice(1);
  return replies.map((reply) => /\r\n\r\n(admin|other)/.exec(reply)?.[1] ?? reply.slice(0, 3));
}

describe.skipIf(NGINX === null)("nginx behind it", () => {
  test("serves nothing under /admin to whoever comes by the other route", async () => {
    const server = `
      location / { return 200 other; }
      location /admin/ { return 200 admin; }
      location = /admin { return 200 admin; }`;
    const nginx = await startNginx(NGINX!, { port: await freePort(), server });
    try {
      expect(await answers(nginx.port, ["/admin/s", "/%61dmin%2fs", "/x"])).toEqual(["admin", "admin", "other"]);
      const all = SPELLINGS.map((spelling) => forwarded(spelling, DEFAULT_PATH_RULES));
      const targets = [...new Set(all.filter((target) => target !== null))];
      for (let from = 0; from < targets.length; from += 200) {
        const some = targets.slice(from, from + 200);
        const got = await answers(nginx.port, some);
        expect(some.filter((_, index) => got[index] === "admin")).toEqual([]);
        expect(got.filter((one) => one === "other").length).toBe(some.length);
      }
    } finally {
      await nginx.stop();
    }
  });
});

/** The plan is what traffic does, and a real request can be asked what it did. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import type { BalanceName } from "../../src/contract/balancer.ts";
import { Stamp } from "../../src/contract/trace-record.ts";
import type { Explained, ExplainRequest } from "../../src/control/edge-control.ts";
import { explainTree } from "../../src/explain/explain-tree.ts";
import { traceIdHex } from "../../src/trace/trace-context.ts";
import { edgeWith, type TestEdge } from "./support/edge.ts";
import { deadAddress, ok, startOrigin, type Origin } from "./support/origin.ts";
import { bodyOf, isComplete, raw, statusOf } from "./support/raw-client.ts";
import { faultOf } from "./support/replies.ts";
import { recordOf } from "./support/traces.ts";

const HOST = "Host: h.example\r\n";
const TOKEN = "the-token-of-the-explain-test";
const ADMIN_TOKEN = "the-admin-token-of-the-test";
const BALANCES: readonly BalanceName[] = ["round-robin", "weighted-round-robin", "least-connections"];

let origins: Origin[];
let edge: TestEdge;
let dead: string;

beforeAll(async () => {
  origins = await Promise.all(
    [0, 1, 2].map(() =>
      startOrigin((request) =>
        request.path.startsWith("/slow")
          ? setTimeout(() => ok(request, "slow"), 120)
          : ok(request, "fine", 'Server-Timing: pool;dur=1.5;desc="wait", db;dur=3.25\r\n'),
      ),
    ),
  );
  dead = await deadAddress();
  const targets = origins.map(({ address }, index) => ({ address, weight: index + 1 }));
  const plain = origins.map(({ address }) => address);
  edge = await edgeWith({
    pools: {
      "round-robin": { targets: plain, balance: "round-robin" },
      "weighted-round-robin": { targets, balance: "weighted-round-robin" },
      "least-connections": { targets: plain, balance: "least-connections" },
      dead: { targets: [dead] },
    },
    routes: [
      ...BALANCES.map((name) => ({ name, match: { path: `/${name}/*` }, proxy: name })),
      { name: "slow", match: { path: "/slow" }, proxy: "round-robin" },
      { name: "dead", match: { path: "/dead" }, proxy: "dead" },
      { name: "posts", match: { path: "/here", method: "POST" }, respond: { body: "posted" } },
      { name: "beta", match: { path: "/here", cookie: { beta: "1" }, query: { v: "2" } }, respond: { body: "beta" } },
      { name: "inside", match: { path: "/here", client: "203.0.113.0/24" }, respond: { body: "inside" } },
      { name: "tea", match: { path: "/tea" }, respond: { status: 418, body: "short and stout" } },
      { name: "away", match: { path: "/away" }, redirect: { to: "https://new.example/" } },
      {
        name: "edited",
        match: { path: "/edited" },
        proxy: "round-robin",
        policies: [{ headers: { request: { set: { "X-A": "1" } }, reply: { set: { "X-B": "2" } } } }],
      },
    ],
    admin: { token: ADMIN_TOKEN, explainToken: TOKEN },
    trace: { ring: 20, notable: 20, slow: "80ms" },
  });
});

afterAll(async () => {
  await edge.stop();
  for (const origin of origins) await origin.stop();
});

const plan = (path: string, rest: Partial<ExplainRequest> = {}): Promise<Explained> =>
  edge.edge.control.explain({
    method: "GET",
    url: `http://h.example${path}`,
    fields: [],
    client: "127.0.0.1",
    ...rest,
  });
const get = (path: string, fields = ""): Promise<string> =>
  raw(edge.port, [`GET ${path} HTTP/1.1\r\n${HOST}${fields}\r\n`], { until: isComplete });
const requests = (): number => origins.reduce((sum, { heads }) => sum + heads.length, 0);
const analyzed = (path: string, token = TOKEN): Promise<string> => get(path, `Roundtrip-Explain: ${token}\r\n`);

describe("a plan", () => {
  test("of a proxied request names route, pool, target and candidates, and sends nothing", async () => {
    const before = requests();
    const { exchanges } = edge.edge.control.status();
    const { record, reply } = await plan("/round-robin/a?q=1");
    expect([record.route, record.pool, record.fault, reply]).toEqual(["round-robin", "round-robin", null, null]);
    expect(origins.map(({ address }) => address)).toContain(record.target);
    expect(record.pickReason).toBe("round-robin");
    expect(record.detail!.targets.filter(({ verdict }) => verdict === "picked").map(({ target }) => target)).toEqual([
      record.target,
    ]);
    expect(record.detail!.targets).toHaveLength(3);
    await Bun.sleep(20);
    expect(requests()).toBe(before);
    expect(edge.edge.control.status().exchanges).toBe(exchanges);
    expect(edge.edge.control.recent(50).some(({ ids }) => ids.equals(record.ids))).toBe(false);
  });

  for (const balance of BALANCES) {
    test(`of ${balance} picks what the next real request gets, however often it is asked`, async () => {
      for (let turn = 0; turn < 9; turn++) {
        const path = `/${balance}/${turn}`;
        const first = (await plan(path)).record.target;
        const { target: foreseen, pickReason } = (await plan(path)).record;
        expect(foreseen).toBe(first);
        expect(statusOf(await get(path))).toBe(200);
        const real = await recordOf(edge, path);
        expect([real.target, real.pickReason]).toEqual([foreseen, pickReason]);
      }
    });
  }

  test("of a request that nothing matches says for each route why", async () => {
    const { record } = await plan("/nowhere");
    expect([record.fault as string, record.status, record.route]).toEqual(["no-route", 404, ""]);
    const { routes } = record.detail!;
    expect(routes).toHaveLength(edge.edge.control.plan().routes.length);
    expect(routes.every(({ matched, failed }) => !matched && failed === "path")).toBe(true);
  });

  test("names the first predicate that failed", async () => {
    const failed = async (rest: Partial<ExplainRequest>, path = "/here"): Promise<Record<string, string>> => {
      const { routes } = (await plan(path, rest)).record.detail!;
      return Object.fromEntries(
        routes
          .filter(({ route }) => ["posts", "beta", "inside"].includes(route))
          .map(({ route, failed: why }) => [route, why]),
      );
    };
    expect(await failed({})).toMatchObject({ posts: "method", inside: "client" });
    expect(await failed({ client: "203.0.113.7" })).toMatchObject({ inside: "" });
    expect(await failed({ fields: [["Cookie", "a=b; beta=1"]] }, "/here?v=2")).toMatchObject({ beta: "" });
    expect(["cookie", "query"]).toContain((await failed({}))["beta"]!);
    expect((await plan("/here", { method: "POST" })).record.route).toBe("posts");
  });

  test("of a fixed response or a redirect holds the reply itself", async () => {
    const tea = await plan("/tea");
    expect([tea.record.status, tea.record.source]).toEqual([418, "respond"]);
    expect(tea.reply?.status).toBe(418);
    const away = await plan("/away");
    expect(away.record.source).toBe("redirect");
    expect(away.reply?.fields).toContainEqual(["Location", "https://new.example/"]);
  });

  test("of a request that would be refused says so", async () => {
    const refused = async (fields: ExplainRequest["fields"]): Promise<unknown[]> => {
      const { record } = await plan("/tea", { fields });
      return [record.status, record.fault];
    };
    expect(await refused([["Host", "a b"]])).toEqual([400, "host-invalid"]);
    expect(await refused([["Content-Length", "x"]])).toEqual([400, "content-length-invalid"]);
    expect((await plan("/tea", { method: "CONNECT" })).record.fault).not.toBeNull();
  });

  test("tells the policies", async () => {
    const { policies } = (await plan("/edited")).record.detail!;
    expect(policies.map(({ policy, on }) => `${policy} ${on}`)).toContain("headers request");
  });

  test("of something that is no request is refused with a RangeError", async () => {
    for (const url of ["", "not a url", "ftp://h.example/", "/relative"])
      await expect(
        edge.edge.control.explain({ method: "GET", url, fields: [], client: "127.0.0.1" }),
      ).rejects.toBeInstanceOf(RangeError);
    for (const broken of [
      { method: "G T" },
      { fields: [["A", "1\r\nHost: evil"]] as const },
      { fields: [["A\r\nB", "1"]] as const },
    ])
      await expect(plan("/tea", broken)).rejects.toBeInstanceOf(RangeError);
  });
});

describe("an analysed request", () => {
  test("has its detail in the trace, with stamps in the order of the path", async () => {
    expect(statusOf(await analyzed("/edited?analysed"))).toBe(200);
    const record = await recordOf(edge, "/edited?analysed");
    const { routes, targets, policies } = record.detail!;
    expect(routes.find(({ matched, failed }) => matched && failed === "")?.route).toBe("edited");
    expect(targets.find(({ verdict }) => verdict === "picked")?.target).toBe(record.target);
    expect(policies.map(({ policy, on }) => `${policy} ${on}`)).toEqual(["headers request", "headers reply"]);
    const order = [
      Stamp.accepted,
      Stamp.headBegun,
      Stamp.headParsed,
      Stamp.routed,
      Stamp.policiesDone,
      Stamp.balanced,
      Stamp.connectBegun,
    ];
    const stamps = [
      ...order,
      Stamp.connected,
      Stamp.requestSent,
      Stamp.firstByte,
      Stamp.lastByte,
      Stamp.replyWritten,
    ].map((stamp) => record.stamps[stamp]!);
    expect(stamps.every((stamp) => stamp > 0)).toBe(true);
    expect(stamps).toEqual(stamps.toSorted((a, b) => a - b));
  });

  test("joins the backend's Server-Timing to its tree, and accounts for all of the time", async () => {
    await analyzed("/round-robin/timed");
    const record = await recordOf(edge, "/round-robin/timed");
    const tree = explainTree({ record, plan: edge.edge.control.plan(), sent: true, reply: null });
    expect(tree.serverTiming).toEqual([
      { name: "pool", durationMs: 1.5, description: "wait" },
      { name: "db", durationMs: 3.25, description: "" },
    ]);
    expect(JSON.stringify(tree.stations)).toContain("db");
    expect(tree.totalMs).toBeGreaterThan(0);
    expect(tree.unaccountedMs!).toBeLessThan(Math.max(0.5, tree.totalMs! / 2));
  });

  test("that fails shows the internal address to who is authorised alone", async () => {
    const told = await analyzed("/dead?authorised");
    expect(statusOf(told)).toBe(502);
    expect(bodyOf(told)).toContain(dead);
    for (const token of ["", "wrong", ADMIN_TOKEN, TOKEN.toUpperCase(), `${TOKEN}x`, TOKEN.slice(1)]) {
      const path = `/dead?with=${token.length}`;
      expect(bodyOf(await analyzed(path, token))).not.toContain(dead);
      expect((await recordOf(edge, path)).detail).toBeNull();
    }
  });

  test("whose token stands in a list gets no detail", async () => {
    await get("/tea?list", `Roundtrip-Explain: wrong, ${TOKEN}\r\n`);
    expect((await recordOf(edge, "/tea?list")).detail).toBeNull();
  });

  test("is found by its trace id, and who asked is in the trace", async () => {
    const id = "4bf92f3577b34da6a3ce929d0e0e4736";
    await get(
      "/tea",
      `traceparent: 00-${id}-00f067aa0ba902b7-01\r\nRoundtrip-Explain: ${TOKEN}\r\nUser-Agent: probe/1\r\n`,
    );
    await recordOf(edge, "/tea");
    const record = edge.edge.control.trace(id)!;
    expect([
      traceIdHex(record),
      record.status,
      record.userAgent,
      record.authority.latin1Slice(0, record.authorityLength),
    ]).toEqual([id, 418, "probe/1", "h.example"]);
    expect(edge.edge.control.trace("0".repeat(32))).toBeUndefined();
  });
});

describe("the rings", () => {
  test("keep errors and slow requests when many good ones have followed", async () => {
    expect(faultOf(await get("/nowhere?kept"))).toBe("no-route");
    expect(bodyOf(await get("/slow"))).toBe("slow");
    expect(statusOf(await raw(edge.port, ["BROKEN\r\n\r\n"]))).toBe(400);
    await recordOf(edge, "BROKEN");
    for (let turn = 0; turn < 30; turn++) await get(`/tea?good${turn}`);
    await recordOf(edge, "/tea?good29");
    expect((await recordOf(edge, "/nowhere?kept")).fault).toBe("no-route");
    expect((await recordOf(edge, "/slow")).status).toBe(200);
    expect((await recordOf(edge, "BROKEN")).fault).toBe("request-line-malformed");
    const lines = edge.edge.control.recent(200).map(({ line, lineLength }) => line.latin1Slice(0, lineLength));
    expect(lines.some((line) => line.includes("?good0 "))).toBe(false);
    expect(lines.filter((line) => line.includes("?good")).length).toBeLessThanOrEqual(20);
  });
});

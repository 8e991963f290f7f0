/** Every algorithm through the whole edge: what `explain` foresees is what traffic gets, and keys stay where they were. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";

import type { BalanceConfig, PoolConfig, TargetConfig } from "../../src/config/pool-config.ts";
import type { Config } from "../../src/config/config.ts";
import type { ExplainRequest } from "../../src/control/edge-control.ts";
import { edgeWith, type TestEdge } from "./support/edge.ts";
import { startNamedPool, type NamedPool } from "./support/named-pool.ts";
import { ok, startOrigin, type Origin, type Received } from "./support/origin.ts";
import { poll } from "./support/poll.ts";
import { isComplete, raw, statusOf } from "./support/raw-client.ts";
import { recordOf } from "./support/traces.ts";

const KEYS = {
  client: "client",
  path: "path",
  field: { field: "x-user" },
  cookie: { cookie: "session" },
  query: { query: "id" },
} as const;

/** By the name of the pool. */
const BALANCES: Readonly<Record<string, NonNullable<PoolConfig["balance"]>>> = {
  "round-robin": "round-robin",
  "weighted-round-robin": "weighted-round-robin",
  random: "random",
  "power-of-two-choices": "power-of-two-choices",
  "least-connections": "least-connections",
  "least-time": "least-time",
  "ip-hash": "ip-hash",
  ...Object.fromEntries(
    (["ring-hash", "maglev"] as const).flatMap((algorithm) => [
      ...Object.entries(KEYS).map(([name, key]): [string, BalanceConfig] => [
        `${algorithm}-${name}`,
        { algorithm, key },
      ]),
      [`${algorithm}-bounded`, { algorithm, key: "path", boundedLoad: 1.25 }] as [string, BalanceConfig],
    ]),
  ),
};

describe("explain and traffic", () => {
  let origins: Origin[] = [];
  let edge: TestEdge;
  const held: Received[] = [];

  beforeAll(async () => {
    const answer = (request: Received): unknown =>
      request.path.endsWith("/held") ? held.push(request) : ok(request, "fine");
    origins = await Promise.all([0, 1, 2, 3, 4].map(() => startOrigin(answer)));
    const targetsOf = (balance: unknown): TargetConfig[] =>
      origins.map(({ address }, index) => ({
        address,
        // Plain round-robin does not go by weights.
        ...(index === 0 && balance !== "round-robin" && { weight: 3 }),
      }));
    const pools = Object.entries(BALANCES).map(([name, balance]) => [name, { targets: targetsOf(balance), balance }]);
    const config: Config = {
      pools: Object.fromEntries(pools) as Readonly<Record<string, PoolConfig>>,
      routes: Object.keys(BALANCES).map((name) => ({ name, match: { path: `/${name}/*` }, proxy: name })),
      // So that requests of this machine can come from everywhere.
      trustedProxies: ["127.0.0.1"],
      trace: { ring: 50 },
    };
    edge = await edgeWith(config);
  });

  afterAll(async () => {
    await edge.stop();
    for (const origin of origins) await origin.stop();
  });

  const send = (path: string, fields: string): Promise<string> =>
    raw(edge.port, [`GET ${path} HTTP/1.1\r\nHost: h.example\r\n${fields}\r\n`], { until: isComplete });

  for (const [name, balance] of Object.entries(BALANCES)) {
    test(`${name}: the same target for the same reason, however often it was asked before`, async () => {
      // Uneven load, for those that look at it.
      const before = held.length;
      const waiting = Array.from({ length: 4 }, () => send(`/${name}/held`, ""));
      expect(await poll(() => held.length === before + 4)).toBe(true);

      let compared = 0;
      const seen = new Set<string>();
      for (let turn = 0; turn < 20; turn++) {
        const client = `203.0.113.${turn}`;
        const path = `/${name}/${turn}?id=${turn}`;
        const fields = { "x-user": `u${turn}`, cookie: `a=b; session=s${turn}` };
        const asked: ExplainRequest = {
          method: "GET",
          url: `http://h.example${path}`,
          fields: Object.entries(fields),
          client,
        };
        const lines = Object.entries(fields).map(([field, value]) => `${field}: ${value}\r\n`);
        const { now } = edge.edge.control.status();
        const first = (await edge.edge.control.explain(asked)).record;
        const { target, pickReason, detail } = (await edge.edge.control.explain(asked)).record;
        expect([first.target, first.pickReason]).toEqual([target, pickReason]);
        expect(detail!.targets.filter(({ verdict }) => verdict === "picked").map((one) => one.target)).toEqual([
          target,
        ]);
        expect(statusOf(await send(path, `X-Forwarded-For: ${client}\r\n${lines.join("")}`))).toBe(200);
        // What decays by the clock may have changed its mind meanwhile.
        if (edge.edge.control.status().now !== now) continue;
        const real = await recordOf(edge, `${path} `);
        expect([real.target, real.pickReason]).toEqual([target, pickReason]);
        compared++;
        seen.add(target);
      }
      expect(compared).toBeGreaterThan(5);
      // Those that go by load may have one favourite as long as it stays as it is.
      if (!/^least|bounded$/.test(name)) expect(seen.size).toBeGreaterThan(1);
      const { pickReason } = (
        await edge.edge.control.explain({
          method: "GET",
          url: `http://h.example/${name}/reason`,
          fields: [],
          client: "203.0.113.200",
        })
      ).record;
      const algorithm = typeof balance === "string" ? balance : balance.algorithm;
      expect([algorithm, "hash-next"]).toContain(pickReason);

      for (const request of held.splice(before)) ok(request, "done");
      await Promise.all(waiting);
    });
  }
});

describe.each(["ring-hash", "maglev"] as const)("keys under %s", (algorithm) => {
  const COUNT = 300;
  let pool: NamedPool;

  afterEach(async () => {
    await pool.stop();
  });

  const balance = { algorithm, key: { field: "x-user" } } as const;
  /** Where each of the keys goes, as a text of the targets' names. */
  async function places(): Promise<string> {
    let names = "";
    for (let key = 0; key < COUNT; key++) {
      const { record } = await pool.explain("/", [["x-user", `user-${key}`]]);
      names += pool.nameOf(record.target);
    }
    return names;
  }
  const moved = (before: string, after: string): number[] =>
    Array.from({ length: COUNT }, (_, key) => key).filter((key) => before[key] !== after[key]);

  test("are spread, found by traffic, and stay over reloads that leave the targets as they are", async () => {
    pool = await startNamedPool("abcde", { pool: { balance } });
    const before = await places();
    for (const name of "abcde") expect(before.split(name).length - 1).toBeWithin(30, 110);
    for (let key = 0; key < 20; key++) {
      expect((await pool.get("/", `X-User: user-${key}\r\n`)).body).toBe(before[key]!);
    }
    await pool.reload({}, { balance, queue: { max: 5 } });
    expect(await places()).toBe(before);
  });

  test("of a target that leaves move, few others do, and all are back with it", async () => {
    pool = await startNamedPool("abcde", { pool: { balance } });
    const before = await places();
    const theirs = before.split("c").length - 1;
    await pool.reload({ c: null });
    const without = await places();
    expect(without).not.toContain("c");
    // Maglev trades a little of this for equal shares; a ring moves nothing else.
    const others = moved(before, without).filter((key) => before[key] !== "c");
    expect(others.length).toBeLessThanOrEqual(algorithm === "maglev" ? 0.1 * COUNT : 0);
    expect(moved(before, without).length).toBe(theirs + others.length);
    await pool.reload({});
    expect(await places()).toBe(before);
  });

  test("of a target that drains go on to the next one, which says so", async () => {
    pool = await startNamedPool("abc", { pool: { balance } });
    const before = await places();
    pool.live().setMode(pool.target("a"), "drain", pool.now(), 0);
    const after = await places();
    expect(after).not.toContain("a");
    const key = before.indexOf("a");
    const { body } = await pool.get("/next", `X-User: user-${key}\r\n`);
    expect(body).toBe(after[key]!);
    pool.live().setMode(pool.target("a"), "ready", pool.now(), 0);
    expect(await places()).toBe(before);
  });

  test("that everybody asks for spread over more targets when the load is bounded", async () => {
    const held: Received[] = [];
    pool = await startNamedPool("abc", {
      pool: { balance: { ...balance, boundedLoad: 1.25 } },
      answer: (name, request) => (request.path === "/hot" ? held.push(request) : ok(request, name)),
    });
    const hot = Array.from({ length: 12 }, () => pool.get("/hot", "X-User: everybody\r\n"));
    expect(await poll(() => held.length === 12)).toBe(true);
    const active = pool.live().targets.map((target) => target.active);
    // 1.25 times the mean of 4, rounded up.
    expect(Math.max(...active)).toBeLessThanOrEqual(6);
    expect(Math.min(...active)).toBeGreaterThan(0);
    for (const request of held) ok(request, "done");
    await Promise.all(hot);
    // What its own target could not take says so.
    const reasons = (): string[] => pool.edge.edge.control.recent(20).map(({ pickReason }) => pickReason);
    expect(await poll(() => reasons().length === 12)).toBe(true);
    expect(new Set(reasons())).toEqual(new Set([algorithm, "hash-next"]));
    expect((await pool.explain("/", [["x-user", "everybody"]])).record.pickReason).toBe(algorithm);
  });
});

import { afterEach, describe, expect, test } from "bun:test";
import type { TargetSourcePlan } from "../../contract/plan.ts";
import { Discovery } from "./discovery.ts";
import { FakePool } from "./fake-pool-for-tests.ts";
import { FakeResolver, settle } from "./fake-resolver-for-tests.ts";
import { MAX_ENDPOINTS } from "./pool-sink.ts";

const running: Discovery[] = [];
afterEach(() => {
  for (const discovery of running.splice(0)) discovery.stop();
});

function dns(name: string, port = 80, weight = 1, text = `dns ${name}:${port}`): TargetSourcePlan {
  const endpoint = { port, weight, tier: 0, backup: false, mode: "ready" as const };
  return { kind: "dns", text, name, endpoint, refresh: { minimum: 1000, maximum: 300_000 } };
}

function setUp(random: () => number = () => 1): { resolver: FakeResolver; discovery: Discovery } {
  const resolver = new FakeResolver();
  const discovery = new Discovery({ resolver, random });
  running.push(discovery);
  return { resolver, discovery };
}

async function tick(discovery: Discovery, now: number): Promise<void> {
  discovery.tick(now);
  await settle();
}

async function sync(discovery: Discovery, now: number, ...pools: FakePool[]): Promise<void> {
  discovery.sync(
    pools.map(({ live }) => live),
    now,
  );
  await settle();
}

describe("targets by DNS", () => {
  test("every address is a target with the properties of the source", async () => {
    const { resolver, discovery } = setUp();
    resolver.set("users.internal", 30, "10.0.0.2", "::1", "10.0.0.1", "10.0.0.2");
    const pool = new FakePool(dns("users.internal", 8080, 3));
    await sync(discovery, 700, pool);
    expect(pool.lists).toEqual([["10.0.0.1:8080", "10.0.0.2:8080", "::1:8080"]]);
    expect(pool.targets[0]).toMatchObject({ weight: 3, tier: 0, backup: false, mode: "ready" });
    expect(pool.toldAt).toBe(700);
    expect(pool.problem).toBe("");
  });

  test("asked again when the shortest TTL is over, not before", async () => {
    const { resolver, discovery } = setUp();
    resolver.give("users.internal", [
      { address: "10.0.0.1", ttl: 60 },
      { address: "10.0.0.2", ttl: 20 },
    ]);
    const pool = new FakePool(dns("users.internal"));
    await sync(discovery, 1000, pool);
    await tick(discovery, 20_900);
    expect(resolver.asked).toHaveLength(1);
    resolver.set("users.internal", 60, "10.0.0.3");
    await tick(discovery, 21_000);
    expect(resolver.asked).toHaveLength(2);
    expect(pool.addresses).toBe("10.0.0.3:80");
  });

  test("one question at a time, however long the answer takes", async () => {
    const { resolver, discovery } = setUp();
    resolver.set("users.internal", 1, "10.0.0.1");
    resolver.held = true;
    const pool = new FakePool(dns("users.internal"));
    await sync(discovery, 0, pool);
    await tick(discovery, 5000);
    expect(resolver.asked).toHaveLength(1);
    resolver.release();
    await settle();
    // The lifetime counts from when the answer came.
    await tick(discovery, 5900);
    expect(resolver.asked).toHaveLength(1);
    await tick(discovery, 6000);
    expect(resolver.asked).toHaveLength(2);
  });

  test("a name that cannot be resolved does not stop the start, and is tried again with a growing back-off", async () => {
    const { resolver, discovery } = setUp();
    const pool = new FakePool(dns("users.internal"));
    await sync(discovery, 0, pool);
    expect(pool.problem).toBe(
      "users.internal: no such name or no address for it (ENOTFOUND); it has named no target yet",
    );
    const askedAt: number[] = [];
    for (let now = 100; now <= 31_000; now += 100) {
      const before = resolver.asked.length;
      await tick(discovery, now);
      if (resolver.asked.length > before) askedAt.push(now);
    }
    expect(askedAt).toEqual([2000, 6000, 14_000, 30_000]);
    resolver.set("users.internal", 30, "10.0.0.1");
    await tick(discovery, 62_000);
    expect(pool.addresses).toBe("10.0.0.1:80");
    expect(pool.problem).toBe("");
  });

  for (const [code, words] of [
    ["ENOTFOUND", "no such name or no address for it (ENOTFOUND)"],
    ["ESERVFAIL", "the name server failed (ESERVFAIL)"],
    ["ETIMEOUT", "no answer in time (ETIMEOUT)"],
    ["EWHATEVER", "the lookup failed (EWHATEVER)"],
  ] as const) {
    test(`${code} keeps the targets of before and says so`, async () => {
      const { resolver, discovery } = setUp();
      resolver.set("users.internal", 5, "10.0.0.1", "10.0.0.2", "10.0.0.3");
      const pool = new FakePool(dns("users.internal"));
      await sync(discovery, 0, pool);
      resolver.addresses.set("users.internal", code);
      await tick(discovery, 5000);
      expect(pool.addresses).toBe("10.0.0.1:80 10.0.0.2:80 10.0.0.3:80");
      expect(pool.problem).toBe(`users.internal: ${words}; the 3 targets of before are kept`);
    });
  }

  test("an answer without addresses empties nothing", async () => {
    const { resolver, discovery } = setUp();
    resolver.set("users.internal", 5, "10.0.0.1");
    const pool = new FakePool(dns("users.internal"));
    await sync(discovery, 0, pool);
    resolver.set("users.internal", 5);
    await tick(discovery, 5000);
    expect(pool.addresses).toBe("10.0.0.1:80");
    expect(pool.problem).toBe("users.internal: the name has no address (ENODATA); the 1 target of before is kept");
  });

  test("a family whose query fails keeps its targets, and is said; one that has none any more loses them", async () => {
    const { resolver, discovery } = setUp();
    resolver.set("users.internal", 5, "10.0.0.1", "::1", "::2");
    const pool = new FakePool(dns("users.internal"));
    await sync(discovery, 0, pool);
    resolver.set("users.internal", 5, "10.0.0.2");
    resolver.fail("users.internal", "ipv6", "ESERVFAIL");
    await tick(discovery, 5000);
    expect(pool.addresses).toBe("10.0.0.2:80 ::1:80 ::2:80");
    expect(pool.problem).toBe(
      "users.internal: the name server failed (ESERVFAIL), its IPv6 addresses of before are kept",
    );
    resolver.fail("users.internal", "ipv6", "ENOTFOUND");
    await tick(discovery, 10_000);
    expect(pool.addresses).toBe("10.0.0.2:80");
    expect(pool.problem).toBe("");
    // What never was is not missed.
    resolver.fail("users.internal", "ipv6", "ESERVFAIL");
    await tick(discovery, 15_000);
    expect(pool.problem).toBe("");
  });

  test("a resolver that never answers is given up", async () => {
    const { resolver, discovery } = setUp();
    resolver.held = true;
    const pool = new FakePool(dns("users.internal"));
    await sync(discovery, 0, pool);
    await tick(discovery, 5900);
    expect(pool.problem).toBe("");
    await tick(discovery, 6000);
    expect(pool.problem).toStartWith("users.internal: no answer in time (ETIMEOUT)");
    await tick(discovery, 8000);
    expect(resolver.asked).toHaveLength(2);
  });

  test("more addresses than a source may have", async () => {
    const { resolver, discovery } = setUp();
    const many = Array.from(
      { length: MAX_ENDPOINTS + 2 },
      (_, index) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
    );
    resolver.set("users.internal", 5, ...many);
    const pool = new FakePool(dns("users.internal"));
    await sync(discovery, 0, pool);
    expect(pool.targets).toHaveLength(MAX_ENDPOINTS);
    expect(pool.problem).toBe("only the first 16384 of 16386 targets are used");
  });
});

describe("start, reload and stop", () => {
  test("sources that do not run are left alone", async () => {
    const { discovery } = setUp();
    const pool = new FakePool({ kind: "config", text: "config", endpoints: [] }, { kind: "admin", text: "admin" });
    await sync(discovery, 0, pool);
    await tick(discovery, 100);
    expect(pool.lists).toEqual([]);
    expect(pool.problems).toBe(0);
  });

  test("a source whose plan is the same by value goes on; a changed one restarts", async () => {
    const { resolver, discovery } = setUp();
    resolver.set("users.internal", 60, "10.0.0.1");
    resolver.set("orders.internal", 60, "10.0.1.1");
    const pool = new FakePool(dns("users.internal"), dns("orders.internal", 80, 1, "orders"));
    await sync(discovery, 0, pool);
    expect(resolver.asked).toEqual(["users.internal", "orders.internal"]);
    pool.plan = { sources: [dns("users.internal"), dns("orders.internal", 80, 5, "orders")] };
    await sync(discovery, 1000, pool);
    expect(resolver.asked).toEqual(["users.internal", "orders.internal", "orders.internal"]);
    expect(pool.targets.map(({ host, weight }) => `${host} ${weight}`)).toEqual(["10.0.0.1 1", "10.0.1.1 5"]);
    // The one that went on keeps its time.
    await tick(discovery, 60_000);
    expect(resolver.asked.at(-1)).toBe("users.internal");
  });

  test("the same source in two pools is two sources", async () => {
    const { resolver, discovery } = setUp();
    resolver.set("users.internal", 60, "10.0.0.1");
    const pools = [new FakePool(dns("users.internal")), new FakePool(dns("users.internal"))] as const;
    await sync(discovery, 0, ...pools);
    expect(pools.map(({ addresses }) => addresses)).toEqual(["10.0.0.1:80", "10.0.0.1:80"]);
    await sync(discovery, 100, pools[1]);
    await tick(discovery, 60_000);
    expect(resolver.asked).toHaveLength(3);
    expect(pools[0].toldAt).toBe(0);
    expect(pools[1].toldAt).toBe(60_000);
  });

  test("an answer to a source that is gone goes nowhere", async () => {
    const { resolver, discovery } = setUp();
    resolver.set("users.internal", 60, "10.0.0.1");
    resolver.held = true;
    const pool = new FakePool(dns("users.internal"));
    await sync(discovery, 0, pool);
    pool.plan = { sources: [] };
    await sync(discovery, 100, pool);
    resolver.release();
    await settle();
    expect(pool.lists).toEqual([]);
    expect(pool.problems).toBe(0);
  });

  test("after a stop nothing is asked or told; a sync restarts", async () => {
    const { resolver, discovery } = setUp();
    resolver.set("users.internal", 1, "10.0.0.1");
    resolver.held = true;
    const pool = new FakePool(dns("users.internal"));
    await sync(discovery, 0, pool);
    discovery.stop();
    resolver.release();
    await tick(discovery, 10_000);
    expect(pool.toldAt).toBe(-1);
    expect(resolver.asked).toHaveLength(1);
    await sync(discovery, 20_000, pool);
    expect(pool.addresses).toBe("10.0.0.1:80");
  });
});

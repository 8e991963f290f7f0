import { describe, expect, test } from "bun:test";
import type { ResolvedService } from "../../contract/resolver.ts";
import { Discovery } from "./discovery.ts";
import { FakePool } from "./fake-pool-for-tests.ts";
import { FakeResolver, settle } from "./fake-resolver-for-tests.ts";

const SERVICE = "_http._tcp.users.internal";
const source = {
  kind: "srv",
  text: `srv ${SERVICE}`,
  name: SERVICE,
  refresh: { minimum: 1000, maximum: 300_000 },
} as const;

function record(name: string, priority = 0, weight = 0, port = 8080, ttl = 0): ResolvedService {
  return { name, port, priority, weight, ttl };
}

async function setUp(
  records: readonly ResolvedService[] | string,
  ...more: ConstructorParameters<typeof FakePool>
): Promise<{
  resolver: FakeResolver;
  pool: FakePool;
  tick: (now: number) => Promise<void>;
}> {
  const resolver = new FakeResolver();
  resolver.services.set(SERVICE, records);
  resolver.set("a.internal", 600, "10.0.0.1");
  resolver.set("b.internal", 600, "10.0.0.3", "10.0.0.2");
  const pool = new FakePool(source, ...more);
  const discovery = new Discovery({ resolver, random: () => 1 });
  discovery.sync([pool.live], 0);
  await settle();
  const tick = async (now: number): Promise<void> => {
    discovery.tick(now);
    await settle();
  };
  return { resolver, pool, tick };
}

describe("targets by SRV", () => {
  test("names become addresses, priorities tiers, the port is the record's", async () => {
    const { pool } = await setUp([record("b.internal", 20, 5, 9090), record("a.internal", 10, 5)]);
    expect(pool.lists).toEqual([["10.0.0.1:8080", "10.0.0.2:9090", "10.0.0.3:9090"]]);
    expect(pool.targets.map(({ tier }) => tier)).toEqual([0, 1, 1]);
    expect(pool.problem).toBe("");
  });

  test("asked again after 30 s when the TTL is not told, or when an address's is over", async () => {
    const { resolver, tick } = await setUp([record("a.internal")]);
    await tick(29_900);
    expect(resolver.asked).toEqual([SERVICE, "a.internal"]);
    resolver.set("a.internal", 7, "10.0.0.1");
    await tick(30_000);
    expect(resolver.asked).toHaveLength(4);
    await tick(36_900);
    expect(resolver.asked).toHaveLength(4);
    resolver.services.set(SERVICE, [record("b.internal", 0, 0, 80, 12)]);
    await tick(37_000);
    await tick(48_900);
    expect(resolver.asked).toHaveLength(6);
    await tick(49_000);
    expect(resolver.asked).toHaveLength(8);
  });

  test('target ".": decidedly not available, which empties no pool', async () => {
    const { resolver, pool, tick } = await setUp([record("a.internal")]);
    resolver.services.set(SERVICE, [record("", 0, 0, 0)]);
    await tick(30_000);
    expect(pool.addresses).toBe("10.0.0.1:8080");
    expect(pool.problem).toBe(
      `${SERVICE}: the service is said not to be available (SRV target "."); the 1 target of before is kept`,
    );
  });

  test('target ".": believed where the pool has other targets', async () => {
    const { resolver, pool, tick } = await setUp([record("a.internal")]);
    pool.targets.push({ ...pool.targets[0]!, host: "10.9.9.9", source: "config" });
    resolver.services.set(SERVICE, [record(".", 0, 0, 0)]);
    await tick(30_000);
    expect(pool.addresses).toBe("10.9.9.9:8080");
    expect(pool.problem).toBe(`${SERVICE}: the service is said not to be available (SRV target ".")`);
  });

  test("no such name, or no records: the targets are kept", async () => {
    const { resolver, pool, tick } = await setUp([record("a.internal")]);
    resolver.services.set(SERVICE, "ENOTFOUND");
    await tick(30_000);
    expect(pool.problem).toBe(
      `${SERVICE}: no such name or no SRV record for it (ENOTFOUND); the 1 target of before is kept`,
    );
    resolver.services.set(SERVICE, []);
    await tick(32_000);
    expect(pool.problem).toBe(`${SERVICE}: the name has no SRV record; the 1 target of before is kept`);
    expect(pool.addresses).toBe("10.0.0.1:8080");
  });

  test("a name that was never resolved is left out, said, and asked again soon", async () => {
    const { resolver, pool, tick } = await setUp([record("a.internal"), record("new.internal")]);
    expect(pool.addresses).toBe("10.0.0.1:8080");
    expect(pool.problem).toBe(`${SERVICE}: new.internal: no such name or no address for it (ENOTFOUND), left out`);
    resolver.set("new.internal", 600, "10.0.0.9");
    await tick(2000);
    expect(pool.addresses).toBe("10.0.0.1:8080 10.0.0.9:8080");
    expect(pool.problem).toBe("");
  });

  test("a name that fails keeps the addresses it had, as long as a record names it", async () => {
    const { resolver, pool, tick } = await setUp([record("a.internal"), record("b.internal")]);
    resolver.addresses.set("b.internal", "ESERVFAIL");
    await tick(30_000);
    expect(pool.addresses).toBe("10.0.0.1:8080 10.0.0.2:8080 10.0.0.3:8080");
    expect(pool.problem).toBe(
      `${SERVICE}: b.internal: the name server failed (ESERVFAIL), its addresses of before are kept`,
    );
    resolver.services.set(SERVICE, [record("a.internal")]);
    await tick(32_000);
    expect(pool.addresses).toBe("10.0.0.1:8080");
    // Forgotten: it comes back without addresses.
    resolver.services.set(SERVICE, [record("a.internal"), record("b.internal")]);
    await tick(62_000);
    expect(pool.addresses).toBe("10.0.0.1:8080");
  });

  test("one family of a name that fails keeps the addresses it had", async () => {
    const { resolver, pool, tick } = await setUp([record("b.internal")]);
    resolver.set("b.internal", 600, "::1");
    resolver.fail("b.internal", "ipv4", "ETIMEOUT");
    await tick(30_000);
    expect(pool.addresses).toBe("10.0.0.2:8080 10.0.0.3:8080 ::1:8080");
    expect(pool.problem).toBe(
      `${SERVICE}: b.internal: no answer in time (ETIMEOUT), its IPv4 addresses of before are kept`,
    );
  });

  test("names that all fail are a failure, and only the first are listed", async () => {
    const { pool } = await setUp(["v", "w", "x", "y", "z"].map((name) => record(name)));
    expect(pool.lists).toEqual([]);
    expect(pool.problem).toContain("v: no such name");
    expect(pool.problem).toEndWith("; and 2 more names; it has named no target yet");
  });

  test("port 0 is not a port", async () => {
    const { pool } = await setUp([record("a.internal", 0, 0, 0)]);
    expect(pool.problem).toBe(`${SERVICE}: no record has a usable port; it has named no target yet`);
  });
});

/** Targets that a file or DNS names: they come and go while the edge runs, and trouble with the source is no trouble. */
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FakeResolver } from "../../src/balance/discovery/fake-resolver-for-tests.ts";
import type { Config } from "../../src/config/config.ts";
import type { PoolConfig } from "../../src/config/pool-config.ts";
import type { LivePool } from "../../src/contract/live-pool.ts";
import { edgeWith, type TestEdge } from "./support/edge.ts";
import { ok, startOrigin, type Origin } from "./support/origin.ts";
import { poll } from "./support/poll.ts";
import { bodyOf, isComplete, raw, statusOf } from "./support/raw-client.ts";
import { faultOf } from "./support/replies.ts";

const opened: Array<{ stop(): unknown }> = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.stop();
});

async function origin(name: string): Promise<Origin> {
  const started = await startOrigin((request) => ok(request, name));
  opened.push(started);
  return started;
}

let edge: TestEdge;

async function start(pool: PoolConfig, resolver?: FakeResolver, more: Config["routes"] = []): Promise<void> {
  edge = await edgeWith(
    { pools: { main: pool }, routes: [{ name: "all", match: { path: "/*" }, proxy: "main" }, ...more] },
    resolver === undefined ? {} : { resolver },
  );
  opened.push(edge);
}

const live = (): LivePool => edge.edge.control.plan().pools.get("main")!.live;
const addresses = (): string[] =>
  live()
    .targets.filter(({ removed }) => !removed)
    .map(({ address }) => address);
const problem = (): string => live().sources.find(({ source }) => source !== "config")!.problem;
const get = (path = "/x"): Promise<string> =>
  raw(edge.port, [`GET ${path} HTTP/1.1\r\nHost: h.example\r\n\r\n`], { until: isComplete });
async function answers(count = 6): Promise<string> {
  let names = "";
  for (let turn = 0; turn < count; turn++) {
    const reply = await get();
    names += statusOf(reply) === 200 ? bodyOf(reply) : `(${statusOf(reply)})`;
  }
  return [...new Set(names)].toSorted().join("");
}

describe("a file", () => {
  let file = "";
  const write = (content: unknown): void => {
    // As a tool does it that does not want to be read in the middle.
    writeFileSync(`${file}.new`, typeof content === "string" ? content : JSON.stringify(content));
    renameSync(`${file}.new`, file);
  };
  const folder = (): void => {
    const path = mkdtempSync(join(tmpdir(), "roundtrip-targets-"));
    opened.push({ stop: () => rmSync(path, { recursive: true }) });
    file = join(path, "targets.json");
  };

  test("is read at the start and again when it changes: targets join, leave and change their weight", async () => {
    folder();
    const [a, b, c] = [await origin("a"), await origin("b"), await origin("c")];
    write([a.address, { address: b.address, weight: 2 }]);
    await start({ targets: [{ file }] });
    expect(await answers()).toBe("ab");
    write([{ address: b.address, weight: 5 }, { address: c.address }]);
    expect(await poll(() => addresses().join() === [b.address, c.address].join())).toBe(true);
    expect(await answers()).toBe("bc");
    expect(live().targets.find(({ address }) => address === b.address)!.weight).toBe(5);
    expect(problem()).toBe("");
  });

  test("that is broken, emptied or gone leaves the targets as they are, and says why", async () => {
    folder();
    const a = await origin("a");
    write([a.address]);
    await start({ targets: [{ file }] });
    for (const [content, said] of [
      ['[\n  "127.0.0.1:1",\n', "targets.json:3"],
      ['["127.0.0.1:port"]', "targets.json:1"],
      ["[]", "empty"],
    ] as const) {
      write(content);
      expect(await poll(() => problem().includes(said))).toBe(true);
      expect([await answers(3), addresses()]).toEqual(["a", [a.address]]);
    }
    rmSync(file);
    expect(await poll(() => problem() !== "" && !problem().includes("empty"))).toBe(true);
    expect(await answers(3)).toBe("a");
    write([a.address]);
    expect(await poll(() => problem() === "")).toBe(true);
  });

  test("that is not there yet does not stop the start", async () => {
    folder();
    await start({ targets: [{ file }] });
    const refused = await get();
    expect([statusOf(refused), faultOf(refused)]).toEqual([503, "no-target"]);
    write([(await origin("a")).address]);
    expect(await poll(() => addresses().length === 1)).toBe(true);
    expect(await answers(2)).toBe("a");
  });
});

describe("a DNS name", () => {
  const QUICK = { minimum: "100ms", maximum: "200ms" } as const;

  test("that does not resolve stops neither the start nor other targets, and is used once it does", async () => {
    const [a, b] = [await origin("a"), await origin("b")];
    const resolver = new FakeResolver();
    await start({ targets: [a.address, { dns: `shop.internal:${b.port}`, refresh: QUICK }] }, resolver);
    expect(await answers(3)).toBe("a");
    expect(await poll(() => problem().includes("shop.internal"))).toBe(true);
    resolver.set("shop.internal", 0, "127.0.0.1");
    expect(await poll(() => addresses().includes(b.address))).toBe(true);
    expect([await answers(), problem()]).toEqual(["ab", ""]);
  });

  test("alone in its pool: 503 before it resolves, and after that kept whatever the name server says", async () => {
    const a = await origin("a");
    const resolver = new FakeResolver();
    await start({ targets: [{ dns: `shop.internal:${a.port}`, refresh: QUICK }] }, resolver, [
      { name: "fixed", match: { path: "/fixed" }, respond: { body: "fixed" } },
    ]);
    expect(faultOf(await get())).toBe("no-target");
    expect(bodyOf(await get("/fixed"))).toBe("fixed");
    resolver.set("shop.internal", 0, "127.0.0.1");
    expect(await poll(() => addresses().length === 1)).toBe(true);
    for (const failure of ["ENOTFOUND", "ETIMEOUT", "ESERVFAIL", []] as const) {
      const asked = resolver.asked.length;
      if (typeof failure === "string") resolver.addresses.set("shop.internal", failure);
      else resolver.give("shop.internal", failure);
      expect(await poll(() => resolver.asked.length > asked + 1 && problem() !== "")).toBe(true);
      expect([await answers(2), addresses()]).toEqual(["a", [a.address]]);
    }
  });

  test("whose addresses change: the new ones get requests, the old ones finish theirs", async () => {
    const { promise: release, resolve } = Promise.withResolvers<void>();
    const a = await startOrigin(async (request) => {
      if (request.path === "/held") await release;
      ok(request, "a");
    });
    opened.push(a);
    // The same port of another loopback address.
    const b = Bun.serve({ hostname: "127.0.0.2", port: a.port, fetch: () => new Response("b") });
    opened.push({ stop: () => b.stop(true) });
    const resolver = new FakeResolver();
    resolver.set("shop.internal", 0, "127.0.0.1");
    await start({ targets: [{ dns: `shop.internal:${a.port}`, refresh: QUICK }] }, resolver);
    expect(await poll(() => addresses().length === 1)).toBe(true);
    const held = get("/held");
    await a.head("/held");
    resolver.set("shop.internal", 0, "127.0.0.2");
    expect(await poll(() => addresses().join() === `127.0.0.2:${a.port}`)).toBe(true);
    expect(await answers(3)).toBe("b");
    resolve();
    expect(bodyOf(await held)).toBe("a");
    expect(await poll(() => live().targets.length === 1)).toBe(true);
  });

  test("of services: ports, weights and priorities are the records'", async () => {
    const [a, b, c] = [await origin("a"), await origin("b"), await origin("c")];
    const resolver = new FakeResolver();
    const record = ({ port }: Origin, priority: number, weight: number) => ({
      name: "one.internal",
      port,
      priority,
      weight,
      ttl: 0,
    });
    resolver.services.set("_http._tcp.shop.internal", [record(a, 10, 30), record(b, 10, 10), record(c, 20, 1)]);
    resolver.set("one.internal", 0, "127.0.0.1");
    await start(
      { targets: [{ srv: "_http._tcp.shop.internal", refresh: QUICK }], balance: "weighted-round-robin" },
      resolver,
    );
    expect(await poll(() => addresses().length === 3)).toBe(true);
    const targetOf = ({ address }: Origin) => live().targets.find((target) => target.address === address)!;
    expect(targetOf(a).weight / targetOf(b).weight).toBe(3);
    expect(targetOf(c).tier).toBeGreaterThan(targetOf(a).tier);
    expect(await answers(8)).toBe("ab");
    await a.stop();
    await b.stop();
    expect(await answers(4)).toBe("c");
  });
});

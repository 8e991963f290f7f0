/** The name server inside an edge: what it says follows the edge's pools, and `explain` begins with it. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FakeResolver } from "../../src/balance/discovery/fake-resolver-for-tests.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { LivePool } from "../../src/contract/live-pool.ts";
import { readMessage, writeMessage } from "../../src/dns/wire/message.ts";
import { parseName } from "../../src/dns/wire/name.ts";
import { formatRdata } from "../../src/dns/wire/rdata-text.ts";
import { RecordClass, RecordType } from "../../src/dns/wire/record-type.ts";
import { startEdge } from "../../src/edge/edge.ts";
import { edgeWith, type TestEdge } from "./support/edge.ts";
import { ok, startOrigin, type Origin } from "./support/origin.ts";
import { until } from "../e2e/support/processes.ts";

const TOKEN = "the-token-of-the-names-test";

let origins: Origin[];
let edge: TestEdge;
let outside: FakeResolver;

beforeEach(async () => {
  origins = [await startOrigin((request) => ok(request, "near")), await startOrigin((request) => ok(request, "far"))];
  outside = new FakeResolver();
  outside.set("shop.cdn.example", 60, "203.0.113.9");
  edge = await edgeWith(
    {
      admin: { address: "127.0.0.1:0", token: TOKEN },
      pools: { near: { targets: [origins[0]!.address] }, far: { targets: [origins[1]!.address] } },
      routes: [
        { match: { path: "/dns-query" }, doh: true },
        { match: { path: "/*" }, proxy: "near" },
      ],
      dns: {
        listeners: ["127.0.0.1:0"],
        zones: {
          "shop.test": {
            records: { "@": { NS: "ns" }, ns: { A: "127.0.0.1" }, mail: { AAAA: "::1" }, old: { CNAME: "mail" } },
            steering: {
              "@": { alias: "shop.cdn.example" },
              www: {
                pops: {
                  near: { addresses: ["192.0.2.1"], health: "near" },
                  far: { addresses: ["192.0.2.2"], health: "far" },
                },
                geography: { "*": ["near", "far"] },
              },
              turn: {
                pops: { a: { addresses: ["192.0.2.11"] }, b: { addresses: ["192.0.2.12"] } },
                pick: "one",
              },
            },
          },
        },
      },
    },
    { resolver: outside },
  );
});

afterEach(async () => {
  await edge.stop();
  for (const origin of origins) await origin.stop();
});

const live = (pool: string): LivePool => edge.edge.control.plan().pools.get(pool)!.live;

function setMode(pool: string, mode: "drain" | "ready"): void {
  live(pool).setMode(live(pool).targets[0]!, mode, edge.edge.control.status().now, 0);
}

/** Addresses that the edge gives for a name now, by DNS over HTTP: nothing keeps the answer. */
async function addressesOf(name: string): Promise<string[]> {
  const question = { name: parseName(`${name}.`) as Uint8Array, type: RecordType.A, class: RecordClass.IN };
  const reply = await fetch(`http://127.0.0.1:${edge.port}/dns-query`, {
    method: "POST",
    headers: { "content-type": "application/dns-message" },
    body: Uint8Array.from(writeMessage({ id: 0, flags: 0, questions: [question] })),
  });
  const { answers } = readMessage(new Uint8Array(await reply.arrayBuffer()));
  return answers.map(({ type, data }) => formatRdata(type, data));
}

interface Station {
  readonly station: string;
  readonly text: string;
  readonly mark: string;
  readonly children: ReadonlyArray<{ readonly label: string; readonly text: string }>;
}

/** The stations of the plan of a request to this URL, from the admin API. */
async function stationsOf(url: string): Promise<readonly Station[]> {
  const { host, port } = edge.edge.admin!;
  const reply = await fetch(`http://${host}:${port}/explain`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ url }),
  });
  expect(reply.status).toBe(200);
  return ((await reply.json()) as { stations: readonly Station[] }).stations;
}

describe("a name that follows a pool", () => {
  test("leaves out the address of a pool that takes no requests, and gives it again", async () => {
    expect(await addressesOf("www.shop.test")).toEqual(["192.0.2.1"]);
    setMode("near", "drain");
    await until("the other address is given", async () => (await addressesOf("www.shop.test"))[0] === "192.0.2.2");
    setMode("near", "ready");
    await until("the first one is back", async () => (await addressesOf("www.shop.test"))[0] === "192.0.2.1");
  });

  test("when all are down the addresses are given all the same", async () => {
    setMode("near", "drain");
    await until("the other address is given", async () => (await addressesOf("www.shop.test"))[0] === "192.0.2.2");
    setMode("far", "drain");
    await until(
      "both are given as if they were up",
      async () => (await addressesOf("www.shop.test"))[0] === "192.0.2.1",
    );
  });
});

describe("an alias at the apex", () => {
  test("has the addresses of the other name, through the edge's resolver", async () => {
    expect(await addressesOf("shop.test")).toEqual(["203.0.113.9"]);
    expect(outside.asked).toContain("shop.cdn.example");
  });
});

describe("explain", () => {
  test("begins with the zone's answer to the host", async () => {
    const [first] = await stationsOf("http://old.shop.test/x");
    expect(first).toMatchObject({ station: "dns", mark: "ok", text: "old.shop.test is ::1" });
    expect(first!.children.map(({ label }) => label)).toEqual(["zone", "CNAME", "AAAA"]);
  });

  test("says why a steered name has the address that it has", async () => {
    setMode("near", "drain");
    await until("the other address is given", async () => (await addressesOf("www.shop.test"))[0] === "192.0.2.2");
    const [first] = await stationsOf("http://www.shop.test/");
    expect(first!.text).toBe("www.shop.test is 192.0.2.2");
    expect(first!.children.map(({ text }) => text).join("\n")).toContain("near is down");
  });

  test("takes nobody's turn", async () => {
    const before = await addressesOf("turn.shop.test");
    for (let round = 0; round < 3; round++) await stationsOf("http://turn.shop.test/");
    expect(await addressesOf("turn.shop.test")).not.toEqual(before);
    expect(await addressesOf("turn.shop.test")).toEqual(before);
  });

  test("of a name without an address, and of a host that is not ours", async () => {
    expect((await stationsOf("http://no.shop.test/"))[0]).toMatchObject({ station: "dns", mark: "fault" });
    expect((await stationsOf("http://elsewhere.example/"))[0]).toMatchObject({ station: "dns", mark: "skipped" });
    expect((await stationsOf("http://127.0.0.1/"))[0]!.station).toBe("connection");
  });
});

test("zones and counters are in the admin API", async () => {
  await addressesOf("www.shop.test");
  const { host, port } = edge.edge.admin!;
  const get = (path: string): Promise<Response> =>
    fetch(`http://${host}:${port}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
  expect(await (await get("/dns/zones")).json()).toMatchObject([{ apex: "shop.test.", outcome: "new" }]);
  const metrics = await (await get("/metrics")).text();
  expect(metrics).toMatch(/roundtrip_dns_queries_total\{transport="https"\} [1-9]/);
  expect(metrics).toContain('roundtrip_dns_zone_bad{zone="shop.test."} 0');
});

describe("a reload", () => {
  const ZONE = "records: { '@': { NS: ns }, ns: { A: 127.0.0.1 }, www: { A: ADDRESS } }";
  const REST = "listeners: ['127.0.0.1:0']\naccessLog: false\nadmin: false\nroutes: [{ respond: { status: 204 } }]\n";
  const withNames = (address: string): string =>
    `${REST}dns: { listeners: ['127.0.0.1:0'], zones: { shop.test: { ${ZONE.replace("ADDRESS", address)} } } }\n`;

  test("brings the name server, its zones again at the same port, and takes it away", async () => {
    const folder = mkdtempSync(join(tmpdir(), "roundtrip-names-"));
    const file = join(folder, "edge.yaml");
    writeFileSync(file, REST);
    const running = await startEdge({ config: await loadConfig(file), file });
    const address = (): string | undefined => {
      const records = running.control.names()?.zones[0];
      return records === undefined ? undefined : `${records.apex} ${records.outcome}`;
    };
    try {
      expect(running.control.names()).toBeNull();
      writeFileSync(file, withNames("192.0.2.1"));
      expect(await running.control.reload()).toMatchObject({ ok: true });
      expect(address()).toBe("shop.test. new");
      const { port } = running.control.names()!.listening[0]!;

      writeFileSync(file, withNames("192.0.2.2"));
      expect(await running.control.reload()).toMatchObject({ ok: true });
      expect(address()).toBe("shop.test. changed");
      expect(running.control.names()!.listening[0]!.port).toBe(port);

      writeFileSync(file, REST);
      expect(await running.control.reload()).toMatchObject({ ok: true });
      expect(running.control.names()).toBeNull();
    } finally {
      await running.stop();
      rmSync(folder, { recursive: true });
    }
  });

  test("of zones alone: by hand where files are not watched, and a zone that has shrunk only by force", async () => {
    const folder = mkdtempSync(join(tmpdir(), "roundtrip-names-"));
    const [file, zone] = ["edge.yaml", "shop.zone"].map((name) => join(folder, name)) as [string, string];
    const written = (serial: number, hosts: number): void => {
      const lines = Array.from({ length: hosts }, (_, index) => `h${index} A 192.0.2.2\n`);
      writeFileSync(
        zone,
        `$TTL 1h\n@ SOA ns hostmaster ${serial} 2h 1h 2w 5m\n@ NS ns\nns A 127.0.0.1\n${lines.join("")}`,
      );
    };
    const dns =
      "dns: { listeners: ['127.0.0.1:0'], files: { watch: false }, zones: { shop.test: { file: shop.zone } } }";
    const rest = REST.replace("admin: false", `admin: { address: "127.0.0.1:0", token: ${TOKEN} }`);
    writeFileSync(file, `${rest}${dns}\n`);
    written(1, 20);
    const told: string[] = [];
    const running = await startEdge({ config: await loadConfig(file), file, report: (line) => told.push(line) });
    const reload = async (body: object): Promise<[number, unknown]> => {
      const { host, port } = running.admin!;
      const reply = await fetch(`http://${host}:${port}/dns/zones/reload`, {
        method: "POST",
        headers: { authorization: `Bearer ${TOKEN}` },
        body: JSON.stringify(body),
      });
      return [reply.status, await reply.json()];
    };
    try {
      written(2, 20);
      expect(await reload({})).toMatchObject([200, [{ apex: "shop.test.", state: "served", serial: 2 }]]);
      expect(told).toContain("zone shop.test. is in use: serial 2, 23 records");
      written(3, 2);
      expect(await reload({ zones: ["shop.test"] })).toMatchObject([200, [{ state: "kept", serial: 2 }]]);
      expect(told.join("\n")).toContain("dns.files.maxLoss");
      expect(await running.control.reload()).toMatchObject({ ok: true });
      expect(running.control.names()!.zones).toMatchObject([{ state: "kept", serial: 2 }]);
      expect(await reload({ zones: ["Shop.test."], force: true })).toMatchObject([
        200,
        [{ state: "served", serial: 3 }],
      ]);
      expect(await reload({ zones: ["else.test"] })).toMatchObject([404, { error: 'there is no zone "else.test"' }]);
      expect(await reload({ zone: "shop.test" })).toMatchObject([400, { error: expect.stringContaining("the body") }]);
    } finally {
      await running.stop();
      rmSync(folder, { recursive: true });
    }
  });

  test("an edge without names says what to write, and that works", async () => {
    const folder = mkdtempSync(join(tmpdir(), "roundtrip-names-"));
    const file = join(folder, "edge.yaml");
    const rest = REST.replace("admin: false", `admin: { address: "127.0.0.1:0", token: ${TOKEN} }`);
    writeFileSync(file, rest);
    const running = await startEdge({ config: await loadConfig(file), file });
    const zones = async (): Promise<unknown> => {
      const { host, port } = running.admin!;
      const reply = await fetch(`http://${host}:${port}/dns/zones`, { headers: { authorization: `Bearer ${TOKEN}` } });
      return reply.json();
    };
    try {
      const { error, remedy } = (await zones()) as { error: string; remedy: string };
      expect(error).toBe("this edge serves no names: its config has no dns");
      const written = remedy.slice(remedy.indexOf("dns:"));
      writeFileSync(file, `${rest}${written.replace("127.0.0.1:5353", "127.0.0.1:0")}\n`);
      expect(await running.control.reload()).toMatchObject({ ok: true });
      expect(await zones()).toMatchObject([{ apex: "shop.test.", state: "served", secondary: null }]);
    } finally {
      await running.stop();
      rmSync(folder, { recursive: true });
    }
  });

  test("with a zone that cannot be served keeps the one before, and says so", async () => {
    const folder = mkdtempSync(join(tmpdir(), "roundtrip-names-"));
    const file = join(folder, "edge.yaml");
    const told: string[] = [];
    writeFileSync(file, withNames("192.0.2.1"));
    const running = await startEdge({ config: await loadConfig(file), file, report: (line) => told.push(line) });
    try {
      // The record is not an address: the config's own form is right, the zone is not.
      writeFileSync(file, withNames("192.0.2.999"));
      await running.control.reload();
      expect(running.control.names()!.zones).toMatchObject([{ apex: "shop.test.", outcome: "kept" }]);
      expect(told.join("\n")).toContain("192.0.2.999");
    } finally {
      await running.stop();
      rmSync(folder, { recursive: true });
    }
  });
});

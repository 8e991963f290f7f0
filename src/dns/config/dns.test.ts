/** `dns` of a config as it comes to the parts of the name server. */
import { afterAll, describe, expect, test } from "bun:test";
import type { DnsConfig, ZoneConfig } from "./dns-config.ts";
import { TestFolder } from "../../config/files-for-tests.ts";
import { loadConfig, loadValue } from "../../config/load.ts";
import type { NormalDns, NormalZone } from "./normal-dns.ts";
import { readZoneKey, steeredKey } from "./zone-key.ts";

const folder = new TestFolder();
afterAll(() => folder.remove());

function normal(dns: DnsConfig): NormalDns {
  return loadValue({ dns, routes: [] }, "test", "/base").config.dns!;
}

function zone(key: string, config: ZoneConfig, more: Partial<DnsConfig> = {}): NormalZone {
  return normal({ ...more, zones: { [key]: config } }).zones[0]!;
}

const KEYS = { xfr: { secret: "c2VjcmV0IG9mIHR3byBzZXJ2ZXJz" } };

test("no dns, no name server", () => {
  expect(loadValue({ routes: [] }, "test").config.dns).toBeNull();
});

describe("listeners", () => {
  test("an address is UDP and TCP, in this order", () => {
    const { listen, tls } = normal({ zones: {}, listeners: ["127.0.0.1:53", { tcp: "[::1]:0" }] });
    expect(listen).toEqual([
      { transport: "udp", host: "127.0.0.1", port: 53 },
      { transport: "tcp", host: "127.0.0.1", port: 53 },
      { transport: "tcp", host: "::1", port: 0 },
    ]);
    expect(tls).toBeNull();
  });

  test("a TLS listener has a certificate: files, or one for the names of the zones", () => {
    const zones = { "shop.test": { records: {} }, "10.0.0.0/8": { reverse: true as const } };
    const listeners = [{ tls: "127.0.0.1:853" }];
    expect(normal({ zones, listeners }).tls).toEqual({ kind: "self-signed", names: ["shop.test"] });
    expect(normal({ zones, listeners, tls: { certificate: "c.pem", key: "/k.pem" } }).tls).toEqual({
      kind: "files",
      certificate: "/base/c.pem",
      key: "/k.pem",
    });
  });
});

describe("zones", () => {
  test("have names in lower case with a dot, and files below the config", () => {
    expect(zone("Shop.TEST", { file: "./shop.zone" })).toEqual({
      key: "Shop.TEST",
      apex: "shop.test.",
      source: { kind: "file", apex: "shop.test.", file: "/base/shop.zone" },
      transfer: null,
      signing: null,
      steered: [],
    });
  });

  test("may stand in the config", () => {
    const records = { "@": { NS: "ns1", TXT: { ttl: "1m", data: ["a", "b"] } } };
    const { source } = zone("shop.test", { ttl: "1h30m", soa: { serial: 7, refresh: 60 }, records });
    expect(source).toEqual({
      kind: "records",
      apex: "shop.test.",
      zone: { ttl: 5400, soa: { serial: 7, refresh: 60 }, records },
    });
  });

  test("are reverse by prefix or by name", () => {
    const byPrefix = zone("10.1.0.0/16", { reverse: true });
    expect(byPrefix.apex).toBe("1.10.in-addr.arpa.");
    expect(byPrefix.source).toEqual({ kind: "reverse", prefix: "10.1.0.0/16", from: [], zone: { records: {} } });
    const byName = zone("8.b.d.0.1.0.0.2.ip6.arpa", { reverse: true }).source;
    expect(byName).toMatchObject({ kind: "reverse", prefix: "2001:0db8:0000:0000:0000:0000:0000:0000/32" });
  });

  test("come from primaries", () => {
    const secondary = {
      primaries: ["10.0.0.1", { address: "[fd00::1]:5353", key: "xfr" }],
      save: "p.zone",
      shortest: "1m",
    };
    const { source, transfer } = zone("p.test", { secondary }, { keys: KEYS });
    expect(source).toEqual({ kind: "transfer", apex: "p.test." });
    expect(transfer).toEqual({
      apex: "p.test.",
      primaries: [
        { address: "10.0.0.1", port: 53 },
        { address: "fd00::1", port: 5353, key: "xfr" },
      ],
      file: "/base/p.zone",
      timers: { shortest: 60, longest: 2_419_200 },
      limits: { records: 10_000_000, bytes: 2 ** 30 },
      time: 900_000,
    });
  });

  test("are given away to whom a rule names", () => {
    const transfer = {
      allow: ["10.0.0.0/8", { addresses: "192.0.2.1", key: "xfr" }],
      notify: ["10.0.0.2", { address: "10.0.0.3:5353", key: "xfr" }],
    };
    expect(zone("shop.test", { records: {}, transfer }, { keys: KEYS }).transfer).toEqual({
      apex: "shop.test.",
      allow: [{ addresses: ["10.0.0.0/8"] }, { addresses: ["192.0.2.1"], key: "xfr" }],
      notify: [
        { address: "10.0.0.2", port: 53 },
        { address: "10.0.0.3", port: 5353, key: "xfr" },
      ],
    });
  });

  test("are signed ahead, or online when names are steered", () => {
    const policy = { validity: 14 * 86_400, refresh: 4 * 86_400, dnskeyTtl: 3600, publishCds: true };
    const ahead = { files: ["/base/k.pem"], online: false, policy, serials: null };
    expect(zone("shop.test", { records: {}, dnssec: "k.pem" }).signing).toEqual(ahead);
    const steering = { www: { alias: "shop.example" } };
    expect(zone("shop.test", { records: {}, dnssec: ["k.pem"], steering }).signing).toEqual({ ...ahead, online: true });
    const short = zone("shop.test", { records: {}, dnssec: { keys: "k.pem", validity: "7d", cds: false } }).signing;
    // The serial of what is signed stands beside the zone, or where all serials do.
    expect(zone("shop.test", { file: "s.zone", dnssec: "k.pem" }).signing?.serials).toBe("/base/s.zone.serial");
    const kept = zone("shop.test", { file: "s.zone", dnssec: "k.pem" }, { serials: "all.json" });
    expect(kept.signing?.serials).toBe("/base/all.json");
    expect(short?.policy).toMatchObject({ validity: 7 * 86_400, refresh: 2 * 86_400, publishCds: false });
  });
});

describe("steering", () => {
  test("is that of all zones together, by absolute names", () => {
    const { steering, zones } = normal({
      geo: "geo.mmdb",
      zones: {
        "shop.test": {
          records: {},
          steering: { "@": { alias: "x.test" }, "*.a": { alias: "y.test", minimumTtl: 60 } },
        },
        "b.test": { records: {}, steering: { www: { pops: { one: { addresses: ["192.0.2.1"] } } } } },
      },
    });
    expect(steering).toEqual({
      databases: { place: "/base/geo.mmdb" },
      names: {
        "shop.test.": { alias: "x.test" },
        "*.a.shop.test.": { alias: "y.test", minimumTtl: 60 },
        "www.b.test.": { pops: { one: { addresses: ["192.0.2.1"] } } },
      },
    });
    expect(zones.map(({ steered }) => steered)).toEqual([["shop.test.", "*.a.shop.test."], ["www.b.test."]]);
    expect(steeredKey("*.a.shop.test.", "shop.test.")).toBe("*.a");
    expect(steeredKey("shop.test.", "shop.test.")).toBe("@");
  });
});

describe("secrets", () => {
  test("may stand in files", async () => {
    folder.write("xfr.key", `${KEYS.xfr.secret}\n`);
    folder.write("cookie", "000102030405060708090a0b0c0d0e0f");
    const text = `dns: { zones: {}, keys: { xfr: { secret: { file: xfr.key } } }, cookies: { secret: { file: cookie } } }\nroutes: []\n`;
    const { dns } = (await loadConfig(folder.write("secrets.yaml", text))).config;
    expect(dns?.keys).toEqual([{ name: "xfr", algorithm: "hmac-sha256", secret: KEYS.xfr.secret }]);
    expect(dns?.server.cookies).toEqual({ secret: Buffer.from("000102030405060708090a0b0c0d0e0f", "hex") });
  });
});

test("cookies and the rate limit can be turned off", () => {
  const { server } = normal({ zones: {}, cookies: false, rateLimit: false, chaos: { id: "a" } });
  expect(server).toMatchObject({ cookies: false, rateLimit: false, chaos: { id: "a" } });
});

test("a doh route is answered by who runs the name server", () => {
  const { routes } = loadValue({ dns: { zones: {} }, routes: [{ doh: true }] }, "test").config;
  expect(routes[0]?.action).toEqual({ kind: "doh" });
});

describe("readZoneKey", () => {
  test.each([
    ["shop.test", "shop.test.", null],
    [".", ".", null],
    ["10.0.0.0/24", "0.0.10.in-addr.arpa.", "10.0.0.0/24"],
    ["0.0.10.in-addr.arpa", "0.0.10.in-addr.arpa.", "10.0.0.0/24"],
    ["1.0.0.10.in-addr.arpa", "1.0.0.10.in-addr.arpa.", null],
    ["300.in-addr.arpa", "300.in-addr.arpa.", null],
    ["2001:db8::/32", "8.b.d.0.1.0.0.2.ip6.arpa.", "2001:db8::/32"],
  ])("%s", (key, name, prefix) => {
    expect(readZoneKey(key)).toMatchObject({ name, prefix });
  });

  test("says what is wrong", () => {
    expect(readZoneKey("a..b")).toBe("has an empty label");
    expect(readZoneKey("10.0.0.0/23")).toContain("has no reverse zone of its own");
  });
});

import { atOnce } from "../../time/slices.ts";
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wire, zoneFrom } from "../authority/ask-for-tests.ts";
import { RecordType } from "../wire/record-type.ts";
import { APEX } from "../zone/name-table.ts";
import { recordsOf } from "../zone/records-for-tests.ts";
import { readZoneFile } from "../zone/read-zone-file-for-tests.ts";
import { ZoneBuilder } from "../zone/zone-builder.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { writeZoneFile } from "../zone/zone-text.ts";
import { dataOf } from "./canonical.ts";
import { allKeys, formatBindKey, isSignedBy, readSignature } from "./dnssec-for-tests.ts";
import { formatKey, KeyFileError, parseBindKey, parseKey, readKeyFile, writeKeyFile } from "./key-file.ts";
import { nextSigning, signZone } from "./sign-zone.ts";
import { generateKey } from "./signing-key.ts";
import { dsLines } from "./zone-keys.ts";

const KEY = generateKey(15, "csk");
const NOW = 1_800_000_000;
const TEXT = `
  @ NS ns1
  ns1 A 192.0.2.53
  a.b TXT x
  *.w A 192.0.2.9
  sub NS ns.sub
  ns.sub 60 A 192.0.2.81
  old DNAME ns1
  hidden.old A 192.0.2.1`;
const ZONE = zoneFrom(TEXT);

function signed(text = TEXT, now = NOW, previous: ZoneData | null = null): ZoneData {
  return atOnce(signZone(zoneFrom(text), allKeys([KEY]), { now, previous }));
}

/** Signatures of a zone, as text. */
function signatures(zone: ZoneData): Set<string> {
  return new Set(recordsOf(zone).filter((line) => / \d+ RRSIG /.test(line)));
}

describe("signing a zone", () => {
  test("gives each name of its own an NSEC, in a ring; what belongs to others gets none", () => {
    const lines = recordsOf(signed()).filter((line) => / \d+ NSEC /.test(line));
    expect(lines.map((line) => line.replace(/ \d+ NSEC/, ""))).toEqual([
      "example. a.b.example. NS SOA RRSIG NSEC DNSKEY CDS CDNSKEY",
      "ns1.example. old.example. A RRSIG NSEC",
      "a.b.example. ns1.example. TXT RRSIG NSEC",
      "*.w.example. example. A RRSIG NSEC",
      "sub.example. *.w.example. NS RRSIG NSEC",
      "old.example. sub.example. DNAME RRSIG NSEC",
    ]);
  });

  test("signs every RRset that is the zone's, with times that hold now", () => {
    const zone = signed();
    let count = 0;
    for (let node = 0; node < zone.nodeCount; node++) {
      const set = zone.findSet(node, RecordType.RRSIG);
      for (const data of set < 0 ? [] : dataOf(zone, set)) {
        const { type, ttl, inception, expiration } = readSignature(data);
        const covered = zone.findSet(node, type);
        const records = dataOf(zone, covered);
        expect(
          isSignedBy(data, { owner: zone.names.name(node), type, ttl: zone.setTtl[covered]!, records }, KEY.dnskey),
        ).toBe(true);
        expect(ttl).toBe(zone.setTtl[covered]!);
        expect(inception).toBe(NOW - 3600);
        expect(expiration).toBeGreaterThan(NOW + 13 * 86_400);
        expect(expiration).toBeLessThanOrEqual(NOW + 14 * 86_400);
        count++;
      }
    }
    // Six NSEC; SOA, NS, DNSKEY, CDS, CDNSKEY, A, TXT, the wildcard's A, DNAME. Not: the delegation's NS and glue.
    expect(count).toBe(6 + 9);
  });

  test("a KSK signs the keys, a ZSK the rest", () => {
    const [ksk, zsk] = [generateKey(13, "ksk"), generateKey(13, "zsk")];
    const zone = atOnce(signZone(ZONE, allKeys([ksk, zsk]), { now: NOW, policy: { publishCds: false } }));
    const tags = dataOf(zone, zone.findSet(APEX, RecordType.RRSIG)).map((data) => readSignature(data));
    for (const { type, tag } of tags) expect(tag).toBe(type === RecordType.DNSKEY ? ksk.tag : zsk.tag);
    expect(dataOf(zone, zone.findSet(APEX, RecordType.DNSKEY))).toHaveLength(2);
    expect(dsLines(ZONE.apex, [ksk, zsk])).toHaveLength(1);
  });

  test("keys that cannot sign a zone are told", () => {
    const sign = (...keys: ReturnType<typeof generateKey>[]) => atOnce(signZone(ZONE, allKeys(keys), { now: NOW }));
    expect(() => sign(generateKey(13, "zsk"))).toThrow("DNSKEY set");
    expect(() => sign(generateKey(13, "ksk"))).toThrow("zone's records");
    expect(() => sign(generateKey(13, "csk"), generateKey(15, "ksk"))).toThrow("algorithm 15");
    expect(() => atOnce(signZone(ZONE, { publish: [], sign: [KEY], parent: [] }, { now: NOW }))).toThrow(
      "not published",
    );
  });

  test("again: the serial rises, and signatures are kept while they hold long enough", () => {
    const before = signed();
    const same = signed(TEXT, NOW + 86_400, before);
    expect(same.serial).toBe(before.serial + 1);
    // Only the SOA is another.
    expect(signatures(same).difference(signatures(before)).size).toBe(1);
    const changed = signed(`${TEXT}\nnew A 192.0.2.7`, NOW + 86_400, before);
    // SOA, the new name's A and NSEC, and the NSEC that now leads to it.
    expect(signatures(changed).difference(signatures(before)).size).toBe(4);
    const late = signed(TEXT, NOW + 11 * 86_400, before);
    expect(signatures(late).intersection(signatures(before)).size).toBe(0);
    // What is signed already can be signed again.
    expect(signatures(atOnce(signZone(before, allKeys([KEY]), { now: NOW, previous: before }))).size).toBe(
      signatures(before).size,
    );
  });

  test("a serial that was raised by hand counts, also past 2^32", () => {
    const soa = (serial: number): string => `@ SOA ns1 h ${serial} 1 1 1 1`;
    expect(signed(soa(9), NOW, signed(soa(5))).serial).toBe(9);
    expect(signed(soa(5), NOW, signed(soa(9))).serial).toBe(10);
    expect(signed(soa(0xffff_ffff), NOW, signed(soa(0xffff_ffff))).serial).toBe(0);
  });

  test("is due before the first signature ends", () => {
    const zone = atOnce(signZone(ZONE, allKeys([KEY]), { now: NOW, policy: { jitter: 0 } }));
    expect(atOnce(nextSigning(zone, NOW + 5))).toBe(NOW + 10 * 86_400);
    expect(atOnce(nextSigning(zone, NOW + 12 * 86_400))).toBe(NOW + 12 * 86_400 + 3_600);
    expect(atOnce(nextSigning(ZONE, NOW))).toBe(Infinity);
  });

  test("as text, it is read again as it was", () => {
    const zone = signed();
    const builder = new ZoneBuilder(zone.apex);
    const text = writeZoneFile(zone);
    const problems = readZoneFile(Buffer.from(text), {
      file: "text",
      origin: wire("."),
      sink: (owner, length, type, ttl, data, size) => builder.add(owner, length, type, ttl, data, 0, size),
    });
    expect(problems).toEqual([]);
    expect(recordsOf(atOnce(builder.build())).toSorted()).toEqual(recordsOf(zone).toSorted());
    expect(text).toStartWith("example.\t3600\tIN\tSOA\t");
    expect(text).toContain("ns.sub.example.\t60\tIN\tA\t192.0.2.81\n");
    expect(text).toMatch(/^example\.\t300\tIN\tRRSIG\tNSEC /m);
  });
});

describe("key files", () => {
  const apex = wire("shop.test.");
  const times = { publish: NOW, activate: NOW + 3600 };

  test("keep the key, its role and its times, and are the owner's alone", () => {
    const folder = mkdtempSync(join(tmpdir(), "roundtrip-keys-"));
    try {
      for (const algorithm of [13, 15] as const) {
        for (const role of ["csk", "ksk", "zsk"] as const) {
          const key = generateKey(algorithm, role);
          const path = join(folder, `${key.tag}-${algorithm}-${role}.pem`);
          writeKeyFile(path, apex, { key, times });
          const read = readKeyFile(path);
          expect(read.times).toEqual(times);
          expect(read.key).toMatchObject({ role, algorithm, tag: key.tag, dnskey: key.dnskey });
          expect(statSync(path).mode & 0o777).toBe(0o600);
          expect(() => writeKeyFile(path, apex, { key, times })).toThrow("EEXIST");
        }
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("are exchanged with BIND", () => {
    for (const algorithm of [13, 15] as const) {
      const key = generateKey(algorithm, "zsk");
      const files = formatBindKey(apex, { key, times: {} });
      expect(files.base).toBe(`Kshop.test.+0${algorithm}+${String(key.tag).padStart(5, "0")}`);
      expect(parseBindKey(files.private, files.key).key).toMatchObject({ role: "zsk", dnskey: key.dnskey });
    }
    const { private: secret, key: text } = formatBindKey(apex, { key: KEY, times: {} });
    expect(parseBindKey(`${secret}Publish: 20270115080000\nActivate: 20270115090000\n`, text).times).toEqual(times);
    expect(parseBindKey(secret, text.replace(/DNSKEY (.{20})/, "DNSKEY ( $1\n ").replace("\n", " )\n")).key.tag).toBe(
      KEY.tag,
    );
  });

  test("that are none are told", () => {
    const { private: secret, key: text } = formatBindKey(apex, { key: KEY, times: {} });
    const other = formatBindKey(apex, { key: generateKey(15, "csk"), times: {} });
    expect(() => parseKey("rubbish")).toThrow(KeyFileError);
    expect(() => parseKey(formatKey(apex, { key: KEY, times: {} }).replace("csk", "master"))).toThrow(
      '"master" is not a role',
    );
    expect(() => parseKey(formatKey(apex, { key: KEY, times }).replace(/publish: .*/, "publish: soon"))).toThrow(
      "publish",
    );
    expect(() => parseBindKey(secret, other.key)).toThrow("not of one key");
    expect(() => parseBindKey(secret.replace("Algorithm: 15", "Algorithm: 8"), text)).toThrow("algorithm 8");
    expect(() => parseBindKey(secret.replace(/PrivateKey: ..../, "PrivateKey: "), text)).toThrow("32 bytes");
    expect(() => parseBindKey(secret, "nothing")).toThrow("no DNSKEY");
  });
});

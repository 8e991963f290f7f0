/** Keys, digests, signatures, hashes and orders as the RFCs give them. */
import { atOnce } from "../../time/slices.ts";
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { wire, zoneFrom } from "../authority/ask-for-tests.ts";
import { compareNames } from "../wire/compare-names-for-tests.ts";
import { formatName, lowerName, MAX_NAME } from "../wire/name.ts";
import { RecordType } from "../wire/record-type.ts";
import { ZoneBuilder } from "../zone/zone-builder.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { canonicalData, canonicalSet, dataOf } from "./canonical.ts";
import { parseBindKey } from "./key-file.ts";
import { nameAfter } from "./name-after.ts";
import { isSignedBy, nsec3Label, readSignature } from "./dnssec-for-tests.ts";
import { labelCount, signSet } from "./signature.ts";
import { DS_SHA256, DS_SHA384, dsOf, keyTag } from "./signing-key.ts";
import { ZoneOrder } from "../zone/zone-order.ts";

/** Data of the first record of a type at the apex. */
function first(zone: ZoneData, type: number, node = 0): Uint8Array {
  return dataOf(zone, zone.findSet(node, type))[0]!;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

describe("ECDSA P-256 (RFC 6605 §6.1)", () => {
  const dnskey =
    "DNSKEY 257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==";
  const zone = zoneFrom(
    `@ 3600 IN ${dnskey}
     www 3600 IN A 192.0.2.1
     www 3600 IN RRSIG A 13 3 3600 20100909100439 20100812100439 55648 example.net. qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==`,
    "example.net.",
  );
  const apex = wire("example.net.");
  const key = first(zone, RecordType.DNSKEY);
  const set = {
    owner: wire("www.example.net."),
    type: RecordType.A,
    ttl: 3600,
    records: [Uint8Array.of(192, 0, 2, 1)],
  };
  const signature = first(zone, RecordType.RRSIG, 1);

  test("key tag and DS", () => {
    expect(keyTag(key)).toBe(55648);
    const digest = "b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17";
    expect(hex(dsOf(apex, key, DS_SHA256))).toBe(`d9600d02${digest}`);
    expect(dsOf(apex, key, DS_SHA384)).toHaveLength(4 + 48);
  });

  test("the signature", () => {
    expect(isSignedBy(signature, set, key)).toBe(true);
    expect(isSignedBy(signature, { ...set, records: [Uint8Array.of(192, 0, 2, 2)] }, key)).toBe(false);
    expect(isSignedBy(signature, { ...set, owner: wire("ww.example.net.") }, key)).toBe(false);
  });

  test("the private key", () => {
    const secret =
      "Private-key-format: v1.2\nAlgorithm: 13 (ECDSAP256SHA256)\nPrivateKey: GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ=\n";
    const pair = parseBindKey(secret, `example.net. 3600 IN ${dnskey}\n`).key;
    expect(pair).toMatchObject({ tag: 55648, algorithm: 13, role: "ksk" });
    const made = signSet(apex, set, pair, { inception: 1, expiration: 2 });
    expect(readSignature(made)).toMatchObject({ tag: 55648, labels: 3, inception: 1, expiration: 2, signer: apex });
    expect(isSignedBy(made, set, key)).toBe(true);
  });
});

describe("Ed25519 (RFC 8080 §6)", () => {
  test.each([
    [
      "ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=",
      "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
      3613,
      "3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b",
      "oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==",
    ],
    [
      "DSSF3o0s0f+ElWzj9E/Osxw8hLpk55chkmx0LYN5WiY=",
      "zPnZ/QwEe7S8C5SPz2OfS5RR40ATk2/rYnE9xHIEijs=",
      35217,
      "401781b934e392de492ec77ae2e15d70f6575a1c0bc59c5275c04ebe80c6614c",
      "zXQ0bkYgQTEFyfLyi9QoiY6D8ZdYo4wyUhVioYZXFdT410QPRITQSqJSnzQoSm5poJ7gD7AQR0O7KuI5k2pcBg==",
    ],
  ])("%s", (secret, publicKey, tag, digest, signature) => {
    const text = `DNSKEY 257 3 15 ${publicKey}`;
    const { key } = parseBindKey(`Private-key-format: v1.2\nAlgorithm: 15 (ED25519)\nPrivateKey: ${secret}\n`, text);
    expect(key.tag).toBe(tag);
    expect(hex(dsOf(wire("example.com."), key.dnskey, DS_SHA256)).slice(8)).toBe(digest);
    const mx = Uint8Array.of(0, 10, ...wire("mail.example.com."));
    const set = { owner: wire("example.com."), type: RecordType.MX, ttl: 3600, records: [mx] };
    // Ed25519 gives the same signature each time, so the RFC's bytes can be asked for.
    const made = signSet(wire("example.com."), set, key, { inception: 1_438_207_200, expiration: 1_440_021_600 });
    expect(Buffer.from(made.subarray(-64)).toString("base64")).toBe(signature);
    expect(isSignedBy(made, set, key.dnskey)).toBe(true);
  });
});

test("key tag and DS of a key of RSA (RFC 4034 §5.4, RFC 4509 §2.3)", () => {
  const zone = zoneFrom(
    `@ DNSKEY 256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==`,
    "dskey.example.com.",
  );
  const key = first(zone, RecordType.DNSKEY);
  expect(keyTag(key)).toBe(60485);
  expect(hex(dsOf(wire("dskey.example.com."), key, DS_SHA256)).slice(8)).toBe(
    "d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a",
  );
});

describe("hashes of names (RFC 5155 Appendix A)", () => {
  test.each([
    ["example", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"],
    ["a.example", "35mthgpgcu1qg68fab165klnsnk3dpvl"],
    ["ai.example", "gjeqe526plbf1g8mklp59enfd789njgi"],
    ["ns1.example", "2t7b4g4vsa5smi47k61mv5bv1a22bojr"],
    ["ns2.example", "q04jkcevqvmu85r014c7dkba38o0ji5r"],
    ["w.example", "k8udemvp1j2f7eg6jebps17vp3n8i58h"],
    ["*.w.example", "r53bq7cc2uvmubfu5ocmm6pers9tk9en"],
    ["x.w.example", "b4um86eghhds6nea196smvmlo4ors995"],
    ["y.w.example", "ji6neoaepv8b5o6k4ev33abha8ht9fgc"],
    ["x.y.w.example", "2vptu5timamqttgl4luu9kg21e0aor3s"],
    ["xx.example", "t644ebqk9bibcna874givr6joj62mlhv"],
  ])("%s", (name, label) => {
    expect(nsec3Label(wire(`${name}.`), { iterations: 12, salt: Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd) })).toBe(label);
  });
});

describe("canonical form (RFC 4034 §6)", () => {
  test("names in data are lower case, but not in types newer than RFC 3597", () => {
    expect(canonicalData(RecordType.MX, Uint8Array.of(0, 1, ...wire("Mail.Example.")))).toEqual(
      Uint8Array.of(0, 1, ...wire("mail.example.")),
    );
    for (const type of [RecordType.NSEC, RecordType.HTTPS, RecordType.TXT]) {
      const data = Uint8Array.of(0, 1, ...wire("Mail.Example."));
      expect(canonicalData(type, data)).toEqual(data);
    }
  });

  test("records are in the order of their bytes, each once", () => {
    const [a, b, c] = [Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0), Uint8Array.of(0x80)];
    expect(canonicalSet(RecordType.TXT, [c!, b!, a!, b!])).toEqual([a!, b!, c!]);
    const upper = wire("NS.example.");
    expect(canonicalSet(RecordType.NS, [upper, lowerName(upper)])).toEqual([lowerName(upper)]);
  });

  test("labels are counted without root and wildcard (§3.1.3)", () => {
    expect(
      [".", "example.", "www.example.", "*.example.", "a.*.example."].map((name) => labelCount(wire(name))),
    ).toEqual([0, 1, 2, 1, 3]);
  });

  test("names are in the order of §6.1", () => {
    const names = ["example.", "a.example.", "yljkjljk.a.example.", "z.a.example.", "zabc.a.example.", "z.example."];
    names.push(String.raw`\001.z.example.`, "*.z.example.", String.raw`\200.z.example.`);
    const zone = zoneFrom(
      names
        .toReversed()
        .slice(0, -1)
        .map((name) => `${name} A 192.0.2.1`)
        .join("\n"),
    );
    expect([...atOnce(ZoneOrder.of(zone)).order].map((node) => formatName(zone.names.name(node)))).toEqual(names);
  });

  const label = fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => Uint8Array.of(bytes.length, ...bytes));
  const name = fc
    .array(label, { minLength: 1, maxLength: 3 })
    .map((labels) => lowerName(Uint8Array.of(...labels.flatMap((bytes) => [...bytes]), 0)));

  test("a zone's order is that of its names, and finds what is before a name that is not there", () => {
    fc.assert(
      fc.property(fc.array(name, { maxLength: 20 }), name, (names, wanted) => {
        const builder = new ZoneBuilder(wire("."));
        for (const owner of names) builder.add(owner.slice(), owner.length, RecordType.A, 1, owner, 0, 0);
        const zone = atOnce(builder.build());
        const order = atOnce(ZoneOrder.of(zone));
        const sorted = [...order.order].map((node) => zone.names.name(node));
        expect(sorted).toEqual(sorted.toSorted(compareNames));
        // Its encloser, found the slow way.
        let at = 0;
        const nodeOf = (suffix: Uint8Array): number => sorted.findIndex((known) => Buffer.compare(known, suffix) === 0);
        if (nodeOf(wanted) >= 0) return;
        while (nodeOf(wanted.subarray(at + wanted[at]! + 1)) < 0) at += wanted[at]! + 1;
        const encloser = order.order[nodeOf(wanted.subarray(at + wanted[at]! + 1))]!;
        const before = sorted.findLastIndex((known) => compareNames(known, wanted) < 0);
        expect(order.before(encloser, wanted, at)).toBe(before);
      }),
    );
  });

  test("the name after a name is after it, with nothing in between (RFC 4471)", () => {
    const long = `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}`;
    const apex = wire("example.");
    const after = (text: string): string => formatName(nameAfter(wire(text), apex));
    expect(after("www.example.")).toBe(String.raw`\000.www.example.`);
    expect(after(`${"d".repeat(52)}.${long}.example.`)).toBe(`${"d".repeat(52)}\\000.${long}.example.`);
    expect(after(`${"d".repeat(53)}.${long}.example.`)).toBe(`${"d".repeat(52)}e.${long}.example.`);
    expect(after(`${"d".repeat(52)}\\255.${long}.example.`)).toBe(`${"d".repeat(51)}e.${long}.example.`);
    expect(after(`${"d".repeat(52)}\\@.${long}.example.`)).toBe(`${"d".repeat(52)}[.${long}.example.`);
    fc.assert(
      fc.property(fc.array(label, { maxLength: 40 }), (labels) => {
        const bytes = lowerName(Uint8Array.of(...labels.flatMap((one) => [...one]), ...apex));
        if (bytes.length > MAX_NAME) return;
        const next = nameAfter(bytes, apex);
        expect(next.length).toBeLessThanOrEqual(MAX_NAME);
        expect(compareNames(next, bytes)).toBeGreaterThan(0);
      }),
    );
  });
});

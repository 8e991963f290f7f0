/** Zone transfers with NSD, Knot, dig and kdig at the other end, both ways, with TSIG. */
import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { recordsOf } from "../../src/dns/zone/records-for-tests.ts";
import type { ZoneData } from "../../src/dns/zone/zone-data.ts";
import { parseName } from "../../src/dns/wire/name.ts";
import { until } from "./support/processes.ts";
import { program } from "./support/program.ts";
import { startKnotPeer, startNsdPeer, type TransferPeer } from "./support/transfer-peers.ts";
import { startTransferServer, type TransferServer } from "./support/transfer-server.ts";

/** Other servers are started, and take their time over a refresh. */
setDefaultTimeout(60_000);

const dig = program("dig");
const kdig = program("kdig");
const nsd = program("nsd");
const knotd = program("knotd");

const APEX = "example.test.";
const NAME = parseName(APEX) as Uint8Array;
const ALGORITHMS = ["hmac-sha256", "hmac-sha384", "hmac-sha512"] as const;
const SECRET = Buffer.from("a secret that two servers share").toString("base64");
const KEY = { name: "transfer.key", algorithm: "hmac-sha256", secret: SECRET };

/** A zone with many kinds of data, names in mixed case, and enough hosts for more than one message. */
function zoneText(serial: number, more: readonly string[] = [], hosts = 4_000): string {
  const lines = [
    `$ORIGIN ${APEX}`,
    "$TTL 300",
    `@ SOA ns1 Admin.Mail ${serial} 60 20 600 300`,
    "@ NS ns1",
    "@ NS ns.elsewhere.test.",
    "@ MX 10 mail",
    '@ TXT "one" "two; \\"three\\""',
    '@ CAA 0 issue "ca.test"',
    "ns1 A 192.0.2.1",
    "ns1 AAAA 2001:db8::1",
    "mail 600 A 192.0.2.2",
    "Mixed.Case CNAME MAIL.Example.Test.",
    "_sip._tcp SRV 1 2 5060 sip.Elsewhere.test.",
    "svc HTTPS 1 . alpn=h2,h3 ipv4hint=192.0.2.3",
    "*.wild A 192.0.2.9",
    "sub NS ns.sub",
    "ns.sub A 192.0.2.53",
    "a.b.c.d TXT deep",
    "odd TYPE65280 \\# 4 01020304",
    'naptr NAPTR 10 20 "S" "SIP+D2U" "" _sip._udp',
    ...Array.from({ length: hosts }, (_, index) => `host-${index} A 10.1.${index >> 8}.${index & 255}`),
    ...more,
  ];
  return `${lines.join("\n")}\n`;
}

/** Records without order and without regard to case in owners, to compare two servers' zones. */
function dump(records: readonly string[]): string[] {
  return records
    .map((line) => line.replaceAll(/\s+/g, " ").trim())
    .toSorted()
    .filter((line, index, all) => line !== all[index - 1]);
}

function served(server: TransferServer): ZoneData {
  return server.zones.get(NAME)!.data;
}

/** What a program writes. Not in one call: the server under test runs in this process. */
async function output(command: readonly string[]): Promise<string> {
  const child = Bun.spawn([...command], { stdout: "pipe", stderr: "ignore" });
  const text = await new Response(child.stdout).text();
  await child.exited;
  return text;
}

/** What dig or kdig has by AXFR or IXFR. */
async function transfer(tool: string, port: number, options: readonly string[] = [], type = "AXFR"): Promise<string[]> {
  const key = `${KEY.algorithm}:${KEY.name}:${KEY.secret}`;
  const text = await output([tool, "@127.0.0.1", "-p", String(port), "-y", key, APEX, type, ...options]);
  return text.split("\n").filter((line) => line !== "" && !line.startsWith(";") && !/\sANY\s+TSIG\s/.test(line));
}

/** The records that we have, in dig's own words: by way of its answer about a file would need another server. */
function ours(server: TransferServer): string[] {
  return recordsOf(served(server));
}

/** `owner TTL type data`: without the class, which `recordsOf` leaves out. */
function normal(lines: readonly string[]): string[] {
  return dump(lines.map((line) => line.replaceAll(/\s+/g, " ").replace(" IN ", " ").toLowerCase().replaceAll('"', "")));
}

let server: TransferServer | null = null;
let peer: TransferPeer | null = null;

afterEach(async () => {
  await peer?.stop();
  await server?.stop();
  peer = null;
  server = null;
});

async function serialOf(at: TransferPeer): Promise<number> {
  const stdout = await output([
    dig!,
    "@127.0.0.1",
    "-p",
    String(at.port),
    APEX,
    "SOA",
    "+short",
    "+tries=1",
    "+time=1",
  ]);
  return Number(stdout.trim().split(/\s+/)[2] ?? -1);
}

async function untilSerial(at: TransferPeer, serial: number): Promise<void> {
  await until(`the peer has serial ${serial}`, async () => {
    if (at.over()) throw new Error(`the peer ended:\n${at.said()}`);
    return (await serialOf(at)) === serial;
  });
}

describe("as a primary", () => {
  describe.each([
    ["dig", dig],
    ["kdig", kdig],
  ])("%s", (_, tool) => {
    test.skipIf(tool === null)("gets every record by AXFR, with and without EDNS", async () => {
      server = await startTransferServer(APEX, KEY, zoneText(1));
      await server.configure({ allow: [{ key: KEY.name }] });
      const expected = normal(ours(server));
      expect(expected.length).toBeGreaterThan(4_015);
      expect(normal(await transfer(tool!, server.port))).toEqual(expected);
      expect(normal(await transfer(tool!, server.port, ["+edns"]))).toEqual(expected);
    });

    test.skipIf(tool === null)("gets differences by IXFR, and nothing without the key", async () => {
      server = await startTransferServer(APEX, KEY, zoneText(1));
      await server.configure({ allow: [{ key: KEY.name }] });
      await server.write(zoneText(2, ["new-host A 192.0.2.77"]));
      await until(
        "the journal is written",
        async () => (await transfer(tool!, server!.port, [], "IXFR=1")).length === 5,
      );
      const lines = await transfer(tool!, server.port, [], "IXFR=1");
      expect(lines.map((line) => line.split(/\s+/)[3])).toEqual(["SOA", "SOA", "SOA", "A", "SOA"]);
      const open = await output([tool!, "@127.0.0.1", "-p", String(server.port), APEX, "AXFR"]);
      expect(open).not.toContain("192.0.2.77");
    });
  });

  test.skipIf(nsd === null || dig === null)("NSD follows by AXFR, then by NOTIFY and IXFR", async () => {
    await primaryFor((options) => startNsdPeer(nsd!, options));
  });

  test.skipIf(knotd === null || dig === null)("Knot follows by AXFR, then by NOTIFY and IXFR", async () => {
    await primaryFor((options) => startKnotPeer(knotd!, options));
  });

  async function primaryFor(
    startPeer: (options: { apex: string; key: typeof KEY; other: number }) => Promise<TransferPeer>,
  ): Promise<void> {
    const primary = await startTransferServer(APEX, KEY, zoneText(1));
    server = primary;
    peer = await startPeer({ apex: APEX, key: KEY, other: primary.port });
    const secondary = peer;
    await primary.configure({
      allow: [{ key: KEY.name, addresses: ["127.0.0.1"] }],
      notify: [{ address: "127.0.0.1", port: secondary.port, key: KEY.name }],
    });
    await untilSerial(secondary, 1);
    await until("NOTIFY is answered", () =>
      primary.events.some((event) => event.kind === "notified" && event.problem === ""),
    );
    await primary.write(zoneText(2, ["added A 192.0.2.77", "mail 600 A 192.0.2.88"], 3_990));
    await untilSerial(secondary, 2);
    await primary.write(zoneText(3, ["added A 192.0.2.78"], 3_995));
    await untilSerial(secondary, 3);
    const sent = primary.events.filter((event) => event.kind === "sent");
    // The whole zone once; after that what has changed.
    expect(sent.filter(({ transfer }) => transfer.records > 4_000)).toHaveLength(1);
    expect(sent.filter(({ transfer }) => transfer.records > 4 && transfer.records < 40).length).toBeGreaterThanOrEqual(
      2,
    );
    for (const name of ["added", "mail", "host-3994"]) {
      const asked = `${name}.${APEX}`;
      const answer = await output([dig!, "@127.0.0.1", "-p", String(secondary.port), asked, "A", "+short"]);
      const lines = ours(primary).filter((line) => line.startsWith(`${name}.${APEX} `) && line.includes(" A "));
      expect(answer.trim().split("\n").toSorted()).toEqual(lines.map((line) => line.split(" ").at(-1)!).toSorted());
    }
  }
});

describe("as a secondary", () => {
  const primaries = [
    ["NSD", nsd, startNsdPeer],
    ["Knot", knotd, startKnotPeer],
  ] as const;
  for (const [name, path, startPeer] of primaries) {
    for (const algorithm of ALGORITHMS) {
      const key = { ...KEY, algorithm };
      test.skipIf(path === null)(`follows ${name} by AXFR, NOTIFY and IXFR with ${algorithm}`, async () => {
        const secondary = await startTransferServer(APEX, key, null);
        server = secondary;
        peer = await startPeer(path!, { apex: APEX, key, other: secondary.port, zone: zoneText(1) });
        const file = join(secondary.folder, "saved");
        await secondary.configure({
          primaries: [{ address: "127.0.0.1", port: peer.port, key: key.name }],
          allow: [{ key: key.name }],
          file,
        });
        await until("the zone is there", () => served(secondary).serial === 1, 20_000);
        const fetched = (how: string): number =>
          secondary.events.filter((event) => event.kind === "fetched" && event.asked.how === how).length;
        expect(fetched("AXFR")).toBe(1);
        const reference = await startTransferServer(APEX, key, zoneText(1));
        try {
          await reference.configure({});
          expect(dump(ours(secondary).map((line) => line.toLowerCase()))).toEqual(
            dump(ours(reference).map((line) => line.toLowerCase())),
          );
          const changed = zoneText(2, ["added A 192.0.2.77", "extra 900 TXT more"], 3_990);
          peer.write(changed);
          await until("the change is there", () => served(secondary).serial === 2, 20_000);
          const fallbacks = secondary.events.map((event) => (event.kind === "fetched" ? event.asked.fallback : ""));
          expect(fallbacks.filter((why) => why !== "")).toEqual([]);
          expect([fetched("AXFR"), fetched("IXFR")]).toEqual([1, 1]);
          await reference.write(changed);
          expect(dump(ours(secondary).map((line) => line.toLowerCase()))).toEqual(
            dump(ours(reference).map((line) => line.toLowerCase())),
          );
        } finally {
          await reference.stop();
        }
        const isSaved = (): boolean =>
          existsSync(file) && readFileSync(file, "utf8").startsWith("; example.test. serial 2,");
        await until("it is saved", isSaved, 5_000);
      });
    }
  }

  test.skipIf(knotd === null || nsd === null || dig === null)("hands on to NSD what it has from Knot", async () => {
    const middle = await startTransferServer(APEX, KEY, null);
    server = middle;
    peer = await startKnotPeer(knotd!, { apex: APEX, key: KEY, other: middle.port, zone: zoneText(1, [], 50) });
    const last = await startNsdPeer(nsd!, { apex: APEX, key: KEY, other: middle.port });
    try {
      await middle.configure({
        primaries: [{ address: "127.0.0.1", port: peer.port, key: KEY.name }],
        notify: [{ address: "127.0.0.1", port: last.port, key: KEY.name }],
        allow: [{ key: KEY.name }],
      });
      await untilSerial(last, 1);
      peer.write(zoneText(2, ["added A 192.0.2.77"], 50));
      await untilSerial(last, 2);
      const sent = middle.events.flatMap((event) => (event.kind === "sent" ? event.transfer.records : []));
      // The change alone: three SOAs that frame it, the new record, and the SOA at the end.
      expect(sent.at(-1)).toBe(5);
    } finally {
      await last.stop();
    }
  });

  test.skipIf(knotd === null || dig === null)("follows a zone that Knot signs, signature by signature", async () => {
    const secondary = await startTransferServer(APEX, KEY, null);
    server = secondary;
    const text = (address: string): string => zoneText(1, [`added A ${address}`], 50);
    peer = await startKnotPeer(knotd!, {
      apex: APEX,
      key: KEY,
      other: secondary.port,
      zone: text("192.0.2.77"),
      signed: true,
    });
    const primary = peer;
    await secondary.configure({
      primaries: [{ address: "127.0.0.1", port: primary.port, key: KEY.name }],
      allow: [{ key: KEY.name }],
    });
    const same = async (): Promise<void> => {
      const serial = await serialOf(primary);
      await until(`serial ${serial} is there`, () => served(secondary).serial === serial, 20_000);
      expect(await transferred(secondary.port)).toEqual(await transferred(primary.port));
    };
    const transferred = async (port: number): Promise<string[]> => dump(await transfer(dig!, port));
    await until("the zone is there", () => served(secondary).serial > 1, 20_000);
    await same();
    const before = served(secondary).serial;
    primary.write(text("192.0.2.78"));
    await until("the change is there", () => served(secondary).serial > before, 20_000);
    await same();
    const how = secondary.events.map((event) => (event.kind === "fetched" ? event.asked.how : ""));
    expect(how.filter((kind) => kind !== "").slice(-1)).toEqual(["IXFR"]);
    expect((await transferred(secondary.port)).filter((line) => line.includes("RRSIG")).length).toBeGreaterThan(60);
  });
});

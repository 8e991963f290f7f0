import { atOnce } from "../../time/slices.ts";
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { DnsClient } from "../authority/dns-client.ts";
import { DnsQuery } from "../wire/query.ts";
import { readMessage, writeMessage, type DnsMessage } from "../wire/message.ts";
import { recordsOf } from "../zone/records-for-tests.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { AccessRules } from "./access-rules.ts";
import { IncomingTransfer, type TransferResult } from "./incoming-transfer.ts";
import { TRANSFER_LIMITS } from "./transfer-limits.ts";
import { soaOf } from "./record-source.ts";
import { TransferHandler } from "./transfer-handler.ts";
import { TsigAnswers } from "./tsig-answers.ts";
import { createTsigKey, TsigKeyring } from "./tsig-key.ts";
import { findTsig, readTsig, TsigError } from "./tsig-record.ts";
import { TsigSigner } from "./tsig-signer.ts";
import { diffZones } from "./zone-difference.ts";
import { APEX, testZone } from "./zone-for-tests.ts";
import { ZoneJournal } from "./zone-journal.ts";

const NOW = 1_795_700_000;
const KEY = createTsigKey({ name: "key", secret: "dmVjdG9yIHNlY3JldCB2ZWN0b3I=" });
const STRANGER = createTsigKey({ name: "stranger", secret: "dmVjdG9yIHNlY3JldCB2ZWN0b3I=" });
const keys = new TsigKeyring([KEY, STRANGER]);
const TCP: DnsClient = { address: "127.0.0.1", port: 1, transport: "tcp" };
const UDP: DnsClient = { address: "127.0.0.1", port: 1, transport: "udp" };
const Type = { A: 1, SOA: 6, AXFR: 252, IXFR: 251 } as const;

interface Setup {
  readonly zone?: ZoneData | null;
  readonly current?: () => ZoneData;
  readonly usable?: boolean;
  readonly journal?: ZoneJournal;
  readonly transfers?: number;
  readonly notified?: (address: string, key: unknown, serial: number | null) => number;
}

function handlerOf({
  zone = testZone(1),
  current,
  usable = true,
  journal,
  notified,
  transfers = 9,
}: Setup): TransferHandler {
  return new TransferHandler({
    keys: () => keys,
    now: () => NOW * 1_000,
    transfers,
    zones: {
      served: () => (zone === null ? null : { data: current?.() ?? zone, usable }),
      access: () => new AccessRules([{ addresses: ["127.0.0.0/8"] }, { key: "key" }], keys),
      journal: () => journal ?? null,
      notified: (_, address, key, serial) => notified?.(address, key, serial) ?? 9,
    },
    respond: (bytes, start, end, out, at, limit) => {
      // An answer as long as it may be, to see what the limit was.
      out.set(bytes.subarray(start, end), at);
      out[at + 2]! |= 0x80;
      return limit < 1_000 ? end - start : end - start;
    },
  });
}

function request(type: number, serial: number | null = null, id = 77): Uint8Array {
  const authority =
    serial === null ? [] : [{ name: APEX, type: Type.SOA, class: 1, ...soaOf(testZone(serial)), ttl: 0 }];
  return writeMessage({ id, flags: 0, questions: [{ name: APEX, type, class: 1 }], authority });
}

async function ask(setup: Setup, message: Uint8Array, client: DnsClient = TCP): Promise<Uint8Array[]> {
  const handler = handlerOf(setup);
  const query = new DnsQuery();
  query.read(message, 0, message.length);
  expect(handler.handles(query)).toBe(true);
  const sent: Uint8Array[] = [];
  await handler.handle(message, client, (answer) => sent.push(answer) > 0);
  return sent;
}

async function codeOf(setup: Setup, message: Uint8Array, client: DnsClient = TCP): Promise<number> {
  const sent = await ask(setup, message, client);
  expect(sent).toHaveLength(1);
  return readMessage(sent[0]!).flags & 15;
}

function taken(messages: readonly Uint8Array[], serial: number | null): TransferResult | null {
  const transfer = new IncomingTransfer({ id: 77, apex: APEX, serial, limits: TRANSFER_LIMITS });
  for (const [index, message] of messages.entries())
    expect(atOnce(transfer.take(message))).toBe(index === messages.length - 1);
  return transfer.result;
}

function sorted(zone: ZoneData): string[] {
  return recordsOf(zone).toSorted();
}

/** Names that share suffixes, in both cases, and data of many kinds. */
const zoneLines = fc.array(
  fc.oneof(
    fc
      .tuple(
        fc.stringMatching(/^[a-cA-C*]{1,3}(\.[a-cA-C]{1,3}){0,3}$/),
        fc.stringMatching(/^[a-cA-C]{1,3}(\.[a-c]{1,3}){0,3}$/),
      )
      .map(([owner, target]) => `${owner} MX 10 ${target}`),
    fc
      .tuple(fc.stringMatching(/^[a-c]{1,2}(\.[a-c]){0,3}$/), fc.integer({ min: 1, max: 30_000 }))
      .map(([owner, length]) => `${owner} TYPE65280 \\# ${length} ${"ab".repeat(length)}`),
  ),
  { maxLength: 40 },
);

describe("AXFR", () => {
  test("brings the zone, whatever it is", async () => {
    await fc.assert(
      fc.asyncProperty(zoneLines, async (lines) => {
        const zone = testZone(9, lines);
        const sent = await ask({ zone }, request(Type.AXFR));
        const result = taken(sent, null);
        expect(result?.kind === "zone" && sorted(result.data)).toEqual(sorted(zone));
      }),
      { numRuns: 60 },
    );
  });

  test("is signed message by message, and each is as full as it can be", async () => {
    const zone = testZone(
      9,
      Array.from({ length: 9_000 }, (_, index) => `host-${index}.b.c A 192.0.2.1`),
    );
    const signer = new TsigSigner(KEY);
    const signed = signer.sign(request(Type.AXFR), NOW);
    const sent = await ask({ zone }, signed);
    const answers = new TsigAnswers(KEY, signer.mac);
    for (const message of sent) expect([answers.check(message, NOW), answers.complete]).toEqual(["", true]);
    expect(sent.length).toBeGreaterThan(2);
    for (const message of sent.slice(0, -1)) {
      expect(message.length).toBeLessThanOrEqual(65_535);
      expect(message.length).toBeGreaterThan(65_535 - 60);
    }
    const result = taken(sent, null);
    expect(result?.kind === "zone" && result.data.recordCount).toBe(zone.recordCount);
    // What a name and an A record cost when names are compressed.
    expect(sent.reduce((sum, message) => sum + message.length, 0) / zone.recordCount).toBeLessThan(34);
  });

  test("keeps the case of names in data", async () => {
    const sent = await ask(
      { zone: testZone(1, ["a MX 1 MAIL.Zone.TEST.", "b MX 1 mail.zone.test."]) },
      request(Type.AXFR),
    );
    const data = readMessage(sent[0]!).answers.filter(({ type }) => type === 15);
    expect(data.map((record) => Buffer.from(record.data.subarray(3, 7)).toString()).toSorted()).toEqual([
      "MAIL",
      "mail",
    ]);
  });

  test("gives an RRSIG the TTL of the set that it covers", async () => {
    const signature = (type: string): string => `RRSIG ${type} 13 2 60 20300101000000 20200101000000 1 zone.test. AAAA`;
    const lines = ["a 60 A 192.0.2.1", "a 900 TXT x", `a 60 ${signature("A")}`, `a 900 ${signature("TXT")}`];
    const sent = await ask({ zone: testZone(1, lines) }, request(Type.AXFR));
    const signatures = readMessage(sent[0]!).answers.filter(({ type }) => type === 46);
    expect(signatures.map(({ ttl, data }) => [data[1], ttl])).toEqual([
      [1, 60],
      [16, 900],
    ]);
  });

  test("waits for a slow client", async () => {
    const zone = testZone(
      9,
      Array.from({ length: 9_000 }, (_, index) => `host-${index} A 192.0.2.1`),
    );
    const handler = handlerOf({ zone });
    let resume = (): void => undefined;
    let sent = 0;
    const done = handler.handle(request(Type.AXFR), TCP, () => {
      sent++;
      return new Promise<void>((resolve) => (resume = resolve));
    });
    let over = false;
    void done.then(() => (over = true));
    for (let count = 1; !over; count++) {
      while (sent < count && !over) await Bun.sleep(0);
      await Bun.sleep(2);
      // Nothing more goes out before the client has taken what did.
      expect(sent).toBeLessThanOrEqual(count);
      resume();
    }
    expect(sent).toBeGreaterThan(2);
  });

  test("begun before a change is finished as it began", async () => {
    let zone = testZone(
      9,
      Array.from({ length: 9_000 }, (_, index) => `host-${index} A 192.0.2.1`),
    );
    const before = zone;
    const handler = handlerOf({ current: () => zone });
    const sent: Uint8Array[] = [];
    await handler.handle(request(Type.AXFR), TCP, (message) => {
      zone = testZone(10);
      return sent.push(message) > 0;
    });
    const result = taken(sent, null);
    expect(result?.kind === "zone" && sorted(result.data)).toEqual(sorted(before));
  });

  test("to a client that goes away is no whole one", async () => {
    const zone = testZone(
      9,
      Array.from({ length: 9_000 }, (_, index) => `host-${index} A 192.0.2.1`),
    );
    const handler = handlerOf({ zone });
    let answered = 0;
    const gone = handler.handle(request(Type.AXFR), TCP, () => ++answered < 2);
    await expect(gone).rejects.toThrow("to its end");
    expect(answered).toBe(2);
  });

  test("is refused to those whom no rule names, and where there is no such zone", async () => {
    const far = { ...TCP, address: "192.0.2.1" };
    expect(await codeOf({}, request(Type.AXFR), far)).toBe(5);
    expect(await codeOf({}, new TsigSigner(STRANGER).sign(request(Type.AXFR), NOW), far)).toBe(5);
    expect((await ask({}, new TsigSigner(KEY).sign(request(Type.AXFR), NOW), far)).length).toBe(1);
    expect(taken(await ask({}, new TsigSigner(KEY).sign(request(Type.AXFR), NOW), far), null)?.kind).toBe("zone");
    expect(await codeOf({ zone: null }, request(Type.AXFR))).toBe(9);
    expect(await codeOf({ usable: false }, request(Type.AXFR))).toBe(2);
    expect(await codeOf({ transfers: 0 }, request(Type.AXFR))).toBe(2);
    expect(await codeOf({}, request(Type.AXFR), UDP)).toBe(1);
  });
});

describe("IXFR", () => {
  const zones = [1, 2, 3].map((serial) => testZone(serial, [`a A 192.0.2.${serial}`, "b TXT same", "c TXT same"]));
  const journal = new ZoneJournal();
  journal.add(atOnce(diffZones(zones[0]!, zones[1]!))!);
  journal.add(atOnce(diffZones(zones[1]!, zones[2]!))!);
  const setup = { zone: zones[2]!, journal };

  test("brings the differences, over TCP and UDP", async () => {
    for (const client of [TCP, UDP]) {
      const result = taken(await ask(setup, request(Type.IXFR, 1), client), 1);
      if (result?.kind !== "differences") throw new Error("no differences came");
      expect(result.differences).toHaveLength(1);
      expect([result.differences[0]!.deleted.count, result.differences[0]!.added.count]).toEqual([1, 1]);
    }
  });

  test("says that nothing is newer", async () => {
    for (const serial of [3, 4, 3 + 2 ** 31 - 1]) {
      expect(taken(await ask(setup, request(Type.IXFR, serial)), serial)).toEqual({ kind: "current", serial: 3 });
    }
  });

  test("brings the zone when the serial is not known; over UDP too when it fits", async () => {
    expect(taken(await ask(setup, request(Type.IXFR, 0)), 0)?.kind).toBe("zone");
    expect(taken(await ask(setup, request(Type.IXFR, 0), UDP), 0)?.kind).toBe("zone");
  });

  test("over UDP, what does not fit is the SOA alone", async () => {
    const before = testZone(1);
    const after = testZone(
      2,
      Array.from({ length: 30 }, (_, index) => `host-${index} A 192.0.2.1`),
    );
    const long = new ZoneJournal();
    long.add(atOnce(diffZones(before, after))!);
    const [alone] = await ask({ zone: after, journal: long }, request(Type.IXFR, 1), UDP);
    expect(alone!.length).toBeLessThan(512);
    expect(readMessage(alone!).answers.map(({ type }) => type)).toEqual([6]);
  });

  test("without an SOA is malformed", async () => {
    expect(await codeOf(setup, request(Type.IXFR))).toBe(1);
  });
});

describe("NOTIFY", () => {
  const notify = (serial: number | null): Uint8Array =>
    writeMessage({
      id: 77,
      flags: (4 << 11) | 0x400,
      questions: [{ name: APEX, type: Type.SOA, class: 1 }],
      answers: serial === null ? [] : [{ name: APEX, type: Type.SOA, class: 1, ...soaOf(testZone(serial)) }],
    });

  test("is told with its key and its serial, and answered", async () => {
    const told: unknown[] = [];
    const notified = (...all: unknown[]): number => (told.push(all), 0);
    const [answer] = await ask({ notified }, new TsigSigner(KEY).sign(notify(12), NOW), UDP);
    const message: DnsMessage = readMessage(answer!);
    expect([message.flags, message.questions.length, message.additional.length]).toEqual([0xa400, 1, 1]);
    await ask({ notified }, notify(null), UDP);
    expect(told).toEqual([
      ["127.0.0.1", KEY, 12],
      ["127.0.0.1", null, null],
    ]);
    expect(await codeOf({ notified: () => 5 }, notify(1), UDP)).toBe(5);
  });

  test("signed earlier than one before it is taken for a replay", async () => {
    let told = 0;
    const notified = (): number => (told++, 0);
    const handler = handlerOf({ notified });
    const sent: Uint8Array[] = [];
    // A key of its own: the keyring remembers.
    for (const time of [NOW + 100, NOW + 99, NOW + 100]) {
      await handler.handle(new TsigSigner(STRANGER).sign(notify(1), time), UDP, (answer) => sent.push(answer) > 0);
    }
    const errors = sent.map((answer) => readTsig(answer, findTsig(answer))!.error);
    expect([told, ...errors]).toEqual([2, TsigError.NONE, TsigError.BADTIME, TsigError.NONE]);
  });
});

describe("signed queries", () => {
  test("are answered like others, without their TSIG, and the answer is signed", async () => {
    const signer = new TsigSigner(KEY);
    const [answer] = await ask({}, signer.sign(request(Type.A), NOW), UDP);
    expect(new TsigAnswers(KEY, signer.mac).check(answer!, NOW)).toBe("");
    expect(readMessage(answer!).additional).toHaveLength(1);
  });

  test("that a forwarder gave another id are answered with that one", async () => {
    const signer = new TsigSigner(KEY);
    const forwarded = signer.sign(request(Type.A), NOW);
    forwarded[1] = 78;
    const [answer] = await ask({}, forwarded, UDP);
    expect(answer![1]).toBe(78);
    expect(new TsigAnswers(KEY, signer.mac).check(answer!, NOW)).toBe("");
  });

  test("with a bad signature are NOTAUTH, over whatever they came", async () => {
    const signed = new TsigSigner(KEY).sign(request(Type.A), NOW);
    signed[signed.length - 10]! ^= 1;
    for (const client of [TCP, UDP]) expect(await codeOf({}, signed, client)).toBe(9);
    expect(await codeOf({}, new TsigSigner(KEY).sign(request(Type.AXFR), NOW - 301))).toBe(9);
  });

  test("mutated in any way get one answer or none, and no transfer", async () => {
    const signed = new TsigSigner(KEY).sign(request(Type.AXFR), NOW);
    const handler = handlerOf({});
    const far = { ...TCP, address: "192.0.2.1" };
    await fc.assert(
      fc.asyncProperty(
        fc.nat(signed.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (at, bits, cut) => {
          const message = cut ? signed.slice(0, at) : signed.slice();
          if (!cut) message[at]! ^= bits;
          const sent: Uint8Array[] = [];
          await handler.handle(message, far, (answer) => sent.push(answer) > 0);
          expect(sent.length).toBeLessThanOrEqual(1);
          // The id is covered by the original one in the record, letters by their lower case: those may still pass.
          if (at > 1 && bits !== 0x20) for (const answer of sent) expect(answer[7]).toBe(0);
        },
      ),
      { numRuns: 400 },
    );
  });
});

/**
 * What a large zone costs those who are served meanwhile: it is loaded, signed, changed, compared and transferred while
 * the thread's own clock (not the machine's, which others share) is looked at with every turn of the event loop.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { dlopen, FFIType, ptr } from "bun:ffi";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ZoneSet } from "../../src/dns/authority/zone-set.ts";
import { ZoneSigning } from "../../src/dns/authority/zone-signing.ts";
import { generateKey } from "../../src/dns/dnssec/signing-key.ts";
import { ZoneStore } from "../../src/dns/store/zone-store.ts";
import { IncomingTransfer } from "../../src/dns/transfer/incoming-transfer.ts";
import { TRANSFER_LIMITS } from "../../src/dns/transfer/transfer-limits.ts";
import { JournalKeeper } from "../../src/dns/transfer/journal-keeper.ts";
import { saveZone } from "../../src/dns/transfer/saved-zone.ts";
import { sendTransfer } from "../../src/dns/transfer/send-transfer.ts";
import { wholeZone } from "../../src/dns/transfer/transfer-parts.ts";
import type { ZoneData } from "../../src/dns/zone/zone-data.ts";
import { inSlices } from "../../src/time/slices.ts";
import { wireName } from "../support/dns-zones.ts";

const isLinux = process.platform === "linux";
if (!isLinux) console.warn("SKIPPED: the clock of a thread is asked for as Linux has it");

const NAMES = 8_000;
const APEX = wireName("big.test.");
/** Of a turn, milliseconds: what is promised, and what the collector of memory and code that runs first may take beside. */
const TURN = 2;
const COLLECTION = 20;

const THREAD_CLOCK = 3;
let clock = (): number => 0;
beforeAll(() => {
  if (!isLinux) return;
  const { symbols } = dlopen("libc.so.6", {
    clock_gettime: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
  });
  const time = new BigInt64Array(2);
  clock = () => {
    symbols.clock_gettime(THREAD_CLOCK, ptr(time));
    return Number(time[0]) * 1e3 + Number(time[1]) / 1e6;
  };
});

const folder = mkdtempSync(join(tmpdir(), "roundtrip-long-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Milliseconds of this thread that each turn of the event loop took, the longest first. */
async function turnsOf(work: () => Promise<unknown>): Promise<number[]> {
  const turns: number[] = [];
  let isOver = false;
  let last = clock();
  const look = (): void => {
    const now = clock();
    turns.push(now - last);
    last = now;
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  await work();
  isOver = true;
  return turns.toSorted((a, b) => b - a);
}

function writeZone(file: string, serial: number, more = ""): void {
  const hosts = Array.from({ length: NAMES }, (_, index) => `h${index} A 10.0.${index >> 8}.${index & 255}\n`);
  const head = `$TTL 300\n@ SOA ns1 h ${serial} 3600 600 86400 60\n@ NS ns1\nns1 A 192.0.2.1\n`;
  writeFileSync(file, `${head}${hosts.join("")}${more}$GENERATE 1-${NAMES} g$ A 192.0.2.9\n`);
}

describe.skipIf(!isLinux)("a large zone stops nobody", () => {
  const file = join(folder, "big.zone");
  const next = join(folder, "next.zone");
  beforeAll(() => {
    writeZone(file, 1);
    writeZone(next, 2, "new A 192.0.2.7\n");
  });
  const zones = new ZoneSet();
  const store = new ZoneStore(zones);
  const source = { kind: "file", apex: "big.test", file } as const;
  const start = Math.floor(Date.now() / 1000);
  const handover = start + 500;
  const keys = [
    { key: generateKey(15, "ksk"), times: {} },
    { key: generateKey(15, "zsk"), times: { retire: handover } },
    { key: generateKey(15, "zsk"), times: { publish: start - 1, activate: handover } },
  ];
  const signing = new ZoneSigning({ keys, online: false });
  const signAt = (now: number): void => store.setHooks({ open: (data) => signing.open(data, now) });
  const served = (): ZoneData => zones.get(APEX)!.data;
  const messages: Uint8Array[] = [];
  let before: ZoneData;
  let fetched: ZoneData;

  const work: ReadonlyArray<readonly [string, () => Promise<unknown>]> = [
    ["is loaded", () => store.sync([source])],
    [
      "is signed",
      async () => {
        signAt(start);
        await store.sync([source]);
        before = served();
      },
    ],
    [
      "has one record more",
      async () => {
        renameSync(next, file);
        await store.reload();
      },
    ],
    ["is compared with what it was", () => new JournalKeeper().note(APEX, before, served())],
    [
      "gets another key",
      async () => {
        signAt(handover + 1);
        await store.sync([source]);
      },
    ],
    [
      "is sent",
      () => {
        const question = Buffer.concat([APEX, Uint8Array.of(0, 252, 0, 1)]);
        const answer = { id: 1, flags: 0x8400, question, edns: false, signer: null, now: () => start };
        return sendTransfer({ ...answer, parts: wholeZone(served()) }, (message) => messages.push(message.slice()) > 0);
      },
    ],
    [
      "comes",
      async () => {
        const transfer = new IncomingTransfer({ id: 1, apex: APEX, serial: null, limits: TRANSFER_LIMITS });
        for (const message of messages) await inSlices(transfer.take(message));
        const { result } = transfer;
        if (result?.kind !== "zone") throw new Error("no zone came");
        fetched = result.data;
        const secondary = new ZoneStore(new ZoneSet());
        await secondary.sync([{ kind: "transfer", apex: "big.test" }]);
        await secondary.adopt(fetched);
      },
    ],
    ["is saved", () => saveZone(fetched, join(folder, "saved.zone"))],
  ];

  test.each(work)(
    "when it %s",
    async (_, does) => {
      const turns = await turnsOf(does);
      const long = turns.filter((turn) => turn > TURN);
      expect(long.length).toBeLessThanOrEqual(Math.max(4, turns.length / 50));
      expect(turns[0]).toBeLessThan(COLLECTION);
    },
    60_000,
  );

  test("and what came is what was sent", () => {
    expect([fetched.recordCount, fetched.serial]).toEqual([served().recordCount, served().serial]);
    expect(fetched.recordCount).toBeGreaterThan(NAMES * 2 * 3);
  });
});

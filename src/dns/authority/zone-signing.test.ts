import { atOnce } from "../../time/slices.ts";
import { describe, expect, test } from "bun:test";
import { generateKey } from "../dnssec/signing-key.ts";
import { planRollover } from "../dnssec/rollover.ts";
import { isLater, type SerialEntry } from "../zone/serial.ts";
import { RecordType } from "../wire/record-type.ts";
import { APEX } from "../zone/name-table.ts";
import { ask, zoneFrom } from "./ask-for-tests.ts";
import { ZoneSigning } from "./zone-signing.ts";

const NOW = Math.floor(Date.now() / 1000);
const DAY = 86_400;
const DATA = zoneFrom("@ NS ns1\nns1 A 192.0.2.1");

describe("a zone that is kept signed", () => {
  test("is opened again before signatures end, with a higher serial", () => {
    const signing = new ZoneSigning({ keys: [{ key: generateKey(15, "csk"), times: {} }], online: false });
    expect(signing.due).toBe(Infinity);
    expect(atOnce(signing.open(DATA, NOW)).data.serial).toBe(NOW);
    expect(signing.due).toBeGreaterThan(NOW + 9 * DAY);
    expect(signing.due).toBeLessThanOrEqual(NOW + 10 * DAY);
    const { due } = signing;
    expect(atOnce(signing.open(DATA, due)).data.serial).toBe(Math.floor(due));
    // The others end soon too; they are looked at an hour later.
    expect(signing.due).toBeGreaterThanOrEqual(due + 3_600);
  });

  test("has a serial that rises over a restart when it is remembered", () => {
    const serials = new Map<string, SerialEntry>();
    const options = { keys: [{ key: generateKey(15, "csk"), times: {} }], online: false, serials };
    const first = new ZoneSigning(options);
    for (let turn = 0; turn < 3; turn++) atOnce(first.open(DATA, NOW + turn * DAY));
    expect(atOnce(new ZoneSigning(options).open(DATA, NOW + 4 * DAY)).data.serial).toBe(4);
  });

  test("has a serial that never falls, whatever becomes of its memory", () => {
    const keys = [{ key: generateKey(15, "csk"), times: {} }];
    // Nothing is remembered over a restart: the clock is, and a serial of the source that is later.
    const twelve = Array.from({ length: 12 }, (_, turn) => NOW + turn);
    const forgetful = new ZoneSigning({ keys, online: false });
    const last = twelve.map((now) => atOnce(forgetful.open(DATA, now)).data.serial).at(-1)!;
    expect(isLater(atOnce(new ZoneSigning({ keys, online: false }).open(DATA, NOW + 60)).data.serial, last)).toBe(true);
    const dated = zoneFrom("@ SOA ns1 h 2026112801 1 1 1 1\n@ NS ns1");
    expect(atOnce(new ZoneSigning({ keys, online: false }).open(dated, NOW)).data.serial).toBe(2_026_112_801);
    // A memory that cannot be written is as good as none, and says so.
    const serials = {
      get: (): undefined => undefined,
      set: (): void => {
        throw new Error("read-only file system");
      },
    };
    const unwritable = new ZoneSigning({ keys, online: false, serials });
    expect(atOnce(unwritable.open(DATA, NOW)).data.serial).toBe(NOW);
    expect(unwritable.unsaved).toBe("read-only file system");
  });

  test.each([true, false])("follows its keys (online: %p)", (online) => {
    const old = { key: generateKey(13, "csk"), times: {} };
    const { current, successor } = planRollover(old, generateKey(13, "csk"), NOW + DAY);
    const signing = new ZoneSigning({ keys: [current, successor], online });
    const published: number[] = [];
    for (let now = NOW; now < NOW + 6 * DAY; now = signing.due) {
      const { data } = atOnce(signing.open(DATA, now));
      const set = data.findSet(APEX, RecordType.DNSKEY);
      published.push(data.recordStart[set + 1]! - data.recordStart[set]!);
      if (signing.due === Infinity) break;
    }
    // One; both while the new one is made known, while the old DS stands and while the old one rests; one.
    expect(published.slice(0, 5)).toEqual([1, 2, 2, 2, 1]);
  });

  test("answers with signatures in both ways", () => {
    for (const online of [true, false]) {
      const signing = new ZoneSigning({ keys: [{ key: generateKey(13, "csk"), times: {} }], online });
      expect(ask([atOnce(signing.open(DATA, NOW))], "ns1.example.", "A", true).answer).toHaveLength(2);
    }
  });

  test("whose keys cannot sign is told", () => {
    const signing = new ZoneSigning({
      keys: [{ key: generateKey(13, "csk"), times: { activate: NOW + 1 } }],
      online: true,
    });
    expect(() => atOnce(signing.open(DATA, NOW))).toThrow("no key signs");
  });
});

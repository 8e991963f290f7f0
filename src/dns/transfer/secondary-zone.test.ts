import { describe, expect, test } from "bun:test";
import { readMessage, writeMessage } from "../wire/message.ts";
import { recordsOf } from "../zone/records-for-tests.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { dialFakes, FakePrimary } from "./fake-primary-for-tests.ts";
import { TransferError } from "./record-reader.ts";
import { soaOf } from "./record-source.ts";
import { type SecondaryEvent, type SecondaryOptions, SecondaryZone } from "./secondary-zone.ts";
import { APEX, testZone } from "./zone-for-tests.ts";

const TIMES = { refresh: 1_000, retry: 100, expire: 5_000 };
const HOST = ["a A 192.0.2.1"];

/** A secondary on a clock that the test moves. */
class Setup {
  now = 1_000_000_000;
  readonly zones: ZoneData[] = [];
  readonly events: SecondaryEvent[] = [];
  expired = 0;
  fresh = 0;
  /** Why `onZone` refuses. */
  refusal = "";
  readonly secondary: SecondaryZone;

  constructor(primaries: readonly FakePrimary[], options: Partial<SecondaryOptions> = {}) {
    this.secondary = new SecondaryZone({
      apex: APEX,
      primaries: primaries.map(({ primary }) => primary),
      dial: dialFakes(primaries),
      onZone: (data) => {
        if (this.refusal === "") this.zones.push(data);
        return this.refusal;
      },
      onExpired: () => this.expired++,
      onFresh: () => this.fresh++,
      onEvent: (event) => this.events.push(event),
      random: () => 0,
      now: () => this.now,
      ...options,
    });
  }

  /** Lets time go by, second by second, and all that is under way come to its end. */
  async pass(seconds: number): Promise<void> {
    for (let count = 0; count < seconds; count++) {
      this.now += 1_000;
      this.secondary.tick();
      if (this.secondary.refreshing) await this.settle();
    }
  }

  async settle(): Promise<void> {
    while (this.secondary.refreshing) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Why the last attempt failed. */
  get problem(): string {
    return this.secondary.failures.map(({ problem }) => problem).join("; ");
  }

  get serial(): number {
    return this.zones.at(-1)?.serial ?? -1;
  }
}

function zone(serial: number, lines: readonly string[] = HOST): ZoneData {
  return testZone(serial, lines, TIMES);
}

/** The answer with SOAs of these serials in the place of its records. */
function withSoas(answer: Uint8Array, serials: readonly number[]): Uint8Array {
  const { id, flags, questions } = readMessage(answer);
  const answers = serials.map((serial) => ({ name: APEX, type: 6, class: 1, ...soaOf(zone(serial)) }));
  return writeMessage({ id, flags, questions, answers });
}

describe("a secondary zone", () => {
  test("is fetched whole, then asked for at every refresh", async () => {
    const primary = new FakePrimary(zone(1));
    const setup = new Setup([primary]);
    expect(setup.secondary.state).toBe("missing");
    await setup.pass(1);
    expect([setup.serial, setup.secondary.state, primary.asked.join()]).toEqual([1, "current", "dial,AXFR"]);
    await setup.pass(999);
    expect(primary.asked).toHaveLength(2);
    await setup.pass(1);
    expect(primary.asked.slice(2)).toEqual(["dial", "SOA"]);
    expect([setup.fresh, setup.zones.length]).toEqual([1, 1]);
  });

  test("follows by differences, over the same connection", async () => {
    const primary = new FakePrimary(zone(1));
    const setup = new Setup([primary]);
    await setup.pass(1);
    primary.change(zone(2, ["a A 192.0.2.2", "b TXT x"]));
    setup.secondary.notified(2);
    await setup.settle();
    expect(primary.asked.slice(2)).toEqual(["dial", "SOA", "IXFR 1"]);
    expect(recordsOf(setup.zones[1]!).toSorted()).toEqual(recordsOf(primary.zone).toSorted());
    expect(setup.events.at(-1)).toMatchObject({ kind: "fetched", asked: { how: "IXFR", records: 7 } });
  });

  test("is fetched whole when differences do not fit or do not come", async () => {
    const primary = new FakePrimary(zone(1));
    const setup = new Setup([primary]);
    await setup.pass(1);
    // A difference from another zone with the same serial.
    primary.zone = zone(1, ["c A 192.0.2.3"]);
    primary.change(zone(2, ["d A 192.0.2.4"]));
    setup.secondary.notified(null);
    await setup.settle();
    expect(primary.asked.slice(2)).toEqual(["dial", "SOA", "IXFR 1", "dial", "AXFR"]);
    expect([setup.serial, recordsOf(setup.zones[1]!).length]).toEqual([2, 4]);
    expect(setup.events.at(-1)).toMatchObject({ asked: { fallback: "a record that is to be deleted is not there" } });
  });

  describe("is fetched whole when the answer to IXFR", () => {
    const nothing = (): null => null;
    const cases: ReadonlyArray<readonly [string, (answer: Uint8Array) => Uint8Array | null, string]> = [
      ["is FORMERR", (answer) => answer.with(3, 1), "the primary answers FORMERR"],
      ["is SERVFAIL", (answer) => answer.with(3, 2), "the primary answers SERVFAIL"],
      ["is NOTIMP", (answer) => answer.with(3, 4), "the primary answers NOTIMP"],
      ["is REFUSED", (answer) => answer.with(3, 5), "the primary answers REFUSED"],
      ["is NOTAUTH", (answer) => answer.with(3, 9), "the primary answers NOTAUTH"],
      ["is truncated (TC), as over UDP", (answer) => answer.with(2, answer[2]! | 2), "a message is truncated"],
      ["does not come", nothing, "nothing came"],
      ["is empty", (answer) => answer.subarray(0, 12).with(5, 0).with(7, 0), "a message has no answers"],
      ["is cut off", (answer) => answer.subarray(0, answer.length - 9), "a record's data is cut off"],
      ["is rubbish", () => new Uint8Array(40).fill(255), "a pointer does not point backwards"],
    ];
    test.each(cases)("%s", async (_, spoil, problem) => {
      const primary = new FakePrimary(zone(1));
      const setup = new Setup([primary]);
      await setup.pass(1);
      primary.change(zone(2));
      primary.spoil = (answer, type) => (type === 251 ? spoil(answer) : answer);
      setup.secondary.notified(2);
      await setup.settle();
      expect(setup.serial).toBe(2);
      const event = setup.events.at(-1)!;
      expect(event).toMatchObject({ kind: "fetched", asked: { how: "AXFR" } });
      expect(event.kind === "fetched" && event.asked.fallback).toContain(problem);
      expect(setup.secondary.fetched?.fallback).toContain(problem);
    });

    const chains: ReadonlyArray<readonly [string, readonly number[], string]> = [
      ["begins at another serial", [3, 2, 3, 3], "a difference is from serial 2, and 1 is what is there"],
      ["leaves a serial out", [3, 1, 2, 4, 3, 3], "a difference is from serial 4, and 2 is what is there"],
      ["goes back", [3, 1, 0, 0], "serial 0 does not follow 1"],
      ["does not reach its end", [3, 1, 2], "nothing came"],
      ["is a newer SOA alone, as over UDP when it does not fit", [3], "nothing came"],
      ["says that there is nothing newer", [1], "the answer to IXFR has serial 1, and the one to SOA 3"],
      ["ends with an older serial than it begins with", [2, 1, 2, 3], "go on behind the newest serial"],
    ];
    test.each(chains)("%s", async (_, serials, problem) => {
      const primary = new FakePrimary(zone(1));
      const setup = new Setup([primary]);
      await setup.pass(1);
      primary.change(zone(3));
      primary.spoil = (answer, type) => (type === 251 ? withSoas(answer, serials) : answer);
      setup.secondary.notified(3);
      await setup.settle();
      expect(setup.serial).toBe(3);
      expect(setup.secondary.fetched).toMatchObject({ how: "AXFR" });
      expect(setup.secondary.fetched?.fallback).toContain(problem);
    });
  });

  test("is fetched whole when what differences make of it is not usable", async () => {
    const primary = new FakePrimary(zone(1));
    const offered: number[] = [];
    const setup = new Setup([primary], {
      onZone: (data) => (offered.push(data.recordCount), data.recordCount > 4 ? "has too many" : ""),
    });
    await setup.pass(1);
    primary.zone = zone(1, ["c A 192.0.2.3"]);
    primary.change(zone(2, ["c A 192.0.2.3", "d A 192.0.2.4"]));
    primary.zone = zone(2);
    setup.secondary.notified(2);
    await setup.settle();
    expect(offered).toEqual([4, 5, 4]);
    expect(setup.secondary.fetched).toMatchObject({ how: "AXFR", fallback: "the zone is not usable: has too many" });
  });

  test("a primary that takes too long is given up, and the next one is asked", async () => {
    const first = new FakePrimary(zone(1));
    const second = new FakePrimary(zone(1), "192.0.2.2");
    first.silent = true;
    const setup = new Setup([first, second], { time: 20_000 });
    setup.secondary.tick();
    for (let count = 0; count < 19; count++) {
      setup.now += 1_000;
      setup.secondary.tick();
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(second.asked).toEqual([]);
    setup.now += 1_000;
    setup.secondary.tick();
    await setup.settle();
    expect(setup.events[0]).toMatchObject({ kind: "failed", problem: "the transfer took more than 20 s" });
    expect([setup.serial, first.asked.join(), second.asked.join()]).toEqual([1, "dial,AXFR", "dial,AXFR"]);
  });

  test("asks again after the retry time, and expires in the end, until it is fetched again", async () => {
    const primary = new FakePrimary(zone(1));
    const setup = new Setup([primary]);
    await setup.pass(1);
    primary.down = true;
    await setup.pass(1_000);
    expect(setup.problem).toBe("no connection");
    const tries = primary.asked.length;
    await setup.pass(1_000);
    expect(primary.asked.length).toBe(tries + 10);
    expect([setup.expired, setup.secondary.state]).toEqual([0, "current"]);
    await setup.pass(3_000);
    expect([setup.expired, setup.secondary.state, setup.secondary.data]).toEqual([1, "expired", null]);
    // Back with an earlier serial: an expired zone takes what there is.
    primary.down = false;
    primary.zone = zone(0);
    await setup.pass(300);
    expect([setup.serial, setup.secondary.state, setup.expired]).toEqual([0, "current", 1]);
  });

  test("that never came is asked for at growing distances", async () => {
    const primary = new FakePrimary(zone(1));
    primary.down = true;
    const setup = new Setup([primary]);
    await setup.pass(1_000);
    // After 2, 4, 8 … 256 and then every 300 seconds.
    expect(primary.asked.length).toBe(1 + 8 + 1);
    primary.down = false;
    await setup.pass(300);
    expect(setup.serial).toBe(1);
  });

  test("a success puts the expiry off", async () => {
    const setup = new Setup([new FakePrimary(zone(1))]);
    await setup.pass(20_000);
    expect([setup.expired, setup.zones.length, setup.fresh]).toEqual([0, 1, 19]);
  });
});

describe("several primaries", () => {
  test("the first that answers is the one", async () => {
    const first = new FakePrimary(zone(1));
    const second = new FakePrimary(zone(1), "192.0.2.2");
    const setup = new Setup([first, second]);
    first.down = true;
    await setup.pass(1);
    expect([setup.serial, first.asked.length, second.asked.length]).toEqual([1, 1, 2]);
    first.down = false;
    await setup.pass(1_000);
    expect([first.asked.length, second.asked.length]).toEqual([3, 2]);
  });

  test("one that has not heard of a change yet does not hide it", async () => {
    const first = new FakePrimary(zone(1));
    const second = new FakePrimary(zone(1), "192.0.2.2");
    const setup = new Setup([first, second]);
    await setup.pass(1);
    second.change(zone(2));
    setup.secondary.notified(2);
    await setup.settle();
    expect(setup.serial).toBe(2);
    // From then on the first is behind: that is a failure of its, and no reason to go back.
    await setup.pass(1_000);
    expect(setup.serial).toBe(2);
    expect(setup.events.at(-2)).toMatchObject({
      kind: "failed",
      problem: "the primary has serial 1, which is not newer",
    });
    expect(setup.events.at(-1)).toMatchObject({ kind: "current", serial: 2 });
  });
});

describe("NOTIFY", () => {
  test("of what is there already is of no interest", async () => {
    const primary = new FakePrimary(zone(5));
    const setup = new Setup([primary]);
    await setup.pass(1);
    for (const serial of [5, 4, 5 - 2 ** 30]) setup.secondary.notified(serial >>> 0);
    await setup.pass(1);
    expect(primary.asked).toHaveLength(2);
  });

  test("during a refresh leads to another one behind it", async () => {
    const primary = new FakePrimary(zone(1));
    const setup = new Setup([primary]);
    primary.spoil = (answer) => {
      primary.spoil = (same) => same;
      primary.change(zone(2));
      setup.secondary.notified(2);
      return answer;
    };
    setup.secondary.tick();
    await setup.settle();
    expect(setup.serial).toBe(1);
    await setup.pass(1);
    expect(setup.serial).toBe(2);
  });
});

describe("what is not to be had", () => {
  test("hostile answers leave the zone as it was", async () => {
    const primary = new FakePrimary(zone(1));
    const setup = new Setup([primary]);
    await setup.pass(1);
    primary.zone = zone(2);
    const spoils: Array<(answer: Uint8Array) => Uint8Array | null> = [
      (answer) => answer.with(0, answer[0]! ^ 1),
      (answer) => answer.with(2, 0),
      (answer) => answer.with(3, 5),
      (answer) => answer.subarray(0, answer.length - 7),
      (answer) => answer.subarray(0, 5),
      (answer) => answer.with(7, answer[7]! + 1),
      (answer) => answer.with(5, 9),
      () => new Uint8Array(0),
      () => null,
    ];
    for (const spoil of spoils) {
      primary.spoil = (answer) => spoil(answer);
      setup.secondary.notified(null);
      await setup.settle();
      expect(setup.problem).not.toBe("");
      primary.spoil = (answer, type) => (type === 6 ? answer : spoil(answer));
      setup.secondary.notified(null);
      await setup.settle();
      expect(setup.zones).toHaveLength(1);
    }
  });

  test("a zone that is refused is not kept, and tried again", async () => {
    const primary = new FakePrimary(zone(1));
    const setup = new Setup([primary]);
    setup.refusal = "it has no name server";
    await setup.pass(1);
    expect([setup.secondary.state, setup.problem]).toEqual([
      "missing",
      "the zone is not usable: it has no name server",
    ]);
    setup.refusal = "";
    await setup.pass(2);
    expect(setup.secondary.state).toBe("current");
  });

  test("limits", async () => {
    const primary = new FakePrimary(
      zone(
        1,
        Array.from({ length: 100 }, (_, index) => `h${index} A 192.0.2.1`),
      ),
    );
    const setup = new Setup([primary], { limits: { records: 50, bytes: 1e9 } });
    await setup.pass(1);
    expect([setup.zones.length, setup.problem]).toEqual([0, "the zone has more than 50 records"]);
  });

  test("nothing begins before its turn; what is stopped changes nothing", async () => {
    const turns: Array<() => Promise<void>> = [];
    const primary = new FakePrimary(zone(1));
    const setup = new Setup([primary], { enter: (transfer) => void turns.push(transfer) });
    await setup.pass(5);
    expect([primary.asked.length, turns.length]).toEqual([0, 1]);
    const over = turns[0]!();
    setup.secondary.stop();
    await over;
    expect(setup.zones.length).toBe(0);
    await setup.pass(5_000);
    expect([primary.asked.join(), turns.length]).toEqual(["dial", 1]);
  });
});

test("stopped in the middle of an answer it does not wait for the rest", async () => {
  const closed = Promise.withResolvers<Uint8Array>();
  const secondary = new SecondaryZone({
    apex: APEX,
    primaries: [{ address: "192.0.2.1", port: 53, key: null }],
    dial: () =>
      Promise.resolve({
        send: () => undefined,
        receive: () => closed.promise,
        close: () => closed.reject(new TransferError("closed")),
      }),
    onZone: () => "",
    onExpired: () => undefined,
  });
  secondary.tick();
  await Bun.sleep(1);
  expect(secondary.refreshing).toBe(true);
  secondary.stop();
  await Bun.sleep(1);
  expect(secondary.refreshing).toBe(false);
});

describe("a saved zone", () => {
  test("counts until it expires, and is refreshed at once", async () => {
    const primary = new FakePrimary(zone(2));
    const setup = new Setup([primary]);
    setup.secondary.restore(zone(1), setup.now - 1_000_000);
    expect(setup.secondary.state).toBe("current");
    await setup.pass(1);
    expect([setup.serial, primary.asked.join()]).toEqual([2, "dial,SOA,IXFR 1"]);
    const late = new Setup([primary]);
    late.secondary.restore(zone(1), late.now - 5_000_001);
    expect([late.secondary.state, late.expired]).toEqual(["expired", 1]);
  });

  test("another one with other options goes on from it", async () => {
    const primary = new FakePrimary(zone(1));
    const before = new Setup([primary]);
    await before.pass(1);
    const after = new Setup([primary]);
    after.secondary.succeed(before.secondary);
    await after.pass(1);
    expect(primary.asked).toEqual(["dial", "AXFR", "dial", "SOA"]);
  });
});

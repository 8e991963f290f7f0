import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ZoneSet } from "../authority/zone-set.ts";
import { ZoneStore } from "../store/zone-store.ts";
import { writeMessage } from "../wire/message.ts";
import { parseName } from "../wire/name.ts";
import { recordsOf } from "../zone/records-for-tests.ts";
import { AccessRules } from "./access-rules.ts";
import { FakePrimary } from "./fake-primary-for-tests.ts";
import { SavedZone } from "./saved-zone.ts";
import { createTsigKey, TsigKeyring } from "./tsig-key.ts";
import { APEX, testZone } from "./zone-for-tests.ts";
import type { ZoneTransferOptions } from "./transfer-options.ts";
import { isBad, zoneStatus } from "./zone-status.ts";
import { type TransferEvent, ZoneTransfers } from "./zone-transfers.ts";

const KEYS = [{ name: "key", secret: "dmVjdG9yIHNlY3JldCB2ZWN0b3I=" }];
const SOURCE = { kind: "transfer", apex: "zone.test" } as const;

let folder = "";
let setup: Setup | null = null;

afterEach(() => {
  setup?.transfers.stop();
  if (folder !== "") rmSync(folder, { recursive: true, force: true });
  folder = "";
});

class Setup {
  now = Date.now();
  readonly zones = new ZoneSet();
  readonly store = new ZoneStore(this.zones);
  readonly events: TransferEvent[] = [];
  readonly primary = new FakePrimary(testZone(1, ["a A 192.0.2.1"]), "192.0.2.1");
  readonly transfers = new ZoneTransfers({
    zones: this.zones,
    store: this.store,
    dial: () => new Promise((resolve) => resolve(this.primary.dial())),
    now: () => this.now,
    onEvent: (event) => this.events.push(event),
  });

  async sync(options: Partial<ZoneTransferOptions> = {}): Promise<void> {
    this.transfers.sync(KEYS, [{ apex: "Zone.test", primaries: [{ address: "192.0.2.1" }], ...options }]);
    await this.store.sync([SOURCE]);
  }

  async pass(seconds: number): Promise<void> {
    for (let count = 0; count < seconds; count++) {
      this.now += 1_000;
      this.transfers.tick();
      while (this.transfers.statusOf("zone.test.")?.refreshing === true) await Bun.sleep(0);
    }
  }

  get served(): string {
    const zone = this.zones.get(APEX);
    return zone === null ? "none" : `${zone.data.serial} ${zone.usable ? "usable" : "unusable"}`;
  }

  /** The response code of a NOTIFY from this address. */
  async notify(address: string, apex = APEX): Promise<number> {
    const message = writeMessage({ id: 1, flags: 4 << 11, questions: [{ name: apex, type: 6, class: 1 }] });
    let code = -1;
    await this.transfers.handler.handle(message, { address, port: 5, transport: "udp" }, (answer) => {
      code = answer[3]! & 15;
      return true;
    });
    return code;
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let count = 0; !condition(); count++) {
    if (count > 2_000) throw new Error("it did not come true");
    await Bun.sleep(1);
  }
}

function makeFolder(): string {
  folder = mkdtempSync(join(tmpdir(), "roundtrip-saved-zone-"));
  return folder;
}

describe("a secondary zone in a server", () => {
  test("is there but not usable until it comes, and after it has expired", async () => {
    setup = new Setup();
    await setup.sync();
    expect(setup.served).toBe("0 unusable");
    await setup.pass(1);
    expect(setup.served).toBe("1 usable");
    setup.primary.down = true;
    await setup.pass(86_400 + 10);
    expect(setup.served).toBe("1 unusable");
    setup.primary.down = false;
    await setup.pass(600);
    expect(setup.served).toBe("1 usable");
    setup.primary.change(testZone(2));
    expect(await setup.notify("192.0.2.1")).toBe(0);
    await setup.pass(1);
    expect(setup.served).toBe("2 usable");
  }, 20_000);

  test("takes NOTIFY from its primaries, and from others that are named", async () => {
    setup = new Setup();
    await setup.sync({ allowNotify: [{ addresses: ["198.51.100.0/24"] }] });
    await setup.pass(1);
    expect(await setup.notify("192.0.2.2")).toBe(5);
    expect(await setup.notify("198.51.100.7")).toBe(0);
    expect(await setup.notify("192.0.2.1", parseName("other.test") as Uint8Array)).toBe(9);
  });

  test("goes on with other options, and goes away with them", async () => {
    setup = new Setup();
    await setup.sync();
    await setup.pass(1);
    expect(setup.primary.asked).toEqual(["dial", "AXFR"]);
    await setup.sync();
    await setup.pass(1);
    expect(setup.primary.asked).toHaveLength(2);
    // With other options it is asked for at once, beginning from what is there.
    await setup.sync({ allow: [{ key: "key" }] });
    expect(setup.served).toBe("1 usable");
    await setup.pass(1);
    expect(setup.primary.asked.slice(2)).toEqual(["dial", "SOA"]);
    setup.transfers.sync(KEYS, []);
    await setup.store.sync([]);
    expect(setup.served).toBe("none");
    await setup.sync();
    setup.transfers.sync(KEYS, []);
    expect(setup.served).toBe("none");
  });

  test("bad options change nothing", async () => {
    setup = new Setup();
    await setup.sync();
    const bad: Array<Partial<ZoneTransferOptions>> = [
      { apex: "a..b" },
      { primaries: [{ address: "localhost" }] },
      { primaries: [{ address: "192.0.2.1", port: 0 }] },
      { primaries: [{ address: "192.0.2.1", key: "missing" }] },
      { allow: [{}] },
      { allow: [{ addresses: ["10.0.0.0/33"] }] },
      { allow: [{ key: "missing" }] },
    ];
    for (const options of bad) {
      expect(() => setup!.transfers.sync(KEYS, [{ apex: "zone.test", ...options }])).toThrow(RangeError);
    }
    const weak = [{ name: "weak", algorithm: "hmac-sha1", secret: KEYS[0]!.secret }];
    const peers = [{ address: "192.0.2.1", key: "weak" }];
    expect(() => setup!.transfers.sync(weak, [{ apex: "zone.test", notify: peers }])).toThrow("too weak");
    expect(setup.transfers.statusOf("zone.test.")).toMatchObject({ state: "missing" });
  });

  test("is saved, and there at once after a restart", async () => {
    const file = join(makeFolder(), "zone.test.zone");
    setup = new Setup();
    await setup.sync({ file });
    setup.transfers.tick();
    await until(() => setup!.served === "1 usable" || (setup!.transfers.tick(), false));
    await until(() => readdirSync(folder).join() === "zone.test.zone");
    setup.transfers.stop();
    setup = new Setup();
    setup.primary.down = true;
    await setup.sync({ file });
    setup.transfers.tick();
    await until(() => setup!.served === "1 usable");
    // Fresh for as long as it would have been without the restart.
    const expireAt = Date.parse(setup.transfers.statusOf("zone.test.")!.expireAt!);
    expect(Math.abs(expireAt - setup.now - 86_400_000)).toBeLessThan(5_000);
  });
});

describe("how a secondary zone stands", () => {
  const stateNow = (): string => {
    const [report] = setup!.store.reports();
    const status = zoneStatus(report!, setup!.transfers.statusOf("zone.test."));
    return `${status.state} ${status.serial} ${isBad(status) ? "bad" : "good"}`;
  };

  test("awaited, served, as before, expired, served again", async () => {
    setup = new Setup();
    setup.primary.down = true;
    await setup.sync();
    expect(stateNow()).toBe("awaited -1 good");
    await setup.pass(1);
    expect(stateNow()).toBe("awaited -1 bad");
    expect(setup.transfers.statusOf("zone.test.")).toMatchObject({
      state: "missing",
      primaries: ["192.0.2.1:53"],
      freshAt: null,
      expireAt: null,
      failures: [{ primary: "192.0.2.1:53", problem: "no connection" }],
      fetched: null,
      saved: null,
    });
    setup.primary.down = false;
    await setup.pass(10);
    expect(stateNow()).toBe("served 1 good");
    expect(setup.transfers.statusOf("zone.test.")).toMatchObject({
      failures: [],
      fetched: { how: "AXFR", ignored: 0 },
    });
    setup.primary.down = true;
    setup.now += 3_600_000;
    await setup.pass(1);
    expect(stateNow()).toBe("kept 1 bad");
    setup.now += 86_400_000;
    await setup.pass(1);
    expect(stateNow()).toBe("expired -1 bad");
    // What is loaded again meanwhile does not make it better.
    await setup.store.sync([SOURCE]);
    expect(stateNow()).toBe("expired -1 bad");
    setup.primary.down = false;
    await setup.pass(600);
    expect(stateNow()).toBe("served 1 good");
    const failures = setup.events.flatMap((event) => (event.kind === "failed" ? [event.repeated] : []));
    expect(failures).toContain(true);
    expect(failures[0]).toBe(false);
  });

  test("a damaged saved file is told, and shown until there is a good one", async () => {
    const file = join(makeFolder(), "saved");
    writeFileSync(file, "zone.test. 300 IN SOA ns.zone.test. ad\n");
    setup = new Setup();
    setup.primary.down = true;
    await setup.sync({ file });
    setup.transfers.tick();
    await until(() => setup!.events.length > 0);
    expect(setup.events[0]).toMatchObject({ kind: "unrestored", zone: "zone.test.", file });
    expect(setup.transfers.statusOf("zone.test.")!.saved!.problem).toStartWith("line 1: ");
    setup.primary.down = false;
    await setup.pass(10);
    await until(() => setup!.transfers.statusOf("zone.test.")!.saved!.problem === "");
    expect(stateNow()).toBe("served 1 good");
  });
});

test("primaries that say nothing hold up no other zone", async () => {
  const zones = new ZoneSet();
  const store = new ZoneStore(zones);
  let now = Date.now();
  const good = new FakePrimary(testZone(1), "192.0.2.1");
  const silent = new FakePrimary(testZone(1), "192.0.2.2");
  silent.silent = true;
  const transfers = new ZoneTransfers({
    zones,
    store,
    dial: ({ address }) => Promise.resolve((address === "192.0.2.1" ? good : silent).dial()),
    now: () => now,
  });
  try {
    // Ten that are busy with ten primaries, and ten more of one of them; the good one is last.
    const names = Array.from({ length: 20 }, (_, index) => ({
      apex: `z${index}.test`,
      primaries: [{ address: `198.51.100.${Math.min(index, 10)}` }],
    }));
    transfers.sync(KEYS, [...names, { apex: "zone.test", primaries: [{ address: "192.0.2.1" }] }]);
    await store.sync([SOURCE]);
    transfers.tick();
    await Bun.sleep(0);
    expect([silent.asked.filter((one) => one === "dial").length, good.asked.length]).toEqual([10, 0]);
    now += 10_000;
    transfers.tick();
    await until(() => zones.get(APEX)?.usable === true);
    const busy = names.filter(({ apex }) => transfers.statusOf(`${apex}.`)?.refreshing === true);
    expect(busy.length).toBeGreaterThan(10);
  } finally {
    transfers.stop();
  }
});

describe("a saved zone", () => {
  test("is the same when it is read, with every kind of data", async () => {
    const zone = testZone(4, [
      'a TXT "q\\"uote" "\\000\\255"',
      "\\046dot.* 77 MX 10 Mixed.Case",
      "b TYPE65280 \\# 3 010203",
      'b CAA 0 issue "x"',
      "c HTTPS 1 . alpn=h2 ipv6hint=2001:db8::1",
    ]);
    const saved = new SavedZone(APEX, join(makeFolder(), "zone"));
    await saved.save(zone);
    const found = (await saved.load()).zone!;
    expect(recordsOf(found).toSorted()).toEqual(recordsOf(zone).toSorted());
    await saved.touch(zone, 1_700_000_000_000);
    expect((await saved.load()).time).toBe(1_700_000_000_000);
  });

  test("that is missing is none; one that is damaged is none, and says why", async () => {
    const path = join(makeFolder(), "zone");
    const saved = new SavedZone(APEX, path);
    expect([(await saved.load()).zone, saved.problem]).toEqual([null, ""]);
    const zone = testZone(1, ["a A 192.0.2.1", "b A 192.0.2.2"]);
    await saved.save(zone);
    const whole = readFileSync(path, "utf8");
    writeFileSync(path, whole.slice(0, whole.lastIndexOf("\n", whole.length - 2) + 1));
    expect([(await saved.load()).zone, saved.problem]).toEqual([null, "has 4 of 5 records"]);
    writeFileSync(path, whole.slice(0, -6));
    expect((await saved.load()).zone).toBeNull();
    expect(saved.problem).toStartWith("line 6: ");
    // As it is confirmed it is fixed.
    await saved.touch(zone, 1_700_000_000_000);
    expect([readFileSync(path, "utf8"), saved.problem]).toEqual([whole, ""]);
    rmSync(path);
    await saved.touch(zone, 1_700_000_000_000);
    expect((await saved.load()).time).toBe(1_700_000_000_000);
    // Written by somebody else.
    writeFileSync(path, whole.slice(whole.indexOf("\n") + 1));
    expect((await saved.load()).zone?.recordCount).toBe(5);
  });

  test("that cannot be written leaves the old one and nothing beside it", async () => {
    const path = join(makeFolder(), "folder", "zone");
    await expect(new SavedZone(APEX, path).save(testZone(1))).rejects.toThrow("ENOENT");
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("access rules", () => {
  const key = createTsigKey(KEYS[0]!);
  const ring = new TsigKeyring([key]);

  test("all that a rule states must hold; nobody else may", () => {
    const rules = new AccessRules(
      [{ addresses: ["10.0.0.0/8", "::1"] }, { addresses: ["192.0.2.1"], key: "KEY." }],
      ring,
    );
    expect(
      [
        ["10.1.2.3", null],
        ["::ffff:10.1.2.3", null],
        ["::1", key],
        ["192.0.2.1", key],
        ["192.0.2.1", null],
        ["192.0.2.2", key],
        ["::2", null],
      ].map(([address, with_]) => rules.allows(address as string, with_ as typeof key | null)),
    ).toEqual([true, true, true, true, false, false, false]);
    expect(new AccessRules([], ring).allows("127.0.0.1", key)).toBe(false);
  });
});

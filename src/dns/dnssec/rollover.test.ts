import { describe, expect, test } from "bun:test";
import { wire } from "../authority/ask-for-tests.ts";
import { keysAt, stateOf, type TimedKey } from "./key-times.ts";
import { planRollover, rollover, ROLLOVER_POLICY, type Step } from "./rollover.ts";
import { generateKey, type KeyRole } from "./signing-key.ts";

const DAY = 86_400;
const HOUR = 3_600;
const START = 1_800_000_000;
const APEX = wire("shop.test.");

function plan(role: KeyRole): {
  keys: [TimedKey, TimedKey];
  at: (time: number) => string;
  steps: (now: number) => Step[];
} {
  const old: TimedKey = { key: generateKey(15, role), times: { publish: START - 90 * DAY } };
  const { current, successor } = planRollover(old, generateKey(15, role), START);
  const letter = (tag: number): string => (tag === current.key.tag ? "old" : "new");
  return {
    keys: [current, successor],
    /** "published / signing". */
    at: (time) => {
      const { publish, sign } = keysAt([current, successor], time);
      return `${publish.map((key) => letter(key.tag)).join(" ")} / ${sign.map((key) => letter(key.tag)).join(" ")}`;
    },
    steps: (now) => rollover(APEX, [current, successor], now),
  };
}

const inDays = (steps: readonly Step[]): string[] => steps.map((step) => `${(step.at - START) / HOUR} ${step.action}`);

describe("rollover", () => {
  test("of a ZSK: the new one is known before it signs, the old one as long as its signatures (RFC 7583 §3.2.1)", () => {
    const { at, steps } = plan("zsk");
    expect(at(START - 1)).toBe("old / old");
    expect(at(START)).toBe("old new / old");
    expect(at(START + 2 * HOUR - 1)).toBe("old new / old");
    expect(at(START + 2 * HOUR)).toBe("old new / new");
    expect(at(START + 27 * HOUR)).toBe("old new / new");
    expect(at(START + 28 * HOUR)).toBe("new / new");
    expect(inDays(steps(START))).toEqual(["0 publish", "2 activate", "2 retire", "28 remove"]);
  });

  test("of a KSK: its DS comes first, then it takes over (RFC 7583 §3.3.2)", () => {
    const { at, steps, keys } = plan("ksk");
    expect(at(START + 48 * HOUR - 1)).toBe("old / old");
    expect(at(START + 48 * HOUR)).toBe("new / new");
    expect(inDays(steps(START))).toEqual(["0 add-ds", "48 activate", "48 retire", "48 remove", "50 remove-ds"]);
    const [add, , , , remove] = steps(START);
    expect(add!.words).toMatch(
      new RegExp(`parent add the DS of key ${keys[1].key.tag} .* DS ${keys[1].key.tag} 15 2 [0-9a-f]{64}`),
    );
    expect(remove!.words).toContain(`remove the DS of key ${keys[0].key.tag}`);
  });

  test("of a CSK: both", () => {
    const { at, steps } = plan("csk");
    expect(at(START)).toBe("old new / old");
    expect(at(START + 48 * HOUR)).toBe("old new / new");
    expect(at(START + 74 * HOUR)).toBe("new / new");
    expect(inDays(steps(START))).toEqual([
      "0 add-ds",
      "0 publish",
      "48 activate",
      "48 retire",
      "50 remove-ds",
      "74 remove",
    ]);
  });

  test("at every moment one key signs, and everything a cache may hold can be validated", () => {
    const { keys } = plan("csk");
    for (let time = START - DAY; time < START + 5 * DAY; time += HOUR / 2) {
      const { publish, sign } = keysAt(keys, time);
      expect(sign).toHaveLength(1);
      // A signature of a day ago, and a DNSKEY set of an hour ago, with what is published now and then.
      const dayAgo = keysAt(keys, time - DAY).sign[0]!;
      expect(publish).toContain(dayAgo);
      expect(keysAt(keys, time - HOUR).publish).toContain(sign[0]!);
    }
  });

  test("says what is past", () => {
    const { steps } = plan("zsk");
    const past = steps(START + 3 * HOUR).map((step) => `${step.action} ${step.past}`);
    // The new key's own successor comes last.
    expect(past).toEqual(["publish true", "activate true", "retire true", "remove false", "generate false"]);
  });

  test("is called for when a key is to have a successor soon", () => {
    const key: TimedKey = { key: generateKey(13, "zsk"), times: { activate: START } };
    const [step, ...others] = rollover(APEX, [key], START + DAY);
    expect(step).toMatchObject({ action: "generate", at: START + 90 * DAY - 2 * HOUR, past: false });
    expect(others).toEqual([]);
    const policy = { ...ROLLOVER_POLICY, lifetime: { ksk: 0, zsk: 0, csk: 0 } };
    expect(rollover(APEX, [key], START + DAY, policy)).toEqual([]);
  });

  test("states follow the times; without times a key is active", () => {
    const key = generateKey(13, "csk");
    const times = { publish: 10, activate: 20, retire: 30, remove: 40 };
    expect([9, 10, 20, 30, 40].map((now) => stateOf({ key, times }, now))).toEqual([
      "future",
      "published",
      "active",
      "retired",
      "removed",
    ]);
    expect(stateOf({ key, times: {} }, 0)).toBe("active");
  });
});

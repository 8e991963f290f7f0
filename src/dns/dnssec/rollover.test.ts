import { describe, expect, test } from "bun:test";
import { wire } from "../authority/ask-for-tests.ts";
import { keysAt, stateOf, type TimedKey } from "./key-times.ts";
import { planRollover, rollover, ROLLOVER_POLICY, type Step } from "./rollover.ts";
import { generateKey, type KeyRole, type SigningKey } from "./signing-key.ts";
import { signersOf } from "./zone-keys.ts";

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

  describe("to another algorithm (RFC 6781 §4.1.4)", () => {
    const oldKeys = (["ksk", "zsk"] as const).map((role) => ({ key: generateKey(13, role), times: {} }));
    const plans = oldKeys.map((old) => planRollover(old, generateKey(15, old.key.role), START));
    const keys = plans.flatMap(({ current, successor }) => [current, successor]);
    const shown = (time: number): string => {
      const { publish, sign, parent } = keysAt(keys, time);
      return [publish, sign, parent]
        .map((some) => some.map(({ role, algorithm }) => `${role}${algorithm}`).join(" "))
        .join(" / ");
    };

    test("signatures come before keys, keys before the DS, and all go in the other order", () => {
      expect(shown(START - 1)).toBe("ksk13 zsk13 / ksk13 zsk13 / ksk13");
      expect(shown(START)).toBe("ksk13 zsk13 / ksk13 zsk13 zsk15 / ksk13");
      expect(shown(START + 26 * HOUR)).toBe("ksk13 ksk15 zsk13 zsk15 / ksk13 ksk15 zsk13 zsk15 / ksk13");
      expect(shown(START + 28 * HOUR)).toBe("ksk13 ksk15 zsk13 zsk15 / ksk13 ksk15 zsk13 zsk15 / ksk13 ksk15");
      expect(shown(START + 76 * HOUR)).toBe("ksk13 ksk15 zsk13 zsk15 / ksk13 ksk15 zsk13 zsk15 / ksk15");
      expect(shown(START + 124 * HOUR)).toBe("ksk15 zsk15 / ksk15 zsk13 zsk15 / ksk15");
      expect(shown(START + 126 * HOUR)).toBe("ksk15 zsk15 / ksk15 zsk15 / ksk15");
    });

    test("is told step by step", () => {
      expect(inDays(rollover(APEX, keys, START))).toEqual([
        "0 activate",
        "26 publish",
        "26 publish",
        "26 activate",
        "28 add-ds",
        "76 remove-ds",
        "124 retire",
        "124 remove",
        "124 remove",
        "126 retire",
        // 90 days after the new ZSK began.
        "2158 generate",
      ]);
    });
  });

  describe.each([
    ["ksk", 15],
    ["csk", 15],
    ["ksk", 13],
    ["csk", 13],
  ] as const)("of a %s to algorithm %i, with a parent that reads CDS", (role, algorithm) => {
    test("whatever caches hold of any age fits together", () => {
      const old: TimedKey[] = [{ key: generateKey(15, role), times: {} }];
      if (role === "ksk") old.push({ key: generateKey(15, "zsk"), times: {} });
      const keys = old.flatMap((one) => {
        if (one.key.role === "zsk" && algorithm === 15) return [one];
        const { current, successor } = planRollover(one, generateKey(algorithm, one.key.role), START);
        return [current, successor];
      });
      const { registration, dsTtl, propagation, dnskeyTtl, zoneTtl } = ROLLOVER_POLICY;
      const ages = (most: number): number[] => Array.from({ length: 5 }, (_, part) => (most * part) / 4);
      for (let time = START - DAY; time < START + 8 * DAY; time += HOUR) {
        for (const dsAge of ages(registration + dsTtl)) {
          const { parent } = keysAt(keys, time - dsAge);
          for (const keyAge of ages(propagation + dnskeyTtl)) {
            const then = keysAt(keys, time - keyAge);
            const { ofKeys } = signersOf(then);
            // RFC 4035 §2.2: the DNSKEY set is signed by each algorithm of the DS set, by a key that one of them names.
            for (const { algorithm: wanted } of parent) {
              const isNamed = (key: SigningKey): boolean => parent.includes(key) && key.algorithm === wanted;
              expect(ofKeys.some(isNamed)).toBe(true);
            }
            expect(parent).not.toBeEmpty();
            for (const age of ages(propagation + zoneTtl)) {
              const { ofZone } = signersOf(keysAt(keys, time - age));
              for (const { algorithm: wanted } of then.publish) {
                expect(ofZone.some((key) => key.algorithm === wanted && then.publish.includes(key))).toBe(true);
              }
            }
          }
        }
      }
    });
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

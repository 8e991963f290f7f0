import { describe, expect, test } from "bun:test";
import { Names } from "./names.ts";

interface Known {
  readonly addresses: readonly string[];
  readonly reason: string;
}

function resolve(names: Names, name: string): Promise<Known> {
  return new Promise((resolve) => {
    names.resolve(name, (addresses, reason) => resolve({ addresses, reason }));
  });
}

test("a known name has addresses, and is not asked for twice", async () => {
  const names = new Names();
  const [first, second] = await Promise.all([resolve(names, "localhost"), resolve(names, "localhost")]);
  expect(first.addresses.length).toBeGreaterThan(0);
  // The very same answer.
  expect(second.addresses).toBe(first.addresses);
  let now: readonly string[] = [];
  names.resolve("localhost", (addresses) => {
    now = addresses;
  });
  expect(now).toBe(first.addresses);
});

test("a name that was forgotten is asked for again", async () => {
  const names = new Names();
  const first = await resolve(names, "localhost");
  names.forget("localhost");
  names.forget("never heard of");
  const second = await resolve(names, "localhost");
  expect(second.addresses).not.toBe(first.addresses);
  expect(second.addresses).toEqual(first.addresses);
});

test("an unknown name has none, and a reason", async () => {
  const names = new Names();
  expect(await resolve(names, "no-such-name.invalid")).toEqual({ addresses: [], reason: "ENOTFOUND" });
  expect(await resolve(names, "no-such-name.invalid")).toEqual({ addresses: [], reason: "ENOTFOUND" });
});

describe("the address that answered", () => {
  let now = 0;
  let asked = 0;
  let addresses = ["a", "b", "c"];
  const made = (): Names => {
    now = 0;
    asked = 0;
    addresses = ["a", "b", "c"];
    return new Names(
      (_name, found) => {
        asked++;
        found(addresses, "");
      },
      () => now,
    );
  };
  const order = async (names: Names, name = "h"): Promise<string> => (await resolve(names, name)).addresses.join("");

  test("comes first, also when the name is asked for again, for ten minutes", async () => {
    const names = made();
    expect(await order(names)).toBe("abc");
    names.answered("h", "c");
    expect(await order(names)).toBe("cab");
    expect(await order(names, "other")).toBe("abc");
    now = 599_999;
    expect(await order(names)).toBe("cab");
    expect(asked).toBe(3);
    now = 600_000;
    expect(await order(names)).toBe("abc");
  });

  test("does not come back when the name has it no more", async () => {
    const names = made();
    names.answered("h", "b");
    addresses = ["d", "e"];
    expect(await order(names)).toBe("de");
  });

  test("is forgotten when none could be connected to", async () => {
    const names = made();
    names.answered("h", "c");
    names.forget("h");
    expect(await order(names)).toBe("abc");
  });

  test("is kept of a thousand names, those that answered last", async () => {
    const names = made();
    for (let index = 0; index <= 1_000; index++) names.answered(`h${index}`, "c");
    expect(await order(names, "h0")).toBe("abc");
    expect(await order(names, "h1")).toBe("cab");
    expect(await order(names, "h1000")).toBe("cab");
  });
});

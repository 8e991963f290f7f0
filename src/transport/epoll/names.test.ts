import { expect, test } from "bun:test";
import { Names } from "./names.ts";

function resolve(names: Names, name: string): Promise<{ addresses: readonly string[]; reason: string }> {
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

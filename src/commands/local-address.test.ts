import { expect, test } from "bun:test";
import { networkInterfaces } from "node:os";
import { isLocalAddress } from "./local-address.ts";

test("loopback and the addresses of the interfaces are local, all others are not", () => {
  const own = Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? []);
  for (const address of ["127.0.0.1", "127.1.2.3", "::1", ...own]) expect(isLocalAddress(address)).toBe(true);
  for (const address of ["203.0.113.9", "8.8.8.8", "::2", "1127.0.0.1", ""])
    expect(isLocalAddress(address)).toBe(false);
});

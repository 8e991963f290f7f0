import { expect, test } from "bun:test";
import { connectReason, isShortage, NO_SOURCE } from "./shortage.ts";

test("what this machine is short of, and what the other side says", () => {
  for (const code of ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EADDRNOTAVAIL"]) expect(isShortage(code)).toBe(true);
  for (const code of ["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT", "ENOTFOUND", "", NO_SOURCE]) {
    expect(isShortage(code)).toBe(false);
  }
});

test("EADDRNOTAVAIL towards an address that can be reached from here is a lack of local ports", () => {
  expect(connectReason("EADDRNOTAVAIL", "127.0.0.1")).toBe("EADDRNOTAVAIL");
  expect(connectReason("ECONNREFUSED", "127.0.0.1")).toBe("ECONNREFUSED");
});

import { describe, expect, test } from "bun:test";
import type { PeerCertificate } from "node:tls";
import { certificateProblem, certificateWords } from "./certificate.ts";
import { durationWords, errorWords, shown } from "./words.ts";

test("durations as people say them", () => {
  expect([80, 999, 1000, 1500, 60_000].map(durationWords)).toEqual(["80 ms", "999 ms", "1 s", "1.5 s", "60 s"]);
});

test("what a target sent is shown on one line and not at length", () => {
  expect(shown("a\r\nb\x1b[31m\u202e")).toBe("a??b?[31m?");
  expect(shown("a".repeat(500))).toBe(`${"a".repeat(120)}…`);
});

test("errors of sockets in words, others as they are", () => {
  expect(errorWords(Object.assign(new Error("connect EHOSTUNREACH"), { code: "EHOSTUNREACH" }))).toBe(
    "no route to the host",
  );
  expect(errorWords(Object.assign(new Error("strange"), { code: "E_STRANGE" }))).toBe("strange (E_STRANGE)");
  const record = { code: "ERR_SSL_BAD_RECORD_MAC" };
  expect(errorWords(Object.assign(new Error("1000008b:SSL"), record))).toBe("TLS failed: bad record mac");
  expect(errorWords(new Error("plain\n"))).toBe("plain?");
  expect(errorWords("thrown")).toBe("thrown");
});

describe("a certificate", () => {
  const now = Date.UTC(2026, 10, 20);
  const certificate = (from: string, until: string): PeerCertificate =>
    ({ valid_from: from, valid_to: until }) as unknown as PeerCertificate;
  const current = certificate("Nov  1 00:00:00 2026 GMT", "Nov 21 12:00:00 2026 GMT");

  test("is good for a number of whole days", () => {
    expect(certificateWords(current, true, now)).toBe("certificate good for 1 day");
    expect(certificateWords(current, true, now + 86_400_000)).toBe("certificate good for 0 days");
    expect(certificateWords(current, false, now - 86_400_000)).toBe("certificate not verified, good for 2 days");
    expect(certificateWords(current, false, now + 2 * 86_400_000)).toBe(
      "certificate not verified, expired on 2026-11-21",
    );
    expect(certificateWords({} as PeerCertificate, false, now)).toBe("certificate not verified, without a date");
  });

  test("that is good may have a chain that is not", () => {
    expect(certificateProblem("CERT_HAS_EXPIRED", current, now)).toBe("a certificate of the chain has expired");
    expect(certificateProblem("CERT_NOT_YET_VALID", current, now)).toBe("a certificate of the chain is not valid yet");
    expect(certificateProblem("SELF_SIGNED_CERT_IN_CHAIN", current, now)).toBe(
      "the root of the certificate's chain is not trusted",
    );
  });

  test("is refused for reasons that have no words here by their name", () => {
    expect(certificateProblem("INVALID_PURPOSE", current, now)).toBe("certificate is not trusted (INVALID_PURPOSE)");
    expect(certificateProblem("", current, now)).toBe("certificate is not trusted (no reason given)");
  });
});

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { faultReference } from "./fault-reference.ts";
import { FAULT_CODES, FAULTS, faultNumber, faultOf } from "./faults.ts";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

/** Codes of the union as its source spells them. */
function unionCodes(): string[] {
  const source = read("../contract/fault.ts");
  const union = source.slice(
    source.indexOf("export type FaultCode ="),
    source.indexOf("export interface FaultDefinition"),
  );
  return [...union.matchAll(/\| "([a-z0-9-]+)"/g)].map((match) => match[1]!);
}

/** RFC 9209 §2.3, all of them. */
const PROXY_ERRORS = new Set(
  `dns_timeout dns_error destination_not_found destination_unavailable destination_ip_prohibited destination_ip_unroutable
  connection_refused connection_terminated connection_timeout connection_read_timeout connection_write_timeout
  connection_limit_reached tls_protocol_error tls_certificate_error tls_alert_received http_request_error
  http_request_denied http_response_incomplete http_response_header_section_size http_response_header_size
  http_response_body_size http_response_trailer_section_size http_response_trailer_size http_response_transfer_coding
  http_response_content_coding http_response_timeout http_upgrade_failed http_protocol_error proxy_internal_response
  proxy_internal_error proxy_configuration_error proxy_loop_detected`.split(/\s+/),
);

describe("FAULTS", () => {
  test("has exactly the codes of the union", () => {
    const union = unionCodes();
    expect(union.length).toBeGreaterThan(50);
    expect<string[]>(FAULT_CODES.toSorted()).toEqual(union.toSorted());
  });

  test.each(FAULT_CODES.map((code) => [code] as const))("%s is complete", (code) => {
    const fault = FAULTS[code];
    expect(PROXY_ERRORS).toContain(fault.proxyError);
    expect(fault.title).toMatch(/^[A-Z].*[^.]\.$/);
    expect(fault.hint).toMatch(/^[A-Z].*[^.]\.$/);
    expect(fault.remedy).toMatch(/^$|^[A-Z].*[^.]\.$/);
    // Visitors have no config.
    if (fault.status !== 0)
      expect(fault.hint).not.toMatch(/operator|roundtrip|(?:limits|timeouts|connections|queue|path|forwarding)\./i);
    expect([0, 400, 404, 405, 408, 413, 414, 417, 431, 500, 501, 502, 503, 504, 505]).toContain(fault.status);
  });

  test("only a connection that never carried the request is safe to try elsewhere", () => {
    const withRetry = (retry: string) => FAULT_CODES.filter((code) => FAULTS[code].retry === retry);
    expect(withRetry("safe")).toEqual(["upstream-unreachable", "upstream-connect-timeout", "upstream-closed-unsent"]);
    expect(withRetry("if-unsent")).toEqual(["upstream-closed", "upstream-first-byte-timeout", "target-drained"]);
  });

  test("the client's faults are 4xx (501 and 505 where a feature is missing) or only close", () => {
    for (const code of FAULT_CODES) {
      const { side, status } = FAULTS[code];
      if (side === "client") expect([0, 501, 505].includes(status) || (status >= 400 && status < 500)).toBeTrue();
      if (side === "upstream") expect([502, 504]).toContain(status);
    }
  });
});

describe("fault numbers", () => {
  test("start at 1 and lead back to their codes", () => {
    expect(FAULT_CODES.map(faultNumber)).toEqual(FAULT_CODES.map((_, index) => index + 1));
    for (const code of FAULT_CODES) expect(faultOf(faultNumber(code))).toBe(code);
  });

  test("any other number is refused", () => {
    for (const number of [0, -1, FAULT_CODES.length + 1, 1.5, Number.NaN]) {
      expect(() => faultOf(number)).toThrow(RangeError);
    }
  });
});

test("docs/reference/faults.md is what scripts/fault-docs.ts writes, and names every code", () => {
  const page = read("../../docs/reference/faults.md");
  expect(page).toBe(faultReference());
  for (const code of unionCodes()) expect(page).toContain(`### ${code}\n`);
});

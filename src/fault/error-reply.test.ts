import { describe, expect, test } from "bun:test";
import type { Reply } from "../contract/reply.ts";
import { errorReply } from "./error-reply.ts";
import { FAULT_CODES, FAULTS } from "./faults.ts";
import { proxyStatus, structuredString } from "./proxy-status.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const HTML = "text/html,application/xhtml+xml,*/*;q=0.8";
const SECRET = "connect ETIMEDOUT 10.1.2.3:8443 after 2000 ms";

function text(reply: Reply): string {
  if (reply.body.kind !== "bytes") throw new Error("no bytes");
  return new TextDecoder().decode(reply.body.bytes);
}

function field(reply: Reply, name: string): string | undefined {
  return reply.fields.find(([candidate]) => candidate === name)?.[1];
}

function make(
  accept: string | undefined,
  explained = false,
  code: (typeof FAULT_CODES)[number] = "upstream-connect-timeout",
): Reply {
  return errorReply({ code, detail: SECRET }, { accept, traceId: TRACE, explained, via: "edge-1" });
}

describe("errorReply", () => {
  test("has the fault's status, is not stored, and names the fault in Proxy-Status", () => {
    const reply = make(undefined);
    expect(reply.status).toBe(504);
    expect(field(reply, "Cache-Control")).toBe("no-store");
    expect(field(reply, "Proxy-Status")).toBe('edge-1; error=connection_timeout; details="upstream-connect-timeout"');
  });

  test.each([undefined, HTML, "application/json"])("tells what, whose and what next, but no detail (%p)", (accept) => {
    for (const code of FAULT_CODES) {
      const reply = make(accept, false, code);
      const body = text(reply).replaceAll("&#39;", "'");
      const fault = FAULTS[code];
      for (const told of [fault.title, fault.hint, code, fault.stage, TRACE]) expect(body).toContain(told);
      if (fault.remedy !== "") expect(body).not.toContain(fault.remedy);
      expect(body).not.toContain("roundtrip");
      expect(body).not.toContain("10.1.2.3");
      expect(JSON.stringify(reply.fields)).not.toContain("10.1.2.3");
      expect(reply.status).toBe(fault.status === 0 ? 500 : fault.status);
    }
  });

  test.each([undefined, HTML, "application/json"])("shows the detail to an authorised client (%p)", (accept) => {
    expect(text(make(accept, true))).toContain(SECRET);
    expect(text(make(accept, true)).replaceAll("&#39;", "'")).toContain(FAULTS["upstream-connect-timeout"].remedy);
    expect(field(make(accept, true), "Proxy-Status")).not.toContain("10.1.2.3");
  });

  test("the page is small, whole and needs nothing from elsewhere", () => {
    for (const code of FAULT_CODES) {
      const page = text(make(HTML, false, code));
      expect(Buffer.byteLength(page)).toBeLessThan(3072);
      expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
      expect(page).toMatch(/<title>\d{3} [A-Z][^<]+<\/title>/);
      expect(page.match(/<li aria-current="step">/g)).toHaveLength(1);
      expect(page).not.toMatch(/<script|<link|<img|https?:\/\/|url\(|@import/);
      expect(text(make(HTML, true, code))).toContain(`roundtrip explain --id ${TRACE}`);
      expect(page).not.toContain(">Error<");
    }
    expect(field(make(HTML), "Content-Type")).toBe("text/html; charset=utf-8");
  });

  test("the page escapes whatever comes from outside", () => {
    const reply = errorReply(
      { code: "internal-error", detail: "<b>&\"'" },
      { accept: HTML, traceId: "<i>", explained: true, via: "" },
    );
    expect(text(reply)).toContain("&lt;b&gt;&amp;&quot;&#39;");
    expect(text(reply)).not.toContain("<i>");
  });

  test("JSON is a problem of RFC 9457 about:blank, so its title is the reason phrase", () => {
    const reply = make("application/json");
    expect(field(reply, "Content-Type")).toBe("application/problem+json");
    expect(JSON.parse(text(reply))).toEqual({
      title: "Gateway Timeout",
      status: 504,
      detail: FAULTS["upstream-connect-timeout"].title,
      fault: "upstream-connect-timeout",
      stage: "connect",
      side: "upstream",
      hint: FAULTS["upstream-connect-timeout"].hint,
      traceId: TRACE,
    });
    expect(JSON.parse(text(make("application/json", true))).cause).toBe(SECRET);
  });

  test("text reads well in a terminal", () => {
    expect(text(make("*/*", true, "no-route"))).toBe(`404 Not Found: No route is configured for this host and path.

side    edge
fault   no-route (stage: route)
detail  ${SECRET}
next    ${FAULTS["no-route"].hint} ${FAULTS["no-route"].remedy}
trace   roundtrip explain --id ${TRACE}
`);
  });
});

describe("Proxy-Status", () => {
  test("names the edge as a token where it can, else as a string", () => {
    expect(proxyStatus("", "no-route")).toStartWith("roundtrip; error=destination_not_found");
    expect(proxyStatus("edge.example:8080", "no-route")).toStartWith("edge.example:8080;");
    expect(proxyStatus("1st edge", "no-route")).toStartWith('"1st edge";');
  });

  test("strings escape quotes and backslashes and hold printable ASCII only", () => {
    expect(structuredString('a"b\\c\r\nd€😀')).toBe('"a\\"b\\\\c??d??"');
  });
});

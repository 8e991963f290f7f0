import { describe, expect, test } from "bun:test";

import { loadValue } from "../config/load.ts";
import { compile } from "../config/compile.ts";
import type { Config } from "../config/config.ts";
import { BodyLength } from "../contract/body-length.ts";
import { Exchange } from "../contract/exchange.ts";
import { FieldEdits } from "../contract/field-edits.ts";
import { RequestHead } from "../contract/head.ts";
import { OutboundRequest } from "../contract/outbound-request.ts";
import type { ExchangeOwner } from "../contract/path-hooks.ts";
import type { Target } from "../contract/target.ts";
import { TraceRecord } from "../contract/trace-record.ts";
import { parseRequestHead } from "../http/h1/request-head.ts";
import { DetachedClient } from "../listener/detached-client.ts";
import { closeHead, encodeRequest, outboundField } from "./request-encoder.ts";

const OWNER: ExchangeOwner = { began() {}, failed() {}, finished() {} };
const QUIET = { xForwarded: false, xRealIp: false, forwarded: false, via: false, traceparent: false } as const;
const A = { address: "10.0.0.1:80" } as Target;
const B = { address: "[2001:db8::1]:8080" } as Target;

interface Encoded {
  readonly outbound: OutboundRequest;
  /** The head as the link to A closes it. */
  readonly text: string;
}

function encoded(lines: readonly string[], path: string | null = null, edits: FieldEdits | null = null): Encoded {
  const config: Config = { routes: [], forwarding: QUIET, accessLog: false, admin: false };
  const plan = compile(loadValue(config, "test"), { version: 1, previous: null });
  const head = new RequestHead();
  const bytes = Buffer.from([...lines, "", ""].join("\r\n"), "latin1");
  if (parseRequestHead(bytes, 0, bytes.length, head, plan.limits) !== bytes.length) throw new Error("not a head");
  const origin = { clientAddress: "192.0.2.1", scheme: "http", localPort: 80, listener: "", trusted: false } as const;
  const client = new DetachedClient(origin, () => 1);
  const exchange = new Exchange(OWNER, plan, client, client, client, new TraceRecord());
  exchange.begin(head);
  exchange.edits = edits;
  const outbound = new OutboundRequest();
  encodeRequest(exchange, head, path, outbound);
  closeHead(outbound, A);
  return { outbound, text: sent(outbound) };
}

function sent(outbound: OutboundRequest): string {
  return outbound.bytes.latin1Slice(0, outbound.length);
}

describe("a request for an upstream", () => {
  test("goes on as it came, in our own version (RFC 9112 §2.3)", () => {
    const { text } = encoded(["GET /a?b HTTP/1.1", "Host: h", "X-Odd:  two  spaces "]);
    expect(text).toBe("GET /a?b HTTP/1.1\r\nHost: h\r\nX-Odd:  two  spaces \r\n\r\n");
    expect(encoded(["GET / HTTP/1.0", "Host: h"]).text).toBe("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  });

  test("has another path where the route says so; the query stays", () => {
    expect(encoded(["GET /a?b=c HTTP/1.1", "Host: h"], "/x").text).toStartWith("GET /x?b=c HTTP/1.1\r\n");
  });

  test("of absolute-form names the target's authority (RFC 9112 §3.2.2)", () => {
    const { text } = encoded(["GET http://other/a HTTP/1.1", "Host: h"]);
    expect(text).toBe("GET /a HTTP/1.1\r\nHost: other\r\n\r\n");
  });

  test("without a host has the address of the target that was picked, whichever that is", () => {
    const { outbound, text } = encoded(["GET / HTTP/1.0"]);
    expect(text).toBe("GET / HTTP/1.1\r\nHost: 10.0.0.1:80\r\n\r\n");
    outbound.bytes.latin1Write("body", outbound.length);
    outbound.length += 4;
    closeHead(outbound, B);
    expect(sent(outbound)).toBe("GET / HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n\r\nbody");
  });

  test("that is sent again is closed once", () => {
    const { outbound, text } = encoded(["POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked"]);
    expect(text).toBe("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    closeHead(outbound, B);
    expect(sent(outbound)).toBe(text);
    expect(outbound.bodyLength).toBe(BodyLength.unknown);
    expect(outbound.bytes.latin1Slice(0, outbound.fieldsEnd)).toBe("POST / HTTP/1.1\r\nHost: h\r\n");
  });

  test("asks to switch protocols as the client did (RFC 9110 §7.8)", () => {
    const { text, outbound } = encoded(["GET / HTTP/1.1", "Host: h", "Connection: upgrade", "Upgrade: a, b"]);
    expect(text).toBe("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: a, b\r\n\r\n");
    expect(outbound.upgrade).toBe("a, b");
  });

  test("keeps its length whatever edits take away", () => {
    const edits = new FieldEdits();
    edits.remove(6);
    edits.addLines(Buffer.from("X-New: 1\r\n"));
    const { text } = encoded(["PUT / HTTP/1.1", "Host: h", "Content-Length: 5"], null, edits);
    expect(text.split("\r\n").sort().join("|")).toBe("||Content-Length: 5|Host: h|PUT / HTTP/1.1|X-New: 1");
  });

  test("tells its end-to-end fields", () => {
    const { outbound } = encoded(["GET / HTTP/1.1", "Host: h", "ACCEPT: a/b", "Connection: upgrade", "Upgrade: x"]);
    expect(outboundField(outbound, "accept")).toBe("a/b");
    expect(outboundField(outbound, "upgrade")).toBeUndefined();
    expect(outboundField(null, "accept")).toBeUndefined();
  });
});

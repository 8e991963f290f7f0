import { expect, test } from "bun:test";
import type { RequestHead, ResponseHead } from "../../src/contract/head.ts";
import { Method } from "../../src/contract/method.ts";
import { faultOf } from "../../src/fault/faults.ts";
import { type MessageListener, RequestReader, ResponseReader } from "../../src/http/h1/message-reader.ts";
import { feedEveryWay, latin1, TEST_LIMITS } from "../../src/http/h1/testing.ts";
import { type LlhttpCase, loadLlhttpCases } from "./support/llhttp-cases.ts";

/**
 * llhttp's cases: what it refuses in strict mode is refused here too, what it takes is taken with the same method,
 * target, fields and body, save for the differences listed here with their reasons. Its lenient modes have no
 * counterpart: such a case is refused, or read as llhttp reads it, never otherwise.
 */

/** llhttp takes it, the edge refuses it with this fault. */
const REFUSED: ReadonlyArray<readonly [reason: string, fault: string, names: readonly string[]]> = [
  [
    "RFC 9112 §3.2: a request target has no fragment",
    "target-invalid",
    [
      "request/uri: Fragment in URI",
      "request/transfer-encoding: POST with `chunked` as last transfer-encoding",
      "request/transfer-encoding: POST with `chunked` as last transfer-encoding (multiple headers)",
    ],
  ],
  [
    "RFC 3986 §3.3: a path has no quotes; servers read such bytes in different ways (docs/decisions/0016)",
    "target-invalid",
    ["request/uri: Quotes in URI"],
  ],
  ["RFC 9112 §3.2.4: `*` is for OPTIONS alone", "target-invalid", ["request/method: M-SEARCH request"]],
  ["RFC 9110 §4.2.4: user information in an http URI", "target-invalid", ["request/uri: `host:port` and basic auth"]],
  [
    "RTSP and ICE are not HTTP",
    "version-malformed",
    [
      "request/method: SOURCE request with ICE",
      "request/method: OPTIONS request with RTSP",
      "request/method: ANNOUNCE request with RTSP",
    ],
  ],
  [
    "RTSP, ICE and HTTP/0.9 responses are not HTTP/1",
    "response-malformed",
    ["response/sample: RTSP response", "response/sample: ICE response", "response/sample: HTTP version 0.9"],
  ],
  ["HTTP/0.9 is not spoken (RFC 9112 §2.3)", "request-line-malformed", ["request/sample: No HTTP version"]],
  [
    "RFC 9112 §2.2 lets empty lines pass before a request only: before a response they are bytes nobody asked for",
    "response-malformed",
    [
      "response/sample: Response starting with CRLF",
      "response/pipelining: Should parse multiple events",
      "response/connection: HTTP 304 with Content-Length",
      "response/connection: HTTP 100 first, then 400",
    ],
  ],
  [
    "a response with a coding that the edge does not know cannot be framed again; llhttp reads until close",
    "response-malformed",
    [
      "response/transfer-encoding: `chunked` before other transfer-encoding",
      "response/transfer-encoding: multiple transfer-encoding where chunked is not the last one",
      "response/transfer-encoding: `chunkedchunked` transfer-encoding does not enable chunked enconding",
    ],
  ],
];

/** llhttp refuses it, the edge takes it. */
const TAKEN: ReadonlyArray<readonly [reason: string, names: readonly string[]]> = [
  [
    "RFC 9112 §9.6: what comes after `Connection: close` is ignored, which the reader does without an error",
    [
      "request/connection: No restart when keep-alive is off (1.0)",
      "request/connection: CRLF between requests, explicit `close`",
      "request/connection: CRLF between requests, explicit `close` followed by tab",
      "response/connection: HTTP/1.1 with keep-alive disabled and 204 status",
      "response/connection: HTTP/1.1 with keep-alive disabled, content-length",
    ],
  ],
  [
    "RFC 9110 §9.1: any token is a method; the origin decides which it knows",
    ["request/invalid: HTTP protocol and ANNOUNCE method", "request/invalid: Invalid method"],
  ],
];

/** Both take it and read it differently. */
const OTHERWISE: ReadonlyArray<readonly [reason: string, names: readonly string[]]> = [
  [
    "a CONNECT with Content-Length: llhttp begins the tunnel at once; the edge reads the content first, and refuses CONNECT",
    ["request/method: CONNECT with body"],
  ],
  [
    "lenient-keep-alive goes on after the last message; RFC 9112 §9.6 forbids it",
    ["request/connection: Resetting flags when keep-alive is off (1.0, lenient)"],
  ],
  [
    "the case tells llhttp to skip a request's body, for which the edge has no use",
    ["request/content-length: Content-Length reset when no body is received"],
  ],
];

interface Message {
  start: string;
  fields: Array<[string, string]>;
  body: string;
  complete: boolean;
}

class Messages implements MessageListener<RequestHead | ResponseHead> {
  readonly list: Message[] = [];
  fault: string | null = null;
  onHead(head: RequestHead | ResponseHead): void {
    const start = "method" in head ? `${head.methodName()} ${head.target()}` : String(head.status);
    this.list.push({ start, fields: head.entries(), body: "", complete: false });
  }
  onData(bytes: Buffer, start: number, end: number): void {
    this.list.at(-1)!.body += bytes.latin1Slice(start, end);
  }
  onEnd(): void {
    this.list.at(-1)!.complete = true;
  }
  onFault(result: number): void {
    this.fault = faultOf(-result);
  }
  onTrailers(): void {}
  onTunnel(): void {}
  onTruncated(): void {}
}

/** Most cases lack Host, which HTTP/1.1 demands: they get this one where it is missing, and lose it in the result. */
const HOST = "Host: added.invalid";

function withHost(input: string): string {
  return input.replace(/^([A-Z-]+ \S+ HTTP\/1\.\d\r\n)(?!(?:[^\r\n]+\r\n)*host:)/gim, `$1${HOST}\r\n`);
}

function read(item: LlhttpCase, input: string): Messages {
  const methods = item.skipBody ? [Method.HEAD, Method.HEAD] : [];
  // However it is cut, it is read alike.
  feedEveryWay(item.side, input, methods);
  const messages = new Messages();
  if (item.side === "request") {
    new RequestReader(messages, TEST_LIMITS).read(latin1(input));
  } else {
    const reader = new ResponseReader(messages, TEST_LIMITS);
    for (const method of methods) reader.asked(method);
    reader.read(latin1(input));
  }
  for (const message of messages.list) {
    message.fields = message.fields.filter(([name, value]) => `${name}: ${value}` !== HOST);
  }
  return messages;
}

/** "refused: fault", "refused as llhttp does", "as llhttp", "taken" or "otherwise". */
function outcome(item: LlhttpCase): string {
  let input = item.input;
  let result = read(item, input);
  if (result.fault === "host-missing") {
    input = withHost(input);
    result = read(item, input);
  }
  // The codec judges framing fields when the head is whole; some refused cases stop before.
  if (item.error !== null && result.fault === null) result = read(item, `${withHost(input)}\r\n`);

  const expected = item.messages
    .filter((message) => message.headComplete)
    .map(({ start, fields, body, complete }): Message => ({ start, fields, body, complete }));
  if (item.tunnel) {
    // The edge goes on reading as HTTP until a response grants the upgrade.
    result.list.length = Math.min(result.list.length, expected.length);
    if (result.list.length === expected.length) result.fault = null;
  }
  if (item.error !== null) return result.fault === null ? "taken" : "refused as llhttp does";
  if (result.fault !== null) return `refused: ${result.fault}`;
  return Bun.deepEquals(result.list, expected) ? "as llhttp" : "otherwise";
}

const cases = await loadLlhttpCases();

if (cases === null) {
  console.warn("SKIPPED: llhttp's cases are not at ../shared/vectors/llhttp-md.tar.gz");
  test.skip("llhttp's cases", () => {});
} else {
  const differences = new Map<string, string>();
  for (const [, fault, names] of REFUSED) for (const name of names) differences.set(name, `refused: ${fault}`);
  for (const [, names] of TAKEN) for (const name of names) differences.set(name, "taken");
  for (const [, names] of OTHERWISE) for (const name of names) differences.set(name, "otherwise");

  test("there are as many cases as the archive holds", () => {
    expect(cases.filter((item) => item.flags === "").length).toBe(210);
    expect(cases.filter((item) => item.error !== null).length).toBeGreaterThan(60);
  });

  for (const item of cases) {
    test(`${item.name}${item.flags === "" ? "" : ` (${item.flags})`}`, () => {
      const actual = outcome(item);
      const different = differences.get(item.name);
      if (different !== undefined) expect(actual).toBe(different);
      else if (item.error !== null) expect(actual).toBe("refused as llhttp does");
      else if (item.flags === "" || item.flags === "finish") expect(actual).toBe("as llhttp");
      else expect(actual === "as llhttp" || actual.startsWith("refused: ")).toBe(true);
    });
  }

  test("every listed difference names one case", () => {
    const names = cases.map((item) => item.name);
    for (const name of differences.keys())
      expect([name, names.filter((other) => other === name).length]).toEqual([name, 1]);
  });
}
